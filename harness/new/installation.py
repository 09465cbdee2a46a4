"""An installation file made from a dump of devices, or from a log: `hanbench new installation`.

What the source does not tell is filled in and said so, in the file and to whoever asked. The file
is read back before it is written: it loads, or it is not there.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hanbench.emulator.model import DeviceType
from hanbench.harness.captures.reading import is_capture
from hanbench.harness.errors import ScenarioError
from hanbench.harness.field_log.dump import devices_in_dump
from hanbench.harness.field_log.found_devices import FoundDevice, devices_in, fixture_name
from hanbench.harness.field_log.reading import choose, read_log
from hanbench.harness.field_log.text_log import is_text_log
from hanbench.harness.field_log.trace_log import is_trace
from hanbench.harness.files.installation import METER_TYPES
from hanbench.harness.files.loader import Library, fixture_names
from hanbench.harness.files.yaml_source import read_yaml
from hanbench.protocol.identifiers import Eui64, format_eui64

_MODELS: dict[DeviceType, str] = {
    "CHF": "skyline-i-510",
    "ESME": "liberty-100",
    "GSME": "secure-gsme-synthetic",
    "PPMID": "pipit-500",
    "IHD": "generic-third-party-ihd",
    "CAD": "generic-cad",
    "REPEATER": "generic-han-repeater",
}
_THIRD_PARTY = ("IHD", "REPEATER")
_MADE_UP: dict[DeviceType, tuple[str, Eui64]] = {
    "CHF": ("hub", Eui64(0x0200_0000_0000_FF01)),
    "ESME": ("esme", Eui64(0x0200_0000_0000_FF02)),
}
"""Locally administered addresses, so that they are nobody's."""
_NOT_TEXT = frozenset({"y", "yes", "n", "no", "on", "off", "true", "false", "null"})
_ORDER = ("CHF", "ESME", "GSME", "PPMID", "IHD", "CAD", "REPEATER")


def write_new_installation(
    path: Path, source: Path, *, case_name: str = "", may_replace: bool = False
) -> tuple[str, ...]:
    """Write the file, and return what was filled in.

    Raises:
        ScenarioError: the source cannot be read or does not do, or a file is there already.
    """
    if path.exists() and not may_replace:
        raise ScenarioError(f"{path}: is there already; name another, or give --force")
    found = _found(source, case_name)
    devices, notes = _completed(found)
    text = _written(source, devices, notes)
    _read_back(text, source)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be written: {error.strerror}") from error
    return notes


def _found(source: Path, case_name: str) -> tuple[FoundDevice, ...]:
    try:
        head = source.read_bytes()[:4096]
    except OSError as error:
        raise ScenarioError(f"{source}: cannot be read: {error.strerror}") from error
    if is_capture(head) or is_text_log(head) or is_trace(head):
        return devices_in(choose(read_log(source), case_name))
    return devices_in_dump(read_yaml(source))


def _completed(found: Sequence[FoundDevice]) -> tuple[tuple[FoundDevice, ...], tuple[str, ...]]:
    """Bring the devices to what an Installation has: one hub, one ESME, at most one GSME."""
    notes: list[str] = []
    devices: list[FoundDevice] = []
    for one in found:
        is_second = one.type in ("CHF", "ESME", "GSME") and any(
            other.type == one.type for other in devices
        )
        if is_second:
            says = f"{one.name} is left out: a second {one.type} ({one.because})"
            notes.append(says)
        else:
            devices.append(one)
    for kind, (name, eui64) in _MADE_UP.items():
        if not any(one.type == kind for one in devices):
            own = fixture_name(name, kind, [one.name for one in devices], len(devices) + 1)
            notes.append(f"no {kind} in it: {own} is made up")
            made = FoundDevice(name=own, eui64=eui64, type=kind, because="made up")
            devices.append(made)
    notes += [f"{one.name} is taken for {_a(one.type)}: {one.because}" for one in found]
    return tuple(sorted(devices, key=lambda one: _ORDER.index(one.type))), tuple(notes)


def _written(source: Path, devices: Sequence[FoundDevice], notes: Sequence[str]) -> str:
    lines = [f"# Made by `hanbench new installation --from {source.name}`. What it did not tell:"]
    lines += [f"#   {note}" for note in notes]
    lines += ["#   keys: test keys, derived from the name and the seed; name a key file instead"]
    lines += ["installation: 1", "name: home-1", "devices:"]
    for one in devices:
        lines += [f"  {_key(one.name)}:", *(f"    {line}" for line in _entry(one))]
    lines += ["supplier: {name: Example Supplier, arrangement_with_smso: true}", "keys: test"]
    return "\n".join(lines) + "\n"


def _a(kind: DeviceType) -> str:
    return f"an {kind}" if kind in ("ESME", "IHD") else f"a {kind}"


def _key(name: str) -> str:
    """Return a name as a key of YAML, which reads `1` and `no` as something else."""
    is_plain = name[0].isalpha() and name.lower() not in _NOT_TEXT
    return name if is_plain else f'"{name}"'


def _entry(one: FoundDevice) -> list[str]:
    lines = [f"type: {one.type}", f"eui64: {format_eui64(one.eui64)}", f"model: {_model(one)}"]
    if one.type in METER_TYPES:
        lines.append(f"mode: {one.mode if one.mode in ('active', 'dormant') else 'active'}")
        payment = one.payment_mode if one.payment_mode in ("credit", "prepayment") else "credit"
        lines.append(f"payment_mode: {payment}")
        if one.balance_pence is not None:
            lines.append(f"balance_pence: {one.balance_pence}")
        lines.append(f"sua: {{version: {one.key_version}, last_counter: {one.last_counter}}}")
    if one.type in _THIRD_PARTY:
        lines.append("third_party: true")
    return lines


def _model(one: FoundDevice) -> str:
    """Return the shipped model that the source names, or the one for its type."""
    named = "".join(filter(str.isalnum, one.model.lower()))
    shipped = fixture_names("models")
    for model in shipped:
        if named and "".join(filter(str.isalnum, model)) in named:
            return model
    return _MODELS[one.type]


def _read_back(text: str, source: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "installation.yaml"
        written.write_text(text, encoding="utf-8")
        try:
            Library().home(written, shown=f"what {source} makes")
        except ScenarioError as error:
            raise ScenarioError(f"{source}: no installation can be made of it: {error}") from error

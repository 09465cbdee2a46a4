"""An installation file: the devices of one home, and whose keys they hold.

Source: the device types are the DCC's (DUIS 5.4), with REPEATER added, for which the DCC has none.
A key file is for a holder of real test rigs; what is in one is never shown, recorded or put in a
message.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from hanbench.emulator.model import DeviceType
from hanbench.harness.files.esi_entry import EsiEntry
from hanbench.harness.files.file_fields import Entry, EuiField, Name
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.files.yaml_source import KeyPath, Problem
from hanbench.harness.homes.cluster_security import ClusterName, ProtectionField, choice_problems
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, format_eui64, parse_eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.migration.value_kinds import ORGANISATION

TEST_KEYS = "test"
METER_TYPES = ("ESME", "GSME")
InstallCodeHex = Annotated[str, Field(pattern="^([0-9A-Fa-f]{2})+$")]

DEVICE_USAGES: Mapping[DeviceType, tuple[str, ...]] = {
    "ESME": ("link", "sua", "master", "vend", "transport"),
    "GSME": ("link", "sua", "master", "vend", "transport"),
    "CHF": ("transport",),
    "PPMID": ("link",),
    "IHD": ("link",),
    "CAD": ("link",),
    "REPEATER": ("link",),
}
"""The keys that each type of device is provisioned with; the network key is the home's."""


class SuaEntry(Entry):
    """The SUA key slot of a meter as the scenario begins."""

    version: Annotated[int, Field(ge=1, lt=1 << 32)] = 1
    last_counter: Annotated[int, Field(ge=0, lt=1 << 64)] = 0


class DeviceEntry(Entry):
    """One device on the HAN."""

    type: DeviceType
    eui64: EuiField
    model: str = Field(description="the name of a device model, or the path of a model file")
    mode: Literal["active", "dormant"] | None = None
    payment_mode: Literal["credit", "prepayment"] = "credit"
    balance_pence: Annotated[int, Field(ge=-2_147_483, le=2_147_483)] = 0
    """The Liberty 100 manual's maximum balance, 21,474 pounds, bounds it."""
    price_tenth_pence: Annotated[int, Field(ge=0, le=65_535)] | None = None
    """Of a meter: the price of a unit as the scenario begins; None: its model's."""
    tariff: Annotated[str, Field(max_length=12, pattern=r"^[ -~]*$")] = "STANDARD"
    """Of a meter: the label of its rate, as displays are told with the price."""
    sua: SuaEntry = SuaEntry()
    third_party: bool = False
    via: Name | None = Field(default=None, description="the repeater that it is joined through")
    joined: bool = True
    """Whether it is a member of the HAN when the scenario begins; else it is switched off."""
    install_code: InstallCodeHex | None = None
    """Hex with its CRC; None: a test code derived from the name and the seed."""
    firmware: Annotated[int, Field(ge=0, lt=1 << 32)] = 1
    """Of a PPMID, IHD or CAD: the version that it runs as the scenario begins."""
    suites: Annotated[tuple[Literal[1, 2], ...], Field(min_length=1)] = (1,)
    """The CBKE suites that it holds a certificate for."""
    certificate: Literal["own", "unknown-issuer", "of-another"] = "own"
    """Whose its certificates are: its own, of a CA that nobody here knows, or another device's."""
    sleepy: bool = False
    """Whether its receiver is off but for its polls; a GSME is, whatever stands here."""

    @property
    def is_meter(self) -> bool:
        """Whether it is an ESME or a GSME."""
        return self.type in METER_TYPES


class WeakLink(Entry):
    """Two devices that hear each other badly."""

    between: tuple[Name, Name]
    cost: Annotated[int, Field(ge=2, le=7)]
    """What a hop between them costs in each direction, as ZigBee counts it: 7 is the worst. A link
    that is not named costs 1."""


class SupplierEntry(Entry):
    """The Responsible Supplier."""

    name: Annotated[str, Field(pattern=f"^{ORGANISATION.pattern}$")] = "Example Supplier"
    arrangement_with_smso: bool = True
    """Whether top-ups by the SMSO route go on while and after the meters migrate."""


class Installation(Entry):
    """One home."""

    installation: Literal[1] = Field(description="the version of the file format, 1")
    name: Name = Field(description="a name that fault points begin with, such as home-1")
    devices: dict[Name, DeviceEntry] = Field(description="a mapping of device names to devices")
    out_of_reach: tuple[tuple[Name, Name], ...] = ()
    """Pairs of devices that do not hear each other by radio."""
    weak_links: tuple[WeakLink, ...] = ()
    """Pairs of devices that hear each other badly: a route over others may be cheaper."""
    device_log: tuple[Name, ...] = ()
    """Devices that the hub's device log names beyond those that have joined."""
    supplier: SupplierEntry = SupplierEntry()
    esi: EsiEntry | None = None
    """What the hub holds for its displays to fetch; None: nothing."""
    cluster_security: dict[ClusterName, ProtectionField] = Field(default_factory=dict)
    """Which protection it has for clusters on which the sources of the table differ."""
    keys: str = Field(default=TEST_KEYS, description="`test`, or the path of a key file")

    @property
    def hub_name(self) -> str:
        """The name of the communications hub."""
        return next(name for name, device in self.devices.items() if device.type == "CHF")

    @property
    def meter_names(self) -> tuple[str, ...]:
        """The names of the meters that may be migrated, in the order of the file.

        A third-party meter is none of Secure's: it is never migrated.
        """
        devices = self.devices.items()
        return tuple(name for name, it in devices if it.is_meter and not it.third_party)


SecretHex = Annotated[str, Field(pattern="^[0-9A-Fa-f]{32}$")]


class DeviceKeys(Entry):
    """The keys of one device."""

    link: SecretHex | None = Field(default=None, repr=False)
    sua: SecretHex | None = Field(default=None, repr=False)
    master: SecretHex | None = Field(default=None, repr=False)
    vend: SecretHex | None = Field(default=None, repr=False)
    transport: SecretHex | None = Field(default=None, repr=False)


class KeyFile(Entry):
    """The keys of a home that are not test material, as 32 hex digits each."""

    keys: Literal[1] = Field(description="the version of the file format, 1")
    network: SecretHex = Field(repr=False)
    devices: dict[Name, DeviceKeys]

    def given(self, installation: Installation) -> dict[tuple[Eui64, KeyUsage], Key]:
        """Return the keys by EUI-64 and usage; the network key is the hub's."""
        hub = installation.devices[installation.hub_name]
        keys = {(hub.eui64, KeyUsage.NETWORK): _key(KeyUsage.NETWORK, self.network)}
        for name, device in installation.devices.items():
            for usage in DEVICE_USAGES[device.type]:
                secret = getattr(self.devices[name], usage)
                keys[device.eui64, KeyUsage(usage)] = _key(KeyUsage(usage), secret)
        return keys

    def missing(self, installation: Installation) -> Iterator[Problem]:
        """Name each key that a device of the installation needs and this file lacks."""
        for name, device in installation.devices.items():
            held = self.devices.get(name)
            for usage in DEVICE_USAGES[device.type]:
                if held is None or getattr(held, usage) is None:
                    says = f"missing key; the {device.type} {name} needs its {usage} key"
                    yield Problem(("devices", name, usage), says)


def installation_problems(data: object) -> Iterator[Problem]:
    """Check what spans several devices; `data` may be wrong in every other way as well."""
    if not isinstance(data, dict) or not isinstance(devices := data.get("devices"), dict):
        return
    entries = {name: entry for name, entry in devices.items() if isinstance(entry, dict)}
    yield from _type_problems(entries)
    yield from _eui_problems(entries)
    for name, entry in entries.items():
        via = entry.get("via")
        if via is not None and entries.get(str(via), {}).get("type") != "REPEATER":
            repeaters = [each for each in entries if entries[each].get("type") == "REPEATER"]
            known = f"the repeaters here are {', '.join(repeaters)}" if repeaters else "none here"
            yield Problem(("devices", name, "via"), f"{via!r} is not a repeater; {known}")
        if entry.get("type") in METER_TYPES and "mode" not in entry:
            says = "missing key 'mode'; expected active or dormant for a meter"
            yield Problem(("devices", name, "mode"), says)
        if entry.get("type") == "CHF" and entry.get("joined") is False:
            says = "the communications hub makes the network; it cannot be without it"
            yield Problem(("devices", name, "joined"), says)
    yield from _name_problems(data, entries)
    yield from choice_problems(data)


def _name_problems(
    data: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    """Name each device that a list names and the Installation lacks."""
    named = [*_leaves(data.get("out_of_reach"), ("out_of_reach",))]
    named += _leaves(data.get("device_log"), ("device_log",))
    weak = data.get("weak_links")
    for index, link in enumerate(weak if isinstance(weak, list) else ()):
        if isinstance(link, dict):
            named += _leaves(link.get("between"), ("weak_links", index, "between"))
    for key, name in named:
        if isinstance(name, str) and name not in entries:
            yield Problem(key, f"no device {name!r} here; {did_you_mean(name, tuple(entries))}")


def _leaves(data: object, at: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    """Everything in a list of lists, with where it stands; `data` may be anything."""
    if not isinstance(data, list):
        yield at, data
        return
    for index, item in enumerate(data):
        yield from _leaves(item, (*at, index))


def _key(usage: KeyUsage, secret: str) -> Key:
    return Key(usage, bytes.fromhex(secret), is_test_material=False)


def _type_problems(entries: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    types = [entry.get("type") for entry in entries.values()]
    for wanted, words in (("CHF", "communications hub (type CHF)"), ("ESME", "ESME")):
        if wanted not in types:
            yield Problem(("devices",), f"the Installation has no {words}; expected exactly one")
    for single in ("CHF", "ESME", "GSME"):
        named = [
            name
            for name, entry in entries.items()
            if entry.get("type") == single and not _is_still_boxed_gas(entry)
        ]
        for extra in named[1:]:
            says = f"a second {single}; {named[0]!r} is one already"
            yield Problem(("devices", extra, "type"), says)


def _is_still_boxed_gas(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is a gas meter in its box: it may take the place of one that is fitted."""
    return entry.get("type") == "GSME" and entry.get("joined") is False


def _eui_problems(entries: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    holders: dict[int, str] = {}
    for name, entry in entries.items():
        try:
            eui64 = parse_eui64(str(entry.get("eui64")))
        except DecodeError:
            continue
        if eui64 in holders:
            says = f"{format_eui64(eui64)} is the EUI-64 of {holders[eui64]!r} already"
            yield Problem(("devices", name, "eui64"), says)
        holders.setdefault(eui64, name)

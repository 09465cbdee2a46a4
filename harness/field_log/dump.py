"""A dump of a home's devices in YAML or JSON, as a gateway or a commissioning tool writes it.

A list of devices, a mapping of names to devices, or either of them under `devices`. Of each device
the address is needed; what it is, is told by `type`, by the device id of ZigBee Smart Energy
(07-5356: 0x0500 to 0x0506) or by its attributes (Metering: MeteringDeviceType, Basic:
ModelIdentifier, Prepayment: CreditRemaining). Keys go by letters and digits alone, so
`ieee_address` and `IEEEAddress` are one.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from hanbench.emulator.model import DeviceType
from hanbench.harness.field_log.found_devices import FoundDevice, fixture_name
from hanbench.harness.files.yaml_source import KeyPath, Problem, Source
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, parse_eui64

_ADDRESSES = ("eui64", "ieee", "ieeeaddress", "ieeeaddr", "mac", "macaddress", "address")
_NAMES = ("name", "friendlyname", "label")
_MODELS = ("model", "modelid", "modelidentifier")
_TYPES: tuple[DeviceType, ...] = get_args(DeviceType)
_DEVICE_IDS: Mapping[int, tuple[DeviceType, str]] = {
    0x0500: ("CHF", "device id 0x0500, an energy services interface"),
    0x0501: ("ESME", "device id 0x0501, a metering device"),
    0x0502: ("IHD", "device id 0x0502, an in-premises display"),
    0x0506: ("PPMID", "device id 0x0506, a prepayment terminal"),
    0x0008: ("REPEATER", "device id 0x0008, a range extender"),
}
_GAS, _ELECTRICITY = 1, 0
_METERING_DEVICE_TYPE = ("meteringdevicetype", "0x0702/0x0306", "07020306")
_CREDIT = ("creditremaining", "creditremainingpence", "balancepence", "07050001")


def devices_in_dump(source: Source) -> tuple[FoundDevice, ...]:
    """Read the devices of a dump.

    Raises:
        ScenarioError: everything that is wrong with it, each with its place.
    """
    problems: list[Problem] = list(source.problems)
    found: list[FoundDevice] = []
    for number, (key, given) in enumerate(_entries(source.data), 1):
        try:
            found.append(_device(number, _mapping(given), found))
        except ValueError as error:
            problems.append(Problem(key, str(error)))
    if not found and not problems:
        problems.append(Problem((), "no device in it; expected a list of them under `devices`"))
    if problems:
        raise source.error(tuple(problems))
    return tuple(found)


def _entries(data: Any) -> Iterator[tuple[KeyPath, Any]]:
    """Yield what may be a device, with where it stands."""
    at: KeyPath = ()
    if isinstance(data, dict) and isinstance(data.get("devices"), list | dict):
        data, at = data["devices"], ("devices",)
    if isinstance(data, list):
        for index, one in enumerate(data):
            yield (*at, index), one
    elif (
        isinstance(data, dict)
        and any(isinstance(one, dict) for one in data.values())
        and not (_first(_flat(data, deep=False), _ADDRESSES))
    ):
        for name, one in data.items():
            if isinstance(one, dict):
                yield (*at, name), {"name": name, **one}
    elif isinstance(data, dict):
        yield at, data


def _mapping(given: Any) -> Mapping[str, Any]:
    if isinstance(given, dict):
        return given
    raise ValueError("no device: expected a mapping of attributes")


def _device(number: int, given: Mapping[str, Any], others: list[FoundDevice]) -> FoundDevice:
    facts = _flat(given)
    address = _first(facts, _ADDRESSES)
    if address is None:
        raise ValueError(f"no address; expected one of {', '.join(_ADDRESSES[:4])}")
    kind, because = _type(facts)
    credit = _first(facts, _CREDIT)
    name = fixture_name(_first(facts, _NAMES), kind, [one.name for one in others], number)
    version, last = _first(facts, ("keyversion", "suaversion")), _first(facts, ("lastcounter",))
    return FoundDevice(
        name=name,
        eui64=_address(address),
        type=kind,
        because=because,
        model=str(_first(facts, _MODELS) or ""),
        key_version=_number(version, 1),
        last_counter=_number(last, 0),
        mode=str(_first(facts, ("mode",)) or ""),
        payment_mode="prepayment" if credit is not None else str(facts.get("paymentmode", "")),
        balance_pence=None if credit is None else _number(credit, 0),
    )


def _type(facts: Mapping[str, Any]) -> tuple[DeviceType, str]:
    stated = str(_first(facts, ("type", "devicetype")) or "").upper()
    if stated in _TYPES:
        return stated, "the dump says so"
    metering = _first(facts, _METERING_DEVICE_TYPE)
    if metering is not None:
        is_gas = _number(metering, _ELECTRICITY) == _GAS
        return ("GSME" if is_gas else "ESME"), f"its MeteringDeviceType is {metering}"
    device_id = _first(facts, ("deviceid",))
    if device_id is not None and _number(device_id, -1) in _DEVICE_IDS:
        return _DEVICE_IDS[_number(device_id, -1)]
    known = f"a type ({', '.join(_TYPES)}), a device id or a MeteringDeviceType"
    raise ValueError(f"nothing tells what it is; expected {known}")


def _address(text: Any) -> Eui64:
    # A bare number would have lost its leading zeros.
    digits = f"{text:016X}" if isinstance(text, int) else str(text).removeprefix("0x")
    try:
        return parse_eui64(digits)
    except DecodeError as error:
        raise ValueError(str(error)) from error


def _flat(given: Mapping[str, Any], *, deep: bool = True) -> dict[str, Any]:
    """Return all attributes by their letters and digits, those nearer to the top first."""
    facts: dict[str, Any] = {}
    below: list[Mapping[str, Any]] = []
    for name, value in given.items():
        if isinstance(value, dict):
            below.append(value)
        else:
            facts.setdefault(re.sub(r"[^a-z0-9]", "", str(name).lower()), value)
    if deep:
        for one in below:
            for name, value in _flat(one).items():
                facts.setdefault(name, value)
    return facts


def _first(facts: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((facts[name] for name in names if facts.get(name) is not None), None)


def _number(value: Any, otherwise: int) -> int:
    if value is None:
        return otherwise
    try:
        return int(str(value), 0)
    except ValueError as error:
        raise ValueError(f"{value!r} is no whole number") from error

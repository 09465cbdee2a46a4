"""Values in the field's words: addresses, names of numbers, and the bits of control fields.

Source: the specifications cited by each codec in `protocol`; nothing is decoded here.
"""

import enum
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from hanbench.protocol.identifiers import Eui64, format_eui64
from hanbench.protocol.layout_trace import FieldTrace
from hanbench.protocol.zigbee.attributes import ZIGBEE_EPOCH_UNIX_S
from hanbench.protocol.zigbee.clusters import (
    basic,
    keep_alive,
    metering_attributes,
    prepayment_attributes,
    tunnelling,
)
from hanbench.protocol.zigbee.clusters import time as time_cluster
from hanbench.protocol.zigbee.clusters.cluster import ClusterId

Where = tuple[str, int | None]
"""The layer, and the cluster where there is one."""
Bits = tuple[tuple[int, str, tuple[str, ...]], ...]

_NO_YES = ("no", "yes")
_MODES = ("none", "reserved", "short", "EUI-64")
_AUX: Bits = (
    (0x07, "security level", ("sent as 0, is 5: ENC-MIC-32", *(str(n) for n in range(1, 8)))),
    (0x18, "key id", ("link key", "network key", "key-transport key", "key-load key")),
    (0x20, "extended nonce", _NO_YES),
    (0x40, "verified counter", _NO_YES),
)
BITS: Mapping[tuple[str, str], Bits] = MappingProxyType(
    {
        ("MAC", "control"): (
            (0x0007, "frame type", ("beacon", "data", "ack", "command", *"4567")),
            (0x0008, "security", _NO_YES),
            (0x0010, "frame pending", _NO_YES),
            (0x0020, "ack request", _NO_YES),
            (0x0040, "PAN ID compression", _NO_YES),
            (0x0C00, "target addressing", _MODES),
            (0x3000, "frame version", ("2003", "2006", "2015", "reserved")),
            (0xC000, "source addressing", _MODES),
        ),
        ("NWK", "control"): (
            (0x0003, "frame type", ("data", "command", "2", "inter-PAN")),
            (0x003C, "protocol version", tuple(str(n) for n in range(16))),
            (0x00C0, "discover route", ("suppress", "enable", "force", "3")),
            (0x0100, "multicast", _NO_YES),
            (0x0200, "security", _NO_YES),
            (0x0400, "source route", _NO_YES),
            (0x0800, "target EUI-64", _NO_YES),
            (0x1000, "source EUI-64", _NO_YES),
            (0x2000, "end-device initiator", _NO_YES),
        ),
        ("NWK", "aux_control"): _AUX,
        ("APS", "aux_control"): _AUX,
        ("APS", "control"): (
            (0x03, "frame type", ("data", "command", "ack", "inter-PAN")),
            (0x0C, "delivery", ("unicast", "indirect", "broadcast", "group")),
            (0x10, "ack format", ("data", "command")),
            (0x20, "security", _NO_YES),
            (0x40, "ack request", _NO_YES),
            (0x80, "extended header", _NO_YES),
        ),
        ("ZCL", "control"): (
            (0x03, "frame type", ("general", "cluster", "2", "3")),
            (0x04, "manufacturer specific", _NO_YES),
            (0x08, "direction", ("client to server", "server to client")),
            (0x10, "disable default response", _NO_YES),
        ),
    }
)
_ATTRIBUTES: Mapping[int, type[enum.IntEnum]] = MappingProxyType(
    {
        ClusterId.BASIC: basic.AttributeId,
        ClusterId.TIME: time_cluster.AttributeId,
        ClusterId.KEEP_ALIVE: keep_alive.AttributeId,
        ClusterId.METERING: metering_attributes.AttributeId,
        ClusterId.PREPAYMENT: prepayment_attributes.AttributeId,
        ClusterId.TUNNELLING: tunnelling.AttributeId,
    }
)
_PROFILES = {0x0000: "ZDO", 0x0104: "Home Automation", 0x0109: "Smart Energy"}
_HEX = frozenset({"control", "aux_control", "manufacturer", "options", "capability", "code"})
_SHORTS = frozenset({"target", "source", "short", "address", "originator", "responder", "group"})
_COUNTS = frozenset({"originator_counter", "counter", "last_counter", "frame_counter", "value"})
_EUI64_OCTETS = 8


def say(where: Where, one: FieldTrace, octets: int) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return a value in words, and the bits of a control field by name."""
    bits = BITS.get((where[0], one.name), ())
    told = tuple((name, _bit(one.value, mask, words)) for mask, name, words in bits)
    return _value(where, one.name, one.value, octets), told


def cluster_name(cluster: int | None, profile: int | None) -> str:
    """Name a cluster: `Metering`; a number where it has no name."""
    if profile == 0:
        return "ZDO"
    try:
        return ClusterId(cluster).name.replace("_", " ").title() if cluster is not None else ""
    except ValueError:
        return f"cluster {cluster:#06x}"


def _bit(value: int, mask: int, words: tuple[str, ...]) -> str:
    return words[(value & mask) // (mask & -mask)]


def _value(where: Where, name: str, value: Any, octets: int) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case enum.Enum():
            return f"{value.name} ({value.value:#04x})"
        case bytes() | bytearray():
            return f"{len(value)} octets" if len(value) > _EUI64_OCTETS else bytes(value).hex()
        case int():
            return _number(where, name, value, octets)
        case str():
            return repr(value)
        case dict():
            bits = ((bit.replace("_", " "), it) for bit, it in value.items() if bit[0] != "_")
            return ", ".join(f"{bit} {_value(where, bit, it, 0)}" for bit, it in bits)
        case list() | tuple():
            return ", ".join(_value(where, name, item, 0) for item in value) or "none"
        case _:
            return ""


def _number(where: Where, name: str, value: int, octets: int) -> str:
    if octets == _EUI64_OCTETS and name not in _COUNTS and not name.endswith("_s"):
        return format_eui64(Eui64(value & (1 << 64) - 1))
    if name == "profile":
        return f"{value:#06x} {_PROFILES.get(value, '')}".rstrip()
    if name == "cluster":
        is_known = value in frozenset(ClusterId)
        return f"{value:#06x} {cluster_name(value, None) if is_known else ''}".rstrip()
    if name == "id" or (name.startswith("[") and where[0] == "ZCL" and octets == 2):
        return f"{value:#06x} {_attribute(where[1], value)}".rstrip()
    if name.endswith("_utc") or name in ("utc", "time"):
        return _instant(value + ZIGBEE_EPOCH_UNIX_S)
    if name == "utc_s":
        return _instant(value)
    if name in _HEX or name.endswith(("_pan", "_short")) or name in _SHORTS:
        return f"{value:#0{2 + 2 * max(1, octets)}x}"
    return str(value)


def _attribute(cluster: int | None, number: int) -> str:
    names = _ATTRIBUTES.get(cluster if cluster is not None else -1)
    try:
        return names(number).name if names is not None else ""
    except ValueError:
        return ""


def _instant(unix_s: int) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=min(unix_s, 1 << 33))
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")

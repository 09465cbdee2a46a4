"""Node and simple descriptors: what a device can do, and what an endpoint serves and uses.

Source: ZigBee Specification (05-3474), section 2.3.2 "Descriptors", as collected in han.md section
5. Little-endian.
"""

import enum
from dataclasses import dataclass
from typing import Any

import construct as c

from hanbench.protocol.layout import Layout
from hanbench.protocol.zigbee import fields


class LogicalType(enum.IntEnum):
    """What part a device plays in the network."""

    COORDINATOR = 0
    ROUTER = 1
    END_DEVICE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDescriptor:
    """What a device can do."""

    type_and_flags: int
    """Bits 0 to 2 are the logical type."""
    band_and_flags: int = 0x40
    """Frequency band in bits 3 to 7: 40 is 2.4 GHz."""
    mac_capability: int
    manufacturer: int
    buffer_octets_max: int
    incoming_octets_max: int
    server_mask: int
    outgoing_octets_max: int
    descriptor_capability: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleDescriptor:
    """What one endpoint serves and uses."""

    endpoint: int
    profile: int
    device_id: int
    version: int
    server_clusters: tuple[int, ...]
    client_clusters: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerDescriptor:
    """How a device is powered; four bits each."""

    mode: int
    """0: the receiver is on when idle; 1: it is on at times; 2: it is on when somebody presses."""
    available_sources: int
    """Bit 0 mains, 1 rechargeable battery, 2 disposable battery."""
    current_source: int
    level: int
    """Of the battery: 0 critical, 4 a third, 8 two thirds, 12 full."""


_CLUSTERS = fields.counted(fields.U8, fields.U16)

NODE: "c.Construct[Any, Any]" = fields.record(
    NodeDescriptor,
    c.Struct(
        "type_and_flags" / fields.U8,
        "band_and_flags" / fields.U8,
        "mac_capability" / fields.U8,
        "manufacturer" / fields.U16,
        "buffer_octets_max" / fields.U8,
        "incoming_octets_max" / fields.U16,
        "server_mask" / fields.U16,
        "outgoing_octets_max" / fields.U16,
        "descriptor_capability" / fields.U8,
    ),
)
"""A node descriptor as a field."""

_NIBBLES = ("mode", "available_sources", "current_source", "level")


def _power(raw: int, _: Any) -> PowerDescriptor:
    return PowerDescriptor(**{name: raw >> 4 * n & 0x0F for n, name in enumerate(_NIBBLES)})


def _power_apart(descriptor: PowerDescriptor, _: Any) -> int:
    values = [getattr(descriptor, name) for name in _NIBBLES]
    if not all(0 <= value <= 0x0F for value in values):
        raise c.ValidationError("each part of a power descriptor has four bits")
    return sum(value << 4 * n for n, value in enumerate(values))


POWER: "c.Construct[Any, Any]" = c.ExprAdapter(fields.U16, _power, _power_apart)
"""A power descriptor as a field."""

_SIMPLE = Layout(
    "simple-descriptor",
    c.Struct(
        "body"
        / fields.record(
            SimpleDescriptor,
            c.Struct(
                "endpoint" / fields.U8,
                "profile" / fields.U16,
                "device_id" / fields.U16,
                "version" / fields.U8,
                "server_clusters" / _CLUSTERS,
                "client_clusters" / _CLUSTERS,
            ),
        ),
        c.Terminated,
    ),
)


def _decode_simple(data: bytes) -> SimpleDescriptor | None:
    # A response that found nothing has a descriptor of no octets.
    return _SIMPLE.decode(data).body if data else None


def _encode_simple(descriptor: SimpleDescriptor | None) -> bytes:
    return b"" if descriptor is None else _SIMPLE.encode({"body": descriptor})


SIMPLE: "c.Construct[Any, Any]" = c.ExprAdapter(
    c.Prefixed(fields.U8, c.GreedyBytes),
    lambda data, _: _decode_simple(data),
    lambda descriptor, _: _encode_simple(descriptor),
)
"""A simple descriptor behind its length as a field; None where the length is 0."""

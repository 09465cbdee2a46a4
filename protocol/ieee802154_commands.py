"""MAC commands and beacons: how a device finds its network, joins it, and polls its parent.

Source: IEEE 802.15.4-2011 sections 5.3 (MAC commands) and 5.2.2.1 (beacon); the ZigBee beacon
payload by the ZigBee specification (05-3474) section 3.6.7 [M]. Little-endian.
"""

import enum
import functools
from dataclasses import dataclass

import construct as c

from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.layout import DECODED_KEPT, Layout, OneOf, enumerated
from hanbench.protocol.layout_trace import Trace

ROUTER_CAPABILITY = 0x8E
"""Capability information: allocate address, receiver on when idle, mains, full function."""
SLEEPY_CAPABILITY = 0x80


class AssociationStatus(enum.IntEnum):
    """What a parent says to a joiner."""

    SUCCESS = 0
    PAN_AT_CAPACITY = 1
    PAN_ACCESS_DENIED = 2


@dataclass(frozen=True, slots=True)
class AssociationRequest:
    """A joiner asks for a short address."""

    capability: int


@dataclass(frozen=True, slots=True)
class AssociationResponse:
    """The parent's answer, fetched by a data request."""

    short: ShortAddress
    status: AssociationStatus


@dataclass(frozen=True, slots=True)
class DataRequest:
    """A sleepy child asks its parent for one frame."""


@dataclass(frozen=True, slots=True)
class BeaconRequest:
    """A device asks who is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beacon:
    """The payload of a beacon of a ZigBee PRO network, which sends no superframes."""

    is_coordinator: bool
    permits_joining: bool
    extended_pan: Eui64
    depth: int = 0
    has_router_capacity: bool = True
    has_end_device_capacity: bool = True
    update_id: int = 0


MacCommand = AssociationRequest | AssociationResponse | DataRequest | BeaconRequest

_COMMANDS: OneOf[MacCommand] = OneOf(
    "mac-command",
    {
        b"\x01": (AssociationRequest, c.Struct("capability" / c.Int8ul)),
        b"\x02": (
            AssociationResponse,
            c.Struct("short" / c.Int16ul, "status" / enumerated(AssociationStatus, c.Int8ul)),
        ),
        b"\x04": (DataRequest, c.Struct()),
        b"\x07": (BeaconRequest, c.Struct()),
    },
)

_BEACON = Layout(
    "beacon",
    c.Struct(
        # Beacon order, superframe order and final CAP slot 15: no superframe.
        "superframe_order" / c.Const(b"\xff"),
        "superframe"
        / c.BitStruct(
            "permits_joining" / c.Flag,
            "is_coordinator" / c.Flag,
            c.Const(0, c.BitsInteger(2)),
            c.Const(15, c.BitsInteger(4)),
        ),
        "guaranteed_slots" / c.Const(b"\x00"),
        "pending_addresses" / c.Const(b"\x00"),
        "protocol_id" / c.Const(b"\x00"),
        # Stack profile 2 is ZigBee PRO; its protocol version is 2.
        "stack" / c.Const(b"\x22"),
        "capacity"
        / c.BitStruct(
            "has_end_device_capacity" / c.Flag,
            "depth" / c.BitsInteger(4),
            "has_router_capacity" / c.Flag,
            c.Const(0, c.BitsInteger(2)),
        ),
        "extended_pan" / c.Int64ul,
        "offset" / c.Const(b"\xff\xff\xff"),
        "update_id" / c.Int8ul,
        c.Terminated,
    ),
)


def decode(payload: bytes) -> MacCommand:
    """Read the payload of a command frame; raise `DecodeError`."""
    return _COMMANDS.decode(payload)


@functools.lru_cache(maxsize=DECODED_KEPT)
def encode(command: MacCommand) -> bytes:
    """Write the payload of a command frame; raise `EncodeError`."""
    return _COMMANDS.encode(command)


def decode_beacon(payload: bytes) -> Beacon:
    """Read the payload of a beacon frame of a ZigBee PRO network; raise `DecodeError`."""
    raw = _BEACON.decode(payload)
    return Beacon(
        is_coordinator=raw.superframe.is_coordinator,
        permits_joining=raw.superframe.permits_joining,
        extended_pan=raw.extended_pan,
        depth=raw.capacity.depth,
        has_router_capacity=raw.capacity.has_router_capacity,
        has_end_device_capacity=raw.capacity.has_end_device_capacity,
        update_id=raw.update_id,
    )


def encode_beacon(beacon: Beacon) -> bytes:
    """Write the payload of a beacon frame; raise `EncodeError`."""
    superframe = {
        "permits_joining": beacon.permits_joining,
        "is_coordinator": beacon.is_coordinator,
    }
    capacity = {
        "has_end_device_capacity": beacon.has_end_device_capacity,
        "depth": beacon.depth,
        "has_router_capacity": beacon.has_router_capacity,
    }
    return _BEACON.encode(
        {
            "superframe": superframe,
            "capacity": capacity,
            "extended_pan": beacon.extended_pan,
            "update_id": beacon.update_id,
        }
    )


def trace(payload: bytes) -> tuple[str, Trace]:
    """Name a command, and say where each field lies, as far as it can be read."""
    return _COMMANDS.trace(payload)


def trace_beacon(data: bytes) -> Trace:
    """Say where each field of the payload of a beacon lies, as far as it can be read."""
    return _BEACON.trace(data)

"""APS commands: how the trust centre hands out keys and admits or removes devices.

Source: ZigBee specification (05-3474) section 4.4.10 "Command frames". Little-endian; the first
octet is the command identifier, and where the second chooses among layouts it is part of the kind.
"""

import enum
from dataclasses import dataclass, field

import construct as c

from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.layout import OneOf, enumerated
from hanbench.protocol.layout_trace import Trace


class DeviceStatus(enum.IntEnum):
    """What a parent reports of a device (4.4.10.3.4)."""

    SECURED_REJOIN = 0
    UNSECURED_JOIN = 1
    LEFT = 2
    TRUST_CENTRE_REJOIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportNetworkKey:
    """Transport Key, type 01."""

    key: bytes = field(repr=False)
    key_sequence: int
    target: Eui64
    source: Eui64


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportApplicationLinkKey:
    """Transport Key, type 03: a key shared with `partner`."""

    key: bytes = field(repr=False)
    partner: Eui64
    is_initiator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportTrustCentreLinkKey:
    """Transport Key, type 04."""

    key: bytes = field(repr=False)
    target: Eui64
    source: Eui64


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateDevice:
    """A router tells the trust centre of a child's arrival or departure."""

    device: Eui64
    short: ShortAddress
    status: DeviceStatus


@dataclass(frozen=True, slots=True)
class RemoveDevice:
    """The trust centre tells a router to make a child leave."""

    target: Eui64


@dataclass(frozen=True, slots=True)
class RequestApplicationLinkKey:
    """Request Key, type 02."""

    partner: Eui64


@dataclass(frozen=True, slots=True)
class RequestTrustCentreLinkKey:
    """Request Key, type 04."""


@dataclass(frozen=True, slots=True)
class SwitchKey:
    """From now on the network key of this sequence number is used."""

    key_sequence: int


@dataclass(frozen=True, slots=True)
class Tunnel:
    """An APS command for a joiner that has no network key yet, carried as far as its parent."""

    target: Eui64
    frame: bytes


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A device proves that it has the new trust-centre link key (hash: `mmo.verify_key_hash`)."""

    source: Eui64
    hash: bytes


@dataclass(frozen=True, slots=True)
class ConfirmKey:
    """The trust centre's answer to Verify Key; status 0 is success."""

    status: int
    key_type: int
    target: Eui64


ApsCommand = (
    TransportNetworkKey
    | TransportApplicationLinkKey
    | TransportTrustCentreLinkKey
    | UpdateDevice
    | RemoveDevice
    | RequestApplicationLinkKey
    | RequestTrustCentreLinkKey
    | SwitchKey
    | Tunnel
    | VerifyKey
    | ConfirmKey
)

_KEY = c.Bytes(16)

_COMMANDS: OneOf[ApsCommand] = OneOf(
    "aps-command",
    {
        b"\x05\x01": (
            TransportNetworkKey,
            c.Struct(
                "key" / _KEY,
                "key_sequence" / c.Int8ul,
                "target" / c.Int64ul,
                "source" / c.Int64ul,
            ),
        ),
        b"\x05\x03": (
            TransportApplicationLinkKey,
            c.Struct(
                "key" / _KEY,
                "partner" / c.Int64ul,
                # Not construct's Flag, which takes any octet but 0 for true.
                "is_initiator" / c.Mapping(c.Int8ul, {False: 0, True: 1}),
            ),
        ),
        b"\x05\x04": (
            TransportTrustCentreLinkKey,
            c.Struct("key" / _KEY, "target" / c.Int64ul, "source" / c.Int64ul),
        ),
        b"\x06": (
            UpdateDevice,
            c.Struct(
                "device" / c.Int64ul,
                "short" / c.Int16ul,
                "status" / enumerated(DeviceStatus, c.Int8ul),
            ),
        ),
        b"\x07": (RemoveDevice, c.Struct("target" / c.Int64ul)),
        b"\x08\x02": (RequestApplicationLinkKey, c.Struct("partner" / c.Int64ul)),
        b"\x08\x04": (RequestTrustCentreLinkKey, c.Struct()),
        b"\x09": (SwitchKey, c.Struct("key_sequence" / c.Int8ul)),
        b"\x0e": (Tunnel, c.Struct("target" / c.Int64ul, "frame" / c.GreedyBytes)),
        b"\x0f\x04": (VerifyKey, c.Struct("source" / c.Int64ul, "hash" / c.Bytes(16))),
        b"\x10": (
            ConfirmKey,
            c.Struct("status" / c.Int8ul, "key_type" / c.Int8ul, "target" / c.Int64ul),
        ),
    },
)


def decode(payload: bytes) -> ApsCommand:
    """Read the clear payload of an APS command frame; raise `DecodeError`."""
    return _COMMANDS.decode(payload)


def encode(command: ApsCommand) -> bytes:
    """Write the clear payload of an APS command frame; raise `EncodeError`."""
    return _COMMANDS.encode(command)


def trace(payload: bytes) -> tuple[str, Trace]:
    """Name a command, and say where each field lies, as far as it can be read."""
    return _COMMANDS.trace(payload)

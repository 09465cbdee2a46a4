"""Key Establishment cluster (0x0800): two devices make a link key from their certificates.

Source: ZigBee Smart Energy Standard (07-5356) annex C.3, as collected in han.md section 7.
Little-endian, but for what is inside certificates and points. The four commands have the same
numbers and layouts both ways; it travels under the network key alone.

    initiator ──Initiate──> ──Ephemeral Data──> ──Confirm Key──>
              <──Initiate── <──Ephemeral Data── <──Confirm Key── responder
    either    ──Terminate──>
"""

import enum
from dataclasses import dataclass
from typing import Final

import construct as c

from hanbench.protocol.layout import enumerated
from hanbench.protocol.zigbee.attributes import DataType
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, SERVER, ClusterId, CommandSet

CLUSTER = ClusterId.KEY_ESTABLISHMENT
POINT_OCTETS = (22, 37)
"""The length of a compressed point of suite 1 and of suite 2."""


class AttributeId(enum.IntEnum):
    """Attributes of client and server."""

    KEY_ESTABLISHMENT_SUITE = 0x0000


TYPES: Final = {AttributeId.KEY_ESTABLISHMENT_SUITE: DataType.ENUM16}
"""The type of each attribute."""


class TerminateStatus(enum.IntEnum):
    """Why an exchange ends before it is done."""

    UNKNOWN_ISSUER = 1
    BAD_KEY_CONFIRM = 2
    BAD_MESSAGE = 3
    NO_RESOURCES = 4
    UNSUPPORTED_SUITE = 5
    INVALID_CERTIFICATE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiateRequest:
    """The initiator's certificate."""

    suites: int
    """A bitmap: 1 suite 1, 2 suite 2; one bit is set."""
    ephemeral_data_s: int
    """How long the sender needs at most to make its ephemeral key."""
    confirm_key_s: int
    """How long it needs to compute its proof."""
    certificate: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiateResponse:
    """The responder's certificate."""

    suites: int
    ephemeral_data_s: int
    confirm_key_s: int
    certificate: bytes


@dataclass(frozen=True, slots=True)
class EphemeralDataRequest:
    """The initiator's ephemeral public key, compressed."""

    point: bytes


@dataclass(frozen=True, slots=True)
class EphemeralDataResponse:
    """The responder's."""

    point: bytes


@dataclass(frozen=True, slots=True)
class ConfirmKeyRequest:
    """MACU."""

    mac: bytes


@dataclass(frozen=True, slots=True)
class ConfirmKeyResponse:
    """MACV."""

    mac: bytes


@dataclass(frozen=True, slots=True)
class TerminateByClient:
    """The initiator, who is the client, ends the exchange."""

    status: TerminateStatus
    wait_s: int
    """How long to wait before another try."""
    suites: int
    """What the sender can do instead."""


@dataclass(frozen=True, slots=True)
class TerminateByServer:
    """The responder ends it."""

    status: TerminateStatus
    wait_s: int
    suites: int


Command = (
    InitiateRequest
    | InitiateResponse
    | EphemeralDataRequest
    | EphemeralDataResponse
    | ConfirmKeyRequest
    | ConfirmKeyResponse
    | TerminateByClient
    | TerminateByServer
)


def _initiate() -> c.Struct:
    return c.Struct(
        "suites" / c.Int16ul,
        "ephemeral_data_s" / c.Int8ul,
        "confirm_key_s" / c.Int8ul,
        # Of another suite than the two, the receiver can only say that it has no such suite.
        "certificate"
        / c.Switch(c.this.suites, {1: c.Bytes(48), 2: c.Bytes(74)}, default=c.GreedyBytes),
    )


def _point() -> c.Struct:
    octets: c.Construct[bytes, bytes] = c.ExprValidator(
        c.GreedyBytes, lambda value, _: len(value) in POINT_OCTETS
    )
    return c.Struct("point" / octets)


def _terminate() -> c.Struct:
    return c.Struct(
        "status" / enumerated(TerminateStatus, c.Int8ul),
        "wait_s" / c.Int8ul,
        "suites" / c.Int16ul,
    )


COMMANDS: Final[CommandSet[Command]] = CommandSet(
    CLUSTER,
    {
        (CLIENT, 0x00): (InitiateRequest, _initiate()),
        (SERVER, 0x00): (InitiateResponse, _initiate()),
        (CLIENT, 0x01): (EphemeralDataRequest, _point()),
        (SERVER, 0x01): (EphemeralDataResponse, _point()),
        (CLIENT, 0x02): (ConfirmKeyRequest, c.Struct("mac" / c.Bytes(16))),
        (SERVER, 0x02): (ConfirmKeyResponse, c.Struct("mac" / c.Bytes(16))),
        (CLIENT, 0x03): (TerminateByClient, _terminate()),
        (SERVER, 0x03): (TerminateByServer, _terminate()),
    },
)
"""Encodes and decodes the commands."""

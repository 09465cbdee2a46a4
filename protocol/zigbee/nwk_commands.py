"""NWK commands: routes, leave and rejoin, link status, PAN ids, end-device timeout.

Source: ZigBee specification (05-3474) section 3.4, Table 3.40 "NWK command frames". Little-endian;
the first octet is the command identifier.
"""

import enum
import functools
from dataclasses import dataclass
from typing import Any

import construct as c

from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.layout import DECODED_KEPT, OneOf, enumerated, sequence_of
from hanbench.protocol.layout_trace import Trace


class StatusCode(enum.IntEnum):
    """Why a router reports trouble (3.4.3.3.1), those that a HAN meets."""

    NO_ROUTE = 0x00
    TREE_LINK_FAILURE = 0x01
    LINK_FAILURE = 0x02
    SOURCE_ROUTE_FAILURE = 0x0B
    MANY_TO_ONE_FAILURE = 0x0C
    ADDRESS_CONFLICT = 0x0D


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRequest:
    """A route is sought; `options` 0x08 asks for a many-to-one route with route records."""

    options: int
    identifier: int
    target: ShortAddress
    path_cost: int
    target_eui64: Eui64 | None = None
    """Present with options bit 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteReply:
    """A route was found; options bits 4 and 5 say which EUI-64s follow."""

    options: int
    identifier: int
    originator: ShortAddress
    responder: ShortAddress
    path_cost: int
    originator_eui64: Eui64 | None = None
    responder_eui64: Eui64 | None = None


@dataclass(frozen=True, slots=True)
class NetworkStatus:
    """A frame could not be routed to `target`."""

    code: StatusCode
    target: ShortAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A device leaves, or (`is_request`) is told to leave."""

    rejoin: bool = False
    is_request: bool = False
    removes_children: bool = False


@dataclass(frozen=True, slots=True)
class RouteRecord:
    """The relays that the frames of a device pass on their way to the concentrator."""

    relays: tuple[ShortAddress, ...]


@dataclass(frozen=True, slots=True)
class RejoinRequest:
    """A device that has the network key, or once had it, asks to come back."""

    capability: int


@dataclass(frozen=True, slots=True)
class RejoinResponse:
    """The parent's answer; status as in an association response."""

    short: ShortAddress
    status: int


@dataclass(frozen=True, slots=True)
class Link:
    """How well one router hears another and is heard: 1 is best, 7 worst, 0 not at all."""

    address: ShortAddress
    cost_in: int
    cost_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """The neighbours of a router, told to them every 15 s."""

    links: tuple[Link, ...]
    is_first: bool = True
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """A router tells the network manager that another network has its PAN id (3.4.9)."""

    extended_pan: Eui64
    """Of the network that it is on."""
    pans: tuple[PanId, ...]
    """The PAN ids that are in use around it."""


@dataclass(frozen=True, slots=True)
class NetworkUpdate:
    """The network manager tells everybody another PAN id, which holds after a while (3.4.10)."""

    extended_pan: Eui64
    update_id: int
    """Of the parameters of the network: one more each time."""
    pan: PanId


class TimeoutStatus(enum.IntEnum):
    """What a parent makes of the timeout that a child asks for (3.4.12.3.1)."""

    SUCCESS = 0x00
    INCORRECT_VALUE = 0x01


class KeepAlive(enum.IntFlag):
    """By what a parent keeps a child that would else grow too old (3.4.12.3.2)."""

    DATA_POLL = 0x01
    TIMEOUT_REQUEST = 0x02


@dataclass(frozen=True, slots=True)
class EndDeviceTimeoutRequest:
    """A child says how long it may be silent: 2 to the `timeout` minutes (0: 10 s)."""

    timeout: int
    configuration: int = 0


@dataclass(frozen=True, slots=True)
class EndDeviceTimeoutResponse:
    """The parent's answer: a `TimeoutStatus`, and in `parent` its `KeepAlive` bits."""

    status: int
    parent: int


NwkCommand = (
    RouteRequest
    | RouteReply
    | NetworkStatus
    | Leave
    | RouteRecord
    | RejoinRequest
    | RejoinResponse
    | LinkStatus
    | NetworkReport
    | NetworkUpdate
    | EndDeviceTimeoutRequest
    | EndDeviceTimeoutResponse
)

_ORIGINATOR_EUI64 = 0x10
_RESPONDER_EUI64 = 0x20
_LINK_COUNT = 0x1F
_FIRST = 0x20
_LAST = 0x40

_COST_MAX = 7
_NO_COSTS = 0xFF
_PANS_MAX = 31


def _costs(link: Link) -> int:
    """Put both costs into one octet; what does not fit must not spill into the other's bits."""
    if 0 <= link.cost_in <= _COST_MAX and 0 <= link.cost_out <= _COST_MAX:
        return link.cost_in | link.cost_out << 4
    return _NO_COSTS


def _link_options(command: Any) -> int:
    """Put the number of links beside its flags; more than fit are refused."""
    count: int = len(command.links)
    if count > _LINK_COUNT:
        return _NO_COSTS
    return count | _FIRST * bool(command.is_first) | _LAST * bool(command.is_last)


_LINK: "c.Construct[Link, Link]" = c.ExprAdapter(
    # Costs are 1 to 7 (0: unknown); bits 3 and 7 are reserved (3.4.8.3.2).
    c.Struct(
        "address" / c.Int16ul,
        "costs" / c.OneOf(c.Int8ul, [costs for costs in range(0x80) if not costs & 0x08]),
    ),
    lambda raw, _: Link(raw.address, raw.costs & 0x0F, raw.costs >> 4),
    lambda link, _: {"address": link.address, "costs": _costs(link)},
)

_LINK_STATUS = c.Struct(
    "options" / c.Rebuild(c.OneOf(c.Int8ul, range(0x80)), _link_options),
    "is_first" / c.Computed(lambda this: this.options & _FIRST != 0),
    "is_last" / c.Computed(lambda this: this.options & _LAST != 0),
    "links" / sequence_of(c.Array(c.this.options & _LINK_COUNT, _LINK)),
)

# Bits 0 to 4 of the options count what follows, bits 5 to 7 say what it is: 0, PAN ids (3.4.9.3.1
# and 3.4.10.3.1; the other numbers are reserved).
_NETWORK_REPORT = c.Struct(
    "options" / c.Rebuild(c.OneOf(c.Int8ul, range(_PANS_MAX + 1)), lambda this: len(this.pans)),
    "extended_pan" / c.Int64ul,
    "pans" / sequence_of(c.Array(c.this.options, c.Int16ul)),
)
_NETWORK_UPDATE = c.Struct(
    "options" / c.Const(b"\x01"),
    "extended_pan" / c.Int64ul,
    "update_id" / c.Int8ul,
    "pan" / c.Int16ul,
)

_LEAVE = c.Struct(
    "options"
    / c.Rebuild(
        c.OneOf(c.Int8ul, range(0, 0x100, 0x20)),
        lambda this: 0x20 * this.rejoin | 0x40 * this.is_request | 0x80 * this.removes_children,
    ),
    "rejoin" / c.Computed(lambda this: this.options & 0x20 != 0),
    "is_request" / c.Computed(lambda this: this.options & 0x40 != 0),
    "removes_children" / c.Computed(lambda this: this.options & 0x80 != 0),
)

_COMMANDS: OneOf[NwkCommand] = OneOf(
    "nwk-command",
    {
        b"\x01": (
            RouteRequest,
            c.Struct(
                "options" / c.Int8ul,
                "identifier" / c.Int8ul,
                "target" / c.Int16ul,
                "path_cost" / c.Int8ul,
                "target_eui64" / c.If(c.this.options & _RESPONDER_EUI64, c.Int64ul),
            ),
        ),
        b"\x02": (
            RouteReply,
            c.Struct(
                "options" / c.Int8ul,
                "identifier" / c.Int8ul,
                "originator" / c.Int16ul,
                "responder" / c.Int16ul,
                "path_cost" / c.Int8ul,
                "originator_eui64" / c.If(c.this.options & _ORIGINATOR_EUI64, c.Int64ul),
                "responder_eui64" / c.If(c.this.options & _RESPONDER_EUI64, c.Int64ul),
            ),
        ),
        b"\x03": (
            NetworkStatus,
            c.Struct("code" / enumerated(StatusCode, c.Int8ul), "target" / c.Int16ul),
        ),
        b"\x04": (Leave, _LEAVE),
        b"\x05": (
            RouteRecord,
            c.Struct("relays" / sequence_of(c.PrefixedArray(c.Int8ul, c.Int16ul))),
        ),
        b"\x06": (RejoinRequest, c.Struct("capability" / c.Int8ul)),
        b"\x07": (RejoinResponse, c.Struct("short" / c.Int16ul, "status" / c.Int8ul)),
        b"\x08": (LinkStatus, _LINK_STATUS),
        b"\x09": (NetworkReport, _NETWORK_REPORT),
        b"\x0a": (NetworkUpdate, _NETWORK_UPDATE),
        b"\x0b": (
            EndDeviceTimeoutRequest,
            c.Struct("timeout" / c.Int8ul, "configuration" / c.Int8ul),
        ),
        b"\x0c": (EndDeviceTimeoutResponse, c.Struct("status" / c.Int8ul, "parent" / c.Int8ul)),
    },
)


@functools.lru_cache(maxsize=DECODED_KEPT)
def decode(payload: bytes) -> NwkCommand:
    """Read the clear payload of a NWK command frame; raise `DecodeError`."""
    return _COMMANDS.decode(payload)


@functools.lru_cache(maxsize=DECODED_KEPT)
def encode(command: NwkCommand) -> bytes:
    """Write the clear payload of a NWK command frame; raise `EncodeError`."""
    return _COMMANDS.encode(command)


def trace(payload: bytes) -> tuple[str, Trace]:
    """Name a command, and say where each field lies, as far as it can be read."""
    return _COMMANDS.trace(payload)

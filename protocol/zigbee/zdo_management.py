"""ZDO network management: neighbours, routes, bindings, and the radio channel.

Source: ZigBee Specification (05-3474), sections 2.4.3.3 and 2.4.4.3, from memory of it; read back
by tshark 4.0.17 and zigpy 2.4.0. Little-endian. A table is read in pages: each answer says how long
the table is, and at which row it begins.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import construct as c

from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.layout import enumerated
from hanbench.protocol.zigbee import fields
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

SCAN_DURATION_MAX = 5
"""Up to here `duration` is that of an energy scan, as an exponent of the superframe."""
CHANGE_CHANNEL = 0xFE
CHANGE_PARAMETERS = 0xFF
"""Instead of a scan: change the channel; change the channels and the network manager."""


class NeighbourKind(enum.IntEnum):
    """What a neighbour is, in the bits 0 and 1."""

    COORDINATOR = 0
    ROUTER = 1
    END_DEVICE = 2
    UNKNOWN = 3


class Relationship(enum.IntEnum):
    """What a neighbour is to us, in the bits 4 to 6."""

    PARENT = 0
    CHILD = 1
    SIBLING = 2
    NONE = 3
    PREVIOUS_CHILD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourEntry:
    """A row of a neighbour table."""

    extended_pan: Eui64
    eui64: Eui64
    short: ShortAddress
    kind_and_relationship: int
    """Kind in the bits 0 and 1, receiver on when idle in 2 and 3, relationship in 4 to 6."""
    permits_joining: int
    """0 no, 1 yes, 2 not known."""
    depth: int
    link_quality: int

    @property
    def kind(self) -> NeighbourKind:
        """What it is."""
        return NeighbourKind(self.kind_and_relationship & 0x03)

    @property
    def relationship(self) -> int:
        """What it is to us: one of `Relationship`, or a reserved number."""
        return self.kind_and_relationship >> 4 & 0x07


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """A row of a routing table.

    `flags` hold the status in the bits 0 to 2, many-to-one in 4, route record wanted in 5.
    """

    target: ShortAddress
    flags: int
    next_hop: ShortAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingEntry:
    """A row of a binding table: a cluster of a source endpoint, and where it goes."""

    source: Eui64
    source_endpoint: int
    cluster: int
    target: Eui64
    target_endpoint: int


@dataclass(frozen=True, slots=True)
class NeighboursRequest:
    """Ask for the neighbour table (Mgmt_Lqi_req), from a row on."""

    start: int


@dataclass(frozen=True, slots=True)
class NeighboursResponse:
    """Give a page of the neighbour table."""

    status: ZdoStatus
    total: int
    start: int
    neighbours: tuple[NeighbourEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class RoutesRequest:
    """Ask for the routing table (Mgmt_Rtg_req), from a row on."""

    start: int


@dataclass(frozen=True, slots=True)
class RoutesResponse:
    """Give a page of the routing table."""

    status: ZdoStatus
    total: int
    start: int
    routes: tuple[RouteEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class BindingsRequest:
    """Ask for the binding table (Mgmt_Bind_req), from a row on."""

    start: int


@dataclass(frozen=True, slots=True)
class BindingsResponse:
    """Give a page of the binding table."""

    status: ZdoStatus
    total: int
    start: int
    bindings: tuple[BindingEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkUpdateRequest:
    """Ask for an energy scan, or order another channel or network manager (Mgmt_NWK_Update_req).

    What `duration` does not announce is None.
    """

    channels: int
    """Bit n is channel n: 11 to 26."""
    duration: int
    scans: int | None = None
    update_id: int | None = None
    manager: ShortAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkUpdateNotify:
    """Say what a scan heard: an energy for each channel that was scanned, in rising order."""

    status: ZdoStatus
    channels: int
    transmissions: int
    failures: int
    energies: tuple[int, ...] = ()


Message = (
    NeighboursRequest
    | NeighboursResponse
    | RoutesRequest
    | RoutesResponse
    | BindingsRequest
    | BindingsResponse
    | NetworkUpdateRequest
    | NetworkUpdateNotify
)

_NEIGHBOUR = fields.record(
    NeighbourEntry,
    c.Struct(
        "extended_pan" / fields.EUI64,
        "eui64" / fields.EUI64,
        "short" / fields.U16,
        "kind_and_relationship" / fields.U8,
        "permits_joining" / fields.U8,
        "depth" / fields.U8,
        "link_quality" / fields.U8,
    ),
)
_ROUTE = fields.record(
    RouteEntry,
    c.Struct("target" / fields.U16, "flags" / fields.U8, "next_hop" / fields.U16),
)
_BINDING = fields.record(
    BindingEntry,
    c.Struct(
        "source" / fields.EUI64,
        "source_endpoint" / fields.U8,
        "cluster" / fields.U16,
        c.Const(b"\x03"),
        "target" / fields.EUI64,
        "target_endpoint" / fields.U8,
    ),
)
_START = c.Struct("start" / fields.U8)
_PAGE = (
    "status" / enumerated(ZdoStatus, fields.U8),
    "total" / fields.U8,
    "start" / fields.U8,
)
_IS_SCAN = c.this.duration <= SCAN_DURATION_MAX
_IS_CHANGE = c.this.duration >= CHANGE_CHANNEL
_IS_PARAMETERS = c.this.duration == CHANGE_PARAMETERS

MESSAGES: Final[Mapping[int, tuple[type[Message], c.Struct]]] = {
    0x0031: (NeighboursRequest, _START),
    0x8031: (
        NeighboursResponse,
        c.Struct(*_PAGE, "neighbours" / fields.counted(fields.U8, _NEIGHBOUR)),
    ),
    0x0032: (RoutesRequest, _START),
    0x8032: (RoutesResponse, c.Struct(*_PAGE, "routes" / fields.counted(fields.U8, _ROUTE))),
    0x0033: (BindingsRequest, _START),
    0x8033: (BindingsResponse, c.Struct(*_PAGE, "bindings" / fields.counted(fields.U8, _BINDING))),
    0x0038: (
        NetworkUpdateRequest,
        c.Struct(
            "channels" / fields.U32,
            "duration" / fields.U8,
            "scans" / fields.present_if(_IS_SCAN, fields.U8),
            "update_id" / fields.present_if(_IS_CHANGE, fields.U8),
            "manager" / fields.present_if(_IS_PARAMETERS, fields.U16),
        ),
    ),
    0x8038: (
        NetworkUpdateNotify,
        c.Struct(
            "status" / enumerated(ZdoStatus, fields.U8),
            "channels" / fields.U32,
            "transmissions" / fields.U16,
            "failures" / fields.U16,
            "energies" / fields.counted(fields.U8, fields.U8),
        ),
    ),
}
"""By the cluster number, for `zdo.py`."""

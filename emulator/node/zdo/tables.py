"""What a node answers about its tables: neighbours, routes, bindings, and what its radio hears.

Source: ZigBee specification (05-3474), sections 2.4.4.3 and 2.4.3.3.9. A table is given a page at a
time, since a secured frame has room for 77 octets of it. Modelled [M]: the link quality, since our
radios hear well; the energies, since nobody else is on the air; that the one channel cannot change.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from hanbench.emulator.device import BROADCAST, Packet
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.membership import COORDINATOR
from hanbench.emulator.node.zdo.bindings import Binding
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import zdo_management as mgmt
from hanbench.protocol.zigbee.zdo_management import (
    BindingEntry,
    NeighbourEntry,
    NeighbourKind,
    Relationship,
    RouteEntry,
)
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

NEIGHBOURS_A_FRAME, ROUTES_A_FRAME, BINDINGS_A_FRAME = 3, 14, 3
CHANNEL: Final = 11
"""The channel of every HAN here: the first of the band [M]."""
CHANNELS: Final = 0x07FF_F800
"""Channels 11 to 26, a bit each."""
FIRST_CHANNEL, LAST_CHANNEL = 11, 26
QUIET, BUSY = 0x20, 0x60
"""Energies of a channel that nobody uses, and of ours [M]."""
LINK_QUALITY = 0xFF
_MANY_TO_ONE, _RECORD_WANTED = 1 << 4, 1 << 5
_NOT_KNOWN = 2
"""Whether a neighbour lets others join; also, in two bits, whether its receiver is on."""

Children = Callable[[], Mapping[Eui64, ShortAddress]]


class ZdoTables:
    """The tables of one node, as its management sees them."""

    def __init__(
        self, management: Management, children: Children, bindings: Callable[[], Iterable[Binding]]
    ) -> None:
        self.manager = COORDINATOR
        """Who manages the channel; it may appoint another."""
        self._management = management
        self._children = children
        self._bindings = bindings

    def answer(self, request: mgmt.Message, packet: Packet) -> mgmt.Message | None:
        """Return the answer to a request about a table; None where it gets none."""
        if packet.target == BROADCAST and not isinstance(request, mgmt.NetworkUpdateRequest):
            return None
        match request:
            case mgmt.NeighboursRequest(start):
                rows = self._neighbours()
                page = tuple(rows[start : start + NEIGHBOURS_A_FRAME])
                return mgmt.NeighboursResponse(ZdoStatus.SUCCESS, len(rows), start, page)
            case mgmt.RoutesRequest(start):
                routes = self._routes()
                shown = tuple(routes[start : start + ROUTES_A_FRAME])
                return mgmt.RoutesResponse(ZdoStatus.SUCCESS, len(routes), start, shown)
            case mgmt.BindingsRequest(start):
                bound = self._bound()
                part = tuple(bound[start : start + BINDINGS_A_FRAME])
                return mgmt.BindingsResponse(ZdoStatus.SUCCESS, len(bound), start, part)
            case mgmt.NetworkUpdateRequest():
                return self._update(request, packet)
            case _:
                return None

    def _neighbours(self) -> list[NeighbourEntry]:
        """The parent, the children, and the other routers in reach, in that order."""
        me = self._management.membership
        children = self._children()
        related = {} if me.parent is None else {me.parent: Relationship.PARENT}
        related |= dict.fromkeys(children, Relationship.CHILD)
        for router in self._management.mesh.routes.neighbours:
            related.setdefault(router, Relationship.SIBLING)
        shorts = {**me.short_of, **children}
        return [
            self._neighbour(eui64, shorts[eui64], how)
            for eui64, how in related.items()
            if eui64 in shorts
        ]

    def _neighbour(self, eui64: Eui64, short: ShortAddress, how: Relationship) -> NeighbourEntry:
        me = self._management.membership
        is_sleepy = eui64 in me.sleepers
        kind = NeighbourKind.END_DEVICE if is_sleepy else NeighbourKind.ROUTER
        if short == COORDINATOR:
            kind = NeighbourKind.COORDINATOR
        below = {Relationship.PARENT: -1, Relationship.CHILD: 1}.get(how, 0)
        return NeighbourEntry(
            extended_pan=me.extended_pan,
            eui64=eui64,
            short=short,
            kind_and_relationship=kind | (not is_sleepy) << 2 | how << 4,
            permits_joining=_NOT_KNOWN,
            depth=0 if short == COORDINATOR else max(1, me.depth + below),
            link_quality=LINK_QUALITY,
        )

    def _routes(self) -> list[RouteEntry]:
        shorts = self._management.membership.short_of
        return [
            RouteEntry(
                target,
                (_MANY_TO_ONE if route.is_many_to_one else 0)
                | (_RECORD_WANTED if route.needs_record else 0),
                shorts[route.next_hop],
            )
            for target, route in self._management.mesh.routes.rows()
            if route.next_hop in shorts
        ]

    def _bound(self) -> list[BindingEntry]:
        return [
            BindingEntry(
                source=self._management.membership.me,
                source_endpoint=one.endpoint,
                cluster=one.cluster,
                target=one.target,
                target_endpoint=one.target_endpoint,
            )
            for one in self._bindings()
        ]

    def _update(
        self, request: mgmt.NetworkUpdateRequest, packet: Packet
    ) -> mgmt.NetworkUpdateNotify | None:
        status = self._judge(request, packet.source)
        is_scan = request.duration <= mgmt.SCAN_DURATION_MAX
        if status is ZdoStatus.SUCCESS and request.manager is not None:
            self.manager = request.manager
        # A scan is for one node alone, and what changes the network is answered when it fails only.
        if packet.target == BROADCAST or (status is ZdoStatus.SUCCESS and not is_scan):
            return None
        energies = _energies(request.channels) if status is ZdoStatus.SUCCESS else ()
        return mgmt.NetworkUpdateNotify(
            status=status,
            channels=request.channels,
            transmissions=self._management.counters.sent & 0xFFFF,
            failures=0,
            energies=energies,
        )

    def _judge(self, request: mgmt.NetworkUpdateRequest, source: Eui64) -> ZdoStatus:
        is_known = not request.channels & ~CHANNELS and request.channels
        if not is_known:
            return ZdoStatus.INVALID_REQUEST_TYPE
        if request.duration <= mgmt.SCAN_DURATION_MAX:
            return ZdoStatus.SUCCESS if request.scans else ZdoStatus.INVALID_REQUEST_TYPE
        if request.duration < mgmt.CHANGE_CHANNEL:
            return ZdoStatus.INVALID_REQUEST_TYPE
        if self._management.membership.short_of.get(source) != self.manager:
            return ZdoStatus.NOT_AUTHORISED
        if request.duration == mgmt.CHANGE_CHANNEL and request.channels != 1 << CHANNEL:
            return ZdoStatus.NOT_SUPPORTED
        return ZdoStatus.SUCCESS


def _energies(channels: int) -> tuple[int, ...]:
    return tuple(
        BUSY if channel == CHANNEL else QUIET
        for channel in range(FIRST_CHANNEL, LAST_CHANNEL + 1)
        if channels >> channel & 1
    )

"""The routing of one node: next hops, discovery, link status, and what to do when a hop fails.

Source: ZigBee specification (05-3474) sections 3.6.3 (routing), 3.4.1 to 3.4.5 and 3.4.8 (the NWK
commands), as collected in han.md section 2. A device that does not route sends everything through
its parent. Link costs are those of a radio that hears well: 1 [M].

    route known ──> sent ──no acknowledgement──┬── our own frame: another route is sought, once
                                               └── relayed: network status to its source
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from hanbench.emulator.device import BROADCAST, Transmission
from hanbench.emulator.fates import Cause
from hanbench.emulator.instant import Instant, after
from hanbench.emulator.node.drops import Counters, Drop
from hanbench.emulator.node.membership import (
    COORDINATOR,
    FIRST_SHORT,
    LAST_SHORT,
    Membership,
)
from hanbench.emulator.node.nwk_layer import NwkLayer
from hanbench.emulator.node.route_discovery import DISCOVERY_US, RouteDiscovery
from hanbench.emulator.node.routes import Route, Routes
from hanbench.protocol import ieee802154
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import nwk, nwk_commands
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.nwk_commands import (
    Link,
    LinkStatus,
    NetworkStatus,
    NwkCommand,
    RouteRecord,
    RouteReply,
    RouteRequest,
    StatusCode,
)

RELAYS_MAX = 5
"""How many relays a source route of ours holds at most [M]."""
PARENT_FAILURES_MAX = 3
"""How many frames in a row a parent may leave unanswered before it counts as lost [M]."""
TRIED_AGAIN_US = 2 * DISCOVERY_US
"""How long a frame tried again is remembered [M]: NWK sequence numbers come round."""
HEADERS = 11 + 8 + 14 + 4
"""MAC with FCS, NWK header, auxiliary header and MIC, in octets."""


class Outgoing(NamedTuple):
    """A NWK frame on its way out, and what it belongs to."""

    frame: NwkFrame
    kind: str
    cause: Cause | None


@dataclass(slots=True)
class Record:
    """The relays on the way of a device to the concentrator, nearest to the device first."""

    relays: tuple[ShortAddress, ...]


class Mesh:
    """Who is sent what by one node."""

    def __init__(
        self,
        membership: Membership,
        layer: NwkLayer,
        counters: Counters,
        parent_lost: Callable[[Instant], list[Transmission]],
    ) -> None:
        self.routes = Routes()
        self.records: dict[ShortAddress, Record] = {}
        """As a concentrator: how each device that said so is reached."""
        self._discovery = RouteDiscovery(self.routes)
        self._membership = membership
        self._layer = layer
        self._counters = counters
        self._parent_lost = parent_lost
        self._parent_failures = 0
        self._tried_again: dict[int, Instant] = {}

    @property
    def deadline(self) -> Instant | None:
        """When `wake` is next due."""
        return self._discovery.deadline

    def wake(self, now: Instant) -> None:
        """Give up the routes that were not found in time."""
        for _ in range(self._discovery.expire(now)):
            self._counters.drop(Drop.NO_ROUTE)

    def launch(self, out: Outgoing, now: Instant) -> list[Transmission]:
        """Return the frame on its way to its next hop, or the search for one."""
        me = self._membership
        if nwk.is_broadcast(out.frame.target):
            return [self._layer.to_air(out.frame, me.broadcasts_over, out.kind, out.cause)]
        if not me.is_router:
            return self._to_parent(out)
        route = self.routes.to(out.frame.target)
        if route is None or route.next_hop not in me.short_of:
            if out.frame.discovers_route:
                return self._search(out, now)
            return self._tell_of_failure(out.frame, None, now)
        if out.frame.source == me.short and out.frame.relays is None:
            record = self.records.get(out.frame.target)
            if record is not None and record.relays:
                return [self._by_source_route(out, record, route)]
        if route.needs_record and out.frame.source == me.short:
            return [*self._route_record(out.frame.target, route), self._over(route.next_hop, out)]
        return [self._over(route.next_hop, out)]

    def relay(
        self, frame: NwkFrame, clear: bytes, heard: Transmission, now: Instant
    ) -> list[Transmission]:
        """Return the frame as this router sends it on; dropped and counted where it cannot."""
        if frame.radius <= 1:
            self._counters.drop(Drop.RADIUS_SPENT)
            return []
        onward = frame._replace(radius=frame.radius - 1, payload=clear, security=None)
        self._counters.relayed += 1
        out = Outgoing(onward, heard.frame_kind, heard.cause)
        if frame.relays is not None and frame.relay_index is not None:
            return self._relay_by_source_route(out, now)
        return self.launch(out, now)

    def failed(self, transmission: Transmission, now: Instant) -> list[Transmission]:
        """Take the radio's word that nobody acknowledged a frame."""
        hop = transmission.receiver
        frame = self._layer.reopen(transmission)
        if hop is None or frame is None:
            return []
        if not self._membership.is_router:
            return self._parent_silent(now)
        route = self.routes.to(frame.target)
        self.routes.fail(hop)
        self.records = {
            short: record
            for short, record in self.records.items()
            if self._membership.short_of.get(hop) not in (short, *record.relays)
        }
        if frame.source != self._membership.short:
            return self._tell_of_failure(frame, route, now)
        if now < self._tried_again.get(frame.sequence, now):
            self._counters.drop(Drop.NOT_ACKNOWLEDGED)
            return []
        self._tried_again[frame.sequence] = after(now, TRIED_AGAIN_US)
        again = frame._replace(relays=None, relay_index=None)
        return self._search(Outgoing(again, transmission.frame_kind, transmission.cause), now)

    def announced(self, eui64: Eui64, short: ShortAddress, *, polls: bool) -> None:
        """Note where a device is that has joined or moved; ignore what no device would say."""
        me = self._membership
        if eui64 in (Eui64(0), BROADCAST, me.me) or short == me.short:
            return
        is_place = FIRST_SHORT <= short <= LAST_SHORT
        if not is_place and not (short == COORDINATOR and eui64 == me.trust_centre):
            return
        before = me.short_of.get(eui64)
        if before is not None and before != short:
            self.routes.forget(before)
        me.hear_of(eui64, short)
        if polls:
            me.sleepers[eui64] = None

    def polled(self, now: Instant, *, is_answered: bool) -> list[Transmission]:
        """Take the radio's word whether the parent acknowledged a poll of ours."""
        if not is_answered:
            return self._parent_silent(now)
        self._parent_failures = 0
        return []

    def request_route_to_us(self, now: Instant) -> list[Transmission]:
        """Make ourselves known as the concentrator: a many-to-one route request."""
        request = self._discovery.many_to_one(self._membership.short, now)
        return [self._broadcast(request, "many-to-one")]

    def link_status(self, now: Instant) -> list[Transmission]:
        """Return what a router tells its neighbours of how it hears them, and age those."""
        me = self._membership
        if not me.is_router or not me.is_joined:
            return []
        self.routes.age(now)
        heard = sorted(
            (me.short_of[eui64], neighbour)
            for eui64, neighbour in self.routes.neighbours.items()
            if eui64 in me.short_of
        )
        links = tuple(Link(short, one.cost_in, one.cost_out) for short, one in heard)
        command = self._layer.frame(
            nwk.FrameType.COMMAND,
            nwk.ALL_ROUTERS,
            nwk_commands.encode(LinkStatus(links=links)),
        )
        frame = command._replace(radius=1, source_eui64=me.me)
        self._counters.sent += 1
        return [self._layer.to_air(frame, None, "link-status", None)]

    def take(
        self, command: NwkCommand, frame: NwkFrame, hop: Eui64, now: Instant
    ) -> list[Transmission] | None:
        """Take a routing command; None where it is none of ours."""
        match command:
            case LinkStatus(links=links):
                mine = [one.cost_in for one in links if one.address == self._membership.short]
                self.routes.hear(hop, mine[0] if mine else None, now)
                return []
            case RouteRequest():
                return self._take_request(command, frame, hop, now)
            case RouteReply():
                return self._take_reply(command, hop, now)
            case RouteRecord(relays=relays):
                return self._take_record(relays, frame, now)
            case NetworkStatus(code=code, target=target) if code is not StatusCode.ADDRESS_CONFLICT:
                self.routes.forget(target)
                self.records.pop(target, None)
                return []
            case _:
                return None

    def restart(self) -> None:
        """Forget discoveries; routes are found again, but for what joining brought."""
        self._discovery.clear()
        self._parent_failures = 0

    def command(
        self, command: NwkCommand, target: ShortAddress, kind: str, now: Instant
    ) -> list[Transmission]:
        """Send a NWK command to one node."""
        frame = self._layer.frame(nwk.FrameType.COMMAND, target, nwk_commands.encode(command))
        addressed = frame._replace(
            source_eui64=self._membership.me,
            target_eui64=self._membership.eui64_of.get(target),
            discovers_route=False,
        )
        self._counters.sent += 1
        return self.launch(Outgoing(addressed, kind, None), now)

    def _to_parent(self, out: Outgoing) -> list[Transmission]:
        parent = self._membership.parent
        if parent is None:
            self._counters.drop(Drop.NOT_JOINED)
            return []
        return [self._over(parent, out)]

    def _over(self, hop: Eui64, out: Outgoing) -> Transmission:
        return self._layer.to_air(out.frame, hop, out.kind, out.cause)

    def _search(self, out: Outgoing, now: Instant) -> list[Transmission]:
        target = out.frame.target
        if self._discovery.is_full(target):
            self._counters.drop(Drop.NO_ROUTE)  # the one that waited longest gives way
        is_new = self._discovery.wait(target, out, now)
        if not is_new:
            return []
        request = self._discovery.request(self._membership.short, target, now)
        return [self._broadcast(request, "route-request")]

    def _broadcast(self, request: RouteRequest, kind: str) -> Transmission:
        frame = self._layer.frame(
            nwk.FrameType.COMMAND, nwk.ALL_ROUTERS, nwk_commands.encode(request)
        )
        self._counters.sent += 1
        return self._layer.to_air(
            frame._replace(source_eui64=self._membership.me), None, kind, None
        )

    def _take_request(
        self, request: RouteRequest, frame: NwkFrame, hop: Eui64, now: Instant
    ) -> list[Transmission]:
        taken = self._discovery.take_request(
            request, frame.source, hop, now, answers_for=self._answers_for
        )
        if taken.reply is not None and taken.reply_to is not None:
            return self._hop_command(taken.reply, taken.reply_to, "route-reply")
        if taken.forward is None or frame.radius <= 1:
            return []
        onward = frame._replace(
            radius=frame.radius - 1, payload=nwk_commands.encode(taken.forward), security=None
        )
        self._counters.relayed += 1
        return [self._layer.to_air(onward, None, "route-request", None)]

    def _answers_for(self, target: ShortAddress) -> bool:
        """Whether we are sought, or a child of ours that does not route."""
        me = self._membership
        if target == me.short:
            return True
        eui64 = me.eui64_of.get(target)
        route = self.routes.to(target)
        return eui64 in me.sleepers and route is not None and route.next_hop == eui64

    def _take_reply(self, reply: RouteReply, hop: Eui64, now: Instant) -> list[Transmission]:
        taken = self._discovery.take_reply(reply, self._membership.short, hop)
        if taken.forward is not None and taken.forward_to is not None:
            return self._hop_command(taken.forward, taken.forward_to, "route-reply")
        if taken.found is None:
            return []
        sent: list[Transmission] = []
        for waiting in self._discovery.found(taken.found):
            assert isinstance(waiting, Outgoing), "only those are put there"
            sent += self.launch(waiting, now)
        return sent

    def _hop_command(self, command: NwkCommand, hop: Eui64, kind: str) -> list[Transmission]:
        """Send a command to a neighbour, who sends it on itself."""
        short = self._membership.short_of.get(hop)
        if short is None:
            self._counters.drop(Drop.UNKNOWN_ADDRESS)
            return []
        frame = self._layer.frame(nwk.FrameType.COMMAND, short, nwk_commands.encode(command))
        addressed = frame._replace(
            source_eui64=self._membership.me, target_eui64=hop, discovers_route=False
        )
        self._counters.sent += 1
        return [self._layer.to_air(addressed, hop, kind, None)]

    def _route_record(self, concentrator: ShortAddress, route: Route) -> list[Transmission]:
        route.needs_record = False
        frame = self._layer.frame(
            nwk.FrameType.COMMAND, concentrator, nwk_commands.encode(RouteRecord(()))
        )
        told = frame._replace(source_eui64=self._membership.me, discovers_route=False)
        self._counters.sent += 1
        return [self._layer.to_air(told, route.next_hop, "route-record", None)]

    def _take_record(
        self, relays: tuple[ShortAddress, ...], frame: NwkFrame, now: Instant
    ) -> list[Transmission]:
        me = self._membership
        if frame.target == me.short:
            self.records[frame.source] = Record(relays)
            return []
        record = RouteRecord((*relays, me.short))
        onward = frame._replace(
            radius=frame.radius - 1, payload=nwk_commands.encode(record), security=None
        )
        if frame.radius <= 1 or len(record.relays) > RELAYS_MAX:
            self._counters.drop(Drop.RADIUS_SPENT)
            return []
        self._counters.relayed += 1
        return self.launch(Outgoing(onward, "route-record", None), now)

    def _by_source_route(self, out: Outgoing, record: Record, route: Route) -> Transmission:
        """Send by the way that the device recorded, where the frame has room to say it."""
        relays = record.relays
        first = self._membership.eui64_of.get(relays[-1])
        octets = HEADERS + len(out.frame.payload) + 2 + 2 * len(relays)
        if first is None or octets > ieee802154.FRAME_OCTETS_MAX:
            return self._over(route.next_hop, out)
        routed = out.frame._replace(relays=relays, relay_index=len(relays) - 1)
        return self._over(first, out._replace(frame=routed))

    def _relay_by_source_route(self, out: Outgoing, now: Instant) -> list[Transmission]:
        relays, index = out.frame.relays, out.frame.relay_index
        assert relays is not None and index is not None, "the caller looked"  # noqa: PT018
        if index >= len(relays) or relays[index] != self._membership.short:
            self._counters.drop(Drop.NOT_FOR_US)
            return []
        following = out.frame.target if index == 0 else relays[index - 1]
        hop = self._membership.eui64_of.get(following)
        if hop is None:
            return self._tell_of_failure(out.frame, None, now)
        onward = out.frame._replace(relay_index=max(0, index - 1))
        return [self._over(hop, out._replace(frame=onward))]

    def _tell_of_failure(
        self, frame: NwkFrame, route: Route | None, now: Instant
    ) -> list[Transmission]:
        """Tell the source of a frame that it went no further."""
        self._counters.drop(Drop.NO_ROUTE)
        me = self._membership
        if frame.source == me.short or frame.source not in me.eui64_of:
            return []
        code = StatusCode.LINK_FAILURE
        if frame.relays is not None:
            code = StatusCode.SOURCE_ROUTE_FAILURE
        elif route is not None and route.is_many_to_one:
            code = StatusCode.MANY_TO_ONE_FAILURE
        return self.command(NetworkStatus(code, frame.target), frame.source, "network-status", now)

    def _parent_silent(self, now: Instant) -> list[Transmission]:
        self._parent_failures += 1
        if self._parent_failures < PARENT_FAILURES_MAX:
            return []
        self._parent_failures = 0
        return self._parent_lost(now)

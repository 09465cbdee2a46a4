"""The routing of one node: next hops, discovery, link status, and what to do when a hop fails.

Source: ZigBee specification (05-3474) sections 3.6.3 (routing), 3.4.1 to 3.4.5 and 3.4.8 (the NWK
commands), as collected in han.md section 2. A device that does not route sends everything through
its parent.

    route known ──> sent ──no acknowledgement──┬── our own frame: another route is sought, once
                                               └── relayed: network status to its source
"""

from hanbench.emulator.device import BROADCAST, Transmission
from hanbench.emulator.instant import MINUTE_US, Instant, after
from hanbench.emulator.node.drops import Counters, Drop
from hanbench.emulator.node.membership import (
    COORDINATOR,
    FIRST_SHORT,
    LAST_SHORT,
    Membership,
)
from hanbench.emulator.node.mesh.broadcasts import JITTER_US, Broadcasts, Jitter
from hanbench.emulator.node.mesh.conflicts import AddressConflicts
from hanbench.emulator.node.mesh.mesh_owner import Owner
from hanbench.emulator.node.mesh.repeats import Repeats
from hanbench.emulator.node.mesh.route_discovery import DISCOVERY_US
from hanbench.emulator.node.mesh.route_search import RouteSearch
from hanbench.emulator.node.mesh.routes import BEST_COST, Route, Routes
from hanbench.emulator.node.mesh.source_routes import RELAYS_MAX, SourceRoutes
from hanbench.emulator.node.nwk_layer import NwkLayer
from hanbench.emulator.node.outgoing import Outgoing
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

PARENT_FAILURES_MAX = 3
"""How many frames in a row a parent may leave unanswered before it counts as lost [M]."""
TRIED_AGAIN_US = 2 * DISCOVERY_US
"""How long a frame tried again is remembered [M]: NWK sequence numbers come round."""
CONCENTRATOR_US = 10 * MINUTE_US
"""How often the coordinator makes itself known where the periodic traffic runs [M]."""


class Mesh:
    """Who is sent what by one node."""

    def __init__(
        self,
        membership: Membership,
        layer: NwkLayer,
        counters: Counters,
        owner: Owner,
        jitter: Jitter,
    ) -> None:
        self.routes = Routes()
        self.source_routes = SourceRoutes(membership)
        self.conflicts = AddressConflicts(membership)
        self._repeats = Repeats()
        self.broadcasts = Broadcasts(
            membership, layer, counters, self.routes, self._repeats, jitter
        )
        self._search = RouteSearch(
            membership, layer, counters, self.routes, self.broadcasts, self._repeats, jitter
        )
        self._membership = membership
        self._layer = layer
        self._counters = counters
        self._owner = owner
        self._jitter = jitter
        self._parent_failures = 0
        self._tried_again: dict[int, Instant] = {}
        self._known_until: Instant | None = None
        """As a concentrator: when it makes itself known once more."""

    @property
    def deadline(self) -> Instant | None:
        """When `wake` is next due."""
        first = self._search.discovery.deadline  # asked after every event
        due = self._repeats.deadline
        if due is not None and (first is None or due < first):
            first = due
        due = self.conflicts.deadline
        return due if due is not None and (first is None or due < first) else first

    def wake(self, now: Instant) -> list[Transmission]:
        """Repeat what is due, and give up the routes that were not found in time."""
        self._search.expire(now)
        sent = self.broadcasts.to_air(self._repeats.due(now))
        for short in self.conflicts.due(now):
            sent += self._tell_of_conflict(short, now)
        return sent

    def launch(self, out: Outgoing, now: Instant) -> list[Transmission]:
        """Return the frame on its way to its next hop, or the search for one."""
        me = self._membership
        if nwk.is_broadcast(out.frame.target):
            return self.broadcasts.launch(out, now)
        if not me.is_router:
            return self._to_parent(out)
        route = self.routes.to(out.frame.target)
        if route is not None and route.next_hop not in me.short_of:
            route = None
        if self.source_routes.records:
            told = self.source_routes.of(out)
            if told is not None and (route is None or told[0].frame.relays is not None):
                return [self._over(told[1], told[0])]
        if route is None:
            return self._without_route(out, now)
        if route.needs_record and out.frame.source == me.short:
            return [*self._route_record(out.frame.target, route), self._over(route.next_hop, out)]
        return [self._over(route.next_hop, out)]

    def _without_route(self, out: Outgoing, now: Instant) -> list[Transmission]:
        if out.frame.discovers_route:
            return self._search.begin(out, now)
        return self._tell_of_failure(out.frame, None, now)

    def relay(
        self, frame: NwkFrame, clear: bytes, hop: Eui64 | None, heard: Transmission, now: Instant
    ) -> list[Transmission]:
        """Return the frame as this router sends it on; dropped and counted where it cannot."""
        if frame.radius <= 1:
            self._counters.drop(Drop.RADIUS_SPENT)
            return []
        onward = frame._replace(radius=frame.radius - 1, payload=clear, security=None)
        self._counters.relayed += 1
        out = Outgoing(onward, heard.frame_kind, heard.cause)
        if nwk.is_broadcast(frame.target):
            return self.broadcasts.relay(out, hop, now)
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
        if hop in self._membership.sleeping_children:
            self._counters.drop(Drop.NOT_ACKNOWLEDGED)  # there is no other way to a child
            return []
        route = self.routes.to(frame.target)
        self._fail(hop)
        if frame.source != self._membership.short:
            return self._tell_of_failure(frame, route, now)
        if now < self._tried_again.get(frame.sequence, now):
            self._counters.drop(Drop.NOT_ACKNOWLEDGED)
            return []
        self._tried_again[frame.sequence] = after(now, TRIED_AGAIN_US)
        self.routes.broke(frame.target)
        again = frame._replace(relays=None, relay_index=None)
        return self._search.begin(Outgoing(again, transmission.frame_kind, transmission.cause), now)

    def lost(self, transmission: Transmission) -> None:
        """Take the radio's word on a frame that will come again: not by the same way."""
        hop, frame = transmission.receiver, self._layer.reopen(transmission)
        if hop is None or frame is None or hop not in self.routes.neighbours:
            return  # to a child that does not route there is no other way
        self.routes.broke(frame.target)
        self._fail(hop)

    def announced(self, eui64: Eui64, short: ShortAddress, now: Instant, *, polls: bool) -> bool:
        """Note where a device is that has joined or moved; False: it is not believed."""
        me = self._membership
        if eui64 in (Eui64(0), BROADCAST, me.me):
            return False
        is_place = FIRST_SHORT <= short <= LAST_SHORT
        if not is_place and not (short == COORDINATOR and eui64 == me.trust_centre):
            return False
        if self.conflicts.is_one(eui64, short):
            self.in_conflict(short, now)  # whoever has it moves, and says so
            return False
        before = me.short_of.get(eui64)
        if before != short and self.conflicts.is_disputed(short, now):
            return False
        if before is not None and before != short:
            self.routes.forget(before)
        me.hear_of(eui64, short)
        if polls:
            me.sleepers[eui64] = None
        return True

    def _fail(self, hop: Eui64) -> None:
        self.routes.fail(hop)
        self.source_routes.fail(hop)

    def in_conflict(self, short: ShortAddress, now: Instant) -> None:
        """Take that two devices have one short address: all are told, if nobody else does."""
        if self._membership.is_router:
            self.conflicts.detected(short, now, self._jitter(JITTER_US))

    def polled(self, now: Instant, *, is_answered: bool) -> list[Transmission]:
        """Take the radio's word whether the parent acknowledged a poll of ours."""
        if not is_answered:
            return self._parent_silent(now)
        self._parent_failures = 0
        return []

    def request_route_to_us(self, now: Instant) -> list[Transmission]:
        """Make ourselves known as the concentrator: a many-to-one route request."""
        return self._search.announce(now)

    def link_status(self, now: Instant) -> list[Transmission]:
        """Return what a router tells its neighbours of how it hears them, and age those.

        The coordinator, whom everybody has something for, makes itself known as well when it is
        time.
        """
        me = self._membership
        if not me.is_router or not me.is_joined:
            return []
        self.routes.age(now)
        sent = [self._link_status()]
        if me.is_coordinator and (self._known_until is None or now >= self._known_until):
            self._known_until = after(now, CONCENTRATOR_US)
            sent += self.request_route_to_us(now)
        return sent

    def _link_status(self) -> Transmission:
        me = self._membership
        heard = sorted(
            (me.short_of[eui64], neighbour)
            for eui64, neighbour in self.routes.neighbours.items()
            if eui64 in me.short_of
        )
        links = tuple(Link(short, one.cost_in, one.cost_out) for short, one in heard)
        command = nwk_commands.encode(LinkStatus(links=links))
        frame = self._layer.frame(nwk.FrameType.COMMAND, nwk.ALL_ROUTERS, command)
        self._counters.sent += 1
        told = frame._replace(radius=1, source_eui64=me.me)
        return self._layer.to_air(told, None, "link-status", None)

    def take(
        self,
        command: NwkCommand,
        frame: NwkFrame,
        hop: Eui64,
        now: Instant,
        cost_in: int = BEST_COST,
    ) -> list[Transmission] | None:
        """Take a routing command, heard at the cost `cost_in`; None where it is none of ours."""
        match command:
            case LinkStatus(links=links):
                me = self._membership.short
                mine = next((one.cost_in for one in links if one.address == me), 0)
                self.routes.hear(hop, cost_in, mine, now)
                return []
            case RouteRequest():
                return self._search.take_request(command, frame, hop, now, cost_in)
            case RouteReply():
                return self._take_reply(command, hop, now, cost_in)
            case RouteRecord(relays=relays):
                return self._take_record(relays, frame, now)
            case NetworkStatus(code=StatusCode.ADDRESS_CONFLICT, target=target):
                self.conflicts.heard(target, now)
                return None
            case NetworkStatus(target=target):
                if self.routes.to(target) is not None or target in self.source_routes.records:
                    self.routes.broke(target)
                self.routes.forget(target)
                self.source_routes.forget(target)
                return []
            case _:
                return None

    def restart(self) -> None:
        """Forget discoveries; routes are found again, but for what joining brought."""
        self._search.restart()
        self._repeats.clear()
        self.broadcasts.restart()
        self.conflicts.clear()
        self._parent_failures = 0
        self._known_until = None

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

    def _take_reply(
        self, reply: RouteReply, hop: Eui64, now: Instant, cost_in: int
    ) -> list[Transmission]:
        found = self._search.take_reply(reply, hop, cost_in)
        sent = found.sent
        for waiting in found.waiting:
            sent += self.launch(waiting, now)
        if found.target is not None and self.routes.repaired(found.target):
            self._owner.route_repaired(found.target, hop, now)
        return sent

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
            if len(relays) <= RELAYS_MAX:
                self.source_routes.learn(frame.source, relays)
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
        return self._owner.parent_lost(now)

    def _tell_of_conflict(self, short: ShortAddress, now: Instant) -> list[Transmission]:
        """Tell all of an address that two have, and do ourselves what they will."""
        command = nwk_commands.encode(NetworkStatus(StatusCode.ADDRESS_CONFLICT, short))
        frame = self._layer.frame(nwk.FrameType.COMMAND, nwk.ALL_LISTENING, command)
        told = Outgoing(frame._replace(source_eui64=self._membership.me), "network-status", None)
        self._counters.sent += 1
        return [*self.broadcasts.launch(told, now), *self._owner.address_taken(short, now)]

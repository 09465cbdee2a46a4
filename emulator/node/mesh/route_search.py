"""Route requests and replies of one node, as frames: asked, sent on, answered, asked again.

Source: ZigBee specification (05-3474) sections 3.6.3.5 (route discovery), 3.4.1 and 3.4.2 (the
commands). What they mean for the routing table is `route_discovery.py`'s; here they become frames.
"""

from typing import NamedTuple

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.drops import Counters, Drop
from hanbench.emulator.node.membership import Membership
from hanbench.emulator.node.mesh.broadcasts import Broadcasts, Jitter
from hanbench.emulator.node.mesh.repeats import Key, Plan, Repeats
from hanbench.emulator.node.mesh.route_discovery import (
    INITIAL_TRIES,
    JITTER_US,
    MANY_TO_ONE,
    RELAYED_TRIES,
    RouteDiscovery,
)
from hanbench.emulator.node.mesh.routes import Routes
from hanbench.emulator.node.nwk_layer import NwkLayer
from hanbench.emulator.node.outgoing import Outgoing
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import nwk, nwk_commands
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.nwk_commands import NwkCommand, RouteReply, RouteRequest


class Found(NamedTuple):
    """What a route reply brought: frames for others, or a route of ours and what waited for it."""

    sent: list[Transmission]
    target: ShortAddress | None = None
    waiting: tuple[Outgoing, ...] = ()


class RouteSearch:
    """The route requests that one node sends, repeats, relays and answers."""

    def __init__(
        self,
        membership: Membership,
        layer: NwkLayer,
        counters: Counters,
        routes: Routes,
        broadcasts: Broadcasts,
        repeats: Repeats,
        jitter: Jitter,
    ) -> None:
        self._membership = membership
        self._layer = layer
        self._counters = counters
        self._routes = routes
        self._broadcasts = broadcasts
        self._repeats = repeats
        self._jitter = jitter
        self.discovery = RouteDiscovery(routes)

    def expire(self, now: Instant) -> None:
        """Give up the routes that were not found in time."""
        if self.discovery.deadline is None:
            return
        for _ in range(self.discovery.expire(now)):
            self._counters.drop(Drop.NO_ROUTE)

    def announce(self, now: Instant) -> list[Transmission]:
        """Make ourselves known as the concentrator: a many-to-one route request."""
        request = self.discovery.many_to_one(self._membership.short, now)
        return self._ask(request, "many-to-one", now)

    def restart(self) -> None:
        """Forget what was sought."""
        self.discovery.clear()

    def begin(self, out: Outgoing, now: Instant) -> list[Transmission]:
        """Keep a frame, and seek the route for it if that is not under way."""
        target = out.frame.target
        if self.discovery.is_exhausted(target, now):
            self._counters.drop(Drop.NO_ROUTE)
            return []
        if self.discovery.is_full(target):
            self._counters.drop(Drop.NO_ROUTE)  # the one that waited longest gives way
        is_new = self.discovery.wait(target, out, now)
        if not is_new:
            return []
        request = self.discovery.request(self._membership.short, target, now)
        return self._ask(request, "route-request", now)

    def take_request(
        self, request: RouteRequest, frame: NwkFrame, hop: Eui64, now: Instant, cost_in: int
    ) -> list[Transmission]:
        """Take a request that came from `hop`, heard at the cost `cost_in`."""
        self._repeats.heard(_key(frame.source, request.identifier), hop)
        taken = self.discovery.take_request(
            request, frame.source, hop, now, answers_for=self._answers_for, cost_in=cost_in
        )
        if taken.reply is not None and taken.reply_to is not None:
            return self._hop_command(taken.reply, taken.reply_to, "route-reply")
        if taken.forward is None or frame.radius <= 1:
            return []
        onward = frame._replace(
            radius=frame.radius - 1, payload=nwk_commands.encode(taken.forward), security=None
        )
        self._counters.relayed += 1
        is_many_to_one = bool(request.options & MANY_TO_ONE)
        out = Outgoing(onward, "many-to-one" if is_many_to_one else "route-request", None)
        delay_us = self._jitter(JITTER_US)
        plan = RELAYED_TRIES
        return self._repeat_request(out, request, frame.source, hop, plan, delay_us, now)

    def take_reply(self, reply: RouteReply, hop: Eui64, cost_in: int) -> Found:
        """Take a reply that came from `hop`, heard at the cost `cost_in`."""
        self._repeats.drop(_key(reply.originator, reply.identifier))
        taken = self.discovery.take_reply(reply, self._membership.short, hop, cost_in)
        if taken.forward is not None and taken.forward_to is not None:
            return Found(self._hop_command(taken.forward, taken.forward_to, "route-reply"))
        if taken.found is None:
            return Found([])
        return Found([], taken.found, self.discovery.found(taken.found))

    def _ask(self, request: RouteRequest, kind: str, now: Instant) -> list[Transmission]:
        """Broadcast a request of our own, again until it was repeated all around or answered."""
        frame = self._layer.frame(
            nwk.FrameType.COMMAND, nwk.ALL_ROUTERS, nwk_commands.encode(request)
        )
        self._counters.sent += 1
        out = Outgoing(frame._replace(source_eui64=self._membership.me), kind, None)
        return self._repeat_request(out, request, frame.source, None, INITIAL_TRIES, 0, now)

    def _repeat_request(
        self,
        out: Outgoing,
        request: RouteRequest,
        originator: ShortAddress,
        hop: Eui64 | None,
        plan: Plan,
        delay_us: int,
        now: Instant,
    ) -> list[Transmission]:
        # Who knows no neighbour waits for nobody's repetition, and so asks as often as it may.
        awaited = self._broadcasts.routers_but(hop) or {self._membership.me: None}
        sent = self._repeats.begin(
            _key(originator, request.identifier), out, now, plan, awaited=awaited, delay_us=delay_us
        )
        return self._broadcasts.to_air(sent)

    def _answers_for(self, target: ShortAddress) -> bool:
        """Whether we are sought, or a child of ours that does not route."""
        me = self._membership
        if target == me.short:
            return True
        eui64 = me.eui64_of.get(target)
        route = self._routes.to(target)
        return eui64 in me.sleepers and route is not None and route.next_hop == eui64

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


def _key(originator: ShortAddress, identifier: int) -> Key:
    return "route-request", originator, identifier

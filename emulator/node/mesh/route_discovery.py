"""Finding a route: requests that flood the mesh, and replies that come back the cheapest way.

Source: ZigBee specification (05-3474) section 3.6.3.5 (route discovery) and 3.6.3.6 (many-to-one
routes); nwkcRouteDiscoveryTime is 10 s (han.md section 2), nwkcInitialRREQRetries 3,
nwkcRREQRetries 2, nwkcRREQRetryInterval 254 ms, a relayed request waits 2 to 128 ms
(nwkcMaxRREQJitter): Table 3.57, read second-hand. What waits for a route is bounded in number and
in time. How many searches a node begins within 10 s is modelled [M]: real stacks have room for
about as many broadcasts in that time.

    no route ──request broadcast, up to 3 times again──> waiting ──reply──> sent
                                                            └──10 s──> dropped as no-route
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from hanbench.emulator.instant import MILLISECOND_US, SECOND_US, Instant, after
from hanbench.emulator.node.mesh.repeats import Plan
from hanbench.emulator.node.mesh.routes import BEST_COST, Routes
from hanbench.emulator.node.outgoing import Outgoing
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee.nwk import ALL_ROUTERS
from hanbench.protocol.zigbee.nwk_commands import RouteReply, RouteRequest

DISCOVERY_US = 10 * SECOND_US
RETRY_US = 254 * MILLISECOND_US
INITIAL_TRIES = Plan(tries=4, interval_us=RETRY_US)
"""The first request of a search and three more."""
RELAYED_TRIES = Plan(tries=3, interval_us=RETRY_US)
"""A request that is sent on, and twice more."""
JITTER_US = 128 * MILLISECOND_US
SEARCHES_MAX = 16
"""How many searches a node begins within the time of one [M]."""
SEEN_MAX = 64
"""How many requests are remembered [M]: a flood of them must not fill a node's memory.

One for which there is no room is not sent on: two routers that forget it would repeat it to each
other for ever.
"""
WAITING_MAX = 8
"""How many frames wait for one route [M]."""
MANY_TO_ONE = 0x08
"""Options of a route request: many-to-one, with route records (han.md section 2)."""
ORIGINATOR_EUI64, RESPONDER_EUI64 = 0x10, 0x20
COST_MAX = 0xFF


@dataclass(slots=True)
class _Seen:
    """One request as it came by: the way back, at what cost, and how long that is remembered."""

    back_to: Eui64 | None
    """None: it is our own."""
    cost: int
    expires_at: Instant
    residual_cost: int = COST_MAX + 1
    """Of the best reply so far, from here to the responder."""


@dataclass(slots=True)
class Search:
    """A destination that a route is sought for, and what waits for it."""

    expires_at: Instant
    waiting: deque[Outgoing] = field(default_factory=lambda: deque(maxlen=WAITING_MAX))


@dataclass(frozen=True, slots=True)
class OnRequest:
    """What follows from a route request: it is sent on, answered, or neither."""

    forward: RouteRequest | None = None
    reply: RouteReply | None = None
    reply_to: Eui64 | None = None


@dataclass(frozen=True, slots=True)
class OnReply:
    """What follows from a route reply: a route of ours is found, or it is sent on."""

    found: ShortAddress | None = None
    forward: RouteReply | None = None
    forward_to: Eui64 | None = None


class RouteDiscovery:
    """The route discoveries that one router takes part in."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._identifier = 0
        self._seen: dict[tuple[ShortAddress, int], _Seen] = {}
        self._searches: dict[ShortAddress, Search] = {}
        self._begun_at: deque[Instant] = deque(maxlen=SEARCHES_MAX)
        self.deadline: Instant | None = None
        """When `expire` is next worth calling."""

    def is_exhausted(self, target: ShortAddress, now: Instant) -> bool:
        """Whether too many searches began lately for one more to begin."""
        if target in self._searches or len(self._begun_at) < SEARCHES_MAX:
            return False
        return now < after(self._begun_at[0], DISCOVERY_US)

    def wait(self, target: ShortAddress, frame: Outgoing, now: Instant) -> bool:
        """Keep a frame until a route is found; True if a request must go out for it."""
        search = self._searches.get(target)
        is_new = search is None
        if search is None:
            search = self._searches[target] = Search(after(now, DISCOVERY_US))
            self._begun_at.append(now)
            self._plan()
        search.waiting.append(frame)
        return is_new

    def is_full(self, target: ShortAddress) -> bool:
        """Whether one more frame for a destination pushes out the one that waited longest."""
        search = self._searches.get(target)
        return search is not None and len(search.waiting) == WAITING_MAX

    def found(self, target: ShortAddress) -> tuple[Outgoing, ...]:
        """Return what waited for a route that is there now."""
        search = self._searches.pop(target, None)
        self._plan()
        return () if search is None else tuple(search.waiting)

    def expire(self, now: Instant) -> int:
        """Give up the searches that took too long; return how many frames waited in vain."""
        stale = [target for target, one in self._searches.items() if one.expires_at <= now]
        lost = sum(len(self._searches.pop(target).waiting) for target in stale)
        self._seen = {key: one for key, one in self._seen.items() if one.expires_at > now}
        self._plan()
        return lost

    def request(self, me: ShortAddress, target: ShortAddress, now: Instant) -> RouteRequest:
        """Begin a discovery; the request is for a broadcast to all routers."""
        return self._new(me, target, 0, now)

    def many_to_one(self, me: ShortAddress, now: Instant) -> RouteRequest:
        """Begin a many-to-one discovery: every router learns the way to us."""
        return self._new(me, ALL_ROUTERS, MANY_TO_ONE, now)

    def take_request(
        self,
        request: RouteRequest,
        originator: ShortAddress,
        hop: Eui64,
        now: Instant,
        *,
        answers_for: Callable[[ShortAddress], bool],
        cost_in: int = BEST_COST,
    ) -> OnRequest:
        """Take a request that came from `hop`, one hop away, heard at the cost `cost_in`."""
        cost = min(COST_MAX, request.path_cost + self._routes.link_cost(hop, cost_in))
        key = (originator, request.identifier)
        seen = self._seen.get(key)
        # Identifiers come round again: what was seen long ago says nothing of this request.
        is_known = seen is not None and seen.expires_at > now
        if seen is not None and is_known and (seen.back_to is None or seen.cost <= cost):
            return OnRequest()
        if not is_known and self._is_full(now):
            return OnRequest()
        self._seen[key] = _Seen(hop, cost, after(now, DISCOVERY_US))
        onward = RouteRequest(
            options=request.options,
            identifier=request.identifier,
            target=request.target,
            path_cost=cost,
            target_eui64=request.target_eui64,
        )
        if request.options & MANY_TO_ONE:
            self._routes.learn_many_to_one(originator, hop, cost)
            return OnRequest(forward=onward)
        if not answers_for(request.target):
            return OnRequest(forward=onward)
        self._routes.replace(originator, hop, cost)
        reply = RouteReply(
            options=0,
            identifier=request.identifier,
            originator=originator,
            responder=request.target,
            path_cost=0,
        )
        return OnRequest(reply=reply, reply_to=hop)

    def take_reply(
        self, reply: RouteReply, me: ShortAddress, hop: Eui64, cost_in: int = BEST_COST
    ) -> OnReply:
        """Take a reply that came from `hop`, one hop nearer to the responder."""
        seen = self._seen.get((reply.originator, reply.identifier))
        if seen is None:
            return OnReply()
        cost = min(COST_MAX, reply.path_cost + self._routes.link_cost(hop, cost_in))
        # Against the replies to this request, not the table: what stands there may be long dead.
        is_better = cost < seen.residual_cost
        if is_better:
            seen.residual_cost = cost
            self._routes.replace(reply.responder, hop, cost)
        if reply.originator == me:
            return OnReply(found=reply.responder)
        if not is_better or seen.back_to is None:
            return OnReply()
        self._routes.replace(reply.originator, seen.back_to, seen.cost)
        onward = RouteReply(
            options=reply.options,
            identifier=reply.identifier,
            originator=reply.originator,
            responder=reply.responder,
            path_cost=cost,
            originator_eui64=reply.originator_eui64,
            responder_eui64=reply.responder_eui64,
        )
        return OnReply(forward=onward, forward_to=seen.back_to)

    def clear(self) -> None:
        """Forget every discovery, as one who restarts does."""
        self._seen.clear()
        self._searches.clear()
        self._begun_at.clear()
        self.deadline = None

    def _plan(self) -> None:
        self.deadline = min((one.expires_at for one in self._searches.values()), default=None)

    def _new(
        self, me: ShortAddress, target: ShortAddress, options: int, now: Instant
    ) -> RouteRequest:
        self._identifier = (self._identifier + 1) & 0xFF
        if self._is_full(now):
            del self._seen[next(iter(self._seen))]  # our own is never heard as another's
        self._seen[me, self._identifier] = _Seen(None, 0, after(now, DISCOVERY_US))
        return RouteRequest(
            options=options, identifier=self._identifier, target=target, path_cost=0
        )

    def _is_full(self, now: Instant) -> bool:
        """Whether there is no room for one more request, when the old are forgotten."""
        if len(self._seen) >= SEEN_MAX:
            self._seen = {key: one for key, one in self._seen.items() if one.expires_at > now}
        return len(self._seen) >= SEEN_MAX

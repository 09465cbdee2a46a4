"""Where a node sends what is not for its neighbours: routes, links and what went wrong with them.

Source: ZigBee specification (05-3474) sections 3.6.3.2 (routing table), 3.6.3.4 (neighbour table
and link costs) and 3.6.1.5. A provisioned node starts with the routes that it would have found long
since; a link that fails takes them away, and only a discovery brings others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hanbench.emulator.instant import SECOND_US, START, Instant
from hanbench.emulator.node.bounded import remember
from hanbench.protocol.identifiers import Eui64, ShortAddress

LINK_STATUS_US = 15 * SECOND_US
AGE_LIMIT = 3
"""nwkRouterAgeLimit: a neighbour that missed so many link status frames is gone (han.md 2)."""
BEST_COST, WORST_COST = 1, 7
ROUTES_MAX = 128
"""How many destinations a routing table has room for [M]; the one learnt first gives way."""
NEIGHBOURS_MAX = 26
"""How many routers a neighbour table has room for [M]: what one link status frame holds."""
BROKEN_MAX = 32
"""Of how many destinations it is remembered that their route broke [M]."""


@dataclass(slots=True)
class Route:
    """How one destination is reached."""

    next_hop: Eui64
    cost: int
    is_many_to_one: bool = False
    """Towards a concentrator, which wants to be told the way (route record) with the next frame."""
    needs_record: bool = False


@dataclass(slots=True)
class Neighbour:
    """A router that is heard directly."""

    cost_in: int = BEST_COST
    cost_out: int = 0
    """What the other says of our frames; 0: it has not said."""
    heard_at: Instant = START


class Routes:
    """The routing table and the neighbour table of one node."""

    def __init__(self) -> None:
        self.neighbours: dict[Eui64, Neighbour] = {}
        self._table: dict[ShortAddress, Route] = {}
        self._broken: dict[ShortAddress, None] = {}

    def provision(self, hops: Mapping[ShortAddress, Eui64], costs: Mapping[Eui64, int]) -> None:
        """Take over the routes of a home that has run for months, and the routers in reach.

        `costs` are those of the links to these routers, both ways.
        """
        self._table = {
            target: Route(hop, costs.get(hop, BEST_COST)) for target, hop in hops.items()
        }
        self.neighbours = {router: Neighbour(cost, cost) for router, cost in costs.items()}

    def to(self, target: ShortAddress) -> Route | None:
        """Return the route to a destination; None if there is none."""
        return self._table.get(target)

    def rows(self) -> tuple[tuple[ShortAddress, Route], ...]:
        """Return all routes, in the order in which they were learnt."""
        return tuple(self._table.items())

    def learn(self, target: ShortAddress, next_hop: Eui64, cost: int) -> bool:
        """Take a route if it is better than the one that is known; say whether it was."""
        known = self._table.get(target)
        if known is not None and known.next_hop != next_hop and known.cost <= cost:
            return False
        self.replace(target, next_hop, cost)
        return True

    def replace(self, target: ShortAddress, next_hop: Eui64, cost: int) -> None:
        """Take the route that a discovery has found, whatever stood there."""
        known = self._table.get(target)
        is_concentrator = known is not None and known.is_many_to_one
        route = Route(next_hop, cost, is_concentrator, is_concentrator)
        remember(self._table, target, route, ROUTES_MAX)

    def learn_many_to_one(self, concentrator: ShortAddress, next_hop: Eui64, cost: int) -> None:
        """Take the route back to a concentrator that made itself known."""
        route = Route(next_hop, cost, is_many_to_one=True, needs_record=True)
        remember(self._table, concentrator, route, ROUTES_MAX)

    def forget(self, target: ShortAddress) -> None:
        """Lose the route to one destination."""
        self._table.pop(target, None)

    def fail(self, next_hop: Eui64) -> tuple[ShortAddress, ...]:
        """Lose every route over a neighbour that does not answer; return their destinations."""
        lost = tuple(target for target, route in self._table.items() if route.next_hop == next_hop)
        for target in lost:
            del self._table[target]
        self.neighbours.pop(next_hop, None)
        return lost

    def broke(self, target: ShortAddress) -> None:
        """Remember that the route to a destination broke, until another is found."""
        remember(self._broken, target, None, BROKEN_MAX)

    def repaired(self, target: ShortAddress) -> bool:
        """Whether a route that is found now is one for another that broke."""
        return self._broken.pop(target, target) is None

    def hear(self, neighbour: Eui64, cost_in: int, cost_out: int, now: Instant) -> None:
        """Note the link status of a neighbour: how we hear it, and it us (0: it does not say)."""
        known = self.neighbours.get(neighbour)
        if known is None:
            if len(self.neighbours) >= NEIGHBOURS_MAX:
                return
            known = self.neighbours[neighbour] = Neighbour()
        known.heard_at = now
        known.cost_in = cost_in
        known.cost_out = cost_out

    def link_cost(self, neighbour: Eui64, cost_in: int) -> int:
        """Return what a hop to a neighbour costs: the worse of both directions.

        `cost_in` is how the frame at hand was heard.
        """
        known = self.neighbours.get(neighbour)
        return cost_in if known is None else max(cost_in, known.cost_out)

    def age(self, now: Instant) -> tuple[Eui64, ...]:
        """Lose the neighbours that have been silent for too long, and return them."""
        oldest = now - AGE_LIMIT * LINK_STATUS_US
        gone = tuple(eui64 for eui64, known in self.neighbours.items() if known.heard_at < oldest)
        for eui64 in gone:
            self.fail(eui64)
        return gone

    def clear(self) -> None:
        """Forget everything, as one who leaves or restarts does."""
        self._table.clear()
        self._broken.clear()
        self.neighbours.clear()

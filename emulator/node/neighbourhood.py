"""How a home is provisioned: one PAN, who is who, who joined through whom, and who hears whom.

A home has run for months when a scenario begins, so its nodes start with what they would have
learnt by then. Afterwards each node goes by its own `Membership` and routes; this stays as it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.keys import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Who a node is on this PAN."""

    name: str
    eui64: Eui64
    short: ShortAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """One PAN, built once for a world."""

    pan: PanId
    extended_pan: Eui64
    trust_centre: Eui64
    addresses: tuple[Address, ...]
    """Those that have joined."""
    network_key: Key
    next_hops: Mapping[tuple[Eui64, Eui64], Eui64] = field(default_factory=dict)
    """(here, destination) to next hop; absent: the destination is heard directly."""
    routers: tuple[Eui64, ...] = ()
    """Who relays: the comms hub and what else is on the mains."""
    parents: Mapping[Eui64, Eui64] = field(default_factory=dict)
    """Whom a device joined through; absent: the trust centre."""
    sleepers: tuple[Eui64, ...] = ()
    """Whose receiver is off but for their polls."""
    link_costs: Mapping[frozenset[Eui64], int] = field(default_factory=dict)
    """What the radio link of two devices costs, 1 to 7; absent: 1, the best."""
    strangers: tuple[Address, ...] = ()
    """Those that have not joined: known to the medium by name, to no node at all."""

    def next_hop(self, here: Eui64, target: Eui64) -> Eui64:
        """Return who is sent a frame for `target`: of one that sleeps, always the parent."""
        explicit = self.next_hops.get((here, target))
        if explicit is not None:
            return explicit
        if here in self.sleepers:
            return self.parent_of(here) or target
        parent = self.parent_of(target) if target in self.sleepers else None
        return target if parent in (here, None) else self.next_hop(here, parent)

    def link_cost(self, one: Eui64, other: Eui64) -> int:
        """Return what the radio link of two devices costs."""
        return self.link_costs.get(frozenset((one, other)), 1) if self.link_costs else 1

    def parent_of(self, device: Eui64) -> Eui64 | None:
        """Return whom a device joined through; None for the trust centre itself."""
        return None if device == self.trust_centre else self.parents.get(device, self.trust_centre)

    def depth_of(self, device: Eui64) -> int:
        """Return how many hops below the trust centre a device joined."""
        depth, here = 0, self.parent_of(device)
        while here is not None:
            depth, here = depth + 1, self.parent_of(here)
        return depth

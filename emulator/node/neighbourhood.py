"""The facts of one PAN that all its nodes share: who is who, who relays for whom.

Source: none, this is modelled [M]: routes are a fact of the Installation, not discovered.
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
    network_key: Key
    next_hops: Mapping[tuple[Eui64, Eui64], Eui64] = field(default_factory=dict)
    """(here, destination) to next hop; absent: the destination is heard directly."""
    routers: tuple[Eui64, ...] = ()
    """Who relays: the comms hub and the repeaters."""

    def next_hop(self, here: Eui64, target: Eui64) -> Eui64:
        """Return who is sent a frame for `target`."""
        return self.next_hops.get((here, target), target)

"""The routes and neighbours that a node starts with in a home that has run for months."""

from hanbench.emulator.node.neighbourhood import Neighbourhood
from hanbench.protocol.identifiers import Eui64, ShortAddress


def hops_of(me: Eui64, home: Neighbourhood) -> dict[ShortAddress, Eui64]:
    """Return the next hop to everybody in a home as it was provisioned."""
    return {
        address.short: home.next_hop(me, address.eui64)
        for address in home.addresses
        if address.eui64 != me
    }


def routers_in_reach(me: Eui64, home: Neighbourhood) -> tuple[Eui64, ...]:
    """Return the routers that a node hears directly."""
    return tuple(
        router for router in home.routers if router != me and home.next_hop(me, router) == router
    )

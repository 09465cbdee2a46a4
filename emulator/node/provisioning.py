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


def link_costs(me: Eui64, home: Neighbourhood) -> dict[Eui64, int]:
    """Return the joined routers that a node hears directly, and what a hop to each costs."""
    joined = dict.fromkeys(address.eui64 for address in home.addresses)
    return {
        router: home.link_cost(me, router)
        for router in home.routers
        if router != me and router in joined and home.next_hop(me, router) == router
    }

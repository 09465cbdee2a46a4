"""Taking another short address, where two devices have the same.

Source: ZigBee specification (05-3474) section 3.6.1.9.3 (resolving address conflicts), read
second-hand. A router takes another address by itself and announces it; a child that does not route
is given one by its parent, in a rejoin response that it did not ask for. The coordinator stays what
it is. That a node moves at most once a minute is modelled [M] (`conflicts.py`).
"""

from collections.abc import Callable

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.parent.parenting import Parenting
from hanbench.emulator.node.surroundings import Surroundings
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee.nwk_commands import RejoinResponse

SUCCESS = 0


class AddressChange:
    """How one node and its children come to other short addresses."""

    def __init__(
        self,
        management: Management,
        surroundings: Surroundings,
        parenting: Parenting,
        announce: Callable[[Instant], list[Transmission]],
    ) -> None:
        self._management = management
        self._surroundings = surroundings
        self._parenting = parenting
        self._announce = announce

    def taken(self, short: ShortAddress, now: Instant) -> list[Transmission]:
        """Take that two devices have a short address; do what is ours to do about it."""
        me = self._management.membership
        if not me.is_router or not me.is_joined:
            return []
        if short == me.short:
            return self._move(now)
        child = me.eui64_of.get(short)
        if child is None or child not in me.sleepers:
            return []
        route = self._management.mesh.routes.to(short)
        if route is None or route.next_hop != child:
            return []
        return self._move_child(child, short)

    def clash(self, short: ShortAddress, now: Instant) -> list[Transmission]:
        """Come to an address that another has, as one that was placed out of its reach, and say so.

        Nobody does this by itself: it is how a scenario makes a conflict.
        """
        me = self._management.membership
        return [] if me.parent is None else self._take(short, me.parent, now)

    def given(
        self, response: RejoinResponse, source: Eui64 | None, now: Instant
    ) -> list[Transmission]:
        """Take the address that our parent gives us, though we did not ask for one."""
        me = self._management.membership
        if source != me.parent or source is None or response.status != SUCCESS:
            return []
        if response.short == me.short or me.eui64_of.get(response.short, me.me) != me.me:
            return []
        return self._take(response.short, source, now)

    def _move(self, now: Instant) -> list[Transmission]:
        me = self._management.membership
        if me.parent is None or not self._management.mesh.conflicts.may_move(now):
            return []
        return self._take(self._parenting.allocate(), me.parent, now)

    def _take(self, short: ShortAddress, parent: Eui64, now: Instant) -> list[Transmission]:
        me = self._management.membership
        before = me.short
        me.move_to(short, parent, me.depth)
        self._surroundings.note("address-changed", now, f"from {before:#06x} to {short:#06x}")
        return self._announce(now)

    def _move_child(self, child: Eui64, short: ShortAddress) -> list[Transmission]:
        given = self._parenting.allocate()
        told = self._management.nwk_to_hop(
            RejoinResponse(given, SUCCESS), child, short, "rejoin", is_secured=True
        )
        self._parenting.move(child, given)
        return [told]

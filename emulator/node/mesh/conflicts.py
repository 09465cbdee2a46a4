"""Two devices with one short address: noticed, told to all, and ended by a new address.

Source: ZigBee specification (05-3474) section 3.6.1.9 (address conflicts), read second-hand.
Whoever hears a device speak under a short address that it knows as another's broadcasts a network
status, after a little while and unless somebody else was first. Whoever has the address takes
another; the coordinator never does. How often that may happen is modelled [M], since whoever holds
the network key can cry wolf.

    heard with another's address ──jitter──> network status ──> its holders move and announce it
                        └──somebody else said so──> nothing
"""

from hanbench.emulator.instant import MILLISECOND_US, MINUTE_US, SECOND_US, Instant, after
from hanbench.emulator.node.membership import Membership
from hanbench.protocol.identifiers import Eui64, ShortAddress

JITTER_US = 64 * MILLISECOND_US
"""nwkcMaxBroadcastJitter."""
TOLD_US = 10 * SECOND_US
"""How long an address is not told of again [M]."""
TOLD_MAX = 16
"""How many addresses a node tells of within that time [M]."""
MOVES_APART_US = MINUTE_US
"""How far apart two moves of one node are at least [M]."""


class AddressConflicts:
    """What one node knows of short addresses that two devices have."""

    def __init__(self, membership: Membership) -> None:
        self.deadline: Instant | None = None
        self._membership = membership
        self._told_until: dict[ShortAddress, Instant] = {}
        self._to_tell: dict[ShortAddress, Instant] = {}
        self._moved_until: Instant | None = None

    def is_one(self, eui64: Eui64, short: ShortAddress) -> bool:
        """Whether the short address of a device is another's, as far as is known here."""
        me = self._membership
        if short == me.short:
            return eui64 != me.me
        return me.eui64_of.get(short, eui64) != eui64

    def detected(self, short: ShortAddress, now: Instant, delay_us: int) -> None:
        """Tell of an address after a little while, unless it was told of lately."""
        if self._is_told(short, now) or len(self._told_until) >= TOLD_MAX:
            return
        self._told_until[short] = after(now, TOLD_US)
        self._to_tell[short] = after(now, delay_us)
        self._plan()

    def heard(self, short: ShortAddress, now: Instant) -> None:
        """Take that somebody else has told of an address."""
        if self._is_told(short, now) or len(self._told_until) < TOLD_MAX:
            self._told_until[short] = after(now, TOLD_US)
        if self._to_tell.pop(short, None) is not None:
            self._plan()

    def due(self, now: Instant) -> list[ShortAddress]:
        """Return the addresses to tell of now."""
        if self.deadline is None or now < self.deadline:
            return []
        ready = [short for short, at in self._to_tell.items() if at <= now]
        for short in ready:
            del self._to_tell[short]
        self._plan()
        return ready

    def is_disputed(self, short: ShortAddress, now: Instant) -> bool:
        """Whether an address was told of lately: both who had it move, and nobody keeps it.

        An announcement of it that comes now was made before, and took a longer way.
        """
        return self._told_until.get(short, now) > now

    def may_move(self, now: Instant) -> bool:
        """Whether we may take another address; from then on not for a while."""
        if self._moved_until is not None and now < self._moved_until:
            return False
        self._moved_until = after(now, MOVES_APART_US)
        return True

    def clear(self) -> None:
        """Forget everything."""
        self._told_until.clear()
        self._to_tell.clear()
        self.deadline = None

    def _is_told(self, short: ShortAddress, now: Instant) -> bool:
        self._told_until = {one: at for one, at in self._told_until.items() if now < at}
        return short in self._told_until

    def _plan(self) -> None:
        self.deadline = min(self._to_tell.values(), default=None)

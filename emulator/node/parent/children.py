"""The children of one router: where they are, and how long each may be silent.

Source: ZigBee specification (05-3474, revision 21) sections 3.4.11, 3.4.12 and 3.6.10 (End Device
Timeout), as collected in han.md section 2; the times behind the numbers and the default of 256 min
are from memory [M]. What keeps a child is a poll, or that it asks for its timeout once more.

    child ──silent for its timeout──> none: no route, no frames held
      ^──polls, and is told to leave and rejoin──┘
"""

from collections.abc import Mapping
from typing import Final

from hanbench.emulator.instant import MINUTE_US, SECOND_US, Instant, after
from hanbench.emulator.node.membership import Membership
from hanbench.protocol.identifiers import Eui64, ShortAddress

CHILDREN_MAX: Final = 16
"""How many a router has room for [M]."""
TIMEOUT_MAX: Final = 14
"""The largest number of a timeout: 16384 min."""
TIMEOUT_DEFAULT: Final = 8
"""What a child has that never asked: 256 min (nwkEndDeviceTimeoutDefault)."""
TIMEOUTS_US: Final = (10 * SECOND_US, *(MINUTE_US << n for n in range(1, TIMEOUT_MAX + 1)))
"""By the number that stands for it in the request."""


class Children:
    """Who joined through one router; those who sleep grow old."""

    def __init__(self, membership: Membership) -> None:
        self.deadline: Instant | None = None
        """When `expired` is worth calling, or earlier: a poll does not put it off."""
        self._membership = membership
        self._places: dict[Eui64, ShortAddress] = {}
        self._timeout_us: dict[Eui64, int] = {}
        self._heard_at: dict[Eui64, Instant] = {}

    def __contains__(self, child: object) -> bool:
        return child in self._places

    @property
    def places(self) -> Mapping[Eui64, ShortAddress]:
        """The short address of each child."""
        return self._places

    def has_room(self, child: Eui64) -> bool:
        """Whether there is room for a child, which may be one already."""
        return child in self._places or len(self._places) < CHILDREN_MAX

    def short_of(self, child: Eui64) -> ShortAddress | None:
        """Return the place of a child; None: it is none."""
        return self._places.get(child)

    def timeout_us(self, child: Eui64) -> int | None:
        """Return how long a child may be silent; None: it is none, or never sleeps."""
        return self._timeout_us.get(child)

    def adopt(
        self,
        child: Eui64,
        short: ShortAddress,
        now: Instant,
        *,
        polls: bool,
        timeout: int = TIMEOUT_DEFAULT,
    ) -> None:
        """Know a child; one that polls is gone when it is silent for its timeout."""
        self._places[child] = short
        if polls:
            self._membership.sleeping_children[child] = None
            self.agree(child, timeout, now)
        else:
            self._age_no_more(child)

    def agree(self, child: Eui64, timeout: int, now: Instant) -> bool:
        """Set how long a child may be silent; False: there is no such timeout, or child."""
        if child not in self._places or not 0 <= timeout <= TIMEOUT_MAX:
            return False
        self._timeout_us[child] = TIMEOUTS_US[timeout]
        self._heard_at[child] = now
        self._plan()
        return True

    def move(self, child: Eui64, short: ShortAddress) -> ShortAddress | None:
        """Note another place of a child; return the one before, None: it is no child."""
        before = self._places.get(child)
        if before is not None:
            self._places[child] = short
        return before

    def keep(self, child: Eui64, now: Instant) -> None:
        """Note that a child has polled."""
        if child in self._heard_at:
            self._heard_at[child] = now

    def release(self, child: Eui64) -> ShortAddress | None:
        """Know a child no more; return the place that it had."""
        self._age_no_more(child)
        return self._places.pop(child, None)

    def expired(self, now: Instant) -> tuple[Eui64, ...]:
        """Return the children that have been silent for too long."""
        if self.deadline is None or self.deadline > now:
            return ()
        gone = tuple(child for child, due in self._due() if due <= now)
        self.deadline = min((due for _, due in self._due() if due > now), default=None)
        return gone

    def restart(self, now: Instant) -> None:
        """Give each child its time anew: who is whose child needs no power, the clock does."""
        self._heard_at = dict.fromkeys(self._heard_at, now)
        self._plan()

    def clear(self) -> None:
        """Have none, as one that leaves the network."""
        for child in [*self._places]:
            self.release(child)

    def _due(self) -> tuple[tuple[Eui64, Instant], ...]:
        return tuple(
            (child, after(at, self._timeout_us[child])) for child, at in self._heard_at.items()
        )

    def _age_no_more(self, child: Eui64) -> None:
        self._membership.sleeping_children.pop(child, None)
        self._timeout_us.pop(child, None)
        self._heard_at.pop(child, None)
        self._plan()

    def _plan(self) -> None:
        self.deadline = min((due for _, due in self._due()), default=None)

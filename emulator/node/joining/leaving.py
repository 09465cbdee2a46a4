"""How a node leaves its network, by itself or told to, and what a power cut makes of that.

Source: ZigBee specification (05-3474) section 3.6.1.10 (leaving). That a device says farewell
first, what it remembers of its place without power, and that a memory torn in between counts as no
place at all, are modelled [M].

    member ──leave──> farewell ──answered, or 10 s──> Leave, memory: left ──> keys and routes gone
       └──told to leave───────────────────────────────^
    power cut at the commit: before ──> member still; torn or after ──> off the network, untold
"""

import enum
from collections.abc import Callable

from hanbench.emulator.device import Transmission
from hanbench.emulator.fates import Phase
from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.node.joining.joiner import leave_command
from hanbench.emulator.node.management import Management
from hanbench.emulator.nvm import Nvm, Slot

FAREWELL_US = 10 * SECOND_US
"""How long a device waits for the answer to its farewell [M]."""

Farewell = Callable[[Instant], list[Transmission]]


class Place(enum.Enum):
    """Whether a node has a place on a network, as its memory has it."""

    MEMBER = "member"
    LEFT = "left"


_PLACE: Slot[Place] = Slot("left", Place.LEFT)


class Leaving:
    """The way of one node out of its network."""

    def __init__(
        self,
        management: Management,
        nvm: Nvm,
        forget: Callable[[Instant], None],
        *,
        is_joined: bool,
    ) -> None:
        self.deadline: Instant | None = None
        self.farewell: Farewell = lambda _: []
        """What the device says before it leaves by itself; nothing: it leaves at once."""
        self._management = management
        self._nvm = nvm
        self._forget = forget
        if is_joined:
            self.entered()

    @property
    def is_parting(self) -> bool:
        """Whether it has said farewell and waits for the answer."""
        return self.deadline is not None

    def entered(self) -> None:
        """Note that the node has a place now."""
        self._nvm.write(_PLACE, Place.MEMBER)

    def leave(self, now: Instant) -> list[Transmission]:
        """Leave by itself."""
        if not self._management.membership.is_joined:
            return []
        said = [] if self.is_parting else self.farewell(now)
        if said:
            self.deadline = after(now, FAREWELL_US)
            return said
        return self.part(now)

    def part(self, now: Instant) -> list[Transmission]:
        """Leave at once.

        Raises:
            PowerCut: the memory took the power with it; nobody was told.
        """
        self.deadline = None
        if not self._management.membership.is_joined:
            return []
        sent = [leave_command(self._management, rejoin=False)]
        phase = Phase.COMMIT_MEMBERSHIP
        self._nvm.commit(_PLACE, Place.LEFT, phase=phase, cause=None, now=now)
        self._forget(now)
        return sent

    def forget(self, now: Instant) -> None:
        """Have no place any more, and say nothing."""
        self.deadline = None
        self._nvm.write(_PLACE, Place.LEFT)
        if self._management.membership.is_joined:
            self._forget(now)

    def wake(self, now: Instant) -> list[Transmission]:
        """Leave unanswered when it is time."""
        return self.part(now) if self.deadline is not None and self.deadline <= now else []

    def restart(self, now: Instant) -> None:
        """Be what the memory says: off the network, unless it says that there is a place."""
        self.deadline = None
        is_member = self._management.membership.is_joined
        has_key = self._management.security.has_network_key
        if is_member and has_key and self._nvm.read(_PLACE) is not Place.MEMBER:
            self._forget(now)

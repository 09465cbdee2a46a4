"""When a battery-powered display has its receiver on: around its polls, and at no other time.

Source: MAC data requests and the frame-pending bit (IEEE 802.15.4-2011, 5.1.6.3; han.md section 1).
How often such a display polls, and how long it waits for the frame that was promised, are modelled
[M]. The gas meter has a rhythm of its own (`gsme.py`): it sleeps for half an hour at a time.

    deaf ──interval──> poll ──"nothing pending"──> deaf
                        └──"pending"──> listens ──frame──> polls again ──> ...
    a key, a question of its own ──> the interval is short for a while: an answer is expected
"""

from dataclasses import dataclass

from hanbench.emulator.device import Poll, StackOfDevice
from hanbench.emulator.instant import MILLISECOND_US, Instant, after
from hanbench.protocol.identifiers import Eui64

FRAME_WAIT_US = 100 * MILLISECOND_US
"""How long it listens for a frame that is pending [M]."""
AGAIN_US = 5 * MILLISECOND_US
"""How soon it asks for more after a frame [M]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollHabits:
    """How often a display asks its parent."""

    interval_us: int
    """Above 7.68 s frames grow too old at the parent."""
    fast_interval_us: int
    fast_for_us: int
    """How long it polls fast after a key or a question."""


class Poller:
    """The receiver of one sleeping display."""

    def __init__(
        self, me: Eui64, stack: StackOfDevice, habits: PollHabits, first_at: Instant
    ) -> None:
        self._me = me
        self._stack = stack
        self._habits = habits
        self._next_poll = first_at
        self._fast_until = first_at
        self._listens_until: Instant | None = None

    @property
    def is_listening(self) -> bool:
        """Whether its receiver is on: a frame was promised."""
        return self._listens_until is not None

    @property
    def deadline(self) -> Instant:
        """When `wake` is next due."""
        if self._listens_until is None:
            return self._next_poll
        return min(self._listens_until, self._next_poll)

    def wake(self, now: Instant) -> list[Poll]:
        """End what is over, and poll if it is time."""
        if self._listens_until is not None and self._listens_until <= now:
            self._listens_until = None
        if self._next_poll > now:
            return []
        is_fast = now < self._fast_until
        habits = self._habits
        self._next_poll = after(now, habits.fast_interval_us if is_fast else habits.interval_us)
        parent = self._stack.parent
        # On its way in its receiver is on, and it asks nobody.
        if parent is None or not self._stack.is_joined or self._stack.is_busy:
            return []
        return [Poll(self._me, parent)]

    def answered(self, now: Instant, *, has_pending: bool) -> None:
        """Take the pending bit of the acknowledgement of the last poll."""
        self._listens_until = after(now, FRAME_WAIT_US) if has_pending else None

    def received(self, now: Instant) -> None:
        """Take note of the frame that was promised: there may be another."""
        if self._listens_until is not None:
            self._listens_until = None
            self._next_poll = after(now, AGAIN_US)

    def expects_answer(self, now: Instant) -> None:
        """Poll fast for a while."""
        habits = self._habits
        self._fast_until = after(now, habits.fast_for_us)
        if habits.fast_for_us:
            self._next_poll = min(self._next_poll, after(now, habits.fast_interval_us))

    def restart(self, now: Instant) -> None:
        """Begin anew: the power was away."""
        self._next_poll, self._fast_until, self._listens_until = now, now, None

"""What is due when: a heap of (instant, sequence, callback).

Equal instants run in the order in which they were put down, so a run never depends on how a heap
breaks ties. The agenda has no clock: whoever drives it says how far time has come, which is why the
same devices run in virtual time and in real time.
"""

import heapq
from collections.abc import Callable

from hanbench.emulator.instant import Instant

Callback = Callable[[Instant], None]
"""Called with the present instant, which is never before the one it was put down for."""


class Entry:
    """One thing to be done, which can be called off until it is done."""

    __slots__ = ("_callback", "when")

    def __init__(self, when: Instant, callback: Callback) -> None:
        self.when = when
        self._callback: Callback | None = callback

    @property
    def is_pending(self) -> bool:
        """Whether it is still to be done."""
        return self._callback is not None

    def cancel(self) -> None:
        """Call it off; nothing happens when it was done or called off before."""
        self._callback = None

    def take(self) -> Callback | None:
        """Return what is to be done, once."""
        callback, self._callback = self._callback, None
        return callback


class Agenda:
    """A list of things to do in order of time."""

    def __init__(self) -> None:
        self.now = Instant(0)
        """How far time has come."""
        self.events_run = 0
        self._heap: list[tuple[Instant, int, Entry]] = []
        self._sequence = 0

    def at(self, when: Instant, callback: Callback) -> Entry:
        """Put down what to do at an instant; one that has passed means now."""
        entry = Entry(max(when, self.now), callback)
        self._sequence += 1
        heapq.heappush(self._heap, (entry.when, self._sequence, entry))
        return entry

    def next_instant(self) -> Instant | None:
        """Return when the next thing is due, or None when nothing is left."""
        heap = self._heap
        while heap:
            if heap[0][2].is_pending:
                return heap[0][0]
            heapq.heappop(heap)
        return None

    def step(self) -> bool:
        """Do the next thing and move time to it; return False when nothing is left."""
        heap = self._heap
        while heap:
            when, _, entry = heapq.heappop(heap)
            callback = entry.take()
            if callback is None:
                continue  # called off
            self.now = max(self.now, when)
            self.events_run += 1
            callback(self.now)
            return True
        return False

    def run_due(self, now: Instant, limit: int = 1_000_000) -> int:
        """Do all that is due by `now`, at most `limit` things; return how many were done.

        What is done may put down more; that counts too when it is due by `now`.
        """
        done = 0
        while done < limit:
            when = self.next_instant()
            if when is None or when > now:
                break
            self.step()
            done += 1
        if done < limit:
            self.now = max(self.now, now)
        return done

"""Frames that a parent holds for a child which sleeps, until it polls or they grow too old.

Source: IEEE 802.15.4-2011, 5.1.6.3 (indirect transmission); macTransactionPersistenceTime is
7.68 s in ZigBee PRO (han.md section 1). How many frames a parent has room for is modelled [M]. An
Instruction may wait longer, in the gas mirror.
"""

from collections import deque

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import Instant, after
from hanbench.protocol.identifiers import Eui64

PERSISTENCE_US = 7_680_000
HELD_MAX = 8
"""For one child [M]."""


class IndirectQueue:
    """What each parent of one HAN holds for each of its sleeping children.

    A parent knows its own queue alone: a child that has moved finds nothing at its new one.
    """

    def __init__(self) -> None:
        self.dropped: dict[str, int] = {}
        """Frames that no child got: `too-old`, `no-room`, lost with the power of the parent, or for
        one that is no child any more (`no-child`)."""
        self._held: dict[tuple[Eui64, Eui64], deque[tuple[Instant, Transmission]]] = {}

    def hold(self, transmission: Transmission, now: Instant) -> None:
        """Keep a frame for its receiver, unless there is no room for it."""
        assert transmission.receiver is not None, "a broadcast is held for nobody"
        parent, child = transmission.sender, transmission.receiver
        self._expire(parent, child, now)
        queue = self._held.setdefault((parent, child), deque())
        if len(queue) == HELD_MAX:
            self._drop("no-room")
            return
        queue.append((after(now, PERSISTENCE_US), transmission))

    def has_any(self, parent: Eui64, child: Eui64, now: Instant) -> bool:
        """Drop what is too old, and tell whether a parent has anything left for a child."""
        self._expire(parent, child, now)
        return bool(self._held.get((parent, child)))

    def release(self, parent: Eui64, child: Eui64) -> tuple[Instant, Transmission]:
        """Take the oldest frame that a parent has for a child, of which there must be one.

        It comes with the instant at which it is too old.
        """
        return self._held[parent, child].popleft()

    def disown(self, parent: Eui64, child: Eui64) -> None:
        """Drop what a parent holds for one that is no child of its any more."""
        queue = self._held.pop((parent, child), ())
        self._drop("no-child", len(queue))

    def put_back(self, transmission: Transmission, until: Instant) -> None:
        """Keep a frame that its child did not acknowledge: its turn and its time stay."""
        assert transmission.receiver is not None, "it was released"
        queue = self._held.setdefault((transmission.sender, transmission.receiver), deque())
        queue.appendleft((until, transmission))

    def forget(self, parent: Eui64) -> None:
        """Lose what a parent holds: its power is gone."""
        for (holder, _), queue in self._held.items():
            if holder == parent:
                self._drop("power", len(queue))
                queue.clear()

    def _expire(self, parent: Eui64, child: Eui64, now: Instant) -> None:
        queue = self._held.get((parent, child))
        while queue and queue[0][0] <= now:
            queue.popleft()
            self._drop("too-old")

    def _drop(self, why: str, count: int = 1) -> None:
        if count:
            self.dropped[why] = self.dropped.get(why, 0) + count

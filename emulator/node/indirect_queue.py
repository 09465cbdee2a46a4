"""Frames that a parent holds for a child which sleeps, until it polls or they grow too old.

Source: IEEE 802.15.4-2011, 5.1.6.3 (indirect transmission); macTransactionPersistenceTime is
7.68 s in ZigBee PRO (han.md section 1). An Instruction may wait longer, in the gas mirror.
"""

from collections import deque

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import Instant, after
from hanbench.protocol.identifiers import Eui64

PERSISTENCE_US = 7_680_000


class IndirectQueue:
    """What the parents of one HAN hold for their sleeping children."""

    def __init__(self) -> None:
        self._held: dict[Eui64, deque[tuple[Instant, Transmission]]] = {}

    def hold(self, transmission: Transmission, now: Instant) -> None:
        """Keep a frame for its receiver."""
        assert transmission.receiver is not None, "a broadcast is held for nobody"
        queue = self._held.setdefault(transmission.receiver, deque())
        queue.append((after(now, PERSISTENCE_US), transmission))

    def has_any(self, child: Eui64, now: Instant) -> bool:
        """Drop what is too old, and tell whether anything is left for a child."""
        queue = self._held.get(child)
        while queue and queue[0][0] <= now:
            queue.popleft()
        return bool(queue)

    def release(self, child: Eui64) -> Transmission:
        """Take the oldest frame for a child, of which there must be one."""
        return self._held[child].popleft()[1]

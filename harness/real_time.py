"""Scaled real time, for an engine that keeps a clock of its own.

Such an engine does not wait for `woken`: it acts when its own clock says so. The bench then holds
virtual time to the wall clock, N times as fast, and asks the engine every so often whether it has
something to do. What it does depends on the machine, so a run like this is not deterministic, the
fence is open, and the report says both.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

from hanbench.emulator.instant import MILLISECOND_US, SECOND_US, Instant
from hanbench.harness.fence import fence

SCALE_MIN, SCALE_MAX = 1.0, 1000.0
ASKED_EVERY_S = 0.02
"""Of real time, between two questions."""
ASKED_EVERY_US_MIN = 100 * MILLISECOND_US
"""Of virtual time: at 1x there is no sense in asking more often."""
DAY_S = 24 * 3600
NOT_DETERMINISTIC = (
    "real time x{scale:g}: the engine keeps its own clock, so this run is not deterministic, and "
    "its hashes differ from run to run"
)


def asked_every_us(scale: float) -> int:
    """Return the virtual time between two questions to the engine."""
    return max(ASKED_EVERY_US_MIN, round(ASKED_EVERY_S * scale * SECOND_US))


def case_limit_s(scale: float | None, plain_s: float) -> float:
    """Return the real time that a case may take: a day of its own beside the usual limit."""
    return plain_s if scale is None else plain_s + DAY_S / scale


@contextmanager
def open_fence(scale: float | None) -> Iterator[None]:
    """Fence a run, unless its engine keeps its own clock and so needs the machine's."""
    with fence() if scale is None else nullcontext():
        yield


def pace_of(scale: float | None) -> "Pace | None":
    """Return the pace of a case; none in virtual time."""
    return None if scale is None else Pace(scale)


@dataclass
class Pace:
    """Holds virtual time to a clock."""

    scale: float
    """Virtual seconds in a second."""
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _began_s: float | None = field(default=None, init=False)

    def wait_until(self, due: Instant) -> None:
        """Return when the clock has come to a virtual instant; the first call starts it."""
        now_s = self.clock()
        if self._began_s is None:
            self._began_s = now_s
        left_s = self._began_s + due / SECOND_US / self.scale - now_s
        if left_s > 0:
            self.sleep(left_s)

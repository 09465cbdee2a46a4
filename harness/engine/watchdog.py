"""A wall-clock guard for engine code that never yields within a turn.

Virtual time stands still during a turn, so `while True: pass` would hold the bench for ever. An
interval timer interrupts it and the turn ends as `EngineError` with the reason `spins`. Signals
reach the main thread only, and only on POSIX: elsewhere nothing is guarded, and the caller runs the
case in a worker process that it can end.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import TypeVar

from hanbench.harness.errors import Breakage, EngineError

Result = TypeVar("Result")

TURN_LIMIT_S = 10.0
"""A turn of the reference engine takes under a millisecond."""
_AGAIN_S = 1.0
"""How soon code that swallows the interruption is interrupted again."""

_SOONEST_S = 1e-3


class _Interrupted(BaseException):
    """Not an `Exception`, so that an engine's broad `except` does not swallow it."""


@contextmanager
def turn_limit(limit_s: float = TURN_LIMIT_S) -> Iterator[None]:
    """Interrupt the block after `limit_s` of wall-clock time.

    A timer that is already set (a test runner's) goes on afterwards with what was left of it.

    Raises:
        EngineError: the block took longer, whatever else it raised or returned then.
    """
    if not _can_interrupt():
        yield
        return
    spinning_in: list[str] = []

    def interrupt(_number: int, frame: FrameType | None) -> None:
        if frame is not None and not spinning_in:
            spinning_in.append(_where(frame))
        raise _Interrupted

    try:
        with _alarm(interrupt, limit_s):
            yield
    except KeyboardInterrupt:
        raise
    except BaseException:
        if not spinning_in:
            raise
    if spinning_in:
        raise _spins(spinning_in[0], limit_s)


class TurnWatch:
    """Watches all turns of a run by one timer: setting one costs as much as most turns do."""

    def __init__(self, limit_s: float = TURN_LIMIT_S) -> None:
        self._limit_s = limit_s
        self._began_s: float | None = None
        self._spinning_in = ""

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Watch the turns that are taken in this block; outside it nothing is guarded."""
        if not _can_interrupt():
            yield
            return
        with _alarm(self._look, min(self._limit_s, _AGAIN_S)):
            yield

    def rearm(self) -> None:
        """Watch on in a process that was forked in such a block: timers are not inherited."""
        if _can_interrupt():
            signal.setitimer(signal.ITIMER_REAL, min(self._limit_s, _AGAIN_S), _AGAIN_S)

    def over(self, turn: Callable[[], Result]) -> Result:
        """Take one turn.

        Raises:
            EngineError: it took longer than the limit, whatever else it raised or returned then.
        """
        self._began_s = monotonic()
        try:
            taken = turn()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if not self._spinning_in:
                raise
            raise self._spins() from error
        finally:
            self._began_s = None
        if self._spinning_in:
            raise self._spins()
        return taken

    def _look(self, _number: int, frame: FrameType | None) -> None:
        if self._began_s is None or monotonic() - self._began_s < self._limit_s:
            return
        self._spinning_in = self._spinning_in or _where(frame)
        raise _Interrupted

    def _spins(self) -> EngineError:
        return _spins(self._spinning_in, self._limit_s)


def _can_interrupt() -> bool:
    is_main = threading.current_thread() is threading.main_thread()
    return is_main and hasattr(signal, "SIGALRM")


def _where(frame: FrameType | None) -> str:
    if frame is None:
        return "code that cannot be named"
    return f"{frame.f_code.co_name} ({Path(frame.f_code.co_filename).name})"


def _spins(where: str, limit_s: float) -> EngineError:
    return EngineError(
        f"it did not end its turn within {limit_s:g} s, in {where}", reason=Breakage.SPINS
    )


@contextmanager
def _alarm(interrupt: Callable[[int, FrameType | None], None], limit_s: float) -> Iterator[None]:
    began_s = monotonic()
    handler = signal.signal(signal.SIGALRM, interrupt)
    left_s, interval_s = signal.setitimer(signal.ITIMER_REAL, limit_s, _AGAIN_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left_s:
            # Never zero: that would switch the outer timer off instead of letting it fire.
            rest_s = max(left_s - (monotonic() - began_s), _SOONEST_S)
            signal.setitimer(signal.ITIMER_REAL, rest_s, interval_s)

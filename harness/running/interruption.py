"""Ctrl-C and SIGTERM: when they may end a run, and when they have to wait."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a signal wait until the block is done: a result is written whole or not at all.

    A process that is started in the block is born deaf to both, and must listen by itself.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM, which CI sends to a cancelled job, end a run as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt("SIGTERM")

    handlers = {number: signal.getsignal(number) for number in ENDING}
    signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def ignore_interrupts() -> None:
    """Go on whatever the terminal says: for workers, and for the end of a run."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


def ignore_ctrl_c() -> None:
    """Listen to SIGTERM alone: the terminal sends Ctrl-C to a worker too, its parent ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

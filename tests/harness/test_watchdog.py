"""The wall-clock guard around one turn."""

import signal
import threading
from collections.abc import Callable

import pytest

from hanbench.harness.engine.watchdog import turn_limit
from hanbench.harness.errors import Breakage, EngineError


def spin() -> None:
    while True:
        pass


def spin_and_swallow(kind: type[BaseException], then: Callable[[], None]) -> None:
    try:
        spin()
    except kind:
        then()


def test_code_that_never_yields_is_interrupted_and_named() -> None:
    told = r"within 0\.05 s, in spin \(test_watchdog.py\)"
    with pytest.raises(EngineError, match=told) as caught, turn_limit(0.05):
        spin()

    assert caught.value.reason is Breakage.SPINS


def test_code_that_swallows_the_interruption_still_spins() -> None:
    with pytest.raises(EngineError, match="did not end its turn"), turn_limit(0.05):
        spin_and_swallow(BaseException, lambda: None)


def test_a_broad_except_does_not_swallow_the_interruption() -> None:
    with pytest.raises(EngineError, match="did not end its turn"), turn_limit(0.05):
        spin_and_swallow(Exception, spin)


def test_a_turn_within_its_limit_passes_and_its_own_error_is_kept() -> None:
    with turn_limit(5):
        pass
    with pytest.raises(ZeroDivisionError), turn_limit(5):
        raise ZeroDivisionError


def test_control_c_is_not_taken_for_the_engines_doing() -> None:
    with pytest.raises(KeyboardInterrupt), turn_limit(5):
        raise KeyboardInterrupt


def test_a_timer_that_was_set_before_goes_on_afterwards() -> None:
    handler = signal.getsignal(signal.SIGALRM)
    outer_s, interval_s = signal.setitimer(signal.ITIMER_REAL, 50, 3)
    try:
        with turn_limit(5):
            assert signal.getitimer(signal.ITIMER_REAL)[0] <= 5
        left_s, again_s = signal.getitimer(signal.ITIMER_REAL)
        assert 40 < left_s <= 50
        assert again_s == 3
        assert signal.getsignal(signal.SIGALRM) is handler
    finally:
        signal.setitimer(signal.ITIMER_REAL, outer_s, interval_s)


def test_no_timer_is_left_behind() -> None:
    outer_s, interval_s = signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        with turn_limit(5):
            pass
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, outer_s, interval_s)


def test_outside_the_main_thread_nothing_is_guarded() -> None:
    handlers: list[object] = []

    def guarded() -> None:
        with turn_limit(0.01):
            handlers.append(signal.getsignal(signal.SIGALRM))

    before = signal.getsignal(signal.SIGALRM)
    thread = threading.Thread(target=guarded)
    thread.start()
    thread.join()

    assert handlers == [before]

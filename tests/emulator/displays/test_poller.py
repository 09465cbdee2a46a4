"""The receiver of a sleeping display: polls, the pending bit, keys, restarts."""

from hanbench.emulator.device import NoStack, Poll
from hanbench.emulator.displays.poller import AGAIN_US, FRAME_WAIT_US, Poller, PollHabits
from hanbench.emulator.instant import Instant
from hanbench.protocol.identifiers import Eui64

ME, PARENT = Eui64(1), Eui64(2)
HABITS = PollHabits(interval_us=5_000_000, fast_interval_us=500_000, fast_for_us=2_000_000)


class Joined(NoStack):
    parent: Eui64 | None = PARENT


def poller(*, is_joined: bool = True) -> Poller:
    stack = Joined()
    stack.is_joined = is_joined
    return Poller(ME, stack, HABITS, Instant(0))


def polled(of: Poller, until: int) -> list[int]:
    """When it polls, up to an instant, if every poll is told that nothing is pending."""
    at: list[int] = []
    while of.deadline <= until:
        now = of.deadline
        if of.wake(now) == [Poll(ME, PARENT)]:
            at.append(now)
            of.answered(now, has_pending=False)
    return at


def test_it_polls_at_its_interval_and_is_deaf_between() -> None:
    display = poller()
    assert polled(display, 12_000_000) == [0, 5_000_000, 10_000_000]
    assert not display.is_listening


def test_a_promised_frame_keeps_the_receiver_on_until_it_came_and_is_asked_about_again() -> None:
    display = poller()
    display.wake(Instant(0))
    display.answered(Instant(0), has_pending=True)
    assert display.is_listening
    display.received(Instant(3_000))
    assert not display.is_listening
    assert display.deadline == 3_000 + AGAIN_US


def test_a_promised_frame_that_does_not_come_is_not_waited_for_longer() -> None:
    display = poller()
    display.wake(Instant(0))
    display.answered(Instant(0), has_pending=True)
    assert display.deadline == FRAME_WAIT_US
    assert display.wake(Instant(FRAME_WAIT_US)) == []
    assert not display.is_listening
    assert display.deadline == HABITS.interval_us


def test_a_key_makes_it_poll_fast_for_a_while() -> None:
    display = poller()
    display.wake(Instant(0))
    display.expects_answer(Instant(1_000_000))
    fast = [1_500_000, 2_000_000, 2_500_000, 3_000_000]
    assert polled(display, 9_000_000) == [*fast, 8_000_000]


def test_one_that_is_never_in_a_hurry_keeps_its_interval() -> None:
    habits = PollHabits(interval_us=5_000_000, fast_interval_us=500_000, fast_for_us=0)
    display = Poller(ME, Joined(), habits, Instant(0))
    display.wake(Instant(0))
    display.expects_answer(Instant(1_000_000))
    assert polled(display, 9_000_000) == [5_000_000]


def test_what_it_hears_unasked_does_not_make_it_poll() -> None:
    display = poller()
    display.wake(Instant(0))
    display.received(Instant(10))
    assert display.deadline == HABITS.interval_us


def test_one_that_has_no_network_does_not_poll() -> None:
    assert polled(poller(is_joined=False), 12_000_000) == []


def test_after_a_restart_it_polls_at_once() -> None:
    display = poller()
    display.wake(Instant(0))
    display.answered(Instant(0), has_pending=True)
    display.restart(Instant(40))
    assert not display.is_listening
    assert display.wake(Instant(40)) == [Poll(ME, PARENT)]

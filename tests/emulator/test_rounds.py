"""Periodic jobs of a device."""

from hanbench.emulator.instant import Instant
from hanbench.emulator.rounds import Rounds


def test_a_periodic_job_keeps_its_rhythm_when_it_is_done_late() -> None:
    rounds = Rounds()
    rounds.every("report", 10, Instant(10))
    assert rounds.take_due(Instant(9)) == []
    assert rounds.take_due(Instant(13)) == ["report"]
    assert rounds.next == 20


def test_after_a_long_pause_a_job_is_done_once_and_not_for_every_missed_round() -> None:
    rounds = Rounds()
    rounds.every("report", 10, Instant(10))
    assert rounds.take_due(Instant(95)) == ["report"]
    assert rounds.take_due(Instant(95)) == []


def test_a_job_without_an_interval_is_never_done() -> None:
    rounds = Rounds()
    rounds.every("link-status", None, Instant(0))
    rounds.every("reads", 0, Instant(0))
    assert rounds.next is None


def test_a_single_job_is_done_once_and_can_be_moved_or_called_off() -> None:
    rounds = Rounds()
    rounds.once("retry", Instant(5))
    rounds.once("retry", Instant(7))
    assert rounds.take_due(Instant(6)) == []
    assert rounds.take_due(Instant(7)) == ["retry"]
    assert rounds.next is None
    rounds.once("retry", Instant(9))
    rounds.once("retry", None)
    assert rounds.next is None


def test_two_jobs_of_one_instant_are_done_in_the_order_of_their_names() -> None:
    rounds = Rounds()
    rounds.every("b", 10, Instant(1))
    rounds.every("a", 10, Instant(1))
    rounds.once("c", Instant(0))
    assert rounds.take_due(Instant(1)) == ["c", "a", "b"]

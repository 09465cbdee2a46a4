"""The agenda: order in time, stable order for equal instants, cancellation, limits."""

from hypothesis import given
from hypothesis import strategies as st

from hanbench.emulator.agenda import Agenda
from hanbench.emulator.instant import Instant


def test_things_happen_in_order_of_time_and_then_of_putting_down() -> None:
    agenda, done = Agenda(), list[str]()
    for name, when in (("late", 9), ("first", 3), ("second", 3), ("third", 3)):
        agenda.at(Instant(when), lambda _, name=name: done.append(name))
    assert agenda.run_due(Instant(5)) == 3
    assert done == ["first", "second", "third"]
    assert agenda.next_instant() == 9
    assert agenda.now == 5


@given(st.lists(st.integers(0, 5)))
def test_equal_instants_keep_their_order(instants: list[int]) -> None:
    agenda, done = Agenda(), list[tuple[int, int]]()
    for place, when in enumerate(instants):
        agenda.at(Instant(when), lambda now, place=place: done.append((now, place)))
    agenda.run_due(Instant(5))
    assert done == sorted((when, place) for place, when in enumerate(instants))


def test_a_cancelled_thing_does_not_happen_and_is_not_waited_for() -> None:
    agenda, done = Agenda(), list[Instant]()
    entry = agenda.at(Instant(1), done.append)
    assert entry.is_pending
    entry.cancel()
    assert agenda.next_instant() is None
    assert not agenda.step()
    assert done == []


def test_what_was_due_in_the_past_happens_now_and_time_never_runs_back() -> None:
    agenda, done = Agenda(), list[Instant]()
    agenda.run_due(Instant(10))
    agenda.at(Instant(4), done.append)
    agenda.step()
    assert done == [10]
    assert agenda.now == 10


def test_what_is_done_may_put_down_more_for_the_same_instant() -> None:
    agenda, done = Agenda(), list[str]()

    def first(now: Instant) -> None:
        done.append("first")
        agenda.at(now, lambda _: done.append("second"))

    agenda.at(Instant(1), first)
    assert agenda.run_due(Instant(1)) == 2
    assert done == ["first", "second"]


def test_a_thing_that_puts_itself_down_for_ever_stops_at_the_limit() -> None:
    agenda = Agenda()

    def again(now: Instant) -> None:
        agenda.at(now, again)

    agenda.at(Instant(1), again)
    assert agenda.run_due(Instant(1), limit=50) == 50
    assert agenda.events_run == 50


def test_an_entry_that_was_done_is_no_longer_pending() -> None:
    agenda = Agenda()
    entry = agenda.at(Instant(1), lambda _: None)
    agenda.step()
    assert not entry.is_pending
    entry.cancel()

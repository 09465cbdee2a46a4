"""A recording looks at a run and changes nothing; any state of it can be had again."""

import sys
import time

import pytest
from tests.harness.stepping.recorded import COMMIT, recorded
from tests.tracked_files import ROOT

from hanbench.emulator.instant import Instant
from hanbench.harness.engine.port import Turn
from hanbench.harness.errors import ReplayDivergence, ScenarioError
from hanbench.harness.inspection.reading import states_of
from hanbench.harness.running.case import RunOptions
from hanbench.harness.running.run_case import run_case
from hanbench.harness.stepping.chosen_case import chosen_case
from hanbench.harness.stepping.places import find_point
from hanbench.harness.stepping.recording import Recording

WITH_COMPANIONS = "rules/uneconomic-model"


@pytest.mark.parametrize(
    "named",
    [
        "clean-two-fuel",
        "clean-two-fuel[no-traffic]",
        "rules/two-clocks",
        "han/leave",
        WITH_COMPANIONS,
    ],
)
def test_a_run_that_is_recorded_is_the_run_that_is_not(named: str) -> None:
    plain = run_case(chosen_case(named, options=RunOptions()))

    recording = recorded(named)

    assert recording.result.trace_hash == plain.result.trace_hash
    assert recording.result.story_hash == plain.result.story_hash
    assert recording.events == plain.trace


def test_the_state_at_a_place_is_the_same_recorded_or_run_again() -> None:
    kept = recorded()
    case = chosen_case("clean-two-fuel", options=RunOptions())

    again = Recording(case, kept=16)

    for position in (150, 20, 21, kept.last, 0, 100, 99, 98):
        assert again.states(position) == kept.states(position), position
    assert again.reruns > 0
    assert kept.reruns == 0


def test_stepping_back_over_what_is_kept_runs_nothing_again() -> None:
    recording = Recording(chosen_case("clean-two-fuel", options=RunOptions()), kept=32)
    recording.states(150)
    before = recording.reruns

    for position in range(150, 100, -1):
        recording.states(position)

    assert recording.reruns - before == 2


def test_a_step_back_takes_less_than_a_fifth_of_a_second() -> None:
    recording = recorded()
    recording.states(recording.last)
    begun = time.process_time()

    for position in range(recording.last, 0, -1):
        recording.states(position)

    assert (time.process_time() - begun) / recording.last < 0.2


def test_a_point_shows_the_state_before_what_comes_of_it() -> None:
    recording = recorded()
    passed = find_point(recording, COMMIT)
    key = ("home-1", "gsme")

    before = dict(recording.states_at_point(passed)[key].flat(with_busy=False))
    behind = dict(recording.states(passed.position)[key].flat(with_busy=False))

    assert before["SUA: truth"] == "OLD"
    assert before["SUA: current, last counter"] == 18
    assert behind["SUA: truth"] == "NEW"


def test_an_instant_shows_the_state_when_all_until_then_has_happened() -> None:
    recording = recorded()
    passed = find_point(recording, COMMIT)
    key = ("home-1", "gsme")

    just_before = recording.states_at_time(Instant(passed.at - 1))[key]
    then = recording.states_at_time(passed.at)[key]

    assert dict(just_before.flat(with_busy=False))["SUA: truth"] == "OLD"
    assert dict(then.flat(with_busy=False))["SUA: truth"] == "NEW"


def test_an_instant_beyond_the_end_shows_the_end() -> None:
    recording = recorded()

    states = recording.states_at_time(Instant(10**15))

    assert states == states_of(recording.world, recording.world.now)


def test_the_truth_changes_once_for_each_meter() -> None:
    recording = recorded()
    changed = [
        (position, meter)
        for position in range(1, recording.last + 1)
        for meter, truth in recording.truth(position).items()
        if recording.truth(position - 1)[meter].truth != truth.truth
    ]

    assert [meter for _, meter in changed] == [("home-1", "gsme"), ("home-1", "esme")]


def test_an_engine_in_another_process_is_walked_through_as_one_in_this_is() -> None:
    engine = f"exec:{sys.executable} {ROOT / 'fixtures' / 'engines' / 'cautious.py'}"
    recording = Recording(chosen_case("clean-two-fuel", options=RunOptions(engine=engine)), kept=8)

    there = recording.states(100)
    recording.states(20)

    assert recording.states(100) == there
    assert recording.reruns == 3


def test_an_engine_with_its_own_clock_cannot_be_stepped_through() -> None:
    case = chosen_case("clean-two-fuel", options=RunOptions(real_time=10.0))

    with pytest.raises(ScenarioError, match="no run of it is like the other"):
        Recording(case)


class Fickle:
    """An engine whose first life differs from its next: what no run of the bench may hang on."""

    lives = 0

    def __init__(self) -> None:
        Fickle.lives += 1

    def turn(self, event: object, now: int) -> Turn:  # noqa: ARG002  (the port's shape)
        claim = {"type": "outcome", "installation": "home-1", "end_state": "unresolved"}
        believe = {"type": "believe", "device": "esme", "key": "OLD", "candidates": []}
        is_first = type(event).__name__ == "Started"
        evidence = {"evidence": f"life {Fickle.lives}"}
        actions = [{**believe, **evidence}, {**claim, "detail": ""}] if is_first else []
        return {"actions": actions, "wait_until_us": None}  # type: ignore[return-value]  # plain data will do


def test_an_engine_that_takes_another_way_is_told() -> None:
    options = RunOptions(engine="tests.harness.stepping.test_recording:Fickle")
    recording = Recording(chosen_case("clean-two-fuel", options=options), kept=0)
    assert recording.last > 0

    with pytest.raises(ReplayDivergence, match="life"):
        recording.states(recording.last)

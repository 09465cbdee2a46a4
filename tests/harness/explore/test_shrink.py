"""Shrinking: fewer faults, a smaller home, a plainer schedule, and still the same failure."""

import math
from typing import Any

import pytest
from pydantic import TypeAdapter
from tests.harness.explore.test_campaign import ASSUMES_NEW, BAD

from hanbench.harness.explore.request import chosen_case
from hanbench.harness.explore.trial import explored, try_case
from hanbench.harness.files.installation import Installation
from hanbench.harness.files.scenario_faults import (
    DelayFault,
    DropFault,
    DuplicateFault,
    FaultEntry,
    UnavailableFault,
)
from hanbench.harness.files.scenario_steps import WrongCodes
from hanbench.harness.replay.replay_file import read_replay, write_replay
from hanbench.harness.replay.replaying import replay_file
from hanbench.harness.running.case import Case, RunOptions
from hanbench.harness.running.cases import Bench
from hanbench.harness.running.pool import Workers
from hanbench.harness.running.results import EXIT_OK, EXIT_UNEXPECTED
from hanbench.harness.running.terminal import make_console
from hanbench.harness.shrink.outcome import distinct
from hanbench.harness.shrink.plainer_homes import at_home, plainer
from hanbench.harness.shrink.request import shrink_file
from hanbench.harness.shrink.shrinker import Failure, Shrunk, failure_of, shrink
from hanbench.harness.shrink.simpler import simpler, with_scenario

CALL = "home-1/party/DCO/authorise/gsme#1"
ENTRY: TypeAdapter[Any] = TypeAdapter(FaultEntry)
LOST = "home-1/gsme/rotate-sua-key#1/try#1/request/wan"


def failing_case(engine: str) -> Case:
    """Three faults of which one is to blame, in a home and a schedule that do not matter."""
    case = explored(chosen_case("secure/clean-two-fuel", "full-traffic", RunOptions(engine=engine)))
    case = case.with_fault(
        "a", DuplicateFault(does="duplicate", at="home-1/esme/read-sua-status#1/try#1/request/wan")
    )
    case = case.with_fault(
        "b",
        DelayFault.model_validate(
            {"does": "delay", "at": "home-1/esme/read-sua-status#1/try#1/reply/wan", "by": "40s"}
        ),
    )
    return case.with_fault("c", DropFault(does="drop", at=LOST))


@pytest.fixture
def bad_engine(tmp_path, monkeypatch):
    (tmp_path / f"{BAD}.py").write_text(ASSUMES_NEW, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return f"{BAD}:engine"


def test_three_faults_in_a_full_home_come_down_to_the_one_to_blame(bad_engine):
    case = failing_case(bad_engine)
    with Workers(2) as workers:
        ((_, answer),) = workers.run(try_case, (case,))
        failure = failure_of(answer.value)
        assert failure == Failure("confidently-wrong", "gsme", "property/P9")
        shrunk = shrink(case, failure, workers)

    assert [str(fault) for fault in shrunk.case.faults] == [f"drop at {LOST}"]
    assert sorted(shrunk.case.installation.devices) == ["esme", "gsme", "hub"]
    assert shrunk.case.scenario.traffic == "off"
    assert shrunk.is_minimal


def test_two_ways_to_fail_that_come_down_to_one_case_are_shown_once():
    case = explored(chosen_case("secure/clean-two-fuel", "", RunOptions()))
    lost = case.with_fault(f"drop at {LOST}", DropFault(does="drop", at=LOST))
    wrong = Failure("confidently-wrong", "gsme", "property/P9")
    found = Shrunk(lost, wrong, (), 9, is_minimal=True)
    again = Shrunk(lost, wrong, ("without a fault",), 12, is_minimal=True)
    otherwise = Shrunk(lost, Failure("key-downgraded", "gsme", "property/P6"), (), 9, True)
    elsewhere = Shrunk(case, wrong, (), 9, is_minimal=True)

    assert distinct([found, again, otherwise, elsewhere]) == [found, otherwise, elsewhere]


LASTING: list[dict[str, str]] = [
    {"does": "partition", "of": "wan", "at": LOST, "for": "2h"},
    {"does": "partition", "of": "wan", "from": "3h", "until": "9h"},
    {"does": "partition", "of": "wan", "from": "3h"},
    {"does": "silence", "of": "esme", "at": LOST, "for": "2h"},
    {"does": "silence", "of": "esme", "at": LOST},
    {"does": "silence", "of": "esme"},
    {"does": "silence", "of": "esme", "from": "3h", "until": "9h"},
    {"does": "unavailable", "party": "DCO", "at": CALL, "for": "2h"},
    {"does": "unavailable", "party": "DCO", "until": "9h"},
    {"does": "unavailable", "party": "DCO", "from": "3h"},
]


@pytest.mark.parametrize("said", LASTING, ids=lambda one: " ".join(one.values()))
def test_what_lasts_is_made_to_end_sooner_and_to_begin_sooner(said: dict[str, str]):
    entry = ENTRY.validate_python(said)
    case = explored(chosen_case("secure/clean-two-fuel", "", RunOptions())).with_fault("x", entry)

    smaller = [one.scenario.faults[0] for _, one in simpler(case) if one.scenario.faults]

    changed = [one for one in smaller if one != entry]
    assert all(ENTRY.validate_python(plain(one)) == one for one in changed)
    assert all(length(one) < length(entry) or begin(one) < begin(entry) for one in changed)
    assert any(length(one) < length(entry) for one in changed)
    assert any(begin(one) < begin(entry) for one in changed) == (begin(entry) > 0)


def plain(entry: Any) -> Any:
    """The fault as a replay file has it."""
    return entry.model_dump(mode="json", by_alias=True, exclude_none=True)


def begin(entry: Any) -> int:
    return entry.from_us or 0


def length(entry: Any) -> float:
    if entry.at is not None:
        return math.inf if entry.for_us is None else entry.for_us
    return math.inf if entry.until_us is None else entry.until_us - begin(entry)


def home_of(case: Case) -> Installation:
    return case.installation


def test_a_device_that_goes_takes_along_all_that_is_said_of_it():
    case = explored(chosen_case("han/meter-behind-a-dying-repeater", "", RunOptions()))
    case = with_scenario(case, case.scenario.model_copy(update={"steps": (), "faults": ()}))
    before = home_of(case)
    assert before.out_of_reach

    smaller = {words: home_of(one) for words, one in simpler(case)}

    gone = [one for words, one in smaller.items() if words.startswith("without the device")]
    assert gone
    for home in gone:
        named = {*(name for pair in home.out_of_reach for name in pair), *home.device_log}
        assert named <= home.devices.keys()
        assert all(it.via in (None, *home.devices) for it in home.devices.values())


def test_a_home_loses_its_peculiarities_one_by_one_and_stays_a_home():
    case = explored(chosen_case("secure/clean-two-fuel", "", RunOptions()))
    peculiar = home_of(case).model_copy(
        update={"out_of_reach": (("hub", "cad"), ("esme", "cad")), "device_log": ("newcomer",)}
    )
    case = with_scenario(case, case.scenario, at_home(case.home, peculiar))
    names, steps = [], 0

    while taken := next(plainer(home_of(case)), None):
        words, home = taken
        case = with_scenario(case, case.scenario, at_home(case.home, home))
        names, steps = [*names, words], steps + 1
        Installation.model_validate_json(home.model_dump_json(by_alias=True))

    assert "with esme's payment mode as for any device" in names
    assert "with all in reach of hub and cad" in names
    assert len(set(names)) == steps
    assert {it.payment_mode for it in home_of(case).devices.values()} == {"credit"}
    assert (home_of(case).out_of_reach, home_of(case).device_log) == ((), ())


def test_of_two_stated_things_that_fail_one_is_not_taken_for_the_other():
    case = chosen_case("secure/clean-two-fuel", "", RunOptions(traffic="off"))

    def failing(wanted: str) -> Failure | None:
        expect = case.scenario.expect.model_copy(update={"end_state": wanted})
        scenario = case.scenario.model_copy(update={"expect": expect})
        return failure_of(try_case(with_scenario(case, scenario)))

    one, other = failing("electricity-only"), failing("not-started")
    assert one is not None
    assert other is not None
    assert one.name == other.name == "end-state"
    assert one == failing("electricity-only") != other


@pytest.mark.parametrize(("count", "fewer"), [(1, []), (2, [1]), (5, [1, 2, 4]), (6, [1, 2, 5])])
def test_what_is_done_several_times_over_is_done_fewer_times(count: int, fewer: list[int]):
    codes = WrongCodes.model_validate(
        {"do": "wrong-codes", "device": "gsme", "count": count, "after": "outcome", "delay": "1h"}
    )
    case = explored(chosen_case("secure/clean-two-fuel", "", RunOptions()))
    scenario = case.scenario.model_copy(update={"steps": (codes,)})
    case = with_scenario(case, scenario)

    tried = [one.scenario.steps[0] for _, one in simpler(case) if one.scenario.steps]

    assert sorted({one.count for one in tried} - {count}) == fewer


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_outage_of_a_party_is_shortened_to_what_still_fails():
    """A DCO that is never there again keeps a home from being commissioned; ten minutes do not."""
    away = ENTRY.validate_python({"does": "unavailable", "party": "DCO", "from": "1s"})
    case = chosen_case("secure/clean-two-fuel", "", RunOptions(traffic="off"))
    case = case.with_fault("away", away)
    with Workers(2) as workers:
        ((_, answer),) = workers.run(try_case, (case,))
        failure = failure_of(answer.value)
        assert failure is not None
        shrunk = shrink(case, failure, workers)

    (left,) = shrunk.case.scenario.faults
    assert isinstance(left, UnavailableFault)
    assert begin(left) == 0
    assert 0 < length(left) < math.inf


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_is_left_is_a_local_minimum(bad_engine):
    case = failing_case(bad_engine)
    with Workers(2) as workers:
        ((_, answer),) = workers.run(try_case, (case,))
        failure = failure_of(answer.value)
        assert failure is not None
        shrunk = shrink(case, failure, workers)
        left = [one for _, one in simpler(shrunk.case)]
        still = [
            place
            for place, again in workers.run(try_case, left)
            if failure_of(again.value) == failure
        ]

    assert left, "there is something that could be taken away"
    assert still == []


def test_the_command_writes_a_file_that_replays_in_another_clone(tmp_path, bad_engine):
    case = failing_case(bad_engine)
    with Workers(1) as workers:
        ((_, answer),) = workers.run(Bench(workers).run, (case,))
        path = tmp_path / "failing.yaml"
        write_replay(path, case, answer.value)
    console = make_console()

    assert shrink_file(path, jobs=2, console=console) == EXIT_OK
    _, small = read_replay(tmp_path / "failing-shrunk.yaml")
    assert len(small.faults) == 1
    assert replay_file(tmp_path / "failing-shrunk.yaml", console=console) == EXIT_OK


def test_a_case_that_does_not_fail_is_not_shrunk(tmp_path):
    case = failing_case("reference")
    with Workers(1) as workers:
        ((_, answer),) = workers.run(Bench(workers).run, (case,))
        path = tmp_path / "fine.yaml"
        write_replay(path, case, answer.value)

    assert shrink_file(path, jobs=1) == EXIT_UNEXPECTED

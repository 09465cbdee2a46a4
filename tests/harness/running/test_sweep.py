"""A sweep stands for a death at every journal write, in each of the three ways."""

import pytest
from tests.suite_cases import case_of, driven

from hanbench.harness.events import Journalled
from hanbench.harness.faults.plan import FaultKind
from hanbench.harness.running.sweep import WHENS, count_journal_writes, expand_sweep

CASE = case_of("engine-crash-at-each-journal-write")


@pytest.mark.parametrize("variant", ["", "two-phase"])
def test_the_writes_of_the_run_without_faults_are_counted(variant: str) -> None:
    case = case_of("engine-crash-at-each-journal-write", variant)
    world, _, _ = driven(case)

    written = [event for event in world.trace.events if isinstance(event, Journalled)]

    assert count_journal_writes(case) == len(written) > 10


def test_each_write_is_a_case_for_each_way_to_die_there() -> None:
    cases = expand_sweep(CASE)

    assert [(case.faults[-1].at, case.faults[-1].when) for case in cases] == [
        (f"home-1/engine/journal#{number}", when)
        for number in range(1, count_journal_writes(CASE) + 1)
        for when in WHENS
    ]


def test_the_cases_have_names_of_their_own_and_are_no_sweeps_themselves() -> None:
    cases = expand_sweep(CASE)

    assert cases[1].name == "secure/engine-crash-at-each-journal-write[journal#1/torn]"
    assert len({case.name for case in cases}) == len(cases)
    assert {case.sweep_kind for case in cases} == {""}


def test_the_faults_that_stand_in_the_scenario_stay_in_front() -> None:
    case = case_of("rotation-response-lost")

    swept = expand_sweep(case)

    assert all(each.faults[:-1] == case.faults for each in swept)
    assert {each.faults[-1].does for each in swept} == {FaultKind.CRASH}


def test_a_variants_name_stays_in_front_of_the_point() -> None:
    swept = expand_sweep(case_of("engine-crash-at-each-journal-write", "two-phase"))

    assert swept[0].variant == "two-phase, journal#1/before"

"""What of a world tells two points apart: faults count while they are at work, and no longer."""

from collections.abc import Mapping

import pytest
from tests.harness.explore.test_campaign import case_of

from hanbench.harness.engines import load_engine
from hanbench.harness.explore.state import StateWatch
from hanbench.harness.explore.trial import explored
from hanbench.harness.files.scenario_faults import (
    ClockSkewFault,
    DropFault,
    FaultEntry,
    UnavailableFault,
)
from hanbench.harness.running.run_case import run_world
from hanbench.harness.schemes import load_scheme

TRY = "home-1/gsme/read-sua-status#1/try#1"


def states(*faults: FaultEntry) -> Mapping[str, str]:
    """By point of a clean migration: the state when it was passed first."""
    case = explored(case_of())
    for fault in faults:
        case = case.with_fault("fault", fault)
    engine, scheme = load_engine(case.engine), load_scheme(case.scheme)
    world, _ = run_world(case, engine, scheme, StateWatch)
    found: dict[str, str] = {}
    for point in world.plan.seen:
        found.setdefault(point.name, point.state)
    return found


@pytest.fixture(scope="module")
def clean() -> Mapping[str, str]:
    return states()


def test_a_frame_that_was_lost_counts_until_its_exchange_is_over(clean: Mapping[str, str]) -> None:
    lost = states(DropFault(does="drop", at=f"{TRY}/reply/han#1"))

    assert lost[f"{TRY}/reply/han#1"] == clean[f"{TRY}/reply/han#1"], "it has not struck yet"
    assert lost[f"{TRY}/reply/han#2"] != clean[f"{TRY}/reply/han#2"]


def test_a_party_that_is_away_counts_by_how_long_it_still_is() -> None:
    asked = "home-1/party/S1SP/process_signed_file_set"
    away = {"does": "unavailable", "party": "S1SP", "at": f"{asked}#1"}

    hours, day = (
        states(UnavailableFault.model_validate({**away, "for": length})) for length in ("2h", "26h")
    )

    assert hours[f"{asked}#1"] == day[f"{asked}#1"], "it has not struck yet"
    assert hours[f"{asked}#2"] != day[f"{asked}#2"], "asked again, the one for hours longer"


def test_a_clock_that_runs_wrong_counts_for_all_that_follows(clean: Mapping[str, str]) -> None:
    skew = {"does": "clock-skew", "of": "gsme", "at": f"{TRY}/request/wan", "when": "ahead"}
    wrong = states(ClockSkewFault.model_validate({**skew, "by": "4h"}))
    later = "home-1/gsme/rotate-sua-key#1/try#1/request/wan"

    assert wrong[later] != clean[later]


def test_where_a_clock_began_to_run_wrong_does_not_count() -> None:
    skew = {"does": "clock-skew", "of": "gsme", "when": "ahead", "by": "4h"}
    sooner, later = (
        states(ClockSkewFault.model_validate({**skew, "at": f"{TRY}/{where}/wan"}))
        for where in ("request", "reply")
    )
    point = "home-1/gsme/rotate-sua-key#1/try#1/request/wan"

    assert sooner[point] == later[point]

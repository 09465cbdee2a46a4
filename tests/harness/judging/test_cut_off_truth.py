"""A time without a way to top up that a scenario states is held against the one that was."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from tests.ablations.breaks import case
from tests.suite_cases import driven

from hanbench.harness.files.cut_off_expectation import ExpectedCutOff
from hanbench.harness.files.scenario import Expect
from hanbench.harness.judging.cut_off_truth import judge_cut_offs
from hanbench.harness.judging.top_up_watch import judge_top_ups
from hanbench.harness.verdict import Finding
from hanbench.harness.world import World

GAS = {"device": "gsme", "by": "SUPPLIER", "since": "2h", "until": "150min"}
ELECTRICITY = {**GAS, "device": "esme"}


@pytest.fixture(scope="module")
def ended() -> World:
    """A home whose customers had no way from 02:00:00.5 until 02:30:18 and 02:30:31."""
    world = driven(case("rules/no-arrangement"))[0]
    judge_top_ups(world)
    return world


@pytest.fixture(name="world")
def as_it_was(ended: World) -> Iterator[World]:
    before = ended.case
    yield ended
    ended.case = before


def judged(world: World, *stated: dict[str, Any]) -> list[Finding]:
    expect = world.case.scenario.expect.model_copy(
        update={"cut_off": tuple(ExpectedCutOff.model_validate(one) for one in stated)}
    )
    scenario = world.case.scenario.model_copy(update={"expect": expect})
    world.case = replace(world.case, scenario=scenario)
    return list(judge_cut_offs(world))


def test_what_was_as_it_is_stated_is_no_finding(world: World) -> None:
    assert judged(world, GAS, ELECTRICITY) == []
    assert judged(world, {**GAS, "because": "no arrangement"}, ELECTRICITY) == []
    assert judged(world, {"device": "gsme", "by": "SUPPLIER"}, ELECTRICITY) == []


@pytest.mark.parametrize(
    "other",
    [
        {"by": "S1SP"},
        {"because": "no code left"},
        {"since": "1h"},
        {"until": "3h"},
        {"until": "150min", "within": "10s"},
        {"until": None, "lasts": True},
        {"device": "esme"},
    ],
    ids=str,
)
def test_another_party_reason_or_time_is_one_that_did_not_come_and_one_that_did(
    world: World, other: dict[str, Any]
) -> None:
    found = judged(world, {**GAS, **other}, ELECTRICITY)

    assert [one.name for one in found] == ["cut-off-otherwise"] * 2
    assert {one.clause for one in found} == {"domain/10.8-top-up"}
    assert "home-1/gsme 02:00:00.482000 to 02:30:17" in found[1].detail


def test_a_time_that_is_not_stated_beside_one_that_is_is_found(world: World) -> None:
    (found,) = judged(world, ELECTRICITY)

    assert found.detail.startswith("a time for gsme that is not expected")


def test_where_nothing_is_stated_nothing_is_looked_at(world: World) -> None:
    assert judged(world) == []


def test_the_times_of_other_homes_are_named_by_their_home(world: World) -> None:
    elsewhere = {**GAS, "installation": "next-door"}

    assert len(judged(world, elsewhere, GAS, ELECTRICITY)) == 1


def test_stating_a_time_excuses_nothing() -> None:
    stated = {"end_state": "commissioned", "cut_off": (GAS,)}
    with pytest.raises(ValidationError, match="goes with `verdict"):
        Expect.model_validate(stated)

    Expect.model_validate({**stated, "verdict": "violated: customer-cut-off"})


def test_a_time_ends_once() -> None:
    with pytest.raises(ValidationError, match="exclude each other"):
        ExpectedCutOff.model_validate({**GAS, "lasts": True})

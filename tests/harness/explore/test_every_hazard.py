"""Every hazard that an exploration knows strikes somewhere in a clean run, and changes it there."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.suite_cases import case_of

from hanbench.harness.explore.campaign import has_fired
from hanbench.harness.explore.hazards import HAZARDS, Hazard, Possibility, possibilities
from hanbench.harness.explore.places import premises_of
from hanbench.harness.explore.trial import Trial, explored, is_failure, read_places, try_case
from hanbench.harness.faults.kinds import FaultKind
from hanbench.harness.files.loader import Library
from hanbench.harness.running.case import Case, expand

PLACES_MAX = 24
"""Places of a hazard that are tried, spread over the run, before it is said to change nothing."""


NEEDS = {
    "frame counter stuck": "two-fuel",
    "router out of reach for 2 h": "meter-behind-repeaters",
    "router dead for 2 h": "meter-behind-repeaters",
    "router dead for good": "meter-behind-repeaters",
}
"""Hazards that want real frames on the HAN, with the home that they want."""
WAITS = "rotation-response-lost-comms-gone"
"""A run in which something waits in the mirror until it expires: there a clock's rate matters."""
NEEDS_A_WAIT = ("clock runs fast", "clock runs slow")
_CLEAN = """
scenario: 1
title: A clean migration
clauses: [def/sua]
installation: {home}
traffic: {traffic}
expect: {{end_state: commissioned}}
"""


@cache
def clean(hazard: str) -> Case:
    if hazard in NEEDS_A_WAIT:
        return explored(case_of(WAITS))
    home = NEEDS.get(hazard, "two-fuel")
    text = _CLEAN.format(home=home, traffic="instruction" if hazard in NEEDS else '"off"')
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clean.yaml"
        path.write_text(text, encoding="utf-8")
        loaded = Library().scenario(path, name="clean")
    return explored(expand(loaded)[0])


_RUNS: dict[str, Trial] = {}


def base(case: Case) -> Trial:
    key = f"{case.name} {case.scenario.installation} {case.scenario.traffic}"
    if key not in _RUNS:
        _RUNS[key] = try_case(case)
    return _RUNS[key]


def chances(hazard: Hazard) -> list[Possibility]:
    case = clean(_named(hazard.name))
    found = list(possibilities(read_places(base(case)), premises_of(case), [hazard]))
    return found[:: max(1, len(found) // PLACES_MAX)]


def tried(one: Possibility) -> Trial:
    case = clean(_named(one.hazard))
    return try_case(case.with_fault(one.words, one.entry))


def unfaulted(hazard: Hazard) -> Trial:
    return base(clean(_named(hazard.name)))


def _named(hazard: str) -> str:
    return hazard if hazard in (*NEEDS, *NEEDS_A_WAIT) else ""


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda one: one.name)
def test_a_hazard_strikes_and_matters_and_the_reference_engine_lives_with_it(
    hazard: Hazard,
) -> None:
    for one in chances(hazard):
        trial = tried(one)
        assert not is_failure(trial), trial["findings"]
        first = unfaulted(hazard)
        if has_fired(trial, first) and trial["story"] != first["story"]:
            return

    pytest.fail(f"{hazard.name} changed nothing at {len(chances(hazard))} places")


def test_a_hazard_says_where_it_matters_if_a_clean_run_gives_it_no_chance_to() -> None:
    silent = {one.name for one in HAZARDS if one.name in NEEDS_A_WAIT and WAITS not in one.matters}

    assert not silent


def test_every_kind_of_fault_that_there_is_has_a_hazard() -> None:
    kinds = {one.entry.does for hazard in HAZARDS for one in chances(hazard)}

    assert {kind.value for kind in FaultKind} - kinds == set()

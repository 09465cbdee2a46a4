"""Every hazard that an exploration knows strikes somewhere in a clean run, and changes it there."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hanbench.harness.explore.campaign import has_mattered
from hanbench.harness.explore.hazards import HAZARDS, Hazard, Possibility, possibilities
from hanbench.harness.explore.places import premises_of
from hanbench.harness.explore.trial import Trial, explored, is_failure, read_places, try_case
from hanbench.harness.faults.kinds import FaultKind
from hanbench.harness.files.loader import Library
from hanbench.harness.running.case import Case, expand

CLOCKS_ONLY = ("clock runs fast", "clock runs slow")
"""A clock that is slow or fast matters where a lock-out or an expiry is waited for."""
PLACES_MAX = 24
"""Places of a hazard that are tried, spread over the run, before it is said to change nothing."""


NEEDS = {
    "frame counter stuck": "two-fuel",
    "router dead for 2 h": "meter-behind-repeaters",
}
"""Hazards that want real frames on the HAN, with the home that they want."""
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
    home = NEEDS.get(hazard, "two-fuel")
    text = _CLEAN.format(home=home, traffic="instruction" if hazard in NEEDS else '"off"')
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clean.yaml"
        path.write_text(text, encoding="utf-8")
        loaded = Library().scenario(path, name="clean")
    return explored(expand(loaded)[0])


_RUNS: dict[str, Trial] = {}


def base(case: Case) -> Trial:
    key = f"{case.installation.name} {case.scenario.installation} {case.scenario.traffic}"
    if key not in _RUNS:
        _RUNS[key] = try_case(case)
    return _RUNS[key]


def chances(hazard: Hazard) -> list[Possibility]:
    case = clean(hazard.name if hazard.name in NEEDS else "")
    found = list(possibilities(read_places(base(case)), premises_of(case), [hazard]))
    return found[:: max(1, len(found) // PLACES_MAX)]


def tried(one: Possibility) -> Trial:
    case = clean(one.hazard if one.hazard in NEEDS else "")
    return try_case(case.with_fault(one.words, one.entry))


def unfaulted(hazard: Hazard) -> Trial:
    return base(clean(hazard.name if hazard.name in NEEDS else ""))


@pytest.mark.parametrize(
    "hazard", [one for one in HAZARDS if one.name not in CLOCKS_ONLY], ids=lambda one: one.name
)
def test_a_hazard_strikes_and_matters_and_the_reference_engine_lives_with_it(
    hazard: Hazard,
) -> None:
    for one in chances(hazard):
        trial = tried(one)
        assert not is_failure(trial), trial["findings"]
        if trial["struck"] and has_mattered(trial, unfaulted(hazard)):
            return

    pytest.fail(f"{hazard.name} changed nothing at {len(chances(hazard))} places")


@pytest.mark.parametrize("name", CLOCKS_ONLY)
def test_a_clock_that_is_off_strikes(name: str) -> None:
    hazard = next(one for one in HAZARDS if one.name == name)

    assert tried(chances(hazard)[0])["struck"] == 1


def test_every_kind_of_fault_that_there_is_has_a_hazard() -> None:
    kinds = {one.entry.does for hazard in HAZARDS for one in chances(hazard)}

    assert {kind.value for kind in FaultKind} - kinds == set()

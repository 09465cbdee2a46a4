"""The test phases MDUST and UIT-A: what they hold, when one may be entered, by what evidence.

The phases and their entry criteria are data, `fixtures/phases.yaml`; a scenario names its phases.
Evidence is a result of a run: the verdict of a scenario, and the hash by which it can be run again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from ruamel.yaml import YAML

from hanbench.harness.files.loader import fixtures_folder
from hanbench.harness.running.case import LoadedScenario
from hanbench.harness.running.results import read_results

MET: Final = "met"
NOT_MET: Final = "not met"
NOT_RUN: Final = "not run"
HASH_SHOWN = 12
Standing = Literal["met", "not met", "not run"]


class Criterion(BaseModel):
    """What has to be so before a phase is entered: scenarios, or a whole phase, as expected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    criterion: str
    scenarios: tuple[str, ...] = ()
    phase: str = ""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if bool(self.scenarios) == bool(self.phase):
            raise ValueError("a criterion has either `scenarios` or `phase`")
        return self


class Phase(BaseModel):
    """One test phase."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    begins: date
    source: str
    entry: tuple[Criterion, ...]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    phases: Literal[1]
    entries: dict[str, Phase]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a run says of one scenario: the worst of its cases, and their hashes."""

    scenario: str
    standing: Standing
    cases: tuple[tuple[str, str, str], ...] = ()
    """Name, verdict and story hash of each."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry criterion with its evidence."""

    criterion: Criterion
    evidence: tuple[Evidence, ...]

    @property
    def standing(self) -> Standing:
        """Whether it is met: only where every scenario has run as expected."""
        return worst(self.evidence)


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """A phase, whether it may be entered, and what has come of it so far."""

    name: str
    phase: Phase
    entry: tuple[Entry, ...]
    evidence: tuple[Evidence, ...]

    @property
    def may_be_entered(self) -> bool:
        """Whether every entry criterion is met."""
        return all(one.standing == MET for one in self.entry)


@cache
def load_phases() -> Mapping[str, Phase]:
    """Return the phases by name, in their order."""
    text = fixtures_folder("phases.yaml").read_text(encoding="utf-8")
    return _File.model_validate(YAML(typ="safe", pure=True).load(text)).entries


def phase_rows(scenarios: Sequence[LoadedScenario], results: Path) -> tuple[PhaseRow, ...]:
    """Hold the phases against the results of a run.

    Raises:
        ScenarioError: the file is no results file.
    """
    ran = _ran(results)
    tagged = {
        name: tuple(one.name for one in scenarios if name in one.scenario.phases)
        for name in load_phases()
    }
    return tuple(
        PhaseRow(
            name,
            phase,
            tuple(
                Entry(it, _evidence(it.scenarios or tagged[it.phase], ran)) for it in phase.entry
            ),
            _evidence(tagged[name], ran),
        )
        for name, phase in load_phases().items()
    )


def worst(evidence: Sequence[Evidence]) -> Standing:
    """Return the standing of several: one that failed, else one that has not run."""
    standings = [one.standing for one in evidence]
    if NOT_MET in standings:
        return NOT_MET
    return MET if standings and all(one == MET for one in standings) else NOT_RUN


def as_json(rows: Sequence[PhaseRow]) -> str:
    """Return the phases with their evidence as JSON, format version 1."""
    phases = {
        row.name: {
            "about": row.phase.about,
            "begins": row.phase.begins.isoformat(),
            "source": row.phase.source,
            "may_be_entered": row.may_be_entered,
            "entry": [
                {
                    "criterion": one.criterion.criterion,
                    "standing": one.standing,
                    "evidence": [_plain(it) for it in one.evidence],
                }
                for one in row.entry
            ],
            "scenarios": [_plain(it) for it in row.evidence],
        }
        for row in rows
    }
    return json.dumps({"phases": 1, "entries": phases}, indent=2)


def _plain(evidence: Evidence) -> dict[str, object]:
    return {
        "scenario": evidence.scenario,
        "standing": evidence.standing,
        "cases": [
            {"case": name, "verdict": verdict, "story_hash": story}
            for name, verdict, story in evidence.cases
        ],
    }


def _ran(results: Path) -> dict[str, list[tuple[str, str, str, bool]]]:
    ran: dict[str, list[tuple[str, str, str, bool]]] = {}
    for it in read_results(results).cases if results.is_file() else ():
        case = (it.case, it.verdict.value, it.story_hash, it.is_as_expected)
        ran.setdefault(it.case.split("[")[0], []).append(case)
    return ran


def _evidence(
    names: Sequence[str], ran: Mapping[str, Sequence[tuple[str, str, str, bool]]]
) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    for name in names:
        cases = ran.get(name, ())
        as_expected = all(is_as_expected for *_, is_as_expected in cases)
        standing: Standing = NOT_RUN if not cases else MET if as_expected else NOT_MET
        found.append(Evidence(name, standing, tuple((a, b, c) for a, b, c, _ in cases)))
    return tuple(found)

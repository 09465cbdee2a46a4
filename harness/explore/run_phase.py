"""Phases of a run, such as the rotation of its keys: stretches named by the points at their ends.

The phases are data, `fixtures/run-phases.yaml`. They are found in each run by itself, so that a
retry that a fault has brought about is in the phase although no unfaulted run has it.
"""

import difflib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from hanbench.harness.errors import ScenarioError
from hanbench.harness.explore.places import Place
from hanbench.harness.files.loader import fixtures_folder

FILE = "run-phases.yaml"


class RunPhase(BaseModel):
    """One phase: from the first point of `first` to the last one of `last`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    first: tuple[str, ...] = Field(alias="from", min_length=1)
    last: tuple[str, ...] = Field(alias="to", min_length=1)

    def within(self, places: Sequence[Place], *, has_begun: bool = False) -> Sequence[Place]:
        """Return the places of a run that are in the phase; all up to its end if it has begun."""
        first = 0 if has_begun else _first(places, self.first)
        matching = [index for index, place in enumerate(places) if _is_of(place, self.last)]
        return places[first : matching[-1] + 1] if matching else ()


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    run_phases: Literal[1]
    phases: dict[str, RunPhase]


def run_phase(name: str) -> RunPhase:
    """Return the phase of a name.

    Raises:
        ScenarioError: there is none; says which there are, and which was perhaps meant.
    """
    phases = _phases()
    if name not in phases:
        near = difflib.get_close_matches(name, phases, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ScenarioError(f"--phase {name}: there is {', '.join(phases)}{hint}")
    return phases[name]


@cache
def _phases() -> dict[str, RunPhase]:
    text = (fixtures_folder("") / FILE).read_text(encoding="utf-8")
    return _File.model_validate(YAML(typ="safe", pure=True).load(text)).phases


def _first(places: Sequence[Place], patterns: Sequence[str]) -> int:
    found = (index for index, place in enumerate(places) if _is_of(place, patterns))
    return next(found, len(places))


def _is_of(place: Place, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(place.name, pattern) for pattern in patterns)

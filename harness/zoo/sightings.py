"""What catching a specimen means, and what is known of each after a visit.

A specimen is caught when a case comes out as it should not, by a finding of the oracle, of an
invariant or of what the scenario expects of the truth. That it crashes is no catch, nor that a
fault or a step of its case never came: that says nothing of the mistake.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from hanbench.harness.running.case import Case
from hanbench.harness.verdict import CaseResult, Verdict
from hanbench.harness.zoo.specimen import Known

NO_CATCH = frozenset(
    {
        "engine-broke",
        "bench-broke",
        "worker-killed",
        "limit",
        "fault-never-fired",
        "step-never-taken",
    }
)
"""Findings that say nothing about the mistake."""
ORACLE = frozenset(
    {
        "confidently-wrong",
        "silent-belief",
        "needlessly-unknown",
        "no-outcome",
        "outcome-contradicts-truth",
        "stranded",
    }
)
"""Findings of the oracle: what the engine says of keys and outcome against what is so."""
EXPECTATIONS = frozenset(
    {"end-state", "expectation", "step", "han", "late-to-converge", "party-fault-not-found"}
)
"""Findings that hold for one scenario alone: the truth at its end is not what it states. Whatever
is in neither set is an invariant, which every case is held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One case that caught a specimen, and by what."""

    case: str
    faults: int
    """Faults and steps of the case: how little is needed to see the mistake."""
    finding: str
    clauses: tuple[str, ...]
    """The clause that the finding names, or else those that the scenario is about."""
    detail: str

    @property
    def judged_by(self) -> str:
        """`oracle`, `invariant`, or `expectation`: the scenario's, of how its case should end."""
        if self.finding in ORACLE:
            return "oracle"
        return "expectation" if self.finding in EXPECTATIONS else "invariant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What one case made of one specimen."""

    case: str
    faults: int
    is_as_expected: bool
    sightings: tuple[Sighting, ...]
    """One for each finding that counts."""
    broke: str = ""
    """What a crash said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is known of one specimen after all its cases."""

    name: str
    kind: str
    """`engine` or `device`."""
    spec: str
    mistake: str
    known_case: str
    known_finding: str
    known_clause: str
    tried: int
    caught_in: int
    """Cases that caught it."""
    is_clean_passed: bool
    """Whether it passes `clean-two-fuel`, every variant of it that was tried."""
    minimal: Sighting | None
    """By the known finding in the known case, or else in the smallest case that caught it."""
    is_as_known: bool
    """Whether the known case caught it, and by the known finding."""
    is_known_tried: bool = True
    """Whether the known case was run at all: not where another caught it before."""
    broke: tuple[str, ...] = ()
    """What was said where it crashed."""

    @property
    def clause(self) -> str:
        """The clause to show."""
        clauses = self.minimal.clauses if self.minimal else ()
        return self.known_clause if self.known_clause in clauses else next(iter(clauses), "")

    @property
    def run_again(self) -> str:
        """The command that runs the specimen in the case that is shown, or in a clean one."""
        case = self.minimal.case if self.minimal else "secure/clean-two-fuel"
        scenario, _, variant = case.partition("[")
        chosen = " and ".join(f"[{variant}".split()) if variant else "not ["
        option = "--engine" if self.kind == "engine" else "--parts"
        return shlex.join(["hanbench", "run", scenario, "-k", chosen, option, self.spec])

    @property
    def judged_by(self) -> str:
        """What kind of judgement caught it; empty if nothing did."""
        return self.minimal.judged_by if self.minimal else ""

    @property
    def is_caught(self) -> bool:
        """Whether any case caught it."""
        return self.minimal is not None


def tried(case: Case, result: CaseResult) -> Tried:
    """Take what counts out of a result."""
    size = len(case.faults) + len(case.scenario.steps)
    counts = not result.is_as_expected and result.verdict is Verdict.FAIL
    said = [one for one in result.findings if one.name not in NO_CATCH] if counts else []
    broke = [one.detail for one in result.findings if one.name == "engine-broke"]
    return Tried(
        case=case.name,
        faults=size,
        is_as_expected=result.is_as_expected,
        sightings=tuple(
            Sighting(
                case=case.name,
                faults=size,
                finding=one.name,
                clauses=(one.clause,) if one.clause else result.clauses,
                detail=one.detail,
            )
            for one in said
        ),
        broke="; ".join(broke),
    )


def is_known(one: Sighting, known: Known) -> bool:
    """Whether this is what is known of a specimen."""
    is_same = (one.case, one.finding) == (known.case, known.finding)
    return is_same and (not known.clause or known.clause in one.clauses)


def smallest(sightings: Sequence[Sighting], known: Known) -> Sighting | None:
    """Return the sighting to show: the known one, or a rule's before an expectation's."""
    ranked = sorted(
        sightings,
        key=lambda one: (
            not is_known(one, known),
            one.judged_by == "expectation",
            one.faults,
            one.case,
        ),
    )
    return ranked[0] if ranked else None

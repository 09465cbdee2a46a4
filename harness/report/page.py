"""What the landing page shows, worked out before the template sees it.

The template only lays out. It has the answer, every verdict and what the run rests on; the evidence
is on the pages of the cases.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from hanbench.harness.captures.other_reader import OtherReading
from hanbench.harness.judging.clause_matrix import BROKEN, IN_DOUBT, STATES, matrix, seen_of
from hanbench.harness.judging.reconciliation import reports_of_run
from hanbench.harness.parties.migration_reports import Report
from hanbench.harness.report.again import scenario_of
from hanbench.harness.report.answer import (
    Answer,
    Harm,
    Way,
    answer,
    by_urgency,
    harms,
    is_asked_for,
    needs_attention,
    sentence,
    ways,
)
from hanbench.harness.report.assumed import Assumption, group_assumptions
from hanbench.harness.report.clause_page import clause_links
from hanbench.harness.report.folds import Fold, folded, folds_of
from hanbench.harness.report.gate_view import GateView
from hanbench.harness.report.places import Place, places_of
from hanbench.harness.report.spoken import spoken
from hanbench.harness.report.suite_lines import SuiteLine, suite_lines
from hanbench.harness.running.results import run_hashes
from hanbench.harness.running.run_folder import MIGRATION_REPORTS
from hanbench.harness.running.run_meta import RunMeta
from hanbench.harness.verdict import CaseResult, CaseRun, Verdict

LINES_MAX = 300
"""Cases that the landing page lists; of more it lists those that must be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One case in the table of verdicts, and the way to its evidence."""

    result: CaseResult
    place: Place
    needs_attention: bool
    sentence: str
    virtual: str
    frames: int


@dataclass(frozen=True, slots=True)
class ScenarioLines:
    """A scenario with its cases."""

    name: str
    title: str
    single: tuple[CaseLine, ...]
    folds: tuple[Fold, ...]
    page: str
    """The page of its cases that came out as expected; empty if none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """The whole page."""

    meta: RunMeta
    trace_hash: str
    story_hash: str
    answer: Answer
    gate: GateView
    counts: tuple[tuple[str, int], ...]
    asked_for: tuple[str, ...]
    """Verdicts other than `pass` that all of their cases were expected to have."""
    harms: tuple[Harm, ...]
    urgent: tuple[CaseLine, ...]
    ways: tuple[Way, ...]
    """How they went wrong, each with its cases."""
    places: dict[str, Place]
    """Where each case stands."""
    asked: tuple[CaseLine, ...]
    """Those that show the finding that they were written to show."""
    suites: tuple[SuiteLine, ...]
    scenarios: tuple[ScenarioLines, ...]
    cases: tuple[CaseLine, ...]
    clause_links: dict[str, str]
    """Where each clause of the catalogue stands on the clause page."""
    clause_counts: tuple[tuple[str, int], ...]
    """How many clauses are broken, untested, kept, ..., the worst first."""
    clauses_hurt: tuple[tuple[str, str, str], ...]
    """(address, state, statement) of those that are broken or in doubt."""
    assumptions: tuple[tuple[str, tuple[Assumption, ...]], ...]
    frames: tuple[tuple[str, int], ...]
    read_by: OtherReading | None
    """What another reader made of the capture, if one was asked."""
    migration_reports: tuple[Report, ...]
    reports_folder: ClassVar[str] = MIGRATION_REPORTS
    """Beside the page: the same as csv, whole."""
    report_rows_max: ClassVar[int] = 50
    """How many rows of each are shown: a day of a thousand Installations has a file to be read."""
    report_numbers: ClassVar[tuple[str, ...]] = ("attempt", "installations")
    """The columns that are numbers."""
    unreconciled: tuple[str, ...]
    """Where the totals of the migration reports do not come out as the trace has it."""

    @property
    def is_long(self) -> bool:
        """Whether the verdicts have a page of their own: the landing page has to open at once."""
        return len(self.cases) > LINES_MAX

    @property
    def hurt(self) -> tuple[ScenarioLines, ...]:
        """The scenarios with those of their cases alone that have to be looked at."""
        return tuple(
            replace(one, single=tuple(case for case in one.single if case.place.is_own), folds=())
            for one in self.scenarios
            if any(case.place.is_own for case in one.single)
        )


def build_page(
    runs: Sequence[CaseRun], meta: RunMeta, gate: GateView, read_by: OtherReading | None = None
) -> ReportPage:
    """Work out the page of a run."""
    results = [run.result for run in runs]
    lines = _lines(results)
    trace_hash, story_hash = run_hashes(results)
    migration_reports, unreconciled = reports_of_run(runs)
    rows = matrix(seen_of(results))
    number = Counter(row.state for row in rows)
    return ReportPage(
        meta=meta,
        trace_hash=trace_hash,
        story_hash=story_hash,
        answer=answer(results, meta, gate),
        gate=gate,
        counts=_counts(results),
        asked_for=_asked_for(results),
        harms=harms(results),
        urgent=tuple(lines[one.case] for one in by_urgency(results)),
        ways=ways(by_urgency(results)),
        places={name: line.place for name, line in lines.items()},
        asked=tuple(lines[one.case] for one in results if is_asked_for(one)),
        suites=suite_lines(results),
        scenarios=_scenarios(list(lines.values())),
        cases=tuple(lines.values()),
        clause_links=clause_links(),
        clause_counts=tuple((state, number[state]) for state in STATES if number[state]),
        clauses_hurt=tuple(
            (row.address, row.state, row.clause.statement)
            for state in (BROKEN, IN_DOUBT)
            for row in rows
            if row.state == state
        ),
        assumptions=group_assumptions(results),
        frames=_frames(results),
        read_by=read_by,
        migration_reports=migration_reports,
        unreconciled=unreconciled,
    )


def _lines(results: Sequence[CaseResult]) -> dict[str, CaseLine]:
    places = places_of(results)
    return {
        one.case: CaseLine(
            result=one,
            place=places[one.case],
            needs_attention=needs_attention(one),
            sentence=sentence(one),
            virtual=spoken(one.virtual_us),
            frames=sum(one.frames_by_kind.values()),
        )
        for one in results
    }


def _counts(results: Sequence[CaseResult]) -> tuple[tuple[str, int], ...]:
    number = Counter(result.verdict for result in results)
    return tuple((verdict.value, number[verdict]) for verdict in Verdict)


def _asked_for(results: Sequence[CaseResult]) -> tuple[str, ...]:
    unasked = {one.verdict for one in results if needs_attention(one)}
    return tuple(one.value for one in Verdict if one is not Verdict.PASS and one not in unasked)


def _scenarios(lines: Sequence[CaseLine]) -> tuple[ScenarioLines, ...]:
    members: dict[str, list[CaseLine]] = {}
    for line in lines:
        members.setdefault(scenario_of(line.result), []).append(line)
    return tuple(
        ScenarioLines(
            name,
            found[0].result.title,
            tuple(line for line in found if not folded(line.result)),
            folds_of([line.result for line in found]),
            next((line.place.page for line in found if not line.place.is_own), ""),
        )
        for name, found in members.items()
    )


def _frames(results: Sequence[CaseResult]) -> tuple[tuple[str, int], ...]:
    total: Counter[str] = Counter()
    for result in results:
        total.update(result.frames_by_kind)
    return tuple(sorted(total.items(), key=lambda one: (-one[1], one[0])))

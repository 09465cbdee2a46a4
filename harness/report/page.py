"""What the report page shows, worked out before the template sees it.

The template only lays out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hanbench.harness.clause_matrix import STATES, matrix, seen_of
from hanbench.harness.clauses import Clause, load_clauses
from hanbench.harness.migration_reports import Report
from hanbench.harness.reconciliation import reports_of_run
from hanbench.harness.report.again import (
    replay_command,
    run_command,
    scenario_of,
    shipped_scenarios,
)
from hanbench.harness.report.anchors import CLAUSE_PAGE, case_anchors, clause_anchors
from hanbench.harness.report.answer import Answer, Harm, answer, by_urgency, harms, needs_attention
from hanbench.harness.report.assumed import Assumption, group_assumptions
from hanbench.harness.report.case_page import CasePage, build_case
from hanbench.harness.results import run_hashes
from hanbench.harness.run_meta import RunMeta
from hanbench.harness.verdict import CaseResult, CaseRun, Verdict

DRAWN_MAX = 2_500_000
"""Characters of sequence diagrams in one report: a browser opens it at once, a mail takes it."""
SWEPT = "journal#"
"""Cases of a sweep that came out as expected share a row: there are hundreds."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Cases of one sweep that all came out as expected."""

    cases: tuple[CasePage, ...]
    variant: str

    @property
    def claimed(self) -> str:
        """What all of them claimed."""
        claims = {case.result.claimed or "nothing" for case in self.cases}
        return min(claims) if len(claims) == 1 else "various"


@dataclass(frozen=True, slots=True)
class ScenarioPage:
    """A scenario with its cases."""

    name: str
    title: str
    single: tuple[CasePage, ...]
    folds: tuple[Fold, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """The whole page."""

    meta: RunMeta
    trace_hash: str
    story_hash: str
    answer: Answer
    counts: tuple[tuple[str, int], ...]
    harms: tuple[Harm, ...]
    urgent: tuple[CasePage, ...]
    asked: tuple[CasePage, ...]
    """Those that show the finding that they were written to show."""
    scenarios: tuple[ScenarioPage, ...]
    cases: tuple[CasePage, ...]
    clauses: tuple[tuple[str, Clause | None, tuple[CasePage, ...]], ...]
    clause_links: Mapping[str, str]
    """Where each clause of the catalogue stands on the clause page."""
    clause_counts: tuple[tuple[str, int], ...]
    """How many clauses are broken, untested, kept, ..., the worst first."""
    assumptions: tuple[tuple[str, tuple[Assumption, ...]], ...]
    frames: tuple[tuple[str, int], ...]
    migration_reports: tuple[Report, ...]
    unreconciled: tuple[str, ...]
    """Where the totals of the migration reports do not come out as the trace has it."""


def build_page(runs: Sequence[CaseRun], meta: RunMeta, folder: Path) -> ReportPage:
    """Work out the page of a run whose files are in `folder`."""
    results = [run.result for run in runs]
    cases = _cases(runs, meta, folder)
    by_name = {case.result.case: case for case in cases}
    trace_hash, story_hash = run_hashes(results)
    migration_reports, unreconciled = reports_of_run((run.result.case, run.trace) for run in runs)
    return ReportPage(
        meta=meta,
        trace_hash=trace_hash,
        story_hash=story_hash,
        answer=answer(results, meta),
        counts=_counts(results),
        harms=harms(results),
        urgent=tuple(by_name[result.case] for result in by_urgency(results)),
        asked=tuple(case for case in cases if _is_asked_for(case.result)),
        scenarios=_scenarios(cases),
        cases=cases,
        clauses=_by_clause(cases),
        clause_links=_clause_links(),
        clause_counts=_clause_counts(results),
        assumptions=group_assumptions(results),
        frames=_frames(results),
        migration_reports=migration_reports,
        unreconciled=unreconciled,
    )


def _cases(runs: Sequence[CaseRun], meta: RunMeta, folder: Path) -> tuple[CasePage, ...]:
    """Build every case, those first that a reader wants to see drawn."""
    clauses, shipped = load_clauses(), shipped_scenarios()
    anchors = case_anchors([run.result.case for run in runs])
    pages: dict[int, CasePage] = {}
    drawn = 0
    for place in sorted(range(len(runs)), key=lambda place: (_rank(runs[place].result), place)):
        run, result = runs[place], runs[place].result
        page = build_case(
            run,
            anchor=anchors[place],
            clauses=clauses,
            run_again=run_command(result, meta, shipped),
            replay="" if result.is_as_expected else replay_command(result, folder),
            is_drawn=drawn < DRAWN_MAX,
        )
        drawn += len(page.sequence)
        pages[place] = page
    return tuple(pages[place] for place in range(len(runs)))


def _rank(result: CaseResult) -> int:
    if needs_attention(result) or _is_asked_for(result):
        return 0
    return 2 if SWEPT in result.variant else 1


def _is_asked_for(result: CaseResult) -> bool:
    return result.is_as_expected and result.verdict is Verdict.FAIL


def _counts(results: Sequence[CaseResult]) -> tuple[tuple[str, int], ...]:
    number = Counter(result.verdict for result in results)
    return tuple((verdict.value, number[verdict]) for verdict in Verdict if number[verdict])


def _scenarios(cases: Sequence[CasePage]) -> tuple[ScenarioPage, ...]:
    members: dict[str, list[CasePage]] = {}
    for case in cases:
        members.setdefault(scenario_of(case.result), []).append(case)
    return tuple(
        ScenarioPage(
            name,
            found[0].result.title,
            tuple(case for case in found if not _is_folded(case)),
            _folds([case for case in found if _is_folded(case)]),
        )
        for name, found in members.items()
    )


def _is_folded(case: CasePage) -> bool:
    return SWEPT in case.result.variant and not case.needs_attention


def _folds(cases: Sequence[CasePage]) -> tuple[Fold, ...]:
    swept: dict[str, list[CasePage]] = {}
    for case in cases:
        swept.setdefault(case.result.variant.partition(SWEPT)[0], []).append(case)
    return tuple(
        Fold(tuple(members), f"{before}{SWEPT}*".strip()) for before, members in swept.items()
    )


def _by_clause(
    cases: Sequence[CasePage],
) -> tuple[tuple[str, Clause | None, tuple[CasePage, ...]], ...]:
    known = load_clauses()
    naming: dict[str, list[CasePage]] = {}
    for case in cases:
        for name in case.result.clauses:
            naming.setdefault(name, []).append(case)
    return tuple((name, known.get(name), tuple(naming[name])) for name in sorted(naming))


def _clause_links() -> dict[str, str]:
    return {
        address: f"{CLAUSE_PAGE}#{anchor}"
        for address, anchor in clause_anchors(load_clauses()).items()
    }


def _clause_counts(results: Sequence[CaseResult]) -> tuple[tuple[str, int], ...]:
    number = Counter(row.state for row in matrix(seen_of(results)))
    return tuple((state, number[state]) for state in STATES if number[state])


def _frames(results: Sequence[CaseResult]) -> tuple[tuple[str, int], ...]:
    total: Counter[str] = Counter()
    for result in results:
        total.update(result.frames_by_kind)
    return tuple(sorted(total.items(), key=lambda one: (-one[1], one[0])))

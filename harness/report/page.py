"""What the report page shows, worked out before the template sees it.

The template only lays out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US, START
from hanbench.harness.clauses import Clause, load_clauses
from hanbench.harness.report.rows import rows_of
from hanbench.harness.report.sequence import draw_sequence
from hanbench.harness.report.timeline import draw_timeline
from hanbench.harness.results import make_results
from hanbench.harness.run_meta import RunMeta
from hanbench.harness.verdict import CaseResult, CaseRun, Verdict

SWEEP_MARK = "journal#"
"""Cases of a sweep that came out as expected are told in words, not drawn: there are hundreds."""


@dataclass(frozen=True, slots=True)
class CasePage:
    """One case as the page shows it."""

    anchor: str
    result: CaseResult
    clauses: tuple[tuple[str, Clause | None], ...]
    virtual: str
    frames: int
    sequence: str
    """Inline SVG; empty where it is left out."""
    timeline: str
    replay: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The whole page."""

    meta: RunMeta
    trace_hash: str
    story_hash: str
    answer: str
    """One sentence on the question that brought the reader here."""
    is_good: bool
    counts: tuple[tuple[str, int], ...]
    unexpected: tuple[CasePage, ...]
    cases: tuple[CasePage, ...]
    clauses: tuple[tuple[str, Clause | None, tuple[CasePage, ...]], ...]
    assumptions: tuple[str, ...]
    frames: tuple[tuple[str, int], ...]


def build_page(runs: Sequence[CaseRun], meta: RunMeta) -> ReportPage:
    """Work out the page."""
    results = make_results(meta, [run.result for run in runs])
    known = load_clauses()
    cases = tuple(_case(run, known) for run in runs)
    unexpected = tuple(case for case in cases if not case.result.is_as_expected)
    is_good = not unexpected and bool(cases) and not meta.is_partial
    return ReportPage(
        meta=meta,
        trace_hash=results.trace_hash,
        story_hash=results.story_hash,
        answer=_answer(cases, unexpected, meta),
        is_good=is_good,
        counts=tuple(sorted(Counter(run.result.verdict.value for run in runs).items())),
        unexpected=unexpected,
        cases=cases,
        clauses=_by_clause(cases, known),
        assumptions=tuple(dict.fromkeys(a for run in runs for a in run.result.assumptions)),
        frames=_frames(runs),
    )


def _case(run: CaseRun, known: Mapping[str, Clause]) -> CasePage:
    result = run.result
    meters = [device.device for device in result.devices]
    is_drawn = bool(run.trace) and (SWEEP_MARK not in result.case or not result.is_as_expected)
    ends = max([event.at for event in run.trace], default=START)
    return CasePage(
        anchor=_anchor(result.case),
        result=result,
        clauses=tuple((name, known.get(name)) for name in result.clauses),
        virtual=spoken(result.virtual_us),
        frames=sum(result.frames_by_kind.values()),
        sequence=draw_sequence(rows_of(run.trace), meters, f"What happened in {result.case}")
        if is_drawn
        else "",
        timeline=draw_timeline(run.trace, meters, ends) if is_drawn and meters else "",
        replay=_replay(result),
    )


def _replay(result: CaseResult) -> str:
    if not result.is_as_expected:
        return f"hanbench replay runs/latest/replay/{_anchor(result.case).rstrip('-')}.yaml"
    return f"hanbench run {result.scenario_file} --seed {result.seed} -k '{result.case}'"


def _answer(cases: Sequence[CasePage], unexpected: Sequence[CasePage], meta: RunMeta) -> str:
    if not cases:
        return "Nothing ran, so nothing is known."
    if meta.is_partial:
        return f"The run was ended early: {len(cases)} of {meta.selected} cases ran."
    if not unexpected:
        return f"Yes: all {len(cases)} cases came out as expected."
    harm = sum(case.result.verdict is Verdict.FAIL for case in unexpected)
    return (
        f"No: {len(unexpected)} of {len(cases)} cases came out otherwise than expected, "
        f"{harm} of them failed."
    )


def _by_clause(
    cases: Sequence[CasePage], known: Mapping[str, Clause]
) -> tuple[tuple[str, Clause | None, tuple[CasePage, ...]], ...]:
    named = sorted({name for case in cases for name in case.result.clauses})
    return tuple(
        (name, known.get(name), tuple(case for case in cases if name in case.result.clauses))
        for name in named
    )


def _frames(runs: Sequence[CaseRun]) -> tuple[tuple[str, int], ...]:
    total: Counter[str] = Counter()
    for run in runs:
        total.update(run.result.frames_by_kind)
    return tuple(total.most_common())


def _anchor(case: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in case)


def spoken(virtual_us: int) -> str:
    """Say a duration as people do: `2 d 3 h`, `31 min`, `4 s`."""
    if virtual_us < MINUTE_US:
        return f"{virtual_us / SECOND_US:.1f} s"
    if virtual_us < HOUR_US:
        return f"{virtual_us / MINUTE_US:.0f} min"
    days, hours = divmod(virtual_us / HOUR_US, 24)
    return f"{days:.0f} d {hours:.0f} h" if days else f"{hours:.1f} h"

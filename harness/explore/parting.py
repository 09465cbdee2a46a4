"""A failing case beside the nearest one that passes: step by step, up to where they part.

The nearest is a case with one fault fewer: of those that pass the one whose story goes the same way
for longest. That a fault strikes is no difference of its own, it is what the two cases differ in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from hanbench.emulator.events import Event
from hanbench.harness.events import FaultFired
from hanbench.harness.files.scenario_faults import to_fault
from hanbench.harness.report.row_words import row_words
from hanbench.harness.report.rows import Row
from hanbench.harness.report.spoken import clock, plural
from hanbench.harness.report.telling import rows_of
from hanbench.harness.running.case import Case
from hanbench.harness.running.case_work import run_one
from hanbench.harness.running.pool import Done, Workers
from hanbench.harness.shrink.simpler import with_scenario
from hanbench.harness.story_lines import story_lines
from hanbench.harness.verdict import CaseResult, CaseRun, Verdict

BEFORE = 5
"""Equal steps that are shown in both columns; the earlier ones are folded away."""
AFTER = 12
"""Steps of each run after the first difference that are shown; then only what tells its end."""
TELLING = frozenset({"wrong", "finding", "claim", "fault", "crash"})
RAW_BEFORE, RAW_AFTER = 3, 4


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run in words."""

    clock: str
    kind: str
    """As `Row` has it, or `skipped`."""
    says: str


@dataclass(frozen=True, slots=True)
class Line:
    """A step of each run, the same up to the parting; None: nothing on that side."""

    passing: Step | None
    failing: Step | None
    is_first: bool = False
    """Whether the two part here."""


@dataclass(frozen=True, slots=True)
class Parting:
    """The two runs around their first difference."""

    lacks: str
    """The fault that the passing case lacks."""
    passing: CaseResult
    failing: CaseResult
    earlier: tuple[Step, ...]
    """Equal in both, oldest first."""
    lines: tuple[Line, ...]
    raw: tuple[str, ...]
    """The story's own lines around the place, as a diff."""


def parting_of(case: Case, workers: Workers) -> Parting | None:
    """Run a case and each with one fault fewer; None where none of these passes, or they agree."""
    runs: dict[int, CaseRun] = {}
    fewer = [_without(case, place) for place in range(len(case.scenario.faults))]
    for place, answer in workers.run(run_one, (case, *fewer)):
        if isinstance(answer, Done):
            runs[place] = answer.value
    failing = runs.pop(0, None)
    passing = {at: one for at, one in runs.items() if one.result.verdict is Verdict.PASS}
    if failing is None or not passing:
        return None
    told = _story(failing.trace)
    steps = {at: _first_difference(_story(one.trace), told) for at, one in passing.items()}
    nearest = max(passing, key=lambda at: steps[at])
    return _beside(str(to_fault(case.scenario.faults[nearest - 1])), passing[nearest], failing)


def _without(case: Case, place: int) -> Case:
    faults = case.scenario.faults
    kept = (*faults[:place], *faults[place + 1 :])
    return with_scenario(case, case.scenario.model_copy(update={"faults": kept}))


def _beside(lacks: str, passing: CaseRun, failing: CaseRun) -> Parting | None:
    stories = _story(passing.trace), _story(failing.trace)
    if stories[0] == stories[1]:
        return None
    rows = [_rows(one) for one in (passing, failing)]
    before, left = _equal(*rows)
    first = len(before)
    after = [Line(one, other) for one, other in zip_longest(*map(_shortened, left))]
    shown = max(0, first - BEFORE)
    earlier = [line.failing for line in before[:shown] if line.failing is not None]
    if after:
        after[0] = replace(after[0], is_first=True)
    return Parting(
        lacks=lacks,
        passing=passing.result,
        failing=failing.result,
        earlier=tuple(earlier),
        lines=(*before[shown:], *after),
        raw=_raw(*stories),
    )


def _rows(run: CaseRun) -> list[Row]:
    return [replace(row, number=0) for row in rows_of(run.trace, run.result.findings)]


def _equal(passing: Sequence[Row], failing: Sequence[Row]) -> tuple[list[Line], list[list[Row]]]:
    """Return what both do alike, faults beside nothing, and what is left of each."""
    lines: list[Line] = []
    mine, other = list(failing), list(passing)
    while mine:
        if other and mine[0] == other[0]:
            lines.append(Line(_step(other.pop(0)), _step(mine.pop(0))))
        elif mine[0].kind == "fault":
            lines.append(Line(None, _step(mine.pop(0))))
        else:
            break
    return lines, [other, mine]


def _shortened(rows: Sequence[Row]) -> list[Step]:
    """Keep the first steps after the parting, and of the later ones what tells the end."""
    kept, skipped = [_step(row) for row in rows[:AFTER]], 0
    for row in rows[AFTER:]:
        if row.kind not in TELLING:
            skipped += 1
            continue
        if skipped:
            kept.append(Step("", "skipped", f"{plural(skipped, 'step')} later"))
        kept.append(_step(row))
        skipped = 0
    return kept


def _step(row: Row) -> Step:
    return Step(clock(row.at), row.kind, row_words(row))


def _story(trace: Sequence[Event]) -> tuple[str, ...]:
    return story_lines([event for event in trace if not isinstance(event, FaultFired)])


def _first_difference(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _raw(passing: Sequence[str], failing: Sequence[str]) -> tuple[str, ...]:
    step = _first_difference(passing, failing)
    return (
        *(f"  {line}" for line in passing[max(0, step - RAW_BEFORE) : step]),
        *(f"- {line}" for line in passing[step : step + RAW_AFTER]),
        *(f"+ {line}" for line in failing[step : step + RAW_AFTER]),
    )

"""Where a failing case parts from the nearest one that passes: the same case, one fault fewer."""

from dataclasses import dataclass

from hanbench.harness.events import FaultFired
from hanbench.harness.running.case import Case
from hanbench.harness.running.case_work import run_one
from hanbench.harness.running.pool import Done, Workers
from hanbench.harness.shrink.simpler import with_scenario
from hanbench.harness.story_lines import story_lines
from hanbench.harness.verdict import CaseRun

BEFORE = 3
AFTER = 4


@dataclass(frozen=True, slots=True)
class Parting:
    """The two stories around their first difference; lines in words, oldest first."""

    without: str
    """The fault that the passing case lacks."""
    before: tuple[str, ...]
    passing: tuple[str, ...]
    failing: tuple[str, ...]


def parting_of(case: Case, workers: Workers) -> Parting | None:
    """Run a case with and without its last fault; None where they do not part, or cannot run."""
    if not case.faults:
        return None
    kept = case.scenario.faults[:-1]
    nearest = with_scenario(case, case.scenario.model_copy(update={"faults": kept}))
    runs: dict[int, CaseRun] = {}
    for place, answer in workers.run(run_one, (nearest, case)):
        if isinstance(answer, Done):
            runs[place] = answer.value
    if len(runs) < 2:
        return None
    passing, failing = (_lines(runs[place]) for place in (0, 1))
    step = next((n for n, (a, b) in enumerate(zip(passing, failing, strict=False)) if a != b), None)
    if step is None:
        return None
    return Parting(
        without=str(case.faults[-1]),
        before=passing[max(0, step - BEFORE) : step],
        passing=passing[step : step + AFTER],
        failing=failing[step : step + AFTER],
    )


def _lines(run: CaseRun) -> tuple[str, ...]:
    told = [event for event in run.trace if not isinstance(event, FaultFired)]
    return story_lines(told)

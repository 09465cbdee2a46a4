"""Runs the cases of one `hanbench run`: sweeps first, then every case, into the run folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hanbench.harness.running.case import Case
from hanbench.harness.running.case_work import run_one, sweep_one
from hanbench.harness.running.interruption import uninterrupted
from hanbench.harness.running.pool import CASE_LIMIT_S, Broken, Done, Workers, run_here
from hanbench.harness.running.results import unfinished
from hanbench.harness.running.run_folder import RunFolder
from hanbench.harness.verdict import CaseResult, CaseRun, Finding, Verdict

_NAMES = {
    "hung": "engine-broke",
    "left": "engine-broke",
    "killed": "worker-killed",
    "raised": "bench-broke",
}


@dataclass(frozen=True, slots=True)
class Bench:
    """Who runs cases: worker processes, or this process if there are none."""

    workers: Workers | None
    run: Callable[[Case], CaseRun] = run_one
    sweep: Callable[[Case], tuple[Case, ...]] = sweep_one


@dataclass(slots=True)
class Outcome:
    """What has run so far; complete when nothing ended it."""

    runs: list[CaseRun] = field(default_factory=list)

    @property
    def results(self) -> list[CaseResult]:
        """The results alone."""
        return [run.result for run in self.runs]


def expand_sweeps(
    bench: Bench, cases: Sequence[Case]
) -> tuple[tuple[Case, ...], tuple[tuple[Case, CaseRun], ...]]:
    """Put in place of each case with a sweep the cases that it stands for.

    Returns them in order, and the result of each case whose sweep could not be found out.
    """
    swept = [case for case in cases if case.sweep_kind]
    answers: dict[str, Done[tuple[Case, ...]] | Broken] = {}
    pairs = run_here(bench.sweep, swept) if bench.workers is None else ()
    for place, answer in pairs if bench.workers is None else bench.workers.run(bench.sweep, swept):
        answers[swept[place].name] = answer
    expanded: list[Case] = []
    broken: list[tuple[Case, CaseRun]] = []
    for case in cases:
        match answers.get(case.name):
            case None:
                expanded.append(case)
            case Done(value=value):
                expanded += value
            case Broken() as failure:
                broken.append((case, broken_run(case, failure)))
    return tuple(expanded), tuple(broken)


def run_cases(
    bench: Bench,
    cases: Sequence[Case],
    folder: RunFolder,
    outcome: Outcome,
    *,
    ended: Callable[[CaseResult], None],
    fail_fast: bool = False,
) -> None:
    """Run the cases; each result is on disk before the next is taken.

    `outcome` is filled as results come, so that what interrupts this loses none of them.
    """
    if bench.workers is None:
        answers = run_here(bench.run, cases)
    else:
        answers = bench.workers.run(bench.run, cases)
    for place, answer in answers:
        case = cases[place]
        run = answer.value if isinstance(answer, Done) else broken_run(case, answer)
        with uninterrupted():
            folder.add(place, case, run)
            outcome.runs.append(run)
        ended(run.result)
        if fail_fast and not run.result.is_as_expected:
            return


def broken_run(case: Case, broken: Broken) -> CaseRun:
    """Make the result of a case that its worker did not live to give.

    Only an engine's code can hold a worker for good, or end it in good order; all else is the
    bench's own failure.
    """
    is_engines = _NAMES[broken.reason] == "engine-broke"
    verdict = Verdict.FAIL if is_engines else Verdict.HARNESS_ERROR
    finding = Finding(
        name=_NAMES[broken.reason],
        detail=f"{broken.detail.strip()} (seed {case.seed})",
        expected=f"a result within {CASE_LIMIT_S:g} s" if broken.reason == "hung" else "",
    )
    return unfinished(case, verdict, finding, broken.wall_s)

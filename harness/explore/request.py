"""What `hanbench explore` does with its options, in order. The wall clock is read here."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.markup import escape

from hanbench.harness.errors import ScenarioError
from hanbench.harness.explore.campaign import (
    Bounds,
    Campaign,
    Covered,
    PointFilter,
    doubtful,
    failures,
)
from hanbench.harness.explore.coverage import table_of
from hanbench.harness.explore.memory import FailingSet
from hanbench.harness.explore.merging import can_prune
from hanbench.harness.explore.page import write_page
from hanbench.harness.explore.parting import parting_of
from hanbench.harness.explore.record import write_exploration
from hanbench.harness.explore.run_phase import run_phase
from hanbench.harness.explore.show import bounds_of, counting, show_coverage, show_failing
from hanbench.harness.explore.store import EXPLORED, Store, subject_of
from hanbench.harness.explore.trial import Trial, fingerprint, is_failure, read_places
from hanbench.harness.explore.tries import Try
from hanbench.harness.running.case import Case, RunOptions, case_name
from hanbench.harness.running.given import check_frames, check_given
from hanbench.harness.running.interruption import ignore_interrupts, terminable
from hanbench.harness.running.name_filter import parse_filter
from hanbench.harness.running.named_case import named_case, scenario_and_variant
from hanbench.harness.running.pool import Workers, default_jobs
from hanbench.harness.running.results import (
    EXIT_HARNESS_ERROR,
    EXIT_INCONCLUSIVE,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_UNEXPECTED,
)
from hanbench.harness.running.run_folder import REPLAY, RUNS, slug
from hanbench.harness.running.terminal import make_console
from hanbench.harness.shrink.outcome import distinct, write_shrunk
from hanbench.harness.shrink.shrinker import Shrunk, failure_of, shrink
from hanbench.harness.verdict import Verdict

SHRUNK_MAX = 5
"""Ways to fail that are shrunk; the others are listed with their first case."""
LATEST = "latest-exploration"
PAIRS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ExploreRequest:
    """The options of one `hanbench explore`."""

    scenario: str
    variant: str = ""
    options: RunOptions = field(default_factory=RunOptions)
    faults: int = 1
    budget: int | None = None
    only: str = ""
    """An expression over the names of points, as `-k` is over those of cases."""
    phase: str = ""
    """A phase of the run, of `fixtures/run-phases.yaml`, that all faults strike in."""
    out: Path | None = None
    """A folder to write to; one that an earlier campaign has left is gone on with."""
    jobs: int | None = None
    prunes: bool = True
    shrinks: bool = True


def explore(request: ExploreRequest, console: Console | None = None) -> int:
    """Explore a scenario, print what was covered and what failed, and return the exit code.

    Raises:
        ScenarioError: the input is wrong, or the folder is of another campaign.
        EngineError: the engine under test, or the parts, cannot be imported.
    """
    if request.faults > PAIRS and request.budget is None:
        raise ScenarioError(
            f"--faults {request.faults}: of more than {PAIRS} faults there are too many; "
            "say by --budget how many cases are run"
        )
    case = chosen_case(request.scenario, request.variant, request.options)
    check_given(request.options)
    only = _filter(request.only)
    shown = console or make_console()
    with ExitStack() as ending:
        ending.enter_context(terminable())
        workers = ending.enter_context(Workers(request.jobs or default_jobs()))
        return _Exploration(request, case, only, workers, shown).to_its_end()


def chosen_case(scenario: str, variant: str, options: RunOptions) -> Case:
    """Return the one case that a scenario and a variant name, or the name of the case alone.

    Raises:
        ScenarioError: the name is of several scenarios or of none, or there is no such variant.
    """
    own = scenario_and_variant(scenario)[1]
    if own and variant not in ("", own):
        raise ScenarioError(
            f"{scenario!r} names the variant {own!r}, and --variant another, {variant!r}; say one"
        )
    named = scenario if own else case_name(scenario, variant)
    case = named_case(named, options)
    if not case.scenario.migrates:
        raise ScenarioError(f"{scenario}: nothing is migrated in it, so there is no engine to try")
    check_frames([case])
    return case


class _Exploration:
    """One campaign under way."""

    def __init__(
        self,
        request: ExploreRequest,
        case: Case,
        only: PointFilter,
        workers: Workers,
        console: Console,
    ) -> None:
        self._request = request
        self._console = console
        self._workers = workers
        self._began_s = monotonic()
        self._folder = request.out or _new_folder(case)
        store = Store(self._folder / EXPLORED, subject_of(case))
        if store.resumed:
            console.print(f"going on with {store.resumed} cases of {self._folder}")
        bounds = Bounds(
            faults=request.faults,
            budget=request.budget,
            only=only,
            phase=run_phase(request.phase) if request.phase else None,
            prunes=request.prunes,
            seed=case.seed,
        )
        self._campaign = Campaign(case, workers, store, bounds)
        self._failing = FailingSet(case)

    def to_its_end(self) -> int:
        """Record, explore, say what was covered; then make what failed small."""
        try:
            base = self._campaign.record()
        except KeyboardInterrupt:
            self._console.print(
                "[yellow]ended before the run without a fault was over: nothing was tried[/]"
            )
            return EXIT_INTERRUPTED
        if base["verdict"] != Verdict.PASS.value:
            return self._refuse(base)
        if not self._campaign.singles():
            return self._refuse_bounds(base)
        is_ended = self._explore()
        covered = self._campaign.covered
        assert covered is not None, "it was recorded"
        failing = failures(covered)
        self._failing.update(
            tried=[one.name for one, _ in covered.tried],
            failed=[one.name for one, _ in failing],
            possible=self._campaign.first_faults,
        )
        if is_ended:
            ignore_interrupts()
        shrunk = [] if is_ended or not self._request.shrinks else self._shrink(failing)
        self._finish(covered, failing, shrunk)
        if is_ended:
            again = f"--out {self._folder}"
            self._console.print(f"[yellow]ended early; the same command with {again} goes on[/]")
            return EXIT_INTERRUPTED
        return _exit_code(covered)

    def _explore(self) -> bool:
        """Run all that the bounds cover; return whether a signal ended it."""
        try:
            self._run("singles", self._campaign.singles())
            if self._request.faults == PAIRS:
                self._say_if_unpruned()
                self._run("pairs", self._campaign.pairs())
            elif self._request.faults > PAIRS:
                self._draw_deeper()
        except KeyboardInterrupt:
            return True
        return False

    def _say_if_unpruned(self) -> None:
        """Say why pairs take so much longer than a reader has been told."""
        case = self._campaign.case
        if self._request.prunes and not can_prune(case):
            what = "the parts remember" if case.parts else "other homes do"
            says = f"no pair is pruned: what {what} is not known, so no two are told to be equal"
            self._console.print(says, soft_wrap=True)

    def _run(self, what: str, tries: Sequence[Try]) -> None:
        with counting(self._console, what, len(tries)) as progress:
            self._campaign.run(tries, progress.ended, self._failing.read())

    def _draw_deeper(self) -> None:
        tries = self._campaign.deeper()
        with counting(self._console, f"of {self._request.faults} faults", len(tries)) as progress:
            self._campaign.draw_deeper(tries, progress.ended, self._failing.read())

    def _shrink(self, failing: Sequence[tuple[Try, Trial]]) -> list[Shrunk]:
        first: dict[str, Try] = {}
        for one, trial in failing:
            if failure_of(trial) is not None:
                first.setdefault(fingerprint(trial), one)
        trials = {one.name: trial for one, trial in failing}
        shrunk = []
        for one in list(first.values())[:SHRUNK_MAX]:
            failure = failure_of(trials[one.name])
            assert failure is not None, "only those were taken"
            shrunk.append(shrink(one.case_of(self._campaign.case), failure, self._workers))
        return distinct(shrunk)

    def _finish(
        self, covered: Covered, failing: Sequence[tuple[Try, Trial]], shrunk: Sequence[Shrunk]
    ) -> None:
        table = table_of(covered, [one.possibilities[0] for one in self._campaign.singles()])
        bounds = bounds_of(self._request.phase, self._request.only, covered)
        show_coverage(self._console, table, covered, bounds)
        show_failing(self._console, [*failing, *doubtful(covered)])
        files = [write_shrunk(self._folder / REPLAY, one, self._workers) for one in shrunk]
        for one, file in zip(shrunk, files, strict=True):
            self._console.print(
                f"[bold]{escape(one.failure.words)}[/] shrunk in {one.runs} runs to "
                f"{len(one.case.all_faults)} fault(s):",
                soft_wrap=True,
            )
            for fault in one.case.all_faults:
                self._console.print(f"  {escape(str(fault))}", soft_wrap=True)
            self._console.print(f"  again  hanbench replay {escape(str(file))}", soft_wrap=True)
        wall_s = monotonic() - self._began_s
        exploration = write_exploration(
            self._folder,
            self._campaign.case,
            covered,
            table,
            shrunk,
            files,
            wall_s,
            phase=self._request.phase,
            only=self._request.only,
        )
        partings = [parting_of(one.case, self._workers) for one in shrunk]
        page = write_page(self._folder, exploration, partings)
        self._console.print(
            f"{len(covered.tried)} cases in {wall_s:.1f} s  report  {escape(str(page))}",
            soft_wrap=True,
        )

    def _refuse(self, base: Trial) -> int:
        self._console.print(
            f"[red]without a fault it is {base['verdict']}: nothing can be explored from it[/]"
        )
        show_failing(self._console, [(Try(()), base)])
        if base["verdict"] == Verdict.HARNESS_ERROR.value:
            return EXIT_HARNESS_ERROR
        return EXIT_UNEXPECTED if is_failure(base) else EXIT_INCONCLUSIVE

    def _refuse_bounds(self, base: Trial) -> int:
        """Say that nothing would be tried: that nothing failed would be no answer."""
        passed = [place.name for place in read_places(base)]
        bounds = bounds_of(self._request.phase, self._request.only)
        some = ", ".join(passed[:: max(1, len(passed) // 3)][:3])
        self._console.print(
            f"[red]nothing can go wrong{escape(bounds)}: of the {len(passed)} fault points of the "
            f"run none is there, and nothing was tried[/]; there is, for one: {escape(some)}",
            soft_wrap=True,
        )
        return EXIT_INCONCLUSIVE


def _exit_code(covered: Covered) -> int:
    verdicts = [trial["verdict"] for _, trial in covered.tried]
    if Verdict.HARNESS_ERROR.value in verdicts:
        return EXIT_HARNESS_ERROR
    if Verdict.FAIL.value in verdicts:
        return EXIT_UNEXPECTED
    return EXIT_INCONCLUSIVE if Verdict.INCONCLUSIVE.value in verdicts else EXIT_OK


def _filter(expression: str) -> PointFilter:
    return parse_filter(expression, option="--only") if expression else lambda _: True


def _new_folder(case: Case) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return RUNS / f"{stamp}-explore-{slug(case.name.rsplit('/', 1)[-1])}"

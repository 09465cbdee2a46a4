"""What `hanbench run` does with its options, in order. The wall clock is read here."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic

from rich.console import Console

from hanbench.harness.captures.other_reader import read_by_tshark, require_tshark
from hanbench.harness.captures.zep_sender import Address, ZepSender
from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.engine_profile import EngineProfile, not_applicable, objections
from hanbench.harness.files.loader import Library
from hanbench.harness.running.case import Case, RunOptions, case_name, expand
from hanbench.harness.running.case_work import run_one_live
from hanbench.harness.running.cases import Bench, Outcome, expand_sweeps, run_cases
from hanbench.harness.running.given import check_frames, check_given
from hanbench.harness.running.interruption import ignore_interrupts, terminable
from hanbench.harness.running.name_filter import Matches, parse_filter
from hanbench.harness.running.named_case import choose, no_variant, scenario_and_variant
from hanbench.harness.running.pool import Workers, default_jobs
from hanbench.harness.running.results import (
    EXIT_HARNESS_ERROR,
    EXIT_INTERRUPTED,
    EXIT_OK,
    Results,
    exit_code,
)
from hanbench.harness.running.run_folder import (
    REPORT,
    ZEP_HOMES,
    RunFolder,
    Writers,
    create_run_folder,
)
from hanbench.harness.running.run_meta import RunMeta, versions
from hanbench.harness.running.suites import DEFAULT_SUITE
from hanbench.harness.running.terminal import (
    make_console,
    progress_of,
    show_closing,
    show_failures,
    show_not_applicable,
    show_read_by,
    show_results,
)
from hanbench.harness.verdict import CaseRun

EXIT_TERMINATED = 143
SWEPT_MAX = 200
"""Journal writes that a listing reckons with; the unfaulted run alone knows how many there are."""

PACED_LIMIT_S = 7 * 86_400.0
"""The real time that a case may take when it is shown at a pace."""

_NONE = "no case is selected; `hanbench run --list` names every case"

MakeBench = Callable[[Workers | None], Bench]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """The options of one `hanbench run`."""

    what: tuple[str, ...] = ()
    options: RunOptions = field(default_factory=RunOptions)
    command: tuple[str, ...] = ("hanbench", "run")
    out: Path | None = None
    jobs: int | None = None
    """None: one for each processor; 0: in this process."""
    expression: str = ""
    fail_fast: bool = False
    wants_capture: bool = True
    wants_keys: bool = True
    """Whether captures begin with the test keys that open them."""
    asks_tshark: bool = False
    """Whether tshark reads the capture when it is written."""
    zep: Address | None = None
    """Where the frames of each case are sent while it runs."""
    zep_pace: float | None = None
    """Times real time; None: as fast as it goes."""
    wants_report: bool = True
    case_limit_s: float = 120.0
    profile: EngineProfile | None = None
    """What the engine claims; None: everything."""
    profile_path: str = ""

    @property
    def suite(self) -> str:
        """What was asked for, short enough for the name of a folder."""
        first = Path(scenario_and_variant((self.what or (DEFAULT_SUITE,))[0])[0])
        more = f"-and-{len(self.what) - 1}-more" if len(self.what) > 1 else ""
        return (first.stem if first.suffix in (".yaml", ".yml") else first.name) + more


def list_cases(request: RunRequest, console: Console | None = None) -> int:
    """Print the names of the cases that would run, and return the exit code.

    Raises:
        ScenarioError: an argument names nothing, a file is wrong, or no case is chosen.
    """
    cases, matches = _cases(request)
    chosen = [case for case in cases if any(map(matches, _possible_names(case)))]
    if not chosen:
        raise ScenarioError(_NONE)
    shown = console or make_console()
    for case in chosen:
        sweep = f"  (one case for each {case.sweep_kind} write)" if case.sweep_kind else ""
        reasons = () if request.profile is None else objections(request.profile, case)
        outside = f"  (not applicable: {'; '.join(reasons)})" if reasons else ""
        shown.print(case.name + sweep + outside, markup=False, soft_wrap=True)
    return EXIT_OK


def execute(
    request: RunRequest, make_bench: MakeBench = Bench, console: Console | None = None
) -> int:
    """Run what is asked for, leave a run folder, print what came of it, return the exit code.

    Raises:
        ScenarioError: the input is wrong, or no case is left to run.
        EngineError: the engine under test cannot be imported.
        CaptureError: tshark is to read the capture, and is not installed or fails.
    """
    cases, matches = _cases(request)
    check_frames(case for case in cases if any(map(matches, _possible_names(case))))
    engine_says = check_given(request.options)
    if request.asks_tshark:
        require_tshark()
    run = _Run(request, console or make_console(), engine_says)
    with ExitStack() as ending:
        ending.enter_context(terminable())
        if request.zep is not None:
            with ZepSender(request.zep) as sender:
                sender.reach()
        workers = None
        if request.jobs != 0:
            # At a pace a case takes as long as it is shown.
            limit_s = PACED_LIMIT_S if request.zep_pace else request.case_limit_s
            workers = ending.enter_context(
                Workers(request.jobs or default_jobs(), case_limit_s=limit_s)
            )
        return run.to_its_end(make_bench(workers), cases, matches)


class _Run:
    """One run under way."""

    def __init__(self, request: RunRequest, console: Console, engine_says: str) -> None:
        self._request = request
        self._console = console
        self._engine_says = engine_says
        self._began_s = monotonic()
        self._started_at = datetime.now(UTC)

    def to_its_end(self, bench: Bench, cases: Sequence[Case], matches: Matches) -> int:
        """Run the cases, and write what ran even if a signal ends them."""
        outcome = Outcome()
        claimed, outside = _sorted_out(self._request.profile, cases)
        expanded, broken = expand_sweeps(bench, claimed)
        chosen = [case for case in expanded if matches(case.name)]
        lost = [(case, run) for case, run in broken if matches(case.name)]
        lost += [(case, run) for case, run in outside if any(map(matches, _possible_names(case)))]
        if not chosen and not lost:
            raise ScenarioError(_NONE)
        folder = create_run_folder(
            self._request.out,
            stamp=self._started_at.strftime("%Y%m%dT%H%M%SZ"),
            suite=self._request.suite,
        )
        selected = len(chosen) + len(lost)
        for place, (case, run) in enumerate(lost, start=len(chosen)):
            folder.add(place, case, run)
            outcome.runs.append(run)
        ended_by = self._run(bench, chosen, folder, outcome)
        meta = self._meta(selected, is_partial=len(outcome.runs) < selected)
        results = self._finish(folder, meta, outcome.runs)
        self._show(results, folder)
        return self._code(outcome, folder) if ended_by is None else ended_by

    def _code(self, outcome: Outcome, folder: RunFolder) -> int:
        """Return the exit code: frames that another cannot read are no good run."""
        code = exit_code(outcome.results)
        is_unread = folder.read_by is not None and not folder.read_by.is_clean
        return EXIT_HARNESS_ERROR if is_unread and code == EXIT_OK else code

    def _run(
        self, bench: Bench, chosen: Sequence[Case], folder: RunFolder, outcome: Outcome
    ) -> int | None:
        shown = self._shown(bench, chosen, folder)
        try:
            with progress_of(self._console, len(chosen)) as progress:
                run_cases(
                    shown,
                    chosen,
                    folder,
                    outcome,
                    ended=progress.ended,
                    fail_fast=self._request.fail_fast,
                )
        except KeyboardInterrupt as interrupt:
            # The rest takes a moment and must not be cut short: the folder would not be valid.
            ignore_interrupts()
            return EXIT_TERMINATED if interrupt.args else EXIT_INTERRUPTED
        return None

    def _shown(self, bench: Bench, chosen: Sequence[Case], folder: RunFolder) -> Bench:
        """Return a bench that sends the frames of each case while it runs, if that is wanted."""
        request = self._request
        if request.zep is None:
            return bench
        from hanbench.harness.captures.live_air import (  # noqa: PLC0415  (it imports the devices)
            LiveShow,
            places_as_csv,
            places_of,
        )

        places = places_of(chosen)
        table = folder.path / ZEP_HOMES
        table.write_text(places_as_csv(chosen, places), encoding="utf-8")
        host, port = request.zep
        homes = "the home is" if len(places) == 1 else f"the {len(places)} homes are"
        says = f"ZEP to {host} port {port}: {homes} told apart by zep.device_id, named in {table}"
        self._console.print(says, markup=False, highlight=False, soft_wrap=True)
        show = LiveShow(request.zep, request.zep_pace, request.wants_keys, places)
        return replace(bench, run=partial(run_one_live, show=show))

    def _meta(self, selected: int, *, is_partial: bool) -> RunMeta:
        options = self._request.options
        return RunMeta(
            command=shlex.join(self._request.command),
            suite=self._request.suite,
            seed=options.seed,
            traffic=options.traffic,
            engine=options.engine,
            scheme=options.scheme,
            parts=options.parts,
            started_at=self._started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            versions=versions(),
            selected=selected,
            is_partial=is_partial,
            engine_says=self._engine_says,
            profile=self._request.profile_path,
            real_time=options.real_time,
            wall_s=monotonic() - self._began_s,
        )

    def _finish(self, folder: RunFolder, meta: RunMeta, runs: Sequence[CaseRun]) -> Results:
        writers = Writers()
        if self._request.wants_capture:
            from hanbench.harness.captures.writing import write_capture  # noqa: PLC0415

            write = partial(write_capture, with_keys=self._request.wants_keys)
            reads = read_by_tshark if self._request.asks_tshark else None
            writers = replace(writers, capture=write, reads=reads)
        if self._request.wants_report:
            from hanbench.harness.report import write_report  # noqa: PLC0415

            writers = replace(writers, report=write_report)
        return folder.finish(meta, runs, writers)

    def _show(self, results: Results, folder: RunFolder) -> None:
        show_results(self._console, results)
        show_not_applicable(self._console, results)
        show_failures(self._console, results, folder.replays)
        report = folder.path / REPORT if self._request.wants_report else None
        show_read_by(self._console, folder.read_by)
        show_closing(self._console, results, folder.path, report)


def _cases(request: RunRequest) -> tuple[tuple[Case, ...], Matches]:
    """Return the cases that are named, and which of them, or of what they are swept to, to run."""
    chosen = choose(request.what, Library())
    cases = tuple(case for one in chosen.scenarios for case in expand(one, request.options))
    known = {name for case in cases for name in _possible_names(case)} if chosen.cases else set()
    for name in sorted(chosen.cases - known):
        scenario, variant = scenario_and_variant(name)
        variants = [case.variant for case in cases if case.scenario_name == scenario]
        raise ScenarioError(no_variant(scenario, variant, variants))
    matches = parse_filter(request.expression) if request.expression else lambda _: True
    return cases, lambda name: chosen.wants(scenario_and_variant(name)[0], name) and matches(name)


def _sorted_out(
    profile: EngineProfile | None, cases: Sequence[Case]
) -> tuple[list[Case], list[tuple[Case, CaseRun]]]:
    """Part what the engine claims to do from what it does not, with the result of the latter."""
    claimed: list[Case] = []
    outside: list[tuple[Case, CaseRun]] = []
    for case in cases:
        reasons = () if profile is None else objections(profile, case)
        if reasons:
            outside.append((case, not_applicable(case, reasons)))
        else:
            claimed.append(case)
    return claimed, outside


def _possible_names(case: Case) -> Iterator[str]:
    if not case.sweep_kind:
        yield case.name
        return
    for number in range(1, SWEPT_MAX):
        for when in ("before", "torn", "after"):
            part = f"{case.sweep_kind}#{number}/{when}"
            variant = f"{case.variant}, {part}" if case.variant else part
            yield case_name(case.scenario_name, variant)

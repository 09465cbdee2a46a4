"""What `hanbench replay` does: runs the case of a replay file and compares the stories."""

import shlex
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from hanbench.emulator.instant import format_instant
from hanbench.harness.events import FaultFired
from hanbench.harness.replay.replay_file import (
    Comparison,
    ReplayFile,
    check_is_here,
    compare,
    read_replay,
)
from hanbench.harness.running.cases import Bench, broken_run
from hanbench.harness.running.pool import Broken, Workers
from hanbench.harness.running.results import EXIT_HARNESS_ERROR, EXIT_OK, EXIT_UNEXPECTED
from hanbench.harness.running.run_meta import bench_version
from hanbench.harness.running.terminal import HASH_SHOWN, make_console, show_case
from hanbench.harness.verdict import CaseResult, CaseRun, Verdict


def replay_file(
    path: Path,
    *,
    engine: str | None = None,
    parts: str | None = None,
    bench: Bench | None = None,
    console: Console | None = None,
    out: Path | None = None,
) -> int:
    """Replay a file, print the comparison, and return the exit code.

    Raises:
        ScenarioError: the file is wrong, its engine, scheme or parts are not here, or the page
            cannot be written to `out`.
    """
    recorded, case = read_replay(path, engine=engine, parts=parts)
    check_is_here(path, case, engine=engine, parts=parts)
    shown = console or make_console()
    if bench is not None:
        run = bench.run(case)
    else:
        with Workers(1) as workers:
            _, answer = next(workers.run(Bench(workers).run, (case,)))
        run = broken_run(case, answer) if isinstance(answer, Broken) else answer.value
    comparison = compare(recorded, case, run)
    show_case(shown, run.result)
    show_comparison(shown, recorded, run, comparison)
    if case.real_time is None:
        file = escape(shlex.quote(str(path)))
        _say(shown, f"look in  hanbench replay {file} --step")
    if out is not None:
        from hanbench.harness.report.replay_page import write_replay_page  # noqa: PLC0415

        is_same = _is_reproduced(recorded, run.result, comparison)
        page = write_replay_page(out, path, recorded, run, comparison, is_reproduced=is_same)
        _say(shown, f"report  {escape(str(page))}")
    if run.result.verdict is Verdict.HARNESS_ERROR:
        return EXIT_HARNESS_ERROR
    return EXIT_OK if _is_reproduced(recorded, run.result, comparison) else EXIT_UNEXPECTED


def _is_reproduced(recorded: ReplayFile, result: CaseResult, comparison: Comparison) -> bool:
    is_same_story = comparison.is_same_story and comparison.step is None
    return is_same_story and result.verdict.value == recorded.observed.verdict


def _say(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True)


def show_comparison(
    console: Console, recorded: ReplayFile, run: CaseRun, comparison: Comparison
) -> None:
    """Print how a replay compares with its record, and where the stories part."""
    observed, result = recorded.observed, run.result
    for name, then, now in (
        ("verdict", observed.verdict, result.verdict.value),
        ("claimed", observed.claimed or "nothing", result.claimed or "nothing"),
        ("trace", observed.trace_hash[:HASH_SHOWN], result.trace_hash[:HASH_SHOWN]),
        ("story", observed.story_hash[:HASH_SHOWN], result.story_hash[:HASH_SHOWN]),
    ):
        words = f"{now}, as recorded" if then == now else f"{now}; recorded: {then}"
        _say(console, f"  {name:<10} {escape(words)}")
    if recorded.hanbench != bench_version():
        words = f"hanbench {bench_version()}; recorded by {recorded.hanbench}"
        _say(console, f"  {'bench':<10} {escape(words)}")
    for fired in (event for event in run.trace if isinstance(event, FaultFired)):
        at, what = format_instant(fired.at), fired.fault.removesuffix(f" at {fired.point}")
        _say(console, f"  fault      {escape(what)} at {escape(fired.point)}, struck at {at}")
    for point in comparison.missed:
        says = f"the fault at {point} did not strike: the run does not pass there any more"
        _say(console, f"  [yellow]{escape(says)}[/]")
    if comparison.step is not None:
        _show_parting(console, comparison)
    elif not _is_reproduced(recorded, result, comparison):
        _say(console, f"[red]not reproduced[/]: {_why_not(recorded, comparison)}")
    elif comparison.is_same_trace:
        _say(console, "[green]reproduced[/]: every octet and every event is the recorded one")
    else:
        _say(
            console,
            "[green]reproduced[/]: the story is the recorded one, though octets on the wire differ",
        )


def _show_parting(console: Console, comparison: Comparison) -> None:
    says = f"The stories part at line {comparison.step}:"
    if comparison.is_record_torn:
        says = (
            "[red]the file was edited[/]: the run is the one that its hashes are of, but line "
            f"{comparison.step} of the story that stands in it is not:"
        )
    _say(console, says)
    for line in comparison.before:
        _say(console, f"    {escape(line)}")
    _say(console, f"  [red]- {escape(comparison.recorded)}[/]")
    _say(console, f"  [green]+ {escape(comparison.replayed)}[/]")


def _why_not(recorded: ReplayFile, comparison: Comparison) -> str:
    """Say what stands against a replay whose every recorded line came again."""
    if comparison.is_same_story:
        return "the story is the recorded one, but its verdict is another"
    if recorded.story_is_whole:
        return "every line of the story is as recorded, but not its hash: the file was edited"
    return "the stories part behind the lines that the file holds"

"""What a user sees of a run in the terminal: progress, a table, failures, and a closing line.

Plain text without colours when the output is piped or NO_COLOR is set.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from hanbench.emulator.instant import SECOND_US
from hanbench.harness.captures.other_reader import OtherReading
from hanbench.harness.real_time import NOT_DETERMINISTIC
from hanbench.harness.running.results import Results
from hanbench.harness.verdict import CaseResult, DeviceEnd, Finding, Verdict

PIPED_COLUMNS = 240
"""Wide enough that no line is cut where no terminal says how wide it is."""
HASH_SHOWN = 16
SWEPT = "journal#"

_COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.HARNESS_ERROR: "magenta",
}


def make_console(file: TextIO | None = None) -> Console:
    """Make the console of a command, as wide as the terminal."""
    console = Console(file=file, highlight=False, emoji=False)
    if not console.is_terminal:
        return Console(file=file, highlight=False, emoji=False, width=PIPED_COLUMNS)
    return console


class CaseProgress:
    """The live line while cases run; silent where nobody watches."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("running", total=total, failed="")
        self._failed = 0

    def ended(self, result: CaseResult) -> None:
        """Count one case."""
        if not result.is_as_expected:
            self._failed += 1
        failed = f"[red]{self._failed} not as expected[/]" if self._failed else ""
        self._progress.update(self._task, advance=1, description=result.case, failed=failed)


@contextmanager
def progress_of(console: Console, total: int) -> Iterator[CaseProgress]:
    """Show progress while the block runs, and take it away afterwards."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[failed]}"),
        TextColumn("{task.description}", markup=False),
    )
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        yield CaseProgress(progress, total)


def show_results(console: Console, results: Results) -> None:
    """Print the table of all cases; passing cases of one sweep share a row."""
    meters = list(dict.fromkeys(end.device for case in results.cases for end in case.devices))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("case", no_wrap=True, overflow="fold")
    for heading in ("verdict", "claimed", *(f"{meter} truth/belief" for meter in meters)):
        table.add_column(heading, no_wrap=True)
    for heading in ("virtual", "frames", "wall ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, cases in _rows(results.cases):
        table.add_row(*_row(name, cases, meters))
    console.print(table)


def show_not_applicable(console: Console, results: Results) -> None:
    """List the cases that are outside the profile of the engine, each with what it asks for."""
    outside = [case for case in results.cases if case.verdict is Verdict.NOT_APPLICABLE]
    for case in outside:
        why = case.findings[0].detail if case.findings else ""
        _say(console, f"not applicable  {escape(case.case)}: {escape(why)}")
    if outside:
        console.print()


def show_failures(console: Console, results: Results, replays: dict[str, Path]) -> None:
    """Print what each case that is not as expected should have done, and how to see it again."""
    for case in results.cases:
        if case.is_as_expected:
            continue
        show_case(console, case)
        if (replay := replays.get(case.case)) is not None:
            _say(console, f"  again      [bold]hanbench replay {escape(str(replay))}[/]")
        console.print()


def show_case(console: Console, case: CaseResult) -> None:
    """Print what a case should have done, what the devices hold, and what the engine believed."""
    _say(console, f"{_verdict(case)}  [bold]{escape(case.case)}[/]")
    _say(console, f"  {escape(case.title)}")
    _say(console, f"  expected   {_expected(case)}")
    _say(console, f"  claimed    {escape(case.claimed or 'nothing')}")
    for end in case.devices:
        _show_device(console, end)
    for finding in case.all_found:
        _show_finding(console, finding)
    if case.if_it_went_wrong and not case.is_as_expected:
        _say(console, f"  at stake   {escape(case.if_it_went_wrong)}")
    if case.clauses:
        _say(console, f"  clauses    {escape(' '.join(case.clauses))}")


def show_closing(console: Console, results: Results, folder: Path, report: Path | None) -> None:
    """Print counts, hashes, time, and where everything is."""
    counts, run = results.counts, results.run
    verdicts = ", ".join(
        f"[{_COLOURS[verdict]}]{counts[verdict]} {verdict.value}[/]"
        for verdict in Verdict
        if counts[verdict]
    )
    unexpected = counts["not-as-expected"]
    judged = f"[red]{unexpected} not as expected[/]" if unexpected else "all as expected"
    cases = "case" if len(results.cases) == 1 else "cases"
    _say(
        console, f"{len(results.cases)} {cases}: {verdicts or 'none'}; {judged}; {run.wall_s:.1f} s"
    )
    if run.is_partial:
        says = f"the run was ended early: {len(results.cases)} of {run.selected} cases ran"
        _say(console, f"[yellow]{says}[/]")
    says = f"({run.engine_says})" if run.engine_says else ""
    _say(
        console,
        f"trace {results.trace_hash[:HASH_SHOWN]}  story {results.story_hash[:HASH_SHOWN]}  "
        f"engine {escape(' '.join((run.engine, says)).strip())}  scheme {escape(run.scheme)}",
    )
    if run.real_time is not None:
        _say(console, f"[yellow]{escape(NOT_DETERMINISTIC.format(scale=run.real_time))}[/]")
    _say(console, f"{'report' if report else 'results'}  {escape(str(report or folder))}")


def show_read_by(console: Console, reading: OtherReading | None) -> None:
    """Print what another reader made of the capture, if one was asked."""
    if reading is None:
        return
    colour = "green" if reading.is_clean else "red"
    _say(console, f"[{colour}]{escape(reading.words)}[/]")
    for number, says in reading.first_wrong:
        _say(console, f"  frame {number:,}: {escape(says)}")


def _say(console: Console, text: str) -> None:
    """Print a line as one line; a terminal breaks it where it must."""
    console.print(text, soft_wrap=True)


def _rows(cases: Sequence[CaseResult]) -> list[tuple[str, list[CaseResult]]]:
    rows: dict[str, list[CaseResult]] = {}
    for case in cases:
        is_folded = SWEPT in case.variant and case.is_as_expected
        before, _, _ = case.case.partition(SWEPT)
        rows.setdefault(f"{before}{SWEPT}*]" if is_folded else case.case, []).append(case)
    return list(rows.items())


def _row(name: str, cases: list[CaseResult], meters: Sequence[str]) -> list[str]:
    first = cases[0]
    times = f" x{len(cases)}" if len(cases) > 1 else ""
    ends = [_same([_end_of(case, meter) for case in cases]) for meter in meters]
    return [
        escape(name),
        _verdict(first) + times,
        _same([case.claimed or "-" for case in cases]),
        *ends,
        _virtual(max(case.virtual_us for case in cases)),
        f"{sum(sum(case.frames_by_kind.values()) for case in cases):,}",
        f"{sum(case.wall_s for case in cases) * 1000:.0f}",
    ]


def _same(words: list[str]) -> str:
    return words[0] if len(set(words)) == 1 else "various"


def _verdict(case: CaseResult) -> str:
    note = " (as expected)" if case.is_as_expected and case.verdict is not Verdict.PASS else ""
    # A finding that the scenario asks for is no failure.
    colour = "cyan" if note else _COLOURS[case.verdict]
    return f"[{colour}]{case.verdict.value}[/]{note}"


def _expected(case: CaseResult) -> str:
    wanted = case.expected_words
    if case.expected_verdict is not Verdict.PASS:
        wanted = f"{wanted}, verdict {case.expected_verdict.value}"
    return escape(wanted)


def _end_of(case: CaseResult, meter: str) -> str:
    end = next((one for one in case.devices if one.device == meter), None)
    if end is None:
        return ""
    colour = "red" if end.belief in ("OLD", "NEW") and end.belief != end.truth else ""
    text = f"{end.truth}/{end.belief or '-'}"
    return f"[{colour}]{text}[/]" if colour else text


def _show_device(console: Console, end: DeviceEnd) -> None:
    version = "" if end.truth_version is None else f" (version {end.truth_version})"
    believed = end.belief or "nothing said"
    because = f", because {end.evidence}" if end.evidence else ""
    _say(
        console,
        f"  {escape(end.device):<10} truly holds {end.truth}{version}; the engine believes "
        f"{escape(believed)}{escape(because)}",
    )


def _show_finding(console: Console, finding: Finding) -> None:
    clause = f" \\[{escape(finding.clause)}]" if finding.clause else ""
    by = f" of {escape(finding.by)}" if finding.by else ""
    _say(console, f"  [bold]{escape(finding.name)}[/]{by}{clause}  {escape(finding.detail)}")
    stated = {
        "expected": finding.expected,
        "truth": finding.truth,
        "believed": finding.believed,
    }
    for name, value in stated.items():
        if value:
            _say(console, f"    {name:<9}{escape(value)}")


def _virtual(virtual_us: int) -> str:
    """Print a length of virtual time by its two largest units."""
    minutes, second = divmod(virtual_us // SECOND_US, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days}d {hour:02}h"
    if hour:
        return f"{hour}h {minute:02}min"
    return f"{minute}min {second:02}s" if minute else f"{virtual_us / SECOND_US:.1f}s"

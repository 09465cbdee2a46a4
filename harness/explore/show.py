"""What a user sees of a campaign in the terminal: progress, the coverage, the failures."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table as RichTable
from rich.text import Text
from typing_extensions import override

from hanbench.emulator.durations import format_duration
from hanbench.harness.explore.campaign import Covered, doubtful
from hanbench.harness.explore.coverage import Table
from hanbench.harness.explore.trial import (
    CONVERGES_WITHIN_US,
    Trial,
    fingerprint,
    is_failure,
)
from hanbench.harness.explore.tries import Try

SHOWN_MAX = 10
PAIRS = 2


class _Rate(ProgressColumn):
    """Cases a second."""

    @override
    def render(self, task: Task) -> Text:
        """Say how fast it goes."""
        return Text("" if task.speed is None else f"{task.speed:.0f}/s")


class Counted:
    """The live line of a campaign, with its rate and the time left."""

    def __init__(self, progress: Progress, what: str, total: int) -> None:
        self._progress = progress
        self._failed = 0
        self._task = progress.add_task(what, total=total, failed="")

    def ended(self, _: Try, trial: Trial) -> None:
        """Count one case."""
        if is_failure(trial):
            self._failed += 1
        failed = f"[red]{self._failed} failed[/]" if self._failed else ""
        self._progress.update(self._task, advance=1, failed=failed)


@contextmanager
def counting(console: Console, what: str, total: int) -> Iterator[Counted]:
    """Show how far a campaign is while the block runs; silent where nobody watches."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]}"),
    )
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        yield Counted(progress, what, total)


def show_coverage(console: Console, table: Table, covered: Covered, bounds: str = "") -> None:
    """Print the table of hazards, and what was seen to happen."""
    rows = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
    rows.add_column("hazard", no_wrap=True)
    for heading in (
        "points",
        "applicable",
        "not appl.",
        "cases run",
        "merged",
        "pruned",
        "fired",
        "mattered",
        "declared loss",
        "failed",
    ):
        rows.add_column(heading, justify="right", no_wrap=True)
    for row in table.rows:
        rows.add_row(
            escape(row.hazard),
            *(str(n) for n in (row.places, row.applicable, row.not_applicable)),
            *(str(n or "-") for n in (row.run, row.merged, row.pruned)),
            _or_red(row.fired, row.run + row.merged),
            _or_red(row.mattered, row.run),
            str(row.declared or "-"),
            f"[red]{row.failed}[/]" if row.failed else "0",
        )
    console.print(rows)
    for row in table.rows:
        if row.is_idle and row.where:
            console.print(f"  {escape(f'{row.hazard} changed nothing here: {row.where}')}")
    for sight in table.sights:
        times = f"{sight.times} x" if sight.times else "never"
        line = f"  {times:>7}  {escape(sight.name)}"
        console.print(line if sight.times else f"[red]{line}[/]", soft_wrap=True)
    console.print()
    console.print(_bound(covered, bounds), soft_wrap=True)
    within = format_duration(CONVERGES_WITHIN_US)
    console.print(
        "Each is judged by what the meters truly hold, and has to come to a named end state within "
        f"{within} after its last fault has passed.",
        soft_wrap=True,
    )


def show_failing(console: Console, failing: Sequence[tuple[Try, Trial]]) -> None:
    """Print the ways in which cases failed, each with its first case."""
    ways = Counter(fingerprint(trial) for _, trial in failing)
    shown: set[str] = set()
    for one, trial in failing:
        way = fingerprint(trial)
        if way in shown or len(shown) == SHOWN_MAX:
            continue
        shown.add(way)
        times = f" ({ways[way]} cases)" if ways[way] > 1 else ""
        console.print(f"[red]{escape(way)}[/]{times}", soft_wrap=True)
        console.print(f"  {escape(one.name)}", soft_wrap=True)
        said = Counter((it["name"], it["clause"], it["detail"]) for it in trial["findings"])
        for (name, clause, detail), count in said.items():
            address = f" \\[{escape(clause)}]" if clause else ""
            again = f" ({count} times)" if count > 1 else ""
            says = f"  [bold]{escape(name)}[/]{address}  {escape(detail)}{again}"
            console.print(says, soft_wrap=True)
    if len(ways) > SHOWN_MAX:
        console.print(f"... and {len(ways) - SHOWN_MAX} more ways to fail")


def bounds_of(phase: str, only: str, covered: Covered | None = None) -> str:
    """Say which points of the run are looked at, where it is not all of them."""
    where = f" in the phase {phase}" if phase else ""
    if not only:
        return where
    if covered is None:
        return f"{where} at a point that --only {only!r} names"
    return f"{where} at {covered.places} of {covered.passed} points, by --only {only!r}"


def _bound(covered: Covered, bounds: str) -> str:
    """Say in one line what is shown, and what is not."""
    systematic = [one for one, _ in covered.tried if len(one.possibilities) <= PAIRS]
    deepest = max((len(one.possibilities) for one in systematic), default=1)
    what = "single faults" if deepest == 1 else "single faults and pairs"
    where = escape(bounds)
    failed = sum(is_failure(trial) for _, trial in covered.tried)
    said = f"[red]{failed} failed[/]" if failed else "[green]none failed[/]"
    if not covered.tried:
        said = "[red]nothing was tried[/]"
    if unsure := len(doubtful(covered)):
        said += f", [red]{unsure} inconclusive[/]"
    ran = len(covered.tried) - covered.drawn
    pruned = f", {covered.pruned} pruned as equal to others" if covered.pruned else ""
    if covered.merged:
        pruned += f", {covered.merged} run until their end was known"
    drawn = f", and {covered.drawn} drawn cases of more" if covered.drawn else ""
    if covered.is_whole:
        return f"All {ran} {what} that there are{where}{pruned}{drawn}: {said}"
    planned = covered.planned - covered.drawn
    return f"{ran} of {planned} {what}{where}{pruned}{drawn}; the others did not run: {said}"


def _or_red(number: int, run: int) -> str:
    return f"[red]{number}[/]" if run and not number else str(number)

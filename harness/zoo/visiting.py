"""What `hanbench zoo` does: runs the specimens, prints the table and the score, writes the page."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from hanbench.harness.running.interruption import terminable
from hanbench.harness.running.pool import Workers, default_jobs
from hanbench.harness.running.results import EXIT_OK, EXIT_UNEXPECTED
from hanbench.harness.running.run_meta import versions
from hanbench.harness.running.terminal import make_console
from hanbench.harness.zoo.keeping import (
    Against,
    Shelf,
    chosen,
    rounds_of,
    visit,
    visit_until_caught,
)
from hanbench.harness.zoo.page import write_page
from hanbench.harness.zoo.sightings import Tried, Visit
from hanbench.harness.zoo.specimen import FaultyEngine, Specimen

FORMAT = 1
RESULTS = "zoo.json"
PAGE = "zoo.html"
JUDGED_BY = ("oracle", "invariant", "expectation")


def run_zoo(
    names: Sequence[str],
    *,
    against: Against,
    jobs: int | None = None,
    out: Path | None = None,
    as_data: bool = False,
    console: Console | None = None,
) -> int:
    """Visit the zoo, and return the exit code: 1 if a specimen survives or fails a clean run.

    Raises:
        ScenarioError: a name is none of the zoo's.
    """
    shown = console or make_console()
    ones = chosen(names)
    with ExitStack() as ending:
        ending.enter_context(terminable())
        workers = None
        if jobs != 0:
            workers = ending.enter_context(Workers(jobs or default_jobs()))
        visits = _visit(ones, workers, shown, against=against, quiet=as_data)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / RESULTS).write_text(as_json(visits, against=against), encoding="utf-8")
        write_page(out / PAGE, visits, against=against)
    if as_data:
        shown.print(as_json(visits, against=against), markup=False, soft_wrap=True)
    else:
        show(shown, visits, against=against)
        if out is not None:
            shown.print(f"report  {escape(str(out / PAGE))}", soft_wrap=True)
    return EXIT_OK if all(map(is_well, visits)) else EXIT_UNEXPECTED


def is_well(one: Visit) -> bool:
    """Whether a specimen is what it should be: caught as known and, an engine, clean when clean."""
    is_as_known = one.is_as_known or not one.is_known_tried
    return one.is_caught and is_as_known and (one.kind == "device" or one.is_clean_passed)


def list_zoo(console: Console | None = None) -> int:
    """Print the names of the specimens, what each can be run as, and the mistake."""
    shown = console or make_console()
    for one in chosen(()):
        option = "--engine" if isinstance(one, FaultyEngine) else "--parts"
        text = f"{one.name}\n    {one.mistake}\n    {option} {one.spec}"
        shown.print(text, markup=False, soft_wrap=True)
    return EXIT_OK


def as_json(visits: Sequence[Visit], *, against: Against) -> str:
    """Return the results of a visit, format version 1."""
    return json.dumps(
        {
            "zoo": FORMAT,
            "versions": versions(),
            "against": against.value,
            "score": score(visits),
            "specimens": [
                {
                    **asdict(one),
                    "is_caught": one.is_caught,
                    "judged_by": one.judged_by,
                    "run_again": one.run_again,
                }
                for one in visits
            ],
        },
        indent=2,
    )


def score(visits: Sequence[Visit]) -> dict[str, int]:
    """Count the specimens, and those that are caught."""
    return {
        "specimens": len(visits),
        "engines": sum(one.kind == "engine" for one in visits),
        "devices": sum(one.kind == "device" for one in visits),
        "caught": sum(one.is_caught for one in visits),
        "survived": sum(not one.is_caught for one in visits),
        **{f"caught-by-{kind}": sum(one.judged_by == kind for one in visits) for kind in JUDGED_BY},
        "not-as-known": sum(
            one.is_caught and one.is_known_tried and not one.is_as_known for one in visits
        ),
        "engines-that-fail-clean": sum(
            one.kind == "engine" and not one.is_clean_passed for one in visits
        ),
    }


def show(console: Console, visits: Sequence[Visit], *, against: Against) -> None:
    """Print the table, what is not as it should be, and the score."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("specimen", "", "clean", "caught by", "finding", "clause", "minimal case"):
        table.add_column(heading, no_wrap=True, overflow="fold")
    if against is not Against.KNOWN:
        table.add_column("cases", no_wrap=True)
    for one in visits:
        row = [
            escape(one.name.replace("_", " ")),
            one.kind,
            "pass" if one.is_clean_passed else "[yellow]fail[/]",
            one.judged_by or "[red]nothing: it survives[/]",
            escape(one.minimal.finding) if one.minimal else "",
            escape(one.clause),
            escape(one.minimal.case) if one.minimal else "",
        ]
        table.add_row(
            *row, *([f"{one.caught_in} of {one.tried}"] if against is not Against.KNOWN else [])
        )
    console.print(table)
    for one in visits:
        for trouble in troubles(one):
            console.print(f"[red]{escape(one.name)}[/]: {escape(trouble)}", soft_wrap=True)
    counts = score(visits)
    console.print(
        f"{counts['caught']} of {counts['specimens']} caught ({counts['engines']} engines, "
        f"{counts['devices']} devices and parties), against {against.value}",
        soft_wrap=True,
    )
    console.print(f"caught by  {escape(by_words(counts))}", soft_wrap=True)


def by_words(counts: Mapping[str, int]) -> str:
    """Say what kinds of judgement caught how many."""
    return (
        f"the oracle {counts['caught-by-oracle']}, an invariant of every case "
        f"{counts['caught-by-invariant']}, the end that one scenario states "
        f"{counts['caught-by-expectation']}"
    )


def troubles(one: Visit) -> list[str]:
    """Say what is not as it should be with a specimen."""
    says = []
    if not one.is_caught:
        says.append(f"survives: {one.mistake}")
    elif one.is_known_tried and not one.is_as_known:
        says.append(f"{one.known_case} no longer catches it by {one.known_finding}")
    if one.kind == "engine" and not one.is_clean_passed:
        says.append("fails clean-two-fuel: a mistake that anybody sees")
    return says


def _visit(
    ones: Sequence[Specimen],
    workers: Workers | None,
    console: Console,
    *,
    against: Against,
    quiet: bool,
) -> tuple[Visit, ...]:
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    shelf = Shelf()
    is_counted = against is not Against.UNTIL_CAUGHT
    whole = against is Against.ALL
    rounds = rounds_of(ones, shelf, workers, whole=whole) if is_counted else ()
    total = sum(len(one.cases) for one in rounds) if is_counted else None
    hidden = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        task = progress.add_task("", total=total)

        def ended(specimen: Specimen, said: Tried) -> None:
            progress.update(task, advance=1, description=f"{specimen.name} in {said.case}")

        if against is Against.UNTIL_CAUGHT:
            return visit_until_caught(ones, shelf, workers, ended)
        return visit(rounds, workers, ended)

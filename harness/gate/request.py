"""What `hanbench gate` and `hanbench compare` do with their options; today's date is read here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from hanbench.harness.errors import ScenarioError
from hanbench.harness.gate.baseline import read_baseline, write_baseline
from hanbench.harness.gate.comparison import SPEED_MATTERS, Comparison
from hanbench.harness.gate.comparison import compare as compare_results
from hanbench.harness.gate.formats import annotations, ctrf, markdown, sarif
from hanbench.harness.gate.judgement import refusals
from hanbench.harness.running.finished_run import results_of
from hanbench.harness.running.results import EXIT_OK, EXIT_UNEXPECTED
from hanbench.harness.running.terminal import make_console

ACCEPTED_FOR = timedelta(days=90)
"""How long a failure that goes into a new baseline is accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRequest:
    """The options of one `hanbench gate`."""

    run: Path
    baseline: Path | None = None
    new_baseline: Path | None = None
    ctrf: Path | None = None
    sarif: Path | None = None
    markdown: Path | None = None
    github: bool = False
    """Whether workflow commands are printed and the job's summary is written."""
    today: date | None = None


def gate(
    request: GateRequest, environment: Mapping[str, str], console: Console | None = None
) -> int:
    """Say whether a run may pass, and return the exit code: 0 open, 1 shut.

    Raises:
        ScenarioError: the run or the baseline cannot be read.
    """
    shown = console or make_console()
    today = request.today or datetime.now(UTC).date()
    results = results_of(request.run)
    if request.new_baseline is not None:
        written = write_baseline(request.new_baseline, results, today + ACCEPTED_FOR)
        shown.print(f"{request.new_baseline}: {len(written.known)} known failures to be explained")
        return EXIT_OK
    baseline = None if request.baseline is None else read_baseline(request.baseline)
    lines = refusals(results, baseline, today)
    for line in lines:
        shown.print(f"[red]{escape(line.text)}[/]", soft_wrap=True)
    known = 0 if baseline is None else len(baseline.known)
    state = "[red]shut[/]" if lines else "[green]open[/]"
    shown.print(
        f"gate {state}: {len(results.cases)} cases, {known} known failures, "
        f"{len(lines)} reasons against",
        soft_wrap=True,
    )
    summary = markdown(results, lines)
    _write(request.ctrf, ctrf(results))
    _write(request.sarif, sarif(results))
    if request.markdown is not None:
        _write_text(request.markdown, summary)
    if request.github:
        for annotation in annotations(lines):
            shown.print(annotation, markup=False, soft_wrap=True)
        _append_summary(environment.get("GITHUB_STEP_SUMMARY", ""), summary)
    return EXIT_UNEXPECTED if lines else EXIT_OK


def compare(before: Path, after: Path, console: Console | None = None) -> int:
    """Say what changed from one run to another: 0 nothing worse, 1 something is.

    Raises:
        ScenarioError: a run cannot be read, or they are of different suites.
    """
    shown = console or make_console()
    comparison = compare_results(results_of(before), results_of(after))
    _show(shown, comparison)
    return EXIT_UNEXPECTED if comparison.is_worse else EXIT_OK


def _show(console: Console, comparison: Comparison) -> None:
    for one in (*comparison.changes, *comparison.clauses):
        colour = "red" if one.is_worse else "green"
        says = f"{one.case}: {one.before} -> {one.after}"
        console.print(f"[{colour}]{escape(says)}[/]", soft_wrap=True)
    for case in comparison.gone:
        console.print(f"[red]{escape(case)}: gone[/]", soft_wrap=True)
    for case in comparison.new:
        console.print(f"{escape(case)}: new", soft_wrap=True)
    if not 1 / SPEED_MATTERS < comparison.speed < SPEED_MATTERS:
        console.print(f"the cases of both took {comparison.speed:.2f} times as long")
    changed = len(comparison.changes) + len(comparison.gone) + len(comparison.new)
    console.print(
        f"{changed} cases changed, {len(comparison.clauses)} clauses; "
        f"{'something is worse' if comparison.is_worse else 'nothing is worse'}"
    )


def _write(path: Path | None, content: Mapping[str, Any]) -> None:
    if path is not None:
        _write_text(path, json.dumps(content, indent=1) + "\n")


def _write_text(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be written: {error.strerror}") from error


def _append_summary(path: str, text: str) -> None:
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)

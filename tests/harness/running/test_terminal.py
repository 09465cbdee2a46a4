"""What a user sees of a run."""

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from scripted_cases import load_case, scripted_run
from tests.harness.running.test_results import META

from hanbench.harness.running.results import make_results
from hanbench.harness.running.terminal import (
    make_console,
    progress_of,
    show_case,
    show_closing,
    show_failures,
    show_results,
)
from hanbench.harness.verdict import CaseResult, Verdict


def result(folder: Path, name: str, verdict: Verdict = Verdict.PASS) -> CaseResult:
    return replace(scripted_run(load_case(folder, name=name), verdict).result, case=name)


def table(cases: Sequence[CaseResult]) -> list[str]:
    console = Console(record=True, width=200, file=StringIO())
    show_results(console, make_results(META, cases))
    return [line.strip() for line in console.export_text().splitlines() if line.strip()]


def test_a_row_tells_verdict_claim_truth_belief_time_and_frames(tmp_path: Path) -> None:
    row = table([result(tmp_path, "secure/a")])[-1].split()

    assert row == ["secure/a", "pass", "commissioned", "NEW/NEW", "4.0s", "1", "10"]


def test_passing_cases_of_a_sweep_share_a_row_and_a_failing_one_stands_alone(
    tmp_path: Path,
) -> None:
    cases = [
        replace(result(tmp_path, f"secure/a[journal#{n}/after]", verdict), variant=f"journal#{n}")
        for n, verdict in ((1, Verdict.PASS), (2, Verdict.FAIL), (3, Verdict.PASS))
    ]

    rows = table(cases)[2:]

    assert [row.split()[0] for row in rows] == ["secure/a[journal#*]", "secure/a[journal#2/after]"]
    assert "pass x2" in rows[0]
    assert "fail" in rows[1]


def test_names_in_brackets_are_not_taken_for_markup(tmp_path: Path) -> None:
    assert "secure/a[red]" in table([result(tmp_path, "secure/a[red]")])[-1]


@pytest.mark.parametrize(
    ("virtual_us", "words"),
    [(500_000, "0.5s"), (1_841_000_000, "30min 41s"), (7_260_000_000, "2h 01min")],
)
def test_virtual_time_is_told_by_its_largest_units(
    tmp_path: Path, virtual_us: int, words: str
) -> None:
    case = replace(result(tmp_path, "secure/a"), virtual_us=virtual_us)

    assert words in table([case])[-1]


def test_an_expected_violation_is_no_failure(tmp_path: Path) -> None:
    case = replace(result(tmp_path, "secure/a", Verdict.FAIL), expected_verdict=Verdict.FAIL)
    console = Console(record=True, width=200, file=StringIO())

    show_failures(console, make_results(META, [case]), {})

    assert console.export_text() == ""
    assert "fail (as expected)" in table([case])[-1]


def test_a_case_is_shown_with_what_was_expected_true_and_believed(tmp_path: Path) -> None:
    console = Console(record=True, width=200, file=StringIO())
    case = replace(
        result(tmp_path, "secure/a", Verdict.FAIL), if_it_went_wrong="The meter would be lost."
    )

    show_case(console, case)

    text = console.export_text()
    assert "expected   commissioned" in text
    assert "gsme       truly holds NEW (version 2); the engine believes NEW" in text
    assert "confidently-wrong [P9]  the engine claims OLD and the meter holds NEW" in text
    assert "believed OLD, since nothing came in time" in text
    assert "at stake   The meter would be lost." in text
    assert "clauses    tmad/3.14C" in text


def test_the_closing_lines_count_and_say_where_everything_is(tmp_path: Path) -> None:
    console = Console(record=True, width=200, file=StringIO())
    results = make_results(
        replace(META, is_partial=True, selected=5),
        [result(tmp_path, "a"), result(tmp_path, "b", Verdict.FAIL)],
    )

    show_closing(console, results, Path("runs/x"), Path("runs/x/report.html"))

    text = console.export_text()
    assert "2 cases: 1 pass, 1 fail; 1 not as expected; 1.5 s" in text
    assert "2 of 5 cases ran" in text
    assert f"trace {results.trace_hash[:16]}  story {results.story_hash[:16]}" in text
    assert "report  runs/x/report.html" in text


def test_piped_output_is_plain_and_no_line_is_cut() -> None:
    file = StringIO()
    console = make_console(file)

    with progress_of(console, 3):
        console.print("[red]" + "word " * 40 + "[/]")

    assert file.getvalue() == "word " * 40 + "\n"


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    file = StringIO()

    Console(file=file, force_terminal=True).print("[red]word[/]")

    assert "\x1b[31m" not in file.getvalue()


def test_progress_counts_what_is_not_as_expected(tmp_path: Path) -> None:
    file = StringIO()
    console = Console(file=file, force_terminal=True, width=100)

    with progress_of(console, 2) as progress:
        progress.ended(result(tmp_path, "a"))
        progress.ended(result(tmp_path, "b", Verdict.FAIL))

    assert "1 not as expected" in file.getvalue()

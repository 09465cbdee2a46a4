"""`results.json` and exit codes."""

from dataclasses import replace
from pathlib import Path

import pytest
from scripted_cases import load_case, scripted_run

from hanbench.harness.errors import ScenarioError
from hanbench.harness.running.results import exit_code, make_results, read_results, run_hashes
from hanbench.harness.running.run_meta import RunMeta, versions
from hanbench.harness.verdict import CaseResult, Verdict

META = RunMeta(
    command="hanbench run own",
    suite="own",
    seed=7,
    traffic=None,
    engine="reference",
    scheme="han-sua-m1",
    started_at="2026-11-22T23:45:36Z",
    versions=versions(),
    selected=2,
    wall_s=1.5,
)
PASS, FAIL = Verdict.PASS, Verdict.FAIL
UNCLEAR, BROKEN, NOT_APPLICABLE = (
    Verdict.INCONCLUSIVE,
    Verdict.HARNESS_ERROR,
    Verdict.NOT_APPLICABLE,
)


def result(folder: Path, verdict: Verdict = PASS, expected: Verdict = PASS) -> CaseResult:
    return replace(
        scripted_run(load_case(folder), verdict).result, verdict=verdict, expected_verdict=expected
    )


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([], 2),
        ([(PASS, PASS)], 0),
        ([(FAIL, FAIL)], 0),
        ([(PASS, PASS), (FAIL, PASS)], 1),
        ([(PASS, FAIL)], 1),
        ([(NOT_APPLICABLE, PASS)], 1),
        ([(UNCLEAR, PASS)], 3),
        ([(UNCLEAR, UNCLEAR)], 3),
        ([(UNCLEAR, PASS), (FAIL, PASS)], 1),
        ([(BROKEN, PASS), (FAIL, PASS)], 3),
        ([(BROKEN, PASS), (PASS, PASS)], 3),
    ],
)
def test_the_exit_code_is_the_first_that_applies(
    tmp_path: Path, verdicts: list[tuple[Verdict, Verdict]], code: int
) -> None:
    assert exit_code([result(tmp_path, *pair) for pair in verdicts]) == code


def test_results_written_are_read_again(tmp_path: Path) -> None:
    results = make_results(META, [result(tmp_path), replace(result(tmp_path, FAIL), case="a")])
    path = tmp_path / "results.json"
    path.write_text(results.model_dump_json())

    again = read_results(path)

    assert again == results
    assert [case.case for case in again.cases] == ["a", "own/scripted"]
    assert again.counts["pass"] == again.counts["fail"] == again.counts["not-as-expected"] == 1


def test_the_hashes_of_a_run_do_not_depend_on_the_order_of_its_cases(tmp_path: Path) -> None:
    one, other = result(tmp_path), replace(result(tmp_path), case="b", trace_hash="00")

    assert run_hashes([one, other]) == run_hashes([other, one])
    assert run_hashes([one]) != run_hashes([other])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"results": 2}'])
def test_another_file_is_refused_as_results(tmp_path: Path, text: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text)

    with pytest.raises(ScenarioError, match="not a results file"):
        read_results(path)


def test_results_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_results(tmp_path / "results.json")

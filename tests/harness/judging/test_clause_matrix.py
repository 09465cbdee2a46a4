"""The matrix of clauses: none untested, none unknown, and the last verdicts beside them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hanbench.harness.cli import cli
from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.loader import fixtures_folder
from hanbench.harness.judging import clause_matrix
from hanbench.harness.judging.clause_listing import chosen
from hanbench.harness.judging.clause_matrix import (
    NOT_RUN,
    ClauseRow,
    clause_rows,
    last_verdicts,
    shipped_scenarios,
    unknown_clauses,
)
from hanbench.harness.judging.clauses import load_clauses

NOWHERE = Path("no such file")


def results(folder: Path, *cases: tuple[str, str, str]) -> Path:
    file = folder / "results.json"
    said = [
        {"case": case, "verdict": verdict, "expected_verdict": expected}
        for case, verdict, expected in cases
    ]
    file.write_text(json.dumps({"cases": said}), encoding="utf-8")
    return file


def test_every_clause_has_a_scenario() -> None:
    assert [row.address for row in clause_rows(NOWHERE) if not row.is_tested] == []


def test_every_clause_that_a_scenario_names_is_in_the_catalogue() -> None:
    assert unknown_clauses(shipped_scenarios()) == {}


def test_every_clause_that_a_finding_names_in_the_code_is_in_the_catalogue() -> None:
    known = load_clauses()
    judging = fixtures_folder("clauses.yaml").parent.parent / "harness" / "judging"
    words = ("property/", "domain/", "tmad/", "seed0/", "var/", "dcc/", "def/")
    named = {
        text
        for file in ("oracle", "judge", "served", "process_watch", "common_file_rule")
        for text in (judging / f"{file}.py").read_text(encoding="utf-8").split('"')
        if text.startswith(words) and not set(text) & set(" {")
    }

    assert len(named) > 15
    assert sorted(named - known.keys()) == []


def test_the_worst_case_of_a_scenario_is_its_last_verdict(tmp_path: Path) -> None:
    file = results(
        tmp_path,
        ("rules/stop-late", "pass", "pass"),
        ("rules/stop-late[x]", "fail", "pass"),
        ("rules/mcc-overlooks-a-stop", "fail", "fail"),
    )

    assert last_verdicts(file) == {
        "rules/stop-late": "fail",
        "rules/mcc-overlooks-a-stop": "fail (as expected)",
    }
    row = next(row for row in clause_rows(file) if row.address == "tmad/4.23A")
    assert row.verdicts["rules/stop-late"] == "fail"
    assert row.verdicts["rules/stop-on-time"] == NOT_RUN


def test_what_is_no_results_file_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text("[]", encoding="utf-8")

    with pytest.raises(ScenarioError, match="results"):
        last_verdicts(file)


def test_the_command_prints_the_matrix_both_ways_and_as_json(tmp_path: Path) -> None:
    file = str(results(tmp_path, ("rules/stop-late", "pass", "pass")))

    by_clause = CliRunner().invoke(cli, ["clauses", "--results", file])
    by_scenario = CliRunner().invoke(cli, ["clauses", "--by-scenario", "--results", file])
    data = json.loads(CliRunner().invoke(cli, ["clauses", "--json", "--results", file]).output)

    assert by_clause.exit_code == 0
    assert "UNTESTED" not in by_clause.output
    assert "rules/stop-late  pass" in by_clause.output
    assert "rules/stop-late  pass\n    tmad/4.23A" in by_scenario.output
    assert data["untested"] == []
    assert data["clauses"]["tmad/4.34A"]["scenarios"]["rules/last-joined-dormant"] == NOT_RUN
    assert "tmad/4.34A" in data["scenarios"]["rules/last-joined-dormant"]


def test_the_command_ends_with_a_count_of_how_the_clauses_stand(tmp_path: Path) -> None:
    file = str(results(tmp_path, ("rules/last-joined-dormant", "fail", "pass")))

    one = CliRunner().invoke(cli, ["clauses", "TMAD/4.34A", "--results", file])
    family = CliRunner().invoke(cli, ["clauses", "seed3", "--results", file])

    assert one.output.splitlines()[0] == "tmad/4.34A  (stated)  in doubt"
    assert one.output.endswith(
        f"1 clause: 1 in doubt, 0 untested (by {file}); 0 outside the bench\n"
    )
    assert "tmad/" not in family.output
    assert "seed3/liability  (outside)" in family.output


def test_a_clause_without_a_scenario_stands_out_and_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bare = ClauseRow("tmad/4.34A", load_clauses()["tmad/4.34A"], ())
    monkeypatch.setattr(clause_matrix, "matrix", lambda _seen: (bare,))

    said = CliRunner().invoke(cli, ["clauses", "tmad/4.34A"])

    assert said.exit_code == 1
    assert said.output.startswith("tmad/4.34A  (stated)  UNTESTED\n")
    assert "1 clause: 1 untested" in said.output


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["tmad/4.34B"], "no clause 'tmad/4.34B'; did you mean tmad/4.34A"),
        (["@"], "no clause '@'; the families are alert, dcc, def"),
        (["tmad/4.3"], "no clause 'tmad/4.3'; did you mean"),
        (["see"], "no clause 'see'; did you mean seed"),
    ],
)
def test_a_clause_that_does_not_exist_is_answered_with_the_nearest(
    words: list[str], answer: str
) -> None:
    with pytest.raises(ScenarioError) as refused:
        chosen(clause_rows(NOWHERE), words)

    assert str(refused.value).startswith(answer)


@pytest.mark.parametrize("command", ["clauses", "phases"])
def test_results_that_are_not_there_are_wrong_usage(command: str, tmp_path: Path) -> None:
    said = CliRunner().invoke(cli, [command, "--results", str(tmp_path / "none.json")])

    assert said.exit_code == 2
    assert "does not exist" in said.output

"""The gate: what keeps it shut, what it says to other tools, and what changed between two runs."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hanbench.harness.errors import ScenarioError
from hanbench.harness.gate.baseline import Baseline, KnownFailure, read_baseline, write_baseline
from hanbench.harness.gate.comparison import compare
from hanbench.harness.gate.fingerprint import fingerprint
from hanbench.harness.gate.formats import annotations, ctrf, line_of, markdown, sarif
from hanbench.harness.gate.judgement import Refusal, refusals
from hanbench.harness.gate.request import GateRequest, gate
from hanbench.harness.gate.request import compare as compare_runs
from hanbench.harness.running.finished_run import results_of
from hanbench.harness.running.results import EXIT_OK, EXIT_UNEXPECTED, Results, make_results
from hanbench.harness.running.run_meta import RunMeta
from hanbench.harness.verdict import CaseResult, Finding, Verdict

FIXTURES = Path(__file__).parents[3] / "fixtures"
TODAY = date(2026, 11, 26)
WRONG = Finding(name="confidently-wrong", device="gsme", clause="property/P9", detail="it was OLD")


def result(case: str, verdict: Verdict = Verdict.PASS, *found: Finding) -> CaseResult:
    scenario, _, variant = case.rstrip("]").partition("[")
    return CaseResult(
        case=case,
        title="A title",
        scenario_file=f"{scenario}.yaml",
        variant=variant,
        verdict=verdict,
        expected_verdict=Verdict.PASS,
        findings=found,
        clauses=("def/sua",),
        if_it_went_wrong="",
        seed=1,
        traffic="off",
        profile="single-shot",
        claimed="commissioned",
        expected="commissioned",
        stranded_by="",
        devices=(),
        faults=(),
        faults_fired=0,
        trace_hash="",
        story_hash="",
        virtual_us=1,
        wall_s=0.5,
        events=1,
        frames_by_kind={},
    )


GOOD = result("secure/clean-two-fuel[two-phase]")
BAD = result("secure/rotation-response-lost", Verdict.FAIL, WRONG)
UNCLEAR = result("secure/unclear", Verdict.INCONCLUSIVE)


def run_of(*cases: CaseResult, suite: str = "secure", partial: bool = False) -> Results:
    meta = RunMeta(
        command="hanbench run",
        suite=suite,
        seed=None,
        traffic=None,
        engine="reference",
        scheme="han-sua-m1",
        started_at="2026-11-26T00:00:00Z",
        versions={"hanbench": "0"},
        selected=len(cases) + partial,
        is_partial=partial,
    )
    return make_results(meta, cases)


def known(case: CaseResult, expires: date = date(2027, 1, 1), **more: str) -> KnownFailure:
    mark = more.get("fingerprint", fingerprint(case))
    return KnownFailure(case=case.case, fingerprint=mark, reason="seen to", expires=expires)


def baseline(*failures: KnownFailure, cases: tuple[str, ...] = ()) -> Baseline:
    return Baseline(baseline=1, cases=cases, known=failures)


def why(results: Results, against: Baseline | None = None) -> list[tuple[str, str]]:
    return [(line.why.value, line.case) for line in refusals(results, against, TODAY)]


def written(folder: Path, results: Results, name: str = "run") -> Path:
    path = folder / name
    path.mkdir()
    (path / "results.json").write_text(results.model_dump_json(), "utf-8")
    return path


@pytest.mark.parametrize(
    ("results", "against", "expected"),
    [
        (run_of(GOOD), None, []),
        (run_of(), None, ["nothing-ran"]),
        (run_of(GOOD, partial=True), None, ["ended-early"]),
        (run_of(GOOD, BAD), None, ["new-failure"]),
        (run_of(GOOD, UNCLEAR), None, ["inconclusive"]),
        (run_of(result("a/b", Verdict.HARNESS_ERROR)), None, ["harness-error"]),
        (run_of(GOOD, BAD), baseline(known(BAD)), []),
        (run_of(BAD), baseline(known(BAD, date(2026, 11, 25))), ["expired"]),
        (run_of(BAD), baseline(known(BAD, TODAY)), []),
        (run_of(BAD), baseline(known(BAD, fingerprint="0" * 12)), ["other-failure"]),
        (run_of(GOOD), baseline(known(GOOD)), ["passes-now"]),
        (run_of(GOOD), baseline(known(BAD)), ["vanished"]),
        (run_of(GOOD), baseline(cases=(GOOD.case, "secure/gone")), ["vanished"]),
    ],
)
def test_each_thing_that_is_against_a_run_is_one_line(results, against, expected):
    assert [name for name, _ in why(results, against)] == expected
    assert {one.value for one in Refusal} >= set(expected)


def test_the_same_failure_in_other_words_is_known_and_another_device_is_not():
    reworded = replace(BAD, findings=(replace(WRONG, detail="other words", at_us=9),))
    elsewhere = replace(BAD, findings=(replace(WRONG, device="esme"),))

    assert why(run_of(reworded), baseline(known(BAD))) == []
    assert why(run_of(elsewhere), baseline(known(BAD))) == [("other-failure", BAD.case)]


def test_a_case_that_is_listed_twice_is_refused():
    with pytest.raises(ScenarioError, match="lists secure/rotation-response-lost twice"):
        refusals(run_of(BAD), baseline(known(BAD), known(BAD)), TODAY)


def test_a_baseline_is_written_once_read_back_and_not_overwritten(tmp_path):
    path = tmp_path / "baseline.yaml"
    results = run_of(GOOD, BAD)
    write_baseline(path, results, date(2027, 2, 24))

    assert why(results, read_baseline(path)) == []
    with pytest.raises(ScenarioError, match="is not overwritten"):
        write_baseline(path, results, TODAY)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("baseline: 2\n", "baseline"),
        ("baseline: 1\nknwon: []\n", "knwon"),
        ("baseline: 1\nknown: [{case: a, fingerprint: xyz, reason: b, expires: never}]\n", "never"),
    ],
)
def test_a_baseline_that_is_wrong_is_named(tmp_path, text, says):
    path = tmp_path / "baseline.yaml"
    path.write_text(text, "utf-8")

    with pytest.raises(ScenarioError, match=says):
        read_baseline(path)


def test_the_command_says_shut_and_writes_what_other_tools_read(tmp_path, capsys):
    run = written(tmp_path, run_of(GOOD, BAD))
    request = GateRequest(
        run=run,
        ctrf=tmp_path / "ctrf.json",
        sarif=tmp_path / "s.sarif",
        github=True,
        today=TODAY,
    )

    code = gate(request, {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")})

    said = capsys.readouterr().out
    assert code == EXIT_UNEXPECTED
    assert "new-failure: secure/rotation-response-lost: fail: confidently-wrong gsme" in said
    assert "::error file=secure/rotation-response-lost.yaml,line=" in said
    assert json.loads((tmp_path / "ctrf.json").read_text())["results"]["summary"]["failed"] == 1
    assert json.loads((tmp_path / "s.sarif").read_text())["version"] == "2.1.0"
    assert "hanbench gate: shut" in (tmp_path / "summary.md").read_text()


def test_an_open_gate_exits_with_zero(tmp_path):
    assert gate(GateRequest(run=written(tmp_path, run_of(GOOD)), today=TODAY), {}) == EXIT_OK


def test_a_half_written_run_and_no_run_are_told_apart(tmp_path):
    half = tmp_path / "half"
    half.mkdir()
    (half / "results.jsonl").write_text("", "utf-8")

    with pytest.raises(ScenarioError, match="has not ended"):
        results_of(half)
    with pytest.raises(ScenarioError, match="no such run"):
        results_of(tmp_path / "none")


def test_a_sarif_result_stands_at_the_line_of_its_variant():
    lines = (FIXTURES / "scenarios/secure/clean-two-fuel.yaml").read_text().splitlines()
    failed = result("secure/clean-two-fuel[two-phase]", Verdict.FAIL, WRONG)

    assert lines[line_of(failed) - 1].startswith("  two-phase:")
    assert lines[line_of(replace(failed, variant="")) - 1].startswith("expect:")
    located = sarif(run_of(failed))["runs"][0]["results"][0]["locations"][0]
    assert located["physicalLocation"]["region"]["startLine"] == line_of(failed)


def test_ctrf_counts_what_should_not_have_passed_as_failed():
    odd = replace(GOOD, expected_verdict=Verdict.FAIL)

    assert ctrf(run_of(odd))["results"]["summary"]["failed"] == 1


def test_ten_annotations_and_then_how_many_more():
    failed = [replace(BAD, case=f"secure/case-{n}") for n in range(13)]
    lines = refusals(run_of(*failed), None, TODAY)

    shown = annotations(lines)

    assert len(shown) == 11
    assert "3 more" in shown[-1]


def test_what_would_break_a_table_or_a_command_is_escaped():
    nasty = replace(BAD, case="secure/a|b", findings=(replace(WRONG, device="x\ny%"),))
    lines = refusals(run_of(nasty), None, TODAY)

    assert "a\\|b" in markdown(run_of(nasty), lines)
    assert "%0A" in annotations(lines)[0]
    assert "\n" not in annotations(lines)[0]


def test_two_runs_are_compared_by_verdict_clause_and_speed(tmp_path, capsys):
    before = run_of(GOOD, replace(BAD, verdict=Verdict.PASS, findings=()))
    after = run_of(replace(GOOD, wall_s=5.0), BAD, result("secure/new"))

    comparison = compare(before, after)

    assert [change.case for change in comparison.changes] == [BAD.case]
    assert comparison.is_worse
    assert [change.case for change in comparison.clauses] == ["def/sua"]
    assert comparison.new == ("secure/new",)
    assert comparison.speed == pytest.approx(5.5)
    paths = written(tmp_path, before, "a"), written(tmp_path, after, "b")
    assert compare_runs(*paths) == EXIT_UNEXPECTED
    assert "pass -> fail: confidently-wrong" in capsys.readouterr().out
    assert compare_runs(paths[1], paths[1]) == EXIT_OK


def test_runs_of_different_suites_are_not_compared():
    with pytest.raises(ScenarioError, match="different suites: secure and rules"):
        compare(run_of(GOOD), run_of(GOOD, suite="rules"))


@pytest.mark.parametrize("name", ["github-actions.yml", "gitlab-ci.yml"])
def test_the_job_files_are_yaml_and_run_the_gate(name):
    text = (FIXTURES / "ci" / name).read_text("utf-8")
    job = YAML(typ="safe").load(text)

    assert "hanbench gate run --baseline" in text
    assert "hanbench" in (job.get("jobs") or job)

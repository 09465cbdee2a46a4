"""`hanbench run` from its options to its exit code, over scripted cases."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from rich.console import Console
from scripted_cases import SCENARIO, run_scripted, sweep_scripted

from hanbench.harness.errors import EngineError, ScenarioError
from hanbench.harness.running.case import Case, RunOptions
from hanbench.harness.running.cases import Bench
from hanbench.harness.running.pool import Workers
from hanbench.harness.running.results import Results, read_results
from hanbench.harness.running.run_request import RunRequest, execute, list_cases
from hanbench.harness.verdict import CaseRun, Verdict


def scripted(workers: Workers | None) -> Bench:
    return Bench(workers, run=run_scripted, sweep=sweep_scripted)


@pytest.fixture(autouse=True)
def _in_a_folder_of_scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b", "c-wrong", "d"):
        (tmp_path / f"{name}.yaml").write_text(SCENARIO)


def request_for(*what: str, **changed: object) -> RunRequest:
    plain = RunRequest(what=what, out=Path("out"), jobs=0, wants_capture=False, wants_report=False)
    return replace(plain, **changed)  # type: ignore[arg-type]


def run(request: RunRequest) -> tuple[int, str]:
    console = Console(record=True, width=240, force_terminal=False, quiet=False, stderr=True)
    code = execute(request, scripted, console)
    return code, console.export_text()


def results() -> Results:
    return read_results(Path("out/results.json"))


def test_a_run_as_expected_exits_with_0_and_leaves_its_folder() -> None:
    code, text = run(request_for("a.yaml", "b.yaml"))

    assert code == 0
    assert "2 cases: 2 pass; all as expected" in text
    assert [case.case for case in results().cases] == ["a", "b"]
    assert results().run.selected == 2
    assert not results().run.is_partial


def test_a_failure_shows_truth_belief_and_the_command_that_replays_it() -> None:
    code, text = run(request_for("a.yaml", "c-wrong.yaml"))

    assert code == 1
    assert "1 not as expected" in text
    assert "truly holds NEW (version 2)" in text
    assert "believed OLD, since nothing came in time" in text
    assert "hanbench replay out/replay/c-wrong.yaml" in text
    assert "[P9]" in text


def test_fail_fast_ends_the_run_with_the_first_failure() -> None:
    code, text = run(request_for("a.yaml", "c-wrong.yaml", "d.yaml", fail_fast=True))

    assert code == 1
    assert "2 of 3 cases ran" in text
    assert results().run.is_partial


def test_a_filter_chooses_among_the_names() -> None:
    run(request_for("a.yaml", "b.yaml", "d.yaml", expression="not b"))

    assert [case.case for case in results().cases] == ["a", "d"]


VARIANTS = """variants:
  later: {seed: 2}
  sooner: {seed: 3}
"""


def test_a_case_is_run_by_the_name_that_reports_print() -> None:
    Path("v.yaml").write_text(SCENARIO + VARIANTS)

    run(request_for("v.yaml[later]", "a.yaml", "v.yaml[sooner]"))

    assert [case.case for case in results().cases] == ["a", "v[later]", "v[sooner]"]


def test_a_scenario_that_is_named_whole_and_by_a_case_is_run_whole() -> None:
    Path("v.yaml").write_text(SCENARIO + VARIANTS)

    run(request_for("v.yaml[later]", "v.yaml", expression="not sooner"))

    assert [case.case for case in results().cases] == ["v", "v[later]"]


def test_one_case_of_a_sweep_is_run_by_its_name() -> None:
    Path("s.yaml").write_text(SCENARIO + "sweep: journal\n")

    run(request_for("s.yaml[journal#2/after]"))

    assert [case.case for case in results().cases] == ["s[journal#2/after]"]


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("v.yaml[latr]", "v has no variant 'latr'; did you mean 'later'"),
        ("a.yaml[later]", "a has no variant 'later'; none is expected here"),
        ("secure[two-phase]", r"'secure\[two-phase\]' names \d+ scenarios"),
        ("v.yaml[]", "no suite, scenario, file or clause"),
    ],
)
def test_the_name_of_a_case_that_is_none_is_wrong_usage(named: str, says: str) -> None:
    Path("v.yaml").write_text(SCENARIO + VARIANTS)

    with pytest.raises(ScenarioError, match=says):
        run(request_for(named))

    assert not Path("out").exists()


def test_no_case_at_all_is_wrong_usage() -> None:
    with pytest.raises(ScenarioError, match="no case is selected"):
        run(request_for("a.yaml", expression="missing"))

    assert not Path("out").exists()


def test_a_sweep_becomes_its_cases_before_it_runs() -> None:
    Path("s.yaml").write_text(SCENARIO + "sweep: journal\n")

    code, text = run(request_for("s.yaml"))

    assert code == 0
    assert [case.case for case in results().cases] == ["s[journal#1/after]", "s[journal#2/after]"]
    assert "s[journal#*]" in text
    assert "pass x2" in text


def test_a_sweep_that_breaks_is_a_harness_error_and_the_rest_runs() -> None:
    Path("s-killed.yaml").write_text(SCENARIO + "sweep: journal\n")

    code, _ = run(request_for("a.yaml", "s-killed.yaml", jobs=1))

    assert code == 3
    assert [case.verdict for case in results().cases] == [Verdict.PASS, Verdict.HARNESS_ERROR]


def test_a_worker_that_is_killed_costs_its_case_and_the_rest_is_judged() -> None:
    for name in ("k-killed", "z-bug"):
        Path(f"{name}.yaml").write_text(SCENARIO)

    code, text = run(request_for("a.yaml", "k-killed.yaml", "z-bug.yaml", "d.yaml", jobs=2))

    assert code == 3
    verdicts = {case.case: case.verdict for case in results().cases}
    assert verdicts["k-killed"] is verdicts["z-bug"] is Verdict.HARNESS_ERROR
    assert verdicts["a"] is verdicts["d"] is Verdict.PASS
    assert "killed by SIGKILL" in text
    assert Path("out/replay/k-killed.yaml").is_file()


def test_a_case_that_never_ends_is_the_engines_failure() -> None:
    Path("h-hangs.yaml").write_text(SCENARIO)

    code, text = run(request_for("a.yaml", "h-hangs.yaml", jobs=1, case_limit_s=5.0))

    assert code == 1
    assert "engine-broke" in text


def test_an_unclear_case_exits_with_3() -> None:
    Path("u-unclear.yaml").write_text(SCENARIO)

    assert run(request_for("a.yaml", "u-unclear.yaml"))[0] == 3


def test_an_interrupted_run_leaves_what_ran() -> None:
    def interrupted(case: Case) -> CaseRun:
        if case.name == "b":
            raise KeyboardInterrupt
        return run_scripted(case)

    code = execute(
        request_for("a.yaml", "b.yaml", "d.yaml"),
        lambda workers: Bench(workers, run=interrupted),
        Console(stderr=True),
    )

    assert code == 130
    assert [case.case for case in results().cases] == ["a"]
    assert results().run.is_partial
    assert Path("out/junit.xml").is_file()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_the_whole_group_leaves_a_valid_partial_folder(
    number: signal.Signals, code: int
) -> None:
    Path("h-hangs.yaml").write_text(SCENARIO)
    program = (
        "import sys; from pathlib import Path; sys.path.append(sys.argv[1])\n"
        "from scripted_cases import run_scripted\n"
        "from hanbench.harness.running.run_request import *\n"
        "from hanbench.harness.running.cases import Bench\n"
        "if __name__ == '__main__':\n"
        "    request = RunRequest(what=('a.yaml', 'b.yaml', 'h-hangs.yaml'), out=Path('out'),\n"
        "        jobs=1, wants_capture=False, wants_report=False)\n"
        "    sys.exit(execute(request, lambda w: Bench(w, run=run_scripted)))\n"
    )
    Path("program.py").write_text(program)
    process = subprocess.Popen(
        [sys.executable, "program.py", str(Path(__file__).parents[1])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _wait_for_two_results()

    os.killpg(process.pid, number) if number is signal.SIGINT else process.send_signal(number)
    told, errors = process.communicate(timeout=60)

    assert process.returncode == code
    assert errors == ""
    assert "2 of 3 cases ran" in told
    assert [case.case for case in results().cases] == ["a", "b"]


def _wait_for_two_results() -> None:
    partial = Path("out/results.jsonl")
    until_s = monotonic() + 60
    while monotonic() < until_s:
        if partial.exists() and partial.read_text().count("\n") == 2:
            return
    pytest.fail("the run did not begin")


def test_the_trace_is_the_same_for_any_number_of_jobs() -> None:
    run(request_for("a.yaml", "b.yaml", "d.yaml", out=Path("one"), jobs=1))
    run(request_for("a.yaml", "b.yaml", "d.yaml", out=Path("two"), jobs=2))

    assert Path("one/trace.jsonl").read_bytes() == Path("two/trace.jsonl").read_bytes()
    one, two = (json.loads(Path(name, "results.json").read_text()) for name in ("one", "two"))
    assert (one["trace_hash"], one["story_hash"]) == (two["trace_hash"], two["story_hash"])


def test_listing_runs_nothing_and_marks_sweeps(capsys: pytest.CaptureFixture[str]) -> None:
    Path("s.yaml").write_text(SCENARIO + "sweep: journal\n")

    assert list_cases(request_for("a.yaml", "s.yaml")) == 0

    assert capsys.readouterr().out.splitlines() == ["a", "s  (one case for each journal write)"]
    assert list_cases(request_for("a.yaml", "s.yaml", expression="journal#3/torn")) == 0
    assert capsys.readouterr().out.splitlines() == ["s  (one case for each journal write)"]
    with pytest.raises(ScenarioError, match="no case is selected"):
        list_cases(request_for("a.yaml", "s.yaml", expression="missing"))
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (RunOptions(engine="exec:./engine"), ScenarioError),
        (RunOptions(engine="exec:true"), ScenarioError),
        (RunOptions(engine="http://127.0.0.1:1"), ScenarioError),
        (RunOptions(engine="nowhere_at_all:engine"), ScenarioError),
        (RunOptions(engine="raising_engine:engine"), EngineError),
        (RunOptions(scheme="han-sua-m9"), ScenarioError),
    ],
)
def test_an_engine_or_scheme_that_is_none_is_found_before_anything_runs(
    options: RunOptions, error: type[Exception], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "raising_engine.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(error):
        run(request_for("a.yaml", options=options))

    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("what", "suite"),
    [
        ((), "secure"),
        (("secure",), "secure"),
        (("secure/clean-two-fuel",), "clean-two-fuel"),
        (("secure/clean-two-fuel[two-phase]",), "clean-two-fuel"),
        (("mine/one.yaml",), "one"),
        (("tmad/4.34A",), "4.34A"),
        (("a", "b", "c"), "a-and-2-more"),
    ],
)
def test_a_run_is_called_after_what_was_asked_for(what: tuple[str, ...], suite: str) -> None:
    assert RunRequest(what=what).suite == suite

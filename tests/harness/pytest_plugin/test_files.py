"""Scenario files and replay files are tests; no other YAML is."""

from pathlib import Path

import pytest

from hanbench.harness.files.loader import fixtures_folder

SECURE = fixtures_folder("scenarios") / "secure"
FOREIGN = "scenario:\n  name: deploy\nexpect: all is well\n"
LYING = """
from hanbench.harness.engine.port import EndState

async def migrate(port):
    port.outcome(port.authorisation.installation, EndState.COMMISSIONED)
"""


@pytest.fixture
def scenarios(project: pytest.Pytester) -> Path:
    folder = project.path / "scenarios"
    folder.mkdir()
    return folder


def copied(folder: Path, name: str, **replaced: str) -> Path:
    text = (SECURE / f"{name}.yaml").read_text()
    for old, new in replaced.items():
        text = text.replace(old.replace("__", ": "), new)
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return path


def test_each_case_of_a_file_is_a_test_of_a_stable_name(
    project: pytest.Pytester, scenarios: Path
) -> None:
    copied(scenarios, "rotation-response-lost")
    (scenarios / "foreign.yaml").write_text(FOREIGN)
    (scenarios / "broken.yaml").write_text(": : [\n")

    done = project.runpytest_inprocess("-v", "scenarios")

    done.assert_outcomes(passed=3)
    file = "scenarios/rotation-response-lost.yaml::rotation-response-lost"
    done.stdout.fnmatch_lines([f"{file} PASSED*", f"{file}[[]two-phase] PASSED*"])
    listed = project.runpytest_inprocess("--collect-only", "-q", "scenarios")
    listed.stdout.fnmatch_lines([file, f"{file}[[]two-phase]"])
    none = project.runpytest_inprocess("-q", "-o", "hanbench_files=", "scenarios")
    assert none.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    named = project.runpytest_inprocess(
        "-q", "-o", "hanbench_files=", "-m", "faults", "scenarios/rotation-response-lost.yaml"
    )
    named.assert_outcomes(passed=3)


def test_a_file_that_is_wrong_is_an_error_with_file_line_and_key(
    project: pytest.Pytester, scenarios: Path
) -> None:
    copied(scenarios, "clean-electricity-only", seed__1="sede: 1")

    done = project.runpytest_inprocess("scenarios")

    done.assert_outcomes(errors=1)
    done.stdout.re_match_lines([r".*clean-electricity-only\.yaml:\d+:\d+: .*did you mean 'seed'\?"])


def test_devices_of_ones_own_are_tested_by_scenarios_replays_and_the_bench(
    project: pytest.Pytester, scenarios: Path
) -> None:
    copied(scenarios, "clean-electricity-only")
    project.makepyfile(test_of_theirs="def test_it(bench):\n    bench.run()\n")
    theirs = (
        "--hanbench-parts=hanbench.harness.zoo.meters:answers_under_the_old_key_after_the_commit"
    )

    done = project.runpytest_inprocess("-k", "not [", theirs)

    done.assert_outcomes(failed=2)
    done.stdout.fnmatch_lines(["*answered-under-lost-key*"] * 2)
    replays = sorted((project.path / "runs" / "pytest").glob("*clean-electricity-only.yaml"))
    again = project.runpytest_inprocess(str(replays[0]))
    again.assert_outcomes(failed=1)
    ours = project.runpytest_inprocess(
        str(replays[0]), "--hanbench-parts=hanbench.harness.parts:OURS"
    )
    ours.assert_outcomes(passed=1)
    none = project.runpytest_inprocess("-k", "not [", "--hanbench-parts=nowhere_at_all:parts")
    none.assert_outcomes(failed=2)
    none.stdout.fnmatch_lines(["*--parts nowhere_at_all:parts: no module*"] * 2)


def test_a_wrong_engine_fails_in_the_words_of_the_bench_and_its_replay_is_a_test(
    project: pytest.Pytester, scenarios: Path
) -> None:
    copied(scenarios, "clean-electricity-only")
    project.makepyfile(lying=LYING)

    done = project.runpytest_inprocess("-k", "not [", "--hanbench-engine=lying:migrate")

    done.stdout.fnmatch_lines(
        [
            "fail  scenarios/clean-electricity-only",
            "  claimed    commissioned",
            "  again      hanbench replay runs/pytest/*clean-electricity-only.yaml",
            "FAILED scenarios/clean-electricity-only.yaml::clean-electricity-only - fail s*",
        ]
    )
    (replay,) = (project.path / "runs" / "pytest").glob("*.yaml")
    # What was left behind is no test of the project, unless it is named.
    project.runpytest_inprocess("-k", "not [").assert_outcomes(passed=1)
    assert not replay.exists()


def test_a_replay_file_passes_when_its_case_comes_out_as_the_scenario_wants(
    project: pytest.Pytester, scenarios: Path
) -> None:
    copied(scenarios, "clean-electricity-only")
    project.makepyfile(lying=LYING)
    project.runpytest_inprocess("-k", "not [", "--hanbench-engine=lying:migrate")
    (replay,) = (project.path / "runs" / "pytest").glob("*.yaml")
    kept = replay.rename(project.path / "regression.yaml")

    still = project.runpytest_inprocess(kept.name)
    mended = project.runpytest_inprocess(kept.name, "--hanbench-engine=reference")

    still.assert_outcomes(failed=1)
    still.stdout.fnmatch_lines(["  verdict    fail, as recorded", "reproduced: *"])
    mended.assert_outcomes(passed=1)


def test_what_the_engine_does_not_claim_is_skipped_with_the_reason(
    project: pytest.Pytester, scenarios: Path
) -> None:
    copied(scenarios, "clean-two-fuel")
    (project.path / "claims.yaml").write_text("profile: 1\nclaims: {fuels: [electricity]}\n")
    project.makepyfile("def test_it(bench):\n    bench.run()\n")

    done = project.runpytest_inprocess("-rs", "-k", "not [", "--hanbench-profile=claims.yaml")

    done.assert_outcomes(skipped=2)
    done.stdout.fnmatch_lines(["SKIPPED *outside the profile of the engine: a meter for gas"])


def test_inconclusive_is_no_pass_even_where_it_is_expected(
    project: pytest.Pytester, scenarios: Path
) -> None:
    text = (SECURE / "clean-electricity-only.yaml").read_text()
    never = "faults:\n  - {does: drop, at: 'home-1/esme/no-op#99/try#1/reply/wan'}\nexpect:\n"
    text = text.replace("expect:\n", f"{never}  verdict: inconclusive\n")
    (scenarios / "doubtful.yaml").write_text(text)

    done = project.runpytest_inprocess("scenarios", "-k", "not [")

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*fault-never-fired*"])


def test_an_engine_that_is_not_there_is_one_line_for_each_test(
    project: pytest.Pytester, scenarios: Path
) -> None:
    copied(scenarios, "clean-electricity-only")
    project.makepyfile("def test_it(bench):\n    bench.run()\n")

    done = project.runpytest_inprocess("-k", "not [", "--hanbench-engine=exec:no-such-engine")

    done.assert_outcomes(failed=2)
    printed = done.stdout.str()
    assert printed.count("--engine exec:no-such-engine: there is no command 'no-such-engine'") >= 2

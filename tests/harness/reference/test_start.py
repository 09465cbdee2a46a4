"""The start of a migration that takes several tries: what bars it is asked before each."""

from pathlib import Path

import pytest
from tests.suite_cases import driven

from hanbench.harness.files.loader import Library
from hanbench.harness.judging.judge import judge
from hanbench.harness.running.case import expand
from hanbench.harness.verdict import CaseResult

SCENARIO = """
scenario: 1
title: A stop is asked for while the SMSO is away
clauses: [tmad/4.23A]
installation: two-fuel-plain
epoch: 2021-03-01T00:00:00Z
traffic: "off"
authorised: {{at: 8h, day: 0}}
faults:
  - {{at: home-1/party/SMSO/start_migration#1, does: {does}}}
steps:
  - {{after: home-1/party/SMSO/start_migration#1, delay: 2min, do: request-stop, of: home-1}}
expect: {{end_state: {end_state}}}
"""


def run(folder: Path, does: str, end_state: str) -> CaseResult:
    path = folder / "scenario.yaml"
    path.write_text(SCENARIO.format(does=does, end_state=end_state), encoding="utf-8")
    (case,) = expand(Library().scenario(path, name="x"))
    world, steps, stopped = driven(case)
    return judge(world, steps, stopped, 0.0)


def test_a_stop_that_comes_while_the_smso_refuses_is_kept(tmp_path: Path) -> None:
    result = run(tmp_path, "fail", "not-started")

    assert [one.name for one in result.findings if one.name.startswith("started")] == []
    assert result.claimed == "not-started"


@pytest.mark.parametrize("does", ["late, by: 20min"])
def test_what_may_have_started_runs_to_its_end(tmp_path: Path, does: str) -> None:
    """The SMSO started it and its answer came late: a stop is too late for it."""
    result = run(tmp_path, does, "commissioned")

    assert result.claimed == "commissioned"
    assert [one.name for one in result.findings if one.name.startswith("started")] == []

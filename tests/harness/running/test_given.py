"""What a command line gives is found out about before anything runs."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hanbench.harness.cli import cli
from hanbench.harness.errors import ScenarioError


def run(tmp_path: Path, *arguments: str) -> None:
    out = tmp_path / "run"
    command = ["run", *arguments, "--traffic", "off", "-j", "0", "--out", str(out)]
    done = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert (out / "results.json").exists()


@pytest.mark.parametrize(
    ("what", "beside"),
    [("rules/a-meter-that-joins-says-so", "$"), ("han", "; so do those of [0-9]+ other cases$")],
    ids=["one scenario", "a suite"],
)
def test_steps_that_need_frames_are_not_run_without_them(
    what: str, beside: str, tmp_path: Path
) -> None:
    with pytest.raises(ScenarioError, match=rf"--traffic off: the step '.*' needs frames{beside}"):
        run(tmp_path, what)
    assert not (tmp_path / "run").exists()


def test_those_that_are_not_chosen_do_not_count(tmp_path: Path) -> None:
    run(tmp_path, "rules", "-k", "active-never-resubmitted")

"""`hanbench run --engine exec:... | http://...` as typed, with workers of its own."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import pytest
from wired_engines import ENGINES, HTTP, STDIO, has_ended, node, serving

from hanbench.harness import cli
from hanbench.harness.running.results import Results, read_results
from hanbench.harness.verdict import Verdict

HANBENCH = str(Path(sys.executable).parent / "hanbench")
PLAIN = ("--no-capture", "--no-report")


class Told(NamedTuple):
    """What a command printed, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


Hanbench = Callable[..., Told]


@pytest.fixture
def hanbench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Hanbench:
    """Return what types a command in an empty folder, in this process: a worker costs seconds."""
    monkeypatch.chdir(tmp_path)

    def typed(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["hanbench", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = capfd.readouterr()
        assert isinstance(caught.value.code, int)
        return Told(caught.value.code, captured.out, captured.err)

    return typed


def run(
    hanbench: Hanbench, spec: str, *what: str, out: str = "run", jobs: int = 0
) -> tuple[Results, str]:
    done = hanbench("run", *what, "--engine", spec, "--out", out, "--jobs", str(jobs), *PLAIN)
    return read_results(Path(out) / "results.json"), done.stdout + done.stderr


def test_two_workers_share_one_server_and_each_has_a_process_of_its_own(hanbench: Hanbench) -> None:
    what = ("clean-two-fuel", "clean-electricity-only", "-k", "not [", "--seed", "5")
    here, _ = run(hanbench, "reference", *what, out="here")
    piped, told = run(hanbench, STDIO, *what, out="piped", jobs=2)
    with serving(*HTTP) as address:
        posted, _ = run(hanbench, address, *what, out="posted", jobs=2)

    assert here.counts["pass"] == len(here.cases) == 2
    assert piped.trace_hash == posted.trace_hash == here.trace_hash
    assert piped.story_hash == posted.story_hash == here.story_hash
    assert piped.run.engine_says == "reference"
    assert "(reference)" in told


def test_the_written_example_runs_by_the_command_that_is_told(hanbench: Hanbench) -> None:
    for language in ("python", "javascript"):
        if language == "javascript":
            node()
        told = hanbench("new", "engine", language, "--language", language).stdout
        command = shlex.split(told.split("`")[1])
        assert command[0] == "hanbench"
        done = hanbench(
            *command[1:], "-k", "not [", "--out", f"{language}-run", "--jobs", "0", *PLAIN
        )
        assert done.returncode == 0, done.stdout + done.stderr
        results = read_results(Path(f"{language}-run/results.json"))
        assert [one.verdict for one in results.cases] == [Verdict.PASS]


def test_files_that_are_there_are_not_replaced(hanbench: Hanbench, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "cautious.py").write_text("mine")

    refused = hanbench("new", "engine", "mine")

    assert refused.returncode == 2
    assert "mine/cautious.py: is there already" in refused.stderr
    assert (tmp_path / "mine" / "cautious.py").read_text() == "mine"
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["cautious.py"]
    assert hanbench("new", "engine", "mine", "--force").returncode == 0
    assert (tmp_path / "mine" / "hanbench_port.py").is_file()


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("exec:./no-engine", "there is no command './no-engine'"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1: Connection refused"),
        (f"exec:{sys.executable} -c 'raise SystemExit(\"no licence\")'", "no licence"),
    ],
)
def test_what_cannot_be_reached_touches_no_earlier_run(
    hanbench: Hanbench, tmp_path: Path, spec: str, says: str
) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / "results.json").write_text("an earlier run")

    done = hanbench("run", "clean-two-fuel", "--engine", spec, "--out", "run")

    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.startswith("hanbench: --engine ")
    assert (out / "results.json").read_text() == "an earlier run"


DYING = """
import json, os, pathlib, sys
turns = 0
for line in sys.stdin:
    told = json.loads(line)
    if told["type"] != "turn":
        print(json.dumps({"type": told["type"], "port": 1} if told["type"] == "hello"
                         else {"type": told["type"]}), flush=True)
    elif told["event"].get("authorisation", {}).get("rotation_profile") == "two-phase":
        sys.stderr.write("two-phase is not written yet\\n")
        sys.exit(7)
    else:
        print(json.dumps({"type": "turn", "turn": told["turn"], "actions": [
            {"type": "outcome", "installation": "home-1", "end_state": "not-started"}]}),
            flush=True)
"""


def test_an_engine_that_dies_costs_its_case_and_the_rest_is_judged(
    hanbench: Hanbench, tmp_path: Path
) -> None:
    (tmp_path / "dying.py").write_text(DYING)
    spec = f"exec:{sys.executable} -S dying.py"

    results, told = run(hanbench, spec, "clean-two-fuel", "-k", "not full and not traffic")

    verdicts = {one.variant: one.findings[0].name for one in results.cases}
    assert verdicts["two-phase"] == "engine-broke"
    assert {verdicts[""], verdicts["esme-first"], verdicts["plain-home"]} == {"end-state"}
    assert "engine-broke" in told
    assert "its process ended: exit code 7; its stderr ends:" in told
    assert "two-phase is not written yet" in told


def test_a_failed_case_is_replayed_with_its_engine(hanbench: Hanbench, tmp_path: Path) -> None:
    (tmp_path / "dying.py").write_text(DYING)
    spec = f"exec:{sys.executable} -S dying.py"
    run(hanbench, spec, "clean-electricity-only", "-k", "not [")

    (replay,) = (tmp_path / "run" / "replay").iterdir()
    done = hanbench("replay", str(replay))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "as recorded" in done.stdout


@pytest.mark.slow
def test_a_sweep_kills_a_program_at_each_journal_write(hanbench: Hanbench) -> None:
    what = ("engine-crash-at-each-journal-write", "-k", "(journal#4 or journal#8) and not two")
    here, _ = run(hanbench, "reference", *what, out="here")

    piped, _ = run(hanbench, STDIO, *what, out="piped")

    assert here.counts["pass"] == len(here.cases) == 6
    assert piped.story_hash == here.story_hash


HANGING = """
import json, os, pathlib, signal, sys
for line in sys.stdin:
    told = json.loads(line)
    if told["type"] == "turn":
        pathlib.Path("pid").write_text(str(os.getpid()))
        signal.pause()
    print(json.dumps({"type": told["type"], "port": 1} if told["type"] == "hello"
                     else {"type": told["type"]}), flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a program ends with its stdin")
@pytest.mark.parametrize("way", ["Ctrl-C", "worker killed"])
def test_a_program_ends_with_its_worker_and_with_ctrl_c(tmp_path: Path, way: str) -> None:
    (tmp_path / "hanging.py").write_text(HANGING)
    spec = f"exec:{sys.executable} -S hanging.py"
    options = ("--engine", spec, "--turn-limit", "1h", "--out", "run", *PLAIN)
    command = [HANBENCH, "run", "clean-electricity-only", "-k", "not [", *options]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        program = wait_for_pid(tmp_path / "pid")
        if way == "Ctrl-C":
            process.send_signal(signal.SIGINT)
        else:
            os.kill(parent_of(program), signal.SIGKILL)
        process.communicate(timeout=60)

    assert process.returncode == (130 if way == "Ctrl-C" else 3)
    assert has_ended(program)


def wait_for_pid(path: Path) -> int:
    until_s = monotonic() + 60
    while monotonic() < until_s:
        if path.exists() and path.read_text():
            return int(path.read_text())
    pytest.fail("the engine was not told anything")


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_the_profile_of_an_engine_decides_what_runs(hanbench: Hanbench, tmp_path: Path) -> None:
    (tmp_path / "profile.yaml").write_text(
        "profile: 1\nclaims: {fuels: [electricity], rotation_profiles: [single-shot]}\n"
    )
    spec = f"exec:{sys.executable} {ENGINES / 'cautious.py'}"
    options = ("--engine", spec, "--profile", "profile.yaml", "--out", "run", "--jobs", "0", *PLAIN)

    done = hanbench("run", "clean-electricity-only", "clean-two-fuel", "-k", "not [", *options)

    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        "not applicable  secure/clean-two-fuel: outside the profile: a meter for gas" in done.stdout
    )
    assert "1 pass, 1 not-applicable; all as expected" in done.stdout
    (tmp_path / "profile.yaml").write_text("profile: 1\nclaims: {fuel: [gas]}\n")
    refused = hanbench("run", "clean-two-fuel", *options)
    assert refused.returncode == 2
    assert "profile.yaml:2:" in refused.stderr
    assert "did you mean 'fuels'?" in refused.stderr

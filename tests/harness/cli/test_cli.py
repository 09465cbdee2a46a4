"""The command line: exit codes, and messages in place of tracebacks."""

import subprocess
import sys
from pathlib import Path

import pytest

from hanbench.harness import cli

HEAVY = ("pydantic", "rich", "ruamel", "construct", "cryptography", "jinja2")


def hanbench(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int | str | None, str]:
    monkeypatch.setattr(sys, "argv", ["hanbench", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    captured = capsys.readouterr()
    return caught.value.code, captured.out + captured.err


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--version"], 0, "hanbench "),
        (["--help"], 0, "doctor"),
        (["run", "--help"], 0, "--fail-fast"),
        (["run", "--list", "clean-two-fuel"], 0, "secure/clean-two-fuel[two-phase]"),
        (["run", "--list", "-k", "nothing-at-all"], 2, "no case is selected"),
        (["check"], 2, "say what to check: --model, or --log FILE"),
        (["check", "--model", "--log", "x"], 2, "say what to check"),
        (["check", "--log", "none.log"], 2, "none.log: cannot be read"),
        (["replay"], 2, "give a replay file, or --log FILE"),
        (["replay", "--log", "none.log"], 2, "none.log: cannot be read"),
        (["replay", "a.yaml", "--log", "b.log"], 2, "give a replay file, or --log FILE"),
        (["new", "installation", "--from", "none.yaml"], 2, "none.yaml: cannot be read"),
        (["run", "secrue"], 2, "hanbench: 'secrue' is no suite, scenario, file or clause"),
        (["run", "-k", "a and", "clean-two-fuel"], 2, "a word is missing at the end"),
        (["run", "clean-two-fuel", "-k", "nothing-at-all"], 2, "no case is selected"),
        (["run", "--engine", "exec:./mine", "clean-two-fuel"], 2, "there is no command './mine'"),
        (["run", "--engine", "http://127.0.0.1:1", "clean-two-fuel"], 2, "Connection refused"),
        (["run", "--real-time", "2000", "clean-two-fuel"], 2, "Invalid value for '--real-time'"),
        (["run", "--profile", "none.yaml", "clean-two-fuel"], 2, "none.yaml"),
        (["run", "--engine", "nowhere_at_all:new", "clean-two-fuel"], 2, "no module"),
        (["run", "--scheme", "other", "clean-two-fuel"], 2, "no scheme of that name"),
        (["run", "--parts", "nowhere_at_all:new", "clean-two-fuel"], 2, "no module"),
        (["explore", "--parts", "nowhere_at_all:new", "clean-two-fuel"], 2, "no module"),
        (["verify", "--parts", "nowhere_at_all:new", "clean-two-fuel"], 2, "no module"),
        (["device", "hub", "--scenario", "clean-two-fuel", "--parts", "no:x"], 2, "no module"),
        (["replay", "clean-two-fuel", "--until", "end", "--parts", "no:x"], 2, "no module"),
        (["replay", "--log", "b.log", "--parts", "no:x"], 2, "--parts is for a case that is run"),
        (["run", "--seed", "-1"], 2, "Invalid value for '--seed'"),
        (["run", "--jobs", "many"], 2, "Invalid value for '-j' / '--jobs'"),
        (["run", "--case-limit", "30"], 2, "'30' is not a duration"),
        (["run", "--no-such-option"], 2, "No such option"),
        (["replay", "nowhere.yaml"], 2, "nowhere.yaml: cannot be read"),
        (["rnu"], 2, "No such command"),
        (["replay", "clean-two-fuel", "--step", "--do", "next; quit"], 0, "#1 of"),
        (["replay", "clean-two-fuel"], 2, "is no replay file; a scenario is run by"),
        (["replay", "clean-two-fuel", "--until", "nowhere"], 2, "is no place in a run"),
        (["replay", "clean-two-fuel", "--break-on", "nothing"], 2, "is not known"),
        (["device", "gsme", "--scenario", "clean-two-fuel", "--section", "sua"], 0, "truth"),
        (["device", "nobody", "--scenario", "clean-two-fuel"], 2, "no device 'nobody'"),
        (["sua", "--help"], 0, "synthetic model"),
        (["sua", "issue", "--eui64", "x"], 2, "is not an EUI-64"),
        (["sua", "explain", "c86831be29d6ec93"], 0, "a SUA code of HAN-SUA-M1"),
        (["utrn", "--help"], 0, "synthetic model"),
        (["utrn", "explain", "1234"], 1, "no UTRN of either form"),
        (["doctor"], 0, "hanbench can run."),
        (["new", "scenario", "s.yaml"], 0, "`hanbench run s.yaml` runs it"),
    ],
)
def test_a_command_ends_with_its_code_and_no_traceback(
    arguments: list[str],
    code: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended_with, text = hanbench(monkeypatch, capsys, *arguments)

    assert ended_with == code, text
    assert says in text
    assert "Traceback" not in text


def test_a_users_own_scenario_is_run_and_can_be_replayed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    hanbench(monkeypatch, capsys, "new", "scenario", "mine.yaml")
    wrong = (tmp_path / "mine.yaml").read_text().replace("end_state: comm", "end_state: excluded #")
    (tmp_path / "mine.yaml").write_text(wrong)

    options = ("--no-report", "-k", "not two-phase", "--jobs", "0")
    code, text = hanbench(monkeypatch, capsys, "run", "mine.yaml", *options)

    assert code == 1
    command = next(line for line in text.splitlines() if "hanbench replay" in line)
    code, text = hanbench(monkeypatch, capsys, *command.split()[2:])
    assert (code, "every octet and every event is the recorded one" in text) == (0, True)


@pytest.mark.parametrize("name", ["results.json", "junit.xml", "trace.jsonl", "han.pcapng"])
def test_a_run_leaves_its_files_where_latest_points(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    name: str,
) -> None:
    hanbench(monkeypatch, capsys, "run", "clean-electricity-only", "--no-report", "--jobs", "0")

    assert (tmp_path / "runs" / "latest" / name).stat().st_size > 0


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; import hanbench.harness.cli; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.stdout.strip() == "[]", done.stderr


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    done = subprocess.run(
        f"{sys.executable} -c 'from hanbench.harness.cli import main; main()' run --list | true",
        shell=True,
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.stderr == ""

"""`hanbench replay --step`, `--until` and `--break-on`, from a pipe and by keys."""

import io
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from tests.harness.stepping.recorded import COMMIT, recorded, walked
from tests.harness.sums.command import hanbench

from hanbench.harness.files.loader import Library
from hanbench.harness.replay.replay_file import write_replay
from hanbench.harness.replay.replaying import replay_file
from hanbench.harness.running.case import expand
from hanbench.harness.running.cases import Bench
from hanbench.harness.running.run_case import run_case
from hanbench.harness.running.suites import select
from hanbench.harness.stepping.keyboard import ASKS, KEYS, walk_by_keys
from hanbench.harness.stepping.walk import Walk


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    case = expand(select(("secure/duplicate-rotate-after-commit",), Library())[0])[0]
    path = tmp_path_factory.mktemp("replay") / "case.yaml"
    write_replay(path, case, run_case(case))
    return path


def test_a_pipe_walks_through_a_replay_file(replay: Path) -> None:
    ran = hanbench("replay", replay, "--step", stdin="next\nfault\nback\nshow belief\nquit\nnext\n")

    assert ran.code == 0
    assert "> fault" in ran.text
    assert "FAULT at" in ran.text
    assert "quit" in ran.text
    assert ran.text.count("\n> ") == 5


def test_a_replay_tells_when_its_faults_struck_and_how_to_look_into_it(replay: Path) -> None:
    text = io.StringIO()

    code = replay_file(replay, bench=Bench(None), console=Console(file=text, width=200))

    assert code == 0
    struck = (
        "duplicate by 10min at home-1/gsme/rotate-sua-key#1/try#1/request/wan, struck at 00:30:0"
    )
    assert struck in text.getvalue()
    assert f"look in  hanbench replay {replay} --step" in text.getvalue()


def test_the_end_of_the_pipe_ends_the_walk(replay: Path) -> None:
    assert hanbench("replay", replay, "--step", stdin="next 2\n").code == 0


def test_commands_on_the_command_line_walk_too(replay: Path) -> None:
    ran = hanbench("replay", replay, "--do", "fault; back; show belief", stdin="quit\n")

    assert (ran.code, ran.text.count("\n> ")) == (0, 3)


@pytest.mark.parametrize(
    ("lines", "code"),
    [("next\n", 0), ("goto 99999\n", 1), ("nonsense\nnext\n", 2), ("goto 99999\nx\n", 2)],
)
def test_a_script_ends_with_the_worst_that_happened(replay: Path, lines: str, code: int) -> None:
    assert hanbench("replay", replay, "--step", stdin=lines).code == code


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--until", COMMIT), 0, "SUA: truth: OLD -> NEW"),
        (("--until", "30min"), 0, "00:30:0"),
        (("--until", "12"), 0, "#12 of"),
        (("--until", COMMIT.replace("key#1", "key#5")), 1, f"home-1/{COMMIT}"),
        (("--until", "99999"), 1, "there is no number 99999"),
        (("--until", "elsewhere"), 2, "is no place in a run"),
        (("--break-on", "truth-changes"), 0, "SUA: truth: OLD -> NEW"),
        (("--break-on", "belief-wrong"), 1, "belief-wrong never holds in this run"),
        (("--break-on", "truth-chages"), 2, "did you mean 'truth-changes'?"),
        (("--break-on", "truth-changes", "--until", "5"), 0, "#5 of"),
        (("--break-on", "belief-wrong", "--until", "5"), 0, "#5 of"),
    ],
)
def test_a_place_is_gone_to_and_shown(options: tuple[str, ...], code: int, says: str) -> None:
    ran = hanbench("replay", "clean-two-fuel", *options)

    assert (ran.code, says in ran.text) == (code, True), ran.text


def test_a_walk_begins_where_it_was_asked_to(replay: Path) -> None:
    ran = hanbench("replay", replay, "--step", "--until", "20", stdin="next\n")
    lost = hanbench("replay", replay, "--step", "--until", "99999", stdin="next\n")

    assert "#21 of" in ran.text
    assert (lost.code, "#1 of" in lost.text) == (1, True)


def test_continue_goes_on_to_what_break_on_said() -> None:
    ran = hanbench("replay", "clean-two-fuel", "--step", "--break-on", "belief", stdin="continue\n")

    assert "engine believes" in ran.text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("none.yaml", "--step"), "none.yaml: cannot be read"),
        (("clean-two-fule", "--step"), "did you mean 'clean-two-fuel'?"),
        (("secure", "--step"), "names"),
        (("clean-two-fuel[two-fase]", "--step"), "did you mean 'two-phase'?"),
        (("--step",), "give a replay file"),
        (("--step", "--log", "x"), "look into a replay file, not a log"),
        (("clean-two-fuel", "--step", "--engine", "nowhere_at_all:x"), "no module"),
        (("clean-two-fuel", "--step", "--scheme", "other"), "no scheme of that name"),
    ],
)
def test_a_run_that_is_not_there_is_named(arguments: tuple[str, ...], says: str) -> None:
    ran = hanbench("replay", *arguments)

    assert (ran.code, says in ran.text) == (2, True), ran.text


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xff\xfe\x00")

    assert hanbench("replay", file, "--step").code == 2


def test_a_scenario_file_of_ones_own_can_be_walked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    hanbench("new", "scenario", "mine.yaml")

    ran = hanbench("replay", "mine.yaml", "--until", "3")

    assert (ran.code, "#3 of" in ran.text) == (0, True), ran.text


def pressed(*keys: str) -> tuple[Walk, str]:
    given: Iterator[str] = iter(keys)
    text = io.StringIO()
    walk = Walk(recorded(), Console(file=text, width=100, highlight=False))

    def getchar() -> str:
        try:
            return next(given)
        except StopIteration:
            raise EOFError from None

    walk_by_keys(walk, getchar)
    return walk, text.getvalue()


def test_keys_walk_as_commands_do() -> None:
    walk, text = pressed("n", " ", "\r", "\x1b[C", "b", "\x1b[D", "\x1b[B", "?", "z")

    assert walk.position == 12
    assert "keys" in text


def test_keys_that_need_a_word_ask_for_it() -> None:
    keys = [*f"g{COMMIT}\r", *"dgsmex", "\x7f", *" sua\n", *"Cbelief\r", *":show changes\r", *"o\r"]

    walk, text = pressed(*keys)

    assert walk.code == 0
    assert "highest version ever" in text
    assert "engine believes" in text


def test_a_word_that_is_not_given_is_no_command() -> None:
    walk, _ = pressed("g", "\r", "g", "1", "2", "\x1b[A", ":", "\b", "\r", "C", "é", "\x03")

    assert (walk.position, walk.code) == (0, 0)


def test_q_and_the_end_of_the_input_and_interrupts_leave() -> None:
    assert pressed(*"qn")[0].position == 0
    assert pressed(*"n\x03n")[0].position == 1
    assert pressed(*"n\x04n")[0].position == 1


def test_a_terminal_is_walked_by_keys_and_left_as_it_was() -> None:
    here, there = pty.openpty()
    before = termios.tcgetattr(here)
    program = "from hanbench.harness.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "replay", "clean-two-fuel", "--step"],
        stdin=there, stdout=there, stderr=there,
    ) as walking:  # fmt: skip
        os.close(there)
        # Typed ahead, so that nothing hangs on when the program is ready: an arrow, a word, q.
        os.write(here, b"nn\x1b[Dg100\rq")
        said = b"".join(iter(lambda: read_or_end(here), b""))
    after = termios.tcgetattr(here)
    os.close(here)

    assert walking.returncode == 0
    assert [b"#2\x1b" in said, b"#100\x1b" in said] == [True, True]
    assert after == before


def read_or_end(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""  # the other end is closed: the program has ended


def test_every_key_gives_a_command_that_there_is() -> None:
    known = set(walked()[0]._commands())

    assert {command.split()[0] for command in (*KEYS.values(), *ASKS.values())} <= known

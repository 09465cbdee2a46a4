"""Every command that the documents show is run, and prints what they say that it prints."""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from shown import (
    Command,
    File,
    blocks,
    indented_commands,
    inline_commands,
    is_as_shown,
    looks_typed,
    pages,
    steps_of,
)
from tests.tracked_files import ROOT

from hanbench.harness.cli import cli, main

NOT_RUN = {
    "git clone": "fetches this repository over the network",
    "cd hanbench": "the scratch folder stands for the checkout",
    "make": "makes .venv anew, or runs these very tests; CI runs them",
    ". .venv/bin/activate": "the tests run in that environment already",
    "wireshark": "opens a window; tests/foreign reads the same captures by tshark",
}
"""Commands that no test can run, by how they begin, and why."""
COMMANDS_IN_DISGUISE = {"sh", "bash", "shell", "zsh"}
HELD_ELSEWHERE = {Path("docs/stepping.md"), Path("docs/sums.md")}
"""Held against what is printed octet by octet, by tests/harness/test_how_to_pages.py."""
TAKE_LONG = {
    Path("docs/tutorial.md"),
    Path("docs/exit-codes.md"),
    Path("docs/how-to/testers.md"),
    Path("docs/how-to/release-engineers.md"),
}
"""Pages of many runs: with all that they show, they are left to the slow tests."""
PAGES_WITH_COMMANDS = [page for page in pages() if steps_of(page) and page not in HELD_ELSEWHERE]


def has_slow(page: Path) -> bool:
    return any(isinstance(step, Command) and step.is_slow for step in steps_of(page))


def is_run(command: Command) -> bool:
    return not any(command.text == one or command.text.startswith(f"{one} ") for one in NOT_RUN)


def run_in_process(words: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Run `hanbench` as its entry point does, without starting another Python."""
    monkeypatch.setattr(sys, "argv", words)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0), printed.getvalue()
    raise AssertionError("the command line ends with SystemExit")


def run_elsewhere(text: str, folder: Path) -> tuple[int, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", text],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def follow(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, *, slow: bool) -> int:
    """Do what the page says, in a scratch folder that stands for the checkout."""
    (folder / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(folder)
    code, last, ran = 0, "", 0
    for step in steps_of(page):
        if isinstance(step, File):
            path = folder / step.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text, encoding="utf-8")
        elif step.is_slow and not slow:
            continue
        elif step.text == "echo $?":
            assert step.shown == (str(code),), f"{page}: `{last}` ended with {code}"
            code = 0
        elif is_run(step):
            assert code == 0, f"{page}: `{last}` ended with {code}, and the page does not say so"
            last = step.text
            is_ours = step.words[0] == "hanbench" and "|" not in step.words
            code, printed = (
                run_in_process(step.words, monkeypatch) if is_ours else run_elsewhere(last, folder)
            )
            assert is_as_shown(step.shown, printed), f"{page}: `{last}` printed\n{printed}"
            ran += 1
    assert code == 0, f"{page}: `{last}` ended with {code}, and the page does not say so"
    return ran


@pytest.mark.parametrize("page", sorted({*PAGES_WITH_COMMANDS} - TAKE_LONG), ids=str)
def test_a_page_can_be_followed(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert follow(page, tmp_path, monkeypatch, slow=False) > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES_WITH_COMMANDS if page in TAKE_LONG or has_slow(page)], ids=str
)
def test_a_page_that_takes_long_can_be_followed(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert follow(page, tmp_path, monkeypatch, slow=True) > 0


def test_the_readme_and_the_tutorial_are_among_the_pages() -> None:
    assert {Path("README.md"), Path("docs/tutorial.md")} <= set(PAGES_WITH_COMMANDS)


def test_every_command_that_is_not_run_is_shown_somewhere() -> None:
    shown = [step.text for page in pages() for step in steps_of(page) if isinstance(step, Command)]

    assert [one for one in NOT_RUN if not any(text.startswith(one) for text in shown)] == []


@pytest.mark.parametrize("page", pages(), ids=str)
def test_no_command_hides_in_a_block_that_is_not_run(page: Path) -> None:
    assert COMMANDS_IN_DISGUISE & {kind for kind, _ in blocks(page)} == set()
    assert indented_commands(page) == []
    assert not any(looks_typed(text) for kind, text in blocks(page) if kind in ("", "text"))


@pytest.mark.parametrize("page", pages(), ids=str)
def test_every_command_in_a_sentence_exists_with_its_options(page: Path) -> None:
    assert [text for text in inline_commands(page) if problem_of(text)] == []


def problem_of(text: str) -> str:
    """Say what is wrong with a `hanbench ...` that stands in a sentence; empty: nothing."""
    command: click.Command = cli
    for word in text.split()[1:]:
        if isinstance(command, click.Group) and not word.startswith("-") and word.islower():
            if word not in command.commands:
                return f"no command {word}"
            command = command.commands[word]
        elif word.startswith("-"):
            names = [name for one in command.params for name in (*one.opts, *one.secondary_opts)]
            if word.partition("=")[0].rstrip(",") not in [*names, "-h", "--help"]:
                return f"no option {word}"
    return ""


def test_a_command_that_is_none_would_be_found() -> None:
    assert problem_of("hanbench frobnicate")
    assert problem_of("hanbench run --frobnicate")
    assert problem_of("hanbench sua issue --version 1") == ""


def test_what_is_shown_is_held_against_what_is_printed() -> None:
    printed = "one\n\n two   three\nfour\nfive 12.3 s\n"

    assert is_as_shown(("one", "...", "five ... s"), printed)
    assert is_as_shown(("...", "two three", "..."), printed)
    assert not is_as_shown(("one", "four", "..."), printed)
    assert not is_as_shown(("one",), printed)

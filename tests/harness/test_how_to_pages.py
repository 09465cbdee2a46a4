"""The pages on stepping and on sums: what they show is what the commands print, line by line.

`python -m tests.harness.test_how_to_pages` writes the outputs anew; read the difference.
"""

import re
import shlex
from pathlib import Path

import pytest
from tests.harness.sums.command import hanbench
from tests.tracked_files import ROOT

from hanbench.harness.running import terminal

PAGES = ("stepping.md", "sums.md")
COLUMNS = 100
"""As wide as the pages show it."""
CUT = "[...]"
"""Stands in a page for lines that are left out."""
BLOCK = re.compile(r"```console\n\$ (hanbench [^\n]*)\n(.*?)```", re.DOTALL)


def shown(page: str) -> list[tuple[str, str]]:
    return BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))


def loose(text: str) -> str:
    """Leave out what moves when a device says one frame more: counts of events, and instants."""
    counted = re.sub(r"#\d+( of \d+)?|\d+ events|\d+ fault points|event \d+", "N", text)
    return re.sub(r"\d\d:\d\d:\d\d\.\d{6}", "INSTANT", counted)


def printed(command: str) -> str:
    text = hanbench(*shlex.split(command)[1:]).text
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    "command", [pytest.param(pair, id=pair[0]) for page in PAGES for pair in shown(page)]
)
def test_a_page_shows_what_the_command_prints(
    command: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "PIPED_COLUMNS", COLUMNS)
    said, output = command

    got = loose(printed(said))

    for part in loose(output).split(f"{CUT}\n"):
        assert part in got, said
        got = got.partition(part)[2]
    assert CUT in output or not got


def test_the_pages_show_something() -> None:
    assert all(len(shown(page)) > 4 for page in PAGES)


def _written(match: re.Match[str]) -> str:
    if CUT in match[2]:
        return match[0]  # what is cut is cut by hand
    return f"```console\n$ {match[1]}\n{printed(match[1])}```"


if __name__ == "__main__":
    terminal.PIPED_COLUMNS = COLUMNS
    for name in PAGES:
        path = Path(ROOT / "docs" / name)
        path.write_text(BLOCK.sub(_written, path.read_text(encoding="utf-8")), encoding="utf-8")

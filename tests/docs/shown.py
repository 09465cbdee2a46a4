"""What the documents show: commands with what they print, and files to write.

A block of the kind `console` holds lines that begin with `$ ` and, below each, what it prints; a
line `...` stands for any lines, `...` within a line for anything. A command that ends with another
code than 0 is followed by `$ echo $?`. `console slow` is left to the slow tests. A block of another
kind with `name=PATH` is a file: it is written where it stands in the page.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.tracked_files import ROOT

_FENCE = re.compile(r"(?ms)^(?P<ticks>```+)(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=ticks)[ ]*$")
_INLINE = re.compile(r"(?<!`)`(hanbench [^`]+)`(?!`)")


class Command(NamedTuple):
    """One command with the lines that the page shows below it."""

    text: str
    shown: tuple[str, ...]
    is_slow: bool

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text)


class File(NamedTuple):
    """One file that the page tells its reader to write."""

    path: str
    text: str


def pages() -> list[Path]:
    """Return the documents that people read, relative to the root."""
    found = [Path("README.md"), *(path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md"))]
    return sorted(path for path in found if not {"_build", "written"} & set(path.parts))


def steps_of(page: Path) -> list[Command | File]:
    """Return what a reader of the page is to do, in its order."""
    steps: list[Command | File] = []
    for kind, words, body in _blocks(page):
        names = [word.removeprefix("name=") for word in words if word.startswith("name=")]
        if names:
            steps.append(File(names[0], body))
        elif kind == "console":
            steps += _commands(body, is_slow="slow" in words)
    return steps


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return each block with its kind, the word behind its ticks."""
    return [(kind, body) for kind, _, body in _blocks(page)]


def looks_typed(block: str) -> bool:
    """Whether a block that is not run looks like something that a reader would type."""
    return any(line.lstrip("$ ").startswith(("hanbench ", "make ")) for line in block.splitlines())


def inline_commands(page: Path) -> list[str]:
    """Return each `hanbench ...` in the sentences of a page."""
    prose = _prose(page)
    return [" ".join(found.split()) for found in _INLINE.findall(prose)]


def indented_commands(page: Path) -> list[str]:
    """Return the lines of a page that show a command by indenting it, so that nothing runs it."""
    return re.findall(r"(?m)^ {4}(?:\$ |hanbench |pytest |make |python3? ).*$", _prose(page))


def is_as_shown(shown: tuple[str, ...], printed: str) -> bool:
    """Whether a command printed what the page shows; spaces beside one another count as one."""
    if not shown:
        return True
    lines = "".join(f"{_plain(line)}\n" for line in printed.splitlines() if line.strip())
    pattern = "".join(_line_pattern(line) for line in shown if line.strip())
    return re.fullmatch(pattern, lines) is not None


def _prose(page: Path) -> str:
    return _FENCE.sub("", (ROOT / page).read_text(encoding="utf-8"))


def _line_pattern(line: str) -> str:
    if line.strip() == "...":
        return r"(?:[^\n]*\n)*?"
    return r"[^\n]*".join(re.escape(part) for part in _plain(line).split("...")) + r"\n"


def _plain(line: str) -> str:
    return " ".join(line.split())


def _blocks(page: Path) -> Iterator[tuple[str, list[str], str]]:
    for found in _FENCE.finditer((ROOT / page).read_text(encoding="utf-8")):
        kind, *words = found["info"].split() or [""]
        yield kind, words, found["body"]


def _commands(body: str, *, is_slow: bool) -> Iterator[Command]:
    text, shown = "", list[str]()
    lines = body.replace("\\\n", " ").splitlines()
    for line in [*lines, "$ "]:
        if not line.startswith("$ "):
            shown.append(line)
            continue
        if text:
            yield Command(text, tuple(shown), is_slow)
        text, shown = line.removeprefix("$ ").strip(), []

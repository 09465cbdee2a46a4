"""A sum on paper: each value on the way, the checks in their order, and what came of it.

Whatever is printed here says of itself that the model is synthetic: nobody shall take a value of
HAN-SUA-M1 or HAN-DAUTRN-M1 for one of a real device.
"""

import enum
import json
import textwrap
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

SYNTHETIC = "a synthetic model: no real device makes or takes these values"
_NAME_COLUMNS = 20
_WIDTH_MIN = 60
_COLOURS = {"holds": "green", "fails": "bold red", "not reached": "dim", "not asked": "yellow"}


class Standing(enum.StrEnum):
    """What became of one check."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_REACHED = "not reached"
    NOT_ASKED = "not asked"
    """What it needs was not given."""


@dataclass(frozen=True, slots=True)
class Line:
    """One value."""

    name: str
    value: str
    says: str = ""
    depth: int = 0
    """1 for a part of the value above."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check, in the order of the model."""

    step: str
    name: str
    standing: Standing
    says: str = ""


@dataclass(slots=True)
class Sheet:
    """A whole sum."""

    title: str
    model: str
    about: str = SYNTHETIC
    lines: list[Line] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    result: str = ""
    holds: bool = True
    """Whether every check that was made holds."""

    def line(self, name: str, value: object, says: str = "", *, depth: int = 0) -> None:
        """Put down a value; octets are written in hex."""
        text = value.hex() if isinstance(value, bytes) else str(value)
        self.lines.append(Line(name, text, says, depth))


def as_json(sheet: Sheet) -> str:
    """Return a sheet as JSON; `values` holds each value by its name."""
    told: dict[str, Any] = {
        "title": sheet.title,
        "model": sheet.model,
        "about": sheet.about,
        "values": {line.name: line.value for line in sheet.lines},
        "lines": [asdict(line) for line in sheet.lines],
        "checks": [asdict(check) for check in sheet.checks],
        "notes": sheet.notes,
        "result": sheet.result,
        "holds": sheet.holds,
    }
    return json.dumps(told, indent=1)


def show(console: Console, sheet: Sheet) -> None:
    """Print a sheet, no wider than the console."""
    width = max(_WIDTH_MIN, console.width)
    printed = [Text(sheet.title, "bold"), Text(f"{sheet.model}: {sheet.about}", "dim"), Text()]
    printed += [text for line in sheet.lines for text in _line(line, width)]
    if sheet.checks:
        printed += [Text(), *(text for check in sheet.checks for text in _check(check, width))]
    if sheet.notes:
        printed.append(Text())
    for note in sheet.notes:
        printed += [Text(part) for part in wrapped(note, width, "  ")]
    if sheet.result:
        printed += [Text(), Text(sheet.result, "bold green" if sheet.holds else "bold red")]
    for text in printed:
        console.print(text, soft_wrap=True)


def _line(line: Line, width: int) -> list[Text]:
    name = f"  {'  ' * line.depth}{line.name}"
    margin = _NAME_COLUMNS + 2 * line.depth + 2
    head, *rest = _pieces(line.value, width - margin) or [""]
    first = Text(f"{name:<{margin}}")
    first.append(head, "cyan" if not line.depth else "")
    told = [first, *(Text(" " * margin + piece, "cyan") for piece in rest)]
    if line.says:
        if len(told[-1].plain) + 2 + len(line.says) <= width:
            told[-1].append(f"  {line.says}", "dim")
        else:
            told += [Text(part, "dim") for part in wrapped(line.says, width, " " * margin)]
    return told


def _check(check: Check, width: int) -> list[Text]:
    text = Text(f"  {check.step:<3} {check.name:<26} ")
    margin = len(text.plain)
    text.append(f"{check.standing.value:<12}", _COLOURS[check.standing.value])
    if len(text.plain) + len(check.says) <= width:
        text.append(check.says)
        return [text]
    return [text, *(Text(part) for part in wrapped(check.says, width, " " * margin))]


def _pieces(value: str, room: int) -> list[str]:
    """Cut a long value: at spaces where it has some, else between octets."""
    if len(value) <= room:
        return [value]
    if " " in value:
        return textwrap.wrap(value, room)
    even = max(2, room - room % 2)
    return [value[start : start + even] for start in range(0, len(value), even)]


def wrapped(text: str, width: int, margin: str) -> list[str]:
    """Break a text into lines, all of them behind a margin."""
    return textwrap.wrap(text, width, initial_indent=margin, subsequent_indent=margin) or [""]

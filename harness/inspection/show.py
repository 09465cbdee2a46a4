"""Prints the state of a device, no wider than the terminal."""

from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from hanbench.harness.inspection.state import DeviceState, Section, Value

_ROOM_MIN = 30
_MARGIN = "    "
_NONE = "(none)"


def show_state(
    console: Console, state: DeviceState, title: str, sections: tuple[str, ...] = ()
) -> bool:
    """Print a device's state; False if none of the sections that are asked for is there."""
    chosen = chosen_sections(state, sections)
    if not chosen:
        return False
    head = f"[bold]{escape(state.name)}[/]  {state.kind} {state.eui64}"
    console.print(f"{head}  {escape(title)}", soft_wrap=True)
    console.print(f"  model {escape(state.model)}, in {escape(state.installation)}")
    for section in chosen:
        console.print()
        console.print(f"  [bold cyan]{escape(section.title)}[/]")
        _show_section(console, section)
    return True


def chosen_sections(state: DeviceState, parts: tuple[str, ...]) -> tuple[Section, ...]:
    """Return the sections whose title holds one of the parts; without parts all."""
    return tuple(
        one
        for one in state.sections
        if not parts or any(part.lower() in one.title.lower() for part in parts)
    )


def hang(console: Console, label: str, says: str) -> None:
    """Print a text beside its label; what is too long goes on below it."""
    text = Text.from_markup(says)
    room = max(_ROOM_MIN, console.width - len(label))
    for place, line in enumerate(text.wrap(console, room) or [Text()]):
        head = Text(label if place == 0 else " " * len(label))
        line.rstrip()
        console.print(head + line, soft_wrap=True)


def value_words(value: Value) -> str:
    """Return a value as a person reads it, with what is markup escaped."""
    match value:
        case None:
            return "-"
        case True:
            return "yes"
        case False:
            return "no"
        case list():
            return "; ".join(value_words(one) for one in value) or _NONE
        case dict():
            return ", ".join(f"{escape(name)} {value_words(one)}" for name, one in value.items())
        case _:
            return escape(str(value))


def _show_section(console: Console, section: Section) -> None:
    if not section.values:
        console.print(f"{_MARGIN}{_NONE}")
        return
    if _show_table(console, section.values):
        return
    columns = max(len(name) for name in section.values)
    for name, value in section.values.items():
        label = f"{_MARGIN}{name:<{columns}}  "
        lines = list(value) if isinstance(value, list) else [value]
        for place, one in enumerate(lines or [_NONE]):
            says = value_words(one) or _NONE
            hang(console, label if place == 0 else " " * len(label), says)


def _show_table(console: Console, values: Mapping[str, Value]) -> bool:
    """Print rows of like values under one head; False if they are not, or do not fit."""
    rows = {name: value for name, value in values.items() if isinstance(value, dict)}
    heads = list(next(iter(rows.values()), {}))
    if len(rows) != len(values) or any(list(row) != heads for row in rows.values()):
        return False
    cells = [["", *heads]]
    cells += [[name, *(value_words(one) for one in row.values())] for name, row in rows.items()]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads) + 1)]
    if len(_MARGIN) + sum(widths) + 2 * len(heads) > console.width:
        return False
    for number, row in enumerate(cells):
        line = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        console.print(f"{_MARGIN}{line}".rstrip(), style="" if number else "dim", soft_wrap=True)
    return True

"""Byte tables out of the layouts that the codecs read and write with: offset, size, field, meaning.

An offset is a number as long as every field before it has a fixed size, and then `n`, `n+4` and
so on from the first field whose size varies.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from typing import Any, NamedTuple

import construct as c


class Row(NamedTuple):
    """One field of a layout."""

    offset: str
    size: str
    field: str
    kind: str


def rows_of(layout: Any, prefix: int = 0) -> list[Row]:
    """Return the fields of a layout whose first field begins at octet `prefix`."""
    place = _Place(prefix)
    return [
        _row(part, place)
        for part in _whole_struct(layout).subcons
        if part.name or isinstance(_bare(part), c.Struct | c.IfThenElse)
    ]


def meanings_of(kind: type) -> dict[str, str]:
    """Return what stands below the fields of a dataclass."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(tree, ast.ClassDef)
    return {
        field.target.id: " ".join(after.value.value.split())
        for field, after in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }


def table(rows: list[Row], meanings: Mapping[str, str], sources: Mapping[str, str]) -> str:
    """Write the rows as a table of Markdown."""
    if not rows:
        return "Nothing follows.\n"
    lines = ["| offset | octets | field | kind | meaning | source |", "|--:|--:|---|---|---|---|"]
    lines += [
        f"| {row.offset} | {row.size} | `{row.field}` | {row.kind} | {meanings.get(row.field, '')} "
        f"| {sources.get(row.field, 'modelled')} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


class _Place:
    """Where the next field begins."""

    def __init__(self, start: int) -> None:
        self.fixed, self.varies = start, False

    def take(self, size: int | None) -> str:
        """Return where a field begins, and go on behind it; None: its size varies."""
        here = str(self.fixed)
        if self.varies:
            here = f"n+{self.fixed}" if self.fixed else "n"
        if size is None:
            self.fixed, self.varies = 0, True
        else:
            self.fixed += size
        return here


def _row(part: Any, place: _Place) -> Row:
    bare = _bare(part)
    size, shown, kind = _size_and_kind(bare)
    return Row(place.take(size), shown, part.name or "", kind)


def _size_and_kind(bare: Any) -> tuple[int | None, str, str]:
    match bare:
        case c.Prefixed():
            width = bare.lengthfield.sizeof()
            return (
                None,
                f"{width} + length",
                f"length ({_number(bare.lengthfield)}), then as many octets",
            )
        case c.IfThenElse():
            inside = ", ".join(
                f"`{row.field}` ({row.size}, {row.kind})" for row in rows_of(bare.thensubcon)
            )
            return None, "0 or more", f"there if the field before is 1: {inside}"
        case _ if bare is c.GreedyBytes:
            return None, "the rest", "octets"
        case c.FocusedSeq():  # a prefixed array
            count = next(each for each in bare.subcons if each.name == "count")
            items = next(each for each in bare.subcons if each.name == "items")
            one = _bare(items)
            each = (
                " of "
                + ", ".join(f"`{row.field}` ({row.size}, {row.kind})" for row in rows_of(one))
                if isinstance(one, c.Struct)
                else f" of {_number(one)}"
            )
            return None, "varies", f"count ({_number(_bare(count))}), then as many{each}"
        case _:
            return bare.sizeof(), str(bare.sizeof()), _number(bare)


def _number(bare: Any) -> str:
    if isinstance(bare, c.FormatField):
        sign = "i" if bare.fmtstr[-1].islower() else "u"
        return f"{sign}{8 * bare.length}"
    return "octets"


def _whole_struct(layout: Any) -> Any:
    bare = _bare(layout)
    return _bare(bare.subcons[0]) if isinstance(bare, c.FocusedSeq) else bare


def _bare(part: Any) -> Any:
    """Return what lies below names and adapters; a length in front stays."""
    while not isinstance(part, c.Prefixed) and hasattr(part, "subcon"):
        part = part.subcon
    return part

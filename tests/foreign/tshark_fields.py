"""What tshark prints of a frame, and what it should print of what we read there.

A table says for one kind of our messages which field of tshark holds what of it. The tables stand
in the modules beside this one, by layer; `TABLES` has them all. Both sides come down to the same
shape, a field's name and its values in their order, and must be equal: what one side alone says is
a difference as well as another value.
"""

import functools
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import compress
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

from hanbench.protocol.zigbee.attributes import ZIGBEE_EPOCH_UNIX_S

Value = int | bytes | str
Said = Value | Sequence[Value] | None
"""What a message says for a field: a value, several in their order, or nothing."""
Say = Callable[[Any], Said]
Cells = dict[str, list[Value]]
"""The fields of one frame, each with its values in the order of the frame."""


class Table(NamedTuple):
    """The fields of one kind of message."""

    fields: Mapping[str, Say]
    spread: Callable[[Any], Iterable[tuple[str, Said]]] = lambda _: ()
    """What stands in fields whose very names depend on the message."""


LEARNT: Final = "learnt"
"""Said of what is not in the frame, and tshark may print because it stood in an earlier one."""
PRESENT: Final = b""
"""Said of a field without a value, which is there or is not."""

_SEPARATOR, _AGGREGATOR = "\x1f", "\x1e"


class always:  # noqa: N801  (reads as the verb that it is)
    """Say one and the same of every message of a kind: our decoder takes nothing else."""

    def __init__(self, value: Said) -> None:
        self.always = value

    def __call__(self, message: object) -> Said:
        del message
        return self.always


def bit(name: str, number: int) -> Say:
    """Say whether a bit of one of the numbers of a message is set."""
    return lambda message: getattr(message, name) >> number & 1


def plain(prefix: str, **names: str) -> dict[str, Say]:
    """Say one attribute of the message in each field, by the field's name behind the prefix."""
    return {f"{prefix}{field}": attrgetter(name) for field, name in names.items()}


def within(path: str, fields: dict[str, Say]) -> dict[str, Say]:
    """Say the fields of a part of a message, or nothing where that is missing."""

    def of_part(say: Say) -> Say:
        def said(message: object) -> Said:
            part = getattr(message, path)
            return None if part is None else say(part)

        return said

    return {name: of_part(say) for name, say in fields.items()}


def each(rows: str, say: Callable[[Any], Any]) -> Say:
    """Say something of each row of a list."""
    return lambda it: [say(row) for row in getattr(it, rows)]


def text(name: str) -> Say:
    """Say octets that tshark prints as a text, and not at all where there are none."""
    return lambda it: getattr(it, name).decode("ascii", "replace") or None


def cells(parts: Iterable[object], tables: Mapping[type, Table]) -> Cells:
    """Return what tshark should print of some messages, from the outermost to the innermost."""
    found: Cells = {}
    for part in parts:
        table = tables[type(part)]
        for name, say in table.fields.items():
            said = say(part)
            if type(said) is int and name not in found:
                found[name] = [said]  # nearly every one: what is below would cost half as much more
            elif said is not None:
                _add(found, name, said)
        for name, said in table.spread(part):
            if said is not None:
                _add(found, name, said)
    return found


def _add(found: Cells, name: str, said: Said) -> None:
    values = [said] if isinstance(said, int | str | bytes) else list(said or ())
    if name in found:
        found[name] += values
    elif values:
        found[name] = values


def rows(
    path: Path, fields: Sequence[str], shown: str, arguments: Sequence[str] = ()
) -> Iterator[dict[str, str]]:
    """Yield the fields that tshark prints of each frame that a display filter lets through."""
    command = ["tshark", "-n", "-r", str(path), *arguments, "-Y", shown, "-T", "fields"]
    command += ["-E", f"separator={_SEPARATOR}", "-E", f"aggregator={_AGGREGATOR}"]
    command += [part for name in fields for part in ("-e", name)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "TZ": "UTC"},
    ) as tshark:
        assert tshark.stdout is not None
        for line in tshark.stdout:
            found = line.rstrip("\n").split(_SEPARATOR)
            assert len(found) == len(fields), line
            # The most of them are empty: both of these run in C.
            yield dict(zip(compress(fields, found), filter(None, found), strict=True))
    assert tshark.returncode == 0, "tshark does not know one of the fields"


def differences(ours: Cells, theirs: Mapping[str, str]) -> dict[str, tuple[object, object]]:
    """Return the fields in which the two are not equal, with what each says."""
    wrong: dict[str, tuple[object, object]] = {}
    for name, said in ours.items():
        cell = theirs.get(name)
        if (cell is None or _values(type(said[0]), cell) != said) and LEARNT not in said:
            wrong[name] = (said, cell)
    for name in theirs.keys() - ours.keys():
        wrong[name] = (None, theirs[name])
    return wrong


@functools.lru_cache(maxsize=1 << 16)
def _values(kind: type, cell: str) -> list[Value]:
    return [_value(kind, text) for text in cell.split(_AGGREGATOR)]


def _value(kind: type, text: str) -> Value:
    if issubclass(kind, str):
        return text
    try:
        return bytes.fromhex(text.replace(":", "")) if issubclass(kind, bytes) else _number(text)
    except ValueError:
        return text


def _number(text: str) -> int:
    if text in ("True", "False"):
        return int(text == "True")
    if text.endswith("UTC"):
        at = datetime.strptime(f"{text[:-14]} +0000", "%b %d, %Y %H:%M:%S %z")
        return int(at.timestamp()) - ZIGBEE_EPOCH_UNIX_S
    return int(text.replace(":", ""), 16) if ":" in text else int(text, 0)

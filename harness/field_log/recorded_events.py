"""An event made again of its record in `trace.jsonl`, each field held against its declared type.

Rules over events ask no questions of a field's type, so what is wrong is refused here, by its name.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hanbench.emulator import events as emulator_events
from hanbench.emulator.events import Event
from hanbench.harness import events as harness_events

_JSON_TEXTS = frozenset(
    {("party", "arguments"), ("party", "result"), ("journal", "entry")},
)
"""Fields that hold canonical JSON: (kind of event, field)."""
_SHOWN = 40
AT_US_MAX = 2**63 - 1
"""Some 290,000 years: above it stands no time but a mistake."""


def event_of(record: Mapping[str, Any]) -> Event:
    """Make an event again of its record.

    Raises:
        KeyError, TypeError, ValueError: a field is missing or is not what it should be.
    """
    event_type = _event_types().get(record["kind"])
    if event_type is None:
        raise ValueError(f"no event is a {record['kind']!r}")
    values = {}
    for name, read in _readers(event_type.kind):
        try:
            values[name] = read(record[name])
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}: {error}") from error
    return event_type(**values)


def loaded(text: str) -> Any:
    """Return what a JSON text holds.

    Raises:
        ValueError: it is no JSON, or is nested deeper than anything that a bench writes.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("no JSON that anybody means: it is nested too deep") from error
    except ValueError as error:
        raise ValueError(f"no JSON: {error}") from error


@cache
def _event_types() -> dict[str, type[Event]]:
    return {
        kind.kind: kind
        for module in (emulator_events, harness_events)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
    }


_Reader = Callable[[Any], Any]


@cache
def _readers(kind: str) -> tuple[tuple[str, _Reader], ...]:
    event_type = _event_types()[kind]
    hints = get_type_hints(event_type)
    return tuple(
        (one.name, _reader(kind, one.name, hints[one.name]))
        for one in dataclasses.fields(event_type)
    )


def _reader(kind: str, name: str, hint: Any) -> _Reader:
    if name == "at":
        return _instant
    if (kind, name) in _JSON_TEXTS:
        return _json_text
    return _READERS[get_origin(hint) or getattr(hint, "__supertype__", hint), get_args(hint)]


def _instant(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= AT_US_MAX:
        raise TypeError(f"{_shown(value)} is no whole number of microseconds")
    return value


def _json_text(value: Any) -> str:
    if type(value) is not str or type(loaded(value)) is not dict:
        raise TypeError(f"{_shown(value)} is no JSON of an object")
    return value


def _octets(value: Any) -> bytes:
    if type(value) is not str:
        raise TypeError(f"{_shown(value)} is no text of hex digits")
    try:
        return bytes.fromhex(value)
    except ValueError as error:
        raise ValueError(f"bad hex: {_shown(value)}") from error


def _plain(kind: type, words: str, *, may_be_none: bool = False) -> _Reader:
    def read(value: Any) -> Any:
        if type(value) is kind or (may_be_none and value is None):
            return value
        raise TypeError(f"{_shown(value)} is no {words}")

    return read


def _many(kind: type, words: str, count: int | None = None) -> _Reader:
    def read(value: Any) -> Any:
        is_many = type(value) is list and all(type(one) is kind for one in value)
        if is_many and count in (None, len(value)):
            return tuple(value)
        raise TypeError(f"{_shown(value)} is no list of {count or ''} {words}s".replace("  ", " "))

    return read


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


_READERS: Mapping[tuple[Any, tuple[Any, ...]], _Reader] = {
    (str, ()): _plain(str, "text"),
    (int, ()): _plain(int, "whole number"),
    (bool, ()): _plain(bool, "true or false"),
    (bytes, ()): _octets,
    (tuple, (str, ...)): _many(str, "text"),
    (tuple, (int, ...)): _many(int, "whole number"),
    (tuple, (int, int)): _many(int, "whole number", 2),
    (UnionType, (int, type(None))): _plain(int, "whole number", may_be_none=True),
}

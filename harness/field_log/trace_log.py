"""Our own `trace.jsonl` as a log: the envelopes of each case, and its events made again."""

import dataclasses
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, get_type_hints

from hanbench.emulator import events as emulator_events
from hanbench.emulator.events import Event, WanPassed
from hanbench.emulator.instant import Instant
from hanbench.harness import events as harness_events
from hanbench.harness.field_log.entries import (
    Direction,
    Exchange,
    FieldLog,
    LogProblem,
    PowerLoss,
    Recorded,
)
from hanbench.protocol import wan
from hanbench.protocol.errors import DecodeError

_ONE_CASE = ""
_FRAMES = frozenset({"frame", "packet"})
_LINES_BAD_MAX = 50
"""After so many bad lines it is another file."""


def is_trace(data: bytes) -> bool:
    """Say whether a file begins as a trace does."""
    first = data.lstrip()[:4096].split(b"\n", 1)[0]
    return first.startswith(b"{") and b'"kind"' in first


def read_trace(path: str, text: str) -> FieldLog:
    """Read every case of a trace."""
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            reader.line(number, line)
        if len(reader.problems) >= _LINES_BAD_MAX:
            reader.problems.append(LogProblem(number, "too many bad lines: the rest is not read"))
            break
    exchanges = tuple(
        Exchange(name=name, entries=tuple(case.entries), events=tuple(case.events))
        for name, case in reader.cases.items()
    )
    return FieldLog(
        path=path,
        exchanges=exchanges,
        problems=tuple(reader.problems),
        passed_over={"frames of the HAN": reader.frames} if reader.frames else {},
    )


@dataclasses.dataclass
class _Case:
    entries: list[Recorded | PowerLoss] = dataclasses.field(default_factory=list)
    events: list[Event] = dataclasses.field(default_factory=list)


class _Reader:
    def __init__(self) -> None:
        self.cases: dict[str, _Case] = {}
        self.problems: list[LogProblem] = []
        self.frames = 0

    def line(self, number: int, line: str) -> None:
        """Take one line in."""
        try:
            record = _record(line)
            if record["kind"] in _FRAMES:
                self.frames += 1
            else:
                self._event(number, record)
        except DecodeError as error:
            self._lost(number, f"no HAN-WAN-M1 envelope: {error}")
        except (KeyError, TypeError) as error:
            self._lost(number, f"a record lacks something or holds something else: {error}")
        except ValueError as error:
            self._lost(number, str(error))

    def _lost(self, number: int, says: str) -> None:
        self.problems.append(LogProblem(number, says, is_loss=True))

    def _event(self, number: int, record: Mapping[str, Any]) -> None:
        case = self.cases.setdefault(str(record.get("case", _ONE_CASE)), _Case())
        event = event_of(record)
        case.events.append(event)
        if isinstance(event, WanPassed):
            case.entries.append(_recorded(number, event))
        elif isinstance(event, emulator_events.Restarted):
            case.entries.append(PowerLoss(number, event.at, event.device))


def _record(line: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise ValueError(f"no JSON: {error}") from error
    if isinstance(record, dict) and isinstance(record.get("kind"), str):
        return record
    raise ValueError("no record of a trace: it has no `kind`")


def event_of(record: Mapping[str, Any]) -> Event:
    """Make an event again of its record.

    Raises:
        KeyError, TypeError, ValueError: a field is missing or is not what it should be.
    """
    event_type = _event_types().get(record["kind"])
    if event_type is None:
        raise ValueError(f"no event is a {record['kind']!r}")
    values = {}
    for name, kind in _fields(event_type.kind).items():
        value = record[name]
        if kind is bytes:
            value = bytes.fromhex(value)
        elif isinstance(value, list):
            value = tuple(value)
        values[name] = value
    if not isinstance(values["at"], int):
        raise TypeError(f"at: {values['at']!r} is no whole number of microseconds")
    return event_type(**values)


@cache
def _event_types() -> dict[str, type[Event]]:
    return {
        kind.kind: kind
        for module in (emulator_events, harness_events)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
    }


@cache
def _fields(kind: str) -> dict[str, object]:
    event_type = _event_types()[kind]
    hints = get_type_hints(event_type)
    return {one.name: hints[one.name] for one in dataclasses.fields(event_type)}


def _recorded(line: int, event: WanPassed) -> Recorded:
    return Recorded(
        line=line,
        at_us=Instant(event.at),
        direction=Direction(event.direction),
        device=event.device,
        octets=event.envelope,
        envelope=wan.decode(event.envelope),
        copies=event.copies,
    )

"""Our own `trace.jsonl` as a log: the envelopes of each case, and its events made again."""

import codecs
import dataclasses
from collections.abc import Mapping
from typing import Any

from hanbench.emulator import events as emulator_events
from hanbench.emulator.events import Event, WanPassed
from hanbench.emulator.instant import Instant
from hanbench.harness.field_log.clocks import Onwards
from hanbench.harness.field_log.entries import (
    GIVEN_UP,
    LINES_BAD_MAX,
    Direction,
    Exchange,
    FieldLog,
    LogProblem,
    PowerLoss,
    Recorded,
)
from hanbench.harness.field_log.recorded_events import event_of, loaded
from hanbench.protocol import wan
from hanbench.protocol.errors import DecodeError

_ONE_CASE = ""
_FRAMES = frozenset({"frame", "packet"})


def is_trace(data: bytes) -> bool:
    """Say whether a file begins as a trace does."""
    first = data.removeprefix(codecs.BOM_UTF8).lstrip()[:4096].split(b"\n", 1)[0]
    return first.startswith(b"{") and b'"kind"' in first


def read_trace(path: str, text: str) -> FieldLog:
    """Read every case of a trace."""
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            reader.line(number, line)
        if not reader.has_read and len(reader.problems) >= LINES_BAD_MAX:
            reader.problems.append(LogProblem(number, GIVEN_UP))
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
    onwards: Onwards = dataclasses.field(default_factory=Onwards)


class _Reader:
    def __init__(self) -> None:
        self.cases: dict[str, _Case] = {}
        self.problems: list[LogProblem] = []
        self.frames = 0
        self.has_read = False
        """Whether any line was good."""

    def line(self, number: int, line: str) -> None:
        """Take one line in."""
        try:
            record = _record(line)
            if record["kind"] in _FRAMES:
                self.frames += 1
            else:
                self._event(number, record)
            self.has_read = True
        except DecodeError as error:
            self._lost(number, f"no HAN-WAN-M1 envelope: {error}")
        except (KeyError, TypeError) as error:
            self._lost(number, f"a record lacks something or holds something else: {error}")
        except ValueError as error:
            self._lost(number, str(error))

    def _lost(self, number: int, says: str) -> None:
        self.problems.append(LogProblem(number, says, is_loss=True))

    def _event(self, number: int, record: Mapping[str, Any]) -> None:
        name = record.get("case", _ONE_CASE)
        if not isinstance(name, str):
            raise TypeError(f"case: {name!r} is no text")
        event = event_of(record)
        case = self.cases.setdefault(name, _Case())
        _, says = case.onwards.take(event.at)
        if says is not None:
            self.problems.append(LogProblem(number, says))
        case.events.append(event)
        if isinstance(event, WanPassed):
            case.entries.append(_recorded(number, event))
        elif isinstance(event, emulator_events.Restarted):
            case.entries.append(PowerLoss(number, event.at, event.device))


def _record(line: str) -> Mapping[str, Any]:
    record = loaded(line)
    if isinstance(record, dict) and isinstance(record.get("kind"), str):
        return record
    raise ValueError("no record of a trace: it has no `kind`")


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

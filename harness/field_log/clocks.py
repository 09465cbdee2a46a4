"""The timestamps of a log: one clock a file, and time that never runs backwards.

Two forms are read: an instant with its offset (`2021-03-01T09:00:02.5Z`), or seconds since some
start (`+2.5`). A log whose lines were stamped by two clocks is told so, line by line; the order of
the file is then all that is left of time, and it is kept.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

_SECONDS = re.compile(r"\+?\d+(\.\d+)?")
_DATE = re.compile(r"[\dW-]+", re.IGNORECASE)
_EXPECTED = "2021-03-01T09:00:02.5Z or +2.5"
_SHOWN = 40
_SECOND_US = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CALENDAR, ELAPSED = "an instant", "seconds since a start"


STAMP_DIGITS_MAX = 18
"""Of the whole seconds of a stamp; more is no time."""


@dataclass(slots=True)
class Onwards:
    """Time as a log goes on: what runs back is told, and keeps the order of the file."""

    last_us: int = 0

    def take(self, at_us: int) -> tuple[int, str | None]:
        """Return the time that is gone by, and what is wrong with the one that was given."""
        if at_us >= self.last_us:
            self.last_us = at_us
            return at_us, None
        back_s = (self.last_us - at_us) / _SECOND_US
        return self.last_us, (
            f"two clocks: time runs back by {back_s:g} s here; the order of the file is kept"
        )


@dataclass(slots=True)
class LogClock:
    """Turns stamps into microseconds since the first, and says what is wrong with one."""

    kind: str = ""
    _first_us: int = 0
    _onwards: Onwards = field(default_factory=Onwards)
    problems: list[str] = field(default_factory=list)
    """What was wrong with the stamp that was read last."""

    def read(self, stamp: str) -> int:
        """Return the time of a stamp since the first one.

        Raises:
            ValueError: it is no stamp at all.
        """
        self.problems = []
        kind, at_us = _parsed(stamp)
        if not self.kind:
            self.kind, self._first_us, self._onwards = kind, at_us, Onwards(at_us)
        if kind != self.kind:
            self.problems.append(
                f"two clocks: {stamp!r} is {kind}, and the lines before have {self.kind}; "
                "the time of the line before is taken"
            )
            return self._onwards.last_us - self._first_us
        at_us, says = self._onwards.take(at_us)
        if says is not None:
            self.problems.append(says)
        return at_us - self._first_us


def _parsed(stamp: str) -> tuple[str, int]:
    if _SECONDS.fullmatch(stamp):
        whole, _, rest = stamp.removeprefix("+").partition(".")
        if len(whole) > STAMP_DIGITS_MAX:
            raise ValueError(f"a timestamp of {len(whole)} digits is none; expected {_EXPECTED}")
        return ELAPSED, int(whole) * _SECOND_US + int(rest[:6].ljust(6, "0") or 0)
    try:
        read = datetime.fromisoformat(stamp.upper())
    except ValueError as error:
        shown = stamp if len(stamp) <= _SHOWN else f"{stamp[:_SHOWN]}..."
        raise ValueError(f"{shown!r} is no timestamp; expected {_EXPECTED}") from error
    if _DATE.fullmatch(stamp):
        raise ValueError(f"{stamp!r} is a date alone; expected {_EXPECTED}, without a blank in it")
    if read.tzinfo is None:
        raise ValueError(f"{stamp!r} does not say its offset from UTC, such as Z or +01:00")
    elapsed = read - _EPOCH
    return CALENDAR, (elapsed.days * 86_400 + elapsed.seconds) * _SECOND_US + elapsed.microseconds

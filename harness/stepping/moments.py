"""Instants as a user writes them: a duration since the start, or the clock that is printed."""

import re

from hanbench.emulator.durations import parse_duration
from hanbench.emulator.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Instant

_CLOCK = re.compile(r"(?:(\d+) ?d ?)?(\d+):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?")
_MIXED = re.compile(r"(\d+(?:\.\d+)?(?:us|ms|s|min|h|d))")
EXPECTED = "expected a time such as 31min, 2h5min, 00:31:02.12 or 2d 03:04:05"


def is_moment(text: str) -> bool:
    """Say whether a text is meant as a time."""
    return bool(_CLOCK.fullmatch(text) or _MIXED.fullmatch(text) or _parts(text))


def parse_moment(text: str) -> Instant:
    """Return the instant, in virtual time since the start.

    Raises:
        ValueError: it is no time.
    """
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        days, hours, minutes, seconds, fraction = clock.groups()
        micros = int((fraction or "").ljust(6, "0"))
        whole = int(days or 0) * DAY_US + int(hours) * HOUR_US + int(minutes) * MINUTE_US
        return Instant(whole + int(seconds or 0) * SECOND_US + micros)
    parts = _parts(text)
    if not parts:
        raise ValueError(f"{text!r} is no time; {EXPECTED}")
    return Instant(sum(parse_duration(part) for part in parts))


def _parts(text: str) -> list[str]:
    """Part `2h5min` into its durations; none where something else stands between them."""
    parts = _MIXED.findall(text)
    return parts if "".join(parts) == text.replace(" ", "") else []

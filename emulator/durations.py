"""Durations as users write them in files: a number and its unit, such as `30min` or `7.68s`.

A bare number is refused: nobody can tell whether `30` means seconds or minutes.
"""

import re

from hanbench.emulator.instant import DAY_US, HOUR_US, MILLISECOND_US, MINUTE_US, SECOND_US

_UNIT_US = {
    "us": 1,
    "ms": MILLISECOND_US,
    "s": SECOND_US,
    "min": MINUTE_US,
    "h": HOUR_US,
    "d": DAY_US,
}
_DURATION = re.compile(r"(\d+)(?:\.(\d+))?(us|ms|s|min|h|d)")
_EXPECTED = "expected a number with a unit (us, ms, s, min, h, d), such as 30min or 7.68s"


def parse_duration(text: object) -> int:
    """Return the whole microseconds that `text` spells.

    Raises:
        ValueError: it has no unit, is no duration at all, or is finer than a microsecond.
    """
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is not a duration: {_EXPECTED}")
    fraction = match[2] or ""
    # Integers all the way: 0.1 s must be 100,000 microseconds on every machine.
    parts: int = 10 ** len(fraction)
    scaled, rest = divmod(int(match[1] + fraction) * _UNIT_US[match[3]], parts)
    if rest:
        raise ValueError(f"{text!r} is finer than a microsecond: {_EXPECTED}")
    return scaled


def format_duration(duration_us: int) -> str:
    """Spell a duration with the largest unit that keeps it whole; `parse_duration` reads it."""
    for unit in ("d", "h", "min", "s", "ms"):
        count, rest = divmod(duration_us, _UNIT_US[unit])
        if count and not rest:
            return f"{count}{unit}"
    return f"{duration_us}us"

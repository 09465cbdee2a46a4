"""Times, durations and faults, said as a tester says them.

Instants are virtual microseconds since the run began.
"""

import re

from hanbench.emulator.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Instant

_MOMENT = re.compile(r"\b(\d+) us\b")


def spoken(virtual_us: int) -> str:
    """Say a duration by its two largest units: `2 d 3 h`, `1 h 40 min`, `31 min`, `4.2 s`."""
    if virtual_us < MINUTE_US:
        return f"{virtual_us / SECOND_US:.1f} s"
    minutes = round(virtual_us / MINUTE_US)
    if virtual_us < DAY_US:
        return _two(minutes, 60, "h", "min")
    return _two(round(virtual_us / HOUR_US), 24, "d", "h")


def clock(at: Instant | int) -> str:
    """Say an instant as `00:30:13`, or `2 d 03:04:05`."""
    days, rest = divmod(at, DAY_US)
    minutes, second = divmod(rest // SECOND_US, 60)
    hour, minute = divmod(minutes, 60)
    shown = f"{hour:02}:{minute:02}:{second:02}"
    return f"{days} d {shown}" if days else shown


def fault_words(fault: str) -> str:
    """Say a fault in words: microseconds become clock times, a window has no `at`."""
    said = _MOMENT.sub(lambda moment: clock(int(moment[1])), fault)
    return said.replace(" until None us", " to the end").replace(" at from ", " from ")


def plural(number: int, one: str) -> str:
    """Say a number of things: `1 case`, `2 cases`, `1,000 cases`."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"


def _two(amount: int, base: int, large: str, small: str) -> str:
    whole, rest = divmod(amount, base)
    parts = [(whole, large), (rest, small)]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)

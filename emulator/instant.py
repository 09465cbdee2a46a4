"""Time as devices are told it: whole microseconds since the scenario began.

An integer, so that equal times compare equal; a device never asks a clock.
"""

from typing import NewType

Instant = NewType("Instant", int)

START = Instant(0)
"""When the scenario begins."""

MILLISECOND_US = 1_000
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US


def after(now: Instant, delay_us: int) -> Instant:
    """Return the instant `delay_us` microseconds after `now`."""
    return Instant(now + delay_us)


def format_instant(at: Instant) -> str:
    """Print an instant as `2d 03:04:05.678901`, days left out when zero."""
    seconds, micro = divmod(at, SECOND_US)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    clock = f"{hour:02}:{minute:02}:{second:02}.{micro:06}"
    return f"{days}d {clock}" if days else clock

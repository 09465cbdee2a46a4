"""Whether a stop request is sufficient notice: before 16:30 on the day before, by London's clock.

Source: TMAD v5.1 conclusions, answer on 4.23A. Which clock is meant is not said: London's is
modelled [M], with summer time from 01:00 UTC on the last Sunday of March to that of October (Summer
Time Order 2002). A day of the process is a UTC day all the same.
"""

from datetime import UTC, datetime, timedelta

from hanbench.emulator.instant import Instant

_HOUR, _MINUTE = 16, 30
_MARCH, _OCTOBER, _LAST_DAY = 3, 10, 31
_SUNDAY = 6


def is_sufficient(epoch: datetime, requested_at: Instant, day: int) -> bool:
    """Say whether a request is in time for a day; day 0 is the UTC day of the epoch."""
    begins = epoch.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    before = begins + timedelta(days=day - 1, hours=_HOUR, minutes=_MINUTE)
    return epoch + timedelta(microseconds=requested_at) < before - london_is_ahead_by(before)


def london_is_ahead_by(at: datetime) -> timedelta:
    """Return by how much London's clock is ahead of UTC."""
    is_summer = _last_sunday(at, _MARCH) <= at < _last_sunday(at, _OCTOBER)
    return timedelta(hours=1) if is_summer else timedelta()


def _last_sunday(year_of: datetime, month: int) -> datetime:
    """Return 01:00 UTC on the last Sunday of a month that has 31 days."""
    last = datetime(year_of.year, month, _LAST_DAY, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() - _SUNDAY) % 7)

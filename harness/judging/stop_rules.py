"""Which Installations a stop request must keep back, reckoned apart from the parties' code.

On time it must be kept; late it is all reasonable steps, which the scenario may let be in vain. The
Sundays on which London's clock changes are read off the sheets of a calendar, for any year.
"""

import calendar
from datetime import UTC, date, datetime, time, timedelta

from hanbench.emulator.parties.premises import Home
from hanbench.harness.judging.party_call import Asked

_MARCH, _OCTOBER = 3, 10


def summer_of(year: int) -> tuple[date, date]:
    """Return the days on which summer time begins and ends: the last Sundays of two months."""
    return _last_sunday(year, _MARCH), _last_sunday(year, _OCTOBER)


def _last_sunday(year: int, month: int) -> date:
    weeks = calendar.monthcalendar(year, month)
    return date(year, month, max(week[calendar.SUNDAY] for week in weeks))


def may_miss(asked: Asked, other: Home) -> bool:
    """Whether the request that was just made may be in vain for an Installation."""
    scenario = asked.case.scenario
    if scenario.parties.mcc.late_stops != "missed":
        return False
    first = scenario.epoch.astimezone(UTC).date()
    before = first + timedelta(days=other.migration_day - 1)
    begins, ends = summer_of(before.year)
    hour = 15 if begins <= before < ends else 16
    edge = datetime.combine(before, time(hour, 30), UTC)
    return scenario.epoch + timedelta(microseconds=asked.now) >= edge

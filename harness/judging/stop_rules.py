"""Which Installations a stop request must keep back, reckoned apart from the parties' code.

On time it must be kept; late it is all reasonable steps, which the scenario may let be in vain. The
Sundays on which London's clock changes are written here as dates, from the calendar.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from hanbench.emulator.parties.premises import Home
from hanbench.harness.judging.party_call import Asked

SUMMER: Mapping[int, tuple[date, date]] = {
    2018: (date(2018, 3, 25), date(2018, 10, 28)),
    2019: (date(2019, 3, 31), date(2019, 10, 27)),
    2020: (date(2020, 3, 29), date(2020, 10, 25)),
    2021: (date(2021, 3, 28), date(2021, 10, 31)),
    2022: (date(2022, 3, 27), date(2022, 10, 30)),
    2023: (date(2023, 3, 26), date(2023, 10, 29)),
    2024: (date(2024, 3, 31), date(2024, 10, 27)),
    2025: (date(2025, 3, 30), date(2025, 10, 26)),
}
"""From the cohorts' first migrations to the last expiry of the TMAD."""


def may_miss(asked: Asked, other: Home) -> bool:
    """Whether the request that was just made may be in vain for an Installation."""
    scenario = asked.case.scenario
    if scenario.parties.mcc.late_stops != "missed":
        return False
    first = scenario.epoch.astimezone(UTC).date()
    before = first + timedelta(days=other.migration_day - 1)
    begins, ends = SUMMER.get(before.year, (date.max, date.max))
    hour = 15 if begins <= before < ends else 16
    edge = datetime.combine(before, time(hour, 30), UTC)
    return scenario.epoch + timedelta(microseconds=asked.now) >= edge

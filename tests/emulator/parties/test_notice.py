"""16:30 on the day before is London's: in summer it is half past three of UTC."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hanbench.emulator.instant import DAY_US, HOUR_US, MINUTE_US, Instant
from hanbench.emulator.parties.notice import is_sufficient, london_is_ahead_by
from hanbench.harness.judging.stop_rules import summer_of

WINTER = datetime(2021, 3, 1, 9, tzinfo=UTC)
SUMMER_DAY = datetime(2020, 7, 22, tzinfo=UTC)

CALENDAR = {
    2018: (date(2018, 3, 25), date(2018, 10, 28)),
    2019: (date(2019, 3, 31), date(2019, 10, 27)),
    2020: (date(2020, 3, 29), date(2020, 10, 25)),
    2021: (date(2021, 3, 28), date(2021, 10, 31)),
    2024: (date(2024, 3, 31), date(2024, 10, 27)),
    2026: (date(2026, 3, 29), date(2026, 10, 25)),
    2030: (date(2030, 3, 31), date(2030, 10, 27)),
}


@pytest.mark.parametrize(
    ("epoch", "day", "edge_us"),
    [
        (WINTER, 1, 7 * HOUR_US + 30 * MINUTE_US),
        (WINTER, 3, 2 * DAY_US + 7 * HOUR_US + 30 * MINUTE_US),
        (SUMMER_DAY, 1, 15 * HOUR_US + 30 * MINUTE_US),
        # The clocks go forward on the 28th of March, and it is the day before that counts.
        (datetime(2021, 3, 27, tzinfo=UTC), 1, 16 * HOUR_US + 30 * MINUTE_US),
        (datetime(2021, 3, 28, tzinfo=UTC), 1, 15 * HOUR_US + 30 * MINUTE_US),
    ],
)
def test_half_past_four_is_too_late_and_a_microsecond_before_it_is_not(epoch, day, edge_us):
    assert is_sufficient(epoch, Instant(edge_us - 1), day)
    assert not is_sufficient(epoch, Instant(edge_us), day)


@pytest.mark.parametrize("year", CALENDAR)
def test_party_and_judge_change_the_clock_on_the_sundays_of_the_calendar(year):
    begins, ends = (datetime(it.year, it.month, it.day, 1, tzinfo=UTC) for it in CALENDAR[year])
    moment = timedelta(microseconds=1)

    ahead = [london_is_ahead_by(at) for at in (begins - moment, begins, ends - moment, ends)]

    assert [it // timedelta(hours=1) for it in ahead] == [0, 1, 1, 0]
    assert summer_of(year) == CALENDAR[year]

"""Use and cost of a day and a week: by the price that was known, and from midnight to midnight."""

from hypothesis import given
from hypothesis import strategies as st

from hanbench.emulator.displays.usage import DAYS_A_WEEK, SECONDS_A_DAY, HomeUsage, Usage
from hanbench.emulator.fuel import Fuel

MONDAY_S = 1_595_203_200
"""2020-07-20 00:00:00 UTC, a Monday."""
HOUR_S = 3600


def test_use_is_charged_by_the_price_that_was_in_force_when_it_was_used() -> None:
    usage = Usage()

    usage.note(10_000, MONDAY_S, 270)
    usage.note(11_000, MONDAY_S + HOUR_S, 270)
    usage.note(13_000, MONDAY_S + 2 * HOUR_S, 315)

    assert usage.day.units == 3_000
    assert usage.day.pence == 27 + 63


def test_a_day_begins_at_midnight_and_a_week_on_monday() -> None:
    usage = Usage()
    sunday_s = MONDAY_S + 6 * SECONDS_A_DAY
    for number, at_s in enumerate((MONDAY_S, MONDAY_S + HOUR_S, sunday_s, sunday_s + HOUR_S)):
        usage.note(1_000 * number, at_s, 100)

    assert (usage.day.units, usage.day.pence) == (1_000, 10)
    assert (usage.week.units, usage.week.pence) == (3_000, 30)

    usage.note(9_000, MONDAY_S + DAYS_A_WEEK * SECONDS_A_DAY, 100)
    assert (usage.day.units, usage.week.units) == (0, 0)


def test_a_cost_with_an_unknown_price_in_it_is_not_told() -> None:
    usage = Usage()
    usage.note(0, MONDAY_S, None)
    assert usage.day.pence == 0
    usage.note(500, MONDAY_S + 1, None)
    usage.note(900, MONDAY_S + 2, 270)

    assert usage.day.pence is None
    assert usage.day.units == 900


def test_another_meter_counts_from_where_it_stands() -> None:
    usage = Usage()
    usage.note(5_000, MONDAY_S, 270)
    usage.note(10, MONDAY_S + 1, 270)
    usage.note(1_010, MONDAY_S + 2, 270)

    assert usage.day.units == 1_000


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=20))
def test_within_a_day_the_use_is_the_difference_of_the_registers(steps: list[int]) -> None:
    usage, register = Usage(), 0
    for number, step in enumerate(steps):
        register += step
        usage.note(register, MONDAY_S + number, 270)

    assert usage.day.units == usage.week.units == register - steps[0]
    assert usage.day.charged == usage.day.units * 270


def test_each_fuel_is_counted_by_itself() -> None:
    home = HomeUsage()
    home.of(Fuel.GAS).note(0, MONDAY_S, 1)
    home.of(Fuel.GAS).note(7, MONDAY_S, 1)

    assert home.of(Fuel.GAS).day.units == 7
    assert home.of(Fuel.ELECTRICITY).day.units == 0

"""What a home uses: energy in Wh or gas in litres, as a function of the instant alone.

Modelled [M]. A day has 48 half-hours with a weight each, and a size drawn from the seed by the
caller; within a half-hour use is even. Whole numbers throughout, so that every machine and every
order of reading gives the same register, and a register never runs backwards.
"""

from dataclasses import dataclass
from itertools import accumulate

from hanbench.emulator.instant import DAY_US, HOUR_US, Instant

SLOTS_A_DAY = 48
SLOT_US = DAY_US // SLOTS_A_DAY

# Night, morning, midday, evening, late: the two humps of a dwelling.
ELECTRICITY_SHAPE = (4,) * 12 + (9,) * 6 + (6,) * 14 + (15,) * 10 + (7,) * 6
# Heating and hot water: hardly anything at night, a sharp morning.
GAS_SHAPE = (1,) * 11 + (20,) * 7 + (6,) * 14 + (14,) * 10 + (2,) * 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionCurve:
    """The use of one meter."""

    daily: int
    """Wh or litres on a day of middle size."""
    day_permille: tuple[int, ...] = (1000,)
    """Size of each day, repeated without end: the seed-derived part."""
    shape: tuple[int, ...] = ELECTRICITY_SHAPE
    """48 weights, from midnight."""
    since_midnight_us: int = 0
    """The time of day at instant 0."""

    def __post_init__(self) -> None:
        assert len(self.shape) == SLOTS_A_DAY
        assert self.day_permille


def used(curve: ConsumptionCurve, now: Instant) -> int:
    """Return the whole Wh or litres used from instant 0 to `now`."""
    start = curve.since_midnight_us
    return _since_first_midnight(curve, start + now) - _since_first_midnight(curve, start)


def demand(curve: ConsumptionCurve, now: Instant) -> int:
    """Return the present rate: W, or litres an hour."""
    day, in_day_us = divmod(curve.since_midnight_us + now, DAY_US)
    weight = curve.shape[in_day_us // SLOT_US]
    slots_an_hour = HOUR_US // SLOT_US
    return _day_size(curve, day) * weight * slots_an_hour // sum(curve.shape)


def _since_first_midnight(curve: ConsumptionCurve, elapsed_us: int) -> int:
    day, in_day_us = divmod(elapsed_us, DAY_US)
    cycles, days_left = divmod(day, len(curve.day_permille))
    cycle = sum(_day_size(curve, index) for index in range(len(curve.day_permille)))
    before = cycles * cycle + sum(_day_size(curve, index) for index in range(days_left))
    return before + _within_day(curve, day, in_day_us)


def _within_day(curve: ConsumptionCurve, day: int, in_day_us: int) -> int:
    slot, in_slot_us = divmod(in_day_us, SLOT_US)
    upto = (0, *accumulate(curve.shape))
    weighed = upto[slot] * SLOT_US + curve.shape[slot] * in_slot_us
    return _day_size(curve, day) * weighed // (upto[-1] * SLOT_US)


def _day_size(curve: ConsumptionCurve, day: int) -> int:
    return curve.daily * curve.day_permille[day % len(curve.day_permille)] // 1000

"""What a home uses: energy in Wh or gas in litres, as a function of the instant alone.

Modelled [M]. A day has 48 half-hours with a weight each, and a size drawn from the seed by the
caller; within a half-hour use is even. Whole numbers throughout, so that every machine and every
order of reading gives the same register, and a register never runs backwards.
"""

from dataclasses import dataclass, field
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
    _upto_day: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """Use before each day of the repeated ones, and of all of them: registers are read often."""
    _upto_slot: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """Weight before each half-hour, and of the whole day."""

    def __post_init__(self) -> None:
        assert len(self.shape) == SLOTS_A_DAY
        assert self.day_permille
        sizes = [self.day_size(day) for day in range(len(self.day_permille))]
        object.__setattr__(self, "_upto_day", (0, *accumulate(sizes)))
        object.__setattr__(self, "_upto_slot", (0, *accumulate(self.shape)))

    def day_size(self, day: int) -> int:
        """Return the use of the n-th day."""
        return self.daily * self.day_permille[day % len(self.day_permille)] // 1000

    def since_midnight(self, elapsed_us: int) -> int:
        """Return the use since the first midnight, which may be before instant 0."""
        day, in_day_us = divmod(elapsed_us, DAY_US)
        cycles, days_left = divmod(day, len(self.day_permille))
        before = cycles * self._upto_day[-1] + self._upto_day[days_left]
        slot, in_slot_us = divmod(in_day_us, SLOT_US)
        weighed = self._upto_slot[slot] * SLOT_US + self.shape[slot] * in_slot_us
        return before + self.day_size(day) * weighed // (self._upto_slot[-1] * SLOT_US)


def used(curve: ConsumptionCurve, now: Instant) -> int:
    """Return the whole Wh or litres used from instant 0 to `now`."""
    start = curve.since_midnight_us
    return curve.since_midnight(start + now) - curve.since_midnight(start)


def demand(curve: ConsumptionCurve, now: Instant) -> int:
    """Return the present rate: W, or litres an hour."""
    day, in_day_us = divmod(curve.since_midnight_us + now, DAY_US)
    weight = curve.shape[in_day_us // SLOT_US]
    slots_an_hour = HOUR_US // SLOT_US
    return curve.day_size(day) * weight * slots_an_hour // sum(curve.shape)

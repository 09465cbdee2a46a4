"""What a display counts of the use of its home: today and this week, in units and in money.

Modelled [M]: a day and a week (from Monday) begin at midnight UTC; the first reading of a day is
its beginning, and what was used since the last one of the day before is that day's; each use is
charged by the price that the display knew when the reading came; standing charges are not counted,
for no display is told of them. Whole numbers throughout.
"""

from dataclasses import dataclass, field

from hanbench.emulator.displays.readings import THOUSANDTHS
from hanbench.emulator.fuel import Fuel

SECONDS_A_DAY = 86_400
DAYS_A_WEEK = 7
_THURSDAY = 3
"""Days from the Monday before to 1970-01-01."""
_TENTHS_A_PENNY = 10


@dataclass(slots=True)
class Period:
    """A day or a week, as far as the display has seen it."""

    number: int
    units: int = 0
    """Wh or litres."""
    charged: int = 0
    """In thousandths of a tenth of a penny."""
    is_priced: bool = True
    """Whether a price was known for all of it."""

    @property
    def pence(self) -> int | None:
        """What it has cost; None if some of it had no known price."""
        return self.charged // (THOUSANDTHS * _TENTHS_A_PENNY) if self.is_priced else None


@dataclass(slots=True)
class Usage:
    """The use of one fuel."""

    day: Period = field(default_factory=lambda: Period(-1))
    week: Period = field(default_factory=lambda: Period(-1))
    _register: int | None = None

    def note(self, register: int, utc_s: int, price_tenth_pence: int | None) -> None:
        """Take a reading; a register that ran backwards is another meter's, and counts nothing."""
        used = 0 if self._register is None else max(0, register - self._register)
        self._register = register
        day = utc_s // SECONDS_A_DAY
        week = (day + _THURSDAY) // DAYS_A_WEEK
        if self.day.number != day:
            self.day = Period(day)
        else:
            _charge(self.day, used, price_tenth_pence)
        if self.week.number != week:
            self.week = Period(week)
        else:
            _charge(self.week, used, price_tenth_pence)


class HomeUsage:
    """The use of each fuel of a home."""

    def __init__(self) -> None:
        self._of: dict[Fuel, Usage] = {}

    def of(self, fuel: Fuel) -> Usage:
        """Return the use of a fuel."""
        return self._of.setdefault(fuel, Usage())


def _charge(period: Period, used: int, price_tenth_pence: int | None) -> None:
    period.units += used
    if price_tenth_pence is None:
        period.is_priced = period.is_priced and not used
    else:
        period.charged += used * price_tenth_pence

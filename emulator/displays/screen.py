"""The screen of a display: ten lines of thirty-two characters, drawn from what it knows.

Sources: Secure's Pipit 500 customer guides for what such a screen tells (use now and today, credit,
supply, messages), the Liberty 100 manual for its words; the layout is ours [M]. A screen shows what
the display was told and never what is so: between two reports it is out of date, as a real one is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hanbench.emulator.displays.notices import Notices
from hanbench.emulator.displays.readings import SUPPLY_WORDS, THOUSANDTHS, Reading, pounds
from hanbench.emulator.displays.usage import HomeUsage
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import MINUTE_US, Instant

WIDTH = 32
HEIGHT = 10
LOST_AFTER_US = 65 * MINUTE_US
"""The HAN light goes out when nothing came for twice the half hour of a mirrored gas meter [M]."""
TENTHS = 10
_UNITS = {Fuel.ELECTRICITY: ("kWh", "W"), Fuel.GAS: ("m3", "l/h")}
_MINUTES_A_DAY = 1_440


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that a screen is drawn from."""

    readings: Mapping[Fuel, Reading]
    notices: Notices
    usage: HomeUsage
    utc_s: int
    now: Instant
    served_at: Instant | None
    more: Sequence[str] = ()
    """Lines of the display's own, such as what became of a code."""
    shows_names: bool = False
    """Whether supplier and tariff are shown where there is room."""


def draw(known: Known) -> tuple[str, ...]:
    """Return the lines of the screen, all of one width."""
    shown = [fuel for fuel in Fuel if fuel in known.readings]
    details = {fuel: _detail(fuel, known) for fuel in shown}
    costs = {fuel: cost for fuel in shown if (cost := _cost(fuel, known))}
    below = [*(_money(fuel, known) for fuel in shown), *known.more]
    if known.notices.message is not None:
        below.append(f"> {known.notices.message.text}")
    if not shown:
        below.insert(0, "waiting for meter")
    names = list(known.notices.names(known.utc_s)) if known.shows_names else []
    while names and 1 + len(shown) + len(details) + len(costs) + len(names) + len(below) > HEIGHT:
        del names[-1]
    below = [*names, *below]
    # Where there is too much, cost gives way first, then use today; gas before electricity.
    for group in (costs, details):
        for fuel in reversed(shown):
            if 1 + len(shown) + len(details) + len(costs) + len(below) > HEIGHT:
                group.pop(fuel, None)
    lines = [_top(known)]
    for fuel in shown:
        more = [group[fuel] for group in (details, costs) if fuel in group]
        lines += [_register(fuel, known), *more]
    room = HEIGHT - len(lines)
    lines += below[-room:] if room else []
    padded = lines + [""] * (HEIGHT - len(lines))
    return tuple(line[:WIDTH].ljust(WIDTH) for line in padded)


def _top(known: Known) -> str:
    minutes = known.utc_s // 60 % _MINUTES_A_DAY
    served = known.served_at
    is_served = served is not None and known.now - served <= LOST_AFTER_US
    light = "HAN *" if is_served else "HAN -"
    return f"{minutes // 60:02}:{minutes % 60:02} UTC".ljust(WIDTH - len(light)) + light


def _register(fuel: Fuel, known: Known) -> str:
    register, (unit, _) = known.readings[fuel].register, _UNITS[fuel]
    told = "-" if register is None else _thousandths(register)
    return f"{fuel.value:<12}{told:>15} {unit}"


def _detail(fuel: Fuel, known: Known) -> str:
    reading, (unit, rate) = known.readings[fuel], _UNITS[fuel]
    demand = f"now {reading.demand} {rate}" if reading.demand is not None else ""
    today = known.usage.of(fuel).day.units
    return f" {demand:<12}today {_thousandths(today)} {unit}"


def _cost(fuel: Fuel, known: Known) -> str:
    """` 27.0p today £1.23 week £8.90`, as far as it is known; empty without a price."""
    price, usage = known.notices.prices.get(fuel), known.usage.of(fuel)
    if price is None:
        return ""
    told = [f" {_price(price)}"]
    for name, pence in (("today", usage.day.pence), ("week", usage.week.pence)):
        if pence is not None:
            told.append(f"{name} {pounds(pence)}")
    return " ".join(told)


def _money(fuel: Fuel, known: Known) -> str:
    """`elec £12.34 EC £5.00 ON`, as far as it is known."""
    reading = known.readings[fuel]
    told = [fuel.value[:4]]
    if reading.credit_pence is not None:
        told.append(pounds(reading.credit_pence))
        told.append(f"EC {pounds(reading.emergency_pence or 0)}")
    if reading.supply is not None:
        told.append(SUPPLY_WORDS.get(reading.supply, "?"))
    return " ".join(told)


def _price(tenth_pence: int) -> str:
    return f"{tenth_pence // TENTHS}.{tenth_pence % TENTHS}p"


def _thousandths(value: int) -> str:
    return f"{value // THOUSANDTHS}.{value % THOUSANDTHS:03}"

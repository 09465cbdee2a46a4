"""What a display knows about a fuel, and the words and units in which it says so.

Sources: ZigBee Smart Energy Standard (07-5356), sections D.3 and D.7; the Liberty 100's display.
"""

from dataclasses import dataclass

from hanbench.emulator.instant import START, Instant
from hanbench.protocol.zigbee.clusters.metering import SupplyStatus

THOUSANDTHS = 1_000
"""Meters count Wh and litres; consumers read kWh and cubic metres."""
SUPPLY_WORDS: dict[int, str] = {
    SupplyStatus.OFF: "OFF",
    SupplyStatus.ARMED: "READY",
    SupplyStatus.ON: "ON",
}
"""The words of the Liberty 100's display."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a display knows about one fuel; None: nothing yet."""

    register: int | None = None
    """Wh or litres."""
    demand: int | None = None
    supply: int | None = None
    credit_pence: int | None = None
    emergency_pence: int | None = None
    updated_at: Instant = START


def pounds(pence: int) -> str:
    """Print pence as `£12.34`."""
    sign = "-" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100}.{abs(pence) % 100:02}"

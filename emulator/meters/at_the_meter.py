"""What a person does at a meter, or what befalls its case, its tap, its valve and its battery.

Sources: the tamper family and the valve and battery alerts of the GBCS codes (domain.md 3.3, which
routes the tamper family into the security log after one SMETS2 meter's manual); a gas meter that
finds a flow as it is re-opened goes back to READY (Liberty EG4 manual). Which code of the family
stands for which part is modelled [M]. A meter without power notices none of it.
"""

import enum
from collections.abc import Mapping
from typing import Final

from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.meter import MeterCore


class Happening(enum.Enum):
    """What happens, in the words of a scenario."""

    TAMPERED = "tampered-with"
    BATTERY_COVER = "battery-cover-removed"
    METER_COVER = "meter-cover-removed"
    MAGNET = "magnet"
    TERMINAL_COVER = "terminal-cover-removed"
    SECOND_TERMINAL_COVER = "second-terminal-cover-removed"
    OPENED = "opened-in-another-way"
    TILTED = "tilted"
    UPRIGHT = "upright-again"
    BATTERY_LOW = "battery-low"
    TAP_OPENED = "tap-opened"
    TAP_CLOSED = "tap-closed"
    VALVE_STUCK = "valve-stuck"
    VALVE_FREED = "valve-freed"
    EMERGENCY = "emergency-credit-chosen"


CODES: Final[Mapping[Happening, str]] = {
    Happening.TAMPERED: "8F3F",
    Happening.BATTERY_COVER: "8F73",
    Happening.METER_COVER: "8F74",
    Happening.MAGNET: "8F75",
    Happening.TERMINAL_COVER: "8F76",
    Happening.SECOND_TERMINAL_COVER: "8F77",
    Happening.OPENED: "8F78",
    Happening.TILTED: "81C2",
    Happening.UPRIGHT: "81C3",
    Happening.BATTERY_LOW: "8F1F",
}
"""What is noted at once, by its code."""


def happen(core: MeterCore, what: Happening, now: Instant) -> None:
    """Let something happen to a meter."""
    metering = core.metering
    match what:
        case Happening.TAP_OPENED | Happening.TAP_CLOSED:
            metering.is_tap_open = what is Happening.TAP_OPENED
        case Happening.VALVE_STUCK | Happening.VALVE_FREED:
            metering.stuck.is_stuck = what is Happening.VALVE_STUCK
        case Happening.EMERGENCY if core.is_on:
            metering.select_emergency(now)
        case _ if core.is_on and what in CODES:
            core.logs.note(CODES[what], now)

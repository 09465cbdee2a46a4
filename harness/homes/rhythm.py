"""How often the devices of a home speak by themselves, and what their clocks show.

The traffic of a scenario is a setting of it, shown in the report. Devices begin their rounds apart
from one another, by their names, so that adding one moves no other.
"""

from collections.abc import Callable
from typing import Final

from hanbench.emulator.instant import HOUR_US, SECOND_US, Instant
from hanbench.harness.running.case import Case
from hanbench.harness.streams import uniform_us

LINK_STATUS_INTERVAL_US: Final = 15 * SECOND_US
REPORT_INTERVAL_US: Final = {"full": 10 * SECOND_US, "instruction": HOUR_US, "off": None}
"""How often the ESME reports to each display: a setting of the scenario, shown in the report."""
DEVICE_SPREAD_US: Final = 131_071
"""Devices begin their rounds this far apart at most, so that no two send at one instant."""


class HomeRhythm:
    """The times of one case."""

    def __init__(self, case: Case) -> None:
        scenario = case.scenario
        self.is_full = scenario.traffic == "full"
        self.link_status_us = LINK_STATUS_INTERVAL_US if self.is_full else None
        self.report_us = REPORT_INTERVAL_US[scenario.traffic]
        self._seed = case.seed
        self._epoch_unix_s = int(scenario.epoch.timestamp())

    def first_at(self, name: str) -> Instant:
        """Return when the rounds of a device begin."""
        spread_us = uniform_us(self._seed, name, "first round", low_us=0, high_us=DEVICE_SPREAD_US)
        return Instant(spread_us)

    def utc_s(self, now: Instant) -> int:
        """Return what the clocks of the home show, in Unix time."""
        return self._epoch_unix_s + now // SECOND_US


def wan_jitter(seed: int, high_us: int) -> Callable[[int], int]:
    """Return what draws the extra microseconds, up to `high_us`, of the n-th envelope of a WAN."""

    def jitter(number: int) -> int:
        return uniform_us(seed, "wan", "jitter", number, low_us=0, high_us=high_us)

    return jitter

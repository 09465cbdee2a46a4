"""The Eligible Product Combinations List: which device models may be migrated, and since when.

Source: see `epcl_operations`.
"""

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties import epcl_operations as of
from hanbench.emulator.parties.operation import (
    Json,
    OfInstallation,
    PartyError,
    bind,
    call_bound,
)
from hanbench.emulator.parties.premises import Premises, PremisesDevice

STANDSTILL_MONTHS = 12
AFTER_STANDSTILL_MONTHS = 3
"""TMAD 3.14E."""
NEED_ENTRIES = ("ESME", "GSME", "CHF")
"""The device types whose models want an entry [M]: those that an Installation stands on."""


@dataclass(frozen=True, slots=True)
class EpclSetup:
    """What the list begins with."""

    premises: Premises
    epoch: datetime
    """What instant 0 is: calendar months are reckoned from it."""
    without: tuple[str, ...] = ()
    """Models that have no entry as the scenario begins; all others have one, made before it."""
    uneconomic: tuple[str, ...] = ()
    """Models that are not worth their testing: an excluded category."""
    firmware: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By model the firmware that its entry is for; a model that is not here: any."""
    fitted: Callable[[str, str], str] = lambda _installation, _device: ""
    """Asks what (installation, device) runs."""
    vouches: bool = False
    """Whether it answers that every model has one."""


class Epcl:
    """The list, and the clock of the Separation."""

    name = "EPCL"
    catalogue = of.CATALOGUE

    def __init__(self, setup: EpclSetup) -> None:
        self._setup = setup
        self._missing = dict.fromkeys(setup.without, True)
        self._waiting: dict[str, of.Way] = {}
        self._last_entry: Instant | None = None
        self._bound = (
            bind(of.CHECK, self._check),
            bind(of.PROPOSE, self._propose),
            bind(of.APPROVE, self._approve),
            bind(of.SEPARATION, self._separation),
        )

    def call(self, operation: str, arguments: Mapping[str, Any], now: Instant) -> Json | PartyError:
        """Perform one operation of the catalogue."""
        return call_bound(self._bound, operation, arguments, now)

    def lacking(self, installation: str) -> tuple[str, ...]:
        """Name the devices of an Installation whose models have no effective entry now."""
        home = self._setup.premises.home(installation)
        if isinstance(home, PartyError):
            return ()
        return tuple(
            device.name
            for device in home.devices
            if device.type in NEED_ENTRIES and not self._has_entry(home.name, device)
        )

    def shown_without(self, installation: str) -> tuple[str, ...]:
        """Name the devices for whose models it shows no entry to whoever looks it up."""
        return () if self._setup.vouches else self.lacking(installation)

    def _has_entry(self, installation: str, device: PremisesDevice) -> bool:
        if device.model in self._missing:
            return False
        fitting = self._setup.firmware.get(device.model)
        return fitting is None or self._setup.fitted(installation, device.name) in fitting

    def uneconomic(self, installation: str) -> tuple[str, ...]:
        """Name the devices of an Installation whose models are uneconomic to migrate."""
        home = self._setup.premises.home(installation)
        if isinstance(home, PartyError):
            return ()
        return tuple(it.name for it in home.devices if it.model in self._setup.uneconomic)

    def _check(self, asked: OfInstallation, _now: Instant) -> of.EligibilityReport | PartyError:
        home = self._setup.premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        lacking = self.shown_without(home.name)
        devices = tuple(
            of.Eligibility(
                device=device.name,
                model=device.model,
                is_eligible=device.name not in lacking,
                is_uneconomic=device.model in self._setup.uneconomic,
            )
            for device in home.devices
            if device.type in NEED_ENTRIES
        )
        return of.EligibilityReport(devices=devices, is_eligible=not lacking)

    def _propose(self, asked: of.Proposal, now: Instant) -> of.Entry:
        if asked.way == "PPCT":
            return self._enter(asked.model, asked.way, now)
        self._waiting[asked.model] = asked.way
        return of.Entry(model=asked.model, way=asked.way, effective_since_us=None)

    def _approve(self, asked: of.Approval, now: Instant) -> of.Entry | PartyError:
        way = self._waiting.pop(asked.model, None)
        if way is None:
            return PartyError(of.NOT_PROPOSED.code, asked.model)
        return self._enter(asked.model, way, now)

    def _enter(self, model: str, way: of.Way, now: Instant) -> of.Entry:
        self._missing.pop(model, None)
        if not self._has_stood_still(now):
            self._last_entry = now
        return of.Entry(model=model, way=way, effective_since_us=now)

    def _has_stood_still(self, now: Instant) -> bool:
        """Whether the standstill was completed before: nothing starts it again [M]."""
        last = self._last_entry
        return last is not None and now >= self._months_after(last, STANDSTILL_MONTHS)

    def _separation(self, _asked: of.Nothing, _now: Instant) -> of.SeparationDate:
        last = self._last_entry
        if last is None:
            return of.SeparationDate(
                last_entry_us=None, standstill_ends_us=None, separation_us=None
            )
        return of.SeparationDate(
            last_entry_us=last,
            standstill_ends_us=self._months_after(last, STANDSTILL_MONTHS),
            separation_us=self._months_after(last, STANDSTILL_MONTHS + AFTER_STANDSTILL_MONTHS),
        )

    def _months_after(self, when: Instant, months: int) -> int:
        entered = self._setup.epoch + timedelta(microseconds=when)
        years, month = divmod(entered.month - 1 + months, 12)
        year = entered.year + years
        day = min(entered.day, calendar.monthrange(year, month + 1)[1])
        due = entered.replace(year=year, month=month + 1, day=day)
        return (due - self._setup.epoch) // timedelta(microseconds=1)

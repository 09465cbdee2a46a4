"""The Migration Control Centre: what stands in the way of starting an Installation now.

Source: see `mcc_operations`. A day is a UTC day, counted from that of the scenario's epoch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hanbench.emulator.instant import DAY_US, Instant
from hanbench.emulator.parties import mcc_operations as of
from hanbench.emulator.parties.accounts import Accounts
from hanbench.emulator.parties.authorisation_intake import (
    SUBMIT_AUTHORISATION,
    AuthorisationAccepted,
    AuthorisationIntake,
    AuthorisationSubmission,
)
from hanbench.emulator.parties.governance import DECIDE, DECOMMISSION, REFER, Governance
from hanbench.emulator.parties.notice import is_sufficient
from hanbench.emulator.parties.operation import (
    Json,
    OfInstallation,
    PartyError,
    bind,
    call_bound,
)
from hanbench.emulator.parties.premises import Home, Premises
from hanbench.emulator.parties.supplier import Supplier


@dataclass(frozen=True, slots=True, kw_only=True)
class MccSetup:
    """What the MCC works with, and how it may fail."""

    premises: Premises
    accounts: Accounts
    supplier: Supplier
    epoch: datetime
    intake: AuthorisationIntake | None = None
    """The Migration Authorisations that were received; None: nobody asks for them."""
    daily_limit: Mapping[str, int] = field(default_factory=dict)
    """By supplier, how many of its Installations may be started on one day."""
    overlooks: tuple[of.Reason, ...] = ()
    """What it leaves out of its answers."""
    is_commissioned: Callable[[str, str], bool] = lambda _installation, _device: False
    """Asks the inventory about (installation, device)."""


class Mcc:
    """The Migration Control Centre."""

    name = "MCC"
    catalogue = of.CATALOGUE

    def __init__(self, setup: MccSetup) -> None:
        self._setup = setup
        self._suspended_at: Instant | None = None
        self._governance = Governance(setup.premises)
        self._started: dict[tuple[str, int], dict[str, bool]] = {}
        midnight = setup.epoch.replace(hour=0, minute=0, second=0, microsecond=0)
        self._into_day_us = (setup.epoch - midnight) // timedelta(microseconds=1)
        self._bound = (
            bind(of.CLEARANCE, self._clearance),
            bind(SUBMIT_AUTHORISATION, self._submit_authorisation),
            bind(of.AUTHORISE, self._authorise),
            bind(of.SUSPEND_DORMANT, self._suspend),
            bind(of.RESUME_DORMANT, self._resume),
            bind(DECOMMISSION, self._governance.decommission),
            bind(DECIDE, self._governance.decide),
            bind(REFER, self._governance.refer),
        )

    def call(self, operation: str, arguments: Mapping[str, Any], now: Instant) -> Json | PartyError:
        """Perform one operation of the catalogue."""
        return call_bound(self._bound, operation, arguments, now)

    def day_of(self, now: Instant) -> int:
        """Return the day of an instant: 0 is that of the epoch."""
        return (self._into_day_us + now) // DAY_US

    def is_in_time(self, requested_at: Instant, day: int) -> bool:
        """Whether a stop request for a day came before 16:30 on the day before it."""
        return is_sufficient(self._setup.epoch, requested_at, day)

    def started(self, installation: str, now: Instant) -> None:
        """Count a start (told by the SMSO)."""
        home = self._setup.premises.home(installation)
        if isinstance(home, Home):
            for supplier in home.suppliers:
                self._started.setdefault((supplier, self.day_of(now)), {})[installation] = True

    def authorisations_of(self, installation: str) -> tuple[str, ...]:
        """Name the Migration Authorisations under which an Installation stands."""
        intake = self._setup.intake
        return () if intake is None else intake.files_of(installation)

    def reasons(self, installation: str, now: Instant) -> tuple[of.Reason, ...]:
        """Say what truly stands in the way, whatever the MCC would answer."""
        home = self._setup.premises.home(installation)
        if isinstance(home, PartyError):
            return ()
        found: dict[of.Reason, bool] = {
            "stop-requested": self._setup.supplier.is_stopped(home.name),
            "dormant-suspended": self._suspended_at is not None and _has_dormant(home),
            # A resubmission is authorised for the day on which it is made [M].
            "not-authorised-today": home.is_day_bound
            and not self._setup.accounts.of(home.name).starts
            and self.day_of(now) != home.migration_day,
            "no-authorisation": self._setup.intake is not None
            and not self._setup.intake.covers(home.name),
            "supplier-changed": self._has_changed_supplier(home),
            "active-to-dormant": any(meter.has_gone_dormant for meter in home.meters),
            "already-migrated": self._is_migrated(home),
            "requesting-party-gone": self._governance.gone_since is not None,
            # Dormant Meters are the DCC's to try again.
            "not-resubmitted": _has_active(home)
            and self._setup.accounts.waits_for_its_supplier(home.name),
            "daily-limit": any(self._is_full(one, home.name, now) for one in home.suppliers),
        }
        return tuple(reason for reason, holds in found.items() if holds)

    def _has_changed_supplier(self, home: Home) -> bool:
        # Nobody authorises a Dormant Meter: it does not wait for its new supplier [M].
        return (
            _has_active(home) and bool(home.authorised_by) and home.authorised_by != home.suppliers
        )

    def _is_migrated(self, home: Home) -> bool:
        return any(self._setup.is_commissioned(home.name, meter.name) for meter in home.meters)

    def _authorise(
        self, asked: of.ReceivedAuthorisation, _now: Instant
    ) -> of.AuthorisedDay | PartyError:
        home = self._setup.premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        if asked.supplier not in home.suppliers:
            says = f"the supplier of {home.name} is {', '.join(home.suppliers)}"
            return PartyError(of.NOT_RESPONSIBLE.code, says)
        self._setup.premises.authorise(home.name, asked.day)
        self._setup.accounts.resubmit(home.name)
        self._setup.supplier.lift_stop(home.name)
        return of.AuthorisedDay(day=asked.day)

    def _is_full(self, supplier: str, installation: str, now: Instant) -> bool:
        limit = self._setup.daily_limit.get(supplier)
        today = self._started.get((supplier, self.day_of(now)), {})
        return limit is not None and installation not in today and len(today) >= limit

    def _clearance(self, asked: OfInstallation, now: Instant) -> of.Clearance | PartyError:
        home = self._setup.premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        held = self.reasons(home.name, now)
        reasons = tuple(reason for reason in held if reason not in self._setup.overlooks)
        return of.Clearance(is_cleared=not reasons, reasons=reasons)

    def _submit_authorisation(
        self, asked: AuthorisationSubmission, _now: Instant
    ) -> AuthorisationAccepted | PartyError:
        intake = self._setup.intake or AuthorisationIntake(self._setup.premises)
        accepted = intake.submit(asked)
        if not isinstance(accepted, PartyError):
            for name in accepted.installations:
                self._setup.accounts.resubmit(name)
        return accepted

    def _suspend(self, _asked: of.Suspension, now: Instant) -> of.Suspended:
        if self._suspended_at is None:
            self._suspended_at = now
        return of.Suspended(is_suspended=True, since_us=self._suspended_at)

    def _resume(self, _asked: of.Suspension, _now: Instant) -> of.Suspended:
        self._suspended_at = None
        return of.Suspended(is_suspended=False, since_us=None)


def _has_active(home: Home) -> bool:
    return any(meter.mode == "active" for meter in home.meters)


def _has_dormant(home: Home) -> bool:
    return any(meter.mode == "dormant" for meter in home.meters)

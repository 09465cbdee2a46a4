"""The Responsible Supplier: what it is told, what it asked to stop, what it submits again.

Source: see `supplier_operations`. One object stands for all suppliers of a scenario; which one is
meant follows from the Installation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties import supplier_operations as of
from hanbench.emulator.parties.accounts import ATTEMPTS_MAX, Account, Accounts
from hanbench.emulator.parties.notice import is_sufficient
from hanbench.emulator.parties.operation import (
    Json,
    OfInstallation,
    PartyError,
    bind,
    call_bound,
)
from hanbench.emulator.parties.premises import Home, Premises


@dataclass(frozen=True, slots=True)
class SupplierSetup:
    """What the suppliers work with."""

    premises: Premises
    accounts: Accounts
    with_arrangement: tuple[str, ...] = ()
    """The suppliers that have a commercial arrangement with the Secure SMSO."""
    missed_after: datetime | None = None
    """The instant 0 of the calendar, where late requests reach nobody; None: all requests do."""


class Supplier:
    """All suppliers of a scenario."""

    name = "SUPPLIER"
    catalogue = of.CATALOGUE

    def __init__(self, setup: SupplierSetup) -> None:
        self._premises = setup.premises
        self._accounts = setup.accounts
        self._missed_after = setup.missed_after
        self._arranged = dict.fromkeys(setup.with_arrangement, True)
        self._stops: dict[str, Instant] = {}
        self._notices: dict[str, int] = {}
        self._bound = (
            bind(of.NOTIFY, self._notify),
            bind(of.ARRANGEMENT, self._arrangement),
            bind(of.SET_ARRANGEMENT, self._set_arrangement),
            bind(of.RESUBMIT, self._resubmit),
            bind(of.REQUEST_STOP, self._request_stop),
            bind(of.STOP_STATE, self._stop_state),
        )

    def call(self, operation: str, arguments: Mapping[str, Any], now: Instant) -> Json | PartyError:
        """Perform one operation of the catalogue."""
        return call_bound(self._bound, operation, arguments, now)

    def has_arrangement(self, installation: str, device: str = "") -> bool:
        """Tell the SMSO whether it may top up for the supplier of an Installation, or of a meter.

        In a home of two suppliers each meter goes by the arrangement of its own.
        """
        home = self._premises.home(installation)
        if isinstance(home, PartyError):
            return False
        own = next((it.supplier for it in home.devices if it.name == device), "")
        return self._arranged.get(own or home.supplier, False)

    def is_stopped(self, installation: str) -> bool:
        """Tell the SMSO whether the supplier asked not to start this Installation."""
        return installation in self._stops

    def lift_stop(self, installation: str) -> None:
        """Forget a stop request: the Installation is authorised anew, which is another matter."""
        self._stops.pop(installation, None)

    def arrange(self, supplier: str, *, has_arrangement: bool) -> None:
        """Enter whether a supplier has an arrangement with the Secure SMSO."""
        self._arranged[supplier] = has_arrangement

    def stopped_at(self, installation: str) -> Instant | None:
        """Return when the supplier asked not to start this Installation."""
        return self._stops.get(installation)

    def day_of(self, installation: str) -> int:
        """Return the day of an Installation's Migration Authorisation; 0 for one unknown."""
        home = self._premises.home(installation)
        return home.migration_day if isinstance(home, Home) else 0

    def _notify(self, asked: of.Notice, now: Instant) -> of.Notified | PartyError:
        home = self._premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        notices = self._notices.get(home.name, 0) + 1
        self._notices[home.name] = notices
        told = asked.supplier or home.supplier
        return of.Notified(notified_at_us=now, notices=notices, supplier=told)

    def _arrangement(self, asked: OfInstallation, _now: Instant) -> of.Arrangement | PartyError:
        home = self._premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        has = self.has_arrangement(home.name)
        return of.Arrangement(supplier=home.supplier, has_arrangement=has)

    def _set_arrangement(
        self, asked: of.ArrangementChange, now: Instant
    ) -> of.Arrangement | PartyError:
        home = self._premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        self._arranged[home.supplier] = asked.has_arrangement
        return self._arrangement(OfInstallation(installation=home.name), now)

    def _resubmit(self, asked: OfInstallation, _now: Instant) -> of.Resubmission | PartyError:
        home = self._premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        active = tuple(meter.name for meter in home.meters if meter.mode == "active")
        standing = self._accounts.of(home.name)
        if not active:
            return PartyError(of.DORMANT.code, f"{home.name} has no Active meter")
        if standing.account is not Account.SUPPLIER:
            return PartyError(of.NOT_RETURNED.code, f"{home.name} stands: {standing.account.value}")
        if standing.starts >= ATTEMPTS_MAX:
            return PartyError(of.EXCLUDED.code, f"{standing.starts} attempts were made")
        self.lift_stop(home.name)
        self._premises.authorise(home.name)
        self._accounts.resubmit(home.name)
        return of.Resubmission(attempt=standing.starts + 1, meters=active)

    def _request_stop(self, asked: of.StopRequest, now: Instant) -> of.Stopped | PartyError:
        home = self._premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        supplier = self._asking(home, asked.meter)
        if isinstance(supplier, PartyError):
            return supplier
        covered = [each.name for each in self._premises.homes if _covers(home, supplier, each)]
        started = tuple(name for name in covered if self._has_started(name))
        missed = tuple(it for it in covered if it not in started and self._is_missed(it, now))
        stopped = tuple(name for name in covered if name not in (*started, *missed))
        for name in stopped:
            self._stops.setdefault(name, now)
        return of.Stopped(
            requested_at_us=now, stopped=stopped, already_started=started, missed=missed
        )

    def _is_missed(self, installation: str, now: Instant) -> bool:
        """Whether the reasonable steps on a late request come to nothing for an Installation."""
        epoch = self._missed_after
        return epoch is not None and not is_sufficient(epoch, now, self.day_of(installation))

    def _asking(self, home: Home, meter_name: str | None) -> str | PartyError:
        if meter_name is None:
            return home.supplier
        meter = self._premises.meter(home.name, meter_name)
        return meter if isinstance(meter, PartyError) else meter.supplier or home.supplier

    def _has_started(self, installation: str) -> bool:
        # "Started" is a point of no stop; an Installation rolled back is not waiting to start
        # until it stands on the Supplier Account again.
        return self._accounts.account(installation) is not Account.SUPPLIER

    def _stop_state(self, asked: OfInstallation, _now: Instant) -> of.StopState | PartyError:
        home = self._premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        requested_at = self._stops.get(home.name)
        return of.StopState(is_stopped=requested_at is not None, requested_at_us=requested_at)


def _covers(asked: Home, supplier: str, other: Home) -> bool:
    """4.23A: all of the supplier's of that day; 4.23, of other cohorts: the one that is named."""
    if asked.cohort != "DA" or other.cohort != "DA":
        return other.name == asked.name
    return other.migration_day == asked.migration_day and supplier in other.suppliers

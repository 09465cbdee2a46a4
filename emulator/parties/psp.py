"""The PSP: takes a payment, and asks the issuer of its route for the code.

Source: see `psp_operations`; which route is open when is the table in `utrn_period`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties import psp_operations as of
from hanbench.emulator.parties.operation import (
    Json,
    PartyError,
    bind,
    call_bound,
)
from hanbench.emulator.parties.s1sp import S1sp
from hanbench.emulator.parties.smso import Smso
from hanbench.emulator.parties.smso_operations import TopUp


@dataclass(frozen=True, slots=True)
class PspSetup:
    """What the PSP works with: the two issuers, one behind each route."""

    smso: Smso
    s1sp: S1sp


class Psp:
    """The payment service provider."""

    name = "PSP"
    catalogue = of.CATALOGUE

    def __init__(self, setup: PspSetup) -> None:
        self._setup = setup
        self._bound = (bind(of.TOP_UP, self._top_up),)

    def call(self, operation: str, arguments: Mapping[str, Any], now: Instant) -> Json | PartyError:
        """Perform one operation of the catalogue."""
        return call_bound(self._bound, operation, arguments, now)

    def _top_up(self, asked: of.TopUpByRoute, now: Instant) -> of.PaidTopUp | PartyError:
        payment = TopUp(installation=asked.installation, device=asked.device, pence=asked.pence)
        by = self._by_smso if asked.route == "smso" else self._by_dcc
        digits = by(payment, now)
        if isinstance(digits, PartyError):
            return digits
        return of.PaidTopUp(utrn=digits, route=asked.route)

    def _by_smso(self, payment: TopUp, now: Instant) -> str | PartyError:
        vend = self._setup.smso.issue(payment, now)
        return vend if isinstance(vend, PartyError) else vend.utrn

    def _by_dcc(self, payment: TopUp, now: Instant) -> str | PartyError:
        alert = self._setup.s1sp.issue(payment, now)
        if isinstance(alert, PartyError):
            return alert
        if alert.utrn is None:
            return PartyError(of.N55_LOST.code, "I99 came, N55 did not")
        return alert.utrn

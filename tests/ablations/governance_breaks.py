"""Rules of the governance and of counters at the S1SP, each broken once in the party."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.ablations.breaks import Break, Patch

from hanbench.emulator.instant import DAY_US, Instant
from hanbench.emulator.parties import governance, notice, supplier
from hanbench.emulator.parties.cos_counter import CosCounters, CosUpdate, CosUpdated
from hanbench.emulator.parties.epcl import Epcl
from hanbench.emulator.parties.mcc import Mcc
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.emulator.parties.premises import Premises

GONE = "requesting-party-gone"


def mcc_forgets_who_is_gone(patch: Patch) -> None:
    call = Mcc.call

    def answer(
        self: Mcc, operation: str, arguments: Mapping[str, Any], now: Instant
    ) -> Json | PartyError:
        said = call(self, operation, arguments, now)
        if operation != "clearance" or isinstance(said, PartyError):
            return said
        reasons = [reason for reason in said["reasons"] if reason != GONE]
        return {"is_cleared": not reasons, "reasons": reasons}

    patch.setattr(Mcc, "call", answer)


def takes_referrals_for_ever(patch: Patch) -> None:
    patch.setattr(governance, "REFERRAL_US", 1000 * DAY_US)


def gives_a_week(patch: Patch) -> None:
    patch.setattr(governance, "REFERRAL_US", 7 * DAY_US)


def takes_credentials_in_any_order(patch: Patch) -> None:
    def update(_self: CosCounters, asked: CosUpdate, _now: Instant) -> CosUpdated:
        return CosUpdated(supplier=asked.supplier, counter=asked.counter)

    patch.setattr(CosCounters, "update", update)


def takes_credentials_and_keeps_the_supplier(patch: Patch) -> None:
    patch.setattr(Premises, "change_supplier", lambda *_: None)


def an_entry_always_restarts_the_standstill(patch: Patch) -> None:
    patch.setattr(Epcl, "_has_stood_still", lambda *_: False)


def mcc_goes_by_utc(patch: Patch) -> None:
    patch.setattr(notice, "london_is_ahead_by", lambda _at: timedelta())


def every_request_is_late(patch: Patch) -> None:
    patch.setattr(supplier, "is_sufficient", lambda *_: False)


REFERRED, CREDENTIALS = "rules/matter-referred", "rules/credentials-of-a-new-supplier"
LONDON = "rules/stop-by-londons-clock"
BREAKS = [
    Break("tmad/4.23A", mcc_goes_by_utc, f"{LONDON}[a-minute-late]"),
    Break("tmad/4.23A", every_request_is_late, LONDON),
    Break("tmad/7.1-7.4", mcc_forgets_who_is_gone, "rules/requesting-party-decommissioned"),
    Break("tmad/8.9", takes_referrals_for_ever, REFERRED),
    Break("tmad/8.9", gives_a_week, REFERRED),
    Break("s1sr/11.2(a)", takes_credentials_in_any_order, CREDENTIALS),
    Break("s1sr/11.2(a)", takes_credentials_and_keeps_the_supplier, CREDENTIALS),
    Break(
        "tmad/3.14E",
        an_entry_always_restarts_the_standstill,
        "rules/separation-date[after-the-standstill]",
    ),
]

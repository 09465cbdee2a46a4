"""Alerts, the switch, the clock and rarer codes: each rule broken once in the meter or hub."""

import dataclasses
from typing import Any

from tests.ablations.breaks import Break, Patch
from tests.ablations.vending_breaks import never_notes, takes_a_code_twice

from hanbench.emulator.hub.wan_side import BAD_FORMAT, HubWan
from hanbench.emulator.instant import Instant
from hanbench.emulator.meters import meter, metering, prepayment, utrn_entry
from hanbench.emulator.meters.instructions import MeterInstructions
from hanbench.emulator.meters.logs import Log, MeterLogs
from hanbench.emulator.meters.prepayment import OffReason
from hanbench.emulator.meters.supply_switch import Stuck
from hanbench.emulator.meters.utrn_entry import CodeEntry
from hanbench.emulator.parties.epcl import Epcl
from hanbench.emulator.parties.premises import PremisesDevice
from hanbench.emulator.sua.gate import Effect as Done
from hanbench.protocol import utrn
from hanbench.protocol.answer import UtrnResult


def hub_drops_in_silence(patch: Patch) -> None:
    log = HubWan.log

    def silent(self: HubWan, code: int, detail: str, now: Instant) -> None:
        if code != BAD_FORMAT:
            log(self, code, detail, now)

    patch.setattr(HubWan, "log", silent)


def sets_any_clock(patch: Patch) -> None:
    def obedient(self: MeterInstructions, utc_s: int, now: Instant) -> Done:
        self.clock.set(utc_s, now)
        return Done()

    patch.setattr(MeterInstructions, "_set_clock", obedient)


def opens_gas_without_a_test(patch: Patch) -> None:
    patch.setattr(metering, "valve_after_test", lambda _before, change, **_: change)


def a_stuck_switch_is_thought_to_move(patch: Patch) -> None:
    patch.setattr(Stuck, "moved", lambda _self, _before, change: change)


def emergency_credit_never_ends(patch: Patch) -> None:
    debit = prepayment._debit

    def generous(account: Any, rules: Any, pence: int) -> Any:
        left = debit(account, rules, pence)
        return dataclasses.replace(left, emergency_left_pence=account.emergency_left_pence)

    patch.setattr(prepayment, "_debit", generous)


def takes_the_lower_half(patch: Patch) -> None:
    patch.setattr(utrn, "vend_set_pence", lambda codes: codes[-1].value)


def deducts_whatever_is_asked(patch: Patch) -> None:
    foresee = utrn_entry.foresee

    def lax(codes: Any, account: Any, rules: Any) -> Any:
        effect = foresee(codes, account, rules)
        is_low = effect.result is UtrnResult.ACCOUNT_LOW
        return dataclasses.replace(effect, result=UtrnResult.ACCEPTED) if is_low else effect

    patch.setattr(utrn_entry, "foresee", lax)


def a_change_of_mode_ends_the_supply(patch: Patch) -> None:
    set_mode = prepayment.set_mode

    def abrupt(account: Any, rules: Any, mode: Any) -> Any:
        changed, codes = set_mode(account, rules, mode)
        off, _ = prepayment.disable(changed, OffReason.INSTRUCTED)
        return off, codes

    patch.setattr(prepayment, "set_mode", abrupt)


def vends_and_forgets_the_tariff(patch: Patch) -> None:
    patch.setattr(CodeEntry, "_set_tariff", lambda *_: None)


def an_entry_is_for_what_is_fitted_on_its_day(patch: Patch) -> None:
    has_entry, first = Epcl._has_entry, {}

    def early(self: Epcl, installation: str, device: PremisesDevice) -> bool:
        return first.setdefault((id(self), device.name), has_entry(self, installation, device))

    patch.setattr(Epcl, "_has_entry", early)


def every_outage_is_long(patch: Patch) -> None:
    patch.setattr(meter, "_LONG_OUTAGE_US", 0)


def clears_the_security_log_too(patch: Patch) -> None:
    clear = MeterLogs.clear

    def clear_all(self: MeterLogs, log: Log, now: Instant) -> None:
        if log is Log.EVENT:
            self._entries[Log.SECURITY].clear()
        clear(self, log, now)

    patch.setattr(MeterLogs, "clear", clear_all)


OUTAGE = "rules/short-and-long-outage"
EMERGENCY, TAMPER = "rules/emergency-credit-is-used-up", "rules/a-meter-is-tampered-with"
CLOCK, VALVE = "rules/a-clock-is-set", "rules/gas-valve-and-battery"
CLEARED, VENDED = "rules/logs-cleared-by-an-engineer", "rules/vend-set-by-two-codes"
TAMPERING = ("8F3F", "8F73", "8F74", "8F75", "8F76", "8F77", "8F78", "81C2", "81C3")
BREAKS = [
    *[Break(f"alert/{one}", never_notes(one), EMERGENCY) for one in ("81AB", "8168", "81AA")],
    Break("alert/81AA", emergency_credit_never_ends, EMERGENCY),
    *[Break(f"alert/{one}", never_notes(one), TAMPER) for one in TAMPERING],
    *[Break(f"alert/{one}", never_notes(one), CLOCK) for one in ("8145", "81C6")],
    Break("alert/81C6", sets_any_clock, CLOCK),
    *[
        Break(f"alert/{one}", never_notes(one), VALVE)
        for one in ("81BF", "8184", "81BD", "81C0", "8F1F")
    ],
    Break("alert/81BF", opens_gas_without_a_test, VALVE),
    Break("alert/81C0", a_stuck_switch_is_thought_to_move, VALVE),
    Break("alert/8F34", never_notes("8F34"), "rules/supply-restored-by-itself"),
    *[Break(f"alert/{one}", never_notes(one), OUTAGE) for one in ("8F36", "8F57")],
    Break("alert/8F36", every_outage_is_long, OUTAGE),
    Break("alert/8F52", never_notes("8F52"), CLEARED),
    Break("device/engineering-code", takes_a_code_twice, CLEARED),
    Break("device/engineering-code", clears_the_security_log_too, CLEARED),
    Break("domain/10.8-vend-set", takes_the_lower_half, VENDED),
    Break("device/vend-deduct", deducts_whatever_is_asked, VENDED),
    Break("alert/8F53", never_notes("8F53"), "rules/instruction-to-a-meter-without-a-key"),
    Break("alert/8F1E", hub_drops_in_silence, "rules/octets-that-are-no-envelope"),
    Break("alert/8183", never_notes("8183"), "rules/a-meter-that-joins-says-so"),
    Break("device/vend-and-tariff", vends_and_forgets_the_tariff, "rules/vend-and-tariff"),
    Break(
        "seed0/configured-in-time",
        an_entry_is_for_what_is_fitted_on_its_day,
        "rules/configured-in-time",
    ),
    Break("device/payment-mode", a_change_of_mode_ends_the_supply, "rules/payment-mode-changed"),
]

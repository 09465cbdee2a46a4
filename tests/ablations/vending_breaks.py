"""Rules of vending, of the meters' alerts and of their supply, broken in a party or a meter."""

import dataclasses
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from tests.ablations.breaks import Break, Patch

from hanbench.emulator.device import WanSend
from hanbench.emulator.hub.wan_side import HubWan
from hanbench.emulator.instant import HOUR_US, Instant
from hanbench.emulator.meters import prepayment, utrn_entry
from hanbench.emulator.meters.logs import MeterLogs
from hanbench.emulator.meters.metering import Metering
from hanbench.emulator.parties import s1sp, smso, utrn_period
from hanbench.emulator.parties.accounts import Account
from hanbench.emulator.parties.n55 import N55Delivery
from hanbench.emulator.parties.smso import Smso
from hanbench.emulator.parties.supplier import Supplier
from hanbench.emulator.parties.utrn_issue import UtrnIssuer
from hanbench.emulator.parties.utrn_period import CUT_OVER, Phase, SmsoRoute
from hanbench.emulator.sua.gate import SuaGate
from hanbench.protocol import utrn
from hanbench.protocol.answer import Outcome
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import InstructionType
from hanbench.protocol.keys import Key
from hanbench.protocol.utrn import Issuer, NativeCode, ParsedNative


def _route(patch: Patch, phase: Phase, **changed: object) -> None:
    patch.setitem(CUT_OVER, phase, dataclasses.replace(CUT_OVER[phase], **changed))  # type: ignore[arg-type]


def web_page_after_the_start(patch: Patch) -> None:
    _route(patch, Phase.MIGRATING, web_vend=True)


def smso_goes_by_the_key_and_not_by_the_account(patch: Patch) -> None:
    """Until the meter answers under the DCO's key all is as before, whatever account it is on."""

    def phase(account: Account, started_at: Instant | None, now: Instant) -> Phase:
        if account is Account.DCC and started_at is None:
            return Phase.BEFORE_MIGRATION
        return utrn_period.phase(account, started_at, now)

    patch.setattr(smso, "phase", phase)


def smso_drops_the_rolled_back(patch: Patch) -> None:
    _route(patch, Phase.ROLLED_BACK, smso=SmsoRoute.OVER)


def smso_drops_those_under_way(patch: Patch) -> None:
    """They have a way again before the run ends: no step tops up in between."""
    _route(patch, Phase.MIGRATING, smso=SmsoRoute.OVER)


def smso_vends_for_ever(patch: Patch) -> None:
    _route(patch, Phase.DCC_ONLY, smso=SmsoRoute.OPEN)


def both_issue_from_one_sequence(patch: Patch) -> None:
    patch.setattr(s1sp, "UtrnIssuer", lambda _issuer, *more: UtrnIssuer(Issuer.SMSO, *more))


def s1sp_begins_at_one(patch: Patch) -> None:
    patch.setattr(Smso, "last_sequence", lambda *_: 0)


def one_arrangement_serves_the_home(patch: Patch) -> None:
    honest = Supplier.has_arrangement

    def of_the_home(self: Supplier, installation: str, _device: str = "") -> bool:
        return honest(self, installation)

    patch.setattr(Supplier, "has_arrangement", of_the_home)


def smso_asks_nobody_for_an_arrangement(patch: Patch) -> None:
    patch.setattr(Supplier, "has_arrangement", lambda *_: True)


def period_of_three_hundred_hours(patch: Patch) -> None:
    patch.setattr(utrn_period, "UTRN_PERIOD_US", 300 * HOUR_US)


def takes_a_code_twice(patch: Patch) -> None:
    patch.setattr(utrn_entry, "is_used", lambda *_: False)
    patch.setattr(utrn_entry, "spend", lambda cache, _sequence: cache)


def credit_wants_a_code(patch: Patch) -> None:
    guarded = InstructionType.is_guarded.fget
    assert guarded is not None
    patch.setattr(
        InstructionType,
        "is_guarded",
        property(lambda self: self is InstructionType.ADD_CREDIT_UTRN or guarded(self)),
    )


def a_wrong_version_counts(patch: Patch) -> None:
    verify = SuaGate._verify

    def strict(self: SuaGate, request: Any, instruction: Any, code: Any) -> Outcome | None:
        said = verify(self, request, instruction, code)
        if said is Outcome.WRONG_KEY_VERSION:
            self._memory.count_failure(request.now)
        return said

    patch.setattr(SuaGate, "_verify", strict)


def opens_gas_from_afar(patch: Patch) -> None:
    def enable(self: Metering, because: str, now: Instant) -> bool:
        self.apply(prepayment.enable(self.account), now, because)
        return True

    patch.setattr(Metering, "enable_supply", enable)


def never_notes(code: str) -> Callable[[Patch], None]:
    def broken(patch: Patch) -> None:
        note = MeterLogs.note

        def silent(self: MeterLogs, noted: str, now: Instant, detail: str = "") -> None:
            if noted != code:
                note(self, noted, now, detail)

        patch.setattr(MeterLogs, "note", silent)

    broken.__name__ = f"never_notes_{code}"
    return broken


def a_restart_ends_a_lock_out(patch: Patch) -> None:
    restart = SuaGate.restart

    def forgetful(self: SuaGate, now: Instant, because: str) -> None:
        self._memory.clear_failures()
        restart(self, now, because)

    patch.setattr(SuaGate, "restart", forgetful)


def a_late_alert_never_comes(patch: Patch) -> None:
    send = N55Delivery.send

    def impatient(self: N55Delivery, meter: Any, digits: str, now: Instant) -> bool:
        is_late = meter in self._conduct.late_us
        return False if is_late else send(self, meter, digits, now)

    patch.setattr(N55Delivery, "send", impatient)


def takes_the_code_of_another_meter(patch: Patch) -> None:
    """It takes what was issued for another, and nothing else that is not its own."""
    issue, verify = utrn.issue, utrn.verify
    issued: list[tuple[Key, Eui64]] = []

    def noted(key: Key, eui64: Eui64, *codes: NativeCode) -> str:
        issued.append((key, eui64))
        return issue(key, eui64, *codes)

    def lax(key: Key, eui64: Eui64, entry: Sequence[ParsedNative]) -> None:
        for other, meant_for in issued:
            if meant_for != eui64:
                with suppress(SecurityError):
                    return verify(other, meant_for, entry)
        return verify(key, eui64, entry)

    patch.setattr(utrn, "issue", noted)
    patch.setattr(utrn, "verify", lax)


def hub_never_says(code: int) -> Callable[[Patch], None]:
    def broken(patch: Patch) -> None:
        alert = HubWan.alert

        def silent(self: HubWan, said: int, *more: Any) -> list[WanSend]:
            return [] if said == code else alert(self, said, *more)

        patch.setattr(HubWan, "alert", silent)

    broken.__name__ = f"hub_never_says_{code:04X}"
    return broken


FUELS = "rules/arrangement-of-each-fuel"
TRACES, UNFETCHED = "rules/attacks-leave-traces", "rules/not-fetched-in-time"
WEB, LATE = "rules/web-vend-ends-with-the-start", "rules/code-bought-in-time-typed-late"
LOCKED, GAS = "rules/locked-out-and-topped-up", "rules/gas-is-never-opened-remotely"
BREAKS = [
    Break("domain/n55-late", a_late_alert_never_comes, "rules/n55-late"),
    Break("device/duplicate", takes_a_code_twice, "rules/n55-late[twice]"),
    Break(
        "domain/n55-wrong-meter", takes_the_code_of_another_meter, "rules/n55-for-the-wrong-meter"
    ),
    Break("domain/10.8-top-up", smso_drops_the_rolled_back, "secure/power-cut-torn-commit"),
    Break("domain/10.8-top-up", smso_drops_those_under_way, "rules/codes-of-two-issuers"),
    Break("domain/10.8-lock-out-kept", a_restart_ends_a_lock_out, UNFETCHED),
    Break("alert/8F1D", never_notes("8F1D"), UNFETCHED),
    Break("alert/819D", hub_never_says(0x819D), UNFETCHED),
    Break("alert/8F3E", never_notes("8F3E"), TRACES),
    Break("alert/8F60", never_notes("8F60"), TRACES),
    Break("alert/8F3D-hub", hub_never_says(0x8F3D), TRACES),
    Break("alert/810E", never_notes("810E"), TRACES),
    Break("alert/8F12", hub_never_says(0x8F12), "rules/third-party-display-added"),
    Break("alert/81C4", never_notes("81C4"), "han/ppmid-top-up-words"),
    Break("seed0/web-vend-ends", web_page_after_the_start, WEB),
    Break("seed0/account-switch", smso_goes_by_the_key_and_not_by_the_account, WEB),
    Break("seed0/dcc-only", smso_vends_for_ever, WEB),
    Break("domain/10.8-issuers", both_issue_from_one_sequence, WEB),
    Break("domain/10.8-issuers", s1sp_begins_at_one, "rules/codes-of-two-issuers"),
    Break("domain/10.8-top-up", s1sp_begins_at_one, "rules/codes-of-two-issuers"),
    Break("seed0/utrn-cutover", smso_asks_nobody_for_an_arrangement, "rules/no-arrangement"),
    Break("alert/81C4", never_notes("81C4"), "rules/keypad-locked"),
    *[
        Break("seed0/utrn-cutover", one_arrangement_serves_the_home, f"{FUELS}{variant}")
        for variant in ("", "[gas-alone]")
    ],
    Break("domain/10.8-issued-in-time", period_of_three_hundred_hours, LATE),
    Break("device/duplicate", takes_a_code_twice, LATE),
    Break("domain/10.8-utrn-unguarded", credit_wants_a_code, LOCKED),
    Break("domain/10.8-wrong-version", a_wrong_version_counts, LOCKED),
    Break("alert/8F3D", never_notes("8F3D"), LOCKED),
    Break("alert/81C5", never_notes("81C5"), LOCKED),
    Break("device/gas-opened-by-hand", opens_gas_from_afar, GAS),
    Break("alert/8F32", never_notes("8F32"), GAS),
    Break("alert/8F70", never_notes("8F70"), GAS),
]

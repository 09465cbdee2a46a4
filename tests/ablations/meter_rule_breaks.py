"""Rules of the meters at the keypad, of file sets, and of alert codes, each broken once."""

from collections.abc import Callable
from typing import Any

from tests.ablations.breaks import Break, Patch
from tests.ablations.vending_breaks import never_notes

from hanbench.emulator.instant import MINUTE_US, SECOND_US
from hanbench.emulator.meters import gsme, prepayment, utrn_effect, utrn_entry
from hanbench.emulator.meters.utrn_cache import NO_FLOOR, UtrnCache, spend
from hanbench.emulator.parties import dco, s1sp
from hanbench.emulator.parties.file_set import DCO_CONDITIONS, S1SP_CONDITIONS, Finding
from hanbench.emulator.parties.s1sp import S1sp
from hanbench.protocol import utrn


def a_minute_for_the_buttons(patch: Patch) -> None:
    patch.setattr(prepayment, "REARM_WINDOW_US", 60 * SECOND_US)


def one_button_is_enough(patch: Patch) -> None:
    def rearm(account: Any, _pressed_at: object, _now: object) -> Any:
        return prepayment.enable(account)

    patch.setattr(prepayment, "rearm", rearm)


def wakes_each_minute(patch: Patch) -> None:
    honest = gsme._sleep_parameters

    def restless(setup: Any) -> Any:
        return honest(setup).model_copy(update={"wake_interval_us": MINUTE_US})

    patch.setattr(gsme, "_sleep_parameters", restless)


def forgets_what_it_evicted(patch: Patch) -> None:
    def forgetful(cache: UtrnCache, sequence: int) -> UtrnCache:
        return UtrnCache(spend(cache, sequence).used, floor=NO_FLOOR)

    patch.setattr(utrn_entry, "spend", forgetful)


def sequences_begin_again(patch: Patch) -> None:
    honest = utrn.next_sequence

    def wrapping(last: int, issuer: utrn.Issuer) -> int:
        return honest(last if last + 2 <= utrn.SEQUENCE_MAX else 0, issuer)

    patch.setattr(utrn, "next_sequence", wrapping)


def _overlooks(module: Any, name: str, check: str) -> Callable[[Patch], None]:
    def broken(patch: Patch) -> None:
        process = module.process

        def lenient(entries: Any, run: Callable[[str], tuple[Finding, ...]], discard: Any) -> Any:
            kept = lambda one: tuple(it for it in run(one) if it.name != check)  # noqa: E731
            return process(entries, kept, discard)

        patch.setattr(module, "process", lenient)

    broken.__name__ = f"{name}_overlooks_its_conditions"
    return broken


def s1sp_serves_whom_it_does_not_know(patch: Patch) -> None:
    def served(self: S1sp, asked: Any) -> Any:
        return self._setup.premises.meter(asked.installation, asked.device)

    patch.setattr(S1sp, "_served", served)


def has_no_word_for_a_full_account(patch: Patch) -> None:
    patch.setattr(utrn_effect, "_TOO_MUCH_IN_ALL", "")


REFUSED, RUN_OUT = "rules/codes-that-are-refused", "rules/credit-runs-out"
LOAD = "rules/load-limit-and-outage"
BREAKS = [
    Break("device/re-arm", a_minute_for_the_buttons, "rules/armed-supply-wants-a-then-b"),
    Break("device/re-arm", one_button_is_enough, "rules/armed-supply-wants-a-then-b"),
    Break("device/gas-wakes", wakes_each_minute, "rules/gas-meter-wakes-each-half-hour"),
    Break("domain/10.8-floor", forgets_what_it_evicted, "rules/paper-code-below-the-floor"),
    Break("domain/10.8-wrap", sequences_begin_again, "rules/sequences-are-used-up"),
    Break(
        "tmad/16.4",
        _overlooks(s1sp, "s1sp", S1SP_CONDITIONS.check),
        "rules/file-set-fails-at-s1sp[by-a-check-of-its-own]",
    ),
    Break(
        "tmad/16.5",
        _overlooks(dco, "dco", DCO_CONDITIONS.check),
        "rules/file-set-fails-at-dco[by-a-check-of-its-own]",
    ),
    Break(
        "files/required-file-sets",
        s1sp_serves_whom_it_does_not_know,
        "rules/files-not-in-order",
        "rules/checks-fail",
    ),
    Break("alert/8F51", never_notes("8F51"), "rules/code-bought-in-time-typed-late"),
    *[Break(f"alert/{one}", never_notes(one), REFUSED) for one in ("8F63", "8F64", "8F5B")],
    Break("alert/8F47", has_no_word_for_a_full_account, REFUSED),
    *[Break(f"alert/{one}", never_notes(one), RUN_OUT) for one in ("810D", "8119", "8F0F")],
    *[Break(f"alert/{one}", never_notes(one), LOAD) for one in ("8F01", "8F33", "8F35")],
]

"""What an authentic UTRN entry would do to a meter's account: judged whole before any is done.

Source: as `utrn_entry.py`; the limits are the model's [M]. Pure, so that a sum by hand
(`hanbench utrn check`) and the meter judge by the same rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hanbench.emulator.meters import prepayment
from hanbench.emulator.meters.prepayment import CreditAccount, CreditRules
from hanbench.emulator.meters.utrn_cache import UtrnCache, is_used
from hanbench.protocol import utrn
from hanbench.protocol.answer import UtrnResult
from hanbench.protocol.utrn import NativeCode, NativeType, SupplyConnection

_TOO_MUCH_AT_ONCE = "8F5B"
_TOO_MUCH_IN_ALL = "8F47"


@dataclass(frozen=True, slots=True)
class Effect:
    """What an authentic entry would do."""

    result: UtrnResult
    pence: int = 0
    """The change of the balance."""
    code: str = ""
    """Of domain.md 3.3, where it is refused for the account's sake."""
    asked: NativeCode | None = None
    """The first code of the entry."""


def spent_sequence(cache: UtrnCache, codes: Sequence[NativeCode]) -> int | None:
    """Return the first sequence of an entry that is used already, or twice in it; None: none."""
    seen: dict[int, None] = {}
    for code in codes:
        if code.sequence in seen or is_used(cache, code.sequence):
            return code.sequence
        seen[code.sequence] = None
    return None


def foresee(codes: Sequence[NativeCode], account: CreditAccount, rules: CreditRules) -> Effect:
    """Say what an entry would do to this account, or why the meter refuses it."""
    balance, value = account.balance_pence, codes[0].value
    match codes[0].type:
        case NativeType.VEND_ADD | NativeType.VEND_AND_TARIFF:
            if value > rules.max_credit_pence:
                return Effect(UtrnResult.ACCOUNT_HIGH, code=_TOO_MUCH_AT_ONCE)
            return _if_it_fits(balance, balance + value, rules)
        case NativeType.VEND_SET:
            return _if_it_fits(balance, utrn.vend_set_pence(codes), rules)
        case NativeType.VEND_DEDUCT:
            return _if_it_fits(balance, balance - value, rules)
        case NativeType.SUPPLY_CONNECTION:
            return _foresee_supply(value, account, rules)
        case _:
            return Effect(UtrnResult.ACCEPTED)


def _if_it_fits(before_pence: int, balance_pence: int, rules: CreditRules) -> Effect:
    change_pence = balance_pence - before_pence
    if balance_pence > rules.max_balance_pence:
        return Effect(UtrnResult.ACCOUNT_HIGH, code=_TOO_MUCH_IN_ALL)
    if change_pence < 0 and balance_pence < rules.disablement_pence:
        return Effect(UtrnResult.ACCOUNT_LOW)
    return Effect(UtrnResult.ACCEPTED, change_pence)


def _foresee_supply(value: int, account: CreditAccount, rules: CreditRules) -> Effect:
    if value not in list(SupplyConnection):
        return Effect(UtrnResult.INVALID)
    if value == SupplyConnection.READY and prepayment.is_out_of_credit(account, rules):
        return Effect(UtrnResult.ACCOUNT_LOW)
    return Effect(UtrnResult.ACCEPTED)

"""The credit account and the supply switch of a meter, as frozen state and functions over it.

Sources: the data items of DUIS and MMC (PaymentMode, SupplyState, DisablementThreshold,
EmergencyCreditLimit, ...); Secure Liberty 100 manual (READY closes by A then B within 30 s; payment
percentage and time-based debt; no interruption at a change of mode). The order in which a top-up is
shared out, and the rounding, are modelled [M].

Money is in whole pence; what is owed below a penny is carried exactly, so that the charge does not
depend on how often the meter settles. Each function returns the new account and the codes
of what happened (domain.md 3.3). The switch is closed by hand or, for electricity, remotely.
"""

import enum
from dataclasses import dataclass, replace

from hanbench.emulator.instant import DAY_US, SECOND_US, Instant
from hanbench.protocol.instruction import PaymentMode

REARM_WINDOW_US = 30 * SECOND_US
"""B closes an armed supply if A was pressed no longer ago than this (Liberty 100 manual)."""
WEEK_US = 7 * DAY_US
PENNY_PARTS = 10_000 * DAY_US
"""The fraction in which charges are carried: unit prices and daily charges are whole in it."""


class SupplyState(enum.IntEnum):
    """The switch or valve (numbers of SupplyStatus, han.md 6); ARMED is READY on the display."""

    DISABLED = 0
    ARMED = 1
    ENABLED = 2

    @property
    def words(self) -> str:
        """The state as a story prints it."""
        return self.name.lower()


class OffReason(enum.Enum):
    """Why the supply is not enabled."""

    NONE = "none"
    NO_CREDIT = "no-credit"
    INSTRUCTED = "instructed"
    CODE = "supply-code"
    LOAD_LIMIT = "load-limit"


class EmergencyCredit(enum.Enum):
    """Where the emergency credit stands."""

    UNAVAILABLE = "unavailable"
    AVAILABLE = "available"
    ACTIVE = "active"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRules:
    """What the configuration of a prepayment meter fixes."""

    max_balance_pence: int
    max_credit_pence: int
    """The most that one top-up may add."""
    emergency_limit_pence: int
    emergency_threshold_pence: int
    low_credit_pence: int
    disablement_pence: int = 0
    debt_per_payment_cap_pence: int = 0
    """The most that one top-up may lose to the payment debt; 0: no cap."""
    suspends_debt_in_emergency: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditAccount:
    """What the meter knows of the customer's money, and the state of its switch."""

    mode: PaymentMode = PaymentMode.CREDIT
    balance_pence: int = 0
    price_tenth_pence: int = 0
    """Of a kWh or a cubic metre."""
    standing_tenth_pence_a_day: int = 0
    emergency: EmergencyCredit = EmergencyCredit.UNAVAILABLE
    emergency_left_pence: int = 0
    payment_debt_pence: int = 0
    payment_debt_permille: int = 0
    """The part of each top-up that pays off the payment debt."""
    time_debt_pence: int = 0
    time_debt_pence_a_week: int = 0
    supply: SupplyState = SupplyState.ENABLED
    off_reason: OffReason = OffReason.NONE
    owed_parts: int = 0
    """Charges below one penny, not yet debited, in `PENNY_PARTS`."""
    debt_owed_us: int = 0
    """Time debt below one penny, not yet collected: pence times microseconds, of a week."""


Change = tuple[CreditAccount, tuple[str, ...]]
"""The account after a step, and the codes of what happened."""


def settle(account: CreditAccount, rules: CreditRules, units: int, elapsed_us: int) -> Change:
    """Debit what was used (Wh or litres) and what fell due in the time since the last time."""
    if account.mode is PaymentMode.CREDIT:
        return account, ()
    charged, charge_pence = _charge_due(account, units, elapsed_us)
    collected, debt_pence = _debt_due(charged, rules, elapsed_us)
    return _review(_debit(collected, rules, charge_pence + debt_pence), account, rules)


def add_credit(account: CreditAccount, rules: CreditRules, pence: int) -> Change:
    """Share a top-up out: payment debt first, then used emergency credit, then the balance."""
    debt = _payment_debt_share(account, rules, pence)
    left = pence - debt
    used = _emergency_used(account, rules)
    repaid = min(used, left)
    topped_up = replace(
        account,
        payment_debt_pence=account.payment_debt_pence - debt,
        emergency_left_pence=account.emergency_left_pence + repaid,
        balance_pence=account.balance_pence + left - repaid,
    )
    return _rearm_after_credit(_renew_emergency(topped_up, rules), rules)


def set_balance(account: CreditAccount, rules: CreditRules, pence: int) -> Change:
    """Put the balance at a stated value (a vend-set or vend-deduct code)."""
    moved = _renew_emergency(replace(account, balance_pence=pence), rules)
    if pence > account.balance_pence:
        return _rearm_after_credit(moved, rules)
    return _review(moved, account, rules)


def select_emergency(account: CreditAccount, rules: CreditRules) -> Change:
    """Activate emergency credit at the customer's wish, if it is offered."""
    if account.emergency is not EmergencyCredit.AVAILABLE:
        return account, ()
    active = replace(
        account,
        emergency=EmergencyCredit.ACTIVE,
        emergency_left_pence=rules.emergency_limit_pence,
    )
    if active.supply is SupplyState.DISABLED and active.off_reason is OffReason.NO_CREDIT:
        return replace(active, supply=SupplyState.ARMED), ("81AB", "8168")
    return active, ("81AB",)


def is_out_of_credit(account: CreditAccount, rules: CreditRules) -> bool:
    """Say whether the account by itself forbids that supply is given."""
    if account.mode is PaymentMode.CREDIT or account.emergency is EmergencyCredit.ACTIVE:
        return False
    return account.balance_pence <= rules.disablement_pence


def disable(account: CreditAccount, reason: OffReason) -> Change:
    """Open the switch or close the valve."""
    return replace(account, supply=SupplyState.DISABLED, off_reason=reason), ()


def arm(account: CreditAccount) -> Change:
    """Make a disabled supply ready to be closed by hand; one that is enabled stays so."""
    if account.supply is not SupplyState.DISABLED:
        return account, ()
    return replace(account, supply=SupplyState.ARMED), ("8F32",)


def enable(account: CreditAccount) -> Change:
    """Close the switch."""
    return replace(account, supply=SupplyState.ENABLED, off_reason=OffReason.NONE), ()


def trip(account: CreditAccount) -> Change:
    """Arm an enabled supply because its load was above the limit for too long."""
    tripped = replace(account, supply=SupplyState.ARMED, off_reason=OffReason.LOAD_LIMIT)
    return tripped, ("8F01", "8F33")


def restore(account: CreditAccount) -> Change:
    """Close the switch that a load limit has opened, when its restoration period is over."""
    return enable(account)[0], ("8F34",)


def rearm(account: CreditAccount, a_pressed_at: Instant | None, now: Instant) -> Change:
    """Close an armed supply when B is pressed within 30 s of A; else change nothing."""
    if account.supply is not SupplyState.ARMED or a_pressed_at is None:
        return account, ()
    if now - a_pressed_at > REARM_WINDOW_US:
        return account, ()
    return enable(account)


def set_tariff(
    account: CreditAccount, standing_tenth_pence_a_day: int, unit_tenth_pence: int
) -> CreditAccount:
    """Charge by another tariff; what is owed below a penny stays owed."""
    return replace(
        account,
        standing_tenth_pence_a_day=standing_tenth_pence_a_day,
        price_tenth_pence=unit_tenth_pence,
    )


def set_mode(account: CreditAccount, rules: CreditRules, mode: PaymentMode) -> Change:
    """Change the payment mode without interrupting the supply (Liberty 100 manual)."""
    changed = replace(account, mode=mode)
    if mode is PaymentMode.PREPAYMENT:
        return _offer_emergency(changed, rules)
    return _rearm_after_credit(replace(changed, emergency=EmergencyCredit.UNAVAILABLE), rules)


def _charge_due(account: CreditAccount, units: int, elapsed_us: int) -> tuple[CreditAccount, int]:
    # A unit is a thousandth of what is priced, and prices are in tenths of a penny.
    energy = units * account.price_tenth_pence * DAY_US
    standing = account.standing_tenth_pence_a_day * elapsed_us * 1000
    pence, carried = divmod(account.owed_parts + energy + standing, PENNY_PARTS)
    if carried == account.owed_parts:
        return account, pence
    return replace(account, owed_parts=carried), pence


def _debt_due(
    account: CreditAccount, rules: CreditRules, elapsed_us: int
) -> tuple[CreditAccount, int]:
    in_emergency = account.emergency is EmergencyCredit.ACTIVE
    if not account.time_debt_pence or (in_emergency and rules.suspends_debt_in_emergency):
        return account, 0
    owed = account.debt_owed_us + account.time_debt_pence_a_week * elapsed_us
    pence, carried = divmod(owed, WEEK_US)
    collected = min(pence, account.time_debt_pence)
    left = account.time_debt_pence - collected
    return replace(account, time_debt_pence=left, debt_owed_us=carried), collected


def _debit(account: CreditAccount, rules: CreditRules, pence: int) -> CreditAccount:
    """Take from the balance down to the threshold, then from active emergency credit."""
    if not pence:
        return account
    emergency = 0
    if account.emergency is EmergencyCredit.ACTIVE:
        above = max(0, account.balance_pence - rules.disablement_pence)
        emergency = min(max(0, pence - above), account.emergency_left_pence)
    return replace(
        account,
        balance_pence=account.balance_pence - (pence - emergency),
        emergency_left_pence=account.emergency_left_pence - emergency,
    )


def _review(account: CreditAccount, before: CreditAccount, rules: CreditRules) -> Change:
    """Say what the lower balance means: low credit, an offer, the end of it, disablement."""
    codes: tuple[str, ...] = ()
    if account.balance_pence <= rules.low_credit_pence < before.balance_pence:
        codes += ("810D",)
    if account.emergency is EmergencyCredit.ACTIVE and not account.emergency_left_pence:
        account, codes = replace(account, emergency=EmergencyCredit.EXHAUSTED), (*codes, "81AA")
    account, offered = _offer_emergency(account, rules)
    codes += offered
    if is_out_of_credit(account, rules) and account.supply is not SupplyState.DISABLED:
        account, _ = disable(account, OffReason.NO_CREDIT)
        codes += ("8F0F",)
    return account, codes


def _offer_emergency(account: CreditAccount, rules: CreditRules) -> Change:
    is_low = account.balance_pence <= rules.emergency_threshold_pence
    if not is_low or account.emergency is not EmergencyCredit.UNAVAILABLE:
        return account, ()
    if not rules.emergency_limit_pence:
        return account, ()
    offered = replace(
        account,
        emergency=EmergencyCredit.AVAILABLE,
        emergency_left_pence=rules.emergency_limit_pence,
    )
    return offered, ("8119",)


def _payment_debt_share(account: CreditAccount, rules: CreditRules, pence: int) -> int:
    share = min(account.payment_debt_pence, pence * account.payment_debt_permille // 1000)
    cap = rules.debt_per_payment_cap_pence
    return min(share, cap) if cap else share


def _emergency_used(account: CreditAccount, rules: CreditRules) -> int:
    if account.emergency in (EmergencyCredit.ACTIVE, EmergencyCredit.EXHAUSTED):
        return rules.emergency_limit_pence - account.emergency_left_pence
    return 0


def _renew_emergency(account: CreditAccount, rules: CreditRules) -> CreditAccount:
    """Withdraw the offer once what was used is repaid and the balance is above the threshold."""
    if _emergency_used(account, rules) or account.balance_pence <= rules.emergency_threshold_pence:
        return account
    return replace(account, emergency=EmergencyCredit.UNAVAILABLE, emergency_left_pence=0)


def _rearm_after_credit(account: CreditAccount, rules: CreditRules) -> Change:
    is_cut_off = account.supply is SupplyState.DISABLED
    if not is_cut_off or account.off_reason is not OffReason.NO_CREDIT:
        return account, ()
    return (account, ()) if is_out_of_credit(account, rules) else arm(account)

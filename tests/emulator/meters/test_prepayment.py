from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.emulator.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Instant
from hanbench.emulator.meters.consumption import (
    GAS_SHAPE,
    ConsumptionCurve,
    demand,
    used,
)
from hanbench.emulator.meters.prepayment import (
    REARM_WINDOW_US,
    WEEK_US,
    CreditAccount,
    CreditRules,
    EmergencyCredit,
    OffReason,
    SupplyState,
    add_credit,
    arm,
    disable,
    is_out_of_credit,
    rearm,
    select_emergency,
    set_balance,
    set_mode,
    settle,
    trip,
)
from hanbench.protocol.instruction import PaymentMode

RULES = CreditRules(
    max_balance_pence=2_147_400,
    max_credit_pence=25_000,
    emergency_limit_pence=1000,
    emergency_threshold_pence=100,
    low_credit_pence=200,
)
# 27.0 p a kWh: 1000 Wh cost 27 p.
ACCOUNT = CreditAccount(mode=PaymentMode.PREPAYMENT, balance_pence=500, price_tenth_pence=270)


def account_at(balance_pence: int) -> CreditAccount:
    return replace(ACCOUNT, balance_pence=balance_pence)


def test_use_debits_the_balance() -> None:
    account, codes = settle(ACCOUNT, RULES, 2000, HOUR_US)

    assert account.balance_pence == 500 - 54
    assert codes == ()


def test_a_credit_customer_is_not_debited_and_never_cut_off() -> None:
    account, codes = settle(
        replace(ACCOUNT, mode=PaymentMode.CREDIT, balance_pence=0), RULES, 10**6, DAY_US
    )

    assert (account.balance_pence, account.supply, codes) == (0, SupplyState.ENABLED, ())


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, DAY_US)), max_size=20))
def test_the_charge_does_not_depend_on_how_often_the_meter_settles(
    steps: list[tuple[int, int]],
) -> None:
    start = replace(
        account_at(10**7),
        standing_tenth_pence_a_day=533,
        time_debt_pence=10**6,
        time_debt_pence_a_week=315,
    )
    stepwise = start
    for units, elapsed_us in steps:
        stepwise, _ = settle(stepwise, RULES, units, elapsed_us)

    at_once, _ = settle(start, RULES, sum(s[0] for s in steps), sum(s[1] for s in steps))

    assert stepwise == at_once


def test_a_low_balance_is_told_once() -> None:
    low, first = settle(account_at(210), RULES, 1000, 0)
    _, second = settle(low, RULES, 1000, 0)

    assert first == ("810D",)
    assert second == ()


def test_emergency_credit_is_offered_at_its_threshold() -> None:
    account, codes = settle(account_at(110), RULES, 1000, 0)

    assert account.emergency is EmergencyCredit.AVAILABLE
    assert codes == ("8119",)


def test_supply_ends_below_the_disablement_threshold() -> None:
    account, codes = settle(account_at(20), RULES, 1000, 0)

    assert account.supply is SupplyState.DISABLED
    assert account.off_reason is OffReason.NO_CREDIT
    assert codes == ("8119", "8F0F")


def test_active_emergency_credit_is_used_after_the_balance_and_keeps_the_supply() -> None:
    offered, _ = settle(account_at(110), RULES, 1000, 0)

    active, selected = select_emergency(offered, RULES)
    account, codes = settle(active, RULES, 10_000, 0)

    assert selected == ("81AB",)
    assert (account.balance_pence, account.emergency_left_pence) == (0, 1000 - (270 - 83))
    assert (account.supply, codes) == (SupplyState.ENABLED, ())


def exhausted() -> CreditAccount:
    offered, _ = settle(account_at(110), RULES, 1000, 0)
    active, _ = select_emergency(offered, RULES)
    account, codes = settle(active, RULES, 50_000, 0)
    assert codes == ("81AA", "8F0F")
    return account


def test_exhausted_emergency_credit_ends_the_supply_and_is_not_offered_again() -> None:
    account = exhausted()

    assert account.emergency is EmergencyCredit.EXHAUSTED
    assert account.supply is SupplyState.DISABLED
    assert select_emergency(account, RULES) == (account, ())


def test_a_top_up_repays_emergency_credit_before_it_counts() -> None:
    account = exhausted()
    short, no_codes = add_credit(account, RULES, 1000 - account.balance_pence)
    enough, codes = add_credit(short, RULES, 101)

    assert (short.balance_pence, short.supply) == (0, SupplyState.DISABLED)
    assert no_codes == ()
    assert (enough.balance_pence, enough.supply) == (101, SupplyState.ARMED)
    assert (enough.emergency, codes) == (EmergencyCredit.UNAVAILABLE, ("8F32",))


def test_selecting_emergency_credit_after_the_supply_ended_arms_it() -> None:
    off, _ = settle(account_at(20), RULES, 1000, 0)

    account, codes = select_emergency(off, RULES)

    assert account.supply is SupplyState.ARMED
    assert codes == ("81AB", "8168")


def test_a_top_up_arms_a_supply_that_credit_had_ended() -> None:
    off, _ = settle(account_at(20), RULES, 1000, 0)

    account, codes = add_credit(off, RULES, 1000)

    assert (account.balance_pence, account.supply, codes) == (993, SupplyState.ARMED, ("8F32",))


def test_a_top_up_does_not_arm_a_supply_that_was_disabled_by_an_instruction() -> None:
    off, _ = disable(account_at(20), OffReason.INSTRUCTED)

    account, codes = add_credit(off, RULES, 1000)

    assert (account.supply, codes) == (SupplyState.DISABLED, ())


@pytest.mark.parametrize(("cap", "share"), [(0, 300), (120, 120)])
def test_a_part_of_each_top_up_pays_the_payment_debt_up_to_its_cap(cap: int, share: int) -> None:
    debtor = replace(ACCOUNT, payment_debt_pence=5000, payment_debt_permille=300)

    account, _ = add_credit(debtor, replace(RULES, debt_per_payment_cap_pence=cap), 1000)

    assert account.payment_debt_pence == 5000 - share
    assert account.balance_pence == 500 + 1000 - share


def test_time_debt_is_collected_by_the_week_until_it_is_paid() -> None:
    debtor = replace(ACCOUNT, time_debt_pence=400, time_debt_pence_a_week=300)

    one_week, _ = settle(debtor, RULES, 0, WEEK_US)
    three_weeks, _ = settle(one_week, RULES, 0, 2 * WEEK_US)

    assert (one_week.balance_pence, one_week.time_debt_pence) == (200, 100)
    assert (three_weeks.balance_pence, three_weeks.time_debt_pence) == (100, 0)


def test_time_debt_waits_while_emergency_credit_is_active() -> None:
    offered, _ = settle(
        replace(account_at(110), time_debt_pence=400, time_debt_pence_a_week=300), RULES, 1000, 0
    )
    active, _ = select_emergency(offered, RULES)

    account, _ = settle(active, RULES, 0, WEEK_US)

    assert account.time_debt_pence == 400


def test_a_balance_set_below_the_threshold_ends_the_supply_and_one_above_arms_it() -> None:
    off, codes = set_balance(ACCOUNT, RULES, 0)
    back, more = set_balance(off, RULES, 700)

    assert (off.supply, codes) == (SupplyState.DISABLED, ("810D", "8119", "8F0F"))
    assert (back.supply, back.balance_pence, more) == (SupplyState.ARMED, 700, ("8F32",))
    assert back.emergency is EmergencyCredit.UNAVAILABLE


def test_b_closes_an_armed_supply_within_thirty_seconds_of_a() -> None:
    armed, _ = arm(replace(ACCOUNT, supply=SupplyState.DISABLED))

    in_time, _ = rearm(armed, Instant(0), Instant(REARM_WINDOW_US))
    late, _ = rearm(armed, Instant(0), Instant(REARM_WINDOW_US + 1))
    without_a, _ = rearm(armed, None, Instant(5))

    assert in_time.supply is SupplyState.ENABLED
    assert late.supply is without_a.supply is SupplyState.ARMED


def test_buttons_do_nothing_to_a_disabled_supply() -> None:
    off, _ = disable(ACCOUNT, OffReason.INSTRUCTED)

    assert rearm(off, Instant(0), Instant(SECOND_US)) == (off, ())


def test_arming_an_enabled_supply_interrupts_nothing() -> None:
    assert arm(ACCOUNT) == (ACCOUNT, ())


def test_a_load_above_the_limit_arms_the_supply() -> None:
    account, codes = trip(ACCOUNT)

    assert (account.supply, account.off_reason) == (SupplyState.ARMED, OffReason.LOAD_LIMIT)
    assert codes == ("8F01", "8F33")


def test_a_change_to_prepayment_interrupts_nothing_and_offers_emergency_credit() -> None:
    broke = replace(ACCOUNT, mode=PaymentMode.CREDIT, balance_pence=0)

    account, codes = set_mode(broke, RULES, PaymentMode.PREPAYMENT)

    assert (account.supply, account.emergency) == (SupplyState.ENABLED, EmergencyCredit.AVAILABLE)
    assert codes == ("8119",)
    assert is_out_of_credit(account, RULES)


def test_a_change_to_credit_arms_a_supply_that_credit_had_ended() -> None:
    off, _ = settle(account_at(20), RULES, 1000, 0)

    account, codes = set_mode(off, RULES, PaymentMode.CREDIT)

    assert (account.supply, codes) == (SupplyState.ARMED, ("8F32",))
    assert account.emergency is EmergencyCredit.UNAVAILABLE


CURVE = ConsumptionCurve(
    daily=2800, day_permille=(900, 1250, 1000), shape=GAS_SHAPE, since_midnight_us=8 * HOUR_US
)


def test_a_day_of_use_is_the_size_of_that_day() -> None:
    at_midnight = replace(CURVE, since_midnight_us=0)

    assert used(at_midnight, Instant(DAY_US)) == 2520
    assert used(at_midnight, Instant(3 * DAY_US)) == 2520 + 3500 + 2800
    assert used(at_midnight, Instant(4 * DAY_US)) == 2520 * 2 + 3500 + 2800


@given(st.integers(0, 10 * DAY_US), st.integers(0, HOUR_US))
def test_a_register_never_runs_backwards(at: int, later: int) -> None:
    assert used(CURVE, Instant(at)) <= used(CURVE, Instant(at + later))


def test_demand_is_the_slope_of_the_register() -> None:
    at = Instant(2 * HOUR_US + MINUTE_US)

    rise = used(CURVE, Instant(at + 20 * MINUTE_US)) - used(CURVE, at)

    assert abs(rise * 3 - demand(CURVE, at)) <= 3


def test_nothing_is_used_at_the_start() -> None:
    assert used(CURVE, Instant(0)) == 0

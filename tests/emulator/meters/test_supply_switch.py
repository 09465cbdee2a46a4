"""A contactor that is stuck, and a gas valve that is tested as it is opened."""

from dataclasses import replace

import pytest

from hanbench.emulator.meters import prepayment
from hanbench.emulator.meters.prepayment import CreditAccount, OffReason, SupplyState
from hanbench.emulator.meters.supply_switch import Stuck, valve_after_test

ON = CreditAccount()
OFF = replace(ON, supply=SupplyState.DISABLED, off_reason=OffReason.INSTRUCTED)
ARMED = replace(ON, supply=SupplyState.ARMED)


def test_what_moves_freely_is_left_alone() -> None:
    change = prepayment.disable(ON, OffReason.INSTRUCTED)

    assert Stuck().moved(ON, change) == change


def test_a_stuck_contactor_stays_closed_and_says_so_once() -> None:
    stuck = Stuck(is_stuck=True)

    first = stuck.moved(ON, (OFF, ("8F0F",)))
    second = stuck.moved(ON, (OFF, ("8F0F",)))

    assert first == (ON, ("8F0F", "81C0"))
    assert second == (ON, ())


def test_a_stuck_valve_stays_open_to_arming_and_does_not_connect() -> None:
    stuck = Stuck(is_stuck=True)

    assert stuck.moved(OFF, (ARMED, ("8F32",))) == (ARMED, ("8F32",))
    assert stuck.moved(ARMED, (ON, ())) == (ARMED, ("81BD",))


def test_one_that_is_freed_moves_and_tells_the_next_time_again() -> None:
    stuck = Stuck(is_stuck=True)
    stuck.moved(ON, (OFF, ()))
    stuck.is_stuck = False
    stuck.moved(ON, (OFF, ()))
    stuck.is_stuck = True

    assert stuck.moved(ON, (OFF, ())) == (ON, ("81C0",))


@pytest.mark.parametrize(
    ("has_flow", "supply", "codes"),
    [(False, SupplyState.ENABLED, ("8184",)), (True, SupplyState.ARMED, ("81BF",))],
)
def test_a_gas_valve_that_opens_is_tested(
    has_flow: bool, supply: SupplyState, codes: tuple[str, ...]
) -> None:
    account, said = valve_after_test(ARMED, (ON, ()), has_flow=has_flow)

    assert (account.supply, said) == (supply, codes)


def test_a_valve_that_does_not_open_is_not_tested() -> None:
    assert valve_after_test(ARMED, (ARMED, ()), has_flow=True) == (ARMED, ())
    assert valve_after_test(ON, (ON, ()), has_flow=True) == (ON, ())

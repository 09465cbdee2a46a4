"""The truth about the meters, and what an answer could have shown the engine of it."""

import pytest
from tests.suite_cases import case_of, driven, world_of

from hanbench.emulator.instant import Instant
from hanbench.harness.judging.oracle import Evidence, MeterEnd, Truth
from hanbench.harness.world import World
from hanbench.protocol import instruction as instructions
from hanbench.protocol.instruction import AbortRotation, Instruction, NoOp, ReadSuaStatus

NO_OP, STATUS, ABORT = NoOp(request_id=1), ReadSuaStatus(request_id=1), AbortRotation(1, 2)


@pytest.fixture(scope="module")
def world() -> World:
    return world_of(case_of("clean-two-fuel"))


def evidence(
    world: World,
    instruction: Instruction,
    outcome: str = "accepted",
    *,
    is_old: bool = True,
    device: str = "gsme",
) -> Evidence | None:
    old = {"version": 1, "check_value": world.home.meters["gsme"].truth.check_value}
    under = old if is_old else {"version": 2, "check_value": "ffffff"}
    arguments = {"device": device, "instruction": instructions.encode(instruction).hex()}
    result = {"verified_under": under, "outcome": outcome, "last_counter": 18}
    return world.truth.evidence(arguments, result, Instant(7))


def ends(name: str, variant: str = "") -> dict[str, MeterEnd]:
    ended, _, _ = driven(case_of(name, variant))
    return {end.name: end for end in ended.truth.ends(ended.organisations.dco)}


def test_a_meter_that_nothing_happened_to_is_old(world: World) -> None:
    assert [world.truth.of(name) for name in ("esme", "gsme")] == [Truth.OLD, Truth.OLD]


def test_a_key_is_known_by_version_and_check_value_together(world: World) -> None:
    check_value = world.home.meters["gsme"].truth.check_value

    assert world.truth.under("gsme", 1, check_value) is Truth.OLD
    assert world.truth.under("gsme", 2, check_value) is Truth.NEW
    assert world.truth.under("gsme", 1, "ffffff") is Truth.NEW


@pytest.mark.parametrize(
    ("instruction", "outcome", "is_old", "is_fence"),
    [
        (NO_OP, "accepted", True, True),
        (NO_OP, "replayed", True, False),
        (NO_OP, "accepted", False, False),
        (STATUS, "accepted", True, False),
        (ABORT, "accepted", True, True),
        (ABORT, "nothing-staged", True, True),
        (ABORT, "bad-code", True, False),
    ],
)
def test_only_what_kills_earlier_rotations_is_a_fence(
    world: World, instruction: Instruction, outcome: str, *, is_old: bool, is_fence: bool
) -> None:
    shown = evidence(world, instruction, outcome, is_old=is_old)

    assert shown is not None
    assert shown.is_fence is is_fence
    assert shown.truth is (Truth.OLD if is_old else Truth.NEW)
    assert (shown.at, shown.counter) == (7, 18)


def test_an_answer_under_no_known_key_or_of_no_meter_shows_nothing(world: World) -> None:
    unverified = {"verified_under": None, "outcome": "accepted", "last_counter": 0}

    assert world.truth.evidence({"device": "gsme"}, unverified, Instant(0)) is None
    assert evidence(world, NO_OP, device="toaster") is None


def test_meters_that_migrated_are_new_and_held() -> None:
    for end in ends("clean-two-fuel").values():
        assert (end.truth, end.version) == (Truth.NEW, 2)
        assert end.is_held_by_dco
        assert len(end.executions) == len({(one.version, one.counter) for one in end.executions})
        assert end.executions


def test_a_key_that_was_escrowed_and_never_proved_is_known_and_not_held() -> None:
    gsme = ends("rotation-response-lost-comms-gone")["gsme"]

    assert gsme.truth is Truth.NEW
    assert gsme.is_known_to_dco
    assert not gsme.is_held_by_dco


def test_a_torn_meter_holds_neither_key() -> None:
    gsme = ends("power-cut-torn-commit")["gsme"]

    assert (gsme.truth, gsme.version) == (Truth.NEITHER, None)
    assert not gsme.is_known_to_dco_or_old


def test_each_end_has_its_type() -> None:
    assert {name: end.type for name, end in ends("clean-electricity-only").items()} == {
        "esme": "ESME"
    }

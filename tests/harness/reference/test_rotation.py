"""The rotation of one meter: journalled before it is sent, one key on its way, and an end."""

import json

import pytest
from tests.prepared_engine import meters, of_kind, played
from tests.suite_cases import case_of, changed

from hanbench.emulator.events import KeyChanged, PartyCalled
from hanbench.emulator.instant import MINUTE_US
from hanbench.harness.engine.port import KeyBelief
from hanbench.harness.engine.reference.rotation import (
    CHECK_TRIES,
    TRIES,
    check_new_key,
    confirm_active,
    rotate,
)
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.events import Believed, EngineSent, Journalled
from hanbench.harness.files.scenario_faults import DropFault, FailFault, PartitionFault
from hanbench.harness.files.scenario_steps import RequestRollback, WrongCodes
from hanbench.harness.running.case import Case
from hanbench.harness.world import World

CLEAN = case_of("clean-two-fuel")
TWO_PHASE = case_of("clean-two-fuel", "two-phase")
PROFILES = pytest.mark.parametrize(
    ("case", "commits"), [(CLEAN, "rotate-sua-key"), (TWO_PHASE, "confirm-rotation")]
)


def lost(point: str, device: str = "gsme") -> DropFault:
    return DropFault.model_validate({"at": f"home-1/{device}/{point}/request/wan", "does": "drop"})


def rotated(case: Case = CLEAN, device: str = "gsme") -> tuple[KeyBelief, World]:
    summaries: list[KeyBelief] = []

    async def play(work: Work) -> None:
        summaries.append(await rotate(work, work.meter(device)))

    world = played(case, play)
    return summaries[0], world


def sent(world: World, *instructions: str) -> list[EngineSent]:
    return [event for event in of_kind(world, EngineSent) if event.instruction in instructions]


@PROFILES
@pytest.mark.parametrize("device", ["esme", "gsme"])
def test_a_meter_moves_to_the_key_that_the_dco_escrowed(
    case: Case, commits: str, device: str
) -> None:
    summary, world = rotated(case, device)

    assert summary is KeyBelief.NEW
    assert world.truth.of(device) == "NEW"
    assert len(sent(world, commits)) == 1


@PROFILES
def test_what_commits_the_key_is_journalled_and_believed_before_it_is_sent(
    case: Case, commits: str
) -> None:
    _, world = rotated(case)
    (going,) = sent(world, commits)

    events = world.trace.events
    before = events[: events.index(going)]
    entries = [json.loads(event.entry) for event in before if isinstance(event, Journalled)]
    assert entries[-1]["step"] == "sending-rotation"
    assert entries[-1]["message_id"] == going.message_id
    assert entries[-1]["counter"] == going.counter
    assert [event.key for event in before if isinstance(event, Believed)][-1] == "UNKNOWN"


def test_a_retry_sends_the_same_key_again() -> None:
    summary, world = rotated(changed(CLEAN, faults=(lost("rotate-sua-key#1/try#1"),)))

    calls = [event.operation for event in of_kind(world, PartyCalled)]
    assert summary is KeyBelief.NEW
    assert len(sent(world, "rotate-sua-key")) == 2
    assert calls.count("escrow_successor") == 1
    assert [event.current_version for event in of_kind(world, KeyChanged)][-1] == 2


def test_a_meter_that_never_takes_it_is_given_up_fenced() -> None:
    faults = tuple(lost(f"rotate-sua-key#{number}/try#1") for number in range(1, TRIES + 1))

    summary, world = rotated(changed(CLEAN, faults=faults))

    assert summary is KeyBelief.OLD
    assert len(sent(world, "rotate-sua-key")) == TRIES
    assert sent(world, "rotate-sua-key", "no-op")[-1].instruction == "no-op"


def test_a_stop_before_the_rotation_is_heeded_and_none_is_sent() -> None:
    stop = RequestRollback.model_validate({"at": "1s", "do": "request-rollback"})

    async def play(work: Work) -> None:
        await work.port.sleep_until(MINUTE_US)
        assert work.is_asked_to_stop
        assert await rotate(work, work.meter("gsme")) is KeyBelief.OLD

    assert sent(played(changed(CLEAN, steps=(stop,)), play), "rotate-sua-key") == []


def test_a_lock_is_sat_out_and_not_prolonged() -> None:
    codes = WrongCodes.model_validate(
        {"at": "10s", "do": "wrong-codes", "device": "esme", "count": 5}
    )

    async def play(work: Work) -> None:
        await work.port.sleep_until(2 * MINUTE_US)
        assert await rotate(work, work.meter("esme")) is KeyBelief.NEW

    world = played(changed(CLEAN, steps=(codes,)), play)

    first, *_, last = sent(world, "rotate-sua-key")
    assert last.at - first.at >= 15 * MINUTE_US


def test_a_moved_meter_is_checked_under_its_new_key_once_and_confirmed() -> None:
    async def play(work: Work) -> None:
        esme, _ = meters(work)
        await rotate(work, esme)
        assert await check_new_key(work, esme)
        assert await check_new_key(work, esme)

    world = played(CLEAN, play)

    assert [event.key_version for event in sent(world, "no-op")] == [2]
    assert world.organisations.dco.active_version("home-1", "esme") == 2


def test_a_moved_meter_that_falls_silent_does_not_pass_the_check() -> None:
    gone = PartitionFault.model_validate(
        {
            "at": "home-1/esme/no-op#1/try#1/request/wan",
            "does": "partition",
            "of": "esme",
            "for": "forever",
        }
    )

    async def play(work: Work) -> None:
        esme, _ = meters(work)
        assert await rotate(work, esme) is KeyBelief.NEW
        assert not await check_new_key(work, esme)
        assert work.belief_of(esme).summary is KeyBelief.NEW

    world = played(changed(CLEAN, faults=(gone,)), play)

    assert len(sent(world, "no-op")) == CHECK_TRIES


def test_a_confirmation_that_the_dco_refuses_does_not_end_the_migration() -> None:
    refused = FailFault.model_validate(
        {
            "at": "home-1/party/DCO/confirm_active/esme#1",
            "does": "fail",
            "error": "NOT_PROVEN",
        }
    )

    async def play(work: Work) -> None:
        esme, _ = meters(work)
        await rotate(work, esme)
        await confirm_active(work, esme)
        assert work.belief_of(esme).summary is KeyBelief.NEW

    played(changed(CLEAN, faults=(refused,)), play)

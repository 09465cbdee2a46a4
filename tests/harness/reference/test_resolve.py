"""After an answer that failed to come: proved NEW, fenced OLD, or honestly unknown."""

import pytest
from tests.prepared_engine import meters, of_kind, played
from tests.suite_cases import case_of, changed

from hanbench.emulator.instant import HOUR_US
from hanbench.harness.engine.port import AuthorisedMeter, KeyBelief
from hanbench.harness.engine.reference.journal import Successor
from hanbench.harness.engine.reference.resolve import PAUSES_S, fence, probe, resolve
from hanbench.harness.engine.reference.rotation import _send, _successor
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.events import Believed, EngineSent
from hanbench.harness.files.scenario_faults import DelayFault, DropFault, PartitionFault
from hanbench.harness.world import World

CLEAN = case_of("clean-two-fuel")
TRY = "home-1/gsme/rotate-sua-key#1/try#1"


def drop(where: str) -> DropFault:
    return DropFault.model_validate({"at": f"{TRY}/{where}", "does": "drop"})


def gone(where: str) -> PartitionFault:
    return PartitionFault.model_validate(
        {"at": f"{TRY}/{where}", "does": "partition", "of": "gsme", "for": "forever"}
    )


async def rotation_without_answer(work: Work) -> AuthorisedMeter:
    _, gsme = meters(work)
    successor: Successor = await _successor(work, gsme)
    assert await _send(work, gsme, successor, confirm=False) is None
    return gsme


def resolved(*faults: object) -> tuple[KeyBelief, World]:
    summaries: list[KeyBelief] = []

    async def play(work: Work) -> None:
        gsme = await rotation_without_answer(work)
        assert work.belief_of(gsme).summary is KeyBelief.UNKNOWN
        summaries.append(await resolve(work, gsme))
        assert work.belief_of(gsme).summary is summaries[-1]

    world = played(changed(CLEAN, faults=faults), play)
    return summaries[0], world


def asked(world: World) -> list[str]:
    return [event.instruction for event in of_kind(world, EngineSent)]


def test_a_probe_under_the_new_key_proves_it_without_spending_a_code() -> None:
    summary, world = resolved(drop("reply/wan"))

    assert summary is KeyBelief.NEW
    assert asked(world) == ["rotate-sua-key", "cancel-buffered", "read-sua-status"]


def test_a_probe_under_the_old_key_proves_nothing_before_the_fence() -> None:
    summary, world = resolved(drop("request/wan"))

    assert summary is KeyBelief.OLD
    assert asked(world) == ["rotate-sua-key", "cancel-buffered", "read-sua-status", "no-op"]
    counters = [event.counter for event in of_kind(world, EngineSent) if event.counter]
    assert counters == sorted(set(counters)), "the fence must be above the rotation"


@pytest.mark.parametrize(
    "faults", [(gone("request/wan"), drop("request/wan")), (gone("reply/wan"), drop("reply/wan"))]
)
def test_with_comms_gone_it_stays_unknown_past_the_day_that_a_hub_keeps(
    faults: tuple[object, ...],
) -> None:
    summary, world = resolved(*faults)

    assert summary is KeyBelief.UNKNOWN
    assert asked(world).count("read-sua-status") == len(PAUSES_S)
    assert of_kind(world, EngineSent)[-1].at > 24 * HOUR_US
    assert "no proof of either key" in of_kind(world, Believed)[-1].evidence


def test_a_late_answer_to_the_rotation_itself_settles_it_without_a_probe() -> None:
    late = DelayFault.model_validate({"at": f"{TRY}/reply/wan", "does": "delay", "by": "100min"})
    summaries: list[KeyBelief] = []

    async def play(work: Work) -> None:
        gsme = await rotation_without_answer(work)
        await work.port.sleep_until(4 * HOUR_US)
        summaries.append(await resolve(work, gsme))

    world = played(changed(CLEAN, faults=(late,)), play)

    assert summaries == [KeyBelief.NEW]
    assert asked(world) == ["rotate-sua-key"]


def test_a_fence_that_is_lost_fences_nothing() -> None:
    lost = DropFault.model_validate({"at": "home-1/gsme/no-op#1/try#1/reply/wan", "does": "drop"})
    summaries: list[KeyBelief] = []

    async def play(work: Work) -> None:
        gsme = await rotation_without_answer(work)
        assert await fence(work, gsme) is None
        summaries.append(work.belief_of(gsme).summary)
        await fence(work, gsme)
        summaries.append(work.belief_of(gsme).summary)

    played(changed(CLEAN, faults=(drop("request/wan"), lost)), play)

    assert summaries == [KeyBelief.UNKNOWN, KeyBelief.OLD]


def test_a_probe_before_the_hand_over_is_a_reading_and_no_belief() -> None:
    readings: list[object] = []

    async def play(work: Work) -> None:
        esme, _ = meters(work)
        work.memory_of(esme).belief = None
        readings.append(await probe(work, esme))

    world = played(CLEAN, play)

    assert readings[0] is not None
    assert of_kind(world, Believed) == []

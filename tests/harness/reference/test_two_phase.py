"""PREPARE, PROVE, CONFIRM or ABORT: only a confirmation moves the meter, and an abort fences it."""

import pytest
from tests.prepared_engine import meters, of_kind, played
from tests.suite_cases import case_of, changed

from hanbench.emulator.events import KeyChanged
from hanbench.harness.engine.port import KeyBelief
from hanbench.harness.engine.reference.rotation import _successor, rotate
from hanbench.harness.engine.reference.two_phase import STEP_TRIES, prepare_and_prove
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.events import EngineSent
from hanbench.harness.files.scenario_faults import DropFault, PartitionFault
from hanbench.harness.world import World

CASE = case_of("clean-two-fuel", "two-phase")
CONFIRM = "home-1/esme/confirm-rotation#1/try#1"


def lost(point: str) -> DropFault:
    return DropFault.model_validate({"at": f"home-1/esme/{point}", "does": "drop"})


def staged(*faults: object) -> tuple[bool, World]:
    came: list[bool] = []

    async def play(work: Work) -> None:
        esme, _ = meters(work)
        successor = await _successor(work, esme)
        came.append(await prepare_and_prove(work, esme, successor))
        assert work.belief_of(esme).summary is KeyBelief.OLD

    world = played(changed(CASE, faults=faults), play)
    return came[0], world


def rotated(*faults: object) -> tuple[KeyBelief, World]:
    summaries: list[KeyBelief] = []

    async def play(work: Work) -> None:
        summaries.append(await rotate(work, work.meter("esme")))

    world = played(changed(CASE, faults=faults), play)
    return summaries[0], world


def asked(world: World) -> list[str]:
    return [event.instruction for event in of_kind(world, EngineSent)]


def test_a_key_is_staged_and_proved_and_the_meter_has_not_moved() -> None:
    came, world = staged()

    truth = world.home.meters["esme"].truth
    assert came
    assert (truth.current_version, truth.staged_version) == (1, 2)
    assert asked(world) == ["prepare-rotation", "prove-rotation"]


@pytest.mark.parametrize(
    "point",
    [
        "prepare-rotation#1/try#1/request/wan",
        "prepare-rotation#1/try#1/reply/wan",
        "prove-rotation#1/try#1/request/wan",
        "prove-rotation#1/try#1/reply/wan",
    ],
)
def test_what_is_lost_before_the_confirmation_is_asked_again(point: str) -> None:
    came, world = staged(lost(point))

    assert came
    assert world.home.meters["esme"].truth.staged_version == 2
    assert asked(world).count("prepare-rotation") == 2


def test_staging_is_given_up_and_the_meter_is_still_old() -> None:
    came, world = staged(
        *(lost(f"prepare-rotation#{n}/try#1/request/wan") for n in range(1, STEP_TRIES + 1))
    )

    assert not came
    assert asked(world) == ["prepare-rotation"] * STEP_TRIES
    assert world.truth.of("esme") == "OLD"


def test_a_lost_confirmation_is_aborted_and_a_higher_version_is_confirmed() -> None:
    summary, world = rotated(lost("confirm-rotation#1/try#1/request/wan"))

    assert summary is KeyBelief.NEW
    assert asked(world).count("abort-rotation") == 1
    assert asked(world).index("abort-rotation") > asked(world).index("confirm-rotation")
    assert world.home.meters["esme"].truth.current_version == 3


def test_a_confirmation_whose_answer_is_lost_needs_no_abort() -> None:
    summary, world = rotated(lost("confirm-rotation#1/try#1/reply/wan"))

    assert summary is KeyBelief.NEW
    assert "abort-rotation" not in asked(world)
    assert world.home.meters["esme"].truth.current_version == 2


def test_an_abort_whose_answer_is_lost_is_repeated_and_settles_it() -> None:
    summary, world = rotated(
        lost("confirm-rotation#1/try#1/request/wan"), lost("abort-rotation#1/try#1/reply/wan")
    )

    assert summary is KeyBelief.NEW
    assert asked(world).count("abort-rotation") == 2


def test_with_comms_gone_after_the_confirmation_it_stays_unknown() -> None:
    gone = PartitionFault.model_validate(
        {"at": f"{CONFIRM}/reply/wan", "does": "partition", "of": "esme", "for": "forever"}
    )

    summary, world = rotated(gone, lost("confirm-rotation#1/try#1/reply/wan"))

    assert summary is KeyBelief.UNKNOWN
    assert [event.current_version for event in of_kind(world, KeyChanged)][-1] == 2

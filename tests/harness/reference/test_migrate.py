"""The migration from end to end: the order of work, refusals, recovery and a stop."""

import json

import pytest
from tests.prepared_engine import of_kind
from tests.suite_cases import case_of, changed, driven

from hanbench.emulator.events import PartyCalled
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference import reference_engine
from hanbench.harness.engine.reference.migrate import TEST_TRIES
from hanbench.harness.events import (
    Believed,
    EngineCrashed,
    EngineSent,
    Journalled,
    OutcomeClaimed,
)
from hanbench.harness.files.scenario_conduct import Parties, SmsoBehaviour
from hanbench.harness.files.scenario_faults import CrashFault, PartitionFault, UnavailableFault
from hanbench.harness.files.scenario_steps import RequestRollback
from hanbench.harness.running.case import Case
from hanbench.harness.world import World

CLEAN = case_of("clean-two-fuel")


def migrated(case: Case = CLEAN) -> World:
    world, _, _ = driven(case)
    assert world.session.broke is None, str(world.session.broke)
    return world


def conducted(**smso: object) -> World:
    behaviour = Parties.model_construct(
        smso=SmsoBehaviour.model_construct(**smso),  # type: ignore[arg-type]
        supplier=CLEAN.scenario.parties.supplier,
    )
    return migrated(changed(CLEAN, parties=behaviour))


def silent(device: str) -> World:
    cut = PartitionFault.model_validate({"from": "0s", "does": "partition", "of": device})
    return migrated(changed(CLEAN, faults=(cut,)))


def calls(world: World) -> list[str]:
    return [f"{event.party}.{event.operation}" for event in of_kind(world, PartyCalled)]


def steps(world: World) -> list[str]:
    return [json.loads(event.entry)["step"] for event in of_kind(world, Journalled)]


def claim(world: World) -> tuple[str, str]:
    claimed = of_kind(world, OutcomeClaimed)[-1]
    return claimed.end_state, claimed.detail


def rotations(world: World) -> list[str]:
    sent = of_kind(world, EngineSent)
    return [event.device for event in sent if event.instruction == "rotate-sua-key"]


def test_the_stages_come_in_their_order() -> None:
    world = migrated()
    asked = list(dict.fromkeys(calls(world)))

    stages = [
        "SMSO.communications_check",
        "SMSO.start_migration",
        "SMSO.hand_over",
        "DCO.accept_hand_over",
        "COMMISSIONING_PARTY.submit_common_file",
        "COMMISSIONING_PARTY.check",
        "S1SP.process_signed_file_set",
        "DCO.process_signed_file_set",
        "DCO.escrow_successor",
        "DCO.confirm_active",
        "S1SP.commissioning_file",
        "COMMISSIONING_PARTY.commission_by_file",
        "SUPPLIER.notify",
    ]
    assert [name for name in asked if name in stages] == stages
    assert steps(world)[0] == "life"
    assert steps(world)[-1] == "outcome"


@pytest.mark.parametrize(
    ("variant", "order"), [("", ["gsme", "esme"]), ("esme-first", ["esme", "gsme"])]
)
def test_meters_are_rotated_in_the_authorised_order(variant: str, order: list[str]) -> None:
    assert rotations(migrated(case_of("clean-two-fuel", variant))) == order


def test_every_meter_answers_before_any_is_rotated() -> None:
    sent = [(event.device, event.instruction) for event in of_kind(migrated(), EngineSent)]

    assert sent[:3] == [
        ("esme", "read-sua-status"),
        ("gsme", "read-sua-status"),
        ("gsme", "rotate-sua-key"),
    ]


def test_a_gas_meter_that_never_answers_is_left_behind() -> None:
    world = silent("gsme")

    assert claim(world)[0] == "commissioned-electricity-only"
    assert rotations(world) == ["esme"]
    asked = [e for e in of_kind(world, EngineSent) if e.instruction == "read-sua-status"]
    assert [event.device for event in asked].count("gsme") == TEST_TRIES


def test_an_electricity_meter_that_never_answers_ends_it_before_any_rotation() -> None:
    world = silent("esme")

    assert claim(world)[0] == "rolled-back-sua-intact"
    assert rotations(world) == []


def test_a_refused_hand_over_ends_it_and_says_whose() -> None:
    world = conducted(refuses_hand_over=("gsme",))

    end_state, detail = claim(world)
    assert end_state == "rolled-back-sua-intact"
    assert detail.startswith("gsme: ")
    assert "COMMISSIONING_PARTY.submit_common_file" not in calls(world)


def test_a_missing_master_key_excludes_the_installation() -> None:
    end_state, detail = claim(conducted(missing_master_key=("gsme",)))

    assert (end_state, detail) == ("excluded", "the SMSO lacks the master key of gsme")


def test_a_meter_that_answers_under_no_handed_over_key_is_not_rotated() -> None:
    world = conducted(wrong_key=("gsme",))

    assert rotations(world) == []
    assert "under none of the keys" in claim(world)[1]


def test_a_party_that_stays_away_ends_it_with_its_name() -> None:
    away = UnavailableFault.model_validate(
        {"from": "0s", "until": "30d", "does": "unavailable", "party": "COMMISSIONING_PARTY"}
    )

    end_state, detail = claim(migrated(changed(CLEAN, faults=(away,))))

    assert end_state == "rolled-back-sua-intact"
    assert "COMMISSIONING_PARTY did not answer submit_common_file" in detail


def test_a_stop_before_any_rotation_ends_it() -> None:
    stop = RequestRollback.model_validate({"at": "1s", "do": "request-rollback"})

    world = migrated(changed(CLEAN, steps=(stop,)))

    assert claim(world) == ("rolled-back-sua-intact", "a stop was requested")
    assert rotations(world) == []


@pytest.mark.parametrize("when", ["before", "torn", "after"])
def test_a_recovered_engine_goes_on_where_it_was_and_owns_up(when: str) -> None:
    rotation = 1 + steps(migrated()).index("sending-rotation")
    crash = CrashFault.model_validate(
        {"at": f"home-1/engine/journal#{rotation}", "does": "crash", "when": when}
    )

    world = migrated(changed(CLEAN, faults=(crash,)))

    (crashed,) = of_kind(world, EngineCrashed)
    recalled = [event for event in of_kind(world, Believed) if event.at > crashed.at]
    assert claim(world)[0] == "commissioned"
    assert calls(world).count("SMSO.start_migration") == 1
    assert calls(world).count("SMSO.hand_over") == 2
    first = {event.device: event.key for event in reversed(recalled)}
    assert first["gsme"] == ("UNKNOWN" if when == "after" else "OLD")
    assert first["esme"] == "OLD"


def test_an_engine_that_dies_after_its_outcome_claims_the_same() -> None:
    last = len(steps(migrated()))
    crash = CrashFault.model_validate(
        {"at": f"home-1/engine/journal#{last}", "does": "crash", "when": "after"}
    )

    world = migrated(changed(CLEAN, faults=(crash,)))

    assert claim(world) == claim(migrated())
    assert calls(world).count("SUPPLIER.notify") == 1


def test_the_engine_named_reference_is_this_one() -> None:
    assert isinstance(reference_engine(), AsyncEngine)
    world, _, _ = driven(CLEAN, reference_engine)

    assert world.trace.trace_hash == migrated().trace.trace_hash

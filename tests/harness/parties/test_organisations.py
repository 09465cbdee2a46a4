"""The parties of a case, and that each has the conduct that the scenario gives it."""

import pytest
from tests.suite_cases import case_of, changed, world_of

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.harness.files.scenario_conduct import Parties, SmsoBehaviour
from hanbench.harness.parties.organisations import S1SP_EUI64, SMSO_EUI64, Organisations
from hanbench.harness.running.case import Case

CLEAN = case_of("clean-two-fuel")
NOW = Instant(0)


def parties_of(case: Case = CLEAN) -> Organisations:
    return world_of(case).organisations


def conducted(**smso: object) -> Organisations:
    behaviour = Parties.model_construct(
        smso=SmsoBehaviour.model_construct(**smso),  # type: ignore[arg-type]
        supplier=CLEAN.scenario.parties.supplier,
    )
    return parties_of(changed(CLEAN, parties=behaviour))


def call(parties: Organisations, party: str, operation: str, **arguments: object) -> Json:
    answer = parties.call(party, operation, {"installation": "home-1", **arguments}, NOW)
    assert not isinstance(answer, PartyError), answer
    return answer


def refusal(parties: Organisations, party: str, operation: str, **arguments: object) -> str:
    answer = parties.call(party, operation, {"installation": "home-1", **arguments}, NOW)
    assert isinstance(answer, PartyError)
    return answer.code


def handed_over(parties: Organisations, device: str = "gsme") -> Json:
    call(parties, "SMSO", "start_migration")
    file = call(parties, "SMSO", "hand_over", device=device)["file"]
    return call(parties, "DCO", "accept_hand_over", device=device, file=file)


@pytest.mark.parametrize(
    "party", ["SMSO", "DCO", "S1SP", "COMMISSIONING_PARTY", "SUPPLIER", "PSP", "INVENTORY"]
)
def test_each_party_is_called_by_its_name_and_refuses_what_it_does_not_do(party: str) -> None:
    answer = parties_of().call(party, "dance", {"installation": "home-1"}, NOW)

    assert isinstance(answer, PartyError)
    assert "dance" in answer.detail
    assert "no party" not in answer.detail


def test_a_party_that_is_none_is_refused_with_those_that_there_are() -> None:
    answer = parties_of().call("BANK", "pay", {}, NOW)

    assert isinstance(answer, PartyError)
    assert answer.code == "BAD_REQUEST"
    assert "no party 'BANK'; there are SMSO, DCO, S1SP" in answer.detail


def test_the_smso_hands_over_the_key_that_the_meter_holds() -> None:
    world = world_of(CLEAN)

    held = handed_over(world.organisations)

    truth = world.home.meters["gsme"].truth
    assert (held["version"], held["check_value"]) == (truth.current_version, truth.check_value)


def test_an_smso_that_refuses_refuses_that_meter_for_good() -> None:
    parties = conducted(refuses_hand_over=("gsme",))
    call(parties, "SMSO", "start_migration")

    assert len({refusal(parties, "SMSO", "hand_over", device="gsme") for _ in range(20)}) == 1
    call(parties, "SMSO", "hand_over", device="esme")


def test_a_missing_master_key_is_named() -> None:
    parties = conducted(missing_master_key=("gsme",))
    call(parties, "SMSO", "start_migration")

    file = parties.call("SMSO", "hand_over", {"installation": "home-1", "device": "gsme"}, NOW)

    assert isinstance(file, PartyError)
    assert file.code == "MISSING_MASTER_KEY"


def test_a_wrong_key_that_is_handed_over_is_not_the_meters() -> None:
    right, wrong = handed_over(parties_of()), handed_over(conducted(wrong_key=("gsme",)))

    assert wrong["check_value"] != right["check_value"]


def test_two_seeds_draw_different_successors_and_one_seed_the_same() -> None:
    def successor(case: Case) -> Json:
        parties = parties_of(case)
        handed_over(parties)
        return call(parties, "DCO", "escrow_successor", device="gsme")

    assert successor(CLEAN) == successor(CLEAN)
    assert successor(CLEAN) != successor(changed(CLEAN, seed=2))


def test_the_head_ends_are_no_devices_of_the_home() -> None:
    devices = {entry.eui64 for entry in CLEAN.installation.devices.values()}

    assert devices.isdisjoint({S1SP_EUI64, SMSO_EUI64})

"""What the people in the home are owed: a way to top up, and displays that go on being told."""

import pytest
from tests.suite_cases import case_of, changed, driven

from hanbench.emulator.instant import HOUR_US, MINUTE_US
from hanbench.harness.files.scenario_faults import PartitionFault
from hanbench.harness.judging.served import judge_third_parties
from hanbench.harness.judging.top_up_watch import judge_top_ups
from hanbench.harness.running.case import Case
from hanbench.harness.world import World

CLEAN = case_of("clean-two-fuel")
CUT_OFF = case_of("no-arrangement-cuts-the-customer-off")
DISPLAY, REPEATER = "shelf-display", "repeater-1"


def ended(case: Case = CLEAN) -> World:
    return driven(case)[0]


def waited(world: World, us: int) -> World:
    """Let time pass in which nobody reports anything."""
    world.agenda.now += us  # type: ignore[assignment]
    return world


def partition(of: str) -> PartitionFault:
    return PartitionFault.model_validate(
        {"from": "0s", "until": "1s", "does": "partition", "of": of}
    )


def test_a_customer_on_credit_is_owed_no_route() -> None:
    plain = case_of("clean-two-fuel", "plain-home")
    assert not plain.has_arrangement

    case = changed(plain, parties=CUT_OFF.scenario.parties)

    assert judge_top_ups(ended(case)) == []


def test_third_party_devices_are_served_throughout() -> None:
    assert judge_third_parties(ended()) == []


@pytest.mark.parametrize("name", [DISPLAY, REPEATER])
def test_a_third_party_device_that_was_evicted_is_found(name: str) -> None:
    world = ended()
    member = world.home.hub.joined.named(name)
    assert member is not None
    world.home.hub.joined.unjoin(member.eui64)

    (found,) = judge_third_parties(world)

    assert (found.name, found.device) == ("third-party-unserved", name)
    assert "no longer joined" in found.detail


def test_our_own_display_is_no_third_party() -> None:
    world = ended()
    member = world.home.hub.joined.named("ppmid")
    assert member is not None
    world.home.hub.joined.unjoin(member.eui64)

    assert judge_third_parties(world) == []


def test_a_display_that_is_told_nothing_for_three_reports_is_unserved() -> None:
    assert judge_third_parties(waited(ended(), HOUR_US)) == []

    found = judge_third_parties(waited(ended(), 4 * HOUR_US))

    assert [finding.device for finding in found] == [DISPLAY]
    assert "told nothing any more" in found[0].detail


def test_with_full_traffic_less_silence_is_too_much() -> None:
    case = case_of("clean-two-fuel", "full-traffic")

    assert judge_third_parties(ended(case)) == []
    assert judge_third_parties(waited(ended(case), 10 * MINUTE_US)) != []


def test_without_traffic_nothing_is_owed() -> None:
    case = changed(CLEAN, traffic="off")

    assert judge_third_parties(waited(ended(case), 100 * HOUR_US)) == []


@pytest.mark.parametrize(
    ("of", "is_excused"),
    [(DISPLAY, True), (REPEATER, True), ("esme", True), ("hub", True), ("gsme", False)],
)
def test_silence_that_the_scenario_made_proves_nothing(of: str, *, is_excused: bool) -> None:
    world = waited(ended(changed(CLEAN, faults=(partition(of),))), 100 * HOUR_US)

    assert (judge_third_parties(world) == []) is is_excused

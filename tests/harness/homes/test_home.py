"""The home of a case: joined and provisioned as its file says, and drawn by name."""

from dataclasses import replace

import pytest
from tests.suite_cases import case_of, changed, world_of

from hanbench.emulator.device import Packet
from hanbench.emulator.displays.ppmid import Ppmid
from hanbench.emulator.displays.third_party import ThirdPartyDisplay
from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.node.trust_centre.join_table import MemberKind
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.harness.homes.cluster_security import load_cluster_security
from hanbench.harness.homes.home import HomeDevices, pan_of
from hanbench.harness.running.case import Case
from hanbench.protocol.identifiers import ShortAddress
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.security_policy import Protection
from hanbench.protocol.zigbee.zcl import Direction
from hanbench.protocol.zigbee.zcl_general import ReadAttributes

CLEAN = case_of("clean-two-fuel")


def home_of(case: Case = CLEAN) -> HomeDevices:
    return world_of(case).home


def without(name: str) -> Case:
    """Return the case with a device less in its home."""
    installation = CLEAN.installation
    devices = {key: entry for key, entry in installation.devices.items() if key != name}
    smaller = installation.model_copy(update={"devices": devices})
    return replace(CLEAN, home=replace(CLEAN.home, installation=smaller, parsed={}))


def shorts(case: Case) -> dict[str, ShortAddress]:
    return {address.name: address.short for address in home_of(case).neighbourhood.addresses}


def test_each_entry_of_the_file_becomes_its_device_and_the_hub_stands_first() -> None:
    home = home_of()

    assert [device.name for device in home.all] == [
        "hub", "esme", "gsme", "ppmid", "cad", "shelf-display", "repeater-1",
    ]  # fmt: skip
    assert isinstance(home.meters["esme"], Esme)
    assert isinstance(home.meters["gsme"], Gsme)
    assert isinstance(home.displays["ppmid"], Ppmid)
    assert isinstance(home.displays["shelf-display"], ThirdPartyDisplay)


def test_all_but_the_hub_have_joined_in_the_order_of_the_file_and_stay() -> None:
    members = home_of().hub.joined.members

    assert [(member.name, member.kind) for member in members] == [
        ("esme", MemberKind.ESME),
        ("gsme", MemberKind.GSME),
        ("ppmid", MemberKind.PPMID),
        ("cad", MemberKind.CAD),
        ("repeater-1", MemberKind.REPEATER),
        ("shelf-display", MemberKind.THIRD_PARTY),
    ]
    assert all(member.is_grandfathered for member in members)


@pytest.mark.parametrize("name", ["esme", "gsme"])
def test_a_meter_is_provisioned_as_its_entry_says(name: str) -> None:
    entry, meter = CLEAN.installation.devices[name], home_of().meters[name]

    assert meter.truth.current_version == entry.sua.version
    assert meter.truth.last_counter == entry.sua.last_counter
    assert meter.metering.balance_pence == entry.balance_pence


def test_a_key_hangs_on_the_seed_and_the_meter() -> None:
    def check_values(case: Case) -> list[str]:
        return [meter.truth.check_value for meter in home_of(case).meters.values()]

    one, same, other = (check_values(changed(CLEAN, seed=seed)) for seed in (1, 1, 2))

    assert one == same
    assert len({*one, *other}) == 4


def test_short_addresses_are_no_two_the_same_and_none_is_reserved() -> None:
    addresses = shorts(CLEAN)

    assert addresses["hub"] == 0
    assert len(set(addresses.values())) == len(addresses)
    assert all(0 < short < 0xFFF8 for name, short in addresses.items() if name != "hub")


def test_taking_the_last_device_away_moves_no_other() -> None:
    fewer = shorts(without("shelf-display"))

    assert fewer == {name: short for name, short in shorts(CLEAN).items() if name in fewer}


def test_a_device_behind_a_repeater_is_reached_over_it_alone() -> None:
    home, devices = home_of(), CLEAN.installation.devices
    display, repeater = devices["shelf-display"].eui64, devices["repeater-1"].eui64
    hops = home.neighbourhood.next_hops

    assert {hop for ends, hop in hops.items() if display in ends} == {repeater}
    assert (devices["hub"].eui64, display) in hops
    assert (display, devices["hub"].eui64) in hops
    assert (display, repeater) not in hops
    assert (devices["esme"].eui64, devices["gsme"].eui64) not in hops


def test_a_pan_is_drawn_from_the_name_of_the_case_and_is_never_broadcast() -> None:
    cases = [replace(CLEAN, name=f"case-{number}") for number in range(200)]
    pans = [pan_of(case) for case in cases]

    assert all(0 < pan < 0xFFFF for pan in pans)
    assert pans == [pan_of(case) for case in cases]
    assert len(set(pans)) > 190


def test_the_choice_of_an_installation_file_reaches_each_device() -> None:
    chosen = {"TIME": Protection.NETWORK_KEY}
    installation = CLEAN.installation.model_copy(update={"cluster_security": chosen})
    case = replace(CLEAN, home=replace(CLEAN.home, installation=installation, parsed={}))
    ppmid, hub, esme = (CLEAN.installation.devices[name].eui64 for name in ("ppmid", "hub", "esme"))

    for target in (hub, esme):
        asked = ZclSender(ppmid, load_cluster_security().policy(chosen)).general(
            target,
            ClusterId.TIME,
            ReadAttributes((0,)),
            direction=Direction.CLIENT_TO_SERVER,
            kind="read",
        )
        answers = [answered(home_of(one), asked) for one in (case, CLEAN)]

        assert not asked.is_secured
        assert [type(answer).__name__ for answer in answers] == [
            "ReadAttributesResponse",
            "DefaultResponse",
        ]


def answered(home: HomeDevices, asked: Packet) -> zcl_general.GeneralCommand:
    """Return what a hub or an ESME answers to a packet."""
    esme = home.meters["esme"]
    is_hub = asked.target == home.hub.eui64
    (answer,) = (
        home.hub.han.take(asked, Instant(0)) if is_hub else esme.core.take(asked, Instant(0))
    )
    assert isinstance(answer, Packet)
    return zcl_general.decode(zcl.decode(answer.payload))

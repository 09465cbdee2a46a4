"""A member that was here before the log comes again: with its old key, with none, or as another."""

import pytest
from tests.emulator.node.net import HUB, Net, code_of, install_key_of, net

from hanbench.emulator.instant import Instant
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.joining.joiner import Phase
from hanbench.emulator.node.node_security import KeyOrigin
from hanbench.emulator.node.trust_centre.device_log import DeviceLog
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.ieee802154_commands import (
    SLEEPY_CAPABILITY,
    AssociationRequest,
    DataRequest,
)
from hanbench.protocol.keys import Key, KeyUsage, derive_test_key
from hanbench.protocol.zigbee.nwk_commands import RejoinRequest

MEMBER, ROUTER, OTHER = Eui64(0xC2), Eui64(0xC1), Eui64(0xC3)
WINDOW_S = 600


def reset(home: Net, eui64: Eui64 = MEMBER) -> None:
    home.nodes[eui64].reset(home.now)
    assert not home.stacks[eui64].is_joined
    assert home.stacks[eui64].security.peers == ()


def permit(home: Net) -> None:
    trust_centre = home.nodes[HUB].trust_centre
    assert trust_centre is not None
    home.send(trust_centre.permit(WINDOW_S, home.now))


def keys(home: Net, eui64: Eui64 = MEMBER) -> tuple[Key | None, Key | None]:
    """What the hub and the device hold for each other."""
    return home.stacks[HUB].security.link_key(eui64), home.stacks[eui64].security.link_key(HUB)


def test_a_member_whose_key_is_gone_is_let_in_by_its_install_code_alone_if_it_is_on_the_log() -> (
    None
):
    home = net(MEMBER)
    old, _ = keys(home)
    order = home.joined.of(MEMBER)
    reset(home)

    permit(home)
    home.begin(MEMBER)
    home.advance(30)

    # The hub has nothing but the old key to let it in with, which the device has lost.
    assert not home.stacks[MEMBER].is_joined
    assert home.stacks[MEMBER].counters.dropped[Drop.BAD_MIC] >= 1
    assert keys(home)[0] == old
    assert home.joined.of(MEMBER) == order


def test_a_member_whose_key_is_gone_comes_in_the_second_half_and_both_keys_are_replaced() -> None:
    home = net(MEMBER)
    old, _ = keys(home)
    entry = home.joined.of(MEMBER)
    reset(home)
    home.admit(MEMBER, WINDOW_S)
    home.begin(MEMBER)

    home.advance(WINDOW_S / 2 - 1)
    early = home.stacks[MEMBER].is_joined
    kept = keys(home)[0]
    home.advance(WINDOW_S / 2)

    assert not early
    assert kept == old
    assert home.nodes[MEMBER].joiner.phase is Phase.JOINED
    hubs, devices = keys(home)
    assert hubs == devices
    assert hubs not in (old, install_key_of(MEMBER))
    assert home.stacks[HUB].security.link_key_origin(MEMBER) is KeyOrigin.CBKE_1
    assert home.stacks[MEMBER].security.link_key_origin(HUB) is KeyOrigin.CBKE_1
    assert home.joined.of(MEMBER) == entry, "it stays what it was, in its place of the order"
    home.packet(MEMBER, HUB, b"up")
    home.packet(HUB, MEMBER, b"down")
    assert (home.payloads(HUB), home.payloads(MEMBER)) == ([b"up"], [b"down"])


@pytest.mark.parametrize("is_logged", [False, True])
def test_a_member_that_kept_its_key_comes_by_it(is_logged: bool) -> None:
    home = net(MEMBER)
    old, _ = keys(home)
    home.nodes[MEMBER].leaving.forget(home.now)
    if is_logged:
        home.admit(MEMBER, WINDOW_S)
    else:
        permit(home)

    home.begin(MEMBER)
    home.advance(5)

    assert home.nodes[MEMBER].joiner.phase is Phase.JOINED
    hubs, devices = keys(home)
    assert hubs == devices != old


def test_the_old_key_is_kept_until_key_establishment_is_done() -> None:
    home = net(MEMBER)
    old, _ = keys(home)
    reset(home)
    home.admit(MEMBER, WINDOW_S)
    home.advance(WINDOW_S / 2 + 1)
    home.loses = lambda one: one.frame_kind == "key-establishment"

    home.begin(MEMBER)
    home.advance(5)

    assert home.stacks[MEMBER].security.has_network_key
    assert keys(home)[0] == old
    assert home.stacks[HUB].security.link_key_origin(MEMBER) is KeyOrigin.PROVISIONED
    home.loses = lambda _: False
    home.advance(120)
    hubs, devices = keys(home)
    assert hubs == devices != old


def knocks(home: Net, name: Eui64) -> None:
    """Somebody near the hub asks for a place under a name, and for the answer."""
    parenting = home.nodes[HUB].parenting
    parenting.take_mac(AssociationRequest(SLEEPY_CAPABILITY), name, home.now)
    answered = parenting.take_mac(DataRequest(), name, home.now)
    assert [one.frame_kind for one in answered] == ["association", "transport-key"]


def test_who_knocks_in_a_members_name_costs_the_member_nothing() -> None:
    home = net(ROUTER, MEMBER, parents={MEMBER: ROUTER})
    before = keys(home)
    permit(home)

    knocks(home, MEMBER)
    home.packet(MEMBER, HUB, b"still me")
    home.packet(HUB, MEMBER, b"still you")

    assert home.payloads(HUB) == [b"still me"]
    assert home.payloads(MEMBER) == [b"still you"]
    assert keys(home) == before
    assert home.stacks[HUB].security.link_key_origin(MEMBER) is KeyOrigin.PROVISIONED
    assert MEMBER not in home.nodes[HUB].parenting.children
    assert MEMBER not in home.stacks[HUB].membership.sleepers


def test_who_says_a_rejoin_in_a_members_name_costs_the_member_nothing() -> None:
    home = net(ROUTER, MEMBER, parents={MEMBER: ROUTER})
    short = home.stacks[MEMBER].membership.short

    home.nodes[HUB].parenting.rejoin(
        MEMBER, short, RejoinRequest(SLEEPY_CAPABILITY), home.now, is_secured=False
    )
    home.packet(HUB, MEMBER, b"still you")

    assert home.payloads(MEMBER) == [b"still you"]
    assert MEMBER not in home.nodes[HUB].parenting.children


def test_one_that_comes_back_through_a_router_is_moved_when_it_has_proved_itself() -> None:
    home = net(ROUTER, MEMBER)
    reset(home)
    home.cut(MEMBER, HUB)
    home.admit(MEMBER, WINDOW_S)
    home.advance(WINDOW_S / 2 + 1)

    home.begin(MEMBER)
    home.advance(10)

    assert home.nodes[MEMBER].joiner.phase is Phase.JOINED
    assert home.stacks[MEMBER].parent == ROUTER
    home.packet(HUB, MEMBER, b"over the router")
    assert home.payloads(MEMBER) == [b"over the router"]


def test_a_member_that_leaves_before_it_has_made_a_new_key_is_none_any_more() -> None:
    home = net(MEMBER)
    home.nodes[MEMBER].leaving.forget(home.now)
    permit(home)
    home.loses = lambda one: one.frame_kind == "key-establishment"
    home.begin(MEMBER)
    home.advance(2)

    home.send(home.nodes[MEMBER].leave(home.now))

    assert home.joined.of(MEMBER) is None


def test_the_log_takes_the_key_of_a_member_that_was_never_on_it() -> None:
    log, old = DeviceLog(), derive_test_key("old", KeyUsage.LINK)
    log.add(MEMBER, install_key_of(MEMBER), Instant(0), Instant(100), old)

    assert log.key_for(MEMBER, Instant(49)) == old
    assert log.key_for(MEMBER, Instant(50)) == install_key_of(MEMBER)
    assert code_of(MEMBER) != code_of(OTHER)

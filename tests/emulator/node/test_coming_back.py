"""Who was here before comes back; a full HAN takes nobody; nothing old is believed on the way."""

import pytest
from tests.emulator.node.net import HUB, Net, install_key_of, net

from hanbench.emulator.device import Transmission
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.joining.joiner import Purpose
from hanbench.emulator.node.joining.key_establishment import SESSIONS_MAX
from hanbench.emulator.node.node_security import KeyOrigin
from hanbench.emulator.node.trust_centre.join_table import JoinTable, Member, MemberKind
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.ieee802154_commands import AssociationStatus
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.clusters import key_establishment
from hanbench.protocol.zigbee.clusters.key_establishment import InitiateResponse, TerminateByServer

NEW, OTHER, ROUTER, NEAR = Eui64(0xB1), Eui64(0xB2), Eui64(0xC1), Eui64(0xC2)
WINDOW_S = 600


def removed(*, forgets_key: bool = False) -> Net:
    """A device that joined, spoke, was taken off the log and put out."""
    home = net(newcomers=[NEW])
    home.admit(NEW)
    home.begin(NEW)
    home.advance(5)
    for _ in range(3):
        home.packet(HUB, NEW, b"old")
    trust_centre = home.nodes[HUB].trust_centre
    assert trust_centre is not None
    home.log.remove(NEW)
    home.send(trust_centre.remove(NEW, home.now))
    assert not home.stacks[NEW].is_joined
    if forgets_key:
        home.stacks[NEW].security.forget_link_key(HUB)
    return home


def test_a_removed_device_comes_back_with_its_old_key_in_the_first_half() -> None:
    home = removed()
    assert home.log.historic == (NEW,)

    home.admit(NEW, WINDOW_S)
    home.begin(NEW)
    home.advance(5)

    assert home.stacks[NEW].is_joined
    assert home.joined.of(NEW) is not None
    assert home.stacks[NEW].security.link_key_origin(HUB) is KeyOrigin.CBKE_1


def test_a_removed_device_that_kept_its_key_comes_back_by_its_install_code_too() -> None:
    home = removed()
    home.admit(NEW, WINDOW_S)
    home.advance(WINDOW_S / 2 + 1)

    home.begin(NEW)
    home.advance(5)

    assert home.stacks[NEW].is_joined
    assert home.stacks[HUB].security.link_key(NEW) == home.stacks[NEW].security.link_key(HUB)


def test_one_that_lost_its_key_waits_for_the_second_half() -> None:
    home = removed(forgets_key=True)
    home.admit(NEW, WINDOW_S)
    home.begin(NEW)

    home.advance(WINDOW_S / 2 - 1)
    early = home.stacks[NEW].is_joined
    home.advance(WINDOW_S / 2)

    assert not early
    assert home.stacks[NEW].counters.dropped[Drop.BAD_MIC] >= 1
    assert home.stacks[NEW].is_joined


def test_one_that_did_not_hear_that_it_was_put_out_is_told_when_it_is_heard() -> None:
    home = net(NEAR)
    trust_centre = home.nodes[HUB].trust_centre
    assert trust_centre is not None
    home.dark[NEAR] = None
    home.send(trust_centre.remove(NEAR, home.now))
    home.advance(3600)
    del home.dark[NEAR]
    assert home.stacks[NEAR].is_joined

    home.packet(NEAR, HUB, b"still here")

    assert not home.stacks[NEAR].is_joined
    assert not home.stacks[NEAR].security.has_network_key
    assert home.stacks[HUB].security.link_key(NEAR) is None
    assert home.changes().count("left") == 2  # the hub's word, and the device's own


def test_a_full_han_says_so_and_hands_out_no_key() -> None:
    home = net(newcomers=[NEW])
    home.joined = JoinTable(
        [Member(name="one", eui64=OTHER, kind=MemberKind.IHD, join_order=1)], capacity=1
    )
    home.nodes[HUB].become_trust_centre(
        home.joined, home.log, lambda eui64: (f"{eui64:x}", MemberKind.IHD)
    )

    home.admit(NEW)
    home.begin(NEW)
    home.advance(10)

    assert not home.stacks[NEW].is_joined
    assert "transport-key" not in home.kinds()
    assert AssociationStatus.PAN_AT_CAPACITY.name.lower().replace("_", " ") in {
        getattr(event, "detail", "") for event in home.events
    }


def test_one_that_is_refused_knocks_ever_more_seldom() -> None:
    home = net(newcomers=[NEW])
    assert home.nodes[HUB].trust_centre is not None
    home.send(home.nodes[HUB].trust_centre.permit(3600, home.now))
    home.begin(NEW)

    home.advance(3600)

    assert not home.stacks[NEW].is_joined
    assert 3 * 5 <= home.kinds().count("beacon-request") <= 3 * 9
    assert "pan access denied" in {getattr(event, "detail", "") for event in home.events}


def test_the_last_place_is_given_once_and_through_a_router_too() -> None:
    home = net(ROUTER, newcomers=[NEW, OTHER])
    home.cut(OTHER, HUB)
    home.cut(OTHER, NEW)
    home.joined = JoinTable(home.joined.members, capacity=2)
    home.nodes[HUB].become_trust_centre(
        home.joined, home.log, lambda eui64: (f"{eui64:x}", MemberKind.IHD)
    )
    home.admit(NEW)
    home.admit(OTHER)

    home.send([*home.nodes[NEW].joiner.begin(home.now), *home.nodes[OTHER].joiner.begin(home.now)])
    home.advance(30)

    assert [home.stacks[one].is_joined for one in (NEW, OTHER)].count(True) == 1
    assert len(home.joined.members) == 2
    assert "the HAN is full" in {getattr(event, "detail", "") for event in home.events}


def test_a_parent_that_is_no_good_is_not_tried_for_ever() -> None:
    home = net(ROUTER, newcomers=[NEW])

    def loses(one: Transmission) -> bool:
        return one.frame_kind == "transport-key" and one.sender == HUB and one.receiver == NEW

    home.loses = loses
    home.admit(NEW)
    home.begin(NEW)
    home.advance(60)

    assert home.stacks[NEW].is_joined
    assert home.stacks[NEW].parent == ROUTER


def overheard(home: Net) -> Transmission:
    """A frame of a neighbour that the network key alone protects, and that is long past."""
    home.packet(OTHER, NEAR, b"once", is_secured=False)
    home.advance(60)
    return next(one for one in home.air if one.sender == OTHER and one.receiver == NEAR)


@pytest.mark.parametrize("purpose", list(Purpose)[1:])
def test_a_rejoin_makes_no_old_frame_new(purpose: Purpose) -> None:
    home = net(NEAR, OTHER)
    old = overheard(home)
    home.send(home.nodes[NEAR].joiner.rejoin(purpose, home.now))
    home.advance(30)
    assert home.stacks[NEAR].is_joined

    home.send([old])

    assert home.payloads(NEAR) == [b"once"]
    assert home.stacks[NEAR].counters.dropped.get(Drop.REPLAYED) == 1


def test_a_network_key_told_twice_makes_no_old_frame_new() -> None:
    home = net(NEAR, OTHER)
    old = overheard(home)
    security = home.stacks[NEAR].security

    security.add_network_key(security.network_key, security.active_sequence)
    home.send([old])

    assert home.payloads(NEAR) == [b"once"]
    assert home.stacks[NEAR].counters.dropped.get(Drop.REPLAYED) == 1


def test_once_on_the_network_the_install_code_opens_nothing_more() -> None:
    home = net(NEAR)
    stack = home.stacks[NEAR]
    stack.security.preconfigured = install_key_of(NEAR)
    hub = home.nodes[HUB].trust_centre
    assert hub is not None
    home.stacks[HUB].security.set_link_key(NEAR, install_key_of(NEAR), KeyOrigin.INSTALL_CODE)

    home.send(hub.update_network_key(home.now))

    assert not stack.security.holds_network_key(1)
    assert stack.counters.dropped[Drop.BAD_MIC] >= 1


def test_a_second_initiate_of_a_peer_begins_anew_where_there_is_no_room_for_others() -> None:
    peers = [Eui64(0xD0 + n) for n in range(SESSIONS_MAX + 1)]
    home = net(*peers)
    hub = home.nodes[HUB].keys

    def answer(peer: Eui64) -> object:
        (asked,) = home.nodes[peer].keys.begin(HUB, 1, Suite.SUITE_1, home.now)
        (answered,) = hub.take(asked, home.now)
        return key_establishment.COMMANDS.decode(zcl.decode(answered.payload))

    first = [answer(peer) for peer in peers]
    again = answer(peers[0])

    assert [isinstance(one, TerminateByServer) for one in first] == [False] * 4 + [True]
    assert isinstance(again, InitiateResponse)

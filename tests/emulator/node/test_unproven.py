"""Who asks for a place without the network key moves nobody, in whatever name it asks."""

import pytest
from tests.emulator.node.net import HUB, Net, net

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.joining.joiner import Purpose
from hanbench.emulator.node.node_security import KeyOrigin
from hanbench.emulator.node.parent.unproven import PROOF_US, UNPROVEN_MAX, Unproven
from hanbench.protocol import ieee802154, ieee802154_commands
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.ieee802154 import FrameType, MacFrame
from hanbench.protocol.ieee802154_commands import AssociationRequest, DataRequest
from hanbench.protocol.zigbee import nwk, nwk_commands
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.nwk_commands import RejoinRequest

ROUTER, MEMBER, NEW = Eui64(0xB1), Eui64(0xC1), Eui64(0xC2)


def rejoin_in_clear(home: Net, parent: Eui64, name: Eui64, short: ShortAddress) -> Transmission:
    """What anybody may send who has heard a few frames: a rejoin request in a member's name."""
    place = home.stacks[parent].membership
    frame = NwkFrame(
        frame_type=nwk.FrameType.COMMAND,
        target=place.short,
        source=short,
        radius=1,
        sequence=1,
        payload=nwk_commands.encode(RejoinRequest(0x80)),
        source_eui64=name,
        target_eui64=parent,
    )
    return heard_in_clear(home, parent, nwk.encode(frame), short)


def heard_in_clear(home: Net, parent: Eui64, payload: bytes, short: ShortAddress) -> Transmission:
    place = home.stacks[parent].membership
    mac = MacFrame(
        frame_type=FrameType.DATA,
        sequence=1,
        payload=payload,
        target_pan=place.pan,
        target_short=place.short,
        source_short=short,
    )
    return Transmission(Eui64(0xBAD), parent, ieee802154.encode(mac), "outsider")


def mac_command(home: Net, parent: Eui64, name: Eui64, payload: bytes) -> Transmission:
    place = home.stacks[parent].membership
    mac = MacFrame(
        frame_type=FrameType.COMMAND,
        sequence=1,
        payload=payload,
        target_pan=place.pan,
        target_short=place.short,
        source_eui64=name,
    )
    return Transmission(Eui64(0xBAD), parent, ieee802154.encode(mac), "outsider")


def believed(home: Net, here: Eui64, who: Eui64) -> tuple[object, ...]:
    """What a node holds of another: address, next hop, whether it polls, whether it is a child."""
    stack = home.stacks[here]
    short = stack.membership.short_of.get(who)
    route = None if short is None else stack.mesh.routes.to(short)
    hop = None if route is None else route.next_hop
    is_child = who in home.nodes[here].parenting.children
    return short, hop, who in stack.membership.sleepers, is_child


@pytest.mark.parametrize("parent", [HUB, ROUTER])
@pytest.mark.parametrize("short", [0xC1, 0x1234])
def test_a_rejoin_in_clear_moves_no_member(parent: Eui64, short: int) -> None:
    home = net(ROUTER, MEMBER)
    before = [believed(home, here, MEMBER) for here in (HUB, ROUTER)]

    home.send([rejoin_in_clear(home, parent, MEMBER, ShortAddress(short))])
    home.advance(120)

    assert [believed(home, here, MEMBER) for here in (HUB, ROUTER)] == before
    assert "transport-key" in home.kinds(), "it is answered: a member would open that"
    home.packet(HUB, MEMBER, b"to the member")
    home.packet(ROUTER, MEMBER, b"and from another")
    assert home.payloads(MEMBER) == [b"to the member", b"and from another"]


def test_an_association_in_a_members_name_changes_neither_its_place_nor_its_key() -> None:
    home = net(ROUTER, MEMBER)
    home.admit(MEMBER)
    before = [believed(home, here, MEMBER) for here in (HUB, ROUTER)]
    request = ieee802154_commands.encode(AssociationRequest(0x80))

    home.send([mac_command(home, ROUTER, MEMBER, request)])
    poll = ieee802154_commands.encode(DataRequest())
    home.send([mac_command(home, ROUTER, MEMBER, poll)])
    home.advance(120)

    assert "association" in home.kinds()
    assert [believed(home, here, MEMBER) for here in (HUB, ROUTER)] == before
    assert home.stacks[HUB].security.link_key_origin(MEMBER) is KeyOrigin.PROVISIONED
    home.packet(MEMBER, HUB, b"as before")
    assert home.payloads(HUB) == [b"as before"]


def test_a_stranger_that_is_refused_takes_no_member_with_it() -> None:
    home = net(ROUTER, MEMBER)
    home.joined.unjoin(MEMBER)

    home.send([rejoin_in_clear(home, ROUTER, MEMBER, ShortAddress(0x1234))])
    home.advance(1)

    assert home.stacks[ROUTER].membership.short_of[MEMBER] == MEMBER


@pytest.mark.parametrize("through", [HUB, ROUTER])
def test_who_proves_itself_is_believed(through: Eui64) -> None:
    home = net(ROUTER, MEMBER)
    home.cut(MEMBER, ROUTER if through == HUB else HUB)

    home.send(home.nodes[MEMBER].joiner.rejoin(Purpose.TRUST_CENTRE_REJOIN, home.now))
    home.advance(10)

    assert home.changes(MEMBER) == ["rejoined"]
    assert believed(home, through, MEMBER)[1::2] == (MEMBER, True)
    home.packet(HUB, MEMBER, b"back again")
    assert home.payloads(MEMBER) == [b"back again"]


def test_an_announcement_that_is_lost_is_repeated_and_proves_it_then() -> None:
    home = net(ROUTER, newcomers=[NEW])
    home.cut(NEW, ROUTER)
    lost: list[Transmission] = []

    def first_announcement(one: Transmission) -> bool:
        if one.sender != NEW or one.receiver is not None or one.frame_kind != "zdo" or lost:
            return False
        lost.append(one)
        return True

    home.loses = first_announcement
    home.admit(NEW)
    home.begin(NEW)
    home.advance(30)

    assert lost
    assert "joined" in home.changes(NEW)
    assert believed(home, HUB, NEW)[1::2] == (NEW, True)


def test_only_the_given_address_proves_anything_and_only_in_time() -> None:
    asked: Unproven[str] = Unproven()
    asked.keep(NEW, ShortAddress(7), "kept", Instant(0))

    assert asked.proven(MEMBER, ShortAddress(7), Instant(1)) is None
    assert asked.proven(NEW, ShortAddress(8), Instant(1)) is None
    assert asked.proven(NEW, ShortAddress(7), Instant(1)) == "kept"
    assert asked.proven(NEW, ShortAddress(7), Instant(1)) is None
    asked.keep(NEW, ShortAddress(7), "kept", Instant(0))
    assert asked.proven(NEW, ShortAddress(7), Instant(PROOF_US)) is None


def test_those_who_ask_are_kept_up_to_a_number() -> None:
    asked: Unproven[int] = Unproven()

    for number in range(3 * UNPROVEN_MAX):
        asked.keep(Eui64(number), ShortAddress(number), number, Instant(0))

    assert len(asked._asked) == UNPROVEN_MAX
    assert asked.short_of(Eui64(0)) is None
    assert asked.has_given(ShortAddress(3 * UNPROVEN_MAX - 1))
    asked.clear()
    assert not asked.has_given(ShortAddress(3 * UNPROVEN_MAX - 1))

"""APS: acknowledgements, retries, duplicates, and what is too long for a frame."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.emulator.node.net import HUB, Net, net

from hanbench.emulator.device import BROADCAST, Packet, Transmission
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.node import fragmentation
from hanbench.emulator.node.aps_layer import RETRIES_MAX, SECURED_PAYLOAD_OCTETS_MAX
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.fragmentation import (
    INCOMING_OCTETS_MAX,
    REASSEMBLY_US,
    TRANSFERS_MAX,
    Reassembler,
)
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee.aps import Fragment, Part

A = Eui64(0xB1)
LONG = bytes(range(256)) * 2


def losing(home: Net, *numbers: int, kind: str = "") -> list[Transmission]:
    """Lose the frames of these numbers, counted from now among those of a kind."""
    seen: list[Transmission] = []

    def loses(one: Transmission) -> bool:
        if kind and one.frame_kind != kind:
            return False
        seen.append(one)
        return len(seen) in numbers

    home.loses = loses
    return seen


def again(home: Net, transmission: Transmission) -> None:
    """A radio that gave up does not matter here: the route stays."""
    del home, transmission


@pytest.fixture
def home() -> Net:
    made = net(A, aps_acks=True)
    for stack in made.stacks.values():
        stack.mesh.failed = lambda _one, _now: []  # type: ignore[method-assign]
    return made


def test_an_acknowledged_packet_is_not_sent_again(home: Net) -> None:
    home.packet(A, HUB, b"once")
    home.advance(60)

    assert home.payloads(HUB) == [b"once"]
    assert home.kinds() == ["zcl", "aps-ack"]
    assert home.stacks[A].deadline is None


def test_a_lost_packet_is_sent_again_after_the_wait(home: Net) -> None:
    losing(home, 1)

    home.packet(A, HUB, b"twice")
    home.advance(1.5)
    assert home.payloads(HUB) == []
    home.advance(0.2)

    assert home.payloads(HUB) == [b"twice"]
    assert home.kinds() == ["zcl", "zcl", "aps-ack"]


def test_a_lost_acknowledgement_brings_a_duplicate_that_is_acknowledged_and_not_delivered(
    home: Net,
) -> None:
    losing(home, 1, kind="aps-ack")

    home.packet(A, HUB, b"once only")
    home.advance(5)

    assert home.payloads(HUB) == [b"once only"]
    assert home.kinds() == ["zcl", "aps-ack", "zcl", "aps-ack"]
    assert home.stacks[HUB].counters.dropped[Drop.DUPLICATE] == 1


def test_after_three_retries_it_is_given_up(home: Net) -> None:
    home.loses = lambda _: True

    home.packet(A, HUB, b"never")
    home.advance(60)

    assert len(home.air) == 1 + RETRIES_MAX
    assert home.stacks[A].counters.dropped[Drop.NOT_ACKNOWLEDGED] == 1
    assert home.stacks[A].deadline is None


def test_a_retry_has_a_frame_counter_of_its_own(home: Net) -> None:
    losing(home, 1)

    home.packet(A, HUB, b"sealed anew")
    home.advance(2)

    first, second = home.air[:2]
    assert first.frame != second.frame
    assert home.stacks[HUB].counters.dropped == {}


def test_for_a_sleeper_the_wait_is_as_long_as_its_parent_holds_a_frame() -> None:
    home = net(A, aps_acks=True, sleepers=[A])
    home.stacks[HUB].mesh.failed = lambda _one, _now: []  # type: ignore[method-assign]
    home.loses = lambda one: one.sender == HUB

    home.packet(HUB, A, b"held")
    home.advance(9)
    assert len(home.air) == 1
    home.advance(1)

    assert len(home.air) == 2


@pytest.mark.parametrize("octets", [SECURED_PAYLOAD_OCTETS_MAX + 1, 128, 300, 512])
@pytest.mark.parametrize("is_secured", [True, False])
def test_what_is_too_long_goes_in_blocks_and_arrives_whole(octets: int, is_secured: bool) -> None:
    home = net(A)

    home.packet(A, HUB, LONG[:octets], is_secured=is_secured)
    home.advance(5)

    assert home.payloads(HUB) == [LONG[:octets]]
    assert home.stacks[A].deadline is None
    assert all(len(one.frame) <= 127 for one in home.air)


@pytest.mark.parametrize("lost", range(1, 11))
def test_any_one_lost_frame_of_a_transfer_is_made_good(home: Net, lost: int) -> None:
    losing(home, lost)

    home.packet(A, HUB, LONG[:300])
    home.advance(30)

    assert home.payloads(HUB) == [LONG[:300]]


def test_blocks_follow_each_other_at_the_interframe_delay(home: Net) -> None:
    home.packet(A, HUB, LONG[:130])
    assert home.kinds() == ["zcl", "aps-ack"]
    home.advance(0.049)
    assert len(home.air) == 2
    home.advance(0.002)

    assert home.kinds() == ["zcl", "aps-ack"] * 2


def test_a_broadcast_cannot_be_fragmented(home: Net) -> None:
    packet = Packet(source=A, target=BROADCAST, cluster=0x0702, payload=LONG, is_secured=False)

    assert home.stacks[A].send(packet, home.now) == []
    assert home.stacks[A].counters.dropped == {Drop.TOO_LONG: 1}


def test_a_restart_forgets_what_was_under_way(home: Net) -> None:
    home.loses = lambda _: True
    home.packet(A, HUB, LONG[:200])

    home.stacks[A].restart(home.now)
    home.advance(60)

    assert len(home.air) == 1


FIRST, SECOND = Fragment(Part.FIRST, 2), Fragment(Part.LATER, 1)
NOW = Instant(0)


@given(payload=st.binary(min_size=1, max_size=400), octets=st.integers(1, 63), data=st.data())
def test_blocks_in_any_order_make_the_whole_again(
    payload: bytes, octets: int, data: st.DataObject
) -> None:
    blocks = fragmentation.blocks_of(payload, octets)
    rest = data.draw(st.permutations(range(1, len(blocks))))
    reassembler = Reassembler()

    taken = [
        reassembler.take(1, 7, fragmentation.header_of(index, len(blocks)), blocks[index], NOW)
        for index in (0, *rest)
    ]

    assert taken[-1] == payload
    assert taken[:-1] == [None] * (len(blocks) - 1)


def test_a_later_block_without_its_first_is_of_no_use() -> None:
    assert Reassembler().take(1, 7, SECOND, b"b", NOW) is None


def test_a_block_beyond_the_last_is_ignored() -> None:
    reassembler = Reassembler()
    reassembler.take(1, 7, FIRST, b"a", NOW)

    assert reassembler.take(1, 7, Fragment(Part.LATER, 9), b"z", NOW) is None
    assert reassembler.take(1, 7, SECOND, b"b", NOW) == b"ab"


def test_an_abandoned_transfer_is_forgotten() -> None:
    reassembler = Reassembler()
    reassembler.take(1, 7, FIRST, b"a", NOW)

    assert reassembler.take(1, 7, SECOND, b"b", Instant(REASSEMBLY_US)) is None


def test_transfers_are_bounded_in_size_and_in_number() -> None:
    reassembler = Reassembler()
    assert reassembler.take(1, 7, FIRST, bytes(INCOMING_OCTETS_MAX + 1), NOW) is None
    assert reassembler.take(1, 7, SECOND, b"b", NOW) is None

    for sender in range(TRANSFERS_MAX + 1):
        reassembler.take(sender, 7, FIRST, b"a", Instant(SECOND_US))

    assert reassembler.take(0, 7, SECOND, b"b", Instant(SECOND_US)) is None
    assert reassembler.take(TRANSFERS_MAX, 7, SECOND, b"b", Instant(SECOND_US)) == b"ab"

"""Broadcasts: repeated once, and again while a neighbour was not heard to repeat them."""

import pytest
from tests.emulator.node.net import HUB, Net, net

from hanbench.emulator.device import BROADCAST, Transmission
from hanbench.emulator.instant import MILLISECOND_US, SECOND_US, Instant, after
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.mesh.broadcasts import (
    DELIVERY_US,
    JITTER_US,
    RETRIES,
    TRANSACTIONS_MAX,
    Broadcasts,
)
from hanbench.emulator.node.mesh.repeats import Plan, Repeats
from hanbench.emulator.node.outgoing import Outgoing
from hanbench.protocol import ieee802154
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import nwk
from hanbench.protocol.zigbee.nwk import NwkFrame

A, B, C = Eui64(0xB1), Eui64(0xB2), Eui64(0xB3)
ROUTERS = (A, B, C)


def sent_by(home: Net, eui64: Eui64) -> list[Transmission]:
    return [one for one in home.air if one.sender == eui64]


def test_a_broadcast_that_all_repeated_is_not_sent_again() -> None:
    home = net(*ROUTERS)

    home.packet(HUB, BROADCAST, b"all", is_secured=False)
    home.advance(20)

    assert [len(sent_by(home, one)) for one in (HUB, *ROUTERS)] == [1, 1, 1, 1]
    assert all(stack.deadline is None for stack in home.stacks.values())


def test_a_broadcast_that_a_neighbour_missed_is_sent_again() -> None:
    home = net(A)
    lost: list[Transmission] = []

    def first_is_lost(one: Transmission) -> bool:
        lost.append(one)
        return len(lost) == 1

    home.loses = first_is_lost
    home.packet(HUB, BROADCAST, b"all", is_secured=False)
    assert home.payloads(A) == []

    home.advance(0.5)

    assert home.payloads(A) == [b"all"]
    home.advance(20)
    assert len(sent_by(home, HUB)) == 2, "A was heard to repeat it"


def test_a_dead_neighbour_is_waited_for_three_times_and_no_more() -> None:
    home = net(A, B)
    home.dark[B] = None

    home.packet(HUB, BROADCAST, b"all", is_secured=False)
    home.advance(60)

    assert [len(sent_by(home, one)) for one in (HUB, A)] == [RETRIES.tries] * 2
    assert home.payloads(A) == [b"all"], "however often it is sent, it is taken once"


def test_a_broadcast_of_radius_one_is_repeated_by_nobody_and_not_sent_again() -> None:
    home = net(A, B)

    home.send(home.stacks[A].link_status(home.now))
    home.advance(20)

    assert home.kinds() == ["link-status"]


def test_a_number_that_comes_round_again_is_no_duplicate() -> None:
    home = net(A)

    for number in range(257):
        home.packet(HUB, BROADCAST, number.to_bytes(2, "big"), is_secured=False)
        home.advance(DELIVERY_US / SECOND_US / 10)

    assert len(home.payloads(A)) == 257
    assert Drop.NO_ROOM not in home.stacks[A].counters.dropped


def test_a_storm_fills_the_table_and_no_more_than_that_is_repeated() -> None:
    home = net(A, B)
    storm = [
        one
        for _ in range(200)
        for one in home.stacks[A].management.aps_octets(b"", nwk.ALL_DEVICES, "storm", home.now)
    ]

    home.send(storm)
    home.advance(5)

    assert len(storm) == TRANSACTIONS_MAX, "A node's own storm ends at its own table"
    assert home.stacks[A].counters.dropped[Drop.NO_ROOM] == 200 - TRANSACTIONS_MAX
    assert len(sent_by(home, B)) <= TRANSACTIONS_MAX * RETRIES.tries
    home.advance(10)
    home.packet(A, BROADCAST, b"ready again", is_secured=False)
    assert home.payloads(B) == [b"ready again"]


def test_without_the_transaction_table_one_broadcast_is_a_storm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = net(*ROUTERS)
    home.packet(HUB, BROADCAST, b"all", is_secured=False)
    assert len(home.air) == 4

    monkeypatch.setattr(Broadcasts, "take", lambda *_: None)
    with pytest.raises(AssertionError, match="never falls silent"):
        home.packet(HUB, BROADCAST, b"storm", is_secured=False)


def test_relayed_broadcasts_wait_for_a_jitter_that_is_the_same_in_each_run() -> None:
    def instants() -> list[tuple[Instant, Eui64]]:
        home = net(*ROUTERS, has_jitter=True)
        home.packet(HUB, BROADCAST, b"all", is_secured=False)
        seen: list[tuple[Instant, Eui64]] = []
        for millisecond in range(JITTER_US // MILLISECOND_US + 1):
            before = len(home.air)
            home.advance(0.001)
            seen += [(Instant(millisecond), one.sender) for one in home.air[before:]]
        return seen

    first = instants()

    assert sorted(sender for _, sender in first) == sorted(ROUTERS)
    assert len({at for at, _ in first}) == len(ROUTERS), "no two speak at once"
    assert instants() == first


def test_frames_that_wait_are_sealed_when_they_are_sent() -> None:
    """A counter taken early would make a receiver drop the frame as replayed."""
    home = net(A, B, has_jitter=True)
    home.packet(HUB, BROADCAST, b"all", is_secured=False)
    home.packet(A, B, b"in between")

    home.advance(1)

    counters = [
        nwk.decode(ieee802154.decode(one.frame).payload).security.frame_counter  # type: ignore[union-attr]
        for one in sent_by(home, A)
    ]
    assert counters == sorted(counters)
    assert home.payloads(B) == [b"all", b"in between"]
    assert Drop.REPLAYED not in home.stacks[B].counters.dropped


def test_an_answer_ends_the_repetition_and_an_unknown_neighbour_changes_nothing() -> None:
    repeats, key = Repeats(), ("route-request", 1, 2)
    frame = NwkFrame(nwk.FrameType.DATA, ShortAddress(0xFFFC), ShortAddress(1), 30, 1)
    out = Outgoing(frame, "x", None)
    plan = Plan(tries=3, interval_us=100)

    assert repeats.begin(key, out, Instant(0), plan, awaited={A: None, B: None}) == [out]
    repeats.heard(key, C)
    repeats.heard(("route-request", 1, 3), A)
    assert repeats.due(Instant(99)) == []
    assert repeats.due(Instant(100)) == [out]
    repeats.heard(key, A)
    assert repeats.deadline == 200
    repeats.drop(key)

    assert repeats.deadline is None
    assert repeats.due(Instant(1000)) == []


def test_what_waits_for_its_jitter_is_sent_though_all_have_repeated_it() -> None:
    repeats, key = Repeats(), ("broadcast", 1, 2)
    frame = NwkFrame(nwk.FrameType.DATA, ShortAddress(0xFFFC), ShortAddress(1), 30, 1)
    out = Outgoing(frame, "x", None)

    now = Instant(0)
    assert repeats.begin(key, out, now, RETRIES, awaited={A: None}, delay_us=50) == []
    repeats.heard(key, A)

    assert repeats.due(after(now, 50)) == [out]
    assert repeats.deadline is None

"""Two devices with one short address: somebody notices, all are told, and one of them moves."""

import pytest
from tests.emulator.node.net import HUB, Net, net

from hanbench.emulator.instant import Instant
from hanbench.emulator.node.membership import Membership
from hanbench.emulator.node.mesh.conflicts import (
    JITTER_US,
    MOVES_APART_US,
    TOLD_MAX,
    TOLD_US,
    AddressConflicts,
)
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import nwk_commands, zdo
from hanbench.protocol.zigbee.nwk_commands import NetworkStatus, RejoinResponse, StatusCode

A, B, END = Eui64(0xB1), Eui64(0xB2), Eui64(0xC1)
SPOOFED = Eui64(0xBAD)


def announces(home: Net, speaker: Eui64, eui64: Eui64, short: int) -> None:
    """Let a member announce whom it likes at an address."""
    message = zdo.DeviceAnnounce(ShortAddress(short), eui64, 0x8E)
    home.send(home.nodes[speaker].request(message, Eui64(0xFFFF_FFFF_FFFF_FFFF), home.now))


def statuses(home: Net) -> int:
    return home.kinds().count("network-status")


def test_an_announcement_at_anothers_address_is_told_to_all_and_its_holder_moves() -> None:
    home = net(A, B)
    before = home.stacks[A].membership.short

    announces(home, B, SPOOFED, before)
    home.advance(1)

    after = home.stacks[A].membership.short
    assert statuses(home) > 0
    assert after != before
    assert [home.stacks[one].membership.short_of[A] for one in (HUB, B)] == [after, after]
    assert home.changes(A) == ["address-changed"]


def test_who_moved_is_reached_at_its_new_address() -> None:
    home = net(A, B)
    announces(home, B, SPOOFED, home.stacks[A].membership.short)
    home.advance(1)

    home.packet(HUB, A, b"there you are")
    home.packet(A, HUB, b"here I am")

    assert home.payloads(A) == [b"there you are"]
    assert home.payloads(HUB) == [b"here I am"]


def test_both_holders_of_an_address_move_to_different_ones_as_the_seed_will_have_it() -> None:
    def places() -> tuple[ShortAddress, ShortAddress]:
        home = net(A, B, END)
        home.stacks[END].membership.learn(END, home.stacks[A].membership.short)
        home.stacks[END].membership.short = home.stacks[A].membership.short
        home.send(home.nodes[END]._announce(home.now))
        home.advance(2)
        return home.stacks[A].membership.short, home.stacks[END].membership.short

    first, second = places()

    assert first != second
    assert A not in (first, second)
    assert places() == (first, second)


def test_the_coordinator_keeps_its_address() -> None:
    home = net(A, B)
    hub = home.stacks[HUB]

    hub.mesh.in_conflict(ShortAddress(0), home.now)
    home.advance(1)

    assert hub.membership.short == 0


def test_a_header_that_tells_of_a_conflict_is_one() -> None:
    home = net(A, B)
    place = home.stacks[A].membership.short
    home.stacks[B].membership.short = place

    home.send(home.stacks[B].link_status(home.now))
    home.advance(1)

    assert statuses(home) > 0
    assert home.stacks[A].membership.short != place


def test_a_child_that_sleeps_is_moved_by_its_parent() -> None:
    home = net(A, END, sleepers=[END])
    before = home.stacks[END].membership.short

    announces(home, A, SPOOFED, before)
    home.advance(1)

    moved = home.stacks[END].membership.short
    assert moved != before
    assert home.stacks[HUB].membership.short_of[END] == moved
    home.packet(HUB, END, b"still your parent")
    assert home.payloads(END) == [b"still your parent"]


@pytest.mark.parametrize("speaker", [A, B])
def test_only_a_parent_moves_its_child(speaker: Eui64) -> None:
    home = net(A, B, END, sleepers=[END], parents={END: A}, next_hops={(A, END): END})
    child = home.stacks[END].membership
    before = child.short

    told = home.stacks[speaker].management.nwk_to_hop(
        RejoinResponse(ShortAddress(0x1234), 0), END, before, "rejoin", is_secured=True
    )
    home.send([told])

    assert child.short == (0x1234 if speaker == A else before)


def test_one_address_is_told_of_once_in_a_while_and_by_the_first_who_speaks() -> None:
    home = net(A, B, END)

    for _ in range(5):
        announces(home, B, SPOOFED, home.stacks[END].membership.short)
    home.advance(0.0)
    home.advance(1)

    assert statuses(home) <= 4 * 2, "each router once, and whoever spoke first another time"


def test_who_cries_wolf_moves_nobody_more_than_once_a_minute() -> None:
    home = net(A, B)

    for _ in range(20):
        short = home.stacks[A].membership.short
        command = NetworkStatus(StatusCode.ADDRESS_CONFLICT, short)
        sent = home.stacks[B].management.nwk_broadcast(
            command, ShortAddress(0xFFFD), "network-status", radius=30
        )
        home.send([sent])
        home.advance(1)

    assert home.changes(A) == ["address-changed"]


def test_what_is_told_of_is_bounded_and_ends() -> None:
    conflicts = AddressConflicts(Membership(HUB, is_router=True))

    for short in range(3 * TOLD_MAX):
        conflicts.detected(ShortAddress(0x100 + short), Instant(0), JITTER_US)
        conflicts.heard(ShortAddress(0x900 + short), Instant(0))

    assert len(conflicts.due(Instant(JITTER_US))) + 1 <= TOLD_MAX
    assert len(conflicts._told_until) == TOLD_MAX
    conflicts.detected(ShortAddress(1), Instant(TOLD_US), 0)
    assert conflicts.due(Instant(TOLD_US)) == [1]


def test_somebody_elses_word_is_enough() -> None:
    conflicts = AddressConflicts(Membership(HUB, is_router=True))
    conflicts.detected(ShortAddress(1), Instant(0), JITTER_US)

    conflicts.heard(ShortAddress(1), Instant(1))

    assert conflicts.deadline is None
    assert conflicts.due(Instant(TOLD_US)) == []


def test_one_moves_again_after_a_minute() -> None:
    conflicts = AddressConflicts(Membership(HUB, is_router=True))

    assert conflicts.may_move(Instant(0))
    assert not conflicts.may_move(Instant(MOVES_APART_US - 1))
    assert conflicts.may_move(Instant(MOVES_APART_US))


def test_a_conflict_is_a_command_that_tshark_knows() -> None:
    octets = nwk_commands.encode(NetworkStatus(StatusCode.ADDRESS_CONFLICT, ShortAddress(0x1234)))

    assert octets.hex() == "030d3412"


def test_an_old_announcement_of_a_disputed_address_is_not_believed_any_more() -> None:
    home = net(A, B)
    before = home.stacks[A].membership.short
    announces(home, B, SPOOFED, before)
    home.advance(1)
    moved = home.stacks[A].membership.short

    # What A itself has not heard as long as the address was its own reaches it by a longer way.
    for late in (A, B, HUB):
        home.stacks[late].mesh.announced(SPOOFED, before, home.now, polls=False)
    home.advance(60)
    believed_later = home.stacks[HUB].mesh.announced(SPOOFED, before, home.now, polls=False)

    assert moved != before
    assert [home.stacks[one].membership.eui64_of.get(before) for one in (A, B)] == [None, None]
    assert believed_later

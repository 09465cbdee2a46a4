"""Another network under our PAN id: who says so, what the coordinator does, who follows when."""

import pytest
from tests.emulator.node.net import HUB, Net, net

from hanbench.emulator.device import Transmission
from hanbench.emulator.events import PanMoved
from hanbench.emulator.instant import MINUTE_US, SECOND_US, Instant, after
from hanbench.emulator.node.joining.joiner import Purpose
from hanbench.emulator.node.joining.pan_change import CHANGES_APART_US, is_newer
from hanbench.emulator.node.mesh.broadcasts import DELIVERY_US
from hanbench.protocol import ieee802154, ieee802154_commands
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.ieee802154 import FrameType, MacFrame
from hanbench.protocol.ieee802154_commands import Beacon
from hanbench.protocol.zigbee import nwk
from hanbench.protocol.zigbee.nwk_commands import NetworkReport, NetworkUpdate, NwkCommand

ROUTER, DISPLAY, METER = Eui64(0xC1), Eui64(0xC2), Eui64(0xC3)
NEXT_DOOR = Eui64(0xF001)
PAN = PanId(0x1A62)


def home_of_four(**more: object) -> Net:
    return net(ROUTER, DISPLAY, METER, **more)  # type: ignore[arg-type]


def beacon(
    pan: PanId = PAN, extended_pan: Eui64 = NEXT_DOOR, payload: bytes | None = None
) -> bytes:
    told = Beacon(is_coordinator=True, permits_joining=False, extended_pan=extended_pan)
    octets = ieee802154_commands.encode_beacon(told) if payload is None else payload
    return ieee802154.encode(
        MacFrame(
            frame_type=FrameType.BEACON,
            sequence=0,
            payload=octets,
            source_pan=pan,
            source_short=ShortAddress(0),
        )
    )


def overhears(home: Net, who: Eui64, octets: bytes | None = None) -> None:
    frame = beacon() if octets is None else octets
    heard = Transmission(sender=NEXT_DOOR, receiver=None, frame=frame, frame_kind="beacon")
    home.send(home.stacks[who].receive(heard, home.now).forward)


def pans(home: Net) -> dict[Eui64, PanId]:
    return {eui64: stack.membership.pan for eui64, stack in home.stacks.items()}


def says(home: Net, who: Eui64, command: NwkCommand, target: ShortAddress) -> None:
    home.send(home.stacks[who].management.nwk_command(command, target, "nwk", home.now))


@pytest.mark.parametrize("who", [HUB, ROUTER])
def test_the_coordinator_gives_the_network_another_pan_id_and_all_follow_9_s_later(
    who: Eui64,
) -> None:
    home = home_of_four()

    overhears(home, who)
    home.advance(8.9)
    assert set(pans(home).values()) == {PAN}
    home.advance(0.2)

    (pan,) = dict.fromkeys(pans(home).values())
    assert pan != PAN
    assert home.kinds().count("network-report") == (who != HUB)
    assert [stack.membership.update_id for stack in home.stacks.values()] == [1] * 4
    assert home.changes(HUB) == ["pan-conflict", "pan-changed"]
    assert [event.pan for event in home.events if isinstance(event, PanMoved)] == [pan]
    home.packet(DISPLAY, HUB, b"under the new number")
    assert home.payloads(HUB) == [b"under the new number"]


def test_a_home_goes_to_a_pan_id_that_follows_from_its_own() -> None:
    one, other = home_of_four(), home_of_four()
    for stack in other.stacks.values():
        stack.membership.pan = PanId(0x1111)

    for home, pan in ((one, PAN), (other, PanId(0x1111))):
        overhears(home, HUB, beacon(pan))
        home.advance(10)

    assert pans(one)[HUB] != pans(other)[HUB]


def test_a_pan_id_that_is_known_to_be_taken_is_not_drawn() -> None:
    drawn = home_of_four()
    overhears(drawn, HUB)
    drawn.advance(10)
    taken = pans(drawn)[HUB]

    home = home_of_four()
    overhears(home, ROUTER, beacon(taken))
    overhears(home, ROUTER)
    home.advance(10)

    assert pans(home)[HUB] not in (PAN, taken)


@pytest.mark.parametrize(
    ("who", "octets"),
    [
        (ROUTER, beacon(extended_pan=HUB)),
        (ROUTER, beacon(pan=PanId(0x1111))),
        (ROUTER, beacon(payload=b"\xff\xcf\x00\x00\x01")),
        (METER, beacon()),
    ],
    ids=["our-own", "another-pan", "no-zigbee-beacon", "by-one-that-does-not-route"],
)
def test_nothing_else_is_a_conflict(who: Eui64, octets: bytes) -> None:
    home = home_of_four(sleepers=[METER], parents={METER: HUB})

    overhears(home, who, octets)
    home.advance(20)

    assert home.kinds().count("network-report") == home.kinds().count("network-update") == 0
    assert set(pans(home).values()) == {PAN}


def test_one_that_is_on_no_network_has_no_pan_id_to_defend() -> None:
    home = net(newcomers=[ROUTER])

    overhears(home, ROUTER)

    assert home.air == []


def test_a_router_reports_once_a_minute() -> None:
    home = home_of_four()
    # A coordinator that has just changed it leaves it.
    home.nodes[HUB]._nwk_commands.pan_change._quiet_until = Instant(CHANGES_APART_US)

    for _ in range(10):
        overhears(home, ROUTER)
    assert home.kinds().count("network-report") == 1
    home.now = after(home.now, MINUTE_US)
    overhears(home, ROUTER)

    assert home.kinds().count("network-report") == 2
    assert "network-update" not in home.kinds()


def test_the_network_changes_once_in_ten_minutes() -> None:
    home = home_of_four()
    overhears(home, HUB)
    home.advance(10)
    first = pans(home)[HUB]

    overhears(home, HUB, beacon(first))
    says(home, ROUTER, NetworkReport(HUB, (first,)), ShortAddress(0))
    home.advance(10)
    assert pans(home)[HUB] == first
    home.now = after(home.now, CHANGES_APART_US)
    says(home, ROUTER, NetworkReport(HUB, (first,)), ShortAddress(0))
    home.advance(10)

    assert pans(home)[HUB] not in (PAN, first)
    assert home.stacks[ROUTER].membership.update_id == 2


@pytest.mark.parametrize(
    ("report", "to"),
    [
        (NetworkReport(NEXT_DOOR, (PAN,)), ShortAddress(0)),
        (NetworkReport(HUB, (PanId(0x1111),)), ShortAddress(0)),
        (NetworkReport(HUB, (PAN,)), ShortAddress(DISPLAY)),
    ],
    ids=["of-another-network", "of-another-pan", "to-one-that-is-no-manager"],
)
def test_a_report_that_is_none_changes_nothing(report: NetworkReport, to: ShortAddress) -> None:
    home = home_of_four()

    says(home, ROUTER, report, to)
    home.advance(10)

    assert "network-update" not in home.kinds()


@pytest.mark.parametrize(
    ("by", "update"),
    [
        (ROUTER, NetworkUpdate(HUB, 1, PanId(0x1111))),
        (HUB, NetworkUpdate(NEXT_DOOR, 1, PanId(0x1111))),
        (HUB, NetworkUpdate(HUB, 0, PanId(0x1111))),
        (HUB, NetworkUpdate(HUB, 128, PanId(0x1111))),
    ],
    ids=["by-another", "of-another-network", "the-same-again", "older"],
)
def test_an_update_that_is_none_is_not_followed(by: Eui64, update: NetworkUpdate) -> None:
    home = home_of_four()

    says(home, by, update, nwk.ALL_DEVICES)
    home.advance(10)

    assert set(pans(home).values()) == {PAN}


def test_the_coordinator_takes_nobodys_update() -> None:
    home = home_of_four()

    home.nodes[HUB]._nwk_commands.pan_change._follow(NetworkUpdate(HUB, 0, PanId(0x1111)), home.now)
    says(home, ROUTER, NetworkUpdate(HUB, 1, PanId(0x1111)), ShortAddress(0))
    home.advance(10)

    assert pans(home)[HUB] == PAN


def test_of_two_updates_the_newer_counts() -> None:
    home = home_of_four()
    says(home, HUB, NetworkUpdate(HUB, 1, PanId(0x1111)), nwk.ALL_DEVICES)
    home.advance(1)
    says(home, HUB, NetworkUpdate(HUB, 2, PanId(0x2222)), nwk.ALL_DEVICES)
    says(home, HUB, NetworkUpdate(HUB, 1, PanId(0x3333)), nwk.ALL_DEVICES)

    home.advance(8.5)
    assert pans(home)[ROUTER] == PAN
    home.advance(1)

    assert pans(home)[ROUTER] == PanId(0x2222)
    assert home.stacks[ROUTER].membership.update_id == 2


def test_a_coordinator_that_restarts_goes_where_it_has_told_all_to_go() -> None:
    home = home_of_four()
    overhears(home, HUB)
    home.advance(1)

    for eui64 in (HUB, DISPLAY):
        home.stacks[eui64].restart(home.now)
    home.advance(10)

    assert pans(home)[HUB] == pans(home)[ROUTER] != PAN
    # The display has forgotten what it was told.
    assert pans(home)[DISPLAY] == PAN


def test_one_that_missed_it_finds_its_network_by_the_name_and_the_parent_that_is_up_to_date() -> (
    None
):
    home = home_of_four()
    for eui64 in (ROUTER, DISPLAY):
        home.dark[eui64] = None
    overhears(home, HUB)
    home.advance(10)
    home.dark.clear()
    # The router is nearer than the meter is, and knows of nothing: it is still where it was.
    home.cut(DISPLAY, HUB)
    home.stacks[METER].membership.depth = 3

    home.send(home.nodes[DISPLAY].joiner.rejoin(Purpose.SECURED_REJOIN, home.now))
    home.advance(2)

    assert home.stacks[DISPLAY].parent == METER
    assert pans(home)[DISPLAY] == pans(home)[HUB] != pans(home)[ROUTER]
    assert home.stacks[DISPLAY].membership.update_id == 1


def test_who_leaves_follows_no_more() -> None:
    home = home_of_four()
    overhears(home, HUB)
    home.advance(1)

    home.send(home.nodes[DISPLAY].leave(home.now))
    home.advance(10)

    assert "pan-changed" not in home.changes(DISPLAY)
    assert home.stacks[DISPLAY].membership.update_id == 0


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [(1, 0, True), (0, 0, False), (0, 1, False), (0, 255, True), (127, 0, True), (128, 0, False)],
)
def test_the_number_of_an_update_comes_round(one: int, other: int, *, newer: bool) -> None:
    assert is_newer(one, other) is newer


def test_the_wait_is_the_time_that_a_broadcast_takes() -> None:
    home = home_of_four()
    overhears(home, HUB)

    assert home.stacks[HUB].deadline is not None
    assert home.nodes[HUB]._nwk_commands.pan_change.deadline == Instant(DELIVERY_US)
    assert DELIVERY_US == 9 * SECOND_US

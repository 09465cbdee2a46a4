"""A parent and its children: how long they may be silent, who is told to come back, broadcasts."""

import pytest
from tests.emulator.node.net import HUB, Net, net

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import MINUTE_US, SECOND_US, START, Instant, after
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.joining.joiner import Phase, Purpose
from hanbench.emulator.node.membership import Membership
from hanbench.emulator.node.parent.child_timeout import TRIES_MAX
from hanbench.emulator.node.parent.children import (
    CHILDREN_MAX,
    TIMEOUT_DEFAULT,
    TIMEOUT_MAX,
    TIMEOUTS_US,
    Children,
)
from hanbench.protocol import ieee802154
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import nwk, nwk_commands
from hanbench.protocol.zigbee.nwk_commands import (
    EndDeviceTimeoutRequest,
    EndDeviceTimeoutResponse,
    Leave,
    NwkCommand,
    RejoinResponse,
    TimeoutStatus,
)

NEW, CHILD, ROUTER, OTHER = Eui64(0xB1), Eui64(0xC2), Eui64(0xC1), Eui64(0xC3)
SHORT = ShortAddress(CHILD)
DEFAULT_US = TIMEOUTS_US[TIMEOUT_DEFAULT]


def home_with_a_child(timeout: int = 1) -> Net:
    """A hub, and a child that sleeps and has agreed two minutes."""
    home = net(CHILD, sleepers=[CHILD])
    children(home).adopt(CHILD, SHORT, home.now, polls=True, timeout=timeout)
    return home


def children(home: Net, parent: Eui64 = HUB) -> Children:
    return home.nodes[parent].parenting.children


def poll(home: Net, child: Eui64 = CHILD, parent: Eui64 = HUB) -> list[Transmission]:
    short = home.stacks[child].membership.short
    return home.stacks[parent].heard_poll(child, short, home.now)


def commands(home: Net, sender: Eui64, sent: list[Transmission]) -> list[NwkCommand]:
    """The NWK commands in frames that a node has sealed."""
    found = []
    for one in sent:
        frame = home.stacks[sender]._nwk.reopen(one)
        if frame is not None and frame.frame_type is nwk.FrameType.COMMAND:
            found.append(nwk_commands.decode(frame.payload))
    return found


# What is agreed


def test_the_numbers_of_the_timeouts_are_ten_seconds_and_powers_of_two_minutes() -> None:
    assert TIMEOUTS_US[0] == 10 * SECOND_US
    assert TIMEOUTS_US[1] == 2 * MINUTE_US
    assert TIMEOUTS_US[TIMEOUT_DEFAULT] == 256 * MINUTE_US
    assert TIMEOUTS_US[TIMEOUT_MAX] == 16_384 * MINUTE_US


def test_a_newcomer_that_sleeps_agrees_its_timeout_right_after_its_announcement() -> None:
    home = net(newcomers=[NEW], sleepers=[NEW])
    home.nodes[NEW].timeout._timeout = 3
    home.admit(NEW)
    home.begin(NEW)
    home.advance(5)

    kinds = home.kinds()
    assert kinds.count("timeout") == 2
    assert kinds.index("transport-key") < kinds.index("timeout")
    assert home.nodes[NEW].timeout.agreed == 3
    assert children(home).timeout_us(NEW) == TIMEOUTS_US[3]
    assert not home.nodes[NEW].timeout.is_waiting


def test_a_newcomer_that_routes_asks_for_none_and_never_grows_too_old() -> None:
    home = net(newcomers=[NEW])
    home.admit(NEW)
    home.begin(NEW)
    home.advance(5)

    assert "timeout" not in home.kinds()
    assert NEW in children(home)
    assert children(home).timeout_us(NEW) is None
    home.advance(DEFAULT_US / SECOND_US * 2)
    assert NEW in children(home)


@pytest.mark.parametrize(
    "request_", [EndDeviceTimeoutRequest(TIMEOUT_MAX + 1), EndDeviceTimeoutRequest(3, 1)]
)
def test_a_timeout_that_there_is_not_is_refused_and_the_old_one_stays(
    request_: EndDeviceTimeoutRequest,
) -> None:
    home = home_with_a_child()

    sent = home.nodes[HUB].parenting.take_timeout(request_, CHILD, SHORT, home.now)

    (answer,) = commands(home, HUB, sent)
    assert isinstance(answer, EndDeviceTimeoutResponse)
    assert answer.status == TimeoutStatus.INCORRECT_VALUE
    assert children(home).timeout_us(CHILD) == TIMEOUTS_US[1]
    home.nodes[CHILD].timeout.begin(home.now)
    home.nodes[CHILD].timeout.answered(answer)
    assert home.nodes[CHILD].timeout.agreed is None
    assert not home.nodes[CHILD].timeout.is_waiting


def test_an_answer_that_nobody_waits_for_agrees_nothing() -> None:
    home = home_with_a_child()

    home.nodes[CHILD].timeout.answered(EndDeviceTimeoutResponse(0, 3))

    assert home.nodes[CHILD].timeout.agreed is None


def test_a_parent_that_does_not_answer_is_asked_three_times() -> None:
    home = home_with_a_child()
    home.loses = lambda one: one.frame_kind == "timeout" and one.sender == HUB
    home.send(home.nodes[CHILD].timeout.begin(home.now))
    assert home.nodes[CHILD].is_busy

    home.advance(60)

    asked = [one for one in home.air if one.frame_kind == "timeout" and one.sender == CHILD]
    assert len(asked) == TRIES_MAX
    assert not home.nodes[CHILD].is_busy
    assert home.nodes[CHILD].timeout.agreed is None


def test_a_lost_answer_is_asked_for_again() -> None:
    home = home_with_a_child(timeout=TIMEOUT_DEFAULT)
    lost: list[Transmission] = []

    def first_is_lost(one: Transmission) -> bool:
        if one.frame_kind == "timeout" and one.sender == HUB and not lost:
            lost.append(one)
            return True
        return False

    home.loses = first_is_lost
    home.send(home.nodes[CHILD].timeout.begin(home.now))
    home.advance(5)

    assert home.nodes[CHILD].timeout.agreed == TIMEOUT_DEFAULT


# Growing too old


def test_a_child_that_is_silent_for_its_timeout_is_none_any_more() -> None:
    home = home_with_a_child()

    home.advance(119)
    assert CHILD in children(home)
    home.advance(2)

    assert CHILD not in children(home)
    assert home.changes(CHILD) == ["aged-out"]
    assert home.joined.of(CHILD) is not None, "it is a member all the same"
    before = len(home.air)
    home.packet(HUB, CHILD, b"for nobody")
    assert len(home.air) == before
    assert home.stacks[HUB].counters.dropped[Drop.UNKNOWN_ADDRESS] == 1
    assert home.stacks[HUB].membership.sleeping_children == {}


def test_a_poll_keeps_a_child_and_so_does_asking_for_its_timeout() -> None:
    home = home_with_a_child()

    for number in range(5):
        home.advance(100)
        if number % 2:
            assert poll(home) == []
        else:
            request = EndDeviceTimeoutRequest(1)
            home.nodes[HUB].parenting.take_timeout(request, CHILD, SHORT, home.now)

    assert CHILD in children(home)
    home.advance(121)
    assert CHILD not in children(home)


def test_one_that_was_forgotten_is_told_when_it_polls_and_comes_back() -> None:
    home = home_with_a_child()
    home.advance(300)
    assert CHILD not in children(home)

    told = poll(home)
    assert commands(home, HUB, told) == [Leave(is_request=True, rejoin=True)]
    home.send(told)
    home.advance(5)

    assert CHILD in children(home)
    assert home.changes(CHILD) == ["aged-out", "told-to-rejoin", "rejoined"]
    assert children(home).timeout_us(CHILD) == DEFAULT_US
    home.packet(HUB, CHILD, b"served again")
    assert home.payloads(CHILD) == [b"served again"]


def test_one_that_asks_for_a_timeout_and_is_no_child_is_told_to_come_back_in() -> None:
    home = net(CHILD, sleepers=[CHILD])
    children(home).release(CHILD)

    sent = home.nodes[HUB].parenting.take_timeout(
        EndDeviceTimeoutRequest(8), CHILD, SHORT, home.now
    )

    assert commands(home, HUB, sent) == [Leave(is_request=True, rejoin=True)]


def test_one_that_does_not_heed_it_is_told_once_a_second_at_most() -> None:
    home = net(CHILD, sleepers=[CHILD])
    children(home).release(CHILD)

    told = []
    for _ in range(4):
        told.append(len(poll(home)))
        home.advance(0.4)

    assert told == [1, 0, 0, 1]


def test_only_the_parent_sends_a_child_away() -> None:
    home = net(CHILD, ROUTER, sleepers=[CHILD])

    home.send(poll(home, parent=ROUTER))

    assert home.nodes[CHILD].joiner.phase is Phase.JOINED
    assert home.changes(CHILD) == []


def test_one_that_is_coming_back_already_is_not_set_back() -> None:
    home = net(CHILD, sleepers=[CHILD])
    children(home).release(CHILD)
    told = poll(home)
    home.advance(1)
    again = poll(home)
    home.send(told)
    assert home.nodes[CHILD].joiner.purpose is Purpose.SECURED_REJOIN
    deadline = home.nodes[CHILD].joiner.deadline

    home.now = after(home.now, 1000)
    home.send(again)

    assert home.nodes[CHILD].joiner.deadline == deadline
    assert home.changes(CHILD) == ["told-to-rejoin"]


def test_a_parent_that_restarts_keeps_its_children_and_gives_them_their_time_anew() -> None:
    home = home_with_a_child()
    home.advance(100)

    home.stacks[HUB].restart(home.now)

    home.advance(100)
    assert CHILD in children(home)
    home.advance(21)
    assert CHILD not in children(home)


def test_a_router_that_has_no_network_tells_nobody_anything() -> None:
    home = net(newcomers=[NEW])

    assert home.stacks[NEW].heard_poll(CHILD, SHORT, home.now) == []


def test_who_leaves_the_network_has_no_children() -> None:
    home = net(ROUTER, CHILD, sleepers=[CHILD])
    children(home, ROUTER).adopt(CHILD, SHORT, home.now, polls=True)

    home.send(home.nodes[ROUTER].leave(home.now))

    assert CHILD not in children(home, ROUTER)
    assert children(home, ROUTER).deadline is None


# The table


def table() -> Children:
    return Children(Membership(HUB, is_router=True))


def test_a_full_router_takes_no_further_child_and_knows_its_own() -> None:
    held = table()
    for number in range(CHILDREN_MAX):
        held.adopt(Eui64(number), ShortAddress(number + 1), START, polls=bool(number % 2))

    assert held.has_room(Eui64(0))
    assert not held.has_room(Eui64(CHILDREN_MAX))


@pytest.mark.parametrize("is_rejoin", [False, True])
def test_a_newcomer_is_told_that_a_router_is_full(is_rejoin: bool) -> None:
    home = net(CHILD, newcomers=[NEW], sleepers=[CHILD, NEW])
    children(home).clear()
    for number in range(CHILDREN_MAX):
        children(home).adopt(Eui64(number), ShortAddress(0x1000 + number), START, polls=False)

    if is_rejoin:
        home.send(home.nodes[CHILD].joiner.rejoin(Purpose.SECURED_REJOIN, home.now))
    else:
        home.admit(NEW)
        home.begin(NEW)
    home.advance(10)

    who = CHILD if is_rejoin else NEW
    assert home.nodes[who].joiner.phase is not Phase.JOINED
    assert len(children(home)._places) == CHILDREN_MAX
    words = {getattr(event, "detail", "") for event in home.events}
    assert ("rejoin refused" if is_rejoin else "pan at capacity") in words


def test_a_child_that_moves_keeps_what_it_agreed_and_a_stranger_does_not_move() -> None:
    held = table()
    held.adopt(CHILD, SHORT, START, polls=True, timeout=2)

    assert held.move(CHILD, ShortAddress(7)) == SHORT
    assert held.move(OTHER, ShortAddress(8)) is None

    assert held.short_of(CHILD) == 7
    assert held.short_of(OTHER) is None
    assert held.timeout_us(CHILD) == TIMEOUTS_US[2]


def test_a_poll_does_not_put_the_next_look_off_and_nobody_is_lost_by_that() -> None:
    held = table()
    held.adopt(CHILD, SHORT, START, polls=True, timeout=0)
    held.adopt(OTHER, ShortAddress(9), START, polls=True, timeout=1)
    first = held.deadline
    assert first == 10 * SECOND_US

    held.keep(CHILD, Instant(9 * SECOND_US))
    assert held.deadline == first
    assert held.expired(Instant(10 * SECOND_US)) == ()
    assert held.deadline == 19 * SECOND_US
    assert held.expired(Instant(19 * SECOND_US)) == (CHILD,)
    held.release(CHILD)
    assert held.deadline == 2 * MINUTE_US
    held.keep(CHILD, Instant(20 * SECOND_US))
    assert held.agree(CHILD, 1, Instant(20 * SECOND_US)) is False


def test_a_child_that_sleeps_no_more_grows_no_older() -> None:
    held = table()
    held.adopt(CHILD, SHORT, START, polls=True)

    held.adopt(CHILD, SHORT, START, polls=False)

    assert held.deadline is None
    assert held.timeout_us(CHILD) is None


# Broadcasts


def targets(home: Net, sent: list[Transmission]) -> list[tuple[int | None, int | None]]:
    """The MAC and the NWK target of each frame."""
    found = []
    for one in sent:
        mac = ieee802154.decode(one.frame)
        found.append((mac.target_short, nwk.decode(mac.payload).target))
    assert home.stacks
    return found


def broadcast(home: Net, source: Eui64, target: ShortAddress) -> list[Transmission]:
    return home.nodes[source]._management.aps_octets(b"\x08\x00", target, "switch-key", home.now)


def test_what_is_for_all_devices_goes_to_each_child_that_sleeps_as_well() -> None:
    home = net(CHILD, OTHER, sleepers=[CHILD, OTHER])

    sent = broadcast(home, HUB, nwk.ALL_DEVICES)

    assert targets(home, sent) == [(0xFFFF, 0xFFFF), (CHILD, 0xFFFF), (OTHER, 0xFFFF)]
    assert [one.receiver for one in sent] == [None, CHILD, OTHER]


@pytest.mark.parametrize("target", [nwk.ALL_LISTENING, nwk.ALL_ROUTERS])
def test_what_is_for_those_who_listen_wakes_nobody(target: ShortAddress) -> None:
    home = home_with_a_child()

    assert targets(home, broadcast(home, HUB, target)) == [(0xFFFF, target)]


def test_a_router_repeats_it_to_its_own_children_and_not_to_the_one_that_sent_it() -> None:
    home = net(ROUTER, CHILD, OTHER, sleepers=[CHILD, OTHER], parents={CHILD: ROUTER})
    children(home, ROUTER).adopt(CHILD, SHORT, home.now, polls=True)
    children(home, ROUTER).adopt(OTHER, ShortAddress(OTHER), home.now, polls=True)

    (handed,) = broadcast(home, CHILD, nwk.ALL_DEVICES)
    assert handed.receiver == ROUTER
    home.send([handed])

    copies = [
        one.receiver
        for one in home.air
        if one.sender == ROUTER and one.frame_kind == "switch-key" and one.receiver is not None
    ]
    assert copies == [OTHER]
    home.advance(3)
    assert [one.receiver for one in home.air if one.sender == ROUTER].count(OTHER) == 1


def test_a_copy_that_its_child_does_not_acknowledge_is_no_broken_route() -> None:
    home = home_with_a_child()
    _, copy = broadcast(home, HUB, nwk.ALL_DEVICES)

    assert home.stacks[HUB].failed(copy, home.now) == []
    assert "route-request" not in home.kinds()


def home_with_two_parents() -> Net:
    """A child that sleeps below a router, and hears the hub as well."""
    return net(ROUTER, CHILD, sleepers=[CHILD], parents={CHILD: ROUTER})


def test_a_child_that_has_moved_to_another_parent_is_forgotten_by_the_one_before() -> None:
    home = home_with_two_parents()
    assert CHILD in children(home, ROUTER)
    home.cut(CHILD, ROUTER)

    home.send(home.nodes[CHILD].joiner.rejoin(Purpose.SECURED_REJOIN, home.now))
    home.advance(5)

    assert CHILD in children(home, HUB)
    assert CHILD not in children(home, ROUTER)
    assert home.changes(CHILD) == ["rejoined", "moved-away"]
    assert home.stacks[ROUTER].membership.sleeping_children == {}
    # It is told so like anybody else who polls and is no child.
    (told,) = commands(home, ROUTER, poll(home, CHILD, ROUTER))
    assert told == Leave(is_request=True, rejoin=True)


def test_a_child_that_comes_back_to_its_parent_stays_its_child() -> None:
    home = home_with_two_parents()
    home.cut(CHILD, HUB)

    home.send(home.nodes[CHILD].joiner.rejoin(Purpose.SECURED_REJOIN, home.now))
    home.advance(5)

    assert CHILD in children(home, ROUTER)
    assert "moved-away" not in home.changes()


def test_a_child_that_polls_under_the_address_it_had_is_told_of_the_new_one() -> None:
    home = home_with_a_child()
    home.nodes[HUB].parenting.move(CHILD, ShortAddress(0x1234))

    (told,) = commands(home, HUB, poll(home))
    again = poll(home)
    home.advance(2)
    sent = poll(home)
    home.send(sent)

    assert told == RejoinResponse(ShortAddress(0x1234), 0)
    assert again == [], "not twice within a second"
    assert home.stacks[CHILD].membership.short == 0x1234
    assert poll(home) == []
    home.packet(HUB, CHILD, b"found")
    assert home.payloads(CHILD) == [b"found"]

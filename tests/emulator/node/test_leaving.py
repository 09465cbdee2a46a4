"""Leaving and being put out while the power fails before, during or after the memory is written."""

from collections.abc import Callable

import pytest
from tests.emulator.node.net import HUB, Net, net

from hanbench.emulator.device import Packet, Transmission
from hanbench.emulator.fates import Commit, CommitFate, Moment, Phase, committed
from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.node.joining.leaving import FAREWELL_US
from hanbench.emulator.node.trust_centre.put_out import LEAVE_AGAIN_US, PUT_OUT_MAX, PutOut
from hanbench.emulator.nvm import Nvm, PowerCut
from hanbench.protocol.identifiers import Eui64

MEMBER, OTHER, NEW = Eui64(0xC2), Eui64(0xC3), Eui64(0xB1)
CUTS = [Commit.CUT_BEFORE, Commit.CUT_TORN, Commit.CUT_AFTER]
NOW = Instant(0)


def cutting(slot: str, cut: Commit, nth: int = 1) -> CommitFate:
    """Lose the power at the n-th commit of a slot."""
    passed: list[Moment] = []

    def fate(moment: Moment) -> Commit:
        assert moment.phase is Phase.COMMIT_MEMBERSHIP
        if moment.kind == slot:
            passed.append(moment)
            return cut if len(passed) == nth else Commit.DONE
        return Commit.DONE

    return fate


def attempt(home: Net, eui64: Eui64, do: Callable[[], list[Transmission]]) -> bool:
    """Do it as the runner does: who loses its power restarts, and says nothing. True: it did."""
    try:
        home.send(do())
    except PowerCut:
        home.stacks[eui64].restart(home.now)
        return True
    return False


def remove(home: Net, eui64: Eui64) -> bool:
    trust_centre = home.nodes[HUB].trust_centre
    assert trust_centre is not None
    return attempt(home, HUB, lambda: trust_centre.remove(eui64, home.now))


@pytest.mark.parametrize("cut", CUTS)
def test_what_a_device_remembers_of_its_leaving_is_true_after_a_power_cut(cut: Commit) -> None:
    home = net(MEMBER, commit=cutting("left", cut))

    assert attempt(home, MEMBER, lambda: home.nodes[MEMBER].leave(home.now))

    is_member = cut is Commit.CUT_BEFORE
    assert home.stacks[MEMBER].is_joined is is_member
    assert home.stacks[MEMBER].security.has_network_key is is_member
    # It had no time to tell anybody.
    assert home.air == []
    assert home.joined.of(MEMBER) is not None
    if is_member:
        home.packet(MEMBER, HUB, b"still here")
        assert home.payloads(HUB) == [b"still here"]
        assert not attempt(home, MEMBER, lambda: home.nodes[MEMBER].leave(home.now))
        assert home.joined.of(MEMBER) is None


def test_a_restart_later_on_still_goes_by_the_memory() -> None:
    home = net(MEMBER, commit=cutting("left", Commit.CUT_AFTER))
    attempt(home, MEMBER, lambda: home.nodes[MEMBER].leave(home.now))

    home.stacks[MEMBER].restart(home.now)

    assert not home.stacks[MEMBER].is_joined


def test_who_left_untold_joins_again_and_stays_joined_over_a_restart() -> None:
    home = net(newcomers=[NEW], commit=cutting("left", Commit.CUT_AFTER))
    home.admit(NEW)
    home.begin(NEW)
    home.advance(5)
    attempt(home, NEW, lambda: home.nodes[NEW].leave(home.now))
    assert not home.stacks[NEW].is_joined

    home.admit(NEW)
    home.begin(NEW)
    home.advance(5)
    home.stacks[NEW].restart(home.now)

    assert home.stacks[NEW].is_joined


def test_one_that_is_on_its_way_in_goes_on_after_a_restart() -> None:
    home = net(newcomers=[NEW])
    home.admit(NEW)
    home.loses = lambda one: one.frame_kind == "transport-key"
    home.begin(NEW)
    home.advance(2)
    home.loses = lambda _: False

    home.stacks[NEW].restart(home.now)
    home.advance(5)

    assert home.stacks[NEW].is_joined


@pytest.mark.parametrize("cut", CUTS)
def test_what_the_trust_centre_remembers_of_a_removal_is_true_after_a_power_cut(
    cut: Commit,
) -> None:
    home = net(MEMBER, commit=cutting("put-out", cut))

    assert remove(home, MEMBER)

    is_out = cut is Commit.CUT_AFTER
    assert home.stacks[MEMBER].is_joined, "nobody has told it"
    assert (home.joined.of(MEMBER) is None) is is_out
    home.packet(MEMBER, HUB, b"here")
    assert home.stacks[MEMBER].is_joined is not is_out
    if not is_out:
        assert not remove(home, MEMBER)
        assert not home.stacks[MEMBER].is_joined


def test_a_torn_list_forgets_nobody_who_was_put_out_before() -> None:
    home = net(MEMBER, OTHER, commit=cutting("put-out", Commit.CUT_TORN, nth=2))
    home.dark[MEMBER] = None
    assert not remove(home, MEMBER)
    assert remove(home, OTHER)
    assert home.joined.of(OTHER) is not None

    del home.dark[MEMBER]
    home.packet(MEMBER, HUB, b"I slept")
    home.packet(OTHER, HUB, b"and I stay")

    assert not home.stacks[MEMBER].is_joined
    assert home.stacks[OTHER].is_joined


def test_a_trust_centre_that_restarts_knows_whom_it_has_put_out() -> None:
    home = net(MEMBER)
    home.dark[MEMBER] = None
    remove(home, MEMBER)

    home.stacks[HUB].restart(home.now)
    del home.dark[MEMBER]
    home.packet(MEMBER, HUB, b"still here")

    assert not home.stacks[MEMBER].is_joined
    assert home.stacks[HUB].security.link_key(MEMBER) is None


def test_one_that_says_farewell_leaves_when_it_is_answered() -> None:
    home = net(MEMBER)
    node = home.nodes[MEMBER]
    node.leaving.farewell = lambda now: home.stacks[MEMBER].send(
        Packet(MEMBER, HUB, 0x0702, b"farewell"), now
    )

    home.send(node.leave(home.now))
    assert node.is_busy, "it listens for the answer"
    assert home.stacks[MEMBER].is_joined
    home.send(node.leaving.part(home.now))

    assert not home.stacks[MEMBER].is_joined
    assert not node.is_busy
    assert home.payloads(HUB) == [b"farewell"]
    assert home.joined.of(MEMBER) is None


def test_one_whose_farewell_nobody_answers_leaves_all_the_same() -> None:
    home = net(MEMBER)
    node = home.nodes[MEMBER]
    said: list[Instant] = []

    def farewell(now: Instant) -> list[Transmission]:
        said.append(now)
        return home.stacks[MEMBER].send(Packet(MEMBER, HUB, 0x0702, b"farewell"), now)

    node.leaving.farewell = farewell
    home.send(node.leave(home.now))

    home.advance(FAREWELL_US / SECOND_US - 1)
    assert home.stacks[MEMBER].is_joined
    home.advance(2)

    assert not home.stacks[MEMBER].is_joined
    assert len(said) == 1


def test_one_that_is_told_to_leave_says_no_farewell() -> None:
    home = net(MEMBER)
    home.nodes[MEMBER].leaving.farewell = lambda _: pytest.fail("it has no time for that")

    remove(home, MEMBER)

    assert not home.stacks[MEMBER].is_joined


def test_the_list_of_those_put_out_has_a_size_and_tells_whom_it_forgot() -> None:
    listed = PutOut(Nvm("hub", "home", committed))

    forgotten = [listed.add(Eui64(number), NOW) for number in range(PUT_OUT_MAX + 2)]

    assert forgotten == [None] * PUT_OUT_MAX + [Eui64(0), Eui64(1)]
    assert len(listed.listed) == PUT_OUT_MAX
    assert listed.add(Eui64(5), NOW) is None
    assert listed.listed[-1] == Eui64(5)
    assert listed.drop(Eui64(5))
    assert not listed.drop(Eui64(5))


def test_who_was_just_told_is_not_told_again_at_once() -> None:
    listed = PutOut(Nvm("hub", "home", committed))
    listed.add(MEMBER, NOW)
    assert listed.is_due(MEMBER, NOW)

    listed.told(MEMBER, NOW)

    assert not listed.is_due(MEMBER, after(NOW, LEAVE_AGAIN_US - 1))
    assert listed.is_due(MEMBER, after(NOW, LEAVE_AGAIN_US))

"""A display hears a newcomer announce itself, and is introduced to it if it is a meter."""

from dataclasses import dataclass

import pytest
from tests.emulator.meter_bench import POLICY
from tests.emulator.node.net import HUB, Net, net

from hanbench.emulator.displays.introduction import (
    ASK_AFTER_US,
    ASKS_MAX,
    METERS_MAX,
    NEWCOMERS_MAX,
    SPREAD_US,
    Introduction,
)
from hanbench.emulator.instant import SECOND_US
from hanbench.emulator.node.joining.joiner import Purpose
from hanbench.emulator.node.zdo.bindings import Binding
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import zcl, zcl_general, zdo
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.zcl_general import ReadAttributes
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

DISPLAY, METER, OTHER = Eui64(0xB1), Eui64(0xC1), Eui64(0xC2)
BEFORE_S = ASK_AFTER_US // SECOND_US - 1
TIME_S = (ASK_AFTER_US + SPREAD_US) // SECOND_US + 1


@dataclass
class Pair:
    """A home with a display that is introduced to newcomers."""

    home: Net
    introduction: Introduction

    def pass_by(self, seconds: int) -> None:
        for _ in range(seconds):
            self.home.advance(1)
            due = self.introduction.deadline
            if due is not None and due <= self.home.now:
                self.home.send(self.introduction.wake(self.home.now))

    @property
    def bindings(self) -> list[Binding]:
        return [*self.home.nodes[METER].server.bindings]

    @property
    def reads(self) -> int:
        """How often the meter was read."""
        read = ReadAttributes((0,))
        frames = map(zcl.decode, self.home.payloads(METER))
        return sum(zcl_general.decode(one) == read for one in frames)

    def shares_key(self) -> bool:
        stacks = self.home.stacks
        ours, theirs = stacks[DISPLAY].security, stacks[METER].security
        key = ours.link_key(METER)
        return key is not None and key == theirs.link_key(DISPLAY)


def pair(*members: Eui64, newcomers: tuple[Eui64, ...] = (METER,)) -> Pair:
    home = net(DISPLAY, *members, newcomers=newcomers, kinds={METER: "ESME"})
    introduction = Introduction(home.nodes[DISPLAY], ZclSender(DISPLAY, POLICY), HUB)
    return Pair(home, introduction)


def joins(one: Pair, device: Eui64) -> None:
    one.home.admit(device)
    one.home.begin(device)
    one.pass_by(BEFORE_S)


def test_a_meter_that_joins_later_reports_to_the_display_that_was_there_before() -> None:
    one = pair()
    joins(one, METER)
    assert not one.bindings
    assert one.introduction.deadline is not None

    one.pass_by(TIME_S)

    assert [binding.cluster for binding in one.bindings] == [
        ClusterId.METERING,
        ClusterId.PREPAYMENT,
        ClusterId.PRICE,
    ]
    assert {binding.target for binding in one.bindings} == {DISPLAY}
    assert one.shares_key()
    assert METER in one.introduction.bound
    assert one.introduction.deadline is None, "nothing is left to be asked"


def test_one_that_is_no_meter_is_asked_once() -> None:
    one = pair(newcomers=(OTHER,))
    joins(one, OTHER)
    one.home.air.clear()

    one.pass_by(5 * TIME_S)

    asked = [sent for sent in one.home.air if sent.sender == DISPLAY and sent.frame_kind == "zdo"]
    assert len(asked) == 1
    assert one.introduction.deadline is None


def test_one_that_does_not_answer_is_asked_a_few_times() -> None:
    one = pair()
    joins(one, METER)
    one.home.loses = lambda sent: sent.sender == METER and sent.frame_kind == "zdo"
    one.home.air.clear()

    one.pass_by(600)

    asked = [sent for sent in one.home.air if sent.sender == DISPLAY and sent.frame_kind == "zdo"]
    assert len(asked) == ASKS_MAX
    assert one.introduction.deadline is None


def test_a_meter_that_only_comes_back_is_read_under_the_key_that_is_shared() -> None:
    one = pair(METER, newcomers=())
    made = len(one.home.keys_made())
    one.home.send(one.home.nodes[METER].joiner.rejoin(Purpose.SECURED_REJOIN, one.home.now))
    one.pass_by(BEFORE_S)
    while not one.reads:
        one.pass_by(1)

    one.introduction.heard(METER)
    one.pass_by(TIME_S)

    assert len(one.home.keys_made()) == made
    assert not one.bindings, "its bindings are its own affair"
    assert one.introduction.deadline is None


def test_one_that_says_nothing_under_the_old_key_is_given_another() -> None:
    one = pair(METER, newcomers=())
    one.home.stacks[METER].security.forget_link_key(DISPLAY)
    one.home.send(one.home.nodes[METER].joiner.rejoin(Purpose.SECURED_REJOIN, one.home.now))

    one.pass_by(TIME_S + 20)

    assert one.shares_key()
    assert len(one.bindings) == 3
    assert METER in one.introduction.bound


@pytest.mark.parametrize("polls", [True, False])
def test_one_that_sleeps_is_not_asked(polls: bool) -> None:
    one = pair()

    one.introduction.announced(OTHER, one.home.now, polls=polls)

    assert (one.introduction.deadline is None) is polls


def test_who_announces_itself_is_remembered_by_a_bounded_number() -> None:
    one = pair()

    for number in range(5 * NEWCOMERS_MAX):
        one.introduction.announced(Eui64(0x1000 + number), one.home.now, polls=False)

    assert len(one.introduction._newcomers) == NEWCOMERS_MAX
    one.introduction.forget()
    assert one.introduction.deadline is None


def test_a_display_that_is_on_no_network_asks_nobody() -> None:
    one = pair()
    one.home.nodes[DISPLAY].reset(one.home.now)

    one.introduction.announced(METER, one.home.now, polls=False)

    assert one.introduction.deadline is None


def test_nobody_is_bound_to_the_hub() -> None:
    one = pair()
    one.introduction.announced(HUB, one.home.now, polls=False)

    one.pass_by(TIME_S)

    assert one.introduction.bound == {}


def test_so_many_meters_are_asked_for_reports_and_no_more() -> None:
    one = pair()
    matched = zdo.MatchDescriptorResponse(ZdoStatus.SUCCESS, ShortAddress(5), (1,))

    for number in range(3 * METERS_MAX):
        one.introduction.answered(Eui64(0x1000 + number), matched, one.home.now)

    assert len(one.introduction._endpoints) == METERS_MAX

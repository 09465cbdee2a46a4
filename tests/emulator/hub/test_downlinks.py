"""The ways down from a hub: made when a meter joins, gone when it leaves, told truthfully."""

from dataclasses import replace

import pytest
from tests.emulator.home_bench import CAD, ESME, GSME, HUB, KEYS, PPMID, HomeBench, home_bench
from tests.emulator.meter_bench import POLICY, S1SP

from hanbench.emulator.device import Output, Packet, Transmission, WanSend
from hanbench.emulator.events import AlertRaised, HanChanged, LogWritten, MirrorChanged
from hanbench.emulator.hub.comms_hub import CommsHub
from hanbench.emulator.hub.downlink import WAITING_MAX
from hanbench.emulator.hub.downlinks import NO_MIRROR, Downlinks
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.node.trust_centre.join_table import MemberKind
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol import wan
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import NoOp
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.wan import EnvelopeKind
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.clusters import metering
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.metering import (
    MirrorRemoved,
    RemoveMirror,
    RequestMirror,
    RequestMirrorResponse,
)
from hanbench.protocol.zigbee.clusters.prepayment import ConsumerTopUp, OriginatingDevice
from hanbench.protocol.zigbee.zcl import ZclStatus
from hanbench.protocol.zigbee.zcl_general import DefaultResponse

NOW = Instant(SECOND_US)
SECOND_METER = CAD
"""An address that the stack of the hub knows, for a gas meter in place of the CAD."""


class Hub:
    """A hub of which some members of the home are none, and what it was sent to say."""

    def __init__(self, *, without: Eui64) -> None:
        self.bench: HomeBench = home_bench()
        setup = self.bench.hub._setup
        members = tuple(one for one in setup.members if one.eui64 != without)
        self.hub = CommsHub("hub", HUB, setup=replace(setup, members=members))

    def admit(self, eui64: Eui64, kind: MemberKind, name: str = "late") -> None:
        self.hub.joined.join(name, eui64, kind, is_in_device_log=True)
        member = self.hub.joined.of(eui64)
        assert member is not None
        self.hub._downlinks.joined(member)

    def give(self, packet: Packet, now: Instant = NOW) -> list[Output]:
        sent = Transmission(packet.source, HUB, b"", packet.frame_kind, packet)
        return self.hub.receive(sent, now)

    def ask(
        self, source: Eui64, command: RequestMirror | RemoveMirror, *, is_secured: bool = True
    ) -> metering.Command | DefaultResponse:
        packet = ZclSender(source, POLICY).command(HUB, ClusterId.METERING, command, kind="mirror")
        (answer,) = packets(self.give(packet._replace(is_secured=is_secured)))
        frame = zcl.decode(answer.payload)
        assert frame.sequence == 1
        if frame.frame_type is zcl.FrameType.GENERAL:
            response = zcl_general.decode(frame)
            assert isinstance(response, DefaultResponse)
            return response
        return metering.COMMANDS.decode(frame)

    def instruct(self, target: Eui64, request_id: int = 1) -> tuple[int, list[Output]]:
        envelope = self.bench.envelope(target, NoOp(request_id))
        octets = wan.encode(envelope, KEYS.key(target, KeyUsage.TRANSPORT, S1SP))
        return envelope.message_id, self.hub.receive_wan(octets, NOW)

    def alerts(self) -> list[str]:
        return [one.text for one in self.bench.events if isinstance(one, AlertRaised)]

    def changes(self) -> list[str]:
        return [one.change for one in self.bench.events if isinstance(one, HanChanged)]

    def waiting(self) -> list[int]:
        return [] if self.hub.mirror is None else [h.message_id for h in self.hub.mirror.waiting]


def packets(outputs: list[Output]) -> list[Packet]:
    return [
        output.packet
        for output in outputs
        if isinstance(output, Transmission) and output.packet is not None
    ]


def with_late_gas() -> Hub:
    hub = Hub(without=GSME)
    hub.admit(GSME, MemberKind.GSME, "gsme")
    return hub


def test_a_gas_meter_that_has_joined_is_reached_once_it_has_asked_for_a_mirror() -> None:
    hub = with_late_gas()
    assert hub.instruct(GSME)[1] == []
    assert hub.waiting() == []
    assert any(
        isinstance(one, LogWritten) and "no meter takes this" in one.text
        for one in hub.bench.events
    )

    assert hub.ask(GSME, RequestMirror()) == RequestMirrorResponse(MIRROR_ENDPOINT)
    message_id, _ = hub.instruct(GSME)

    assert hub.waiting() == [message_id]
    assert hub.hub.has_pending(GSME, NOW)
    (segment,) = packets(hub.hub.polled(GSME, NOW))
    assert segment.target == GSME
    assert segment.cluster == ClusterId.TUNNELLING
    assert hub.changes() == ["mirror-opened"]


def test_a_meter_that_asks_once_more_keeps_its_mirror_and_what_waits_in_it() -> None:
    hub = with_late_gas()
    hub.ask(GSME, RequestMirror())
    message_id, _ = hub.instruct(GSME)

    assert hub.ask(GSME, RequestMirror()) == RequestMirrorResponse(MIRROR_ENDPOINT)
    assert hub.waiting() == [message_id]
    assert hub.changes() == ["mirror-opened"]


def test_when_the_mirror_is_taken_a_second_meter_is_told_that_there_is_none() -> None:
    hub = with_late_gas()
    hub.hub.joined.unjoin(SECOND_METER)
    hub.admit(SECOND_METER, MemberKind.GSME)
    hub.ask(GSME, RequestMirror())

    assert hub.ask(SECOND_METER, RequestMirror()) == RequestMirrorResponse(NO_MIRROR)
    assert hub.hub._downlinks.of(SECOND_METER) is None

    hub.ask(GSME, RemoveMirror())
    assert hub.ask(SECOND_METER, RequestMirror()) == RequestMirrorResponse(MIRROR_ENDPOINT)


@pytest.mark.parametrize("source", [PPMID, ESME])
def test_only_a_meter_that_sleeps_is_given_a_mirror(source: Eui64) -> None:
    hub = Hub(without=GSME)

    assert hub.ask(source, RequestMirror()) == RequestMirrorResponse(NO_MIRROR)
    assert hub.hub.mirror is None


def test_a_request_without_the_link_key_gets_no_mirror() -> None:
    hub = with_late_gas()

    answer = hub.ask(GSME, RequestMirror(), is_secured=False)

    assert answer == DefaultResponse(1, ZclStatus.FAILURE)
    assert hub.hub.mirror is None


def test_a_mirror_that_is_given_back_is_gone_with_its_readings_and_the_head_end_is_told() -> None:
    hub = with_late_gas()
    hub.ask(GSME, RequestMirror())
    clusters = hub.hub.han.clusters
    empty = dict(clusters.mirrored)
    report = hub.bench.gsme.reports.take(MIRROR_ENDPOINT, NOW)
    for packet in report:
        hub.give(packet)
    assert clusters.mirrored != empty
    typed = ConsumerTopUp(OriginatingDevice.IN_HOME_DISPLAY, b"1" * 20)
    hub.give(
        ZclSender(PPMID, POLICY).command(
            HUB, ClusterId.PREPAYMENT, typed, kind="top-up", endpoints=(1, MIRROR_ENDPOINT)
        )
    )
    message_id, _ = hub.instruct(GSME)
    assert len(hub.waiting()) == 2

    assert hub.ask(GSME, RemoveMirror()) == MirrorRemoved(MIRROR_ENDPOINT)

    assert hub.hub.mirror is None
    assert clusters.mirrored == empty
    assert hub.hub.deadline is not None
    told = hub.hub.wake(hub.hub.deadline)
    # The envelope is its head-end's; what a customer typed is nobody's to be told.
    assert len([one for one in told if isinstance(one, WanSend)]) == 1
    assert f"message {message_id}" in hub.alerts()[0]
    assert wan.decode(told[0].envelope).kind is EnvelopeKind.ALERT  # type: ignore[union-attr]
    assert hub.instruct(GSME)[1] == []
    removed = [one for one in hub.bench.events if isinstance(one, MirrorChanged)]
    assert [one.change for one in removed[-2:]] == ["removed", "removed"]
    assert hub.hub.wake(NOW) == [], "told once"


def test_a_mirror_that_nobody_has_cannot_be_given_back() -> None:
    hub = with_late_gas()

    assert hub.ask(GSME, RemoveMirror()) == DefaultResponse(2, ZclStatus.NOT_FOUND)


def test_a_gas_meter_that_has_left_takes_its_mirror_with_it() -> None:
    hub = with_late_gas()
    hub.ask(GSME, RequestMirror())
    hub.instruct(GSME)
    (segment,) = hub.hub.polled(GSME, NOW)
    assert isinstance(segment, Transmission)
    assert hub.hub.awaits(segment)

    hub.hub._gone(GSME, NOW)

    assert not hub.hub.awaits(segment)
    assert hub.hub.sent(segment, NOW, is_delivered=True) == []
    assert hub.hub.mirror is None
    assert hub.hub.deadline == NOW
    assert len(hub.hub.wake(NOW)) == 1


def test_an_electricity_meter_that_joins_later_is_reached_at_once() -> None:
    hub = Hub(without=ESME)
    assert hub.instruct(ESME)[1] == []

    hub.admit(ESME, MemberKind.ESME, "esme")
    (segment,) = packets(hub.instruct(ESME)[1])

    assert segment.target == ESME
    assert hub.changes() == []


def test_a_flood_for_a_meter_that_listens_is_dropped_and_said_and_the_first_ones_arrive() -> None:
    hub = Hub(without=CAD)
    sent: list[Output] = []

    for number in range(WAITING_MAX + 10):
        sent += hub.instruct(ESME, number + 1)[1]

    dropped = [
        one.text
        for one in hub.bench.events
        if isinstance(one, LogWritten) and "too many wait" in one.text
    ]
    assert len(dropped) == 9, "one is on the air, 64 wait"
    assert all(text.startswith("too many wait for esme: message ") for text in dropped)
    arrived = 0
    while sent:
        (transmission,) = (one for one in sent if isinstance(one, Transmission))
        arrived += 1
        sent = hub.hub.sent(transmission, NOW, is_delivered=True)
    assert arrived >= WAITING_MAX + 1
    assert hub.instruct(ESME, 500)[1] != [], "served as before"


def test_a_retry_for_a_meter_that_has_left_is_none() -> None:
    hub = Hub(without=ESME)
    hub.admit(ESME, MemberKind.ESME, "esme")
    _, (segment,) = hub.instruct(ESME)
    assert isinstance(segment, Transmission)
    assert hub.hub.sent(segment, NOW, is_delivered=False) == []
    retry_at = hub.hub.deadline
    assert retry_at is not None

    hub.hub._gone(ESME, NOW)

    assert hub.hub.wake(retry_at) == []
    assert hub.instruct(ESME)[1] == []


def test_a_meter_that_joins_again_is_known_already() -> None:
    hub = Hub(without=ESME)
    hub.admit(ESME, MemberKind.ESME, "esme")
    first = hub.hub._downlinks.of(ESME)

    hub.admit(ESME, MemberKind.ESME, "esme")

    assert hub.hub._downlinks.of(ESME) is first


def test_the_endpoint_of_the_mirror_comes_and_goes_with_it() -> None:
    held: list[int] = []
    hub = with_late_gas()
    setup = replace(hub.hub._downlinks._setup, mirrors_held=held.append)
    links = Downlinks(setup, hub.hub.joined)
    gas = hub.hub.joined.of(GSME)
    assert gas is not None
    links.gone(GSME, NOW)
    assert held[-1] == 0

    assert links.request_mirror(gas, NOW) == MIRROR_ENDPOINT
    links.request_mirror(gas, NOW)
    links.remove_mirror(GSME, NOW)

    assert held == [0, 1, 0, 1, 0]

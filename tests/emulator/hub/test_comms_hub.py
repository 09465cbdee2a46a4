"""The hub fed by hand: what its HAN may and may not make it do, and its alerts."""

from dataclasses import replace

import pytest
from tests.emulator.home_bench import (
    DISPLAY,
    ESME,
    GSME,
    HUB,
    IHD,
    KEYS,
    PPMID,
    Options,
    home_bench,
)
from tests.emulator.meter_bench import POLICY, S1SP, model

from hanbench.emulator.device import Output, Packet, Transmission, WanSend
from hanbench.emulator.events import AlertRaised, Event
from hanbench.emulator.fates import Cause, Leg
from hanbench.emulator.hub.comms_hub import CommsHub, mirror_parameters
from hanbench.emulator.hub.wan_side import NOT_RETRIEVED, HubWan, WanSetup
from hanbench.emulator.instant import DAY_US, MINUTE_US, SECOND_US, Instant
from hanbench.emulator.model import Memory, OfferOrder
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.zcl.tunnel_server import CARRIED, CLOSE_TIMEOUT_S
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol import tunnel_segments, wan
from hanbench.protocol.errors import MissingKeyError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import NoOp
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.wan import Envelope, EnvelopeKind
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.clusters import tunnelling
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.prepayment import (
    ConsumerTopUp,
    ConsumerTopUpResponse,
    OriginatingDevice,
    SetLowCreditWarning,
    TopUpResult,
)
from hanbench.protocol.zigbee.clusters.tunnelling import (
    RequestTunnel,
    RequestTunnelResponse,
    TransferErrorToClient,
    TransferStatus,
    TransferToClient,
    TransferToServer,
    TunnelClosed,
    TunnelStatus,
)
from hanbench.protocol.zigbee.zcl import Direction, ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    Attribute,
    DefaultResponse,
    ReadAttributes,
    ReadAttributesResponse,
    ReportAttributes,
)

ANSWER = wan.encode(
    Envelope(
        kind=EnvelopeKind.ANSWER,
        originator=GSME,
        target=S1SP,
        message_id=7,
        originator_counter=1,
        payload=b"answer" * 10,
    ),
    KEYS.key(GSME, KeyUsage.TRANSPORT, S1SP),
)
CODE = ConsumerTopUp(OriginatingDevice.IN_HOME_DISPLAY, b"1" * 20)
METERED = ReportAttributes((Attribute(0, AttributeValue(DataType.UINT48, 5)),))


def give(hub: CommsHub, packet: Packet, now: int = 0) -> list[Output]:
    carried = Transmission(
        sender=packet.source, receiver=HUB, frame=b"", frame_kind=packet.frame_kind, packet=packet
    )
    return hub.receive(carried, Instant(now))


def packets(outputs: list[Output]) -> list[Packet]:
    return [
        output.packet
        for output in outputs
        if isinstance(output, Transmission) and output.packet is not None
    ]


def tunnelled(
    source: Eui64, octets: bytes = ANSWER, *, to_server: bool = False, tunnel: int = 1
) -> list[Packet]:
    kind = TransferToServer if to_server else TransferToClient
    sender = ZclSender(source, POLICY)
    return [
        sender.command(HUB, ClusterId.TUNNELLING, kind(tunnel, part), kind="tunnel")
        for part in tunnel_segments.segment(octets)
    ]


REQUEST = RequestTunnel(protocol=CARRIED.protocol, manufacturer=CARRIED.manufacturer)


def typed(source: Eui64 = PPMID, endpoint: int = MIRROR_ENDPOINT) -> Packet:
    return ZclSender(source, POLICY).command(
        HUB, ClusterId.PREPAYMENT, CODE, kind="top-up", endpoints=(1, endpoint)
    )


def refusal(outputs: list[Output]) -> ZclStatus:
    (packet,) = packets(outputs)
    response = zcl_general.decode(zcl.decode(packet.payload))
    assert isinstance(response, DefaultResponse)
    return response.status


# The tunnel up


def test_a_meters_answer_goes_up_unchanged_with_its_cause() -> None:
    hub = home_bench().hub
    outputs = [out for packet in tunnelled(GSME) for out in give(hub, packet)]
    assert outputs == [WanSend(ANSWER, Cause("gsme", 7, Leg.REPLY))]


def asked_for_tunnel(hub: CommsHub, source: Eui64) -> tunnelling.Command:
    request = ZclSender(source, POLICY).command(HUB, ClusterId.TUNNELLING, REQUEST, kind="tunnel")
    (answer,) = packets(give(hub, request))
    command: tunnelling.Command = tunnelling.COMMANDS.decode(zcl.decode(answer.payload))
    return command


def test_a_meter_may_send_through_a_tunnel_that_it_asked_the_hub_for() -> None:
    hub = home_bench().hub
    given = asked_for_tunnel(hub, GSME)
    assert given == RequestTunnelResponse(2, TunnelStatus.SUCCESS)
    outputs = [
        out for packet in tunnelled(GSME, to_server=True, tunnel=2) for out in give(hub, packet)
    ]
    assert outputs == [WanSend(ANSWER, Cause("gsme", 7, Leg.REPLY))]


@pytest.mark.parametrize(
    ("source", "tunnel", "status"),
    [(GSME, 3, TransferStatus.NO_SUCH_TUNNEL), (ESME, 2, TransferStatus.WRONG_DEVICE)],
)
def test_what_comes_through_a_tunnel_of_nobody_or_of_another_is_an_error(
    source: Eui64, tunnel: int, status: TransferStatus
) -> None:
    hub = home_bench().hub
    asked_for_tunnel(hub, GSME)
    sent = tunnelled(source, to_server=True, tunnel=tunnel)
    (refused,) = packets(give(hub, sent[0]))
    told = tunnelling.COMMANDS.decode(zcl.decode(refused.payload))
    assert told == TransferErrorToClient(tunnel, status)


def test_the_hub_tells_the_client_that_its_tunnel_has_timed_out() -> None:
    hub = home_bench().hub
    asked_for_tunnel(hub, PPMID)
    assert hub.deadline == CLOSE_TIMEOUT_S * SECOND_US
    (closed,) = packets(hub.wake(Instant(CLOSE_TIMEOUT_S * SECOND_US)))
    assert closed.target == PPMID
    assert tunnelling.COMMANDS.decode(zcl.decode(closed.payload)) == TunnelClosed(2)


def test_the_close_tunnel_timeout_can_be_read_from_the_hub() -> None:
    read = ZclSender(PPMID, POLICY).general(
        HUB,
        ClusterId.TUNNELLING,
        ReadAttributes((0,)),
        direction=Direction.CLIENT_TO_SERVER,
        kind="read",
    )
    (answer,) = packets(give(home_bench().hub, read))
    found = zcl_general.decode(zcl.decode(answer.payload))
    assert isinstance(found, ReadAttributesResponse)
    (result,) = found.results
    assert result.typed == AttributeValue(DataType.UINT16, CLOSE_TIMEOUT_S)


@pytest.mark.parametrize("source", [PPMID, DISPLAY, Eui64(0xBAD)])
def test_only_meters_may_send_through_the_tunnel(source: Eui64) -> None:
    hub = home_bench().hub
    assert [out for packet in tunnelled(source) for out in give(hub, packet)] == []


def test_the_segments_of_two_meters_are_not_mixed_up() -> None:
    hub = home_bench().hub
    outputs: list[Output] = []
    for from_gas, from_electricity in zip(tunnelled(GSME), tunnelled(ESME), strict=True):
        outputs += give(hub, from_gas) + give(hub, from_electricity)
    assert [out.envelope for out in outputs if isinstance(out, WanSend)] == [ANSWER, ANSWER]


def test_a_frame_without_the_link_key_is_not_used() -> None:
    hub = home_bench().hub
    for packet in tunnelled(GSME):
        bare = Packet(
            source=GSME,
            target=HUB,
            cluster=packet.cluster,
            payload=packet.payload,
            is_secured=False,
        )
        [refusal] = give(hub, bare)
        assert isinstance(refusal, Transmission)
        assert refusal.frame_kind == "refusal"
        assert refusal.receiver == GSME


def test_what_is_no_segment_or_no_envelope_goes_nowhere() -> None:
    hub = home_bench().hub
    sender = ZclSender(GSME, POLICY)
    frames = [tunnelling.COMMANDS.encode(TransferToClient(1, b"\x00"), sequence=1)]
    bad = [sender.frame(HUB, ClusterId.TUNNELLING, frame, kind="tunnel") for frame in frames]
    for packet in [*bad, *tunnelled(GSME, b"no envelope")]:
        assert give(hub, packet) == []


def test_a_restart_forgets_a_half_received_answer() -> None:
    hub = home_bench().hub
    first, *rest = tunnelled(GSME)
    give(hub, first)
    hub.restart(Instant(1), "power cut")
    assert [out for packet in rest for out in give(hub, packet)] == []


# Displays and mirrored gas


def test_a_gas_report_is_handed_on_to_every_display_of_the_join_table() -> None:
    hub = home_bench().hub
    report = ZclSender(GSME, POLICY).general(
        HUB, ClusterId.METERING, METERED, direction=Direction.SERVER_TO_CLIENT, kind="report"
    )
    sent = packets(give(hub, report))
    assert [packet.target for packet in sent][:2] == [PPMID, IHD]
    assert {packet.source_endpoint for packet in sent} == {MIRROR_ENDPOINT}
    assert DISPLAY in [packet.target for packet in sent], "nobody's display is served too"


def test_reports_of_others_are_not_mirrored() -> None:
    hub = home_bench().hub
    report = ZclSender(PPMID, POLICY).general(
        HUB, ClusterId.METERING, METERED, direction=Direction.SERVER_TO_CLIENT, kind="report"
    )
    assert give(hub, report) == []
    credited = ZclSender(ESME, POLICY).general(
        HUB, ClusterId.PREPAYMENT, METERED, direction=Direction.SERVER_TO_CLIENT, kind="report"
    )
    assert give(hub, credited) == []


def test_what_the_gas_meter_says_that_is_no_report_is_not_handed_on() -> None:
    hub = home_bench().hub
    for cluster in (ClusterId.METERING, ClusterId.PREPAYMENT):
        unasked = ZclSender(GSME, POLICY).general(
            HUB,
            cluster,
            DefaultResponse(0, ZclStatus.SUCCESS),
            direction=Direction.SERVER_TO_CLIENT,
            kind="x",
        )
        assert give(hub, unasked) == []


def test_a_read_is_answered_where_it_came_from() -> None:
    hub = home_bench().hub
    asked = ZclSender(GSME, POLICY).general(
        HUB,
        ClusterId.TIME,
        ReadAttributes((0,)),
        direction=Direction.CLIENT_TO_SERVER,
        kind="read",
        endpoints=(3, 1),
    )
    (response,) = packets(give(hub, asked))
    assert (response.target, response.source_endpoint, response.target_endpoint) == (GSME, 1, 3)


# Top-ups for the gas meter


def test_a_code_for_the_mirror_is_kept_and_its_result_goes_to_who_typed_it() -> None:
    hub = home_bench().hub
    assert give(hub, typed()) == []
    assert hub.face() == ("1 waiting in the gas mirror",)
    (handed_out,) = packets(hub.polled(GSME, Instant(1)))
    asked = zcl.decode(handed_out.payload)
    result = ConsumerTopUpResponse(
        TopUpResult.ACCEPTED, 1000, OriginatingDevice.IN_HOME_DISPLAY, 1500
    )
    reply = ZclSender(GSME, POLICY)
    answer = zcl.decode(reply.command(HUB, ClusterId.PREPAYMENT, result, kind="x").payload)
    same_sequence = type(answer)(
        frame_type=answer.frame_type,
        direction=answer.direction,
        sequence=asked.sequence,
        command_id=answer.command_id,
        payload=answer.payload,
    )
    back = reply.frame(HUB, ClusterId.PREPAYMENT, same_sequence, kind="x")
    (shown,) = packets(give(hub, back))
    assert (shown.target, shown.source_endpoint) == (PPMID, MIRROR_ENDPOINT)
    assert give(hub, back) == [], "and only once"


def test_a_full_mirror_tells_the_display_so() -> None:
    hub = home_bench(Options(capacity=1)).hub
    give(hub, typed())
    assert refusal(give(hub, typed())) is ZclStatus.INSUFFICIENT_SPACE


def test_the_hub_takes_no_codes_on_its_own_endpoint_and_no_other_prepayment_commands() -> None:
    hub = home_bench().hub
    assert refusal(give(hub, typed(endpoint=1))) is ZclStatus.UNSUPPORTED_CLUSTER_COMMAND
    other = ZclSender(PPMID, POLICY).command(
        HUB,
        ClusterId.PREPAYMENT,
        SetLowCreditWarning(100),
        kind="x",
        endpoints=(1, MIRROR_ENDPOINT),
    )
    assert refusal(give(hub, other)) is ZclStatus.UNSUPPORTED_CLUSTER_COMMAND


@pytest.mark.parametrize(
    ("payload", "is_answered"),
    [(b"", False), (b"\x01\x01\x04\x02\xff", True), (b"\x00\x01\x0b\x04\x00", False)],
    ids=["nothing", "cut short", "a default response"],
)
def test_malformed_prepayment_frames_are_refused_or_ignored(
    payload: bytes, is_answered: bool
) -> None:
    hub = home_bench().hub
    packet = Packet(
        source=PPMID,
        target=HUB,
        cluster=ClusterId.PREPAYMENT,
        payload=payload,
        target_endpoint=MIRROR_ENDPOINT,
    )
    outputs = give(hub, packet)
    assert bool(outputs) is is_answered
    if is_answered:
        assert refusal(outputs) is ZclStatus.MALFORMED_COMMAND


def test_a_code_that_the_gas_meter_never_fetched_expires_with_an_alert() -> None:
    bench = home_bench(Options(expiry_us=MINUTE_US))
    bench.hub.put_in_charge(S1SP)
    give(bench.hub, typed())
    outputs = bench.hub.wake(Instant(MINUTE_US))
    (alert,) = (out for out in outputs if isinstance(out, WanSend))
    assert wan.decode(alert.envelope).target == S1SP
    assert [e.code for e in bench.events if isinstance(e, AlertRaised)] == ["819D"]


# Polls


def test_a_poll_hands_out_one_frame_and_nothing_more_until_its_fate_is_known() -> None:
    bench = home_bench()
    bench.instruct(GSME, NoOp(1))
    bench.run_to(MINUTE_US)
    hub, now = bench.hub, Instant(MINUTE_US)
    assert hub.has_pending(GSME, now)
    (first,) = hub.polled(GSME, now)
    assert isinstance(first, Transmission)
    assert hub.awaits(first)
    assert hub.polled(GSME, now) == []
    assert hub.sent(first, now, is_delivered=False) == []
    (again,) = hub.polled(GSME, now)
    assert isinstance(again, Transmission)
    assert packets([first])[0].payload[3:] == packets([again])[0].payload[3:]
    hub.sent(again, now, is_delivered=True)
    (second,) = hub.polled(GSME, now)
    assert packets([second])[0].payload[3:] != packets([first])[0].payload[3:]


def test_strangers_and_others_who_poll_get_nothing() -> None:
    bench = home_bench()
    bench.instruct(GSME, NoOp(1))
    bench.run_to(MINUTE_US)
    for child in (PPMID, Eui64(0xBAD)):
        assert not bench.hub.has_pending(child, bench.runner.now)
        assert bench.hub.polled(child, bench.runner.now) == []


def test_a_report_about_a_frame_from_before_a_restart_is_ignored() -> None:
    bench = home_bench()
    bench.instruct(GSME, NoOp(1))
    bench.run_to(MINUTE_US)
    hub, now = bench.hub, Instant(MINUTE_US)
    (before,) = hub.polled(GSME, now)
    assert isinstance(before, Transmission)
    hub.restart(now, "power cut")
    assert hub.sent(before, now, is_delivered=True) == []
    assert len(hub.polled(GSME, now)) == 1


def test_what_expires_between_two_segments_is_not_finished() -> None:
    bench = home_bench(Options(expiry_us=MINUTE_US))
    bench.instruct(GSME, NoOp(1))
    bench.run_to(30 * SECOND_US)
    hub, now = bench.hub, Instant(30 * SECOND_US)
    (first,) = hub.polled(GSME, now)
    assert isinstance(first, Transmission)
    hub.sent(first, now, is_delivered=True)
    hub.wake(Instant(2 * MINUTE_US))
    assert hub.polled(GSME, Instant(2 * MINUTE_US)) == []


def test_a_second_envelope_waits_until_the_first_is_through() -> None:
    bench = home_bench()
    first, second = (
        wan.encode(bench.envelope(ESME, NoOp(number)), KEYS.key(ESME, KeyUsage.TRANSPORT, S1SP))
        for number in (1, 2)
    )
    hub, now = bench.hub, Instant(0)
    (on_air,) = hub.receive_wan(first, now)
    assert hub.receive_wan(second, now) == [], "one segment is on the air already"
    heard: list[Output] = [on_air]
    while heard and isinstance(heard[-1], Transmission) and len(heard) < 20:
        heard += hub.sent(heard[-1], now, is_delivered=True) or [WanSend(b"end")]
    assert len(packets(heard)) == 2 * len(tunnel_segments.segment(first))


# Setups


def test_the_parameters_of_the_mirror_come_from_the_model() -> None:
    profile = model("skyline-i-510", {"hub.mirror_order": "LIFO", "hub.mirror_expiry": "2d"})
    assert profile.hub is not None
    parameters = mirror_parameters(profile.hub)
    assert (parameters.order, parameters.expiry_us) == (OfferOrder.LIFO, 2 * DAY_US)
    assert parameters.memory is Memory.KEPT


class NoKeys:
    """A key store with nothing in it."""

    def key(self, eui64: Eui64, usage: KeyUsage, peer: Eui64 = Eui64(0)) -> Key:  # noqa: B008
        raise MissingKeyError(f"{eui64} {usage} {peer}")


def test_an_alert_without_a_key_is_still_recorded_and_long_texts_are_cut() -> None:
    events: list[Event] = []
    side = HubWan(
        WanSetup(
            name="hub",
            eui64=HUB,
            installation="home-1",
            keys=NoKeys(),
            head_ends=(S1SP,),
            record=events.append,
        )
    )
    assert side.alert(NOT_RETRIEVED, "x" * 400, S1SP, Instant(0)) == []
    (raised,) = events
    assert isinstance(raised, AlertRaised)
    assert len(raised.text) == 255
    assert side.alert(0x8F12, "", S1SP, Instant(0)) == []


def test_a_home_without_a_gas_meter_has_no_mirror() -> None:
    bench = home_bench()
    setup = bench.hub._setup
    members = tuple(one for one in setup.members if one.eui64 != GSME)
    hub = CommsHub("hub", HUB, setup=replace(setup, members=members))
    assert hub.mirror is None
    assert hub.face() == ("0 waiting in the gas mirror",)
    assert hub.deadline is None
    hub.restart(Instant(1), "power cut")
    assert refusal(give(hub, typed())) is ZclStatus.UNSUPPORTED_CLUSTER_COMMAND

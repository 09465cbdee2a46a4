"""Displays, the CAD, the PPMID and the repeater, fed by hand; and the hub's own clusters."""

import pytest
from tests.emulator.home_bench import (
    CAD,
    DISPLAY,
    ESME,
    GSME,
    HUB,
    IHD,
    NAMES,
    PPMID,
    REPEATER,
    neighbourhood_of,
)
from tests.emulator.meter_bench import POLICY

from hanbench.emulator.device import BROADCAST, Device, Output, Packet, Transmission
from hanbench.emulator.displays.cad import Cad
from hanbench.emulator.displays.display import DisplaySetup
from hanbench.emulator.displays.ihd import Ihd
from hanbench.emulator.displays.ppmid import Ppmid, Waiting
from hanbench.emulator.displays.readings import pounds
from hanbench.emulator.displays.third_party import ThirdPartyDisplay
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.hub.clusters import HubClusters
from hanbench.emulator.hub.downlink import Downlink
from hanbench.emulator.instant import SECOND_US, START, Instant
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.node.stack import PlainStack
from hanbench.emulator.node.trust_centre.join_table import Member, MemberKind
from hanbench.emulator.repeater import Repeater
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.clusters import basic, keep_alive
from hanbench.protocol.zigbee.clusters import time as time_cluster
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.metering_attributes import AttributeId as Meter
from hanbench.protocol.zigbee.clusters.metering_attributes import MeteringDeviceType
from hanbench.protocol.zigbee.clusters.prepayment_attributes import AttributeId as Credit
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    Attribute,
    DefaultResponse,
    ReadAttributes,
    ReadAttributesResponse,
    ReadResult,
    ReportAttributes,
)

NEIGHBOURHOOD = neighbourhood_of(has_repeater=True, sleepers=(GSME,))


def setup(me: Eui64, **changes: object) -> DisplaySetup:
    given = {
        "stack": PlainStack(me, NEIGHBOURHOOD),
        "hub": HUB,
        "esme": ESME,
        "policy": POLICY,
        **changes,
    }
    return DisplaySetup(**given)  # type: ignore[arg-type]


def report(*values: tuple[int, DataType, int]) -> ReportAttributes:
    return ReportAttributes(
        tuple(Attribute(number, AttributeValue(kind, value)) for number, kind, value in values)
    )


METERED = report(
    (Meter.CURRENT_SUMMATION_DELIVERED, DataType.UINT48, 12345),
    (Meter.SUPPLY_STATUS, DataType.ENUM8, 2),
)
CREDITED = report((Credit.CREDIT_REMAINING, DataType.INT32, -150))


def feed(
    device: Device,
    command: zcl_general.GeneralCommand,
    *,
    source: Eui64 = ESME,
    cluster: int = ClusterId.METERING,
    endpoint: int = 1,
    now: int = 1000,
) -> list[Output]:
    packet = ZclSender(source, POLICY).general(
        device.eui64,
        cluster,
        command,
        direction=Direction.SERVER_TO_CLIENT,
        kind="report",
        endpoints=(endpoint, 1),
    )
    return device.receive(carried(packet), Instant(now))


def carried(packet: Packet) -> Transmission:
    return Transmission(
        sender=packet.source,
        receiver=packet.target,
        frame=b"",
        frame_kind=packet.frame_kind,
        packet=packet,
    )


def packet_of(output: Output) -> Packet:
    assert isinstance(output, Transmission)
    assert output.packet is not None
    return output.packet


def test_a_reading_without_the_link_key_is_refused_and_not_shown() -> None:
    display = Ihd("ihd", IHD, setup=setup(IHD))
    packet = ZclSender(ESME, POLICY).general(
        IHD, ClusterId.METERING, METERED, direction=Direction.SERVER_TO_CLIENT, kind="report"
    )

    sent = display.receive(carried(packet._replace(is_secured=False)), Instant(1))

    (refusal,) = map(packet_of, sent)
    assert display.face() == ("waiting for meter",)
    assert not refusal.is_secured
    answer = zcl_general.decode(zcl.decode(refusal.payload))
    assert answer == DefaultResponse(0x0A, ZclStatus.FAILURE)
    # The refusal of a refusal would go on for ever.
    assert not display.receive(carried(refusal._replace(source=ESME, target=IHD)), Instant(2))


def test_an_ihd_shows_what_it_is_told_and_forgets_it_without_power() -> None:
    ihd = Ihd("ihd", IHD, setup=setup(IHD))
    assert ihd.face() == ("waiting for meter",)
    feed(ihd, METERED)
    feed(ihd, CREDITED, cluster=ClusterId.PREPAYMENT)
    assert ihd.face() == ("electricity  12.345 kWh  credit -£1.50  supply ON",)
    reading = ihd.reading(Fuel.ELECTRICITY)
    assert reading is not None
    assert reading.updated_at == 1000
    ihd.restart(Instant(2000), "power cut")
    assert ihd.reading(Fuel.ELECTRICITY) is None


def test_gas_is_what_comes_from_the_mirror_endpoint_of_the_hub_and_from_nowhere_else() -> None:
    display = ThirdPartyDisplay("display", DISPLAY, setup=setup(DISPLAY))
    feed(display, METERED, source=HUB)
    feed(display, METERED, source=GSME)
    assert display.face() == ("no data",)
    assert (display.reports_received, display.last_served_at) == (0, None)
    feed(display, METERED, source=HUB, endpoint=MIRROR_ENDPOINT)
    assert display.face() == (
        "gas  12.345 m3  supply ON",
        "last data at 00:00:00.001000",
    )
    assert display.reports_received == 1


def test_a_supply_word_that_is_not_known_is_shown_as_such() -> None:
    ihd = Ihd("ihd", IHD, setup=setup(IHD))
    feed(ihd, report((Meter.SUPPLY_STATUS, DataType.ENUM8, 9)))
    assert ihd.face() == ("electricity  supply ?",)


@pytest.mark.parametrize("payload", [b"", b"\x00", b"\x18\x01\x0a\xff", b"\x03\x01\x77"])
def test_noise_changes_nothing_on_any_display(payload: bytes) -> None:
    for device in (
        Ihd("ihd", IHD, setup=setup(IHD)),
        Cad("cad", IHD, setup=setup(IHD)),
        Ppmid("ppmid", IHD, setup=setup(IHD)),
        ThirdPartyDisplay("display", IHD, setup=setup(IHD)),
    ):
        before = device.face()
        for cluster in (ClusterId.METERING, ClusterId.PREPAYMENT):
            packet = Packet(source=ESME, target=IHD, cluster=cluster, payload=payload)
            assert device.receive(carried(packet), Instant(1)) == []
        assert device.face() == before


def test_a_cad_reads_the_meter_at_its_interval_and_publishes_the_latest_reading() -> None:
    cad = Cad("cad", CAD, setup=setup(CAD, reads_interval_us=10 * SECOND_US))
    assert cad.deadline == 0
    outputs = cad.wake(Instant(0))
    assert [packet_of(one).cluster for one in outputs] == [ClusterId.METERING]
    assert cad.deadline == 10 * SECOND_US
    assert cad.latest_reading is None
    assert cad.face() == ("no readings",)
    found = ReadResult(
        Meter.CURRENT_SUMMATION_DELIVERED, ZclStatus.SUCCESS, AttributeValue(DataType.UINT48, 77)
    )
    missing = ReadResult(Meter.INSTANTANEOUS_DEMAND, ZclStatus.UNSUPPORTED_ATTRIBUTE)
    feed(cad, ReadAttributesResponse((found, missing)))
    assert cad.latest_reading is not None
    assert (cad.latest_reading.register, cad.latest_reading.demand) == (77, None)
    assert cad.face()[-1] == "last reading at 00:00:00.001000"
    cad.restart(Instant(SECOND_US), "power cut")
    assert cad.latest_reading is None
    assert cad.deadline == SECOND_US


def test_a_cad_without_an_electricity_meter_has_nothing_to_read() -> None:
    cad = Cad("cad", CAD, setup=setup(CAD, esme=None, reads_interval_us=SECOND_US))
    assert cad.wake(Instant(0)) == []


def test_a_display_that_is_on_its_own_rhythm_wakes_and_restarts_with_it() -> None:
    kinds = (
        Ihd("ihd", IHD, setup=setup(IHD, reads_interval_us=SECOND_US, first_at=Instant(7))),
        ThirdPartyDisplay(
            "display", IHD, setup=setup(IHD, reads_interval_us=SECOND_US, first_at=Instant(7))
        ),
        Ppmid("ppmid", IHD, setup=setup(IHD, reads_interval_us=SECOND_US, first_at=Instant(7))),
    )
    for device in kinds:
        assert device.deadline == 7
        assert len(device.wake(Instant(7))) == 1
        assert device.deadline == 7 + SECOND_US
        assert device.restart(Instant(50), "power cut") == []
        assert device.deadline == 50


# The PPMID's keypad


def ppmid(**changes: object) -> Ppmid:
    return Ppmid("ppmid", PPMID, setup=setup(PPMID, **changes))


def test_a_code_for_the_gas_meter_goes_to_the_mirror_of_the_hub() -> None:
    (output,) = ppmid().enter_code("1" * 20, START, Fuel.GAS)
    packet = packet_of(output)
    assert (packet.target, packet.target_endpoint) == (HUB, MIRROR_ENDPOINT)
    assert packet.is_secured


@pytest.mark.parametrize("typed", ["12a4", "", "1" * 61, "\uff11\uff12"])
def test_what_are_no_digits_is_refused_on_the_spot(typed: str) -> None:
    device = ppmid()
    assert device.enter_code(typed, START) == []
    assert device.face() == ("electricity top-up: incorrect",)


def test_a_ppmid_without_a_meter_or_without_a_screen_says_so() -> None:
    device = ppmid(esme=None)
    assert device.enter_code("1" * 20, START) == []
    assert device.top_up[Fuel.ELECTRICITY] is Waiting.NO_METER
    device = ppmid(takes_codes=False)
    assert device.select_emergency_credit(START) == []
    assert device.emergency[Fuel.ELECTRICITY] is Waiting.NO_SCREEN


@pytest.mark.parametrize(
    ("command_id", "status", "face"),
    [
        (0x04, ZclStatus.INSUFFICIENT_SPACE, "electricity top-up: refused"),
        (0x00, ZclStatus.FAILURE, "electricity emergency credit: refused"),
        (0x00, ZclStatus.SUCCESS, "electricity emergency credit: accepted"),
    ],
)
def test_default_responses_are_shown(command_id: int, status: ZclStatus, face: str) -> None:
    device = ppmid()
    feed(device, DefaultResponse(command_id, status), cluster=ClusterId.PREPAYMENT)
    assert device.face() == (face,)
    device.restart(Instant(1), "power cut")
    assert device.face() == ("waiting for meter",)


def test_default_responses_about_anything_else_or_from_strangers_are_ignored() -> None:
    device = ppmid()
    feed(device, DefaultResponse(0x77, ZclStatus.FAILURE), cluster=ClusterId.PREPAYMENT)
    feed(device, DefaultResponse(0, ZclStatus.SUCCESS), source=GSME, cluster=ClusterId.PREPAYMENT)
    assert device.face() == ("waiting for meter",)


def test_pence_are_printed_as_pounds() -> None:
    assert [pounds(it) for it in (0, 5, 1234, -150)] == ["£0.00", "£0.05", "£12.34", "-£1.50"]


# The repeater


def broadcast_or(target: Eui64) -> Transmission:
    return carried(Packet(source=HUB, target=target, cluster=0, payload=b"x"))


def test_a_repeater_relays_after_its_delay_and_keeps_nothing_over_a_restart() -> None:
    repeater = Repeater(
        "repeater", REPEATER, stack=PlainStack(REPEATER, NEIGHBOURHOOD), forward_delay_us=2000
    )
    assert repeater.deadline is None
    assert repeater.receive(broadcast_or(GSME), Instant(10)) == []
    assert repeater.deadline == 2010
    (relayed,) = repeater.wake(Instant(2010))
    assert isinstance(relayed, Transmission)
    assert (relayed.sender, relayed.receiver) == (REPEATER, GSME)
    assert repeater.face() == ("on, 1 frames relayed",)
    repeater.receive(broadcast_or(GSME), Instant(3000))
    repeater.restart(Instant(3001), "power cut")
    assert repeater.deadline is None


def test_a_repeater_without_a_delay_relays_at_once() -> None:
    repeater = Repeater("repeater", REPEATER, stack=PlainStack(REPEATER, NEIGHBOURHOOD))
    assert len(repeater.receive(broadcast_or(GSME), Instant(10))) == 1
    assert repeater.receive(broadcast_or(BROADCAST), Instant(11)) != []


def test_a_repeater_sends_link_status_only_where_it_is_asked_to() -> None:
    silent = Repeater("repeater", REPEATER, stack=PlainStack(REPEATER, NEIGHBOURHOOD))
    assert silent.deadline is None
    chatty = Repeater(
        "repeater",
        REPEATER,
        stack=PlainStack(REPEATER, NEIGHBOURHOOD),
        link_status_interval_us=15 * SECOND_US,
    )
    assert chatty.deadline == 15 * SECOND_US
    chatty.wake(Instant(15 * SECOND_US))
    assert chatty.deadline == 30 * SECOND_US


# What the hub serves


def read(cluster: int, *ids: int, endpoint: int = 1) -> Packet:
    return ZclSender(PPMID, POLICY).general(
        HUB,
        cluster,
        ReadAttributes(ids),
        direction=Direction.CLIENT_TO_SERVER,
        kind="read",
        endpoints=(1, endpoint),
    )


def results(frame: ZclFrame | None) -> dict[int, object]:
    assert frame is not None
    response = zcl_general.decode(frame)
    assert isinstance(response, ReadAttributesResponse)
    return {
        one.id: one.typed.value if one.typed is not None else one.status for one in response.results
    }


def clusters() -> HubClusters:
    return HubClusters(lambda now: 1_600_000_000 + now // SECOND_US, "skyline-i-510", "Secure")


def test_the_hub_serves_the_time_what_it_is_and_how_to_keep_alive() -> None:
    serves, now = clusters(), Instant(5 * SECOND_US)
    time_read = serves.answer(read(ClusterId.TIME, time_cluster.AttributeId.TIME), now)
    assert time_cluster.to_unix(int(str(results(time_read)[0]))) == 1_600_000_005
    named = serves.answer(read(ClusterId.BASIC, basic.AttributeId.MODEL_IDENTIFIER), now)
    assert results(named) == {basic.AttributeId.MODEL_IDENTIFIER: "skyline-i-510"}
    alive = serves.answer(
        read(ClusterId.KEEP_ALIVE, keep_alive.AttributeId.BASE_MINUTES, 0x77), now
    )
    assert results(alive) == {0: 10, 0x77: ZclStatus.UNSUPPORTED_ATTRIBUTE}


def test_the_mirror_endpoint_serves_what_the_gas_meter_reported() -> None:
    serves = clusters()
    packet = ZclSender(GSME, POLICY).general(
        HUB,
        ClusterId.METERING,
        METERED,
        direction=Direction.SERVER_TO_CLIENT,
        kind="report",
    )
    assert serves.take_report(packet) == METERED
    asked = (Meter.CURRENT_SUMMATION_DELIVERED, Meter.METERING_DEVICE_TYPE)
    mirrored = read(ClusterId.METERING, *asked, endpoint=MIRROR_ENDPOINT)
    assert results(serves.answer(mirrored, Instant(0))) == {
        asked[0]: 12345,
        asked[1]: MeteringDeviceType.MIRRORED_GAS,
    }
    elsewhere = serves.answer(read(ClusterId.METERING, *asked), Instant(0))
    assert set(results(elsewhere).values()) == {ZclStatus.UNSUPPORTED_ATTRIBUTE}
    serves.restart()
    assert results(serves.answer(mirrored, Instant(0)))[asked[0]] is (
        ZclStatus.UNSUPPORTED_ATTRIBUTE
    )


def test_what_is_neither_a_read_nor_a_report_is_left_to_others() -> None:
    serves = clusters()
    cluster_frame = zcl.encode(
        ZclFrame(
            frame_type=FrameType.CLUSTER,
            direction=Direction.CLIENT_TO_SERVER,
            sequence=1,
            command_id=0,
        )
    )
    for payload in (b"", cluster_frame):
        packet = Packet(source=PPMID, target=HUB, cluster=ClusterId.METERING, payload=payload)
        assert serves.answer(packet, Instant(0)) is None
        assert serves.take_report(packet) is None


# Queues


def test_an_idle_downlink_has_nothing_to_say() -> None:
    member = Member(name="esme", eui64=ESME, kind=MemberKind.ESME, join_order=1)
    link = Downlink(member, ZclSender(HUB, POLICY), None)
    assert link.is_idle
    assert link.next_packet(Instant(0)) is None
    link.delivered(Instant(0))
    assert not link.start_again()
    assert link.give_up() == 0


def test_every_name_of_the_bench_is_in_theneighbourhood_of() -> None:
    assert {it.eui64 for it in NEIGHBOURHOOD.addresses} == set(NAMES)

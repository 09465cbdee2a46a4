"""What every device says of itself, and how it refuses what it does not serve."""

import pytest
from tests.emulator.home_bench import CAD, ESME, HUB, IHD, REPEATER, neighbourhood_of
from tests.emulator.meter_bench import POLICY

from hanbench.emulator.device import BROADCAST, Device, Packet, Transmission
from hanbench.emulator.displays.cad import Cad
from hanbench.emulator.displays.display import DisplaySetup
from hanbench.emulator.displays.ihd import Ihd
from hanbench.emulator.displays.ppmid import Ppmid
from hanbench.emulator.displays.third_party import ThirdPartyDisplay
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.endpoints import DISPLAY_CLIENT
from hanbench.emulator.node.stack import PlainStack
from hanbench.emulator.repeater import Repeater
from hanbench.emulator.zcl.own_clusters import OwnClusters, basic_values
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.clusters import messaging
from hanbench.protocol.zigbee.clusters.basic import AttributeId
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.ota_upgrade import ImageId, OfferedImage
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    Attribute,
    DefaultResponse,
    DiscoverAttributes,
    DiscoverAttributesResponse,
    ReadAttributes,
    ReadAttributesResponse,
    ReadResult,
    WriteAttributes,
    WriteAttributesResponse,
    WriteFailure,
)

BASIC = basic_values(manufacturer="Secure", model="pipit-500", firmware="synthetic-1")
NAME = AttributeValue(DataType.TEXT, "Secure")
TO_SERVER, TO_CLIENT = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT


def repeater() -> Device:
    own = OwnClusters(ZclSender(REPEATER, POLICY), BASIC)
    stack = PlainStack(REPEATER, neighbourhood_of(has_repeater=True, sleepers=()))
    return Repeater("repeater", REPEATER, stack=stack, own=own)


def display(kind: type[Ihd | Ppmid | Cad | ThirdPartyDisplay], me: Eui64 = IHD) -> Device:
    home = neighbourhood_of(has_repeater=True, sleepers=())
    stack = PlainStack(me, home)
    return kind(
        "it", me, setup=DisplaySetup(stack=stack, hub=HUB, esme=ESME, policy=POLICY, basic=BASIC)
    )


EACH = pytest.mark.parametrize(
    "device",
    [
        pytest.param(repeater(), id="repeater"),
        *(
            pytest.param(display(kind), id=kind.__name__)
            for kind in (Ihd, Ppmid, Cad, ThirdPartyDisplay)
        ),
    ],
)


def say(
    device: Device,
    cluster: int,
    frame: ZclFrame,
    *,
    target: Eui64 | None = None,
    is_secured: bool = True,
) -> ZclFrame | None:
    """Give a frame to a device; return the frame that answers it, with its number."""
    packet = Packet(
        source=HUB,
        target=device.eui64 if target is None else target,
        cluster=cluster,
        payload=zcl.encode(frame),
        source_endpoint=3,
        is_secured=is_secured,
    )
    carried = Transmission(HUB, device.eui64, b"", "test", packet)
    sent = [
        one
        for one in device.receive(carried, Instant(1))
        if isinstance(one, Transmission) and one.packet and one.packet.source == device.eui64
    ]
    if not sent:
        return None
    (answer,) = sent
    assert answer.packet is not None
    assert (answer.packet.source_endpoint, answer.packet.target_endpoint) == (1, 3)
    assert answer.packet.target == HUB
    answered = zcl.decode(answer.packet.payload)
    assert answered.sequence == frame.sequence
    assert answered.direction is not frame.direction
    return answered


def general(command: zcl_general.GeneralCommand, **keys: bool) -> ZclFrame:
    return zcl_general.encode(command, TO_SERVER, sequence=9, **keys)


def cluster_command(command_id: int, direction: Direction, **keys: object) -> ZclFrame:
    return ZclFrame(FrameType.CLUSTER, direction, 9, command_id, **keys)  # type: ignore[arg-type]


def test_a_display_that_has_taken_new_firmware_says_so_in_basic_and_after_a_power_cut_too() -> None:
    home = neighbourhood_of(has_repeater=True, sleepers=())
    taken = DisplaySetup(
        stack=PlainStack(IHD, home),
        hub=HUB,
        esme=ESME,
        policy=POLICY,
        basic=BASIC,
        firmware=ImageId(0x10C7, 0x0502, 1),
    )
    device = Ihd("it", IHD, setup=taken)
    build = general(ReadAttributes((AttributeId.SOFTWARE_BUILD_ID,)))
    before = say(device, ClusterId.BASIC, build, is_secured=False)
    assert device.ota is not None
    device.ota._offered = OfferedImage(ImageId(0x10C7, 0x0502, 2), 100)
    device.ota._install_at = Instant(5)

    device.wake(Instant(5))
    after = say(device, ClusterId.BASIC, build, is_secured=False)
    device.restart(Instant(6), "power")
    later = say(device, ClusterId.BASIC, build, is_secured=False)

    assert before is not None
    assert b"synthetic-1" in before.payload
    for answer in (after, later):
        assert answer is not None
        assert b"00000002" in answer.payload
        assert b"synthetic" not in answer.payload


@EACH
def test_every_device_says_who_made_it_and_what_runs(device: Device) -> None:
    wanted = (AttributeId.MANUFACTURER_NAME, AttributeId.SOFTWARE_BUILD_ID, 0x0099)

    answer = say(device, ClusterId.BASIC, general(ReadAttributes(wanted)), is_secured=False)

    assert answer is not None
    assert zcl_general.decode(answer) == ReadAttributesResponse(
        (
            ReadResult(AttributeId.MANUFACTURER_NAME, ZclStatus.SUCCESS, NAME),
            ReadResult(
                AttributeId.SOFTWARE_BUILD_ID,
                ZclStatus.SUCCESS,
                AttributeValue(DataType.TEXT, "synthetic-1"),
            ),
            ReadResult(0x0099, ZclStatus.UNSUPPORTED_ATTRIBUTE),
        )
    )


@EACH
def test_what_a_device_does_not_serve_it_says_so_of(device: Device) -> None:
    read = say(device, ClusterId.METERING, general(ReadAttributes((0,))))
    written = say(
        device,
        ClusterId.BASIC,
        general(WriteAttributes((Attribute(AttributeId.MANUFACTURER_NAME, NAME),))),
        is_secured=False,
    )
    listed = say(device, ClusterId.BASIC, general(DiscoverAttributes(1, 1)), is_secured=False)

    assert read is not None
    assert zcl_general.decode(read) == ReadAttributesResponse(
        (ReadResult(0, ZclStatus.UNSUPPORTED_ATTRIBUTE),)
    )
    assert written is not None
    assert zcl_general.decode(written) == WriteAttributesResponse(
        (WriteFailure(ZclStatus.READ_ONLY, AttributeId.MANUFACTURER_NAME),)
    )
    assert listed is not None
    found = zcl_general.decode(listed)
    assert isinstance(found, DiscoverAttributesResponse)
    assert [one.id for one in found.attributes] == [AttributeId.MANUFACTURER_NAME]
    assert not found.is_complete


@EACH
@pytest.mark.parametrize(
    ("frame", "status"),
    [
        (cluster_command(0x55, TO_SERVER), ZclStatus.UNSUPPORTED_CLUSTER_COMMAND),
        (cluster_command(0x55, TO_CLIENT), ZclStatus.UNSUPPORTED_CLUSTER_COMMAND),
        # An error is told even to one who wants to hear of no success.
        (
            cluster_command(0x55, TO_SERVER, disable_default_response=True),
            ZclStatus.UNSUPPORTED_CLUSTER_COMMAND,
        ),
        (
            cluster_command(0x00, TO_SERVER, manufacturer=0x1234),
            ZclStatus.UNSUPPORTED_MANUFACTURER_CLUSTER_COMMAND,
        ),
        (
            ZclFrame(FrameType.GENERAL, TO_SERVER, 9, 0x00, b"\x00\x00", manufacturer=0x1234),
            ZclStatus.UNSUPPORTED_MANUFACTURER_GENERAL_COMMAND,
        ),
        (ZclFrame(FrameType.GENERAL, TO_SERVER, 9, 0x00, b"\x00"), ZclStatus.MALFORMED_COMMAND),
    ],
)
def test_a_command_that_is_unknown_gets_a_default_response(
    device: Device, frame: ZclFrame, status: ZclStatus
) -> None:
    answer = say(device, ClusterId.METERING, frame)

    assert answer is not None
    assert answer.manufacturer == frame.manufacturer
    assert zcl_general.decode(answer) == DefaultResponse(frame.command_id, status)


@EACH
def test_nobody_answers_a_default_response_noise_or_what_is_for_all(device: Device) -> None:
    last_word = general(DefaultResponse(0, ZclStatus.FAILURE))
    read = general(ReadAttributes((0,)))

    assert say(device, ClusterId.METERING, last_word) is None
    assert say(device, ClusterId.METERING, last_word._replace(direction=TO_CLIENT)) is None
    assert say(device, ClusterId.METERING, last_word._replace(manufacturer=0x1234)) is None
    assert say(device, ClusterId.METERING, read, target=BROADCAST) is None
    noise = Packet(source=HUB, target=device.eui64, cluster=0, payload=b"\xff\x00")
    assert device.receive(Transmission(HUB, device.eui64, b"", "x", noise), Instant(1)) == []


def test_a_display_confirms_a_command_where_its_server_wants_to_hear_of_it() -> None:
    told = messaging.COMMANDS.encode(
        messaging.CancelMessage(1, 0), sequence=9, disable_default_response=False
    )
    cad = display(Cad, CAD)

    confirmed = say(cad, ClusterId.MESSAGING, told)
    refused = say(repeater(), ClusterId.MESSAGING, told)
    silent = say(cad, ClusterId.MESSAGING, told._replace(disable_default_response=True))
    broken = say(cad, ClusterId.MESSAGING, told._replace(payload=b"\x01"))

    assert confirmed is not None
    assert zcl_general.decode(confirmed) == DefaultResponse(told.command_id, ZclStatus.SUCCESS)
    assert refused is not None
    assert zcl_general.decode(refused) == DefaultResponse(
        told.command_id, ZclStatus.UNSUPPORTED_CLUSTER_COMMAND
    )
    assert silent is None
    assert broken is not None
    assert zcl_general.decode(broken) == DefaultResponse(
        told.command_id, ZclStatus.MALFORMED_COMMAND
    )


def test_a_report_is_confirmed_where_that_is_wanted() -> None:
    report = zcl_general.encode(
        zcl_general.ReportAttributes((Attribute(0, AttributeValue(DataType.UINT48, 5)),)),
        TO_CLIENT,
        sequence=9,
        disable_default_response=False,
    )

    answer = say(display(Ihd), ClusterId.METERING, report)

    assert answer is not None
    assert zcl_general.decode(answer) == DefaultResponse(0x0A, ZclStatus.SUCCESS)
    assert ClusterId.METERING in DISPLAY_CLIENT

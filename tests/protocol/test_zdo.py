"""ZDO messages: the known octets, every message there and back, and nothing left over."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import zdo, zdo_addresses
from hanbench.protocol.zigbee import zdo_management as mgmt
from hanbench.protocol.zigbee.zdo import ZdoFrame
from hanbench.protocol.zigbee.zdo_addresses import Associated
from hanbench.protocol.zigbee.zdo_descriptors import (
    LogicalType,
    NodeDescriptor,
    PowerDescriptor,
    SimpleDescriptor,
)
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors" / "zcl_se.json"
FRAMES = {row["name"]: row for row in json.loads(VECTORS.read_text())["frames"]}

HUB = ShortAddress(0x0000)
METER = ShortAddress(0x6E1C)
METER_EUI64 = Eui64(0x00DB1234567890A1)
HUB_EUI64 = Eui64(0x00DB1234567890A0)
OK = ZdoStatus.SUCCESS

READ_BY_TSHARK = {
    "device_annce": ZdoFrame(2, zdo.DeviceAnnounce(METER, Eui64(2), 0x80)),
    "match_desc_req": ZdoFrame(
        3, zdo.MatchDescriptorRequest(short=HUB, profile=0x0109, server_clusters=(0x0800,))
    ),
    "match_desc_rsp": ZdoFrame(3, zdo.MatchDescriptorResponse(OK, HUB, (1,))),
}
# Laid out by hand after han.md section 5: cluster, octets behind the transaction number.
BY_HAND: list[tuple[int, str, zdo.Message]] = [
    (0x0001, "1c6e 00 00", zdo_addresses.IeeeAddressRequest(METER)),
    (0x8001, "00 a19078563412db00 1c6e", zdo_addresses.IeeeAddressResponse(OK, METER_EUI64, METER)),
    (
        0x8001,
        "00 a19078563412db00 1c6e 00",
        zdo_addresses.IeeeAddressResponse(OK, METER_EUI64, METER, Associated(0, ())),
    ),
    (0x0000, "a19078563412db00 01 02", zdo_addresses.NwkAddressRequest(METER_EUI64, 1, 2)),
    (
        0x8000,
        "00 a19078563412db00 1c6e 02 01 3412 7856",
        zdo_addresses.NwkAddressResponse(
            OK, METER_EUI64, METER, Associated(1, (ShortAddress(0x1234), ShortAddress(0x5678)))
        ),
    ),
    (0x0003, "1c6e", zdo.PowerDescriptorRequest(METER)),
    (
        0x8003,
        "00 1c6e 41 c4",
        zdo.PowerDescriptorResponse(
            OK, METER, PowerDescriptor(mode=1, available_sources=4, current_source=4, level=12)
        ),
    ),
    (0x8003, "81 1c6e", zdo.PowerDescriptorResponse(ZdoStatus.DEVICE_NOT_FOUND, METER)),
    (0x0031, "02", mgmt.NeighboursRequest(2)),
    (
        0x8031,
        "00 03 02 01 a09078563412db00 a19078563412db00 1c6e 12 02 01 ff",
        mgmt.NeighboursResponse(
            OK,
            3,
            2,
            (
                mgmt.NeighbourEntry(
                    extended_pan=HUB_EUI64,
                    eui64=METER_EUI64,
                    short=METER,
                    kind_and_relationship=0x12,
                    permits_joining=2,
                    depth=1,
                    link_quality=255,
                ),
            ),
        ),
    ),
    (0x0032, "00", mgmt.RoutesRequest(0)),
    (
        0x8032,
        "00 01 00 01 1c6e 30 0000",
        mgmt.RoutesResponse(OK, 1, 0, (mgmt.RouteEntry(METER, 0x30, HUB),)),
    ),
    (0x0033, "00", mgmt.BindingsRequest(0)),
    (
        0x8033,
        "00 01 00 01 a19078563412db00 01 0207 03 a09078563412db00 02",
        mgmt.BindingsResponse(
            OK,
            1,
            0,
            (
                mgmt.BindingEntry(
                    source=METER_EUI64,
                    source_endpoint=1,
                    cluster=0x0702,
                    target=HUB_EUI64,
                    target_endpoint=2,
                ),
            ),
        ),
    ),
    (
        0x0038,
        "00f8ff07 05 01",
        mgmt.NetworkUpdateRequest(channels=0x07FFF800, duration=5, scans=1),
    ),
    (
        0x0038,
        "00080000 fe 07",
        mgmt.NetworkUpdateRequest(channels=0x0800, duration=0xFE, update_id=7),
    ),
    (
        0x0038,
        "00080000 ff 07 1c6e",
        mgmt.NetworkUpdateRequest(channels=0x0800, duration=0xFF, update_id=7, manager=METER),
    ),
    (0x0038, "00080000 80", mgmt.NetworkUpdateRequest(channels=0x0800, duration=0x80)),
    (
        0x8038,
        "00 00180000 0a00 0100 02 6020",
        mgmt.NetworkUpdateNotify(
            status=OK, channels=0x1800, transmissions=10, failures=1, energies=(0x60, 0x20)
        ),
    ),
    (0x0002, "1c6e", zdo.NodeDescriptorRequest(METER)),
    (
        0x8002,
        "00 1c6e 02 40 80 3412 50 8000 0000 8000 00",
        zdo.NodeDescriptorResponse(
            OK,
            METER,
            NodeDescriptor(
                type_and_flags=LogicalType.END_DEVICE,
                mac_capability=0x80,
                manufacturer=0x1234,
                buffer_octets_max=80,
                incoming_octets_max=128,
                server_mask=0,
                outgoing_octets_max=128,
            ),
        ),
    ),
    (
        0x8002,
        "81 1c6e",
        zdo.NodeDescriptorResponse(ZdoStatus.DEVICE_NOT_FOUND, METER),
    ),
    (0x0004, "1c6e 01", zdo.SimpleDescriptorRequest(METER, 1)),
    (
        0x8004,
        "00 1c6e 0e 01 0901 0105 00 02 0000 0207 01 0a00",
        zdo.SimpleDescriptorResponse(
            OK,
            METER,
            SimpleDescriptor(
                endpoint=1,
                profile=0x0109,
                device_id=0x0501,
                version=0,
                server_clusters=(0x0000, 0x0702),
                client_clusters=(0x000A,),
            ),
        ),
    ),
    (
        0x8004,
        "82 1c6e 00",
        zdo.SimpleDescriptorResponse(ZdoStatus.INVALID_ENDPOINT, METER),
    ),
    (0x0005, "1c6e", zdo.ActiveEndpointsRequest(METER)),
    (0x8005, "00 1c6e 02 01 0a", zdo.ActiveEndpointsResponse(OK, METER, (1, 10))),
    (
        0x0021,
        "a19078563412db00 01 0207 03 a09078563412db00 02",
        zdo.BindRequest(
            source=METER_EUI64,
            source_endpoint=1,
            cluster=0x0702,
            target=HUB_EUI64,
            target_endpoint=2,
        ),
    ),
    (0x8021, "8c", zdo.BindResponse(ZdoStatus.TABLE_FULL)),
    (
        0x0022,
        "a19078563412db00 01 0207 03 a09078563412db00 02",
        zdo.UnbindRequest(
            source=METER_EUI64,
            source_endpoint=1,
            cluster=0x0702,
            target=HUB_EUI64,
            target_endpoint=2,
        ),
    ),
    (0x8022, "88", zdo.UnbindResponse(ZdoStatus.NO_ENTRY)),
    (0x0034, "a19078563412db00 80", zdo.LeaveRequest(METER_EUI64, 0x80)),
    (0x8034, "00", zdo.LeaveResponse(OK)),
    (0x0036, "fe 01", zdo.PermitJoiningRequest(254)),
    (0x8036, "00", zdo.PermitJoiningResponse(OK)),
]
CLUSTERS = [cluster for cluster, _, _ in BY_HAND] + [0x0006, 0x8006, 0x0013]


@pytest.mark.parametrize("name", READ_BY_TSHARK)
def test_a_frame_that_tshark_reads_decodes_to_the_same_fields(name: str) -> None:
    octets = bytes.fromhex(FRAMES[name]["zcl_or_zdo"])
    cluster = int.from_bytes(bytes.fromhex(FRAMES[name]["aps_header"])[2:4], "little")

    assert zdo.decode(cluster, octets) == READ_BY_TSHARK[name]
    assert zdo.encode(READ_BY_TSHARK[name]) == (cluster, octets)


@pytest.mark.parametrize(("cluster", "octets", "message"), BY_HAND)
def test_a_message_lies_on_the_wire_as_stated(
    cluster: int, octets: str, message: zdo.Message
) -> None:
    data = bytes.fromhex("07" + octets)

    assert zdo.decode(cluster, data) == ZdoFrame(7, message)
    assert zdo.encode(ZdoFrame(7, message)) == (cluster, data)


@pytest.mark.parametrize(("cluster", "octets", "_message"), BY_HAND)
def test_a_truncated_or_longer_message_is_refused(
    cluster: int, octets: str, _message: zdo.Message
) -> None:
    data = bytes.fromhex("07" + octets)
    # Without its descriptor a response is one of a failure, and children are asked for or not.
    allowed = {
        0x8002: 4,
        0x8003: 4,
        0x8000: 12,
        0x8001: 12,
    }
    lengths = [length for length in range(len(data)) if length != allowed.get(cluster)]
    # A descriptor, or an empty list of children, may follow what may end here.
    longer = bytes(3) if len(data) == allowed.get(cluster) else b"\x00"

    for wrong in [*(data[:length] for length in lengths), data + longer]:
        with pytest.raises(DecodeError):
            zdo.decode(cluster, wrong)


@given(st.sampled_from(CLUSTERS), st.binary(max_size=40))
def test_whatever_decodes_is_written_alike_again(cluster: int, data: bytes) -> None:
    try:
        frame = zdo.decode(cluster, data)
    except DecodeError:
        return
    assert zdo.encode(frame) == (cluster, data)


@pytest.mark.parametrize("cluster", [0x0039, 0x10006, -1])
def test_an_unknown_message_is_refused(cluster: int) -> None:
    with pytest.raises(DecodeError):
        zdo.decode(cluster, bytes(8))


def test_a_binding_to_a_group_is_refused() -> None:
    with pytest.raises(DecodeError):
        zdo.decode(0x0021, bytes.fromhex("07 a19078563412db00 01 0207 01 3412"))


def test_a_transaction_number_over_one_octet_does_not_encode() -> None:
    with pytest.raises(EncodeError):
        zdo.encode(ZdoFrame(256, zdo.ActiveEndpointsRequest(METER)))


def test_octets_left_over_inside_a_simple_descriptor_are_refused() -> None:
    inside = bytes.fromhex("07 00 1c6e 0f 01 0901 0105 00 02 0000 0207 01 0a00 ff")

    with pytest.raises(DecodeError) as refusal:
        zdo.decode(0x8004, inside)

    assert refusal.value.field == "simple-descriptor"


def test_a_page_of_no_children_has_no_beginning() -> None:
    message = zdo_addresses.NwkAddressResponse(OK, METER_EUI64, METER, Associated(3, ()))

    with pytest.raises(EncodeError):
        zdo.encode(ZdoFrame(1, message))


def test_a_part_of_a_power_descriptor_has_four_bits() -> None:
    descriptor = PowerDescriptor(mode=16, available_sources=1, current_source=1, level=12)

    with pytest.raises(EncodeError):
        zdo.encode(ZdoFrame(1, zdo.PowerDescriptorResponse(OK, METER, descriptor)))


def test_what_the_duration_does_not_announce_is_not_there() -> None:
    scan = mgmt.NetworkUpdateRequest(channels=0x0800, duration=0, scans=1, update_id=1)

    with pytest.raises(EncodeError):
        zdo.encode(ZdoFrame(1, scan))


def test_a_neighbour_tells_what_it_is_and_what_it_is_to_us() -> None:
    entry = mgmt.NeighbourEntry(
        extended_pan=HUB_EUI64,
        eui64=METER_EUI64,
        short=METER,
        kind_and_relationship=0x16,
        permits_joining=2,
        depth=1,
        link_quality=255,
    )

    assert entry.kind is mgmt.NeighbourKind.END_DEVICE
    assert entry.relationship == mgmt.Relationship.CHILD


def test_a_request_without_a_layout_can_be_refused_and_the_refusal_is_read_back() -> None:
    refusal = zdo.ZdoFrame(7, zdo.NotSupported(0x0012))

    cluster, octets = zdo.encode(refusal)

    assert (cluster, octets) == (0x8012, bytes([7, ZdoStatus.NOT_SUPPORTED]))
    assert zdo.decode(cluster, octets) == refusal
    name, trace = zdo.trace(cluster, octets)
    assert (name, [one.name for one in trace.fields]) == ("NotSupported", ["status"])
    assert not zdo.knows(cluster)


@pytest.mark.parametrize("octets", [b"\x07", b"\x07\x84\x00", b"\x07\x00"])
def test_what_is_no_refusal_stays_unreadable(octets: bytes) -> None:
    with pytest.raises(DecodeError):
        zdo.decode(0x8012, octets)


@pytest.mark.parametrize("request_number", [0x0002, 0x8012])
def test_what_has_an_answer_of_its_own_is_not_refused_so(request_number: int) -> None:
    with pytest.raises(EncodeError):
        zdo.encode(zdo.ZdoFrame(7, zdo.NotSupported(request_number)))

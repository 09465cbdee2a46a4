"""Specimens of ZCL commands, values of attributes and ZDO messages: those that
are laid out by hand in their own tests, and what those leave clear.
"""

import dataclasses
from collections.abc import Iterator

from tests.foreign.specimen_frames import LONG, THERE, data_frame, in_network
from tests.foreign.tshark_fields_zcl import CLIENT_ATTRIBUTES
from tests.protocol.clusters.conftest import EXAMPLES
from tests.protocol.test_attributes import KNOWN
from tests.protocol.test_zcl_general import BY_HAND as GENERAL
from tests.protocol.test_zcl_general import READ_BY_TSHARK
from tests.protocol.test_zdo import BY_HAND as ZDO

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import aps, attributes, certificates, zcl, zdo, zdo_descriptors
from hanbench.protocol.zigbee import zcl_general as general
from hanbench.protocol.zigbee import zdo_management as management
from hanbench.protocol.zigbee.aps import Fragment, Part
from hanbench.protocol.zigbee.attributes import DataType
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.clusters import catalogue
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.key_establishment import (
    InitiateRequest,
    InitiateResponse,
)
from hanbench.protocol.zigbee.zcl import Direction
from hanbench.protocol.zigbee.zcl_reporting import (
    AskedRule,
    ReadReportingConfiguration,
    ReportDirection,
)
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

MANUFACTURER = 0x1021
PLACEHOLDERS = (bytes(48), bytes(74))
"""Certificates among the examples that are none."""
BLOCK_OCTETS = 20
OCTETS_MAX = 8


def general_frames() -> Iterator[bytes]:
    """Every general command, about a cluster that tshark knows and about one that it does not."""
    commands = [*(command for _, command in GENERAL), *READ_BY_TSHARK.values()]
    for cluster in (ClusterId.METERING, ClusterId.MESSAGING):
        for command in commands:
            yield _of_general(cluster, command)
    yield _of_general(ClusterId.TIME, READ_BY_TSHARK["time_read_rsp"])
    yield _of_general(ClusterId.KEEP_ALIVE, READ_BY_TSHARK["keepalive_read_rsp"])
    for number in range(8):
        status = attributes.AttributeValue(DataType.MAP8, number)
        yield _of_general(ClusterId.TIME, general.ReportAttributes((general.Attribute(1, status),)))
    for cluster in CLIENT_ATTRIBUTES:
        for direction in ReportDirection:
            asked = ReadReportingConfiguration((AskedRule(direction, 0),))
            yield _of_general(cluster, asked)
    suites = attributes.AttributeValue(DataType.ENUM16, 3)
    yield _of_general(
        ClusterId.KEY_ESTABLISHMENT,
        general.ReadAttributesResponse((general.ReadResult(0, zcl.ZclStatus.SUCCESS, suites),)),
    )
    frame = general.encode(
        general.ReadAttributes((1,)),
        Direction.CLIENT_TO_SERVER,
        sequence=9,
        disable_default_response=False,
    )
    for own in (frame, frame._replace(manufacturer=MANUFACTURER)):
        yield in_network(aps.encode(data_frame(ClusterId.METERING, zcl.encode(own))))


def _of_general(cluster: int, command: general.GeneralCommand) -> bytes:
    """Send a command the way that it goes between a client and the server with the attributes."""
    is_answer = type(command).__name__.endswith("Response")
    of_server = is_answer or isinstance(command, general.ReportAttributes)
    direction = Direction.SERVER_TO_CLIENT if of_server else Direction.CLIENT_TO_SERVER
    frame = general.encode(command, direction, sequence=9)
    return in_network(aps.encode(data_frame(cluster, zcl.encode(frame))))


def cluster_frames() -> Iterator[bytes]:
    """Every command of a cluster, as its examples are and with numbers that fill their octets."""
    for cluster, command in cluster_commands():
        frame = catalogue.COMMAND_SETS[cluster].encode(command, sequence=3)
        yield in_network(aps.encode(data_frame(cluster, zcl.encode(frame))))


def cluster_commands() -> Iterator[tuple[ClusterId, catalogue.ClusterCommand]]:
    """Yield the commands that `cluster_frames` writes."""
    for cluster, command in (*EXAMPLES, *_certified()):
        if getattr(command, "certificate", b"") not in PLACEHOLDERS:
            yield cluster, command
            yield cluster, _filled(cluster, command)


def _filled(cluster: ClusterId, command: catalogue.ClusterCommand) -> catalogue.ClusterCommand:
    """Give each whole number of a command octets of its own, as many as it has room for.

    So numbers that change places, or are read too short or from the wrong end, are told apart. What
    cannot have another value, such as a number of rows, stays as it is.
    """
    encode = catalogue.COMMAND_SETS[cluster].encode
    for place, field in enumerate(dataclasses.fields(command)):
        if type(getattr(command, field.name)) is not int:
            continue
        for octets in range(OCTETS_MAX, 0, -1):
            first = OCTETS_MAX * (place % OCTETS_MAX) + 1
            number = int.from_bytes(bytes(range(first, first + octets)), "little")
            trial = dataclasses.replace(command, **{field.name: number})
            try:
                encode(trial, sequence=1)
            except EncodeError:
                continue
            command = trial
            break
    return command


def _certified() -> Iterator[tuple[ClusterId, catalogue.ClusterCommand]]:
    """A certificate of each suite, in both ways."""
    for suite, octets in ((Suite.SUITE_1, 22), (Suite.SUITE_2, 37)):
        for kind, usage in ((InitiateRequest, 0x88), (InitiateResponse, 0x00)):
            certificate = certificates.Certificate(
                suite=suite,
                public_data=bytes(range(octets)),
                subject=LONG,
                issuer=b"HANBTEST",
                attributes=bytes(range(10)) if suite is Suite.SUITE_1 else b"",
                serial=bytes(range(8)),
                valid_from_unix_s=1_600_000_000,
                key_usage=usage,
            )
            initiate = kind(
                suites=suite,
                ephemeral_data_s=3,
                confirm_key_s=6,
                certificate=certificates.encode(certificate),
            )
            yield ClusterId.KEY_ESTABLISHMENT, initiate


def value_frames() -> Iterator[bytes]:
    """A value of every type, reported, read and written, in every cluster with attributes."""
    values = [*(value for _, value in KNOWN), *_limits()]
    reports = [general.ReportAttributes((general.Attribute(0x7000, one),)) for one in values]
    reads = [
        general.ReadAttributesResponse((general.ReadResult(2, zcl.ZclStatus.SUCCESS, one),))
        for one in values
    ]
    for command in (*reports, *reads):
        frame = general.encode(command, Direction.SERVER_TO_CLIENT, sequence=9)
        yield in_network(aps.encode(data_frame(ClusterId.METERING, zcl.encode(frame))))
    for cluster in ClusterId:
        frame = general.encode(
            general.ReadAttributes((0, 1)), Direction.CLIENT_TO_SERVER, sequence=9
        )
        yield in_network(aps.encode(data_frame(cluster, zcl.encode(frame))))


def _limits() -> Iterator[attributes.AttributeValue]:
    for kind in DataType:
        for octet in (b"\x00", b"\x01", b"\x7f", b"\x80", b"\xff"):
            for size in range(17):
                try:
                    yield attributes.decode(bytes([kind]) + octet * size)
                except DecodeError:
                    continue


def zdo_frames() -> Iterator[bytes]:
    for number, message in enumerate(zdo_messages()):
        cluster, payload = zdo.encode(zdo.ZdoFrame(number, message))
        yield in_network(aps.encode(data_frame(cluster, payload, profile=0)))


def zdo_messages() -> list[zdo.Message]:
    """Return ZDO messages of every kind."""
    return [*(message for _, _, message in ZDO), *_descriptors(), *_tables()]


def _descriptors() -> Iterator[zdo.Message]:
    """Descriptors with each of their bits set in one and clear in another."""
    for number in (0x5555, 0xAAAA):
        octet = number & 0xFF
        node = zdo_descriptors.NodeDescriptor(
            type_and_flags=octet,
            band_and_flags=octet,
            mac_capability=octet,
            manufacturer=number,
            buffer_octets_max=octet,
            incoming_octets_max=number,
            server_mask=number,
            outgoing_octets_max=number + 1,
            descriptor_capability=octet,
        )
        power = zdo_descriptors.PowerDescriptor(
            mode=octet & 3, available_sources=octet & 7, current_source=octet & 7, level=octet & 15
        )
        yield zdo.NodeDescriptorResponse(ZdoStatus.SUCCESS, THERE, node)
        yield zdo.PowerDescriptorResponse(ZdoStatus.SUCCESS, THERE, power)
        yield zdo.SimpleDescriptorResponse(
            ZdoStatus.SUCCESS,
            THERE,
            zdo_descriptors.SimpleDescriptor(
                endpoint=1,
                profile=2,
                device_id=number,
                version=octet & 15,
                server_clusters=(3,),
                client_clusters=(4, 5),
            ),
        )
        yield zdo.DeviceAnnounce(THERE, LONG, octet)
        yield zdo.LeaveRequest(LONG, octet)
        yield zdo.PermitJoiningRequest(octet, number & 1)


def _tables() -> Iterator[zdo.Message]:
    """Pages of two rows, in which no two numbers are the same."""
    rows = (1, 2)
    yield management.NeighboursResponse(
        ZdoStatus.SUCCESS,
        5,
        3,
        tuple(
            management.NeighbourEntry(
                extended_pan=Eui64(10 + n),
                eui64=Eui64(20 + n),
                short=ShortAddress(30 + n),
                kind_and_relationship=n | 1 << 2 * n | n + 1 << 4,
                permits_joining=n,
                depth=40 + n,
                link_quality=50 + n,
            )
            for n in rows
        ),
    )
    yield management.RoutesResponse(
        ZdoStatus.SUCCESS,
        5,
        3,
        tuple(
            management.RouteEntry(ShortAddress(10 + n), 20 + n, ShortAddress(30 + n)) for n in rows
        ),
    )
    yield management.BindingsResponse(
        ZdoStatus.SUCCESS,
        5,
        3,
        tuple(
            management.BindingEntry(
                source=Eui64(10 + n),
                source_endpoint=20 + n,
                cluster=30 + n,
                target=Eui64(40 + n),
                target_endpoint=50 + n,
            )
            for n in rows
        ),
    )
    yield zdo.MatchDescriptorRequest(
        short=THERE, profile=1, server_clusters=(2, 3), client_clusters=(4, 5)
    )
    yield zdo.MatchDescriptorResponse(ZdoStatus.NO_MATCH, THERE)
    yield zdo.NotSupported(0x0050)
    yield management.NetworkUpdateRequest(channels=0x5555_5555, duration=2, scans=3)
    yield management.NetworkUpdateNotify(
        status=ZdoStatus.SUCCESS,
        channels=0x2AAA_AAAA,
        transmissions=10,
        failures=3,
        energies=(4, 5),
    )


def block_frames() -> Iterator[bytes]:
    """A message in blocks, the last of which tshark puts together with the others."""
    command = READ_BY_TSHARK["metering_read_rsp"]
    frame = general.encode(command, Direction.SERVER_TO_CLIENT, sequence=9)
    octets = zcl.encode(frame)
    blocks = [octets[at : at + BLOCK_OCTETS] for at in range(0, len(octets), BLOCK_OCTETS)]
    for number, block in enumerate(blocks):
        part = Part.LATER if number else Part.FIRST
        fragment = Fragment(part, number or len(blocks))
        whole = data_frame(ClusterId.METERING, block)._replace(counter=77, fragment=fragment)
        yield in_network(aps.encode(whole))
        seen = Fragment(part, number, 0xFF)
        yield in_network(
            aps.encode(whole._replace(frame_type=aps.FrameType.ACK, payload=b"", fragment=seen))
        )

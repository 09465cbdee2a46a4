"""Answers of ZDO, reports, tunnels and firmware, as tshark and zigpy read them: field by field."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.emulator.node.net import HUB, net
from tests.foreign.test_tshark_reassembles import GATE, METER, captured, keys
from zigpy.types import serialize
from zigpy.zcl import foundation
from zigpy.zdo.types import CLUSTERS, ZDOCmd

from hanbench.emulator.device import Packet
from hanbench.emulator.node.zdo.server import zdo_packet
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import zcl, zcl_general, zdo, zdo_addresses
from hanbench.protocol.zigbee import zdo_management as mgmt
from hanbench.protocol.zigbee.attributes import DataType
from hanbench.protocol.zigbee.clusters import catalogue, ota_upgrade, tunnelling
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.ota_upgrade import Block, ImageId, OtaStatus
from hanbench.protocol.zigbee.zcl import Direction, ZclStatus
from hanbench.protocol.zigbee.zcl_reporting import (
    AskedRule,
    ReadReportingConfiguration,
    ReadReportingConfigurationResponse,
    ReportDirection,
    ReportingFailure,
    ReportingRule,
)
from hanbench.protocol.zigbee.zdo_addresses import Associated
from hanbench.protocol.zigbee.zdo_descriptors import PowerDescriptor
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

OK = ZdoStatus.SUCCESS
SHORT = ShortAddress(0x6E1C)
PARTNER = Eui64(0x00DB1234567890A1)
IMAGE = ImageId(0x10C7, 2, 0x0103)

Facts = dict[str, str]

ZDO: list[tuple[zdo.Message, Facts]] = [
    (
        zdo_addresses.NwkAddressRequest(PARTNER, 1, 2),
        {"ext_addr": "00:db:12:34:56:78:90:a1", "req_type": "1", "index": "2"},
    ),
    (
        zdo_addresses.NwkAddressResponse(
            OK, PARTNER, SHORT, Associated(1, (ShortAddress(0x1234), ShortAddress(0x5678)))
        ),
        {"nwk_addr": "0x6e1c", "assoc_device_count": "2", "assoc_device": "0x1234,0x5678"},
    ),
    (
        zdo_addresses.IeeeAddressResponse(OK, PARTNER, SHORT, Associated(0, (SHORT,))),
        {"ext_addr": "00:db:12:34:56:78:90:a1", "nwk_addr": "0x6e1c"},
    ),
    (zdo.PowerDescriptorRequest(SHORT), {"nwk_addr": "0x6e1c"}),
    (
        zdo.PowerDescriptorResponse(
            OK, SHORT, PowerDescriptor(mode=1, available_sources=4, current_source=4, level=12)
        ),
        {"power.mode": "1", "power.avail.disp": "1", "power.source.dispose": "1"},
    ),
    (mgmt.NeighboursRequest(3), {"index": "3"}),
    (
        mgmt.NeighboursResponse(
            OK,
            3,
            2,
            (
                mgmt.NeighbourEntry(
                    extended_pan=HUB,
                    eui64=PARTNER,
                    short=SHORT,
                    kind_and_relationship=0x12,
                    permits_joining=2,
                    depth=1,
                    link_quality=255,
                ),
            ),
        ),
        {
            "table_size": "3",
            "index": "2",
            "table_count": "1",
            "table_entry_type": "2",
            "relationship": "1",
            "depth": "1",
            "lqi": "255",
        },
    ),
    (mgmt.RoutesRequest(0), {"index": "0"}),
    (
        mgmt.RoutesResponse(OK, 1, 0, (mgmt.RouteEntry(SHORT, 0x30, ShortAddress(0)),)),
        {"routing.destination": "0x6e1c", "routing.next_hop": "0x0000", "routing.status": "48"},
    ),
    (
        mgmt.BindingsResponse(
            OK,
            1,
            0,
            (
                mgmt.BindingEntry(
                    source=HUB,
                    source_endpoint=1,
                    cluster=0x0702,
                    target=PARTNER,
                    target_endpoint=2,
                ),
            ),
        ),
        {"bind.dst64": "00:db:12:34:56:78:90:a1", "bind.dst_ep": "2", "cluster": "0x0702"},
    ),
    (
        mgmt.NetworkUpdateRequest(channels=0x07FFF800, duration=3, scans=1),
        {"duration": "3", "scan_count": "1"},
    ),
    (
        mgmt.NetworkUpdateNotify(
            status=OK, channels=0x1800, transmissions=10, failures=1, energies=(0x60, 0x20)
        ),
        {"tx_total": "10", "tx_fail": "1", "channel_energy": "96,32", "channel_count": "2"},
    ),
]
RULE = ReportingRule(id=0, type=DataType.UINT48, interval_s_min=10, interval_s_max=300, change=7)
GENERAL: list[tuple[zcl_general.GeneralCommand, Facts]] = [
    (
        ReadReportingConfiguration((AskedRule(ReportDirection.SEND, 0),)),
        {"zbee_zcl.cmd.id": "0x08", "zbee_zcl_se.met.attr_id": "0x0000"},
    ),
    (
        ReadReportingConfigurationResponse(
            (RULE, ReportingFailure(ZclStatus.NOT_FOUND, ReportDirection.SEND, 0x0400))
        ),
        {"zbee_zcl.attr.minint": "10", "zbee_zcl.attr.maxint": "300", "zbee_zcl.cmd.id": "0x09"},
    ),
]
OTA = "zbee_zcl_general.ota"
TUNNEL = "zbee_zcl_se.tun"
COMMANDS: list[tuple[int, catalogue.ClusterCommand, Facts]] = [
    (
        ClusterId.TUNNELLING,
        tunnelling.RequestTunnel(
            protocol=tunnelling.TunnelProtocol.MANUFACTURER_DEFINED, manufacturer=0x10C7
        ),
        {f"{TUNNEL}.cmd.srv_rx.id": "0x00", f"{TUNNEL}.manufacturer_code": "0x10c7"},
    ),
    (
        ClusterId.TUNNELLING,
        tunnelling.RequestTunnelResponse(2, tunnelling.TunnelStatus.SUCCESS),
        {f"{TUNNEL}.cmd.srv_tx.id": "0x00", f"{TUNNEL}.tunnel_id": "0x0002"},
    ),
    (
        ClusterId.TUNNELLING,
        tunnelling.CloseTunnel(2),
        {f"{TUNNEL}.cmd.srv_rx.id": "0x01", f"{TUNNEL}.tunnel_id": "0x0002"},
    ),
    (
        ClusterId.TUNNELLING,
        tunnelling.TransferErrorToClient(2, tunnelling.TransferStatus.WRONG_DEVICE),
        {f"{TUNNEL}.cmd.srv_tx.id": "0x02", f"{TUNNEL}.transfer_data_status": "0x01"},
    ),
    (ClusterId.TUNNELLING, tunnelling.TunnelClosed(2), {f"{TUNNEL}.cmd.srv_tx.id": "0x06"}),
    (
        ClusterId.OTA_UPGRADE,
        ota_upgrade.ImageNotify(
            names=ota_upgrade.NotifyPayload.VERSION,
            query_jitter=100,
            manufacturer=0x10C7,
            image_type=2,
            version=0x0103,
        ),
        {
            f"{OTA}.cmd.srv_tx.id": "0x00",
            f"{OTA}.query_jitter": "100",
            f"{OTA}.image.type": "0x0002",
        },
    ),
    (
        ClusterId.OTA_UPGRADE,
        ota_upgrade.QuerySpecificFileRequest(node=PARTNER, image=IMAGE, stack_version=2),
        {f"{OTA}.cmd.srv_rx.id": "0x08", f"{OTA}.ieee_addr": "0x00db1234567890a1"},
    ),
    (
        ClusterId.OTA_UPGRADE,
        ota_upgrade.QuerySpecificFileResponse(
            OtaStatus.SUCCESS, ota_upgrade.OfferedImage(IMAGE, 484)
        ),
        {f"{OTA}.cmd.srv_tx.id": "0x09", f"{OTA}.image.size": "484"},
    ),
    (
        ClusterId.OTA_UPGRADE,
        ota_upgrade.UpgradeEndResponse(IMAGE, 1, 2),
        {f"{OTA}.cmd.srv_tx.id": "0x07", f"{OTA}.manufacturer_code": "0x10c7"},
    ),
    (
        ClusterId.OTA_UPGRADE,
        ota_upgrade.ImageBlockResponse(OtaStatus.SUCCESS, Block(IMAGE, 40, b"x" * 40)),
        {f"{OTA}.cmd.srv_tx.id": "0x05", f"{OTA}.file.offset": "40", f"{OTA}.data_size": "40"},
    ),
]


def of_command(cluster: int, command: catalogue.ClusterCommand) -> bytes:
    return zcl.encode(catalogue.COMMAND_SETS[cluster].encode(command, sequence=1))


def of_general(command: zcl_general.GeneralCommand) -> bytes:
    is_answer = isinstance(command, ReadReportingConfigurationResponse)
    direction = Direction.SERVER_TO_CLIENT if is_answer else Direction.CLIENT_TO_SERVER
    return zcl.encode(zcl_general.encode(command, direction, sequence=1))


CASES = [
    *(
        pytest.param(
            zdo_packet(HUB, METER, zdo.ZdoFrame(1, message)),
            {f"zbee_zdp.{name}": value for name, value in facts.items()},
            id=type(message).__name__,
        )
        for message, facts in ZDO
    ),
    *(
        pytest.param(
            Packet(HUB, METER, int(ClusterId.METERING), of_general(command)),
            facts,
            id=type(command).__name__,
        )
        for command, facts in GENERAL
    ),
    *(
        pytest.param(
            Packet(HUB, METER, cluster, of_command(cluster, command)),
            facts,
            id=type(command).__name__,
        )
        for cluster, command, facts in COMMANDS
    ),
]


@pytest.mark.parametrize(("packet", "facts"), CASES)
def test_tshark_reads_each_field(
    packet: Packet, facts: Facts, tmp_path: Path, tshark: Callable[..., list[str]]
) -> None:
    home = net(METER)
    home.send(home.stacks[HUB].send(packet, home.now))
    home.advance(5)

    path = captured(home, tmp_path / "answer.pcapng")

    assert tshark(path, *keys(), "-Y", GATE) == []
    fields = [part for name in facts for part in ("-e", name)]
    rows = tshark(path, *keys(), "-Y", "zbee_aps.type == 0", "-T", "fields", *fields)
    # The answers of the one who was asked come after it.
    assert rows[0].split("\t") == list(facts.values())


@pytest.mark.parametrize(
    "message", [message for message, _ in ZDO], ids=lambda one: type(one).__name__
)
def test_zigpy_reads_and_writes_each_management_message(message: zdo.Message) -> None:
    cluster, payload = zdo.encode(zdo.ZdoFrame(1, message))
    _, types = CLUSTERS[ZDOCmd(cluster)]
    rest, values = payload[1:], []
    for kind in types:
        value, rest = kind.deserialize(rest)
        values.append(value)

    assert rest == b""
    there = [value for value in values if value is not None]
    assert serialize(there, types[: len(there)]) == payload[1:]


@pytest.mark.parametrize(
    "command", [command for command, _ in GENERAL], ids=lambda one: type(one).__name__
)
def test_zigpy_reads_and_writes_what_reports_were_configured(
    command: zcl_general.GeneralCommand,
) -> None:
    payload = of_general(command)
    header, rest = foundation.ZCLHeader.deserialize(payload)
    values, left = foundation.GENERAL_COMMANDS[header.command_id].schema.deserialize(rest)

    assert left == b""
    assert header.serialize() + values.serialize() == payload

"""zigpy's serialisers read our reports, reads and ZDO messages, and write the same octets again."""

from collections.abc import Iterator

from tests.foreign.test_tshark_reads_what_we_read import LIBRARY
from zigpy.types import serialize
from zigpy.zcl import foundation
from zigpy.zcl.clusters.smartenergy import Metering
from zigpy.zdo.types import CLUSTERS, ZDOCmd

from hanbench.emulator.device import Packet
from hanbench.emulator.node import stack as stacks
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.files.loader import fixtures_folder
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import run_with
from hanbench.protocol.sua import HAN_SUA_M1
from hanbench.protocol.zigbee import zcl, zcl_general, zdo
from hanbench.protocol.zigbee.clusters.cluster import ClusterId


def case_of(suite: str, name: str, variant: str = "") -> Case:
    path = fixtures_folder("scenarios") / suite / f"{name}.yaml"
    cases = expand(LIBRARY.scenario(path, name=f"{suite}/{name}"))
    return next(case for case in cases if case.variant == variant)


def packets(case: Case, monkeypatch: object) -> list[Packet]:
    """Everything that the stacks of a case sent."""
    sent: list[Packet] = []
    original = stacks.ZigbeeStack.send

    def listening(
        self: stacks.ZigbeeStack, packet: Packet, *args: object, **keys: object
    ) -> object:
        sent.append(packet)
        return original(self, packet, *args, **keys)

    monkeypatch.setattr(stacks.ZigbeeStack, "send", listening)  # type: ignore[attr-defined]
    run_with(case, lambda: AsyncEngine(migrate), HAN_SUA_M1)
    return sent


def metering(sent: list[Packet]) -> Iterator[Packet]:
    return (one for one in sent if one.cluster == ClusterId.METERING and one.profile == 0x0109)


def test_metering_reports_and_reads_are_those_of_zigpy(monkeypatch: object) -> None:
    read = 0
    for packet in metering(
        packets(case_of("secure", "clean-two-fuel", "full-traffic"), monkeypatch)
    ):
        header, rest = foundation.ZCLHeader.deserialize(packet.payload)
        ours = zcl.decode(packet.payload)
        assert (header.tsn, header.command_id) == (ours.sequence, ours.command_id)
        if ours.frame_type is not zcl.FrameType.GENERAL:
            continue
        schema = foundation.GENERAL_COMMANDS[header.command_id].schema
        values, left = schema.deserialize(rest)
        assert left == b""
        assert header.serialize() + values.serialize() == packet.payload
        if header.command_id == foundation.GeneralCommand.Report_Attributes:
            check_report(values, zcl_general.decode(ours))
            read += 1
    assert read > 100


def check_report(theirs: object, ours: object) -> None:
    assert isinstance(ours, zcl_general.ReportAttributes)
    pairs = zip(theirs.attribute_reports, ours.attributes, strict=True)  # type: ignore[attr-defined]
    for their, our in pairs:
        assert their.attrid == our.id
        assert their.value.value == our.typed.value
        known = Metering.attributes.get(our.id)
        assert known is None or known.type(our.typed.value) == our.typed.value


def test_zdo_messages_are_those_of_zigpy(monkeypatch: object) -> None:
    kinds: dict[str, int] = {}
    sent = packets(case_of("han", "join-by-install-code", "two-at-once"), monkeypatch)
    for packet in (one for one in sent if one.profile == 0):
        name, rest = ZDOCmd(packet.cluster).name, packet.payload[1:]
        names, types = CLUSTERS[ZDOCmd(packet.cluster)]
        values = []
        for kind in types:
            value, rest = kind.deserialize(rest)
            values.append(value)
        assert rest == b"", name
        assert packet.payload[:1] + serialize(values, types) == packet.payload
        ours = zdo.decode(packet.cluster, packet.payload).message
        assert len(names) == len(types)
        kinds[type(ours).__name__] = kinds.get(type(ours).__name__, 0) + 1

    assert {"DeviceAnnounce", "MatchDescriptorRequest", "MatchDescriptorResponse"} <= set(kinds)
    assert "PermitJoiningRequest" in kinds

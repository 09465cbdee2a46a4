"""zigpy's serialisers read what we read of Metering and ZDO, and write the same octets."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from tests.foreign.specimen_messages import cluster_commands, zdo_messages
from tests.foreign.test_tshark_reads_what_we_read import LIBRARY
from tests.foreign.zigpy_values import of_ours, of_zigpy
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
from hanbench.protocol.zigbee.clusters import catalogue, metering, metering_attributes
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.zcl_reporting import (
    ConfigureReporting,
    ReportingRule,
    ReportingTimeout,
)

SMART_ENERGY = 0x0109
SEEN_MIN = 100


def case_of(suite: str, name: str, variant: str = "") -> Case:
    path = fixtures_folder("scenarios") / suite / f"{name}.yaml"
    cases = expand(LIBRARY.scenario(path, name=f"{suite}/{name}"))
    return next(case for case in cases if case.variant == variant)


def packets(case: Case, monkeypatch: pytest.MonkeyPatch) -> list[Packet]:
    """Everything that the stacks of a case sent."""
    sent: list[Packet] = []
    original = stacks.ZigbeeStack.send

    def listening(
        self: stacks.ZigbeeStack, packet: Packet, *args: object, **keys: object
    ) -> object:
        sent.append(packet)
        return original(self, packet, *args, **keys)

    monkeypatch.setattr(stacks.ZigbeeStack, "send", listening)
    run_with(case, lambda: AsyncEngine(migrate), HAN_SUA_M1)
    return sent


def sent_by(case: Case, monkeypatch: pytest.MonkeyPatch, cluster: int) -> list[bytes]:
    """The payloads of a cluster in a case, each once."""
    of_cluster = (
        one.payload
        for one in packets(case, monkeypatch)
        if one.cluster == cluster and one.profile == SMART_ENERGY
    )
    return list(dict.fromkeys(of_cluster))


def agree_on_metering(payload: bytes) -> str:
    """Hold a frame of Metering against zigpy, from the header to the values; return its name."""
    header, rest = foundation.ZCLHeader.deserialize(payload)
    ours = zcl.decode(payload)
    control = header.frame_control
    assert (header.tsn, header.command_id, header.manufacturer) == (
        ours.sequence,
        ours.command_id,
        ours.manufacturer,
    )
    assert (control.frame_type, control.direction, control.disable_default_response) == (
        ours.frame_type,
        ours.direction,
        ours.disable_default_response,
    )
    if ours.frame_type is zcl.FrameType.GENERAL:
        schema = foundation.GENERAL_COMMANDS[header.command_id].schema
    else:
        to_server = ours.direction is zcl.Direction.CLIENT_TO_SERVER
        known = Metering.server_commands if to_server else Metering.client_commands
        schema = known[header.command_id].schema
    values, left = schema.deserialize(rest)
    assert left == b""
    command = catalogue.decode(ClusterId.METERING, ours)
    if isinstance(command, ConfigureReporting):
        # zigpy does not copy a rule without a change, as it does to write a list of them.
        written = b"".join(one.serialize() for one in values.config_records)
    else:
        written = values.serialize()
    assert header.serialize() + written == payload
    if isinstance(command, zcl_general.ReportAttributes):
        check_values(values.attribute_reports, command.attributes)
    elif isinstance(command, zcl_general.ReadAttributesResponse):
        check_values(values.status_records, command.results)
    elif isinstance(command, ConfigureReporting):
        check_rules(values.config_records, command.rules)
    else:
        assert [*of_zigpy(values)] == [*of_ours(command)]
    return type(command).__name__


def check_values(
    theirs: Sequence[Any], ours: Sequence[zcl_general.Attribute | zcl_general.ReadResult]
) -> None:
    """Hold attributes with their types and values against zigpy's, and their types against its."""
    for their, our in zip(theirs, ours, strict=True):
        assert their.attrid == our.id
        if isinstance(our, zcl_general.ReadResult):
            assert their.status == our.status
        if our.typed is None:
            continue
        assert (their.value.type, their.value.value) == (our.typed.type, our.typed.value)
        known = Metering.attributes.get(our.id)
        assert known is None or known.zcl_type == our.typed.type


def check_rules(theirs: Sequence[Any], ours: Sequence[ReportingRule | ReportingTimeout]) -> None:
    """Hold the rules of reporting against zigpy's."""
    for their, our in zip(theirs, ours, strict=True):
        assert isinstance(our, ReportingRule)
        assert their.direction == 0
        assert (their.attrid, their.datatype) == (our.id, our.type)
        assert (their.min_interval, their.max_interval) == (our.interval_s_min, our.interval_s_max)
        assert getattr(their, "reportable_change", None) == our.change


def test_metering_reports_and_reads_are_those_of_zigpy(monkeypatch: pytest.MonkeyPatch) -> None:
    full = case_of("secure", "clean-two-fuel", "full-traffic")

    read = Counter(map(agree_on_metering, sent_by(full, monkeypatch, ClusterId.METERING)))

    assert read["ReportAttributes"] > SEEN_MIN
    assert {"ReadAttributes", "ReadAttributesResponse"} <= {*read}
    assert read["MirrorReportAttributeResponse"] > 0


def test_what_a_newcomer_asks_a_meter_to_report_is_that_of_zigpy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    joining = case_of("han", "join-by-install-code", "two-at-once")

    read = Counter(map(agree_on_metering, sent_by(joining, monkeypatch, ClusterId.METERING)))

    asked = {"ConfigureReporting", "ConfigureReportingResponse", "ReportAttributes"}
    assert asked <= {*read}


@pytest.mark.parametrize(
    "command",
    [command for cluster, command in cluster_commands() if cluster == ClusterId.METERING],
    ids=lambda one: type(one).__name__,
)
def test_every_command_of_metering_is_that_of_zigpy(command: metering.Command) -> None:
    payload = zcl.encode(metering.COMMANDS.encode(command, sequence=1))

    assert agree_on_metering(payload) == type(command).__name__


@pytest.mark.parametrize("number", metering_attributes.TYPES, ids=lambda one: one.name)
def test_every_attribute_of_metering_has_the_type_that_it_has_in_zigpy(
    number: metering_attributes.AttributeId,
) -> None:
    assert Metering.attributes[number].zcl_type == metering_attributes.TYPES[number]


def agree_on_zdo(cluster: int, payload: bytes) -> str:
    """Hold a ZDO message against zigpy, field by field; return its name."""
    _, types = CLUSTERS[ZDOCmd(cluster)]
    values, rest = [], payload[1:]
    for kind in types:
        value, rest = kind.deserialize(rest)
        values.append(value)
    assert rest == b""
    ours = zdo.decode(cluster, payload)
    written = b"".join(value.serialize() for value in values if value is not None)
    is_empty = isinstance(ours.message, zdo.SimpleDescriptorResponse) and values[-1] is None
    # A descriptor that is not there has a length of 0, which zigpy reads and does not write.
    assert payload[:1] + written + (b"\0" if is_empty else b"") == payload
    assert ours.sequence == payload[0]
    assert [*of_zigpy(values)] == [*of_ours(ours.message)]
    return type(ours.message).__name__


def test_zdo_messages_are_those_of_zigpy(monkeypatch: pytest.MonkeyPatch) -> None:
    joining = case_of("han", "join-by-install-code", "two-at-once")

    read = Counter(
        agree_on_zdo(one.cluster, one.payload)
        for one in packets(joining, monkeypatch)
        if one.profile == 0
    )

    assert {"DeviceAnnounce", "MatchDescriptorRequest", "MatchDescriptorResponse"} <= {*read}
    assert {"PermitJoiningRequest", "BindRequest", "BindResponse"} <= {*read}


@pytest.mark.parametrize(
    "message",
    [one for one in zdo_messages() if not isinstance(one, zdo.NotSupported)],
    ids=lambda one: type(one).__name__,
)
def test_every_zdo_message_is_that_of_zigpy(message: zdo.Message) -> None:
    cluster, payload = zdo.encode(zdo.ZdoFrame(7, message))

    assert agree_on_zdo(cluster, payload) == type(message).__name__

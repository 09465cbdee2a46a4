"""General ZCL commands: the known frames, every command there and back, and nothing left over."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    Attribute,
    DefaultResponse,
    DiscoverAttributes,
    DiscoverAttributesResponse,
    DiscoveredAttribute,
    GeneralCommand,
    GeneralCommandId,
    ReadAttributes,
    ReadAttributesResponse,
    ReadResult,
    ReportAttributes,
    WriteAttributes,
    WriteAttributesResponse,
    WriteFailure,
)
from hanbench.protocol.zigbee.zcl_reporting import (
    AskedRule,
    ConfigureReporting,
    ConfigureReportingResponse,
    ReadReportingConfiguration,
    ReadReportingConfigurationResponse,
    ReportDirection,
    ReportingFailure,
    ReportingRule,
    ReportingTimeout,
)

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors" / "zcl_se.json"
FRAMES = {row["name"]: row["zcl_or_zdo"] for row in json.loads(VECTORS.read_text())["frames"]}

SUMMATION = AttributeValue(DataType.UINT48, 12345678)
REPORT = ReportAttributes(
    (
        Attribute(0x0000, SUMMATION),
        Attribute(0x0400, AttributeValue(DataType.INT24, -1500)),
        Attribute(0x0200, AttributeValue(DataType.MAP8, 0)),
    )
)
READ_BY_TSHARK: dict[str, GeneralCommand] = {
    "metering_report_extnonce": REPORT,
    "metering_report_noextnonce": REPORT,
    "metering_report_newkey": REPORT,
    "metering_read_req": ReadAttributes((0, 0x0300, 0x0301, 0x0302, 0x0303, 0x0306, 0x0308)),
    "metering_read_rsp": ReadAttributesResponse(
        (
            ReadResult(0x0000, ZclStatus.SUCCESS, SUMMATION),
            ReadResult(0x0300, ZclStatus.SUCCESS, AttributeValue(DataType.ENUM8, 1)),
            ReadResult(0x0301, ZclStatus.SUCCESS, AttributeValue(DataType.UINT24, 1)),
            ReadResult(0x0302, ZclStatus.SUCCESS, AttributeValue(DataType.UINT24, 1000)),
            ReadResult(0x0303, ZclStatus.SUCCESS, AttributeValue(DataType.MAP8, 0xFB)),
            ReadResult(0x0306, ZclStatus.SUCCESS, AttributeValue(DataType.MAP8, 1)),
            ReadResult(0x0308, ZclStatus.SUCCESS, AttributeValue(DataType.OCTETS, b"G4A001234")),
        )
    ),
    "time_read": ReadAttributes((0, 1)),
    "time_read_rsp": ReadAttributesResponse(
        (
            ReadResult(0, ZclStatus.SUCCESS, AttributeValue(DataType.UTC, 757382400)),
            ReadResult(1, ZclStatus.SUCCESS, AttributeValue(DataType.MAP8, 3)),
        )
    ),
    "keepalive_read": ReadAttributes((0, 1)),
    "keepalive_read_rsp": ReadAttributesResponse(
        (
            ReadResult(0, ZclStatus.SUCCESS, AttributeValue(DataType.UINT8, 10)),
            ReadResult(1, ZclStatus.SUCCESS, AttributeValue(DataType.UINT16, 300)),
        )
    ),
    "default_rsp_failure": DefaultResponse(0x0A, ZclStatus.FAILURE),
}
# Laid out by hand after han.md section 6: general command, payload.
BY_HAND: list[tuple[str, GeneralCommand]] = [
    ("01 0000 86", ReadAttributesResponse((ReadResult(0, ZclStatus.UNSUPPORTED_ATTRIBUTE),))),
    (
        "02 0000 e2 00bd242d",
        WriteAttributes((Attribute(0, AttributeValue(DataType.UTC, 757382400)),)),
    ),
    ("04 00", WriteAttributesResponse()),
    ("04 88 0100", WriteAttributesResponse((WriteFailure(ZclStatus.READ_ONLY, 1),))),
    (
        "06 00 0000 25 0a00 2c01 e80300000000 00 0002 18 0a00 2c01 01 0000 5802",
        ConfigureReporting(
            (
                ReportingRule(
                    id=0, type=DataType.UINT48, interval_s_min=10, interval_s_max=300, change=1000
                ),
                ReportingRule(id=0x0200, type=DataType.MAP8, interval_s_min=10, interval_s_max=300),
                ReportingTimeout(0, 600),
            )
        ),
    ),
    ("07 00", ConfigureReportingResponse()),
    (
        "07 8c 00 0100",
        ConfigureReportingResponse(
            (ReportingFailure(ZclStatus.UNREPORTABLE_ATTRIBUTE, ReportDirection.SEND, 1),)
        ),
    ),
    (
        "08 00 0000 01 0004",
        ReadReportingConfiguration(
            (AskedRule(ReportDirection.SEND, 0), AskedRule(ReportDirection.EXPECT, 0x0400))
        ),
    ),
    (
        (
            "09 00 00 0000 25 0a00 2c01 e80300000000 00 00 0002 18 0a00 2c01"
            " 00 01 0000 5802 8b 00 0100"
        ),
        ReadReportingConfigurationResponse(
            (
                ReportingRule(
                    id=0, type=DataType.UINT48, interval_s_min=10, interval_s_max=300, change=1000
                ),
                ReportingRule(id=0x0200, type=DataType.MAP8, interval_s_min=10, interval_s_max=300),
                ReportingTimeout(0, 600),
                ReportingFailure(ZclStatus.NOT_FOUND, ReportDirection.SEND, 1),
            )
        ),
    ),
    ("0b 02 7e", DefaultResponse(2, ZclStatus.NOT_AUTHORISED)),
    ("0c 0003 08", DiscoverAttributes(0x0300, 8)),
    (
        "0d 01 0003 30 0103 22",
        DiscoverAttributesResponse(
            is_complete=True,
            attributes=(
                DiscoveredAttribute(0x0300, DataType.ENUM8),
                DiscoveredAttribute(0x0301, DataType.UINT24),
            ),
        ),
    ),
]


def general(octets: bytes) -> ZclFrame:
    return ZclFrame(
        frame_type=FrameType.GENERAL,
        direction=Direction.CLIENT_TO_SERVER,
        sequence=1,
        command_id=octets[0],
        payload=octets[1:],
        disable_default_response=True,
    )


@pytest.mark.parametrize("name", READ_BY_TSHARK)
def test_a_frame_that_tshark_reads_decodes_to_the_same_values(name: str) -> None:
    frame = zcl.decode(bytes.fromhex(FRAMES[name]))

    assert zcl_general.decode(frame) == READ_BY_TSHARK[name]
    again = zcl_general.encode(
        READ_BY_TSHARK[name],
        frame.direction,
        sequence=frame.sequence,
        disable_default_response=frame.disable_default_response,
    )
    assert again == frame


@pytest.mark.parametrize(("octets", "command"), BY_HAND)
def test_a_command_lies_on_the_wire_as_stated(octets: str, command: GeneralCommand) -> None:
    frame = general(bytes.fromhex(octets))

    assert zcl_general.decode(frame) == command
    assert zcl_general.encode(command, Direction.CLIENT_TO_SERVER, sequence=1) == frame


@given(st.sampled_from(GeneralCommandId), st.binary(max_size=30))
def test_whatever_decodes_is_written_alike_again(
    command_id: GeneralCommandId, payload: bytes
) -> None:
    frame = general(bytes([command_id]) + payload)
    try:
        command = zcl_general.decode(frame)
    except DecodeError:
        return
    again = zcl_general.encode(command, Direction.CLIENT_TO_SERVER, sequence=1)
    assert again == frame
    assert zcl_general.decode(again) == command


@pytest.mark.parametrize(
    ("octets", "field"),
    [
        ("00 00", "zcl-general.ids"),
        ("01 0000", "zcl-general.results.status"),
        ("01 0000 00", "zcl-general.results.typed.type"),
        ("01 0000 00 25 0102", "zcl-general.results.typed.value"),
        ("01 0000 42", "zcl-general.results.status"),
        ("04", "zcl-general.failures"),
        ("04 01", "zcl-general.failures"),
        ("04 88 01", "zcl-general.failures.id"),
        ("06 02 0000", "zcl-general.rules.direction"),
        ("06 00 0000 25 0a00 2c01 e803", "zcl-general.rules.rule.change"),
        ("0a 0000 25 4e61bc0000", "zcl-general.attributes.typed.value"),
        ("08 00 00", "zcl-general.asked.id"),
        ("09 00 00 0000 25 0a00", "zcl-general.results.rule.interval_s_max"),
        ("09 8b 00 01", "zcl-general.results.id"),
        ("0b 02", "zcl-general.status"),
        ("0b 02 7e 00", "zcl-general"),
        ("0d 02", "zcl-general.is_complete"),
        ("63", "zcl-general"),
    ],
)
def test_a_refusal_names_the_field(octets: str, field: str) -> None:
    with pytest.raises(DecodeError) as refusal:
        zcl_general.decode(general(bytes.fromhex(octets)))

    assert refusal.value.field == field


def test_a_cluster_command_is_no_general_one() -> None:
    with pytest.raises(DecodeError):
        zcl_general.decode(zcl.decode(bytes.fromhex("01 00 00")))


def test_a_result_has_a_value_if_and_only_if_it_is_a_success() -> None:
    with pytest.raises(EncodeError):
        ReadResult(0, ZclStatus.SUCCESS)
    with pytest.raises(EncodeError):
        ReadResult(0, ZclStatus.FAILURE, SUMMATION)


def test_a_rule_has_a_change_if_and_only_if_its_type_is_analogue() -> None:
    with pytest.raises(EncodeError):
        ReportingRule(id=0, type=DataType.UINT8, interval_s_min=0, interval_s_max=0)
    with pytest.raises(EncodeError):
        ReportingRule(id=0, type=DataType.MAP8, interval_s_min=0, interval_s_max=0, change=1)


def test_an_attribute_number_over_two_octets_does_not_encode() -> None:
    with pytest.raises(EncodeError):
        zcl_general.encode(ReadAttributes((0x10000,)), Direction.CLIENT_TO_SERVER, sequence=0)


def test_a_configuration_that_failed_has_not_the_status_success() -> None:
    failure = ReportingFailure(ZclStatus.SUCCESS, ReportDirection.SEND, 0)
    response = ReadReportingConfigurationResponse((failure,))

    with pytest.raises(EncodeError):
        zcl_general.encode(response, Direction.SERVER_TO_CLIENT, sequence=0)

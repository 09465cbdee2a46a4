"""General ZCL commands: they read, write, report and discover the attributes of any cluster.

Source: ZigBee Cluster Library specification (075123), section 2.5 "General command frames", as
collected in han.md section 6. Little-endian; lists run to the end of the frame.
"""

import enum
import functools
from dataclasses import dataclass

import construct as c

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.layout import DECODED_KEPT, OneOf, enumerated
from hanbench.protocol.layout_trace import Trace
from hanbench.protocol.zigbee import attributes, fields, zcl_reporting
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus


class GeneralCommandId(enum.IntEnum):
    """Command numbers (ZCL table 2.9)."""

    READ_ATTRIBUTES = 0x00
    READ_ATTRIBUTES_RESPONSE = 0x01
    WRITE_ATTRIBUTES = 0x02
    WRITE_ATTRIBUTES_RESPONSE = 0x04
    CONFIGURE_REPORTING = 0x06
    CONFIGURE_REPORTING_RESPONSE = 0x07
    READ_REPORTING_CONFIGURATION = 0x08
    READ_REPORTING_CONFIGURATION_RESPONSE = 0x09
    REPORT_ATTRIBUTES = 0x0A
    DEFAULT_RESPONSE = 0x0B
    DISCOVER_ATTRIBUTES = 0x0C
    DISCOVER_ATTRIBUTES_RESPONSE = 0x0D


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute with its value, as written or reported."""

    id: int
    typed: AttributeValue


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a read found: a value, or the status that says why there is none."""

    id: int
    status: ZclStatus
    typed: AttributeValue | None = None

    def __post_init__(self) -> None:
        if (self.status is ZclStatus.SUCCESS) != (self.typed is not None):
            raise EncodeError(f"attribute {self.id:#06x}: a value goes with SUCCESS, only with it")


@dataclass(frozen=True, slots=True)
class WriteFailure:
    """One attribute that was not written."""

    status: ZclStatus
    id: int


@dataclass(frozen=True, slots=True)
class DiscoveredAttribute:
    """An attribute that the cluster has, and its type."""

    id: int
    type: DataType


@dataclass(frozen=True, slots=True)
class ReadAttributes:
    """Ask for the values of these attributes."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReadAttributesResponse:
    """Answer a read, in the order of the request."""

    results: tuple[ReadResult, ...]


@dataclass(frozen=True, slots=True)
class WriteAttributes:
    """Set these attributes."""

    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class WriteAttributesResponse:
    """Answer a write: the failures; none at all when everything was written."""

    failures: tuple[WriteFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportAttributes:
    """Report these attributes unasked."""

    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class DefaultResponse:
    """Say what became of a command that has no response of its own."""

    command_id: int
    status: ZclStatus


@dataclass(frozen=True, slots=True)
class DiscoverAttributes:
    """Ask which attributes there are from this number on."""

    first: int
    count_max: int


@dataclass(frozen=True, slots=True)
class DiscoverAttributesResponse:
    """List attributes; unless `is_complete` there are more."""

    is_complete: bool
    attributes: tuple[DiscoveredAttribute, ...]


GeneralCommand = (
    ReadAttributes
    | ReadAttributesResponse
    | WriteAttributes
    | WriteAttributesResponse
    | zcl_reporting.Command
    | ReportAttributes
    | DefaultResponse
    | DiscoverAttributes
    | DiscoverAttributesResponse
)


def decode(frame: ZclFrame) -> GeneralCommand:
    """Read the general command in a frame.

    Raises:
        DecodeError: it is no general command, an unknown one, or its payload is malformed.
    """
    if frame.frame_type is not FrameType.GENERAL:
        raise DecodeError("a cluster command is no general command", field="zcl.frame_type")
    if frame.command_id == GeneralCommandId.REPORT_ATTRIBUTES:
        reported = _decode_numbers(frame.payload)
        if reported:
            return ReportAttributes(reported)
    return _COMMANDS.decode(bytes([frame.command_id]) + frame.payload)


def encode(
    command: GeneralCommand,
    direction: Direction,
    *,
    sequence: int,
    disable_default_response: bool = True,
) -> ZclFrame:
    """Return the frame for a general command; raise `EncodeError` if a field does not fit."""
    numbers = _encode_numbers(command) if isinstance(command, ReportAttributes) else None
    if numbers:
        data = bytes((GeneralCommandId.REPORT_ATTRIBUTES,)) + numbers
    else:
        data = _COMMANDS.encode(command)
    return ZclFrame(
        frame_type=FrameType.GENERAL,
        direction=direction,
        sequence=sequence,
        command_id=data[0],
        payload=data[1:],
        disable_default_response=disable_default_response,
    )


@functools.lru_cache(maxsize=DECODED_KEPT)  # each display of a home gets the same report
def _decode_numbers(payload: bytes) -> tuple[Attribute, ...] | None:
    """Read a report of whole numbers, as steady traffic is, at a tenth of the layout's cost.

    None for any other, and for a malformed one: the layout reads it, or says what is wrong.
    """
    found = []
    at, end = 0, len(payload)
    while at < end:
        shape = attributes.NUMBERS.get(payload[at + 2]) if at + 3 <= end else None
        if shape is None or at + 3 + shape.octets > end:
            return None
        number = int.from_bytes(payload[at : at + 2], "little")
        at += 3
        raw = payload[at : at + shape.octets]
        value = int.from_bytes(raw, "little", signed=shape.is_signed)
        found.append(Attribute(number, AttributeValue(shape.type, value)))
        at += shape.octets
    return tuple(found)


@functools.lru_cache(maxsize=DECODED_KEPT)
def _encode_numbers(report: ReportAttributes) -> bytes | None:
    parts = []
    for attribute in report.attributes:
        shape = attributes.NUMBERS.get(attribute.typed.type)
        value = attribute.typed.value
        if shape is None or not isinstance(value, int) or not 0 <= attribute.id <= 0xFFFF:
            return None
        try:
            octets = value.to_bytes(shape.octets, "little", signed=shape.is_signed)
        except OverflowError:
            return None  # the layout says which attribute does not fit
        parts.append(attribute.id.to_bytes(2, "little") + bytes((shape.type,)) + octets)
    return b"".join(parts)


_STATUS = enumerated(ZclStatus, fields.U8)
_ATTRIBUTE = fields.record(Attribute, c.Struct("id" / fields.U16, "typed" / attributes.TYPED_VALUE))
_READ_RESULT = fields.record(
    ReadResult,
    c.Struct(
        "id" / fields.U16,
        "status" / _STATUS,
        "typed" / c.If(c.this.status == ZclStatus.SUCCESS, attributes.TYPED_VALUE),
    ),
)
_WRITE_FAILURE = fields.record(WriteFailure, c.Struct("status" / _STATUS, "id" / fields.U16))
_DISCOVERED = fields.record(
    DiscoveredAttribute, c.Struct("id" / fields.U16, "type" / attributes.TYPE)
)

_COMMANDS: OneOf[GeneralCommand] = OneOf(
    "zcl-general",
    {
        bytes([GeneralCommandId.READ_ATTRIBUTES]): (
            ReadAttributes,
            c.Struct("ids" / fields.until_end(fields.U16)),
        ),
        bytes([GeneralCommandId.READ_ATTRIBUTES_RESPONSE]): (
            ReadAttributesResponse,
            c.Struct("results" / fields.until_end(_READ_RESULT)),
        ),
        bytes([GeneralCommandId.WRITE_ATTRIBUTES]): (
            WriteAttributes,
            c.Struct("attributes" / fields.until_end(_ATTRIBUTE)),
        ),
        bytes([GeneralCommandId.WRITE_ATTRIBUTES_RESPONSE]): (
            WriteAttributesResponse,
            c.Struct(fields.all_well_or("failures", _WRITE_FAILURE)),
        ),
        **zcl_reporting.COMMANDS,
        bytes([GeneralCommandId.REPORT_ATTRIBUTES]): (
            ReportAttributes,
            c.Struct("attributes" / fields.until_end(_ATTRIBUTE)),
        ),
        bytes([GeneralCommandId.DEFAULT_RESPONSE]): (
            DefaultResponse,
            c.Struct("command_id" / fields.U8, "status" / _STATUS),
        ),
        bytes([GeneralCommandId.DISCOVER_ATTRIBUTES]): (
            DiscoverAttributes,
            c.Struct("first" / fields.U16, "count_max" / fields.U8),
        ),
        bytes([GeneralCommandId.DISCOVER_ATTRIBUTES_RESPONSE]): (
            DiscoverAttributesResponse,
            c.Struct("is_complete" / fields.BOOL, "attributes" / fields.until_end(_DISCOVERED)),
        ),
    },
)


def trace(frame: ZclFrame) -> tuple[str, Trace]:
    """Name a general command, and say where each field lies; octet 0 is the command number."""
    return _COMMANDS.trace(bytes([frame.command_id]) + frame.payload)

"""General ZCL commands: they read, write, report and discover the attributes of any cluster.

Source: ZigBee Cluster Library specification (075123), section 2.5 "General command frames", as
collected in han.md section 6. Little-endian; lists run to the end of the frame.
"""

import enum
import functools
import struct
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
    return _decode_plain(frame.command_id, frame.payload) or _COMMANDS.decode(
        bytes([frame.command_id]) + frame.payload
    )


def encode(
    command: GeneralCommand,
    direction: Direction,
    *,
    sequence: int,
    disable_default_response: bool = True,
) -> ZclFrame:
    """Return the frame for a general command; raise `EncodeError` if a field does not fit."""
    data = _encode_plain(command) or _COMMANDS.encode(command)
    return ZclFrame(
        frame_type=FrameType.GENERAL,
        direction=direction,
        sequence=sequence,
        command_id=data[0],
        payload=data[1:],
        disable_default_response=disable_default_response,
    )


@functools.lru_cache(maxsize=DECODED_KEPT)  # each display of a home gets the same report
def _decode_plain(command_id: int, payload: bytes) -> GeneralCommand | None:
    """Read what steady traffic is, reads and reports of whole numbers, at a tenth of the cost.

    None for anything else, and for what is malformed: the layout reads it, or says what is wrong.
    """
    match command_id:
        case GeneralCommandId.REPORT_ATTRIBUTES:
            reported = _decode_numbers(payload)
            return ReportAttributes(reported) if reported else None
        case GeneralCommandId.READ_ATTRIBUTES:
            count, odd = divmod(len(payload), 2)
            return None if odd else ReadAttributes(struct.unpack(f"<{count}H", payload))
        case GeneralCommandId.READ_ATTRIBUTES_RESPONSE:
            results = _decode_results(payload)
            return ReadAttributesResponse(results) if results else None
        case _:
            return None


def _decode_numbers(payload: bytes) -> tuple[Attribute, ...] | None:
    found = []
    at = 0
    while at < len(payload):
        read = attributes.read_number(payload, at + 2)
        if read is None:
            return None
        number = int.from_bytes(payload[at : at + 2], "little")
        typed, at = read
        found.append(Attribute(number, typed))
    return tuple(found)


def _decode_results(payload: bytes) -> tuple[ReadResult, ...] | None:
    found = []
    at = 0
    while at < len(payload):
        number = int.from_bytes(payload[at : at + 2], "little")
        status = _STATUSES.get(payload[at + 2]) if at + 2 < len(payload) else None
        if status is ZclStatus.SUCCESS:
            read = attributes.read_number(payload, at + 3)
            if read is None:
                return None
            typed, at = read
            found.append(ReadResult(number, status, typed))
        elif status is None:
            return None
        else:
            found.append(ReadResult(number, status))
            at += 3
    return tuple(found)


@functools.lru_cache(maxsize=DECODED_KEPT)
def _encode_plain(command: GeneralCommand) -> bytes | None:
    """Write what `_decode_plain` reads; None for anything else, and for what does not fit."""
    parts: list[tuple[int, bytes, AttributeValue | None]]
    match command:
        case ReportAttributes(attributes=reported):
            parts = [(it.id, b"", it.typed) for it in reported]
            prefix = _REPORT
        case ReadAttributesResponse(results=results):
            parts = [(it.id, bytes((it.status,)), it.typed) for it in results]
            prefix = _READ_RESPONSE
        case ReadAttributes(ids=ids):
            parts = [(number, b"", None) for number in ids]
            prefix = _READ
        case _:
            return None
    octets = [prefix]
    for number, status, typed in parts:
        value = b"" if typed is None else attributes.write_number(typed)
        if value is None or not 0 <= number <= 0xFFFF:
            return None  # the layout says which attribute does not fit
        octets.append(number.to_bytes(2, "little") + status + value)
    return b"".join(octets)


_STATUSES = {int(status): status for status in ZclStatus}
_READ, _READ_RESPONSE, _REPORT = (
    bytes((number,))
    for number in (
        GeneralCommandId.READ_ATTRIBUTES,
        GeneralCommandId.READ_ATTRIBUTES_RESPONSE,
        GeneralCommandId.REPORT_ATTRIBUTES,
    )
)
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

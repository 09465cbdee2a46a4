"""ZCL frames: the header that general and cluster commands travel under.

Source: ZigBee Cluster Library specification (075123), section 2.4 "General ZCL frame format", and
2.5.3 for the status numbers; as collected in han.md section 6. All integers are little-endian.
"""

import enum
from typing import NamedTuple

import construct as c

from hanbench.protocol.errors import DecodeError
from hanbench.protocol.layout import Layout
from hanbench.protocol.layout_trace import Trace


class FrameType(enum.IntEnum):
    """Whether a command means the same in every cluster (ZCL 2.4.1.1.1)."""

    GENERAL = 0
    CLUSTER = 1


class Direction(enum.IntEnum):
    """Who sends the frame (ZCL 2.4.1.1.3)."""

    CLIENT_TO_SERVER = 0
    SERVER_TO_CLIENT = 1


class ZclStatus(enum.IntEnum):
    """What became of a command or of one attribute (ZCL 2.5.3)."""

    SUCCESS = 0x00
    FAILURE = 0x01
    NOT_AUTHORISED = 0x7E
    MALFORMED_COMMAND = 0x80
    UNSUPPORTED_CLUSTER_COMMAND = 0x81
    UNSUPPORTED_GENERAL_COMMAND = 0x82
    UNSUPPORTED_MANUFACTURER_CLUSTER_COMMAND = 0x83
    UNSUPPORTED_MANUFACTURER_GENERAL_COMMAND = 0x84
    INVALID_FIELD = 0x85
    UNSUPPORTED_ATTRIBUTE = 0x86
    INVALID_VALUE = 0x87
    READ_ONLY = 0x88
    INSUFFICIENT_SPACE = 0x89
    NOT_FOUND = 0x8B
    UNREPORTABLE_ATTRIBUTE = 0x8C
    INVALID_DATA_TYPE = 0x8D
    TIMEOUT = 0x94


class ZclFrame(NamedTuple):
    """One ZCL frame; `payload` is still encoded, since its layout depends on the cluster.

    A tuple, since one is made for each frame: a third of the cost of a frozen dataclass.
    """

    frame_type: FrameType
    direction: Direction
    sequence: int
    command_id: int
    payload: bytes = b""
    manufacturer: int | None = None
    disable_default_response: bool = False


_TYPE = 0x03
_HAS_MANUFACTURER = 0x04
_DIRECTION_SHIFT = 3
_DISABLE_DEFAULT_RESPONSE = 0x10
# Frame types 2 and 3 and bits 5 to 7 are reserved: a set one would not survive re-encoding.
_REFUSED = 0xE2

_FRAME_TYPES = tuple(FrameType)
_DIRECTIONS = tuple(Direction)
_COMMON_OCTETS = 3

_LAYOUT = Layout(
    "zcl",
    c.Struct(
        "control" / c.Int8ul,
        "manufacturer" / c.If(c.this.control & _HAS_MANUFACTURER, c.Int16ul),
        "sequence" / c.Int8ul,
        "command_id" / c.Int8ul,
        "payload" / c.GreedyBytes,
    ),
    compiled=True,
)


def decode(data: bytes) -> ZclFrame:
    """Read one frame.

    Raises:
        DecodeError: the header is cut short, or holds a reserved frame type or bit.
    """
    if len(data) >= _COMMON_OCTETS and not data[0] & (_REFUSED | _HAS_MANUFACTURER):
        return _decode_common(data)
    return _decode_any(data)


def _decode_common(data: bytes) -> ZclFrame:
    """Read a header without a manufacturer code: nearly every one, at a third of the cost."""
    control = data[0]
    return ZclFrame(
        frame_type=_FRAME_TYPES[control & 1],
        direction=_DIRECTIONS[control >> _DIRECTION_SHIFT & 1],
        sequence=data[1],
        command_id=data[2],
        payload=data[_COMMON_OCTETS:],
        disable_default_response=control & _DISABLE_DEFAULT_RESPONSE != 0,
    )


def _decode_any(data: bytes) -> ZclFrame:
    raw = _LAYOUT.decode(data)
    control: int = raw.control
    if control & _REFUSED:
        raise DecodeError(f"reserved bits are set in {control:#04x}", field="zcl.control")
    return ZclFrame(
        frame_type=FrameType(control & _TYPE),
        direction=Direction(control >> _DIRECTION_SHIFT & 1),
        sequence=raw.sequence,
        command_id=raw.command_id,
        payload=raw.payload,
        manufacturer=raw.manufacturer,
        disable_default_response=bool(control & _DISABLE_DEFAULT_RESPONSE),
    )


def encode(frame: ZclFrame) -> bytes:
    """Write one frame; raise `EncodeError` if a field does not fit."""
    control = frame.frame_type | frame.direction << _DIRECTION_SHIFT
    if frame.manufacturer is not None:
        control |= _HAS_MANUFACTURER
    if frame.disable_default_response:
        control |= _DISABLE_DEFAULT_RESPONSE
    if frame.manufacturer is None and 0 <= frame.sequence <= 0xFF and 0 <= frame.command_id <= 0xFF:
        return bytes((control, frame.sequence, frame.command_id)) + frame.payload
    return _LAYOUT.encode(
        {
            "control": control,
            "manufacturer": frame.manufacturer,
            "sequence": frame.sequence,
            "command_id": frame.command_id,
            "payload": frame.payload,
        }
    )


def trace(data: bytes) -> Trace:
    """Say where each field of a frame lies, as far as it can be read."""
    return _LAYOUT.trace(data)

"""IEEE 802.15.4 MAC frames, as ZigBee uses them: no MAC security, 2003 or 2006 frame version.

Source: IEEE 802.15.4-2011 sections 5.2.1 (general frame format), 5.2.1.9 (FCS) and 5.2.2. All
integers are little-endian, extended addresses included. A frame is at most 127 octets with its FCS.
"""

import binascii
import enum
import functools
import struct
from typing import NamedTuple

import construct as c

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.layout import Layout
from hanbench.protocol.layout_trace import Trace

FRAME_OCTETS_MAX = 127
"""aMaxPHYPacketSize."""
FCS_OCTETS = 2
HEARD_AT_ONCE = 8
"""How many frames are kept decoded: a broadcast is heard by all that are in range."""
FCS_FIELD = "mac.fcs"
"""The `DecodeError.field` of a frame that was damaged on the air."""
BROADCAST_SHORT = ShortAddress(0xFFFF)
BROADCAST_PAN = PanId(0xFFFF)


class FrameType(enum.IntEnum):
    """Frame types (802.15.4 table 2)."""

    BEACON = 0
    DATA = 1
    ACK = 2
    COMMAND = 3


class MacFrame(NamedTuple):
    """One MAC frame without its FCS. An address is short, extended, or absent.

    A tuple, since one is made for each frame: a third of the cost of a frozen dataclass.
    """

    frame_type: FrameType
    sequence: int
    payload: bytes = b""
    target_pan: PanId | None = None
    target_short: ShortAddress | None = None
    target_eui64: Eui64 | None = None
    source_pan: PanId | None = None
    """None beside a source address: PAN ID compression, the source's PAN is the target's."""
    source_short: ShortAddress | None = None
    source_eui64: Eui64 | None = None
    ack_request: bool = False
    frame_pending: bool = False
    version: int = 0


_PENDING = 0x0010
_ACK_REQUEST = 0x0020
_COMPRESSION = 0x0040
_TARGET = 0x0C00
_TARGET_SHORT = 0x0800
_TARGET_EUI64 = 0x0C00
_VERSION_SHIFT = 12
_SOURCE = 0xC000
_SOURCE_SHORT = 0x8000
_SOURCE_EUI64 = 0xC000
# Types 4 to 7, MAC security, reserved bits, and versions 2 and 3, which have another layout.
_REFUSED = 0x0004 | 0x0008 | 0x0380 | 0x2000
_FRAME_TYPES = tuple(FrameType)

_LAYOUT = Layout(
    "mac",
    c.Struct(
        "control" / c.Int16ul,
        "sequence" / c.Int8ul,
        "target_pan" / c.If(c.this.control & _TARGET, c.Int16ul),
        "target_short" / c.If((c.this.control & _TARGET) == _TARGET_SHORT, c.Int16ul),
        "target_eui64" / c.If((c.this.control & _TARGET) == _TARGET_EUI64, c.Int64ul),
        "source_pan"
        / c.If(
            c.this.control & _SOURCE,
            c.If((c.this.control & _COMPRESSION) == 0, c.Int16ul),
        ),
        "source_short" / c.If((c.this.control & _SOURCE) == _SOURCE_SHORT, c.Int16ul),
        "source_eui64" / c.If((c.this.control & _SOURCE) == _SOURCE_EUI64, c.Int64ul),
        "payload" / c.GreedyBytes,
    ),
    compiled=True,
)

# Within one PAN from short address to short address: nearly every frame. One `struct` reads it.
_COMMON = struct.Struct("<HBHHH")
_SHAPE = _TARGET | _SOURCE | _COMPRESSION
_COMMON_SHAPE = _TARGET_SHORT | _SOURCE_SHORT | _COMPRESSION

_REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))


def fcs(data: bytes) -> bytes:
    """Return the two octets of the frame check sequence, as sent (CRC-16/KERMIT, low first)."""
    # The CRC is reflected and binascii's is not: reverse the bits on the way in and out. Ten times
    # faster than a table in Python.
    crc = binascii.crc_hqx(data.translate(_REVERSED), 0)
    return bytes((_REVERSED[crc >> 8], _REVERSED[crc & 0xFF]))


@functools.lru_cache(maxsize=HEARD_AT_ONCE)
def decode(data: bytes) -> MacFrame:
    """Read one frame with its FCS; raise `DecodeError`, with `FCS_FIELD` if damaged on the air."""
    if len(data) > FRAME_OCTETS_MAX:
        raise DecodeError(f"{len(data)} octets are more than 127", field="mac")
    body = data[:-FCS_OCTETS]
    if fcs(body) != data[-FCS_OCTETS:]:
        raise DecodeError(f"not {fcs(body).hex()}, damaged on the air", field=FCS_FIELD)
    return _decode_common(body) or _decode_any(body)


def _decode_common(body: bytes) -> MacFrame | None:
    if len(body) < _COMMON.size:
        return None
    control, sequence, target_pan, target_short, source_short = _COMMON.unpack_from(body)
    if control & _SHAPE != _COMMON_SHAPE:
        return None
    frame_type, ack_request, frame_pending, version = _read_control(control)
    return MacFrame(
        frame_type=frame_type,
        sequence=sequence,
        payload=body[_COMMON.size :],
        target_pan=target_pan,
        target_short=target_short,
        source_short=source_short,
        ack_request=ack_request,
        frame_pending=frame_pending,
        version=version,
    )


def _decode_any(body: bytes) -> MacFrame:
    raw = _LAYOUT.decode(body)
    frame_type, ack_request, frame_pending, version = _read_control(raw["control"])
    return MacFrame(
        frame_type=frame_type,
        sequence=raw["sequence"],
        payload=raw["payload"],
        target_pan=raw["target_pan"],
        target_short=raw["target_short"],
        target_eui64=raw["target_eui64"],
        source_pan=raw["source_pan"],
        source_short=raw["source_short"],
        source_eui64=raw["source_eui64"],
        ack_request=ack_request,
        frame_pending=frame_pending,
        version=version,
    )


def encode(frame: MacFrame) -> bytes:
    """Write one frame with its FCS.

    Raises:
        EncodeError: a number does not fit, the addresses contradict, or 127 octets are exceeded.
    """
    control = _control(frame)
    body = _encode_common(frame, control) or _encode_any(frame, control)
    if len(body) > FRAME_OCTETS_MAX - FCS_OCTETS:
        raise EncodeError(f"mac: {len(body)} octets and the FCS are more than 127")
    return body + fcs(body)


def _encode_common(frame: MacFrame, control: int) -> bytes | None:
    if control & _SHAPE != _COMMON_SHAPE:
        return None
    addresses = (frame.target_pan, frame.target_short, frame.source_short)
    try:
        return _COMMON.pack(control, frame.sequence, *addresses) + frame.payload
    except struct.error:
        return None  # the layout says which field does not fit


def _encode_any(frame: MacFrame, control: int) -> bytes:
    return _LAYOUT.encode(
        {
            "control": control,
            "sequence": frame.sequence,
            "target_pan": frame.target_pan,
            "target_short": frame.target_short,
            "target_eui64": frame.target_eui64,
            "source_pan": frame.source_pan,
            "source_short": frame.source_short,
            "source_eui64": frame.source_eui64,
            "payload": frame.payload,
        }
    )


def acknowledgement(sequence: int, *, pending: bool = False) -> bytes:
    """Return the immediate acknowledgement of the frame with this sequence number."""
    return _acknowledgement(sequence, pending)


@functools.cache
def _acknowledgement(sequence: int, pending: bool) -> bytes:  # noqa: FBT001  (512 of them: cached)
    body = bytes((FrameType.ACK | (_PENDING if pending else 0), 0, sequence))
    return body + fcs(body)


@functools.cache
def _read_control(control: int) -> tuple[FrameType, bool, bool, int]:
    """Split the frame control field, of which a HAN uses a dozen values: hence the cache."""
    if control & _REFUSED:
        raise DecodeError(f"{control:#06x} has bits that ZigBee leaves clear", field="mac.control")
    target, source = control & _TARGET, control & _SOURCE
    if target == _TARGET_EUI64 ^ _TARGET_SHORT or source == _SOURCE_EUI64 ^ _SOURCE_SHORT:
        raise DecodeError(f"{control:#06x} has a reserved address mode", field="mac.control")
    if control & _COMPRESSION and not (target and source):
        raise DecodeError("PAN ID compression takes two addresses", field="mac.control")
    return (
        _FRAME_TYPES[control & 3],
        bool(control & _ACK_REQUEST),
        bool(control & _PENDING),
        control >> _VERSION_SHIFT & 3,
    )


def _control(frame: MacFrame) -> int:
    target = _address_mode(frame.target_short, frame.target_eui64)
    source = _address_mode(frame.source_short, frame.source_eui64)
    if (target == 0) != (frame.target_pan is None) or (not source and frame.source_pan is not None):
        raise EncodeError("mac: a PAN stands beside each address, or is compressed")
    if source and not target and frame.source_pan is None:
        raise EncodeError("mac: PAN ID compression takes two addresses")
    if frame.version not in (0, 1):
        raise EncodeError(f"mac.version: {frame.version} is not 0 or 1")
    control = frame.frame_type | target << 10 | source << 14 | frame.version << _VERSION_SHIFT
    if frame.frame_pending:
        control |= _PENDING
    if frame.ack_request:
        control |= _ACK_REQUEST
    return control | _COMPRESSION if source and frame.source_pan is None else control


def _address_mode(short: ShortAddress | None, eui64: Eui64 | None) -> int:
    if short is not None and eui64 is not None:
        raise EncodeError("mac: an address is short or extended, not both")
    if short is not None:
        return 2
    return 0 if eui64 is None else 3


def trace(data: bytes) -> Trace:
    """Say where each field of a frame without its FCS lies, as far as it can be read."""
    return _LAYOUT.trace(data)

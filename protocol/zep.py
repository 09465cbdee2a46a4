"""ZigBee Encapsulation Protocol, version 2: a sniffed frame inside a UDP datagram.

Source: the ZEP dissector of Wireshark (the protocol has no published specification) and han.md
section 8, tried live with tshark 4.0.17. Big-endian. A data packet:

    "EX" | version u8 = 2 | type u8 = 1 | channel u8 | device u16 | CRC mode u8 | LQI u8
    | NTP time u64 | sequence u32 | 10 reserved | length u8 | frame

CRC mode 1 says that the frame ends with a true FCS, 0 that the sniffer put something else there.
"""

import struct
from dataclasses import dataclass

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.ieee802154 import FRAME_OCTETS_MAX

UDP_PORT = 17754
CHANNEL_DEFAULT = 11
LQI_BEST = 0xFF

_PREAMBLE = b"EX"
_VERSION = 2
_DATA = 1
_NTP_EPOCH_UNIX_S = -2_208_988_800
"""1900-01-01, where NTP begins to count."""
_SECOND_NS = 1_000_000_000
_HEADER = struct.Struct(">2sBBBHBBQI10sB")
_TYPE_AT, _ACKNOWLEDGEMENT = 3, 2
_PLACES = {"zep.preamble": 0, "zep.type": 2, "zep.length": 31}


@dataclass(frozen=True, slots=True, kw_only=True)
class ZepPacket:
    """One frame as a sniffer heard it."""

    frame: bytes
    at_ns: int
    """Since 1970; the wire keeps it to about a quarter of a nanosecond, within 1900 to 2036."""
    sequence: int
    channel: int = CHANNEL_DEFAULT
    device: int = 0
    """Which sniffer."""
    lqi: int = LQI_BEST
    has_fcs: bool = True


def encode(packet: ZepPacket) -> bytes:
    """Write the payload of a datagram; raise `EncodeError` if a field does not fit."""
    if not 0 < len(packet.frame) <= FRAME_OCTETS_MAX:
        raise EncodeError(f"zep.frame: {len(packet.frame)} octets")
    fields = (packet.channel, packet.device, int(packet.has_fcs), packet.lqi)
    rest = (_ntp(packet.at_ns), packet.sequence, bytes(10), len(packet.frame))
    try:
        return _HEADER.pack(_PREAMBLE, _VERSION, _DATA, *fields, *rest) + packet.frame
    except struct.error as error:
        raise EncodeError(f"zep: {error}") from error


def decode(data: bytes) -> ZepPacket:
    """Read the payload of a datagram.

    Raises:
        DecodeError: it is no ZEP version 2 data packet, or not every octet is accounted for.
    """
    if len(data) < _HEADER.size:
        raise DecodeError(f"{len(data)} octets are less than its header", field="zep")
    preamble, version, kind, channel, device, mode, lqi, time, sequence, _, length = (
        _HEADER.unpack_from(data)
    )
    if preamble != _PREAMBLE:
        raise DecodeError(f"{preamble.hex()} is not 'EX'", field="zep.preamble")
    if (version, kind) != (_VERSION, _DATA):
        raise DecodeError(f"version {version}, type {kind} is no v2 data packet", field="zep.type")
    frame = data[_HEADER.size :]
    if length != len(frame):
        raise DecodeError(f"{length}, but {len(frame)} octets follow", field="zep.length")
    return ZepPacket(
        frame=frame,
        at_ns=_unix_ns(time),
        sequence=sequence,
        channel=channel,
        device=device,
        lqi=lqi,
        has_fcs=mode == 1,
    )


def is_meant(data: bytes) -> bool:
    """Say whether octets mean to be a frame that was heard: ZEP, and no acknowledgement of it."""
    is_ack = data[_TYPE_AT : _TYPE_AT + 1] == bytes((_ACKNOWLEDGEMENT,)) and data[2:3] != b"\1"
    return data.startswith(_PREAMBLE) and not is_ack


def place_of(error: DecodeError, data: bytes) -> int:
    """Return the octet of a datagram that a refusal to decode it is about."""
    return _PLACES.get(error.field, len(data))


def _ntp(at_ns: int) -> int:
    """Return 32 bits of seconds and 32 of fraction, rounded up so that the way back is exact."""
    seconds, rest_ns = divmod(at_ns, _SECOND_NS)
    return (seconds - _NTP_EPOCH_UNIX_S) << 32 | -(-(rest_ns << 32) // _SECOND_NS)


def _unix_ns(time: int) -> int:
    fraction_ns = ((time & 0xFFFF_FFFF) * _SECOND_NS) >> 32
    return ((time >> 32) + _NTP_EPOCH_UNIX_S) * _SECOND_NS + fraction_ns

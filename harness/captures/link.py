"""From a captured packet to what it carries: a frame of a HAN, or an envelope of the WAN.

Source: the pcap registry of link types. 195 is 802.15.4 with its FCS, 230 without; 283 is "TAP": a
header of little-endian TLVs in front, of which type 0 says what stands for the FCS. 147 is ours to
use (USER0), and is HAN-WAN-M1 in captures of hanbench. ZEP is found inside UDP.
"""

import enum
import struct
from dataclasses import dataclass

from hanbench.harness.captures.packet import CapturedPacket
from hanbench.harness.captures.udp import UDP_LINK_TYPES, datagram_of
from hanbench.harness.errors import CaptureError
from hanbench.protocol import zep
from hanbench.protocol.errors import DecodeError

WITH_FCS, WITHOUT_FCS, TAP, USER0 = 195, 230, 283, 147

_TAP_HEADER = struct.Struct("<BBH")
_TLV = struct.Struct("<HH")
_FCS_TYPE = 0
_NO_FCS, _FCS_16 = 0, 1
_FCS_OCTETS = {_NO_FCS: 0, _FCS_16: 2}


class CarriedKind(enum.Enum):
    """What a packet is read as."""

    FRAME = "frame"
    ENVELOPE = "envelope"


@dataclass(frozen=True, slots=True)
class Carried:
    """The octets that a packet carries, without what the capture put around them."""

    kind: CarriedKind
    octets: bytes
    has_fcs: bool = True


def unwrap(packet: CapturedPacket) -> Carried | None:
    """Return what a packet carries; None for an IP packet that carries no frame of a sniffer's.

    Raises:
        CaptureError: its link type holds neither frames nor envelopes, or its header is malformed.
    """
    match packet.link_type:
        case 195:
            return Carried(CarriedKind.FRAME, packet.data)
        case 230:
            return Carried(CarriedKind.FRAME, packet.data, has_fcs=False)
        case 283:
            return _tap(packet.data)
        case 147:
            return Carried(CarriedKind.ENVELOPE, packet.data)
        case link_type if link_type in UDP_LINK_TYPES:
            return _zep(link_type, packet.data)
        case link_type:
            raise CaptureError(
                f"link type {link_type} holds no 802.15.4 frames; expected 195 (with FCS), 230 "
                "(without), 283 (TAP), 147 (HAN-WAN-M1), or ZEP in UDP"
            )


def _tap(data: bytes) -> Carried:
    if len(data) < _TAP_HEADER.size:
        raise CaptureError("the TAP header is cut short", at=len(data))
    _, _, length = _TAP_HEADER.unpack_from(data)
    if not _TAP_HEADER.size <= length <= len(data):
        raise CaptureError(f"a TAP header of {length} octets in {len(data)}", at=2)
    fcs_type, at = _NO_FCS, _TAP_HEADER.size
    while at + _TLV.size <= length:
        kind, octets = _TLV.unpack_from(data, at)
        if at + _TLV.size + octets > length:
            raise CaptureError(f"a TLV of {octets} octets ends outside its TAP header", at=at)
        if kind == _FCS_TYPE and octets:
            fcs_type = data[at + _TLV.size]
        at += _TLV.size + octets + -octets % 4
    if fcs_type not in _FCS_OCTETS:
        raise CaptureError(f"FCS type {fcs_type} is none of 2.4 GHz O-QPSK", at=_TAP_HEADER.size)
    return Carried(CarriedKind.FRAME, data[length:], has_fcs=fcs_type == _FCS_16)


def _zep(link_type: int, data: bytes) -> Carried | None:
    datagram = datagram_of(link_type, data)
    if datagram is None or not zep.is_meant(datagram.payload):
        return None
    try:
        heard = zep.decode(datagram.payload)
    except DecodeError as error:
        at = datagram.at + zep.place_of(error, datagram.payload)
        raise CaptureError(str(error), at=at) from error
    return Carried(CarriedKind.FRAME, heard.frame, has_fcs=heard.has_fcs)

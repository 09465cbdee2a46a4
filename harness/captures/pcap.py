"""Reads pcap files, of either byte order and of micro- or nanoseconds.

Source: IETF draft-ietf-opsawg-pcap, sections 4 and 5. The magic number tells byte order and unit of
the fraction; the link type is the low 16 bits of the last field.
"""

import struct
from collections.abc import Iterator

from hanbench.harness.captures.packet import CapturedPacket
from hanbench.harness.errors import CaptureError

MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
"""The first four octets of a file: its byte order, and nanoseconds in a unit of its fraction."""

_HEADER_OCTETS = 24
_LINK_TYPE_AT = 20
_LINK_TYPE = 0xFFFF
_SECOND_NS = 1_000_000_000
_PACKET_OCTETS_MAX = 1 << 24
"""No link that we know has longer packets: a length above it is damage, not a packet."""


def read_pcap(data: bytes) -> Iterator[CapturedPacket]:
    """Yield the packets of a file, as far as they are whole.

    Raises:
        CaptureError: the file ends within a packet or its header; all before has been yielded.
    """
    order, unit_ns = MAGICS[data[:4]]
    if len(data) < _HEADER_OCTETS:
        raise CaptureError("the file ends within its header", at=len(data))
    (link_type,) = struct.unpack_from(order + "I", data, _LINK_TYPE_AT)
    record = struct.Struct(order + "IIII")
    at, number = _HEADER_OCTETS, 0
    while at < len(data):
        number += 1
        if at + record.size > len(data):
            raise CaptureError(f"the file ends within the header of packet {number}", at=at)
        seconds, fraction, kept, original = record.unpack_from(data, at)
        if kept > _PACKET_OCTETS_MAX:
            raise CaptureError(f"packet {number} would have {kept} octets", at=at)
        start, at = at + record.size, at + record.size + kept
        if at > len(data):
            raise CaptureError(
                f"the file ends within packet {number}: {len(data) - start} of {kept} octets",
                at=start,
            )
        yield CapturedPacket(
            number=number,
            link_type=link_type & _LINK_TYPE,
            data=data[start:at],
            at_ns=seconds * _SECOND_NS + fraction * unit_ns,
            is_cut=kept < original,
        )

"""How an envelope is cut to fit the tunnel of the HAN, and put together again.

Source: modelled [M]; GBCS devices use APS fragmentation instead. Big-endian: total length u16 |
offset u16 | octets of the envelope. The default of 40 octets a segment keeps a secured frame with
two MICs at 111 of the 127 octets that 802.15.4 allows, with room for a source route.

The frames of one exchange arrive in order or not at all, bar faults. So an envelope begins at its
offset 0 and nothing is kept before that; a new offset 0 starts anew, whatever was held. An exact
repeat is ignored. Octets that contradict those held drop the envelope: RFC 5722 says why overlaps
must not be chosen between.
"""

import struct
from dataclasses import asdict, dataclass

import construct as c

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.layout import Layout
from hanbench.protocol.layout_trace import Trace

CHUNK_OCTETS = 40
ENVELOPE_OCTETS_MAX = 0xFFFF

_LAYOUT = Layout(
    "segment",
    c.Struct("total" / c.Int16ub, "offset" / c.Int16ub, "chunk" / c.GreedyBytes),
)
_HEAD = struct.Struct(">HH")
"""The same up to the chunk: nearly every frame of an exchange is a segment."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of an envelope."""

    total: int
    offset: int
    chunk: bytes


def decode(data: bytes) -> Segment:
    """Read one segment.

    Raises:
        DecodeError: it is cut short, empty, or reaches beyond its total.
    """
    found = _read(data)
    if not found.chunk:
        raise DecodeError("it carries nothing", field="segment.chunk")
    if found.offset + len(found.chunk) > found.total:
        raise DecodeError(f"it reaches beyond {found.total} octets", field="segment.offset")
    return found


def _read(data: bytes) -> Segment:
    if len(data) < _HEAD.size:
        return _read_any(data)
    total, offset = _HEAD.unpack_from(data)
    return Segment(total, offset, data[_HEAD.size :])


def _read_any(data: bytes) -> Segment:
    """Read it field by field: of octets that are no segment it says which one is wrong."""
    raw = _LAYOUT.decode(data)
    return Segment(raw.total, raw.offset, raw.chunk)


def encode(segment: Segment) -> bytes:
    """Write one segment; raise `EncodeError` if it is empty, too long or beyond its total."""
    if not segment.chunk or segment.offset + len(segment.chunk) > segment.total:
        raise EncodeError("a segment carries something, and stays within its total")
    try:
        return _HEAD.pack(segment.total, segment.offset) + segment.chunk
    except struct.error:
        return _LAYOUT.encode(asdict(segment))  # it says which number does not fit


def segment(envelope: bytes, chunk_octets: int = CHUNK_OCTETS) -> tuple[bytes, ...]:
    """Cut an envelope into encoded segments, first one first.

    Raises:
        EncodeError: the envelope is empty or above 65,535 octets, or a chunk holds nothing.
    """
    if not envelope or len(envelope) > ENVELOPE_OCTETS_MAX or chunk_octets < 1:
        raise EncodeError(f"{len(envelope)} octets by {chunk_octets} cannot be cut")
    return tuple(
        encode(Segment(len(envelope), offset, envelope[offset : offset + chunk_octets]))
        for offset in range(0, len(envelope), chunk_octets)
    )


@dataclass(frozen=True, slots=True)
class Reassembly:
    """What has been received of the envelope in progress; nothing at first."""

    octets: bytes = b""
    is_held: bytes = b""
    """One octet for each of `octets`: 1 where it has been received."""
    head: bytes = b""
    """The segment at offset 0, which begins the envelope."""

    def take(self, received: Segment) -> "tuple[Reassembly, bytes | None]":
        """Return the next state, and the envelope if this segment completes it."""
        if received.offset == 0 and not self._is_repeated_head(received):
            return _with(_empty(received), received)
        if received.total != len(self.octets):
            return self, None  # of an envelope whose beginning was lost or is over
        if self._is_contradicted_by(received):
            return Reassembly(), None
        return _with(self, received)

    def _is_repeated_head(self, received: Segment) -> bool:
        return received.total == len(self.octets) and received.chunk == self.head

    def _is_contradicted_by(self, received: Segment) -> bool:
        end = received.offset + len(received.chunk)
        held = zip(
            self.is_held[received.offset : end], self.octets[received.offset : end], strict=True
        )
        return any(
            is_held and octet != new
            for (is_held, octet), new in zip(held, received.chunk, strict=True)
        )


def _empty(head: Segment) -> Reassembly:
    nothing = bytes(head.total)
    return Reassembly(nothing, nothing, head.chunk)


def _with(state: Reassembly, received: Segment) -> tuple[Reassembly, bytes | None]:
    octets, is_held = bytearray(state.octets), bytearray(state.is_held)
    place = slice(received.offset, received.offset + len(received.chunk))
    octets[place], is_held[place] = received.chunk, b"\x01" * len(received.chunk)
    if all(is_held):
        return Reassembly(), bytes(octets)
    return Reassembly(bytes(octets), bytes(is_held), state.head), None


def trace(data: bytes) -> Trace:
    """Say where each field of a segment lies, as far as it can be read."""
    return _LAYOUT.trace(data)

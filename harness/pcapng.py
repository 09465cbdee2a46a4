"""pcapng files: the three blocks that a HAN capture needs, written and read.

Source: IETF draft-ietf-opsawg-pcapng, sections 4.1 to 4.3. Little-endian; blocks and options are
padded to 4 octets, times are whole nanoseconds (a float would round them).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from hanbench.protocol.errors import DecodeError

LINK_TYPE_802154_WITH_FCS = 195

_SECTION_HEADER = 0x0A0D0D0A
_INTERFACE = 1
_PACKET = 6
_BYTE_ORDER_MAGIC = 0x1A2B3C4D
_LENGTH_UNKNOWN = -1
_END_OF_OPTIONS = 0
_COMMENT = 1
_IF_NAME = 2
_IF_TSRESOL = 9
_NANOSECONDS = b"\x09"
_BLOCK_OVERHEAD = 12
_SNAP_LENGTH_ANY = 0


@dataclass(frozen=True, slots=True)
class CapturedPacket:
    """One packet of a file."""

    interface: str
    at_ns: int
    data: bytes
    comment: str


def section_header() -> bytes:
    """Return the block that a file begins with."""
    return _block(_SECTION_HEADER, struct.pack("<IHHq", _BYTE_ORDER_MAGIC, 1, 0, _LENGTH_UNKNOWN))


def interface(name: str, link_type: int = LINK_TYPE_802154_WITH_FCS) -> bytes:
    """Return the block that describes the next interface; they are numbered from 0."""
    options = _options((_IF_NAME, name.encode()), (_IF_TSRESOL, _NANOSECONDS))
    return _block(_INTERFACE, struct.pack("<HHI", link_type, 0, _SNAP_LENGTH_ANY) + options)


def packet(interface_number: int, at_ns: int, data: bytes, comment: str = "") -> bytes:
    """Return the block of one packet, at nanoseconds since 1970."""
    fixed = (interface_number, at_ns >> 32, at_ns & 0xFFFF_FFFF, len(data), len(data))
    options = _options((_COMMENT, comment.encode())) if comment else b""
    return _block(_PACKET, struct.pack("<IIIII", *fixed) + _padded(data) + options)


def read_packets(data: bytes) -> tuple[CapturedPacket, ...]:
    """Read the packets of a file that this module could have written.

    Raises:
        DecodeError: a block is cut short, or is of a kind that is not written here.
    """
    interfaces: list[str] = []
    packets: list[CapturedPacket] = []
    try:
        for kind, body in _blocks(data):
            if kind == _INTERFACE:
                interfaces.append(_read_options(body[8:]).get(_IF_NAME, b"").decode())
            elif kind == _PACKET:
                packets.append(_read_packet(body, interfaces))
            elif kind != _SECTION_HEADER:
                raise DecodeError(f"kind {kind:#x} is not expected", field="pcapng.block")
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise DecodeError(str(error), field="pcapng.block") from error
    return tuple(packets)


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", _BLOCK_OVERHEAD + len(body))
    return struct.pack("<I", kind) + length + body + length


def _options(*options: tuple[int, bytes]) -> bytes:
    written = [struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options]
    return b"".join(written) + struct.pack("<HH", _END_OF_OPTIONS, 0)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if length < _BLOCK_OVERHEAD:
            raise DecodeError(f"a block of {length} octets", field="pcapng.block")
        (again,) = struct.unpack_from("<I", data, at + max(length, _BLOCK_OVERHEAD) - 4)
        if length != again:
            raise DecodeError(f"its lengths {length} and {again} differ", field="pcapng.block")
        yield kind, data[at + 8 : at + length - 4]
        at += length


def _read_packet(body: bytes, interfaces: list[str]) -> CapturedPacket:
    number, high, low, length, _ = struct.unpack_from("<IIIII", body)
    data = body[20 : 20 + length]
    comment = _read_options(body[20 + len(_padded(data)) :]).get(_COMMENT, b"").decode()
    return CapturedPacket(interfaces[number], high << 32 | low, data, comment)


def _read_options(data: bytes) -> dict[int, bytes]:
    options: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        code, length = struct.unpack_from("<HH", data, at)
        if code == _END_OF_OPTIONS:
            break
        options[code] = data[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4
    return options

"""Writes pcapng files: the three blocks that a HAN capture needs.

Source: IETF draft-ietf-opsawg-pcapng, sections 4.1 to 4.3. Little-endian; blocks and options are
padded to 4 octets, times are whole nanoseconds (a float would round them). Reading is the work of
`captures`, since files of others have more.
"""

import struct

LINK_TYPE_802154_WITH_FCS = 195
LINK_TYPE_USER0 = 147
"""Ours to use: HAN-WAN-M1 envelopes."""

_SECTION_HEADER = 0x0A0D0D0A
_INTERFACE = 1
_PACKET = 6
_BYTE_ORDER_MAGIC = 0x1A2B3C4D
_LENGTH_UNKNOWN = -1
_END_OF_OPTIONS = 0
_COMMENT = 1
_IF_NAME = 2
_IF_DESCRIPTION = 3
_IF_TSRESOL = 9
_NANOSECONDS = b"\x09"
_BLOCK_OVERHEAD = 12
_SNAP_LENGTH_ANY = 0


def section_header() -> bytes:
    """Return the block that a file begins with."""
    return _block(_SECTION_HEADER, struct.pack("<IHHq", _BYTE_ORDER_MAGIC, 1, 0, _LENGTH_UNKNOWN))


def interface(
    name: str, link_type: int = LINK_TYPE_802154_WITH_FCS, description: str = ""
) -> bytes:
    """Return the block that describes the next interface; they are numbered from 0."""
    described = [(_IF_DESCRIPTION, description.encode())] if description else []
    options = _options((_IF_NAME, name.encode()), *described, (_IF_TSRESOL, _NANOSECONDS))
    return _block(_INTERFACE, struct.pack("<HHI", link_type, 0, _SNAP_LENGTH_ANY) + options)


def packet(interface_number: int, at_ns: int, data: bytes, comment: str = "") -> bytes:
    """Return the block of one packet, at nanoseconds since 1970."""
    fixed = (interface_number, at_ns >> 32, at_ns & 0xFFFF_FFFF, len(data), len(data))
    options = _options((_COMMENT, comment.encode())) if comment else b""
    return _block(_PACKET, struct.pack("<IIIII", *fixed) + _padded(data) + options)


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", _BLOCK_OVERHEAD + len(body))
    return struct.pack("<I", kind) + length + body + length


def _options(*options: tuple[int, bytes]) -> bytes:
    written = [struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options]
    return b"".join(written) + struct.pack("<HH", _END_OF_OPTIONS, 0)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)

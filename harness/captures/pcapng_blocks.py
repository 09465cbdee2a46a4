"""Reads pcapng files of any writer: sections of either byte order, several interfaces, any units.

Source: IETF draft-ietf-opsawg-pcapng, section 4. Blocks of other kinds are skipped, as the format
wants; enhanced, simple and the obsolete packet blocks are read.
"""

import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from hanbench.harness.captures.packet import CapturedPacket
from hanbench.harness.errors import CaptureError

SECTION_HEADER = b"\x0a\x0d\x0d\x0a"
"""A palindrome: the same in either byte order."""

_INTERFACE, _OBSOLETE_PACKET, _SIMPLE_PACKET, _STATISTICS, _ENHANCED_PACKET = 1, 2, 3, 5, 6
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_BLOCK_OCTETS_MIN = 12
_END_OF_OPTIONS, _COMMENT = 0, 1
_IF_NAME, _IF_DESCRIPTION, _IF_TSRESOL, _IF_TSOFFSET = 2, 3, 9, 14
_PACKET_DROPS, _INTERFACE_DROPS, _SYSTEM_DROPS = 4, 5, 7
_MICROSECONDS = 6
_BASE_TWO = 0x80
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Interface:
    link_type: int
    snap_length: int
    name: str
    units_per_second: int
    offset_s: int

    def at_ns(self, units: int) -> int:
        return self.offset_s * _SECOND_NS + units * _SECOND_NS // self.units_per_second


@dataclass(slots=True)
class _Section:
    order: str = "<"
    interfaces: list[_Interface] = field(default_factory=list)
    passed_over: set[int] = field(default_factory=set)
    """Numbers of interfaces whose packets are not wanted."""


def _every(_interface: str) -> bool:
    return True


def read_pcapng(data: bytes, wanted: Callable[[str], bool] = _every) -> Iterator[CapturedPacket]:
    """Yield the packets of a file, as far as its blocks are whole.

    Those of an interface whose name is not `wanted` are counted, and not looked into.

    Raises:
        CaptureError: a block is cut short or contradicts itself; all before has been yielded.
    """
    section, at, number = _Section(), 0, 0
    while at < len(data):
        if data[at : at + 4] == SECTION_HEADER:
            section = _Section(_order(data, at))
        kind, length = _block(data, at, section.order)
        body = data[at + 8 : at + length - 4]
        try:
            if kind == _INTERFACE:
                _take_interface(section, _read_interface(body, section.order), wanted)
            elif kind in _READERS:
                number += 1
                if not section.passed_over or _which(kind, body, section) not in (
                    section.passed_over
                ):
                    yield _READERS[kind](body, section, number)
        except (struct.error, IndexError) as error:
            raise CaptureError(f"the block of kind {kind} is cut short within", at=at) from error
        at += length


def read_losses(data: bytes) -> Mapping[str, int]:
    """Return by interface how many packets the writer says that it lost, if any.

    Statistics count all since the capture began; a packet those since the one before. What is
    damaged ends the reading, and is told by `read_pcapng`.
    """
    section, at = _Section(), 0
    totals: Counter[str] = Counter()
    summed: Counter[str] = Counter()
    try:
        while at < len(data):
            if data[at : at + 4] == SECTION_HEADER:
                section = _Section(_order(data, at))
            kind, length = _block(data, at, section.order)
            body = data[at + 8 : at + length - 4]
            if kind == _INTERFACE:
                section.interfaces.append(_read_interface(body, section.order))
            elif kind in (_STATISTICS, _ENHANCED_PACKET):
                name = section.interfaces[_which(_ENHANCED_PACKET, body, section)].name
                if kind == _STATISTICS:
                    lost = _counts(body[12:], section.order, (_INTERFACE_DROPS, _SYSTEM_DROPS))
                    totals[name] = max(totals[name], lost)
                else:
                    (kept,) = struct.unpack_from(section.order + "I", body, 12)
                    options = body[20 + kept + -kept % 4 :]
                    summed[name] += _counts(options, section.order, (_PACKET_DROPS,))
            at += length
    except (CaptureError, struct.error, IndexError):
        pass
    return {name: lost for name, lost in (totals | summed).items() if lost}


def _counts(options: bytes, order: str, codes: tuple[int, ...]) -> int:
    found = _options(options, order)
    return sum(struct.unpack(order + "Q", found[code])[0] for code in codes if code in found)


def _take_interface(
    section: _Section, interface: _Interface, wanted: Callable[[str], bool]
) -> None:
    if not wanted(interface.name):
        section.passed_over.add(len(section.interfaces))
    section.interfaces.append(interface)


def _which(kind: int, body: bytes, section: _Section) -> int:
    """Return the number of the interface that a packet came by."""
    if kind == _SIMPLE_PACKET:
        return 0
    size = "I" if kind == _ENHANCED_PACKET else "H"
    return int(struct.unpack_from(section.order + size, body)[0])


def _order(data: bytes, at: int) -> str:
    magic = data[at + 8 : at + 12]
    if magic not in _ORDERS:
        raise CaptureError(f"{magic.hex()} is no byte-order magic of a section", at=at + 8)
    return _ORDERS[magic]


def _block(data: bytes, at: int, order: str) -> tuple[int, int]:
    """Return kind and length of the block at an octet, once it is known to be whole."""
    if at + _BLOCK_OCTETS_MIN > len(data):
        raise CaptureError("the file ends within the header of a block", at=at)
    kind, length = struct.unpack_from(order + "II", data, at)
    if length < _BLOCK_OCTETS_MIN or length % 4:
        raise CaptureError(f"a block has {length} octets", at=at + 4)
    if at + length > len(data):
        raise CaptureError(f"the file ends within a block of {length} octets", at=at)
    (again,) = struct.unpack_from(order + "I", data, at + length - 4)
    if again != length:
        raise CaptureError(f"a block's two lengths, {length} and {again}, differ", at=at)
    return kind, length


def _read_interface(body: bytes, order: str) -> _Interface:
    link_type, _, snap_length = struct.unpack_from(order + "HHI", body)
    options = _options(body[8:], order)
    resolution = options.get(_IF_TSRESOL, bytes((_MICROSECONDS,)))[0]
    base = 2 if resolution & _BASE_TWO else 10
    offset = options.get(_IF_TSOFFSET, bytes(8))
    return _Interface(
        link_type,
        snap_length,
        _text(options.get(_IF_NAME, options.get(_IF_DESCRIPTION, b""))),
        base ** (resolution & ~_BASE_TWO),
        *struct.unpack(order + "q", offset),
    )


def _enhanced(body: bytes, section: _Section, number: int) -> CapturedPacket:
    which, high, low, kept, original = struct.unpack_from(section.order + "IIIII", body)
    return _packet(body, section, number, (20, which, high << 32 | low, kept, original))


def _obsolete(body: bytes, section: _Section, number: int) -> CapturedPacket:
    which, _, high, low, kept, original = struct.unpack_from(section.order + "HHIIII", body)
    return _packet(body, section, number, (20, which, high << 32 | low, kept, original))


def _packet(
    body: bytes, section: _Section, number: int, fixed: tuple[int, int, int, int, int]
) -> CapturedPacket:
    start, which, units, kept, original = fixed
    interface = section.interfaces[which]
    if start + kept > len(body):
        raise IndexError
    options = _options(body[start + kept + -kept % 4 :], section.order)
    return CapturedPacket(
        number=number,
        link_type=interface.link_type,
        data=body[start : start + kept],
        at_ns=interface.at_ns(units),
        interface=interface.name,
        comment=_text(options.get(_COMMENT, b"")),
        is_cut=kept < original,
    )


def _simple(body: bytes, section: _Section, number: int) -> CapturedPacket:
    """Read a packet of the first interface, of which no time was kept."""
    (original,) = struct.unpack_from(section.order + "I", body)
    interface = section.interfaces[0]
    kept = min(original, interface.snap_length or original)
    if 4 + kept > len(body):
        raise IndexError
    return CapturedPacket(
        number=number,
        link_type=interface.link_type,
        data=body[4 : 4 + kept],
        interface=interface.name,
        is_cut=kept < original,
    )


_READERS = {_ENHANCED_PACKET: _enhanced, _OBSOLETE_PACKET: _obsolete, _SIMPLE_PACKET: _simple}


def _options(data: bytes, order: str) -> dict[int, bytes]:
    """Read options; several comments are one, a line each."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(order + "HH", data, at)
        if code == _END_OF_OPTIONS:
            break
        value = data[at + 4 : at + 4 + length]
        found[code] = found[code] + b"\n" + value if code == _COMMENT and code in found else value
        at += 4 + length + -length % 4
    return found


def _text(octets: bytes) -> str:
    return octets.rstrip(b"\0").decode("utf-8", "replace")

"""Captures of any sane writer are read, and a cut file loses only what is cut."""

import itertools
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.harness.captures import pcapng
from hanbench.harness.captures.packet import CapturedPacket
from hanbench.harness.captures.reading import read_capture, read_packets
from hanbench.harness.errors import CaptureError

ACK = bytes.fromhex("0200071cc5")
POLL = bytes.fromhex("638805421111000024044f1d")


def pcap(order: str, magic: int, *packets: tuple[int, int, bytes], link_type: int = 195) -> bytes:
    header = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)
    records = (
        struct.pack(order + "IIII", seconds, fraction, len(data), len(data)) + data
        for seconds, fraction, data in packets
    )
    return header + b"".join(records)


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def section(order: str) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def interface(order: str, *options: bytes, snap_length: int = 0, link_type: int = 195) -> bytes:
    end = option(order, 0, b"") if options else b""
    fixed = struct.pack(order + "HHI", link_type, 0, snap_length)
    return block(order, 1, fixed + b"".join(options) + end)


def enhanced(order: str, which: int, units: int, data: bytes, *options: bytes) -> bytes:
    fixed = struct.pack(order + "IIIII", which, units >> 32, units & 0xFFFFFFFF, len(data), 200)
    return block(order, 6, fixed + data + bytes(-len(data) % 4) + b"".join(options))


def as_far_as_it_goes(data: bytes) -> tuple[list[CapturedPacket], str]:
    found: list[CapturedPacket] = []
    packets: Iterator[CapturedPacket] = read_packets(data)
    try:
        found.extend(iter(lambda: next(packets), None))
    except StopIteration:
        return found, ""
    except CaptureError as error:
        return found, str(error)
    return found, ""


@pytest.mark.parametrize(
    ("order", "magic", "fraction"),
    [
        ("<", 0xA1B2C3D4, 123_456),
        (">", 0xA1B2C3D4, 123_456),
        ("<", 0xA1B23C4D, 123_456_000),
        (">", 0xA1B23C4D, 123_456_000),
    ],
)
def test_a_pcap_of_either_order_and_unit_is_read(order: str, magic: int, fraction: int) -> None:
    packets = list(read_packets(pcap(order, magic, (5, fraction, ACK), (6, 0, POLL))))

    assert [packet.at_ns for packet in packets] == [5_123_456_000, 6_000_000_000]
    assert [packet.data for packet in packets] == [ACK, POLL]
    assert [packet.number for packet in packets] == [1, 2]
    assert {packet.link_type for packet in packets} == {195}


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_pcapng_of_either_order_is_read_with_names_units_and_comments(order: str) -> None:
    resolution = option(order, 9, b"\x83")  # 2 ** 3 units a second
    offset = option(order, 14, struct.pack(order + "q", 100))
    data = b"".join(
        [
            section(order),
            interface(order, option(order, 2, b"roof")),
            interface(order, option(order, 3, b"cellar"), resolution, offset),
            block(order, 0x0BAD, b"a block that nobody knows"),
            enhanced(order, 0, 1_500_000, ACK, option(order, 1, b"one"), option(order, 1, b"two")),
            enhanced(order, 1, 12, POLL),
        ]
    )

    first, second = read_packets(data)

    assert (first.interface, first.at_ns, first.comment) == ("roof", 1_500_000_000, "one\ntwo")
    assert (second.interface, second.at_ns, second.data) == ("cellar", 101_500_000_000, POLL)
    assert first.is_cut


def test_a_new_section_has_its_own_order_and_interfaces() -> None:
    data = b"".join(
        part
        for order, name in (("<", b"first"), (">", b"second"))
        for part in (
            section(order),
            interface(order, option(order, 2, name)),
            enhanced(order, 0, 0, ACK),
        )
    )

    assert [packet.interface for packet in read_packets(data)] == ["first", "second"]


def test_simple_and_obsolete_packets_are_read() -> None:
    obsolete = struct.pack("<HHIIII", 0, 0, 0, 2_000_000, len(ACK), len(ACK)) + ACK
    data = b"".join(
        [
            section("<"),
            interface("<", snap_length=4),
            block("<", 3, struct.pack("<I", 5) + ACK[:4]),
            block("<", 2, obsolete),
        ]
    )

    simple, older = read_packets(data)

    assert (simple.data, simple.at_ns, simple.is_cut) == (ACK[:4], None, True)
    assert (older.data, older.at_ns) == (ACK, 2_000_000_000)


WHOLE = [
    pcap("<", 0xA1B2C3D4, (1, 0, ACK), (2, 0, POLL)),
    b"".join(
        [
            pcapng.section_header(),
            pcapng.interface("home"),
            pcapng.packet(0, 1, ACK, "hi"),
            pcapng.packet(0, 2, POLL),
        ]
    ),
]


@pytest.mark.parametrize("whole", WHOLE, ids=["pcap", "pcapng"])
def test_a_cut_file_keeps_what_is_whole_and_says_where_it_ends(whole: bytes) -> None:
    expected = list(read_packets(whole))

    for length in range(len(whole)):
        found, error = as_far_as_it_goes(whole[:length])

        assert found == expected[: len(found)]
        assert error or len(found) < len(expected)
        if error:
            assert "(octet " in error
    assert len(as_far_as_it_goes(whole[:-1])[0]) == len(expected) - 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty (octet 0)"),
        (b"PK\x03\x04rest", "begins with 504b0304: neither pcap nor pcapng (octet 0)"),
        (pcap("<", 0xA1B2C3D4)[:20], "the file ends within its header (octet 20)"),
        (
            pcap("<", 0xA1B2C3D4) + struct.pack("<IIII", 0, 0, 1 << 30, 1 << 30),
            "packet 1 would have 1073741824 octets (octet 24)",
        ),
        (pcapng.section_header()[:8] + bytes(20), "00000000 is no byte-order magic"),
        (section("<") + struct.pack("<III", 6, 10, 0), "a block has 10 octets (octet 32)"),
        (section("<") + struct.pack("<III", 6, 12, 16), "two lengths, 12 and 16, differ"),
        (section("<") + enhanced("<", 0, 0, ACK), "the block of kind 6 is cut short within"),
        (section("<") + interface("<") + block("<", 3, b"\xff\0\0\0"), "kind 3 is cut short"),
    ],
)
def test_a_broken_file_is_refused_by_name(data: bytes, says: str) -> None:
    with pytest.raises(CaptureError) as refused:
        list(read_packets(data))

    assert says in str(refused.value)


def test_a_packet_longer_than_its_block_is_refused() -> None:
    fixed = struct.pack("<IIIII", 0, 0, 0, 64, 64)

    with pytest.raises(CaptureError, match="cut short within"):
        list(read_packets(section("<") + interface("<") + block("<", 6, fixed + ACK)))


@given(st.sampled_from([*WHOLE, section(">")]), st.data())
def test_any_octets_are_read_or_refused(whole: bytes, data: st.DataObject) -> None:
    changed = bytearray(whole)
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
        changed[at] = data.draw(st.integers(0, 255))

    found, _ = as_far_as_it_goes(bytes(changed))

    assert all(one.number == number for one, number in zip(found, itertools.count(1), strict=False))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"none\.pcap: cannot be read"):
        list(read_capture(tmp_path / "none.pcap"))


def test_the_file_is_named_where_it_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "han.pcap"
    path.write_bytes(WHOLE[0][:-1])

    with pytest.raises(CaptureError, match=r"han\.pcap: the file ends within packet 2: 11 of 12"):
        list(read_capture(path))


def test_packets_of_interfaces_that_are_not_wanted_are_counted_and_not_given(tmp_path):
    path = tmp_path / "two.pcapng"
    parts = [pcapng.section_header(), pcapng.interface("first"), pcapng.interface("second")]
    parts += [pcapng.packet(number % 2, 5, ACK) for number in range(6)]
    path.write_bytes(b"".join(parts))

    found = list(read_capture(path, lambda name: name == "second"))

    assert [(one.number, one.interface) for one in found] == [
        (2, "second"),
        (4, "second"),
        (6, "second"),
    ]

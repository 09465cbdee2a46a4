"""pcapng blocks: their octets, and what tshark reads in them."""

from collections.abc import Callable
from pathlib import Path

from hanbench.harness.captures import pcapng

Tshark = Callable[..., list[str]]


def file_of(name: str, at_ns: int, data: bytes, comment: str) -> bytes:
    names = ["home-1/a", "home-2/b"]
    packet = pcapng.packet(names.index(name), at_ns, data, comment)
    return b"".join([pcapng.section_header(), *map(pcapng.interface, names), packet])


def test_a_section_header_has_the_octets_of_the_draft() -> None:
    assert pcapng.section_header() == bytes.fromhex(
        "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000"
    )


def test_an_interface_states_its_link_type_name_and_nanoseconds() -> None:
    assert pcapng.interface("home") == bytes.fromhex(
        "01000000 28000000 c300 0000 00000000"
        "0200 0400 686f6d65 0900 0100 09000000 0000 0000 28000000"
    )


def test_a_packet_is_padded_and_carries_its_time_in_two_halves() -> None:
    assert pcapng.packet(1, 0x0123456789ABCDEF, b"\x02\x00\x07", "ack") == bytes.fromhex(
        "06000000 30000000 01000000 67452301 efcdab89 03000000 03000000 02000700"
        "0100 0300 61636b00 0000 0000 30000000"
    )


def test_tshark_reads_nanoseconds_names_and_comments(tmp_path: Path, tshark: Tshark) -> None:
    path = tmp_path / "one.pcapng"
    at_ns = 1_700_000_000_123_456_789
    path.write_bytes(file_of("home-2/b", at_ns, bytes.fromhex("02001cc5ff"), "hi"))

    lines = tshark(
        path, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.interface_name",
        "-e", "frame.comment",
    )  # fmt: skip

    assert lines == ["1700000000.123456789\thome-2/b\thi"]

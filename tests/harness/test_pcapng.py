"""pcapng blocks: their octets, every packet there and back, and broken files refused."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.harness import pcapng
from hanbench.harness.pcapng import CapturedPacket
from hanbench.protocol.errors import DecodeError

Tshark = Callable[..., list[str]]

captured_packets = st.builds(
    CapturedPacket,
    interface=st.sampled_from(["home-1/a", "home-2/b"]),
    at_ns=st.integers(0, (1 << 64) - 1),
    data=st.binary(max_size=127),
    comment=st.text(max_size=40).filter(lambda text: "\x00" not in text),
)


def file_of(*captured: CapturedPacket) -> bytes:
    names = ["home-1/a", "home-2/b"]
    packets = [
        pcapng.packet(names.index(each.interface), each.at_ns, each.data, each.comment)
        for each in captured
    ]
    return b"".join([pcapng.section_header(), *map(pcapng.interface, names), *packets])


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


@given(st.lists(captured_packets, max_size=4))
def test_packets_come_back(captured: list[CapturedPacket]) -> None:
    assert pcapng.read_packets(file_of(*captured)) == tuple(captured)


@given(st.binary(max_size=60))
def test_any_octets_are_read_or_refused(data: bytes) -> None:
    try:
        pcapng.read_packets(pcapng.section_header() + data)
    except DecodeError:
        return


def test_a_truncated_file_is_refused() -> None:
    whole = file_of(CapturedPacket("home-1/a", 1, b"\x02\x00\x07", "ack"))
    blocks = [28, 28 + 44, 28 + 44 + 44, len(whole)]

    for length in set(range(1, len(whole))) - set(blocks):
        with pytest.raises(DecodeError):
            pcapng.read_packets(whole[:length])


def test_a_block_that_is_not_written_here_is_refused() -> None:
    secrets = bytes.fromhex("0a000000 0c000000 0c000000")

    with pytest.raises(DecodeError):
        pcapng.read_packets(pcapng.section_header() + secrets)


def test_a_packet_of_an_unknown_interface_is_refused() -> None:
    with pytest.raises(DecodeError):
        pcapng.read_packets(pcapng.section_header() + pcapng.packet(0, 0, b""))


def test_tshark_reads_nanoseconds_names_and_comments(tmp_path: Path, tshark: Tshark) -> None:
    path = tmp_path / "one.pcapng"
    at_ns = 1_700_000_000_123_456_789
    path.write_bytes(file_of(CapturedPacket("home-2/b", at_ns, bytes.fromhex("02001cc5ff"), "hi")))

    lines = tshark(
        path, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.interface_name",
        "-e", "frame.comment",
    )  # fmt: skip

    assert lines == ["1700000000.123456789\thome-2/b\thi"]


def test_a_block_whose_two_lengths_differ_is_refused() -> None:
    broken = bytearray(pcapng.section_header())
    broken[-4] += 4

    with pytest.raises(DecodeError):
        pcapng.read_packets(bytes(broken))

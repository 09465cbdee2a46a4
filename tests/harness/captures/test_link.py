"""What a packet carries: frames under every link type of 802.15.4, and ZEP inside UDP."""

import struct

import pytest

from hanbench.harness.captures.link import CarriedKind, unwrap
from hanbench.harness.captures.packet import CapturedPacket
from hanbench.harness.errors import CaptureError
from hanbench.protocol import zep
from hanbench.protocol.zep import ZepPacket

ACK = bytes.fromhex("0200071cc5")
ZEP = zep.encode(ZepPacket(frame=ACK, at_ns=0, sequence=1))


def packet(link_type: int, data: bytes) -> CapturedPacket:
    return CapturedPacket(number=1, link_type=link_type, data=data)


def udp(payload: bytes) -> bytes:
    return struct.pack(">HHHH", 40000, zep.UDP_PORT, 8 + len(payload), 0) + payload


def ipv4(payload: bytes, *, protocol: int = 17, fragment: int = 0) -> bytes:
    total = 20 + len(payload)
    header = struct.pack(">BBHHHBBH", 0x45, 0, total, 0, fragment, 64, protocol, 0)
    return header + bytes((127, 0, 0, 1)) * 2 + payload


def ipv6(payload: bytes) -> bytes:
    return struct.pack(">IHBB", 6 << 28, len(payload), 17, 64) + bytes(32) + payload


def carried(link_type: int, data: bytes) -> tuple[CarriedKind, bytes, bool] | None:
    found = unwrap(packet(link_type, data))
    return None if found is None else (found.kind, found.octets, found.has_fcs)


def test_a_frame_with_its_fcs_and_one_without() -> None:
    assert carried(195, ACK) == (CarriedKind.FRAME, ACK, True)
    assert carried(230, ACK[:-2]) == (CarriedKind.FRAME, ACK[:-2], False)


def test_an_envelope_stands_alone() -> None:
    assert carried(147, b"envelope") == (CarriedKind.ENVELOPE, b"envelope", True)


@pytest.mark.parametrize(("fcs_type", "has_fcs"), [(0, False), (1, True)])
def test_a_tap_header_says_whether_there_is_an_fcs(fcs_type: int, has_fcs: bool) -> None:
    lqi = struct.pack("<HHI", 10, 1, 255)
    fcs = struct.pack("<HHI", 0, 1, fcs_type)
    header = struct.pack("<BBH", 0, 0, 4 + 16)

    assert carried(283, header + lqi + fcs + ACK) == (CarriedKind.FRAME, ACK, has_fcs)


@pytest.mark.parametrize(
    "data",
    [
        b"\0",
        b"\0\0\x40\0" + ACK,
        struct.pack("<BBHHHI", 0, 0, 12, 0, 1, 2),
        struct.pack("<BBHHH", 0, 0, 8, 0, 1),  # the value of its TLV is not there
        struct.pack("<BBHHHI", 0, 0, 12, 10, 5, 1) + ACK,
    ],
)
def test_a_malformed_tap_header_is_refused(data: bytes) -> None:
    with pytest.raises(CaptureError) as refused:
        unwrap(packet(283, data))

    assert refused.value.at is not None


@pytest.mark.parametrize(
    ("link_type", "before"),
    [
        (1, bytes(12) + b"\x08\x00"),
        (1, bytes(12) + b"\x81\x00\x00\x05\x08\x00"),
        (0, b"\x02\0\0\0"),
        (101, b""),
        (228, b""),
        (113, bytes(14) + b"\x08\x00"),
        (276, b"\x08\x00" + bytes(18)),
    ],
)
def test_zep_is_found_inside_udp(link_type: int, before: bytes) -> None:
    padded = ipv4(udp(ZEP)) + bytes(3)

    assert carried(link_type, before + padded) == (CarriedKind.FRAME, ACK, True)


def test_zep_is_found_inside_ipv6() -> None:
    assert carried(229, ipv6(udp(ZEP))) == (CarriedKind.FRAME, ACK, True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        ipv4(udp(ZEP), protocol=6),
        ipv4(udp(ZEP), fragment=0x2000),
        ipv4(udp(b"hello")),
        ipv4(udp(b"EX\x02\x02" + bytes(4))),
        ipv4(udp(ZEP))[:-1],
        ipv4(b"\0\0"),
        ipv6(udp(ZEP))[:30],
    ],
)
def test_other_ip_packets_are_passed_over(data: bytes) -> None:
    assert carried(101, data) is None


@pytest.mark.parametrize(
    ("payload", "at", "says"),
    [
        (ZEP[:-1], 31, "zep.length: 5, but 4 octets follow"),
        (ZEP[:9], 9, "zep: 9 octets are less than its header"),
        (b"EX\x01" + ZEP[3:], 2, "zep.type: version 1, type 1 is no v2 data packet"),
    ],
)
@pytest.mark.parametrize("before", [b"", bytes(12) + b"\x81\x00\x00\x05\x08\x00"])
def test_a_damaged_zep_datagram_is_refused_at_its_octet(
    payload: bytes, at: int, says: str, before: bytes
) -> None:
    with pytest.raises(CaptureError, match=says) as refused:
        unwrap(packet(1 if before else 101, before + ipv4(udp(payload)) + bytes(5)))

    assert refused.value.at == len(before) + 28 + at


def test_another_ether_type_is_passed_over() -> None:
    assert carried(1, bytes(12) + b"\x08\x06" + bytes(28)) is None


def test_another_link_type_is_refused_by_number() -> None:
    with pytest.raises(CaptureError, match=r"link type 105 holds no 802\.15\.4 frames"):
        unwrap(packet(105, b""))

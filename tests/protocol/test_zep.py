"""ZEP v2: the octets that Wireshark reads, there and back, and everything else refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol import zep
from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.zep import ZepPacket

ACK = bytes.fromhex("0200071cc5")
packets = st.builds(
    ZepPacket,
    frame=st.binary(min_size=1, max_size=127),
    at_ns=st.integers(-2_208_988_800 * 10**9, 2_085_978_495 * 10**9),
    sequence=st.integers(0, 0xFFFF_FFFF),
    channel=st.integers(0, 255),
    device=st.integers(0, 0xFFFF),
    lqi=st.integers(0, 255),
    has_fcs=st.booleans(),
)


def test_a_packet_has_the_octets_of_version_two() -> None:
    packet = ZepPacket(frame=ACK, at_ns=1_500_000_000, sequence=7)

    assert zep.encode(packet) == bytes.fromhex(
        "4558 02 01 0b 0000 01 ff 83aa7e8180000000 00000007 00000000000000000000 05 0200071cc5"
    )


@given(packets)
def test_a_packet_comes_back(packet: ZepPacket) -> None:
    assert zep.decode(zep.encode(packet)) == packet


@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda rest: b"EX\x02\x01" + rest))
def test_any_octets_are_read_or_refused(data: bytes) -> None:
    try:
        zep.decode(data)
    except DecodeError:
        return


def test_every_truncation_and_a_trailing_octet_are_refused() -> None:
    whole = zep.encode(ZepPacket(frame=ACK, at_ns=0, sequence=0))

    for wrong in [*(whole[:length] for length in range(len(whole))), whole + b"\0"]:
        with pytest.raises(DecodeError):
            zep.decode(wrong)


@pytest.mark.parametrize("at", [0, 2, 3])
def test_another_preamble_version_or_type_is_refused(at: int) -> None:
    wrong = bytearray(zep.encode(ZepPacket(frame=ACK, at_ns=0, sequence=0)))
    wrong[at] ^= 0x40

    with pytest.raises(DecodeError):
        zep.decode(bytes(wrong))


@pytest.mark.parametrize(
    "packet",
    [
        ZepPacket(frame=b"", at_ns=0, sequence=0),
        ZepPacket(frame=bytes(128), at_ns=0, sequence=0),
        ZepPacket(frame=ACK, at_ns=0, sequence=1 << 32),
        ZepPacket(frame=ACK, at_ns=1 << 70, sequence=0),
    ],
)
def test_a_field_that_does_not_fit_is_the_callers_mistake(packet: ZepPacket) -> None:
    with pytest.raises(EncodeError):
        zep.encode(packet)

"""Firmware files: there and back, every cut and change refused, and whatever is no file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.zigbee import mmo, ota_file
from hanbench.protocol.zigbee.clusters.ota_upgrade import ImageId
from hanbench.protocol.zigbee.ota_file import HEADER_OCTETS, OtaFile

FILE = OtaFile(ImageId(0x10C7, 0x0502, 2), "IHD 2, synthetic", bytes(range(100)))
OCTETS = ota_file.encode(FILE)


def test_the_header_lies_as_the_specification_has_it() -> None:
    assert OCTETS[:4] == bytes.fromhex("1ef1ee0b")
    assert OCTETS[4:20] == bytes.fromhex("0001 3800 0000 c710 0205 02000000 0200")
    assert OCTETS[20:52] == b"IHD 2, synthetic".ljust(32, b"\0")
    assert OCTETS[52:HEADER_OCTETS] == len(OCTETS).to_bytes(4, "little")
    assert OCTETS[HEADER_OCTETS : HEADER_OCTETS + 6] == bytes.fromhex("0000 64000000")


@given(
    st.builds(
        OtaFile,
        st.builds(
            ImageId, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.integers(0, (1 << 32) - 1)
        ),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=32),
        st.binary(max_size=300),
    )
)
def test_what_is_written_is_read_again(file: OtaFile) -> None:
    assert ota_file.decode(ota_file.encode(file)) == file


def test_every_truncation_and_anything_behind_it_is_refused() -> None:
    for wrong in [*(OCTETS[:length] for length in range(len(OCTETS))), OCTETS + b"\0"]:
        with pytest.raises(DecodeError):
            ota_file.decode(wrong)


@pytest.mark.parametrize("place", [8, 14, 30, 60, 100, len(OCTETS) - 1])
def test_a_changed_octet_is_found(place: int) -> None:
    damaged = bytearray(OCTETS)
    damaged[place] ^= 0x01

    with pytest.raises(DecodeError):
        ota_file.decode(bytes(damaged))


def test_a_damaged_firmware_is_a_matter_of_its_hash() -> None:
    damaged = OCTETS[:70] + b"\xff" + OCTETS[71:]

    with pytest.raises(DecodeError) as refusal:
        ota_file.decode(damaged)

    assert refusal.value.field == "ota-file.hash"


def test_another_size_than_it_has_is_named() -> None:
    size = HEADER_OCTETS - 4
    damaged = OCTETS[:size] + (len(OCTETS) + 1).to_bytes(4, "little") + OCTETS[HEADER_OCTETS:]

    with pytest.raises(DecodeError) as refusal:
        ota_file.decode(damaged)

    assert refusal.value.field == "ota-file.total_size"


def test_octets_behind_the_end_of_the_text_are_not_overlooked() -> None:
    text = b"IHD\0x".ljust(32, b"\0")
    body = OCTETS[:20] + text + OCTETS[52:-16]

    with pytest.raises(DecodeError) as refusal:
        ota_file.decode(body + mmo.mmo_hash(body))

    assert refusal.value.field == "ota-file.text"


@pytest.mark.parametrize("text", ["Zähler", "a\0b", "x" * 33])
def test_a_text_that_does_not_fit_does_not_encode(text: str) -> None:
    with pytest.raises(EncodeError):
        ota_file.encode(OtaFile(FILE.image, text, b""))


@given(st.binary(max_size=120))
def test_any_octets_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        ota_file.decode(data)

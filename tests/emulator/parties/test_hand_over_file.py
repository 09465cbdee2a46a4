import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.emulator.parties.hand_over_file import HandOverContent, decode, encode
from hanbench.protocol.errors import DecodeError, EncodeError, SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage, derive_test_key

EUI = Eui64(0x00DB1234567890A1)
SEALING = derive_test_key("hand over", KeyUsage.HAND_OVER)
OTHER = derive_test_key("someone else's", KeyUsage.HAND_OVER)
CONTENT = HandOverContent(
    eui64=EUI,
    key_version=1,
    last_counter=41,
    sua_key=derive_test_key("sua", KeyUsage.SUA),
    master_key=derive_test_key("master", KeyUsage.MASTER),
)
SEALED = encode(CONTENT, SEALING)


def keys_of(usage):
    return st.binary(min_size=16, max_size=16).map(
        lambda value: Key(usage, value, is_test_material=True)
    )


CONTENTS = st.builds(
    HandOverContent,
    eui64=st.integers(0, 2**64 - 1).map(Eui64),
    key_version=st.integers(0, 2**32 - 1),
    last_counter=st.integers(0, 2**64 - 1),
    sua_key=keys_of(KeyUsage.SUA),
    master_key=keys_of(KeyUsage.MASTER),
)


@given(CONTENTS)
def test_what_was_sealed_is_what_is_opened(content):
    assert decode(encode(content, SEALING), SEALING) == content


@given(st.binary(max_size=200))
def test_arbitrary_octets_are_no_file(data):
    with pytest.raises((DecodeError, SecurityError)):
        decode(data, SEALING)


@pytest.mark.parametrize("length", range(len(SEALED)))
def test_every_truncation_is_refused(length):
    with pytest.raises(DecodeError):
        decode(SEALED[:length], SEALING)


def test_trailing_octets_are_refused():
    with pytest.raises(DecodeError):
        decode(SEALED + b"\0", SEALING)


@given(st.integers(0, 8 * len(SEALED) - 1))
def test_one_flipped_bit_is_enough_to_be_refused(bit):
    flipped = bytearray(SEALED)
    flipped[bit // 8] ^= 1 << bit % 8

    with pytest.raises((DecodeError, SecurityError)):
        decode(bytes(flipped), SEALING)


def test_a_file_sealed_under_another_key_is_refused():
    with pytest.raises(SecurityError, match="MAC of the hand-over file"):
        decode(SEALED, OTHER)


def test_no_secret_stands_in_the_file_in_clear():
    assert CONTENT.sua_key.value not in SEALED
    assert CONTENT.master_key.value not in SEALED


def test_a_key_of_the_wrong_usage_is_not_sealed():
    swapped = dataclasses.replace(CONTENT, sua_key=CONTENT.master_key)

    with pytest.raises(SecurityError, match="master key was offered as a sua key"):
        encode(swapped, SEALING)


def test_a_counter_beyond_64_bits_does_not_fit():
    with pytest.raises(EncodeError):
        encode(dataclasses.replace(CONTENT, last_counter=1 << 64), SEALING)

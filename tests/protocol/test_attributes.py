"""Attribute values: every type there and back, its limits, and what has no value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.zigbee import attributes
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType

KNOWN = [
    ("10 01", AttributeValue(DataType.BOOL, value=True)),
    ("18 fb", AttributeValue(DataType.MAP8, 0xFB)),
    ("1f 0807060504030201", AttributeValue(DataType.MAP64, 0x0102030405060708)),
    ("22 e80300", AttributeValue(DataType.UINT24, 1000)),
    ("24 0504030201", AttributeValue(DataType.UINT40, 0x0102030405)),
    ("25 4e61bc000000", AttributeValue(DataType.UINT48, 12345678)),
    ("26 07060504030201", AttributeValue(DataType.UINT56, 0x01020304050607)),
    ("28 ff", AttributeValue(DataType.INT8, -1)),
    ("2a 24faff", AttributeValue(DataType.INT24, -1500)),
    ("2c feffffffff", AttributeValue(DataType.INT40, -2)),
    ("2d feffffffffff", AttributeValue(DataType.INT48, -2)),
    ("2e feffffffffffff", AttributeValue(DataType.INT56, -2)),
    ("31 0201", AttributeValue(DataType.ENUM16, 0x0102)),
    ("41 03 414243", AttributeValue(DataType.OCTETS, b"ABC")),
    ("42 03 c2a335", AttributeValue(DataType.TEXT, "£5")),
    ("42 00", AttributeValue(DataType.TEXT, "")),
    ("e2 00bd242d", AttributeValue(DataType.UTC, 757382400)),
    ("f0 a19078563412db00", AttributeValue(DataType.EUI64, 0x00DB1234567890A1)),
    ("f1 000102030405060708090a0b0c0d0e0f", AttributeValue(DataType.KEY128, bytes(range(16)))),
]


@pytest.mark.parametrize(("octets", "value"), KNOWN)
def test_a_value_lies_on_the_wire_as_stated(octets: str, value: AttributeValue) -> None:
    assert attributes.decode(bytes.fromhex(octets)) == value
    assert attributes.encode(value) == bytes.fromhex(octets)


@pytest.mark.parametrize(("octets", "_value"), KNOWN)
def test_a_truncated_or_longer_value_is_refused(octets: str, _value: AttributeValue) -> None:
    data = bytes.fromhex(octets)

    for wrong in [*(data[:length] for length in range(len(data))), data + b"\x00"]:
        with pytest.raises(DecodeError):
            attributes.decode(wrong)


@given(st.sampled_from(DataType), st.binary(max_size=20))
def test_whatever_decodes_is_written_alike_again(data_type: DataType, octets: bytes) -> None:
    data = bytes([data_type]) + octets
    try:
        value = attributes.decode(data)
    except DecodeError:
        return
    assert attributes.encode(value) == data
    assert attributes.decode(data) == value


@given(st.sampled_from(DataType), st.binary(max_size=20))
def test_a_type_has_the_width_that_its_name_says(data_type: DataType, octets: bytes) -> None:
    bits = "".join(letter for letter in data_type.name if letter.isdigit())
    width = int(bits) // 8 if bits else None

    try:
        attributes.decode(bytes([data_type]) + octets)
    except DecodeError:
        return

    assert width is None or len(octets) == width


@pytest.mark.parametrize("octets", ["10 02", "10 ff", "41 ff", "42 ff", "42 01 ff", "48 00", ""])
def test_what_has_no_value_here_is_refused(octets: str) -> None:
    with pytest.raises(DecodeError):
        attributes.decode(bytes.fromhex(octets))


@pytest.mark.parametrize(
    "value",
    [
        AttributeValue(DataType.UINT24, 1 << 24),
        AttributeValue(DataType.INT24, -(1 << 23) - 1),
        AttributeValue(DataType.UINT48, -1),
        AttributeValue(DataType.OCTETS, bytes(255)),
    ],
)
def test_a_value_that_does_not_fit_its_type_does_not_encode(value: AttributeValue) -> None:
    with pytest.raises(EncodeError):
        attributes.encode(value)


def test_numbers_and_times_are_analogue_and_codes_are_not() -> None:
    assert attributes.is_analogue(DataType.UINT48)
    assert attributes.is_analogue(DataType.INT8)
    assert attributes.is_analogue(DataType.UTC)
    assert not attributes.is_analogue(DataType.MAP8)
    assert not attributes.is_analogue(DataType.ENUM8)
    assert not attributes.is_analogue(DataType.OCTETS)

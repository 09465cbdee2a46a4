"""Layouts of whole numbers and a greedy end are read by one `struct`, and refuse alike."""

from dataclasses import dataclass

import construct as c
import pytest

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.layout import OneOf


@dataclass(frozen=True, slots=True)
class Reading:
    """A message whose two numbers are in one byte order."""

    meter: int
    count: int
    rest: bytes


@dataclass(frozen=True, slots=True)
class Mixed:
    """A message whose two numbers are in different byte orders."""

    meter: int
    count: int
    rest: bytes


ONE_ORDER = c.Struct("meter" / c.Int16ul, "count" / c.Int8ub, "rest" / c.GreedyBytes)
TWO_ORDERS = c.Struct("meter" / c.Int16ul, "count" / c.Int16ub, "rest" / c.GreedyBytes)
CODEC: OneOf[Reading | Mixed] = OneOf(
    "test", {b"\x01": (Reading, ONE_ORDER), b"\x02": (Mixed, TWO_ORDERS)}
)


@pytest.mark.parametrize(
    ("message", "octets"),
    [
        (Reading(0x1234, 5, b"ab"), "01341205" + "6162"),
        (Mixed(0x1234, 0x1234, b""), "0234121234"),
    ],
)
def test_a_number_keeps_the_byte_order_of_its_own_field(
    message: Reading | Mixed, octets: str
) -> None:
    assert CODEC.encode(message).hex() == octets
    assert CODEC.decode(bytes.fromhex(octets)) == message


@pytest.mark.parametrize(
    "too_large", [Reading(0x10000, 0, b""), Reading(-1, 0, b""), Mixed(0x10000, 0, b"")]
)
def test_a_number_that_does_not_fit_is_refused_by_the_name_of_its_field(
    too_large: Reading | Mixed,
) -> None:
    with pytest.raises(EncodeError, match=r"^test\.meter"):
        CODEC.encode(too_large)


@pytest.mark.parametrize("octets", ["01", "013412", "02341212"])
def test_numbers_that_are_cut_off_are_refused_by_the_name_of_a_field(octets: str) -> None:
    with pytest.raises(DecodeError, match=r"^test\.(meter|count)"):
        CODEC.decode(bytes.fromhex(octets))

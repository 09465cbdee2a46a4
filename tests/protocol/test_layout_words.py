"""What does not fit a layout is told in the words of the field, not of the parsing library."""

import construct as c
import pytest

from hanbench.protocol.errors import DecodeError
from hanbench.protocol.layout import Layout
from hanbench.protocol.layout_words import in_words

FLAG = c.Const(b"\x0b\x00")
KIND = c.OneOf(c.Int8ul, [1, 2])


@pytest.mark.parametrize(
    ("layout", "octets", "said"),
    [
        (c.Int16ul, b"", "cut short: 2 octets are needed, none is left"),
        (c.Int16ul, b"\1", "cut short: 2 octets are needed, 1 is left"),
        (c.Int8ul, b"", "cut short: 1 octet is needed, none is left"),
        (c.Bytes(8), b"\1\2\3", "cut short: 8 octets are needed, 3 are left"),
        (FLAG, b"\x83\x12", "must be 0b00, and is 8312"),
        (FLAG, b"'\x12", "must be 0b00, and is 2712"),
        (KIND, b"\3", "3 has no meaning here"),
        (c.Terminated, b"\3", "octets are left over"),
    ],
)
def test_a_mistake_is_told_in_our_words(
    layout: "c.Construct[object, object]", octets: bytes, said: str
) -> None:
    with pytest.raises(DecodeError) as caught:
        Layout("it", c.Struct("part" / layout)).decode(octets)

    assert str(caught.value).removeprefix("it").removeprefix(".part") == f": {said}"


def test_a_number_that_must_be_another_is_shown_as_it_is() -> None:
    with pytest.raises(DecodeError, match="must be 7, and is 3"):
        Layout("it", c.Struct("part" / c.Const(7, c.Int8ul))).decode(b"\3")


def test_what_is_none_of_these_is_told_as_it_comes() -> None:
    assert in_words(ValueError("first\nno such instant")) == "no such instant"
    assert in_words(KeyError()) == "KeyError"
    assert in_words(c.StreamError("stream closed")) == "stream closed"

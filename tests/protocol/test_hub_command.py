"""Commands to the hub, its answers, and alerts, there and back."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol import hub_command as codec
from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.hub_command import (
    Alert,
    BadInstallCode,
    Buffered,
    CancelBuffered,
    Cancelled,
    ClearBuffered,
    ListBuffered,
    LogDevice,
    Logged,
    NotFound,
    TooLate,
    UnlogDevice,
    Unlogged,
)
from hanbench.protocol.identifiers import Eui64

EUI = st.integers(0, 2**64 - 1).map(Eui64)
U16, U32 = st.integers(0, 65535), st.integers(0, 2**32 - 1)
COMMANDS = st.one_of(
    st.builds(CancelBuffered, EUI, U32),
    st.builds(ListBuffered, EUI),
    st.builds(ClearBuffered),
    st.builds(LogDevice, device=EUI, window_s=U16, install_code=st.binary(max_size=18)),
    st.builds(UnlogDevice, EUI),
)
ANSWERS = st.one_of(
    st.builds(Cancelled, U16),
    st.builds(TooLate),
    st.builds(NotFound),
    st.builds(Buffered, st.lists(U32, max_size=5).map(tuple)),
    st.builds(Logged, st.integers(0, 255)),
    st.builds(Unlogged),
    st.builds(BadInstallCode, st.text(st.characters(codec="utf-8"), max_size=30)),
)
ALERTS = st.builds(Alert, U16, st.text(st.characters(codec="utf-8"), max_size=30))

Encode = Callable[[Any], bytes]
Decode = Callable[[bytes], Any]
CODECS: list[tuple[str, st.SearchStrategy[Any], Encode, Decode]] = [
    ("command", COMMANDS, codec.encode_command, codec.decode_command),
    ("answer", ANSWERS, codec.encode_answer, codec.decode_answer),
    ("alert", ALERTS, codec.encode_alert, codec.decode_alert),
]
each_codec = pytest.mark.parametrize(
    ("messages", "encode", "decode"), [row[1:] for row in CODECS], ids=[row[0] for row in CODECS]
)


@each_codec
@given(draw=st.data())
def test_a_message_survives_its_bytes_and_no_part_of_them_does(
    messages: st.SearchStrategy[Any], encode: Encode, decode: Decode, draw: st.DataObject
) -> None:
    message = draw.draw(messages)
    data = encode(message)

    assert decode(data) == message
    for length in range(len(data)):
        with pytest.raises(DecodeError):
            decode(data[:length])
    with pytest.raises(DecodeError):
        decode(data + b"\0")


@pytest.mark.parametrize(
    ("encode", "decode"), [row[2:] for row in CODECS], ids=[row[0] for row in CODECS]
)
@given(data=st.binary(max_size=40))
def test_what_decodes_encodes_to_the_same_bytes(
    encode: Encode, decode: Decode, data: bytes
) -> None:
    try:
        message = decode(data)
    except DecodeError:
        return
    assert encode(message) == data


def test_message_id_zero_cancels_all_that_wait() -> None:
    data = codec.encode_command(CancelBuffered(Eui64(0x00DB1234567890A1)))

    assert data.hex() == "0100db1234567890a100000000"


def test_an_alert_over_255_octets_has_no_bytes() -> None:
    with pytest.raises(EncodeError, match="text"):
        codec.encode_alert(Alert(0x8F3D, "x" * 256))


def test_a_count_that_does_not_fit_has_no_bytes() -> None:
    with pytest.raises(EncodeError, match="count"):
        codec.encode_answer(Cancelled(65_536))

"""Answers and their payloads, there and back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol import answer as codec
from hanbench.protocol.answer import (
    AnswerMessage,
    LogLine,
    LogPage,
    Outcome,
    RegisterReading,
    SuaStatus,
    UtrnAnswer,
    UtrnResult,
)
from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.instruction import Register

U8, U16 = st.integers(0, 255), st.integers(0, 65535)
U32, U64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
I32 = st.integers(-(2**31), 2**31 - 1)
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)

ANSWERS = st.builds(
    AnswerMessage,
    st.sampled_from(Outcome),
    U32,
    U64,
    st.binary(max_size=40),
    st.binary(max_size=16),
)
READINGS = st.builds(RegisterReading, st.sampled_from(Register), st.integers(-(2**63), 2**63 - 1))
STATUSES = st.builds(
    SuaStatus,
    current_version=U32,
    staged_version=U32,
    max_version=U32,
    last_counter=U64,
    failures=U8,
    locked_remaining_s=U32,
)
PAGES = st.builds(LogPage, U16, st.lists(st.builds(LogLine, U64, U16, TEXT), max_size=4).map(tuple))
UTRNS = st.builds(UtrnAnswer, st.sampled_from(UtrnResult), I32, I32)

Encode = Callable[[Any], bytes]
Decode = Callable[[bytes], Any]
CODECS: list[tuple[str, st.SearchStrategy[Any], Encode, Decode]] = [
    ("answer", ANSWERS, codec.encode, codec.decode),
    ("reading", READINGS, codec.encode_reading, codec.decode_reading),
    ("status", STATUSES, codec.encode_status, codec.decode_status),
    ("log page", PAGES, codec.encode_log_page, codec.decode_log_page),
    ("utrn", UTRNS, codec.encode_utrn, codec.decode_utrn),
]
each_codec = pytest.mark.parametrize(
    ("messages", "encode", "decode"), [row[1:] for row in CODECS], ids=[row[0] for row in CODECS]
)


@each_codec
@given(draw=st.data())
def test_a_message_survives_its_bytes(
    messages: st.SearchStrategy[Any], encode: Encode, decode: Decode, draw: st.DataObject
) -> None:
    message = draw.draw(messages)

    assert decode(encode(message)) == message


@each_codec
@given(draw=st.data())
def test_every_truncation_and_every_trailing_octet_is_refused(
    messages: st.SearchStrategy[Any], encode: Encode, decode: Decode, draw: st.DataObject
) -> None:
    data = encode(draw.draw(messages))

    for length in range(len(data)):
        with pytest.raises(DecodeError):
            decode(data[:length])
    with pytest.raises(DecodeError):
        decode(data + b"\0")


@pytest.mark.parametrize(
    ("encode", "decode"), [row[2:] for row in CODECS], ids=[row[0] for row in CODECS]
)
@given(data=st.binary(max_size=60))
def test_what_decodes_encodes_to_the_same_bytes(
    encode: Encode, decode: Decode, data: bytes
) -> None:
    try:
        message = decode(data)
    except DecodeError:
        return
    assert encode(message) == data


def test_the_layout_of_an_answer_is_the_documented_one() -> None:
    answer = AnswerMessage(Outcome.REPLAYED, 1, 7, b"\xaa", bytes(8))

    assert codec.encode(answer).hex() == "06000000010000000000000007" + "0001aa" + "08" + "00" * 8


def test_outcomes_and_results_are_printed_in_words() -> None:
    assert Outcome.WRONG_KEY_VERSION.words == "wrong-key-version"
    assert UtrnResult.ACCOUNT_HIGH.words == "account-high"


def test_a_log_text_over_255_octets_has_no_bytes() -> None:
    with pytest.raises(EncodeError, match="text"):
        codec.encode_log_page(LogPage(1, (LogLine(0, 0, "x" * 256),)))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("key_version", {"key_version": 1 << 32}),
        ("last_counter", {"last_counter": -1}),
        ("payload", {"payload": bytes(1 << 16)}),
        ("mac", {"mac": bytes(256)}),
    ],
)
def test_an_answer_that_does_not_fit_has_no_bytes_and_names_the_field(field, change) -> None:
    fits = AnswerMessage(Outcome.ACCEPTED, 1, 2, b"\x01", bytes(8))

    with pytest.raises(EncodeError, match=field):
        codec.encode(replace(fits, **change))


def test_an_unknown_outcome_is_named_as_the_field_at_fault() -> None:
    with pytest.raises(DecodeError) as caught:
        codec.decode(b"\xee" + bytes(15))

    assert caught.value.field == "answer.outcome"

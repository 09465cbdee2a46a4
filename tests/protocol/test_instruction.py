"""Instructions and Commands: every type there and back, and nothing else let through."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol import instruction as codec
from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.instruction import (
    AbortRotation,
    AddCreditUtrn,
    ArmSupply,
    Authorisation,
    Command,
    ConfirmRotation,
    DisableSupply,
    EnableSupply,
    Instruction,
    InstructionType,
    LogName,
    NoOp,
    PaymentMode,
    PrepareRotation,
    ProveRotation,
    ReadLog,
    ReadRegister,
    ReadSuaStatus,
    Register,
    RotateSuaKey,
    SetClock,
    SetPaymentMode,
    SetTariff,
)

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors" / "sua_rotation.json"

U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)
DIGITS = st.sampled_from((20, 40, 60)).flatmap(
    lambda length: st.text("0123456789", min_size=length, max_size=length)
)
SUCCESSOR = (U32, U32, st.binary(min_size=24, max_size=24), st.binary(min_size=3, max_size=3))
NONCE = st.binary(min_size=16, max_size=16)
INSTRUCTIONS = st.one_of(
    st.builds(ReadRegister, U32, st.sampled_from(Register)),
    st.builds(ReadSuaStatus, U32),
    st.builds(ReadLog, U32, st.sampled_from(LogName), st.integers(0, 65535), st.integers(0, 255)),
    st.builds(SetClock, U32, U64),
    st.builds(SetTariff, U32, U32, U32),
    st.builds(SetPaymentMode, U32, st.sampled_from(PaymentMode)),
    *(st.builds(kind, U32) for kind in (ArmSupply, EnableSupply, DisableSupply, NoOp)),
    st.builds(RotateSuaKey, *SUCCESSOR),
    st.builds(PrepareRotation, *SUCCESSOR),
    st.builds(ProveRotation, U32, U32, NONCE),
    st.builds(ConfirmRotation, U32, U32),
    st.builds(AbortRotation, U32, U32),
    st.builds(AddCreditUtrn, U32, DIGITS),
)
COMMANDS = st.builds(
    Command,
    st.binary(max_size=80),
    st.none() | st.builds(Authorisation, U32, U64, st.binary(max_size=32)),
)


@given(INSTRUCTIONS)
def test_an_instruction_survives_its_bytes(instruction: Instruction) -> None:
    data = codec.encode(instruction)

    assert codec.decode(data) == instruction
    assert data[0] == instruction.type


@given(INSTRUCTIONS)
def test_every_truncation_and_every_trailing_octet_is_refused(instruction: Instruction) -> None:
    data = codec.encode(instruction)

    for length in range(len(data)):
        with pytest.raises(DecodeError):
            codec.decode(data[:length])
    with pytest.raises(DecodeError):
        codec.decode(data + b"\0")


@given(
    st.binary(max_size=80)
    | st.builds(
        bytes.__add__,
        st.sampled_from([bytes([kind]) for kind in InstructionType]),
        st.binary(max_size=50),
    )
)
def test_what_decodes_encodes_to_the_same_bytes(data: bytes) -> None:
    try:
        instruction = codec.decode(data)
    except DecodeError:
        return
    assert codec.encode(instruction) == data


@given(COMMANDS)
def test_a_command_survives_its_bytes_and_no_part_of_them_does(command: Command) -> None:
    data = codec.encode_command(command)

    assert codec.decode_command(data) == command
    for length in range(len(data)):
        with pytest.raises(DecodeError):
            codec.decode_command(data[:length])
    with pytest.raises(DecodeError):
        codec.decode_command(data + b"\0")


@given(st.binary(max_size=80))
def test_a_command_that_decodes_encodes_to_the_same_bytes(data: bytes) -> None:
    try:
        command = codec.decode_command(data)
    except DecodeError:
        return
    assert codec.encode_command(command) == data


def test_each_type_has_one_class_and_one_number() -> None:
    kinds = [it.type for it in Instruction.__args__]

    assert sorted(kinds) == sorted(InstructionType)


def test_only_reads_and_utrns_go_without_a_code() -> None:
    free = [it.words for it in InstructionType if not it.is_guarded]

    assert free == ["read-register", "read-sua-status", "read-log", "add-credit-utrn"]


def test_the_known_rotate_instruction_has_the_published_bytes() -> None:
    (row,) = json.loads(VECTORS.read_text())["rotate"]

    instruction = codec.decode(bytes.fromhex(row["instruction"]))

    assert isinstance(instruction, RotateSuaKey)
    assert (instruction.request_id, instruction.version) == (7, 2)
    assert instruction.wrapped_key.hex() == "8e3229e438fa614d9a4b85be56df781cbe36123d4a7add02"
    assert instruction.check_value.hex() == "bed46a"


def test_the_layout_is_big_endian_in_the_order_of_the_fields() -> None:
    data = codec.encode(SetTariff(0x01020304, 0x0A0B0C0D, 0x11121314))

    assert data.hex() == "11010203040a0b0c0d11121314"


def test_the_digest_is_sha_256_of_the_bytes() -> None:
    data = codec.encode(NoOp(1))

    assert codec.digest(data) == hashlib.sha256(b"\x30\0\0\0\1").digest()


@pytest.mark.parametrize("digits", ["", "1" * 19, "1" * 21, "1" * 80, "a" * 20, "²" * 20, "-" * 20])
def test_only_twenty_forty_or_sixty_digits_are_a_utrn(digits: str) -> None:
    with pytest.raises(EncodeError, match="digits"):
        codec.encode(AddCreditUtrn(1, digits))
    text = digits.encode("latin-1")
    with pytest.raises(DecodeError, match="digits"):
        codec.decode(b"\x50\0\0\0\1" + bytes([len(text)]) + text)


@pytest.mark.parametrize(
    "instruction",
    [
        NoOp(2**32),
        NoOp(-1),
        SetTariff(1, 2**32, 0),
        RotateSuaKey(1, 2, b"short", b"kcv"),
        RotateSuaKey(1, 2, bytes(24), b"long check value"),
        ProveRotation(1, 2, bytes(15)),
    ],
)
def test_a_parameter_that_does_not_fit_has_no_bytes(instruction: Instruction) -> None:
    with pytest.raises(EncodeError, match=r"instruction\.\w+"):
        codec.encode(instruction)


def test_an_unknown_register_is_named_as_the_field_at_fault() -> None:
    with pytest.raises(DecodeError) as caught:
        codec.decode(b"\x01\0\0\0\1\xee")

    assert caught.value.field == "instruction.register"


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(DecodeError, match="instruction"):
        codec.decode(b"\xff\0\0\0\1")


def test_the_presence_of_a_code_has_one_encoding_only() -> None:
    with pytest.raises(DecodeError, match="is_authorised"):
        codec.decode_command(b"\0\x01\x30\x02")


def test_a_code_of_over_255_octets_has_no_bytes() -> None:
    with pytest.raises(EncodeError, match="code"):
        codec.encode_command(Command(b"x", Authorisation(1, 1, bytes(256))))

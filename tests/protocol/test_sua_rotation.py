"""A successor: wrapped, opened by the device it is for, and proved back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import PrepareRotation, RotateSuaKey, digest, encode
from hanbench.protocol.keys import Key, KeyUsage, derive_test_key
from hanbench.protocol.sua import HAN_SUA_M1 as SCHEME
from hanbench.protocol.sua_rotation import (
    open_successor,
    rotation_nonce,
    successor_of,
    verify_proof,
    wrap_successor,
)

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors" / "sua_rotation.json"
EUI = Eui64(0x00DB1234567890A1)
MASTER = Key(KeyUsage.MASTER, bytes(range(15, -1, -1)), is_test_material=True)
K2 = Key(KeyUsage.SUA, bytes.fromhex("f0e0d0c0b0a090807060504030201000"), is_test_material=True)
SUCCESSOR = wrap_successor(SCHEME, MASTER, K2, EUI, 2)


def test_the_known_successor_gives_the_published_instruction() -> None:
    (row,) = json.loads(VECTORS.read_text())["rotate"]

    assert encode(SUCCESSOR.rotate(row["request_id"])).hex() == row["instruction"]


def test_the_device_opens_what_the_dco_wrapped() -> None:
    assert open_successor(SCHEME, MASTER, SUCCESSOR, EUI) == K2


def test_a_retry_wraps_to_the_same_octets() -> None:
    assert wrap_successor(SCHEME, MASTER, K2, EUI, 2) == SUCCESSOR


def test_both_instructions_carry_the_successor() -> None:
    rotate, prepare = SUCCESSOR.rotate(7), SUCCESSOR.prepare(8)

    assert isinstance(rotate, RotateSuaKey)
    assert isinstance(prepare, PrepareRotation)
    assert successor_of(rotate) == successor_of(prepare) == SUCCESSOR


def test_no_bit_of_a_wrapped_key_or_check_value_can_be_changed() -> None:
    for bit in range(8 * 24):
        wrapped = bytearray(SUCCESSOR.wrapped_key)
        wrapped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SecurityError):
            open_successor(SCHEME, MASTER, replace(SUCCESSOR, wrapped_key=bytes(wrapped)), EUI)
    for bit in range(8 * 3):
        value = bytearray(SUCCESSOR.check_value)
        value[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SecurityError, match="check value"):
            open_successor(SCHEME, MASTER, replace(SUCCESSOR, check_value=bytes(value)), EUI)


def test_a_successor_is_bound_to_its_device_version_and_master() -> None:
    other_master = derive_test_key("other", KeyUsage.MASTER)

    with pytest.raises(SecurityError, match="check value"):
        open_successor(SCHEME, MASTER, SUCCESSOR, Eui64(EUI ^ 1))
    with pytest.raises(SecurityError, match="check value"):
        open_successor(SCHEME, MASTER, replace(SUCCESSOR, version=3), EUI)
    with pytest.raises(SecurityError, match="unwrap"):
        open_successor(SCHEME, other_master, SUCCESSOR, EUI)


def test_a_proof_shows_the_key_for_one_device_version_and_nonce() -> None:
    nonce = rotation_nonce(digest(encode(SUCCESSOR.rotate(7))))
    proof = SCHEME.proof(K2, EUI, 2, nonce)
    other = derive_test_key("other", KeyUsage.SUA)

    verify_proof(SCHEME, K2, EUI, 2, nonce=nonce, proof=proof)
    for key, eui64, version, said, given in (
        (other, EUI, 2, nonce, proof),
        (K2, Eui64(EUI ^ 1), 2, nonce, proof),
        (K2, EUI, 3, nonce, proof),
        (K2, EUI, 2, bytes(16), proof),
        (K2, EUI, 2, nonce, proof[:-1]),
        (K2, EUI, 2, nonce, b""),
    ):
        with pytest.raises(SecurityError, match="proof"):
            verify_proof(SCHEME, key, eui64, version, nonce=said, proof=given)


def test_the_nonce_of_a_rotation_is_the_start_of_its_digest() -> None:
    assert rotation_nonce(bytes(range(32))) == bytes(range(16))

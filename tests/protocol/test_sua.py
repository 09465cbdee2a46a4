"""The synthetic SUA scheme: published known answers, binding, and separation of keys."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from hanbench.protocol.answer import Outcome
from hanbench.protocol.cmac import aes_cmac
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64, parse_eui64
from hanbench.protocol.instruction import digest
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.sua import HAN_SUA_M1, HAN_SUA_M1_LONG, AnswerScope, HanSuaM1, SuaScope

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"
CODES = json.loads((VECTORS / "sua_codes.json").read_text())["vectors"]
ANSWERS = json.loads((VECTORS / "sua_answers.json").read_text())
ROTATION = json.loads((VECTORS / "sua_rotation.json").read_text())

EUI = Eui64(0x00DB1234567890A1)
K1 = Key(KeyUsage.SUA, bytes(range(16)), is_test_material=True)
K2 = Key(KeyUsage.SUA, bytes.fromhex("f0e0d0c0b0a090807060504030201000"), is_test_material=True)
MASTER = Key(KeyUsage.MASTER, bytes(range(15, -1, -1)), is_test_material=True)
SCOPE = SuaScope(eui64=EUI, key_version=1, counter=1, digest=digest(b"DISABLE_SUPPLY"))
ANSWER = AnswerScope(
    eui64=EUI,
    key_version=1,
    request_digest=digest(b"DISABLE_SUPPLY"),
    outcome=Outcome.ACCEPTED,
    last_counter=1,
    payload=b"\x01",
)
each_scheme = pytest.mark.parametrize(
    "scheme", [HAN_SUA_M1, HAN_SUA_M1_LONG], ids=lambda it: it.name
)


def rows(table: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("row", table, ids=[row["label"] for row in table])


def key_of(row: dict[str, Any]) -> Key:
    return Key(KeyUsage.SUA, bytes.fromhex(row["key"]))


def test_cmac_gives_the_answers_of_rfc_4493() -> None:
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    message = bytes.fromhex("6bc1bee22e409f96e93d7e117393172a")

    assert aes_cmac(key, b"").hex() == "bb1d6929e95937287fa37d129b756746"
    assert aes_cmac(key, message).hex() == "070a16b46b4d4144f79bdd9dd04a287c"


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        (SCOPE, "c86831be29d6ec93"),
        (replace(SCOPE, counter=2), "2eb1349073a2ff2e"),
        (replace(SCOPE, eui64=Eui64(EUI - 1)), "40a05c4d70e96477"),
    ],
)
def test_codes_are_those_of_domain_md_10_2(scope: SuaScope, code: str) -> None:
    assert HAN_SUA_M1.issue(K1, scope).hex() == code


def test_check_value_and_wrap_are_those_of_domain_md_10_2() -> None:
    wrapped = HAN_SUA_M1.wrap(MASTER, K2)

    assert HAN_SUA_M1.key_check_value(K1, EUI, 1).hex() == "8732ee"
    assert wrapped.hex() == "8e3229e438fa614d9a4b85be56df781cbe36123d4a7add02"


@rows(CODES)
def test_codes_are_the_published_ones(row: dict[str, Any]) -> None:
    scope = SuaScope(
        eui64=parse_eui64(row["eui64"]),
        group=row["group"],
        key_version=row["key_version"],
        counter=row["counter"],
        digest=digest(bytes.fromhex(row["instruction"])),
    )

    assert HAN_SUA_M1.issue(key_of(row), scope).hex() == row["full"][:16]
    assert HAN_SUA_M1_LONG.issue(key_of(row), scope).hex() == row["full"]


@rows(ANSWERS["answers"])
def test_answer_macs_are_the_published_ones(row: dict[str, Any]) -> None:
    scope = AnswerScope(
        eui64=parse_eui64(row["eui64"]),
        key_version=row["key_version"],
        request_digest=digest(bytes.fromhex(row["request"])),
        outcome=Outcome[row["outcome"]],
        last_counter=row["last_counter"],
        payload=bytes.fromhex(row["payload"]),
    )

    assert HAN_SUA_M1.answer_mac(key_of(row), scope).hex() == row["mac"]


@rows(ANSWERS["proofs"])
def test_proofs_are_the_published_ones(row: dict[str, Any]) -> None:
    nonce = bytes.fromhex(row["nonce"])

    proof = HAN_SUA_M1.proof(key_of(row), parse_eui64(row["eui64"]), row["key_version"], nonce)

    assert proof.hex() == row["proof"]


@rows(ROTATION["check_values"])
def test_check_values_are_the_published_ones(row: dict[str, Any]) -> None:
    value = HAN_SUA_M1.key_check_value(key_of(row), parse_eui64(row["eui64"]), row["key_version"])

    assert value.hex() == row["check_value"]


@rows(ROTATION["wrapped"])
def test_wrapped_keys_are_the_published_ones(row: dict[str, Any]) -> None:
    master = Key(KeyUsage.MASTER, bytes.fromhex(row["master"]))
    wrapped = bytes.fromhex(row["wrapped"])

    assert HAN_SUA_M1.wrap(master, key_of(row)) == wrapped
    assert HAN_SUA_M1.unwrap(master, wrapped) == key_of(row)


@each_scheme
def test_a_code_verifies_for_its_scope(scheme: HanSuaM1) -> None:
    code = scheme.issue(K1, SCOPE)

    scheme.verify(K1, SCOPE, code)
    assert len(code) == scheme.code_octets


@each_scheme
@pytest.mark.parametrize(
    "change",
    [
        {"eui64": Eui64(EUI ^ 1)},
        {"group": "DB"},
        {"group": "D"},
        {"key_version": 2},
        {"counter": 2},
        {"digest": digest(b"ENABLE_SUPPLY")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_code_is_bound_to_each_part_of_its_scope(
    scheme: HanSuaM1, change: dict[str, Any]
) -> None:
    code = scheme.issue(K1, SCOPE)

    with pytest.raises(SecurityError):
        scheme.verify(K1, replace(SCOPE, **change), code)
    with pytest.raises(SecurityError):
        scheme.verify(K2, SCOPE, code)


@each_scheme
def test_no_bit_of_a_code_can_be_changed_and_none_left_out(scheme: HanSuaM1) -> None:
    code = scheme.issue(K1, SCOPE)

    for bit in range(8 * len(code)):
        changed = bytearray(code)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SecurityError):
            scheme.verify(K1, SCOPE, bytes(changed))
    for other in (b"", code[:-1], code + b"\0"):
        with pytest.raises(SecurityError):
            scheme.verify(K1, SCOPE, other)


@pytest.mark.parametrize(
    "change",
    [
        {"eui64": Eui64(EUI ^ 1)},
        {"key_version": 2},
        {"request_digest": digest(b"ENABLE_SUPPLY")},
        {"outcome": Outcome.REPLAYED},
        {"last_counter": 2},
        {"payload": b""},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_answer_is_bound_to_each_part_of_it(change: dict[str, Any]) -> None:
    mac = HAN_SUA_M1.answer_mac(K1, ANSWER)

    HAN_SUA_M1.verify_answer(K1, ANSWER, mac)
    with pytest.raises(SecurityError):
        HAN_SUA_M1.verify_answer(K1, replace(ANSWER, **change), mac)
    with pytest.raises(SecurityError):
        HAN_SUA_M1.verify_answer(K2, ANSWER, mac)


def test_an_empty_mac_is_no_answer_of_a_key() -> None:
    with pytest.raises(SecurityError):
        HAN_SUA_M1.verify_answer(K1, ANSWER, b"")


def test_an_empty_payload_leaves_exactly_the_bytes_of_10_8() -> None:
    mac = CMAC(AES(K1.value))
    mac.update(b"HAN-SUA-M1-RSP\0" + EUI.to_bytes(8, "big") + (1).to_bytes(4, "big"))
    mac.update(ANSWER.request_digest + b"\0" + (1).to_bytes(8, "big"))

    assert HAN_SUA_M1.answer_mac(K1, replace(ANSWER, payload=b"")) == mac.finalize()[:8]


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_nonce_has_sixteen_octets(length: int) -> None:
    with pytest.raises(SecurityError, match="nonce"):
        HAN_SUA_M1.proof(K1, EUI, 1, bytes(length))


@pytest.mark.parametrize("usage", [it for it in KeyUsage if it is not KeyUsage.SUA])
def test_only_a_sua_key_makes_codes_answers_proofs_and_check_values(usage: KeyUsage) -> None:
    other = Key(usage, K1.value)

    for use in (
        lambda: HAN_SUA_M1.issue(other, SCOPE),
        lambda: HAN_SUA_M1.answer_mac(other, ANSWER),
        lambda: HAN_SUA_M1.proof(other, EUI, 1, bytes(16)),
        lambda: HAN_SUA_M1.key_check_value(other, EUI, 1),
        lambda: HAN_SUA_M1.wrap(MASTER, other),
    ):
        with pytest.raises(SecurityError, match="key was offered as a sua key"):
            use()


@pytest.mark.parametrize("usage", [it for it in KeyUsage if it is not KeyUsage.MASTER])
def test_only_a_master_key_wraps_and_unwraps(usage: KeyUsage) -> None:
    other = Key(usage, MASTER.value)

    with pytest.raises(SecurityError, match="master"):
        HAN_SUA_M1.wrap(other, K2)
    with pytest.raises(SecurityError, match="master"):
        HAN_SUA_M1.unwrap(other, HAN_SUA_M1.wrap(MASTER, K2))


@pytest.mark.parametrize("wrapped", [b"", bytes(24), bytes(23), bytes(32)])
def test_what_was_not_wrapped_under_the_master_does_not_unwrap(wrapped: bytes) -> None:
    with pytest.raises(SecurityError, match="unwrap"):
        HAN_SUA_M1.unwrap(MASTER, wrapped)


@pytest.mark.parametrize("is_test_material", [True, False])
def test_an_unwrapped_key_is_test_material_only_if_its_master_is(is_test_material: bool) -> None:
    master = Key(KeyUsage.MASTER, MASTER.value, is_test_material=is_test_material)

    key = HAN_SUA_M1.unwrap(master, HAN_SUA_M1.wrap(master, K2))

    assert key.is_test_material is is_test_material
    assert key.value == K2.value

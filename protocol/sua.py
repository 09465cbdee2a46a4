"""SUA codes, answer MACs and key proofs, behind the seam for another scheme.

Source: HAN-SUA-M1 is a synthetic model [M] (domain.md 10.2, 10.8): the real SUA of Secure's devices
is published nowhere and is not this. AES-CMAC (RFC 4493) and AES key wrap (RFC 3394); integers
big-endian. Each message begins with a tag of its own and a zero octet, so no code, MAC, check value
or proof can stand for another, nor for anything that a real device would accept.

A holder of another scheme writes an object with the methods of `SuaScheme` and names it to the
bench; nothing else in the bench knows how a code is made.
"""

from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from hanbench.protocol.answer import Outcome
from hanbench.protocol.cmac import aes_cmac
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import CHECK_VALUE_OCTETS, NONCE_OCTETS
from hanbench.protocol.keys import Key, KeyUsage

MAC_OCTETS = 8
"""Of answer MACs and proofs, whatever the length of the codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuaScope:
    """All that one SUA code is bound to."""

    eui64: Eui64
    group: str = "DA"
    key_version: int
    counter: int
    digest: bytes
    """SHA-256 of the canonical Instruction bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerScope:
    """All that the MAC of one answer is bound to."""

    eui64: Eui64
    key_version: int
    request_digest: bytes
    """SHA-256 of the canonical Instruction bytes; of the whole Command if it held none."""
    outcome: Outcome
    last_counter: int
    payload: bytes = b""


class SuaScheme(Protocol):
    """How codes are made and checked. Methods named `verify` raise `SecurityError` or return None.

    `issue`, `answer_mac`, `proof` and `key_check_value` want a key of usage SUA, `wrap` and
    `unwrap` a MASTER key; with another they raise `SecurityError`.
    """

    @property
    def name(self) -> str:
        """What reports and journals call it."""

    @property
    def code_octets(self) -> int:
        """The length of a code; a code of another length never verifies."""

    def issue(self, key: Key, scope: SuaScope) -> bytes:
        """Return the code for this scope."""

    def verify(self, key: Key, scope: SuaScope, code: bytes) -> None:
        """Raise `SecurityError` unless this is the code, in a time that does not tell where."""

    def key_check_value(self, key: Key, eui64: Eui64, version: int) -> bytes:
        """Return 3 octets that name a key without telling it."""

    def answer_mac(self, key: Key, scope: AnswerScope) -> bytes:
        """Return the MAC of an answer."""

    def verify_answer(self, key: Key, scope: AnswerScope, mac: bytes) -> None:
        """Raise `SecurityError` unless the device that holds this key gave this answer."""

    def proof(self, key: Key, eui64: Eui64, version: int, nonce: bytes) -> bytes:
        """Return what only a holder of the key can say to a nonce of 16 octets."""

    def wrap(self, master: Key, key: Key) -> bytes:
        """Wrap a SUA key for transport, in 24 octets."""

    def unwrap(self, master: Key, wrapped: bytes) -> Key:
        """Return the key in a wrapped one; raise `SecurityError` if it was not wrapped so."""


class HanSuaM1:
    """The synthetic scheme [M]: AES-CMAC, truncated."""

    def __init__(self, name: str, code_octets: int) -> None:
        self._name = name
        self._code_octets = code_octets

    @property
    def name(self) -> str:
        """What reports and journals call it."""
        return self._name

    @property
    def code_octets(self) -> int:
        """The length of a code."""
        return self._code_octets

    def issue(self, key: Key, scope: SuaScope) -> bytes:
        """Return the leading octets of the CMAC over the scope."""
        return aes_cmac(key.require(KeyUsage.SUA), code_message(scope))[: self._code_octets]

    def verify(self, key: Key, scope: SuaScope, code: bytes) -> None:
        """Raise `SecurityError` unless this is the code."""
        _require_equal(self.issue(key, scope), code, "SUA code")

    def key_check_value(self, key: Key, eui64: Eui64, version: int) -> bytes:
        """Return 3 octets of a CMAC over the address and version."""
        message = check_value_message(eui64, version)
        return aes_cmac(key.require(KeyUsage.SUA), message)[:CHECK_VALUE_OCTETS]

    def answer_mac(self, key: Key, scope: AnswerScope) -> bytes:
        """Return 8 octets of a CMAC over the answer and the digest of its request."""
        return aes_cmac(key.require(KeyUsage.SUA), answer_message(scope))[:MAC_OCTETS]

    def verify_answer(self, key: Key, scope: AnswerScope, mac: bytes) -> None:
        """Raise `SecurityError` unless this is the MAC."""
        _require_equal(self.answer_mac(key, scope), mac, "answer MAC")

    def proof(self, key: Key, eui64: Eui64, version: int, nonce: bytes) -> bytes:
        """Return 8 octets of a CMAC over the address, the version and the nonce."""
        if len(nonce) != NONCE_OCTETS:
            raise SecurityError(f"the nonce of a proof has {len(nonce)} octets, not {NONCE_OCTETS}")
        message = proof_message(eui64, version, nonce)
        return aes_cmac(key.require(KeyUsage.SUA), message)[:MAC_OCTETS]

    def wrap(self, master: Key, key: Key) -> bytes:
        """Wrap a SUA key by RFC 3394."""
        return aes_key_wrap(master.require(KeyUsage.MASTER), key.require(KeyUsage.SUA))

    def unwrap(self, master: Key, wrapped: bytes) -> Key:
        """Unwrap by RFC 3394; raise `SecurityError` if the integrity check fails."""
        try:
            value = aes_key_unwrap(master.require(KeyUsage.MASTER), wrapped)
        except (InvalidUnwrap, ValueError) as error:
            raise SecurityError("the wrapped key does not unwrap under this master key") from error
        # A key that came under a test master can only be test material itself.
        return Key(KeyUsage.SUA, value, is_test_material=master.is_test_material)


HAN_SUA_M1 = HanSuaM1("HAN-SUA-M1", 8)
HAN_SUA_M1_LONG = HanSuaM1("HAN-SUA-M1-LONG", 16)
"""The same with untruncated codes, for devices that have the room."""


def code_message(scope: SuaScope) -> bytes:
    """Return what the CMAC of a code is over."""
    group = scope.group.encode("ascii")
    return b"".join(
        (
            b"HAN-SUA-M1\0",
            bytes([len(group)]),
            group,
            _eui(scope.eui64),
            scope.key_version.to_bytes(4, "big"),
            scope.counter.to_bytes(8, "big"),
            scope.digest,
        )
    )


def answer_message(scope: AnswerScope) -> bytes:
    """Return what the CMAC of an answer is over."""
    # The payload stands last, so an empty one gives exactly the bytes of domain.md 10.8.
    return b"".join(
        (
            b"HAN-SUA-M1-RSP\0",
            _eui(scope.eui64),
            scope.key_version.to_bytes(4, "big"),
            scope.request_digest,
            bytes([scope.outcome]),
            scope.last_counter.to_bytes(8, "big"),
            scope.payload,
        )
    )


def check_value_message(eui64: Eui64, version: int) -> bytes:
    """Return what the CMAC of a key check value is over."""
    return b"HAN-SUA-M1-KCV\0" + _eui(eui64) + version.to_bytes(4, "big")


def proof_message(eui64: Eui64, version: int, nonce: bytes) -> bytes:
    """Return what the CMAC of a proof is over."""
    return b"HAN-SUA-M1-PROOF\0" + _eui(eui64) + version.to_bytes(4, "big") + nonce


def _eui(eui64: Eui64) -> bytes:
    return eui64.to_bytes(8, "big")


def _require_equal(expected: bytes, given: bytes, what: str) -> None:
    if not bytes_eq(expected, given):
        raise SecurityError(f"the {what} does not verify")

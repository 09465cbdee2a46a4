"""A SUA key's successor: wrapped for the way to the device, opened there, and proved back.

Source: modelled [M] (domain.md 10.3): the new key travels under the per-device master key by
RFC 3394 with a check value beside it; `ROTATE` and `PREPARE` carry all three. The proof of a ROTATE
is over a nonce that both ends have already: the first 16 octets of the request digest.

Caveat (P7): whoever kept the master key and saw the message can unwrap the new key, too.
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.constant_time import bytes_eq

from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import NONCE_OCTETS, PrepareRotation, RotateSuaKey
from hanbench.protocol.keys import Key
from hanbench.protocol.sua import SuaScheme


@dataclass(frozen=True, slots=True)
class Successor:
    """A new SUA key as the rotation parameters carry it."""

    version: int
    wrapped_key: bytes
    check_value: bytes

    def rotate(self, request_id: int) -> RotateSuaKey:
        """Return the single-shot Instruction that installs it."""
        return RotateSuaKey(request_id, self.version, self.wrapped_key, self.check_value)

    def prepare(self, request_id: int) -> PrepareRotation:
        """Return the Instruction that stages it."""
        return PrepareRotation(request_id, self.version, self.wrapped_key, self.check_value)


def successor_of(instruction: RotateSuaKey | PrepareRotation) -> Successor:
    """Return the successor that an Instruction carries."""
    return Successor(instruction.version, instruction.wrapped_key, instruction.check_value)


def wrap_successor(
    scheme: SuaScheme, master: Key, new_key: Key, eui64: Eui64, version: int
) -> Successor:
    """Wrap a new key for one device; the same arguments give the same octets."""
    return Successor(
        version, scheme.wrap(master, new_key), scheme.key_check_value(new_key, eui64, version)
    )


def open_successor(scheme: SuaScheme, master: Key, successor: Successor, eui64: Eui64) -> Key:
    """Return the new key.

    Raises:
        SecurityError: it does not unwrap, or its check value is another's.
    """
    key = scheme.unwrap(master, successor.wrapped_key)
    expected = scheme.key_check_value(key, eui64, successor.version)
    if not bytes_eq(expected, successor.check_value):
        raise SecurityError("the check value is not that of the wrapped key")
    return key


def rotation_nonce(request_digest: bytes) -> bytes:
    """Return the nonce of the proof that answers a single-shot ROTATE."""
    return request_digest[:NONCE_OCTETS]


def verify_proof(
    scheme: SuaScheme, key: Key, eui64: Eui64, version: int, *, nonce: bytes, proof: bytes
) -> None:
    """Raise `SecurityError` unless a holder of the key made this proof."""
    if not bytes_eq(scheme.proof(key, eui64, version, nonce), proof):
        raise SecurityError("the proof does not verify under this key")

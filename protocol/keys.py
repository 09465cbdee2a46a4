"""Secrets, and the only way one reaches a codec or a device.

Key hierarchy of a GroupID "DA" device [M, domain.md 10.1 to 10.4]: the SUA key, the master key that
wraps its successors, the vend key of native UTRNs, and one transport key for each head-end. They
are never interchangeable (property P5), so every key carries its usage and a codec checks it.
"""

import enum
import hashlib
from dataclasses import dataclass, field
from typing import Protocol

from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64

KEY_OCTETS = 16


class KeyUsage(enum.Enum):
    """What a key may be used for."""

    NETWORK = "network"
    LINK = "link"
    SUA = "sua"
    MASTER = "master"
    VEND = "vend"
    TRANSPORT = "transport"
    HAND_OVER = "hand-over"


@dataclass(frozen=True, slots=True)
class Key:
    """One 128-bit secret. Only a key marked as test material may be written to a capture."""

    usage: KeyUsage
    value: bytes = field(repr=False)
    is_test_material: bool = False

    def __post_init__(self) -> None:
        if len(self.value) != KEY_OCTETS:
            raise SecurityError(f"a {self.usage.value} key has {len(self.value)} octets, not 16")

    def require(self, usage: KeyUsage) -> bytes:
        """Return the octets for this use; raise `SecurityError` if the key is for another one."""
        if self.usage is not usage:
            raise SecurityError(f"a {self.usage.value} key was offered as a {usage.value} key")
        return self.value


class KeyStore(Protocol):
    """Where devices and parties find the keys that they were provisioned with."""

    def key(self, eui64: Eui64, usage: KeyUsage, peer: Eui64 = ...) -> Key:
        """Return the key; raise `MissingKeyError` if there is none.

        `peer` names the other end where the key is one of several (transport key by head-end).
        """


def derive_test_key(seed: str, usage: KeyUsage, *labels: int) -> Key:
    """Make a key that is nobody's: a hash of a plain-text seed, marked as test material."""
    text = "|".join(["HANBENCH TEST KEY", seed, usage.value, *(f"{label:x}" for label in labels)])
    return Key(usage, hashlib.sha256(text.encode()).digest()[:KEY_OCTETS], is_test_material=True)

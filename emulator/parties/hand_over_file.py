"""The sealed file in which the SMSO hands the keys of one meter to the DCO.

Source: modelled [M] (domain.md 10.8); how keys really change hands is not public. Big-endian:

    tag "HAN-HAND-OVER-M1" 00 | EUI-64 | key_version u32 | last_counter u64
    | K_sua wrapped 24 | K_m wrapped 24 | AES-CMAC over all before 16

Wrapped by RFC 3394. Wrapping and MAC use two keys drawn from the HAND_OVER key that SMSO and DCO
share, so neither can be turned against the other.
"""

import functools
import struct
from dataclasses import dataclass

import construct as c
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from hanbench.protocol.cmac import aes_cmac
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.layout import Layout

_TAG = b"HAN-HAND-OVER-M1\0"
_MAC_OCTETS = 16
_WRAPPED_OCTETS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverContent:
    """What the file says, opened."""

    eui64: Eui64
    key_version: int
    last_counter: int
    sua_key: Key
    master_key: Key


_BODY = c.Struct(
    "tag" / c.Const(_TAG),
    "eui64" / c.Int64ub,
    "key_version" / c.Int32ub,
    "last_counter" / c.Int64ub,
    "sua_key" / c.Bytes(_WRAPPED_OCTETS),
    "master_key" / c.Bytes(_WRAPPED_OCTETS),
)
_NUMBERS = struct.Struct(f">{len(_TAG)}sQIQ")
"""The tag and the numbers in one `struct`, for reading."""
_UNSEALED = Layout("hand-over file", _BODY)
_SEALED = Layout(
    "hand-over file", c.Struct(*_BODY.subcons, "mac" / c.Bytes(_MAC_OCTETS), c.Terminated)
)


def encode(content: HandOverContent, key: Key) -> bytes:
    """Seal a file under a HAND_OVER key.

    Raises:
        EncodeError: a field does not fit.
        SecurityError: a key is of another usage than its place.
    """
    wrapping = _derive(key, b"wrap")
    body = _UNSEALED.encode(
        {
            "eui64": content.eui64,
            "key_version": content.key_version,
            "last_counter": content.last_counter,
            "sua_key": aes_key_wrap(wrapping, content.sua_key.require(KeyUsage.SUA)),
            "master_key": aes_key_wrap(wrapping, content.master_key.require(KeyUsage.MASTER)),
        }
    )
    return body + aes_cmac(_derive(key, b"mac"), body)


def decode(data: bytes, key: Key) -> HandOverContent:
    """Open a file.

    Raises:
        DecodeError: this is not a hand-over file.
        SecurityError: it was not sealed under this key.
    """
    if len(data) != _NUMBERS.size + 2 * _WRAPPED_OCTETS + _MAC_OCTETS or data[: len(_TAG)] != _TAG:
        _SEALED.decode(data)  # it says which field is wrong
    if not bytes_eq(aes_cmac(_derive(key, b"mac"), data[:-_MAC_OCTETS]), data[-_MAC_OCTETS:]):
        raise SecurityError("the MAC of the hand-over file does not verify")
    _, eui64, key_version, last_counter = _NUMBERS.unpack_from(data)
    keys = data[_NUMBERS.size :]
    return HandOverContent(
        eui64=eui64,
        key_version=key_version,
        last_counter=last_counter,
        sua_key=_unwrap(key, keys[:_WRAPPED_OCTETS], KeyUsage.SUA),
        master_key=_unwrap(key, keys[_WRAPPED_OCTETS : 2 * _WRAPPED_OCTETS], KeyUsage.MASTER),
    )


@functools.lru_cache(maxsize=1024)
def _derive(key: Key, purpose: bytes) -> bytes:
    return aes_cmac(key.require(KeyUsage.HAND_OVER), _TAG + purpose)


def _unwrap(key: Key, wrapped: bytes, usage: KeyUsage) -> Key:
    try:
        value = aes_key_unwrap(_derive(key, b"wrap"), wrapped)
    except InvalidUnwrap as error:
        raise SecurityError(f"the {usage.value} key does not unwrap") from error
    return Key(usage, value, is_test_material=key.is_test_material)

"""The hash of ZigBee, AES-MMO-128, its HMAC, and the keys derived with it.

Source: ZigBee specification (05-3474) annexes B.1.3, B.1.4 and B.6, section 4.5.3 (derived keys);
checked with its annex C.5 and C.6 vectors. Octet strings in, octet strings out, big-endian lengths.
"""

import functools

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK_OCTETS = 16

_SHORT_INPUT_BITS = 1 << 16


def mmo_hash(data: bytes) -> bytes:
    """Return the 16-octet Matyas-Meyer-Oseas hash of the data."""
    padded = data + _padding(8 * len(data))
    digest = bytes(BLOCK_OCTETS)
    for start in range(0, len(padded), BLOCK_OCTETS):
        block = padded[start : start + BLOCK_OCTETS]
        digest = _xor(_encrypt_block(digest, block), block)
    return digest


def hmac_mmo(key: bytes, data: bytes) -> bytes:
    """Return the keyed hash of the data: RFC 2104 over AES-MMO, with a block of 16 octets."""
    if len(key) > BLOCK_OCTETS:
        key = mmo_hash(key)
    key = key.ljust(BLOCK_OCTETS, b"\0")
    inner = mmo_hash(_xor(key, b"\x36" * BLOCK_OCTETS) + data)
    return mmo_hash(_xor(key, b"\x5c" * BLOCK_OCTETS) + inner)


@functools.lru_cache(maxsize=4096)
def key_transport_key(link_key: bytes) -> bytes:
    """Derive the key that protects a network key on its way to a device."""
    return hmac_mmo(link_key, b"\x00")


@functools.lru_cache(maxsize=4096)
def key_load_key(link_key: bytes) -> bytes:
    """Derive the key that protects a link key on its way to a device."""
    return hmac_mmo(link_key, b"\x02")


def verify_key_hash(link_key: bytes) -> bytes:
    """Return the proof of possession that a Verify Key command carries."""
    return hmac_mmo(link_key, b"\x03")


def _padding(length_bits: int) -> bytes:
    # Annex B.6: inputs under 2^16 bits end in a 16-bit length; longer ones in a 32-bit length and
    # two zero octets.
    is_short = length_bits < _SHORT_INPUT_BITS
    tail = length_bits.to_bytes(2, "big") if is_short else length_bits.to_bytes(4, "big") + b"\0\0"
    zeros = -(length_bits // 8 + 1 + len(tail)) % BLOCK_OCTETS
    return b"\x80" + bytes(zeros) + tail


def _encrypt_block(key: bytes, block: bytes) -> bytes:
    # ECB of one block is the bare AES permutation, which the hash is built from.
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)  # noqa: S305


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(
        BLOCK_OCTETS, "big"
    )

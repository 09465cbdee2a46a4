"""AES-CMAC with a 128-bit key.

Source: RFC 4493 (NIST SP 800-38B). Every MAC of the synthetic model [M] is one of these over a
message that begins with its own tag, so that no MAC can stand for another.
"""

import functools

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC


def aes_cmac(key: bytes, message: bytes) -> bytes:
    """Return the 16 octets of AES-CMAC over `message`."""
    mac = _begun(key).copy()
    mac.update(message)
    return mac.finalize()


@functools.lru_cache(maxsize=4096)
def _begun(key: bytes) -> CMAC:
    """Keep the expanded key: a home uses a dozen keys, each of them many times; a day, of many."""
    return CMAC(AES(key))

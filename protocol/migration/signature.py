"""Detached signatures of migration files.

Source: ECDSA over P-256 with SHA-256 (FIPS 186-5), the nonce by RFC 6979; how real files are signed
is not public: modelled [M]. The nonce is deterministic so that a run replays to the octet: the same
key over the same file always makes the same signature. What is signed is the canonical octets of
the file: read, and written again. Big-endian:

    tag "HAN-MIG-SIG1" 00 | signer EUI-64 | r 32 | s 32
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import construct as c
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64, format_eui64
from hanbench.protocol.layout import Layout

_TAG = b"HAN-MIG-SIG1\0"
_SIGNER_OCTETS = 8
_SCALAR_OCTETS = 32
SIGNED_KEPT = 256
"""How many signatures are kept: the runs of an exploration sign the same files."""
_LAYOUT = Layout(
    "signature",
    c.Struct(
        "tag" / c.Const(_TAG),
        "signer" / c.Int64ub,
        "r" / c.BytesInteger(_SCALAR_OCTETS),
        "s" / c.BytesInteger(_SCALAR_OCTETS),
        c.Terminated,
    ),
)
_SIGN = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_VERIFY = ec.ECDSA(hashes.SHA256())

PublicKeys = Mapping[Eui64, ec.EllipticCurvePublicKey]
"""Whose signatures are believed, by address."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature, and who says to have made it."""

    signer: Eui64
    r: int
    s: int


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: its address and its private key."""

    eui64: Eui64
    private_key: ec.EllipticCurvePrivateKey


@functools.lru_cache(maxsize=SIGNED_KEPT)
def sign(canonical: bytes, signer: Signer) -> Signature:
    """Sign the canonical octets of a file."""
    r, s = decode_dss_signature(signer.private_key.sign(canonical, _SIGN))
    return Signature(signer.eui64, r, s)


def verify(canonical: bytes, signature: Signature, trusted: PublicKeys, *, file: str) -> None:
    """Refuse a signature that is not by one of these, over these octets.

    Raises:
        SecurityError: naming the file and what does not hold.
    """
    key = trusted.get(signature.signer)
    if key is None:
        signer = format_eui64(signature.signer)
        raise SecurityError(f"{file}:1: certificate: {signer} is not a known signer")
    try:
        key.verify(encode_dss_signature(signature.r, signature.s), canonical, _VERIFY)
    except InvalidSignature as error:
        reason = f"{file}:1: signature: does not verify over the canonical octets of this file"
        raise SecurityError(reason) from error


def encode(signature: Signature) -> bytes:
    """Write a signature: 85 octets.

    Raises:
        EncodeError: a number does not fit.
    """
    values = {"tag": _TAG, "signer": signature.signer, "r": signature.r, "s": signature.s}
    try:
        return b"".join(
            (
                _TAG,
                signature.signer.to_bytes(_SIGNER_OCTETS, "big"),
                signature.r.to_bytes(_SCALAR_OCTETS, "big"),
                signature.s.to_bytes(_SCALAR_OCTETS, "big"),
            )
        )
    except OverflowError:
        return _LAYOUT.encode(values)  # it says which number does not fit


def decode(data: bytes) -> Signature:
    """Read a signature.

    Raises:
        DecodeError: these octets are none.
    """
    return _decode_common(data) or _decode_any(data)


def _decode_common(data: bytes) -> Signature | None:
    signer, r, s = len(_TAG), len(_TAG) + _SIGNER_OCTETS, -_SCALAR_OCTETS
    if not data.startswith(_TAG) or len(data) != r + 2 * _SCALAR_OCTETS:
        return None
    return Signature(
        Eui64(int.from_bytes(data[signer:r], "big")),
        int.from_bytes(data[r:s], "big"),
        int.from_bytes(data[s:], "big"),
    )


def _decode_any(data: bytes) -> Signature:
    """Read it field by field: of octets that are no signature it says which one is wrong."""
    raw = _LAYOUT.decode(data)
    return Signature(Eui64(raw.signer), raw.r, raw.s)

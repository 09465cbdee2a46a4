"""Implicit certificates of key establishment, suites 1 and 2, and the public keys in them.

Source: ZigBee Smart Energy Standard (07-5356) annex C.4 (certificates), SEC 4 (ECQV); as collected
in han.md section 7 and checked with the vectors of `cbke.json`. Big-endian as printed, EUI-64s
included: the one place on the HAN that is.

    suite 1   public data 22 | subject 8 | issuer 8 | profile attribute data 10
    suite 2   type 00 | serial 8 | curve 0D | hash 08 | issuer 8 | valid from 5 | valid for 4 |
              subject 8 | key usage 88 | public data 37

A certificate holds no public key but what one is computed from, with the issuer's: Q = e*P + Q_CA,
where e is the AES-MMO hash of the certificate.
"""

import enum
from dataclasses import dataclass, replace
from typing import Final

import construct as c

from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.layout import Layout
from hanbench.protocol.zigbee.binary_curve import SECT163K1, SECT283K1, Curve, Point
from hanbench.protocol.zigbee.mmo import mmo_hash


class Suite(enum.IntEnum):
    """The suites, numbered as in the bitmap that devices announce."""

    SUITE_1 = 1
    SUITE_2 = 2

    @property
    def curve(self) -> Curve:
        """The curve of the suite."""
        return SECT163K1 if self is Suite.SUITE_1 else SECT283K1

    @property
    def certificate_octets(self) -> int:
        """The length of a certificate of the suite."""
        return 48 if self is Suite.SUITE_1 else 74


KEY_AGREEMENT = 0x08
"""Bit of the key usage of a suite 2 certificate."""
_SIGN_AND_AGREE = 0x88
_FOR_EVER = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate of either suite; what the other one lacks is at its default."""

    suite: Suite
    public_data: bytes
    """The public reconstruction data P: a compressed point."""
    subject: Eui64
    issuer: bytes
    """Eight octets that name the CA."""
    attributes: bytes = b""
    """Suite 1: ten octets, the profile and the manufacturer's own."""
    serial: bytes = bytes(8)
    valid_from_unix_s: int = 0
    valid_for_s: int = _FOR_EVER
    key_usage: int = _SIGN_AND_AGREE


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A CA as devices know it."""

    suite: Suite
    issuer: bytes
    public_key: Point


_SUITE_1 = Layout(
    "certificate-1",
    c.Struct(
        "public_data" / c.Bytes(22),
        "subject" / c.Int64ub,
        "issuer" / c.Bytes(8),
        "attributes" / c.Bytes(10),
        c.Terminated,
    ),
)
_SUITE_2 = Layout(
    "certificate-2",
    c.Struct(
        "type" / c.Const(b"\x00"),
        "serial" / c.Bytes(8),
        "curve" / c.Const(b"\x0d"),
        "hash" / c.Const(b"\x08"),
        "issuer" / c.Bytes(8),
        "valid_from_unix_s" / c.BytesInteger(5),
        "valid_for_s" / c.Int32ub,
        "subject" / c.Int64ub,
        "key_usage" / c.Int8ub,
        "public_data" / c.Bytes(37),
        c.Terminated,
    ),
)
_FIELDS: Final = {
    Suite.SUITE_1: (_SUITE_1, ("public_data", "subject", "issuer", "attributes")),
    Suite.SUITE_2: (
        _SUITE_2,
        (
            "serial",
            "issuer",
            "valid_from_unix_s",
            "valid_for_s",
            "subject",
            "key_usage",
            "public_data",
        ),
    ),
}


def decode(data: bytes, suite: Suite) -> Certificate:
    """Read a certificate; raise `DecodeError`."""
    layout, names = _FIELDS[suite]
    raw = layout.decode(data)
    return Certificate(suite=suite, **{name: raw[name] for name in names})


def encode(certificate: Certificate) -> bytes:
    """Write a certificate; raise `EncodeError`."""
    layout, names = _FIELDS[certificate.suite]
    return layout.encode({name: getattr(certificate, name) for name in names})


def public_key(data: bytes, certificate: Certificate, authority: Authority) -> Point:
    """Return the public key that a certificate, in these octets, gives its subject.

    Raises:
        DecodeError: its public data is no point, or the sum is no public key.
    """
    curve = certificate.suite.curve
    point = curve.decode(certificate.public_data)
    found = curve.add(curve.multiply(hash_of(data), point), authority.public_key)
    if found is None:
        raise DecodeError("it gives the point at infinity", field="certificate.public_data")
    return found


def hash_of(data: bytes) -> int:
    """Return e, the number that a certificate is hashed to."""
    return int.from_bytes(mmo_hash(data), "big")


def issue(
    blank: Certificate, *, authority_key: int, authority_scalar: int, device_scalar: int
) -> tuple[bytes, int]:
    """Issue a certificate; return its octets and the device's private key (SEC 4, ECQV).

    `blank` has everything but the public data; `authority_key` is the CA's private key, the two
    scalars are the random numbers of CA and device: they are arguments, so that it can be done
    again. For test authorities: a real CA's key is in nobody's software.
    """
    curve = blank.suite.curve
    asked = curve.multiply(device_scalar, curve.generator)
    point = curve.add(asked, curve.multiply(authority_scalar, curve.generator))
    assert point is not None, "two random multiples do not cancel out"
    data = encode(replace(blank, public_data=curve.encode(point)))
    e = hash_of(data)
    reconstruction = (e * authority_scalar + authority_key) % curve.order
    return data, (e * device_scalar + reconstruction) % curve.order

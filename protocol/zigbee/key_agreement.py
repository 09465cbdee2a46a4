"""What two devices compute in key establishment: a shared secret, its keys, and proofs of it.

Source: ZigBee Smart Energy Standard (07-5356) annex C.4.2 and C.5, C.6 (vectors), SEC 1 v2.0
section 3.4 (ECMQV) and 3.6.1 (key derivation); as collected in han.md section 7. EUI-64s are
big-endian here.

    Z       = x of h*s*(Q_e' + avf(Q_e')*Q_s'),  s = d_e + avf(Q_e)*d_s mod n
    MacKey  = MMO(Z | 00000001)       KeyData = MMO(Z | 00000002), the new link key
    MACU    = HMAC-MMO(MacKey, 02 | U | V | Q_EU | Q_EV)      U began the exchange
    MACV    = HMAC-MMO(MacKey, 03 | V | U | Q_EV | Q_EU)
"""

from dataclasses import dataclass, field

from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.zigbee.binary_curve import Curve, Point
from hanbench.protocol.zigbee.mmo import hmac_mmo, mmo_hash

_MAC_KEY, _KEY_DATA = b"\x00\x00\x00\x01", b"\x00\x00\x00\x02"
_INITIATOR, _RESPONDER = b"\x02", b"\x03"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both ends hold once they have each other's points."""

    mac_key: bytes = field(repr=False)
    key_data: bytes = field(repr=False)

    def link_key(self, *, is_test_material: bool) -> Key:
        """Return the link key that the exchange makes."""
        return Key(KeyUsage.LINK, self.key_data, is_test_material=is_test_material)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """The public parts of an exchange, which the proofs are over."""

    initiator: Eui64
    responder: Eui64
    initiator_point: bytes
    """The ephemeral public keys, compressed."""
    responder_point: bytes


def agree(
    curve: Curve,
    *,
    static_key: int,
    ephemeral_key: int,
    their_static: Point,
    their_ephemeral: Point,
) -> Agreement:
    """Compute the shared secret from our private keys and their public ones.

    Raises:
        DecodeError: their points give no secret (the point at infinity).
    """
    secret = shared_secret(
        curve,
        static_key=static_key,
        ephemeral_key=ephemeral_key,
        their_static=their_static,
        their_ephemeral=their_ephemeral,
    )
    return Agreement(mmo_hash(secret + _MAC_KEY), mmo_hash(secret + _KEY_DATA))


def shared_secret(
    curve: Curve,
    *,
    static_key: int,
    ephemeral_key: int,
    their_static: Point,
    their_ephemeral: Point,
) -> bytes:
    """Return Z, the x coordinate of the common point, big-endian; raise `DecodeError`."""
    ephemeral = ephemeral_key % curve.order
    ours = curve.multiply(ephemeral, curve.generator)
    if ours is None:
        raise DecodeError("an ephemeral key of 0 is none", field="ephemeral_key")
    scalar = (ephemeral + _associated(curve, ours) * static_key) % curve.order
    weighted = curve.multiply(_associated(curve, their_ephemeral), their_static)
    common = curve.multiply(curve.cofactor * scalar, curve.add(their_ephemeral, weighted))
    if common is None:
        raise DecodeError("the points give no secret", field="ephemeral_public_key")
    return curve.x_octets(common)


def initiator_proof(agreement: Agreement, transcript: Transcript) -> bytes:
    """Return MACU, by which the initiator proves that it has the key."""
    return _proof(
        agreement,
        _INITIATOR,
        transcript.initiator,
        transcript.responder,
        transcript.initiator_point + transcript.responder_point,
    )


def responder_proof(agreement: Agreement, transcript: Transcript) -> bytes:
    """Return MACV, by which the responder proves it."""
    return _proof(
        agreement,
        _RESPONDER,
        transcript.responder,
        transcript.initiator,
        transcript.responder_point + transcript.initiator_point,
    )


def _proof(agreement: Agreement, who: bytes, first: Eui64, second: Eui64, points: bytes) -> bytes:
    names = first.to_bytes(8, "big") + second.to_bytes(8, "big")
    return hmac_mmo(agreement.mac_key, who + names + points)


def _associated(curve: Curve, point: Point) -> int:
    """Return avf(P): the lower half of x, with one bit set above it."""
    half_bits = (curve.order.bit_length() + 1) // 2
    x = curve.field.gather(point.x)
    return (x & ((1 << half_bits) - 1)) + (1 << half_bits)

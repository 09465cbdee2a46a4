"""UTRNs in GBCS form: what a DCC User issues for a SMETS2 meter, and how to tell one.

Source: GBCS section 14 (prepayment top-up), as re-implemented in domain.md section 4 from the
public GBCS parser and RTDS 4.5.0. Octets are big-endian.

PTUT, 64 bits: high word (7 zero bits | 10 bits of the counter | class 2 | value 13) | MAC 32.
PPTD = PTUT + 7394156990786306048, of 19 digits; the UTRN is the PPTD and a check digit.
"""

import enum
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.identifiers import Eui64

UTRN_DIGITS = 20
VALUE_MAX = 0x1FFF
COUNTER_STEP = 1 << 32
"""The low 32 bits of the originator counter of a top-up are zero."""
MAC_OCTETS = 4

_PPTD_OFFSET = 7394156990786306048
_PTUT_BITS = 57
_MAC_BITS = 8 * MAC_OCTETS
_CLASS_SHIFT = 13
_COUNTER_SHIFT = 15
_COUNTER_MASK = 0x3FF

UTRN_MIN = _PPTD_OFFSET * 10
"""The least number that a GBCS UTRN can be: above 2^66, so never a native code."""
UTRN_MAX = (_PPTD_OFFSET + (1 << _PTUT_BITS) - 1) * 10 + 9

# The multiplication of the dihedral group D5, as Verhoeff's check digit uses it.
_D5 = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
# GBCS does not take Verhoeff's own rows, starts at row 4 and maps the result once more.
_PERMUTATIONS = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)
_FIRST_ROW = 4
_CHECK = "1267583094"


class ValueClass(enum.IntEnum):
    """The unit of the value."""

    PENCE = 0
    POUNDS = 1
    RESERVED_2 = 2
    RESERVED_3 = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GbcsUtrn:
    """The fields of a UTRN; the MAC has not been checked."""

    counter_bits: int
    """The low 10 of the high 32 bits of the originator counter."""
    value_class: ValueClass
    value: int
    mac: bytes


def decode(digits: str) -> GbcsUtrn:
    """Read a UTRN of 20 digits.

    Raises:
        DecodeError: it is not 20 digits, the check digit is wrong, or it is out of the GBCS range.
    """
    if len(digits) != UTRN_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise DecodeError("it is not 20 digits", field="utrn.digits")
    if check_digit(digits[:-1]) != digits[-1]:
        raise DecodeError(f"it should be {check_digit(digits[:-1])}", field="utrn.check-digit")
    ptut = int(digits[:-1]) - _PPTD_OFFSET
    if not 0 <= ptut < 1 << _PTUT_BITS:
        raise DecodeError("the number is outside the GBCS range", field="utrn.range")
    word, mac = ptut >> _MAC_BITS, ptut & ((1 << _MAC_BITS) - 1)
    return GbcsUtrn(
        counter_bits=word >> _COUNTER_SHIFT,
        value_class=ValueClass(word >> _CLASS_SHIFT & 3),
        value=word & VALUE_MAX,
        mac=mac.to_bytes(MAC_OCTETS, "big"),
    )


def encode(utrn: GbcsUtrn) -> str:
    """Write 20 digits; raise `EncodeError` if a field does not fit."""
    if not 0 <= utrn.counter_bits <= _COUNTER_MASK or len(utrn.mac) != MAC_OCTETS:
        raise EncodeError("the counter bits or the MAC do not fit")
    word = _high_word(utrn.counter_bits, utrn.value_class, utrn.value)
    pptd = str((word << _MAC_BITS | int.from_bytes(utrn.mac, "big")) + _PPTD_OFFSET)
    return pptd + check_digit(pptd)


def issue(
    key: bytes,
    originator: Eui64,
    target: Eui64,
    counter: int,
    value_class: ValueClass,
    value: int,
) -> str:
    """Return the UTRN of a top-up under the key that `derive_key` agreed.

    Raises:
        EncodeError: the counter's low 32 bits are not zero, or a field does not fit.
    """
    counter_bits = counter // COUNTER_STEP & _COUNTER_MASK
    mac = ptut_mac(key, originator, target, counter, value_class, value)
    return encode(
        GbcsUtrn(counter_bits=counter_bits, value_class=value_class, value=value, mac=mac)
    )


def derive_key(shared_secret: bytes, originator: Eui64, target: Eui64, counter: int) -> bytes:
    """Return K from the ECDH secret Z of the supplier's prepayment key and the meter's key.

    Raises:
        EncodeError: the counter's low 32 bits are not zero.
    """
    material = (
        bytes.fromhex("00000001")
        + shared_secret
        + bytes.fromhex("60857406080300")  # the algorithm: AES-128-GCM
        + originator.to_bytes(8, "big")
        + b"\x09\x01"
        + _counter(counter)
        + target.to_bytes(8, "big")
    )
    return hashlib.sha256(material).digest()[:16]


def ptut_mac(
    key: bytes,
    originator: Eui64,
    target: Eui64,
    counter: int,
    value_class: ValueClass,
    value: int,
) -> bytes:
    """Return the MAC of a top-up: the last 4 octets of a GCM tag over no plaintext.

    Raises:
        EncodeError: the counter's low 32 bits are not zero, or the value does not fit 13 bits.
    """
    counter_octets = _counter(counter)
    word = _high_word(counter // COUNTER_STEP & _COUNTER_MASK, value_class, value)
    header = (
        bytes.fromhex("110000000000")
        + originator.to_bytes(8, "big")
        + target.to_bytes(8, "big")
        + b"\x01"
        + counter_octets
        + word.to_bytes(4, "big")
    )
    tag = AESGCM(key).encrypt(originator.to_bytes(8, "big") + bytes(4), b"", header)
    return tag[-MAC_OCTETS:]


def check_digit(pptd: str) -> str:
    """Return the check digit of the 19 digits of a PPTD."""
    state = 0
    for place, digit in enumerate(pptd, start=_FIRST_ROW):
        row = _PERMUTATIONS[place % len(_PERMUTATIONS)]
        state = _D5[state][int(row[int(digit)])]
    return _CHECK[state]


def _counter(counter: int) -> bytes:
    if counter % COUNTER_STEP or not 0 <= counter < 1 << 64:
        raise EncodeError(f"counter {counter} is no 64-bit number with 32 low zero bits")
    return counter.to_bytes(8, "big")


def _high_word(counter_bits: int, value_class: ValueClass, value: int) -> int:
    if not 0 <= value <= VALUE_MAX:
        raise EncodeError(f"value {value} does not fit 13 bits")
    return counter_bits << _COUNTER_SHIFT | value_class << _CLASS_SHIFT | value

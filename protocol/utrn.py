"""Native UTRNs, profile HAN-DAUTRN-M1: the 20-digit codes that a GroupID "DA" meter takes.

Source: a synthetic model [M] (domain.md 10.4 and 10.8). Secure's real vend codes are not public and
this is not what they are; only the outward shape (20 digits, kinds of code, rejection words)
follows the published manuals (domain.md 6.1).

66 bits, big-endian: type 3 | sequence 15 | value 16 | MAC 32, as a number of 20 decimal digits. It
stays below 2^66, GBCS UTRNs start at 73941569907863060480 above it, so the number alone tells them
apart. The MAC is the first 4 octets of AES-CMAC(K_vend, "HAN-DAUTRN-M1" 00 | EUI-64 | header as 5
octets).

An entry of 40 or 60 digits is made of two or three codes whose MACs also cover the index of the
code and all headers of the entry [M]: no code of it stands alone, moves, or joins another entry.
"""

import enum
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from hanbench.protocol import utrn_gbcs
from hanbench.protocol.cmac import aes_cmac
from hanbench.protocol.errors import DecodeError, EncodeError, SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage

CODE_DIGITS = 20
ENTRY_DIGITS = (20, 40, 60)
SEQUENCE_MAX = 0x7FFF
VALUE_MAX = 0xFFFF
MAC_OCTETS = 4

_TAG = b"HAN-DAUTRN-M1\x00"
_HEADER_OCTETS = 5
_MAC_BITS = 8 * MAC_OCTETS
_TYPE_SHIFT = 31
_SEQUENCE_SHIFT = 16
_CODE_MAX = (1 << 66) - 1


class NativeType(enum.IntEnum):
    """The kinds of native code; a reserved one encodes, so that its refusal can be tested."""

    VEND_ADD = 0
    SUPPLY_CONNECTION = 1
    ENGINEERING = 2
    VEND_SET = 3
    RETAIN_CREDIT = 4
    VEND_DEDUCT = 5
    VEND_AND_TARIFF = 6
    RESERVED = 7

    @property
    def words(self) -> str:
        """The kind as a story prints it: `vend-add`."""
        return self.name.lower().replace("_", "-")


class SupplyConnection(enum.IntEnum):
    """The values of a supply connection code."""

    OFF = 0
    READY = 1


class Issuer(enum.IntEnum):
    """Who issues codes; sequences are split by parity, so that both can in the UTRN Period."""

    SMSO = 0
    S1SP = 1


class Rejection(enum.Enum):
    """Why a meter refuses an entry, in the words of its display (domain.md 6.1)."""

    DUPLICATE = "duplicate"
    INVALID = "invalid"
    INCORRECT = "incorrect"
    INCOMPLETE = "incomplete"
    ACCOUNT_HIGH = "account-high"
    ACCOUNT_LOW = "account-low"
    KEY_LOCKED = "key-locked"


@dataclass(frozen=True, slots=True)
class NativeCode:
    """What one code says. `value` is pence, or what the type says."""

    type: NativeType
    sequence: int
    value: int


@dataclass(frozen=True, slots=True)
class ParsedNative:
    """One code as it was read; the MAC has not been checked."""

    code: NativeCode
    mac: bytes


def issue(key: Key, eui64: Eui64, code: NativeCode) -> str:
    """Return the 20 digits of one code.

    Raises:
        EncodeError: the sequence or the value does not fit its field.
        SecurityError: the key is no vend key.
    """
    return issue_entry(key, eui64, [code])


def issue_entry(key: Key, eui64: Eui64, codes: Sequence[NativeCode]) -> str:
    """Return the 20, 40 or 60 digits of an entry of one to three codes; raises as `issue`."""
    if CODE_DIGITS * len(codes) not in ENTRY_DIGITS:
        raise EncodeError(f"an entry has 1 to 3 codes, not {len(codes)}")
    macs = _macs(key, eui64, [header_of(code) for code in codes])
    return "".join(encode(ParsedNative(code, mac)) for code, mac in zip(codes, macs, strict=True))


def encode(parsed: ParsedNative) -> str:
    """Write 20 digits for a code and the MAC given; raise `EncodeError` if a field does not fit."""
    if len(parsed.mac) != MAC_OCTETS:
        raise EncodeError(f"the MAC has {len(parsed.mac)} octets, not {MAC_OCTETS}")
    number = header_of(parsed.code) << _MAC_BITS | int.from_bytes(parsed.mac, "big")
    return f"{number:0{CODE_DIGITS}}"


def parse(digits: str) -> ParsedNative:
    """Read one code of 20 digits, without checking its MAC.

    Raises:
        DecodeError: it is not 20 digits, or the number is above the native range.
    """
    number = _number(digits)
    if number > _CODE_MAX:
        kind = "a GBCS UTRN" if is_gbcs_range(digits) else "no UTRN"
        raise DecodeError(f"the number is above 66 bits: {kind}", field="utrn.range")
    header = number >> _MAC_BITS
    code = NativeCode(
        NativeType(header >> _TYPE_SHIFT),
        header >> _SEQUENCE_SHIFT & SEQUENCE_MAX,
        header & VALUE_MAX,
    )
    mac = number & ((1 << _MAC_BITS) - 1)
    return ParsedNative(code, mac.to_bytes(MAC_OCTETS, "big"))


def parse_entry(keyed: str) -> tuple[ParsedNative, ...]:
    """Read an entry of 20, 40 or 60 digits, in which spaces and hyphens may stand.

    Raises:
        DecodeError: another length (`field` is `utrn.length`, the display says "incomplete"), a
            character that is no digit, or a code above the native range.
    """
    digits = keyed.replace(" ", "").replace("-", "")
    if len(digits) not in ENTRY_DIGITS:
        raise DecodeError(f"{len(digits)} digits are no entry", field="utrn.length")
    starts = range(0, len(digits), CODE_DIGITS)
    return tuple(parse(digits[start : start + CODE_DIGITS]) for start in starts)


def is_gbcs_range(digits: str) -> bool:
    """Tell whether 20 digits lie where GBCS UTRNs lie; raise `DecodeError` if they are not that."""
    return utrn_gbcs.UTRN_MIN <= _number(digits) <= utrn_gbcs.UTRN_MAX


def verify(key: Key, eui64: Eui64, entry: Sequence[ParsedNative]) -> None:
    """Check the MACs of all codes of an entry, each in constant time.

    Raises:
        SecurityError: a MAC is wrong, or the key is no vend key.
    """
    wanted = _macs(key, eui64, [header_of(parsed.code) for parsed in entry])
    right = [
        hmac.compare_digest(parsed.mac, mac) for parsed, mac in zip(entry, wanted, strict=True)
    ]
    if not entry or not all(right):
        raise SecurityError("the MAC of a native UTRN is wrong")


def judge(key: Key, eui64: Eui64, keyed: str) -> tuple[NativeCode, ...] | Rejection:
    """Return the codes of an entry that is authentic and well formed, or why it is refused.

    Duplicates, balances and the lock-out need the meter's memory: the meter judges those.

    Raises:
        SecurityError: the key is no vend key.
    """
    key.require(KeyUsage.VEND)
    try:
        entry = parse_entry(keyed)
        verify(key, eui64, entry)
    except DecodeError as error:
        return Rejection.INCOMPLETE if error.field == "utrn.length" else Rejection.INVALID
    except SecurityError:
        return Rejection.INCORRECT
    codes = tuple(parsed.code for parsed in entry)
    return codes if is_known_shape(codes) else Rejection.INVALID


def vend_set(pence: int, sequences: Sequence[int]) -> tuple[NativeCode, ...]:
    """Return the one or two codes that set the balance; above 65,535 pence it takes two sequences.

    Two codes carry the high and the low 16 bits.

    Raises:
        EncodeError: the amount needs more than 32 bits, or the wrong number of sequences is given.
    """
    if not 0 <= pence < 1 << 32:
        raise EncodeError(f"a balance of {pence} pence does not fit two codes")
    values = [pence] if pence <= VALUE_MAX else [pence >> 16, pence & VALUE_MAX]
    if len(sequences) != len(values):
        raise EncodeError(f"{pence} pence take {len(values)} sequences, not {len(sequences)}")
    return tuple(
        NativeCode(NativeType.VEND_SET, sequence, value)
        for sequence, value in zip(sequences, values, strict=True)
    )


def vend_set_pence(codes: Sequence[NativeCode]) -> int:
    """Return the balance that one or two vend-set codes set."""
    pence = 0
    for code in codes:
        pence = pence << 16 | code.value
    return pence


def next_sequence(last: int, issuer: Issuer) -> int:
    """Return the issuer's next sequence after the last one used by anyone (0: none yet).

    Raises:
        EncodeError: the 15 bits are used up; only a new vend key lets the sequences start again.
    """
    following = last + 1 + ((last + 1) % 2 != issuer)
    if following > SEQUENCE_MAX:
        raise EncodeError(f"the sequences of this vend key are used up after {last}")
    return following


def _number(digits: str) -> int:
    if len(digits) != CODE_DIGITS:
        raise DecodeError(f"{len(digits)} digits, not {CODE_DIGITS}", field="utrn.length")
    # `isdigit` alone would take the digits of other scripts too.
    if not (digits.isascii() and digits.isdigit()):
        raise DecodeError("a character is no digit", field="utrn.digits")
    return int(digits)


def header_of(code: NativeCode) -> int:
    """Return the 34 bits of type, sequence and value; raise `EncodeError` if one does not fit."""
    if not 0 <= code.sequence <= SEQUENCE_MAX:
        raise EncodeError(f"sequence {code.sequence} does not fit 15 bits")
    if not 0 <= code.value <= VALUE_MAX:
        raise EncodeError(f"value {code.value} does not fit 16 bits")
    return code.type << _TYPE_SHIFT | code.sequence << _SEQUENCE_SHIFT | code.value


def mac_messages(eui64: Eui64, headers: Sequence[int]) -> list[bytes]:
    """Return what the CMAC of each code of an entry is over."""
    wires = [header.to_bytes(_HEADER_OCTETS, "big") for header in headers]
    start = _TAG + eui64.to_bytes(8, "big")
    if len(wires) == 1:
        return [start + wires[0]]
    whole = b"".join(wires)
    return [start + wire + bytes([index]) + whole for index, wire in enumerate(wires)]


def _macs(key: Key, eui64: Eui64, headers: Sequence[int]) -> list[bytes]:
    return [_mac(key, message) for message in mac_messages(eui64, headers)]


def _mac(key: Key, message: bytes) -> bytes:
    return aes_cmac(key.require(KeyUsage.VEND), message)[:MAC_OCTETS]


def is_known_shape(codes: Sequence[NativeCode]) -> bool:
    """Say whether codes of these types, in this number, are an entry that a meter knows."""
    kinds = [code.type for code in codes]
    if len(kinds) == 1:
        return kinds[0] not in (NativeType.VEND_AND_TARIFF, NativeType.RESERVED)
    if kinds == [NativeType.VEND_SET] * 2:
        return True
    return all(kind is NativeType.VEND_AND_TARIFF for kind in kinds)

"""Native UTRNs by hand: the sum of a code, and the checks of a meter in their order.

Source: HAN-DAUTRN-M1, modelled [M], as `protocol/utrn.py` and `emulator/meters/utrn_entry.py`. The
checks of the account go by the limits of a device model of the fixtures, as in the emulated meter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hanbench.emulator.meters.metering import credit_rules
from hanbench.emulator.meters.prepayment import CreditAccount
from hanbench.emulator.meters.utrn_cache import NO_FLOOR, UtrnCache
from hanbench.emulator.meters.utrn_effect import Effect, foresee, spent_sequence
from hanbench.emulator.model import ModelProfile
from hanbench.harness.dissection.keys import LabelledKey
from hanbench.harness.errors import ScenarioError
from hanbench.harness.sums.sheet import Check, Sheet, Standing
from hanbench.protocol import utrn
from hanbench.protocol.answer import UtrnResult
from hanbench.protocol.cmac import aes_cmac
from hanbench.protocol.errors import DecodeError, EncodeError, SecurityError
from hanbench.protocol.identifiers import Eui64, format_eui64
from hanbench.protocol.instruction import PaymentMode
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.utrn import (
    MAC_OCTETS,
    Issuer,
    NativeCode,
    NativeType,
    ParsedNative,
    Rejection,
    SupplyConnection,
)

MODEL = "HAN-DAUTRN-M1"
_GROUP = 4
_NEIGHBOURS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterHeld:
    """What the meter is taken to hold."""

    model: ModelProfile
    used: tuple[int, ...] | None = None
    """None: not said, and so a duplicate is not looked for."""
    floor: int = NO_FLOOR
    balance_pence: int | None = None
    """None: not said, and so the account is not judged."""
    is_locked: bool = False


def words(kind: NativeType) -> str:
    """Return a type as options and sheets name it: `vend-add`."""
    return kind.name.lower().replace("_", "-")


def codes_of(
    kind: NativeType, sequences: Sequence[int], values: Sequence[int]
) -> tuple[NativeCode, ...]:
    """Return the codes of an entry; a vend-set above 16 bits is parted into two.

    Raises:
        ScenarioError: there are not as many sequences as codes, or a field is too large.
    """
    if not sequences or not values:
        raise ScenarioError("a code needs a --sequence and a --value")
    try:
        if kind is NativeType.VEND_SET and len(values) == 1:
            return utrn.vend_set(values[0], sequences)
    except EncodeError as error:
        raise ScenarioError(str(error)) from error
    if len(sequences) != len(values):
        says = f"{len(sequences)} times --sequence and {len(values)} times --value"
        raise ScenarioError(f"{says}; expected one of each for a code")
    return tuple(
        NativeCode(kind, sequence, value) for sequence, value in zip(sequences, values, strict=True)
    )


def make(one: LabelledKey, eui64: Eui64, codes: Sequence[NativeCode]) -> Sheet:
    """Do the sum of an entry.

    Raises:
        ScenarioError: a field does not fit, or there are more than three codes.
    """
    sheet = Sheet("native UTRN", MODEL)
    sheet.line("key", one.label)
    sheet.line("EUI-64", eui64.to_bytes(8, "big"), format_eui64(eui64))
    try:
        digits = utrn.issue_entry(one.key, eui64, codes)
    except EncodeError as error:
        raise ScenarioError(str(error)) from error
    _put_codes(sheet, one, eui64, codes)
    sheet.line("entry", _grouped(digits), "to be keyed in")
    if not utrn.is_known_shape(codes):
        kinds = ", ".join(words(code.type) for code in codes)
        sheet.notes.append(f"No meter takes an entry of {kinds}: it says INVALID.")
    sheet.result = digits
    return sheet


def check(keys: Sequence[LabelledKey], eui64: Eui64, keyed: str, held: MeterHeld) -> Sheet:
    """Judge an entry as the meter does, and say which check fails and why."""
    sheet = Sheet("native UTRN, checked", MODEL)
    sheet.line("key", keys[0].label)
    sheet.line("EUI-64", eui64.to_bytes(8, "big"), format_eui64(eui64))
    parsed: tuple[ParsedNative, ...] = ()
    try:
        parsed = utrn.parse_entry(keyed)
    except DecodeError as error:
        why = str(error).partition(": ")[2]
    else:
        why = ""
        _put_codes(sheet, keys[0], eui64, [each.code for each in parsed])
        given = "".join(each.mac.hex() for each in parsed)
        sheet.line("MAC given", " ".join(_parts(given, 2 * MAC_OCTETS)))
    judged = _Judging(keys, eui64, keyed, held, parsed, why)
    sheet.checks += list(judged.checks())
    sheet.notes += judged.notes
    sheet.holds = judged.result is UtrnResult.ACCEPTED
    shown = judged.result.words.upper().replace("-", " ")
    sheet.result = f"{'holds' if sheet.holds else 'does not hold'}: the display says {shown}"
    return sheet


class _Judging:
    """Goes through the checks in the order of the meter, until one fails."""

    def __init__(
        self,
        keys: Sequence[LabelledKey],
        eui64: Eui64,
        keyed: str,
        held: MeterHeld,
        parsed: tuple[ParsedNative, ...],
        unreadable: str,
    ) -> None:
        self.result = UtrnResult.ACCEPTED
        self.notes: list[str] = []
        self._keys = keys
        self._eui64 = eui64
        self._keyed = keyed
        self._held = held
        self._parsed = parsed
        self._codes = tuple(each.code for each in parsed)
        self._unreadable = unreadable

    def checks(self) -> Iterator[Check]:
        """Yield each check; what comes after one that fails is not reached."""
        steps = (
            ("keypad lock", self._lock),
            ("length", self._length),
            ("range and digits", self._range),
            ("MAC", self._mac),
            ("kinds of code", self._shape),
            ("used sequences", self._used),
            ("account", self._account),
        )
        has_failed = False
        for number, (name, judge) in enumerate(steps, 1):
            if has_failed:
                yield Check(str(number), name, Standing.NOT_REACHED)
                continue
            standing, says = judge()
            has_failed = standing is Standing.FAILS
            yield Check(str(number), name, standing, says)

    def _fail(self, result: UtrnResult, says: str) -> tuple[Standing, str]:
        self.result = result
        return Standing.FAILS, f"{says} ({result.words})"

    def _lock(self) -> tuple[Standing, str]:
        if self._held.is_locked:
            return self._fail(UtrnResult.KEY_LOCKED, "too many wrong codes: typed ones wait")
        return Standing.HOLDS, "a lock closes the keypad and the PPMID, never the WAN"

    def _length(self) -> tuple[Standing, str]:
        digits = self._keyed.replace(" ", "").replace("-", "")
        if len(digits) not in utrn.ENTRY_DIGITS:
            return self._fail(UtrnResult.INCOMPLETE, f"{len(digits)} digits; 20, 40 or 60 are")
        return Standing.HOLDS, f"{len(digits)} digits"

    def _range(self) -> tuple[Standing, str]:
        if self._unreadable:
            return self._fail(UtrnResult.INVALID, self._unreadable)
        return Standing.HOLDS, "below 2^66: a native code, no GBCS UTRN"

    def _mac(self) -> tuple[Standing, str]:
        judged = utrn.judge(self._keys[0].key, self._eui64, self._keyed)
        if judged is not Rejection.INCORRECT:
            return Standing.HOLDS, "equal, compared in constant time"
        self.notes += _near_misses(self._keys, self._eui64, self._parsed, self._keyed) or [
            "Nothing near fits either: another key or meter, or more than one digit is wrong."
        ]
        return self._fail(UtrnResult.INCORRECT, "another MAC was expected; counts to the lock")

    def _shape(self) -> tuple[Standing, str]:
        kinds = ", ".join(words(code.type) for code in self._codes)
        if not utrn.is_known_shape(self._codes):
            return self._fail(UtrnResult.INVALID, f"no meter knows an entry of {kinds}")
        return Standing.HOLDS, kinds

    def _used(self) -> tuple[Standing, str]:
        if self._held.used is None and self._held.floor == NO_FLOOR:
            return Standing.NOT_ASKED, "say --used N, --none-used or --floor N"
        used = tuple(sorted(self._held.used or ()))
        spent = spent_sequence(UtrnCache(used, self._held.floor), self._codes)
        if spent is None:
            return Standing.HOLDS, ""
        if spent <= self._held.floor:
            why = f"{spent} is not above the floor {self._held.floor}"
        else:
            why = f"{spent} is used already" if spent in used else f"{spent} stands twice in it"
        return self._fail(UtrnResult.DUPLICATE, why)

    def _account(self) -> tuple[Standing, str]:
        if self._held.balance_pence is None:
            return Standing.NOT_ASKED, "say --balance PENCE"
        parameters = self._held.model.meter
        assert parameters is not None, "the model of a meter has this group"
        account = CreditAccount(mode=PaymentMode.PREPAYMENT, balance_pence=self._held.balance_pence)
        effect = foresee(self._codes, account, credit_rules(parameters))
        if effect.result is not UtrnResult.ACCEPTED:
            return self._fail(effect.result, self._limit(effect))
        if effect.pence:
            return Standing.HOLDS, f"the balance moves by {effect.pence} pence"
        return Standing.HOLDS, "the balance does not move"

    def _limit(self, effect: Effect) -> str:
        parameters = self._held.model.meter
        assert parameters is not None, "the model of a meter has this group"
        told = {
            "8F5B": f"more than the {parameters.max_credit_pence} pence of one top-up",
            "8F47": f"the balance would exceed {parameters.max_balance_pence} pence",
        }
        return told.get(effect.code, "the account does not allow it")


def describe(code: NativeCode) -> str:
    """Return what a code does, in words."""
    value = code.value
    match code.type:
        case NativeType.SUPPLY_CONNECTION if value in list(SupplyConnection):
            return f"supply to {SupplyConnection(value).name}"
        case NativeType.VEND_ADD:
            return f"adds {value} pence"
        case NativeType.VEND_SET:
            return f"{value}, a part of the balance that it sets, in pence"
        case NativeType.VEND_DEDUCT:
            return f"takes {value} pence"
        case NativeType.VEND_AND_TARIFF:
            return f"{value}: pence in the first code, then unit rate and standing charge"
        case NativeType.RESERVED:
            return "reserved: a meter refuses it"
        case _:
            return str(value)


def issuer_of(sequence: int) -> str:
    """Return whose sequence it is: the two issuers take turns by parity."""
    return "S1SP, odd" if sequence % 2 == Issuer.S1SP else "SMSO, even"


def _put_codes(sheet: Sheet, one: LabelledKey, eui64: Eui64, codes: Sequence[NativeCode]) -> None:
    headers = [utrn.header_of(code) for code in codes]
    messages = utrn.mac_messages(eui64, headers)
    for place, (code, header, message) in enumerate(zip(codes, headers, messages, strict=True), 1):
        number = f" {place}" if len(codes) > 1 else ""
        full = aes_cmac(one.key.require(KeyUsage.VEND), message)
        whole = header << 8 * MAC_OCTETS | int.from_bytes(full[:MAC_OCTETS], "big")
        sheet.line(f"code{number}", words(code.type), describe(code))
        for name, value, says in (
            ("type", f"{code.type:03b}", f"{code.type.value}, 3 bits"),
            (
                "sequence",
                f"{code.sequence:015b}",
                f"{code.sequence}, 15 bits; {issuer_of(code.sequence)}",
            ),
            ("value", f"{code.value:016b}", f"{code.value}, 16 bits"),
            ("header", header.to_bytes(5, "big").hex(), "the 34 bits as 5 octets"),
            ("message", message.hex(), _message_words(len(codes))),
            ("AES-CMAC", full.hex(), "RFC 4493"),
            ("MAC", full[:MAC_OCTETS].hex(), "its first 4 octets"),
            ("number", str(whole), "header and MAC: 66 bits"),
            ("digits", f"{whole:020}", "with zeros in front, 20 digits"),
        ):
            sheet.line(f"{name}{number}", value, says, depth=1)


def _message_words(count: int) -> str:
    more = "" if count == 1 else ", index, all headers"
    return f'"HAN-DAUTRN-M1" 00, EUI-64, header{more}'


def _near_misses(
    keys: Sequence[LabelledKey], eui64: Eui64, parsed: Sequence[ParsedNative], keyed: str
) -> list[str]:
    """Return what the entry would be right for; whoever holds the key may try."""
    found = [
        f"It is right under the key {one.label!r}."
        for one in keys[1:]
        if _verifies(one, eui64, parsed)
    ]
    found += [
        f"It is right for the meter {format_eui64(Eui64(other))}."
        for other in range(max(0, eui64 - _NEIGHBOURS), min(eui64 + _NEIGHBOURS + 1, 1 << 64))
        if other != eui64 and _verifies(keys[0], Eui64(other), parsed)
    ]
    if len(parsed) > 1 and all(_verifies(keys[0], eui64, [each]) for each in parsed):
        found.append("Each code is right by itself: they were made for entries of their own.")
    digits = keyed.replace(" ", "").replace("-", "")
    for says, other_digits in _slips(digits):
        if not isinstance(utrn.judge(keys[0].key, eui64, other_digits), Rejection):
            found.append(says)
    return found


def _slips(digits: str) -> Iterator[tuple[str, str]]:
    """Yield what somebody may have meant who mistyped: two exchanged digits, or a wrong one."""
    for place in range(len(digits) - 1):
        one, two = digits[place], digits[place + 1]
        if one != two:
            swapped = digits[:place] + two + one + digits[place + 2 :]
            yield f"It is right with digits {place + 1} and {place + 2} exchanged.", swapped
    for place, digit in enumerate(digits):
        for other in "0123456789":
            if other != digit:
                changed = digits[:place] + other + digits[place + 1 :]
                yield f"It is right with {other} as digit {place + 1}, not {digit}.", changed


def _verifies(one: LabelledKey, eui64: Eui64, parsed: Sequence[ParsedNative]) -> bool:
    try:
        utrn.verify(one.key, eui64, parsed)
    except SecurityError:
        return False
    return True


def _grouped(digits: str) -> str:
    return " ".join(_parts(digits, _GROUP))


def _parts(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]

"""UTRNs in GBCS form by hand: the sum of a top-up code, and the check of its digits and its MAC.

Source: GBCS section 14, as `protocol/utrn_gbcs.py`. This form is public and no model of ours; what
stays test material is the secret that the two ends agree.
"""

from dataclasses import dataclass

from hanbench.harness.errors import ScenarioError
from hanbench.harness.sums.sheet import Check, Sheet, Standing
from hanbench.protocol import utrn_gbcs
from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.identifiers import Eui64, format_eui64
from hanbench.protocol.utrn_gbcs import COUNTER_STEP, ValueClass

MODEL = "GBCS section 14"
ABOUT = "public standard; only test keys belong here"
_OFFSET_HEX = "669d529b714a0000"
_LOW_BITS = 0x3FF


@dataclass(frozen=True, slots=True, kw_only=True)
class GbcsGiven:
    """The two ends of a top-up, and what they share."""

    shared_secret: bytes
    """Z: the ECDH secret of the supplier's prepayment key and the meter's key."""
    originator: Eui64
    target: Eui64
    counter: int
    """The originator counter; its low 32 bits are zero."""


def make(given: GbcsGiven, value_class: ValueClass, value: int) -> Sheet:
    """Do the sum of a top-up code.

    Raises:
        ScenarioError: the counter or the value does not fit.
    """
    sheet = Sheet("UTRN in GBCS form", MODEL, ABOUT)
    try:
        key = _put_ends(sheet, given)
        digits = utrn_gbcs.issue(
            key, given.originator, given.target, given.counter, value_class, value
        )
    except EncodeError as error:
        raise ScenarioError(str(error)) from error
    put_fields(sheet, digits)
    sheet.result = digits
    return sheet


def check(given: GbcsGiven, digits: str) -> Sheet:
    """Check a code: its check digit, its range, its counter, its MAC.

    Raises:
        ScenarioError: the counter has low bits that are not zero.
    """
    sheet = Sheet("UTRN in GBCS form, checked", MODEL, ABOUT)
    try:
        key = _put_ends(sheet, given)
    except EncodeError as error:
        raise ScenarioError(str(error)) from error
    try:
        decoded = utrn_gbcs.decode(digits)
    except DecodeError as error:
        sheet.checks.append(Check("1", "digits", Standing.FAILS, str(error)))
        sheet.checks += [Check("2", "counter", Standing.NOT_REACHED)]
        sheet.checks += [Check("3", "MAC", Standing.NOT_REACHED)]
        return _concluded(sheet)
    put_fields(sheet, digits)
    sheet.checks.append(Check("1", "digits", Standing.HOLDS, "20, in the range, check digit right"))
    bits = given.counter // COUNTER_STEP & _LOW_BITS
    if bits != decoded.counter_bits:
        says = f"the code has {decoded.counter_bits}, the counter given ends on {bits}"
        sheet.checks.append(Check("2", "counter", Standing.FAILS, says))
        sheet.checks.append(Check("3", "MAC", Standing.NOT_REACHED))
        return _concluded(sheet)
    sheet.checks.append(Check("2", "counter", Standing.HOLDS, f"its 10 bits are {bits}"))
    expected = utrn_gbcs.ptut_mac(
        key, given.originator, given.target, given.counter, decoded.value_class, decoded.value
    )
    sheet.line("MAC expected", expected)
    is_right = expected == decoded.mac
    standing = Standing.HOLDS if is_right else Standing.FAILS
    says = "" if is_right else "another secret, meter, originator or counter"
    sheet.checks.append(Check("3", "MAC", standing, says))
    return _concluded(sheet)


def put_fields(sheet: Sheet, digits: str) -> None:
    """Put the fields of a code on a sheet; the digits must be right."""
    decoded = utrn_gbcs.decode(digits)
    unit = decoded.value_class.name.lower().replace("_", " ")
    for name, value, says in (
        ("digits", digits, ""),
        ("check digit", digits[-1], "Verhoeff's method with GBCS's own rows"),
        ("PPTD", digits[:-1], "19 digits"),
        ("PTUT", f"{int(digits[:-1]) - int(_OFFSET_HEX, 16):016x}", f"PPTD less 0x{_OFFSET_HEX}"),
        ("counter bits", str(decoded.counter_bits), "10 of the originator counter's high 32"),
        ("class", str(decoded.value_class.value), unit),
        ("value", str(decoded.value), unit),
        ("MAC", decoded.mac.hex(), "4 octets"),
    ):
        sheet.line(name, value, says)


def _put_ends(sheet: Sheet, given: GbcsGiven) -> bytes:
    sheet.line("originator", given.originator.to_bytes(8, "big"), format_eui64(given.originator))
    sheet.line("meter", given.target.to_bytes(8, "big"), format_eui64(given.target))
    sheet.line("counter", given.counter, f"{given.counter // COUNTER_STEP} times 2^32")
    key = utrn_gbcs.derive_key(given.shared_secret, given.originator, given.target, given.counter)
    sheet.line("key K", "agreed from Z", "SHA-256 of 00000001, Z and the other information")
    return key


def _concluded(sheet: Sheet) -> Sheet:
    sheet.holds = all(one.standing is Standing.HOLDS for one in sheet.checks)
    sheet.result = "holds" if sheet.holds else "does not hold"
    return sheet

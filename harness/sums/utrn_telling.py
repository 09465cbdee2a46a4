"""What a UTRN says by itself, without any key: whose form it has, and its fields in clear.

Source: the ranges of the two forms do not meet (domain.md section 4), so the number alone tells
which it is. Secure's real codes have the length of native ones and are nothing of this model.
"""

from hanbench.harness.sums import utrn_of_gbcs
from hanbench.harness.sums.sheet import Check, Sheet, Standing
from hanbench.harness.sums.utrn_native import MODEL, describe, issuer_of, words
from hanbench.protocol import utrn, utrn_gbcs
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.utrn import CODE_DIGITS, ParsedNative

_REAL = (
    "A real code of Secure's has the same length, and may fall into the same range; what is read "
    "here means nothing for it."
)


def explain(keyed: str) -> Sheet:
    """Say what the digits tell; `holds` is whether they are a code of one of the two forms."""
    digits = keyed.replace(" ", "").replace("-", "")
    is_code = len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit()
    if is_code and utrn.is_gbcs_range(digits):
        return _of_gbcs(digits)
    try:
        parsed = utrn.parse_entry(keyed)
    except DecodeError as error:
        return _nothing(digits, error)
    return _native(digits, parsed)


def _native(digits: str, parsed: tuple[ParsedNative, ...]) -> Sheet:
    sheet = Sheet("UTRN, without a key", MODEL)
    sheet.line("form", "native", "each number is below 2^66; GBCS UTRNs begin far above it")
    sheet.line(
        "length", f"{len(digits)} digits", f"an entry of {len(parsed)}" if parsed[1:] else ""
    )
    for place, one in enumerate(parsed, 1):
        code, number = one.code, f" {place}" if parsed[1:] else ""
        start = CODE_DIGITS * (place - 1)
        sheet.line(f"code{number}", words(code.type), describe(code))
        for name, value, says in (
            ("digits", digits[start : start + CODE_DIGITS], ""),
            ("number", str(int(digits[start : start + CODE_DIGITS])), "66 bits"),
            ("type", str(code.type.value), words(code.type)),
            ("sequence", str(code.sequence), f"the issuer is the {issuer_of(code.sequence)}"),
            ("value", str(code.value), describe(code)),
            ("MAC", one.mac.hex(), "32 bits; not checked"),
        ):
            sheet.line(f"{name}{number}", value, says, depth=1)
    if not utrn.is_known_shape([one.code for one in parsed]):
        sheet.notes.append("No meter takes an entry of these kinds: it says INVALID.")
    sheet.notes += [
        (
            "Type, sequence and value stand in clear. That they are authentic, and for which "
            "meter, only the vend key shows (`hanbench utrn check`); there is no check digit."
        ),
        "A guessed MAC is right once in 2^32; five wrong codes lock the keypad.",
        _REAL,
    ]
    sheet.result = "a native code of the model, its MAC unchecked"
    return sheet


def _of_gbcs(digits: str) -> Sheet:
    sheet = Sheet("UTRN, without a key", utrn_of_gbcs.MODEL, utrn_of_gbcs.ABOUT)
    sheet.line("form", "GBCS", "in the range from 73941569907863060480")
    try:
        utrn_of_gbcs.put_fields(sheet, digits)
    except DecodeError:
        right = utrn_gbcs.check_digit(digits[:-1])
        says = f"{digits[-1]}; of these 19 digits it is {right}"
        sheet.checks.append(Check("", "check digit", Standing.FAILS, says))
        sheet.notes.append("A digit is wrong: nothing else of it can be trusted.")
        sheet.holds = False
        sheet.result = "no UTRN: the check digit is wrong"
        return sheet
    sheet.checks.append(Check("", "check digit", Standing.HOLDS))
    sheet.notes += [
        (
            "The MAC needs the secret that supplier and meter agree, and the whole originator "
            "counter: the code has 10 bits of it (`hanbench utrn check --shared-secret`)."
        ),
        "A native meter of GroupID DA takes no code of this form: it says INVALID.",
    ]
    sheet.result = "a UTRN in GBCS form, its MAC unchecked"
    return sheet


def _nothing(digits: str, error: DecodeError) -> Sheet:
    sheet = Sheet("UTRN, without a key", MODEL)
    sheet.line("digits", digits, f"{len(digits)} characters")
    sheet.checks.append(Check("", "form", Standing.FAILS, str(error).partition(": ")[2]))
    display = "INCOMPLETE" if error.field == "utrn.length" else "INVALID"
    sheet.notes.append(f"A meter's display says {display}.")
    sheet.holds = False
    sheet.result = "no UTRN of either form"
    return sheet

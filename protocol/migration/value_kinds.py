r"""What a field of a migration file may hold: one pattern, for our readers and for the XSDs alike.

Source: EUI-64s and dates as on the DCC's published samples; device types and firmware versions as
in DUIS 5.4; all else modelled [M]. Patterns keep to what Python and XML Schema understand alike:
`[0-9]` and never `\d`, which in XML Schema means the digits of every script.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field

_SHOWN_MAX = 40


@dataclass(frozen=True, slots=True)
class ValueKind:
    """A kind of field: what it is in words, and the pattern of the whole of it."""

    words: str
    pattern: str
    rule: str = "value"
    """The rule that a wrong one breaks."""
    is_real: Callable[[str], bool] = lambda _: True
    """What no pattern can say, such as that a year has no 30 February."""
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_compiled", re.compile(self.pattern))

    def problem(self, text: str) -> str:
        """Say what is wrong with a value, or ""."""
        if self._compiled.fullmatch(text) and self.is_real(text):
            return ""
        shown = text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "..."
        return f"{shown!r} is not {self.words}"


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def one_of(*words: str) -> ValueKind:
    """Return the kind that takes one of these words, which hold no sign of a pattern."""
    return ValueKind(f"one of {', '.join(words)}", "|".join(words))


NAME = ValueKind("a name of 1 to 64 letters, digits, '.', '_' or '-'", "[A-Za-z0-9._-]{1,64}")
FILE_NAME = ValueKind(
    "a file name of 1 to 128 letters, digits, '.', '_', '/' or '-'", "[A-Za-z0-9._/-]{1,128}"
)
ORGANISATION = ValueKind(
    "an organisation's name of 1 to 64 printable characters", "[ -~\u00a1-\ud7ff]{1,64}"
)
MODEL = ValueKind("a model name of 1 to 64 letters, digits, spaces or -._", "[A-Za-z0-9._ -]{1,64}")
EUI64 = ValueKind(
    "an EUI-64 such as 00-DB-12-34-56-78-90-A1", "([0-9A-F]{2}-){7}[0-9A-F]{2}", rule="eui64"
)
DATE = ValueKind(
    "a calendar date such as 2021-03-01",
    "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}",
    rule="date",
    is_real=_is_date,
)
COUNT = ValueKind("a whole number below a million", "0|[1-9][0-9]{0,5}")
COUNTER = ValueKind("a whole number of at most 10 digits", "0|[1-9][0-9]{0,9}")
FIRMWARE = ValueKind("a firmware version of 8 hex digits", "[0-9A-F]{8}")
OCTETS = ValueKind("octets in lower-case hex", "([0-9a-f]{2}){1,4096}")
GROUP_ID = ValueKind("a GroupID of two capital letters", "[A-Z]{2}")
SERIAL = ValueKind("a certificate's serial number in hex", "[0-9A-F]{1,40}")
ERROR_CODE = ValueKind("an error code such as CP-DUPLICATE", "[A-Z0-9_-]{1,40}")
DEVICE_TYPE = one_of("ESME", "GSME", "CHF", "GPF", "PPMID", "IHD", "CAD", "HCALCS")
MODE = one_of("active", "dormant")

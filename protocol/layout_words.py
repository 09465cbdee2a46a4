"""What a layout found wrong, in the words of the field and not in those of the library.

Source: none, this is ours. Whoever reads "cut short: 2 octets are needed, 1 is left" beside the
field's name and its octet knows where to look; the parsing library speaks of streams and objects.
"""

import ast
import re

import construct as c

_CUT = re.compile(r"expected (\d+), found (\d+)$")
_CONST = re.compile(r"expected (.+) but parsed (.+)$", re.DOTALL)
_REFUSED = re.compile(r"object failed validation: (.+)$", re.DOTALL)


def in_words(error: Exception) -> str:
    """Return why octets do not fit a field, or values do not; one line."""
    said = str(error).splitlines()[-1] if str(error) else type(error).__name__
    match error:
        case c.StreamError() if (cut := _CUT.search(said)) is not None:
            return _cut_short(int(cut[1]), int(cut[2]))
        case c.ConstError() if (const := _CONST.search(said)) is not None:
            return f"must be {_shown(const[1])}, and is {_shown(const[2])}"
        case c.ValidationError() if (refused := _REFUSED.search(said)) is not None:
            return f"{_shown(refused[1])} has no meaning here"
        case c.TerminatedError():
            return "octets are left over"
        case _:
            return said


def _cut_short(needed: int, left: int) -> str:
    octets = "1 octet is" if needed == 1 else f"{needed} octets are"
    rest = {0: "none is", 1: "1 is"}.get(left, f"{left} are")
    return f"cut short: {octets} needed, {rest} left"


def _shown(text: str) -> str:
    """Octets as hex, as everywhere else; other values as they are."""
    if text[:2] in ("b'", 'b"'):
        octets = ast.literal_eval(text)
        assert isinstance(octets, bytes)
        return octets.hex()
    return text

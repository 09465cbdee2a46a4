"""Option types for octets, addresses and numbers: a wrong one is named with what was expected."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from typing_extensions import override

from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, parse_eui64

if TYPE_CHECKING:
    _OctetsType = click.ParamType[bytes]
    _EuiType = click.ParamType[Eui64]
else:
    # Generic since click 8.5 alone; older ones will do.
    _OctetsType = _EuiType = click.ParamType

KEY_HELP = (
    "Only test keys belong on a command line: others see it in the list of processes, and the "
    "shell's history keeps it."
)
KEY_FILE = click.Path(path_type=Path, dir_okay=False)
_SEPARATORS = str.maketrans("", "", " :-")


class Octets(_OctetsType):
    """Octets in hex; spaces, colons and hyphens may stand between them."""

    name = "hex"

    def __init__(self, *lengths: int, what: str = "value") -> None:
        self._lengths = lengths
        self._what = what

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        if isinstance(value, bytes):
            return value
        digits = str(value).removeprefix("0x").translate(_SEPARATORS)
        try:
            octets = bytes.fromhex(digits)
        except ValueError:
            octets = None
        if (
            octets is None
            and len(digits) % 2
            and all(c in "0123456789abcdefABCDEF" for c in digits)
        ):
            self.fail(f"{len(digits)} hex digits, an odd number{self._expected()}", param, ctx)
        if octets is None or not octets:
            self.fail(f"{self._what} is not hex{self._expected()}", param, ctx)
        if self._lengths and len(octets) not in self._lengths:
            self.fail(
                f"{len(digits)} hex digits, {len(octets)} octets{self._expected()}", param, ctx
            )
        return octets

    def _expected(self) -> str:
        if not self._lengths:
            return ""
        lengths = " or ".join(f"{2 * length} ({length} octets)" for length in self._lengths)
        return f"; expected {lengths}"


class EuiText(_EuiType):
    """An EUI-64 as it is printed."""

    name = "eui-64"

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Eui64:
        if isinstance(value, int):
            return Eui64(value)
        try:
            return parse_eui64(str(value))
        except DecodeError as error:
            self.fail(str(error).removeprefix("eui64: "), param, ctx)


EUI64 = EuiText()
KEY = Octets(16, what="the key")
VERSION = click.IntRange(0, (1 << 32) - 1)
COUNTER = click.IntRange(0, (1 << 64) - 1)

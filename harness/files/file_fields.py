"""The kinds of value that scenario, installation and key files share.

Durations are text with a unit in files and whole microseconds here; EUI-64s are text there and
integers here. Everything else is taken strictly: `"1"` is no number and `1` is no truth value.
"""

from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from hanbench.emulator.durations import format_duration, parse_duration
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, format_eui64, parse_eui64

DURATION_SCHEMA: dict[str, str] = {
    "type": "string",
    "pattern": r"^\d+(\.\d+)?(us|ms|s|min|h|d)$",
    "description": "a number with a unit (us, ms, s, min, h, d), such as 30min",
}
EUI64_SCHEMA: dict[str, str] = {
    "type": "string",
    "pattern": "^([0-9A-Fa-f]{2}[-:]?){7}[0-9A-Fa-f]{2}$",
    "description": "an EUI-64 such as 00-DB-12-34-56-78-90-A1",
}


class Entry(BaseModel):
    """The root of everything that a file holds: frozen, and no key beyond the declared ones."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


def _eui64(text: object) -> Eui64:
    try:
        return parse_eui64(str(text))
    except DecodeError as error:
        raise ValueError(f"{text!r} is not an EUI-64 such as 00-DB-12-34-56-78-90-A1") from error


def _format_eui64(eui64: int) -> str:
    return format_eui64(Eui64(eui64))


Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema(DURATION_SCHEMA),
]
EuiField = Annotated[
    Eui64,
    BeforeValidator(_eui64),
    PlainSerializer(_format_eui64, return_type=str, when_used="json"),
    WithJsonSchema(EUI64_SCHEMA),
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
"""The name of a device, an Installation or a variant: it may stand in a fault point."""
ClauseAddress = Annotated[str, Field(pattern=r"^[a-z0-9-]+(/[A-Za-z0-9().:-]+)+$")]
"""The address of a clause, such as `tmad/4.34A`."""

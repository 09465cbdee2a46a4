"""The kinds of field that ZDO and ZCL messages are laid out with, over `construct`.

Source: ZigBee Cluster Library specification (075123), section 2.6 "Data types": little-endian
integers, and strings with a length octet in front, where the length FF means "no value".
"""

import io
from dataclasses import fields
from typing import Any, TypeVar

import construct as c

from hanbench.protocol.layout import sequence_of

Record = TypeVar("Record")

U8 = c.Int8ul
U16 = c.Int16ul
U24 = c.Int24ul
U32 = c.Int32ul
U40 = c.BytesInteger(5, swapped=True)
U48 = c.BytesInteger(6, swapped=True)
U56 = c.BytesInteger(7, swapped=True)
U64 = c.Int64ul
I8 = c.Int8sl
I16 = c.Int16sl
I24 = c.Int24sl
I32 = c.Int32sl
I40 = c.BytesInteger(5, signed=True, swapped=True)
I48 = c.BytesInteger(6, signed=True, swapped=True)
I56 = c.BytesInteger(7, signed=True, swapped=True)
I64 = c.Int64sl
UTC = c.Int32ul
"""Seconds since 2000-01-01 00:00:00 UTC (ZCL 2.6.2.20)."""
EUI64 = c.Int64ul

_STRING_WITHOUT_VALUE = 0xFF
_LENGTH = c.ExprValidator(c.Int8ul, c.obj_ != _STRING_WITHOUT_VALUE)

OCTETS = c.Prefixed(_LENGTH, c.GreedyBytes)
"""An octet string of up to 254 octets; one without a value (length FF) is refused."""
TEXT = c.PascalString(_LENGTH, "utf8")
"""A character string of up to 254 octets of UTF-8; one without a value is refused."""
BOOL = c.Mapping(c.Int8ul, {False: 0, True: 1})
ABSENT = c.ExprValidator(c.Pass, lambda value, _: value is None)
"""No octets: what is announced as absent must not be there."""


def record(kind: type[Record], layout: "c.Struct") -> "c.Construct[Record, Record]":
    """Return a nested message as a field; the layout's names are those of the dataclass."""
    names = tuple(field.name for field in fields(kind))  # type: ignore[arg-type]

    def taken_apart(message: Record, _: Any) -> dict[str, object]:
        if not isinstance(message, kind):
            raise c.ValidationError(f"{type(message).__name__} is no {kind.__name__}")
        return {name: getattr(message, name) for name in names}

    return c.ExprAdapter(
        layout, lambda raw, _: kind(**{name: raw[name] for name in names}), taken_apart
    )


def until_end(item: "c.Construct[Any, Any]") -> "c.Construct[Any, Any]":
    """Return a field of items up to the end of the message, as a tuple.

    construct's own `GreedyRange` stops in silence at an item that it cannot read; this one names
    the field of that item.
    """
    listed = c.IfThenElse(
        lambda context: context._building,  # noqa: SLF001
        c.GreedyRange(item),
        c.If(_is_more, c.RepeatUntil(lambda _item, _items, context: not _is_more(context), item)),
    )
    return c.ExprAdapter(listed, lambda items, _: tuple(items or ()), lambda items, _: list(items))


def optional(name: str, item: "c.Construct[Any, Any]") -> "c.Construct[Any, Any]":
    """Return a field that the message may end before; it is None then."""

    def is_there(context: Any) -> bool:
        return context[name] is not None if context._building else _is_more(context)  # noqa: SLF001

    return name / c.If(is_there, item)


def counted(
    count: "c.Construct[int, int]", item: "c.Construct[Any, Any]"
) -> "c.Construct[Any, Any]":
    """Return a field of items behind their number, as a tuple."""
    return sequence_of(c.PrefixedArray(count, item))


def exactly(count: int, item: "c.Construct[Any, Any]") -> "c.Construct[Any, Any]":
    """Return a field of a fixed number of items, as a tuple."""
    return sequence_of(c.Array(count, item))


def present_if(condition: Any, item: "c.Construct[Any, Any]") -> "c.Construct[Any, Any]":
    """Return a field that is there by what an earlier field says; it is None otherwise."""
    return c.IfThenElse(condition, item, ABSENT)


def all_well_or(name: str, item: "c.Construct[Any, Any]") -> "c.Construct[Any, Any]":
    """Return a field of failures that shrinks to one octet 00 when there are none."""

    def is_all_well(context: Any) -> bool:
        if context._building:  # noqa: SLF001
            return not context[name]
        return octets_left(context) < 2

    listed = c.IfThenElse(is_all_well, c.Const(b"\x00"), until_end(item))
    return name / c.ExprAdapter(
        listed,
        lambda raw, _: () if isinstance(raw, bytes) else raw,
        lambda failures, _: failures or None,
    )


def octets_left(context: Any) -> int:
    """Return how many octets of the message have not been read."""
    stream = context._io  # noqa: SLF001
    here: int = stream.tell()
    end: int = stream.seek(0, io.SEEK_END)
    stream.seek(here)
    return end - here


def _is_more(context: Any) -> bool:
    return octets_left(context) > 0

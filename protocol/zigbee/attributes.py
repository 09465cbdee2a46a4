"""Attribute values with their data type, as reads, writes and reports carry them.

Source: ZigBee Cluster Library specification (075123), section 2.6 "Data types" (the types that
Smart Energy clusters use, han.md section 6). Little-endian.

Integers, bitmaps, enumerations and times are `int`; their "no value" (all ones) stays the number
that it is. A Boolean or a string without a value is refused.
"""

import enum
from dataclasses import dataclass
from typing import Any

import construct as c

from hanbench.protocol.layout import Layout, enumerated
from hanbench.protocol.zigbee import fields

Value = bool | int | str | bytes

ZIGBEE_EPOCH_UNIX_S = 946_684_800
"""2000-01-01 00:00:00 UTC in Unix time: where the type UTC begins to count."""


class DataType(enum.IntEnum):
    """The data types that are supported (ZCL table 2.16)."""

    BOOL = 0x10
    MAP8 = 0x18
    MAP16 = 0x19
    MAP24 = 0x1A
    MAP32 = 0x1B
    MAP40 = 0x1C
    MAP48 = 0x1D
    MAP56 = 0x1E
    MAP64 = 0x1F
    UINT8 = 0x20
    UINT16 = 0x21
    UINT24 = 0x22
    UINT32 = 0x23
    UINT40 = 0x24
    UINT48 = 0x25
    UINT56 = 0x26
    UINT64 = 0x27
    INT8 = 0x28
    INT16 = 0x29
    INT24 = 0x2A
    INT32 = 0x2B
    INT40 = 0x2C
    INT48 = 0x2D
    INT56 = 0x2E
    INT64 = 0x2F
    ENUM8 = 0x30
    ENUM16 = 0x31
    OCTETS = 0x41
    TEXT = 0x42
    UTC = 0xE2
    EUI64 = 0xF0
    KEY128 = 0xF1


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """One value under its type."""

    type: DataType
    value: Value


_UNSIGNED = (
    fields.U8,
    fields.U16,
    fields.U24,
    fields.U32,
    fields.U40,
    fields.U48,
    fields.U56,
    fields.U64,
)
_SIGNED = (
    fields.I8,
    fields.I16,
    fields.I24,
    fields.I32,
    fields.I40,
    fields.I48,
    fields.I56,
    fields.I64,
)
VALUE_LAYOUTS: "dict[DataType, c.Construct[Any, Any]]" = {
    DataType.BOOL: fields.BOOL,
    **{DataType(DataType.MAP8 + n): layout for n, layout in enumerate(_UNSIGNED)},
    **{DataType(DataType.UINT8 + n): layout for n, layout in enumerate(_UNSIGNED)},
    **{DataType(DataType.INT8 + n): layout for n, layout in enumerate(_SIGNED)},
    DataType.ENUM8: fields.U8,
    DataType.ENUM16: fields.U16,
    DataType.OCTETS: fields.OCTETS,
    DataType.TEXT: fields.TEXT,
    DataType.UTC: fields.UTC,
    DataType.EUI64: fields.EUI64,
    DataType.KEY128: c.Bytes(16),
}
"""How a value of each type lies on the wire."""


@dataclass(frozen=True, slots=True)
class NumberShape:
    """How a whole number lies on the wire."""

    type: DataType
    octets: int
    is_signed: bool


NUMBERS: dict[int, NumberShape] = {
    **{
        first + n: NumberShape(DataType(first + n), n + 1, is_signed=first == DataType.INT8)
        for first in (DataType.MAP8, DataType.UINT8, DataType.INT8)
        for n in range(8)
    },
    DataType.ENUM8: NumberShape(DataType.ENUM8, 1, is_signed=False),
    DataType.ENUM16: NumberShape(DataType.ENUM16, 2, is_signed=False),
    DataType.UTC: NumberShape(DataType.UTC, 4, is_signed=False),
}
"""The types that hold a whole number, by their octet: what a fast path may read by itself."""


def read_number(data: bytes, at: int) -> tuple[AttributeValue, int] | None:
    """Read a type octet and its whole number, and return where the next octet lies.

    None where the layout has to: another type, or octets that are missing.
    """
    shape = NUMBERS.get(data[at]) if at < len(data) else None
    if shape is None:
        return None
    end = at + 1 + shape.octets
    if end > len(data):
        return None
    value = int.from_bytes(data[at + 1 : end], "little", signed=shape.is_signed)
    return AttributeValue(shape.type, value), end


def write_number(typed: AttributeValue) -> bytes | None:
    """Write a type octet and its whole number; None where the layout has to, or says why not."""
    shape = NUMBERS.get(typed.type)
    if shape is None or not isinstance(typed.value, int):
        return None
    try:
        octets = typed.value.to_bytes(shape.octets, "little", signed=shape.is_signed)
    except OverflowError:
        return None
    return bytes((shape.type,)) + octets


# ZCL 2.6.1: an analogue type has a reportable change, a discrete one (bitmap, string, ...) has not.
_ANALOGUE = (*range(DataType.UINT8, DataType.INT64 + 1), DataType.UTC)

TYPE: "c.Construct[DataType, DataType]" = enumerated(DataType, fields.U8)
TYPED_VALUE = fields.record(
    AttributeValue, c.Struct("type" / TYPE, "value" / c.Switch(c.this.type, VALUE_LAYOUTS))
)
"""A type octet with the value behind it."""
_WHOLE = Layout("attribute", c.Struct("typed" / TYPED_VALUE, c.Terminated))


def is_analogue(data_type: DataType) -> bool:
    """Tell whether reports of this type are limited by a reportable change."""
    return data_type in _ANALOGUE


def decode(data: bytes) -> AttributeValue:
    """Read one type octet and its value; raise `DecodeError` unless that is all there is."""
    value: AttributeValue = _WHOLE.decode(data).typed
    return value


def encode(value: AttributeValue) -> bytes:
    """Write the type octet and the value; raise `EncodeError` if it does not fit its type."""
    return _WHOLE.encode({"typed": value})

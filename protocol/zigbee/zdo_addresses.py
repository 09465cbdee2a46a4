"""ZDO address messages: from EUI-64 to short address and back, with the children if asked for.

Source: ZigBee Specification (05-3474), sections 2.4.3.1.1, 2.4.3.1.2, 2.4.4.2.1 and 2.4.4.2.2; the
responses are from memory of it and were read back by tshark 4.0.17 and zigpy 2.4.0. Little-endian.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import construct as c

from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.layout import enumerated
from hanbench.protocol.zigbee import fields
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

SINGLE = 0
EXTENDED = 1
"""As a request type: that device alone, or with the children that it has."""


@dataclass(frozen=True, slots=True)
class Associated:
    """The children of a device, from one of them on."""

    start: int
    shorts: tuple[ShortAddress, ...]


@dataclass(frozen=True, slots=True)
class NwkAddressRequest:
    """Ask for the short address of a device; type 1 asks for those of its children, too."""

    eui64: Eui64
    request_type: int = 0
    start: int = 0


@dataclass(frozen=True, slots=True)
class NwkAddressResponse:
    """Give the short address of a device."""

    status: ZdoStatus
    eui64: Eui64
    short: ShortAddress
    associated: Associated | None = None


@dataclass(frozen=True, slots=True)
class IeeeAddressRequest:
    """Ask for the EUI-64 behind a short address; type 1 asks for its children, too."""

    short: ShortAddress
    request_type: int = 0
    start: int = 0


@dataclass(frozen=True, slots=True)
class IeeeAddressResponse:
    """Give the EUI-64 of a device."""

    status: ZdoStatus
    eui64: Eui64
    short: ShortAddress
    associated: Associated | None = None


Message = NwkAddressRequest | NwkAddressResponse | IeeeAddressRequest | IeeeAddressResponse

_STATUS = enumerated(ZdoStatus, fields.U8)
_SHORT = "short" / fields.U16
_ADDRESS_PAGE = ("request_type" / fields.U8, "start" / fields.U8)


def _children(raw: Any, _: Any) -> Associated:
    return Associated(raw.start or 0, tuple(raw.shorts))


def _children_apart(told: Associated, _: Any) -> dict[str, Any]:
    if told.start and not told.shorts:
        raise c.ValidationError("an empty page begins at 0: its beginning is not written")
    return {"count": len(told.shorts), "start": told.start, "shorts": list(told.shorts)}


_ASSOCIATED: "c.Construct[Any, Any]" = c.ExprAdapter(
    c.Struct(
        "count" / fields.U8,
        "start" / c.If(c.this.count, fields.U8),
        "shorts" / c.Array(c.this.count, fields.U16),
    ),
    _children,
    _children_apart,
)
_ADDRESSES = c.Struct(
    "status" / _STATUS, "eui64" / fields.EUI64, _SHORT, fields.optional("associated", _ASSOCIATED)
)

MESSAGES: Final[Mapping[int, tuple[type[Message], c.Struct]]] = {
    0x0000: (NwkAddressRequest, c.Struct("eui64" / fields.EUI64, *_ADDRESS_PAGE)),
    0x0001: (IeeeAddressRequest, c.Struct(_SHORT, *_ADDRESS_PAGE)),
    0x8000: (NwkAddressResponse, _ADDRESSES),
    0x8001: (IeeeAddressResponse, _ADDRESSES),
}
"""By the cluster number, for `zdo.py`."""

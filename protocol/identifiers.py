"""Addresses: EUI-64, PAN and short address.

Source: IEEE 802.15.4-2011 section 5.5; EUI-64s are printed big-endian with hyphens, as the DCC's
published files do (`70-B3-D5-1F-30-00-A0-08`), and go on the air least significant octet first.
"""

import functools
import re
from typing import NewType

from hanbench.protocol.errors import DecodeError

Eui64 = NewType("Eui64", int)
"""A 64-bit extended address, as the integer that its printed form spells."""
PanId = NewType("PanId", int)
ShortAddress = NewType("ShortAddress", int)

ADDRESSES_KEPT = 8192
"""How many addresses are kept in both forms: each file of a migration names those of its home."""
_EUI64 = re.compile(r"(?:[0-9A-Fa-f]{2}([-:]?))(?:[0-9A-Fa-f]{2}\1){6}[0-9A-Fa-f]{2}")


@functools.lru_cache(maxsize=ADDRESSES_KEPT)
def parse_eui64(text: str) -> Eui64:
    """Read `00-DB-12-34-56-78-90-A1`, the same with colons, or 16 hex digits.

    Raises:
        DecodeError: the text is none of these.
    """
    if not _EUI64.fullmatch(text):
        raise DecodeError(
            f"{text!r} is not an EUI-64 such as 00-DB-12-34-56-78-90-A1", field="eui64"
        )
    return Eui64(int(text.replace("-", "").replace(":", ""), 16))


@functools.lru_cache(maxsize=ADDRESSES_KEPT)
def format_eui64(eui64: Eui64) -> str:
    """Print an EUI-64 the DCC's way: upper-case hex with hyphens."""
    return eui64.to_bytes(8, "big").hex("-").upper()

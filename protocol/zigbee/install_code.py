"""Install codes: what is printed on a device, and the link key that it joins with.

Source: ZigBee Smart Energy Standard (07-5356), section 5.4.8.1: 6, 8, 12 or 16 octets with a
CRC-16/X-25 behind them, low octet first; the preconfigured trust-centre link key is the AES-MMO
hash of all of it.
"""

import binascii
from dataclasses import dataclass

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.zigbee.mmo import mmo_hash

CODE_OCTETS = (6, 8, 12, 16)
_CRC_OCTETS = 2

# X-25 works least significant bit first, `crc_hqx` most significant first: turning the bits of the
# input and of the result around makes the one from the other.
_REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))


@dataclass(frozen=True, slots=True)
class InstallCode:
    """One install code, without its CRC."""

    code: bytes


def decode(data: bytes) -> InstallCode:
    """Read a code with its CRC.

    Raises:
        DecodeError: the length is none of the four, or the CRC is wrong.
    """
    code, crc = data[:-_CRC_OCTETS], data[-_CRC_OCTETS:]
    if len(code) not in CODE_OCTETS:
        raise DecodeError(f"{len(data)} octets are no install code", field="install-code.length")
    if crc_x25(code).to_bytes(_CRC_OCTETS, "little") != crc:
        raise DecodeError(f"{crc.hex()} does not match the code", field="install-code.crc")
    return InstallCode(code)


def encode(install_code: InstallCode) -> bytes:
    """Write a code with its CRC; raise `EncodeError` for a length that is none of the four."""
    code = install_code.code
    if len(code) not in CODE_OCTETS:
        raise EncodeError(f"an install code of {len(code)} octets does not exist")
    return code + crc_x25(code).to_bytes(_CRC_OCTETS, "little")


def link_key(install_code: InstallCode, *, is_test_material: bool = False) -> Key:
    """Return the preconfigured link key that follows from a code."""
    return Key(KeyUsage.LINK, mmo_hash(encode(install_code)), is_test_material=is_test_material)


def crc_x25(data: bytes) -> int:
    """Return the CRC-16/X-25 (also called IBM-SDLC) of some octets."""
    turned = binascii.crc_hqx(data.translate(_REVERSED), 0xFFFF).to_bytes(2, "big")
    return int.from_bytes(turned.translate(_REVERSED), "little") ^ 0xFFFF

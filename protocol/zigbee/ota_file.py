"""A firmware file: a header that says for whom it is, and tagged parts, the last a hash of them.

Source: ZigBee Cluster Library specification (075123), sections 11.4.2 (header), 11.4.3 (elements)
and 11.7.2 (image integrity code), from memory of it. Little-endian; sizes in octets.

    0BEEF11E u32 | header version u16 | header length u16 | field control u16 | manufacturer u16 |
    image type u16 | file version u32 | stack version u16 | text 32 | total size u32 |
    (tag u16 | length u32 | data) x n

The optional fields of the header (security credential, target, hardware versions) are not used
here: a file with one of them is refused by name.
"""

from dataclasses import dataclass
from typing import Final

import construct as c

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.layout import Layout
from hanbench.protocol.zigbee import fields, mmo
from hanbench.protocol.zigbee.clusters.ota_upgrade import ImageId

HEADER_OCTETS: Final = 56
TEXT_OCTETS: Final = 32
STACK_PRO: Final = 0x0002
UPGRADE_IMAGE: Final = 0x0000
INTEGRITY_CODE: Final = 0x0003
"""Tags of parts."""
HASH_OCTETS: Final = 16
_PART_OCTETS: Final = 6


@dataclass(frozen=True, slots=True)
class OtaFile:
    """What a file holds; the hash is made when it is written, and held against when it is read."""

    image: ImageId
    text: str
    firmware: bytes


_LAYOUT = Layout(
    "ota-file",
    c.Struct(
        "identifier" / c.Const(0x0BEE_F11E, fields.U32),
        "header_version" / c.Const(0x0100, fields.U16),
        "header_length" / c.Const(HEADER_OCTETS, fields.U16),
        "field_control" / c.Const(0, fields.U16),
        "manufacturer" / fields.U16,
        "image_type" / fields.U16,
        "file_version" / fields.U32,
        "stack_version" / c.Const(STACK_PRO, fields.U16),
        "text" / c.PaddedString(TEXT_OCTETS, "ascii"),
        "total_size" / fields.U32,
        "upgrade_image" / c.Const(UPGRADE_IMAGE, fields.U16),
        "firmware" / c.Prefixed(fields.U32, c.GreedyBytes),
        "integrity_code" / c.Const(INTEGRITY_CODE, fields.U16),
        "hash_length" / c.Const(HASH_OCTETS, fields.U32),
        "hash" / c.Bytes(HASH_OCTETS),
        c.Terminated,
    ),
)


def decode(data: bytes) -> OtaFile:
    """Read a file.

    Raises:
        DecodeError: it is no such file, not of the size that it states, or damaged: the hash in it
            is not that of its octets.
    """
    raw = _LAYOUT.decode(data)
    if raw.total_size != len(data):
        raise DecodeError(
            f"it states {raw.total_size} octets and has {len(data)}", field="ota-file.total_size"
        )
    if mmo.mmo_hash(data[:-HASH_OCTETS]) != raw.hash:
        raise DecodeError("it is not that of the octets before it", field="ota-file.hash")
    if "\0" in raw.text:
        raise DecodeError("octets behind the end of the text", field="ota-file.text")
    image = ImageId(raw.manufacturer, raw.image_type, raw.file_version)
    return OtaFile(image, raw.text, raw.firmware)


def encode(file: OtaFile) -> bytes:
    """Write a file with its hash; raise `EncodeError` if a field does not fit."""
    if not file.text.isascii() or "\0" in file.text:
        raise EncodeError("the text of a firmware file is ASCII")
    size = HEADER_OCTETS + 2 * _PART_OCTETS + len(file.firmware) + HASH_OCTETS
    data = _LAYOUT.encode(
        {
            "manufacturer": file.image.manufacturer,
            "image_type": file.image.image_type,
            "file_version": file.image.version,
            "text": file.text,
            "total_size": size,
            "firmware": file.firmware,
            "hash": bytes(HASH_OCTETS),
        }
    )
    return data[:-HASH_OCTETS] + mmo.mmo_hash(data[:-HASH_OCTETS])

"""OTA Upgrade cluster (0x0019): a device asks its hub for firmware, block by block.

Source: ZigBee Cluster Library specification (075123), section 11.13, of which han.md section 6
lists the numbers; the layouts are from memory of it and were read back by tshark 4.0.17.
Little-endian; sizes and offsets in octets, delays in seconds.
"""

import enum
from dataclasses import dataclass

import construct as c

from hanbench.protocol.layout import enumerated
from hanbench.protocol.zigbee import fields
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, SERVER, ClusterId, CommandSet

CLUSTER = ClusterId.OTA_UPGRADE
AT_ONCE = 0
NEWEST_ON_REQUEST = 0xFFFF_FFFF
"""As an upgrade time: wait until told."""
IS_HARDWARE_STATED = 0x01
"""Bit of the field control of a query."""
IS_NODE_STATED = 0x01
IS_DELAY_STATED = 0x02
"""Bits of the field control of a block request."""


class OtaStatus(enum.IntEnum):
    """What became of a request; numbers of the ZCL status table."""

    SUCCESS = 0x00
    NOT_AUTHORISED = 0x7E
    MALFORMED_COMMAND = 0x80
    ABORT = 0x95
    INVALID_IMAGE = 0x96
    WAIT_FOR_DATA = 0x97
    NO_IMAGE_AVAILABLE = 0x98
    REQUIRE_MORE_IMAGE = 0x99


class NotifyPayload(enum.IntEnum):
    """What an image notification names."""

    JITTER = 0
    MANUFACTURER = 1
    IMAGE_TYPE = 2
    VERSION = 3


@dataclass(frozen=True, slots=True)
class ImageId:
    """Which firmware: whose, for what, and which version."""

    manufacturer: int
    image_type: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageNotify:
    """Tell that there may be firmware; fields behind what `names` says are None."""

    names: NotifyPayload
    query_jitter: int
    """1 to 100: the part of the devices, in per cent, that are to ask."""
    manufacturer: int | None = None
    image_type: int | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class QueryNextImageRequest:
    """Ask whether there is firmware newer than the one that runs."""

    field_control: int
    running: ImageId
    hardware: int | None = None


@dataclass(frozen=True, slots=True)
class OfferedImage:
    """Firmware and its size."""

    image: ImageId
    size: int


@dataclass(frozen=True, slots=True)
class QueryNextImageResponse:
    """Offer firmware, with SUCCESS alone."""

    status: OtaStatus
    offered: OfferedImage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBlockRequest:
    """Ask for one block; what `field_control` does not announce is None."""

    field_control: int
    image: ImageId
    offset: int
    size_max: int
    node: int | None = None
    delay_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePageRequest:
    """Ask for a page, block after block without more requests."""

    field_control: int
    image: ImageId
    offset: int
    size_max: int
    page_size: int
    spacing_ms: int
    node: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A part of an image."""

    image: ImageId
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Later:
    """When to ask again."""

    current_utc: int
    request_utc: int
    least_delay_ms: int


@dataclass(frozen=True, slots=True)
class ImageBlockResponse:
    """A block with SUCCESS, a time with WAIT_FOR_DATA, nothing with any other status."""

    status: OtaStatus
    content: Block | Later | None = None


@dataclass(frozen=True, slots=True)
class UpgradeEndRequest:
    """Say that an image has come whole, or what is wrong with it."""

    status: OtaStatus
    image: ImageId


@dataclass(frozen=True, slots=True)
class UpgradeEndResponse:
    """Say when the new firmware is to be run."""

    image: ImageId
    current_utc: int
    upgrade_utc: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySpecificFileRequest:
    """Ask for a file that is for this device alone: its log, its parameters."""

    node: int
    image: ImageId
    stack_version: int


@dataclass(frozen=True, slots=True)
class QuerySpecificFileResponse:
    """Offer the file, with SUCCESS alone."""

    status: OtaStatus
    offered: OfferedImage | None = None


Command = (
    ImageNotify
    | QueryNextImageRequest
    | QueryNextImageResponse
    | ImageBlockRequest
    | ImagePageRequest
    | ImageBlockResponse
    | UpgradeEndRequest
    | UpgradeEndResponse
    | QuerySpecificFileRequest
    | QuerySpecificFileResponse
)

_STATUS = enumerated(OtaStatus, fields.U8)
_IMAGE = fields.record(
    ImageId,
    c.Struct("manufacturer" / fields.U16, "image_type" / fields.U16, "version" / fields.U32),
)
_OFFERED = fields.record(OfferedImage, c.Struct("image" / _IMAGE, "size" / fields.U32))
_BLOCK = fields.record(
    Block, c.Struct("image" / _IMAGE, "offset" / fields.U32, "data" / fields.OCTETS)
)
_LATER = fields.record(
    Later,
    c.Struct("current_utc" / fields.UTC, "request_utc" / fields.UTC, "least_delay_ms" / fields.U16),
)
_REQUEST = (
    "field_control" / fields.U8,
    "image" / _IMAGE,
    "offset" / fields.U32,
    "size_max" / fields.U8,
)
_NODE = "node" / fields.present_if(c.this.field_control & IS_NODE_STATED, fields.EUI64)

_OFFER = c.Struct(
    "status" / _STATUS,
    "offered" / fields.present_if(c.this.status == OtaStatus.SUCCESS, _OFFERED),
)

COMMANDS: CommandSet[Command] = CommandSet(
    CLUSTER,
    {
        (SERVER, 0x00): (
            ImageNotify,
            c.Struct(
                "names" / enumerated(NotifyPayload, fields.U8),
                "query_jitter" / fields.U8,
                "manufacturer"
                / fields.present_if(c.this.names >= NotifyPayload.MANUFACTURER, fields.U16),
                "image_type"
                / fields.present_if(c.this.names >= NotifyPayload.IMAGE_TYPE, fields.U16),
                "version" / fields.present_if(c.this.names >= NotifyPayload.VERSION, fields.U32),
            ),
        ),
        (CLIENT, 0x01): (
            QueryNextImageRequest,
            c.Struct(
                "field_control" / fields.U8,
                "running" / _IMAGE,
                "hardware"
                / fields.present_if(c.this.field_control & IS_HARDWARE_STATED, fields.U16),
            ),
        ),
        (SERVER, 0x02): (QueryNextImageResponse, _OFFER),
        (CLIENT, 0x03): (
            ImageBlockRequest,
            c.Struct(
                *_REQUEST,
                _NODE,
                "delay_ms" / fields.present_if(c.this.field_control & IS_DELAY_STATED, fields.U16),
            ),
        ),
        (CLIENT, 0x04): (
            ImagePageRequest,
            c.Struct(*_REQUEST, "page_size" / fields.U16, "spacing_ms" / fields.U16, _NODE),
        ),
        (SERVER, 0x05): (
            ImageBlockResponse,
            c.Struct(
                "status" / _STATUS,
                "content"
                / c.Switch(
                    c.this.status,
                    {OtaStatus.SUCCESS: _BLOCK, OtaStatus.WAIT_FOR_DATA: _LATER},
                    default=fields.ABSENT,
                ),
            ),
        ),
        (CLIENT, 0x06): (UpgradeEndRequest, c.Struct("status" / _STATUS, "image" / _IMAGE)),
        (SERVER, 0x07): (
            UpgradeEndResponse,
            c.Struct("image" / _IMAGE, "current_utc" / fields.UTC, "upgrade_utc" / fields.UTC),
        ),
        (CLIENT, 0x08): (
            QuerySpecificFileRequest,
            c.Struct("node" / fields.EUI64, "image" / _IMAGE, "stack_version" / fields.U16),
        ),
        (SERVER, 0x09): (QuerySpecificFileResponse, _OFFER),
    },
)

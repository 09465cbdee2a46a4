"""Time cluster (0x000A): the clock that the communications hub serves to the HAN.

Source: ZigBee Cluster Library specification (075123), section 3.12. Times are UTC: seconds since
2000-01-01; the zone and the shift are signed seconds. The cluster has attributes only.
"""

import enum
from typing import Final

from hanbench.protocol.zigbee.attributes import ZIGBEE_EPOCH_UNIX_S, DataType
from hanbench.protocol.zigbee.clusters.cluster import ClusterId

CLUSTER = ClusterId.TIME


class AttributeId(enum.IntEnum):
    """Attributes of the server."""

    TIME = 0x0000
    TIME_STATUS = 0x0001
    TIME_ZONE = 0x0002
    DST_START = 0x0003
    DST_END = 0x0004
    DST_SHIFT = 0x0005
    STANDARD_TIME = 0x0006
    LOCAL_TIME = 0x0007
    LAST_SET_TIME = 0x0008
    VALID_UNTIL_TIME = 0x0009


TYPES: Final = {
    AttributeId.TIME: DataType.UTC,
    AttributeId.TIME_STATUS: DataType.MAP8,
    AttributeId.TIME_ZONE: DataType.INT32,
    AttributeId.DST_START: DataType.UINT32,
    AttributeId.DST_END: DataType.UINT32,
    AttributeId.DST_SHIFT: DataType.INT32,
    AttributeId.STANDARD_TIME: DataType.UINT32,
    AttributeId.LOCAL_TIME: DataType.UINT32,
    AttributeId.LAST_SET_TIME: DataType.UTC,
    AttributeId.VALID_UNTIL_TIME: DataType.UTC,
}
"""The type of each attribute."""


class TimeStatus(enum.IntFlag):
    """Bits of `TimeStatus` (ZCL 3.12.2.2.2)."""

    MASTER = 0x01
    SYNCHRONISED = 0x02
    MASTER_FOR_ZONE_AND_DST = 0x04
    SUPERSEDING = 0x08


def from_unix(unix_s: int) -> int:
    """Return the ZigBee UTC of a Unix time; negative before 2000, which has no encoding."""
    return unix_s - ZIGBEE_EPOCH_UNIX_S


def to_unix(utc_s: int) -> int:
    """Return the Unix time of a ZigBee UTC."""
    return utc_s + ZIGBEE_EPOCH_UNIX_S

"""Keep-Alive cluster (0x0025), served by the trust centre: how often a device checks for it.

Source: ZigBee Smart Energy Standard (07-5356), as collected in han.md sections 5 and 6; attributes
only. A device reads both every `base` minutes plus a random part of `jitter` seconds; after three
failures it looks for its network again.
"""

import enum
from typing import Final

from hanbench.protocol.zigbee.attributes import DataType
from hanbench.protocol.zigbee.clusters.cluster import ClusterId

CLUSTER = ClusterId.KEEP_ALIVE

FAILURES_UNTIL_LOST: Final = 3
BASE_MINUTES_DEFAULT: Final = 10
"""1 to 255."""
JITTER_SECONDS_DEFAULT: Final = 300
JITTER_SECONDS_MAX: Final = 0x0200


class AttributeId(enum.IntEnum):
    """Attributes of the server."""

    BASE_MINUTES = 0x0000
    JITTER_SECONDS = 0x0001


TYPES: Final = {
    AttributeId.BASE_MINUTES: DataType.UINT8,
    AttributeId.JITTER_SECONDS: DataType.UINT16,
}
"""The type of each attribute."""

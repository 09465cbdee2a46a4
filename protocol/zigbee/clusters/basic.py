"""Basic cluster (0x0000): what a device is.

Source: ZigBee Cluster Library specification (075123), section 3.2.
"""

import enum
from dataclasses import dataclass
from typing import Final

import construct as c

from hanbench.protocol.zigbee.attributes import DataType
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, ClusterId, CommandSet

CLUSTER = ClusterId.BASIC


class AttributeId(enum.IntEnum):
    """Attributes of the server."""

    ZCL_VERSION = 0x0000
    APPLICATION_VERSION = 0x0001
    STACK_VERSION = 0x0002
    HW_VERSION = 0x0003
    MANUFACTURER_NAME = 0x0004
    MODEL_IDENTIFIER = 0x0005
    DATE_CODE = 0x0006
    POWER_SOURCE = 0x0007
    SOFTWARE_BUILD_ID = 0x4000


TYPES: Final = {
    AttributeId.ZCL_VERSION: DataType.UINT8,
    AttributeId.APPLICATION_VERSION: DataType.UINT8,
    AttributeId.STACK_VERSION: DataType.UINT8,
    AttributeId.HW_VERSION: DataType.UINT8,
    AttributeId.MANUFACTURER_NAME: DataType.TEXT,
    AttributeId.MODEL_IDENTIFIER: DataType.TEXT,
    AttributeId.DATE_CODE: DataType.TEXT,
    AttributeId.POWER_SOURCE: DataType.ENUM8,
    AttributeId.SOFTWARE_BUILD_ID: DataType.TEXT,
}
"""The type of each attribute."""


class PowerSource(enum.IntEnum):
    """Values of `PowerSource` (ZCL 3.2.2.2.8)."""

    UNKNOWN = 0
    MAINS = 1
    BATTERY = 3


@dataclass(frozen=True, slots=True)
class ResetToFactoryDefaults:
    """Set all attributes of all clusters back; membership of the network is kept."""


Command = ResetToFactoryDefaults

COMMANDS: CommandSet[Command] = CommandSet(
    CLUSTER, {(CLIENT, 0x00): (ResetToFactoryDefaults, c.Struct())}
)

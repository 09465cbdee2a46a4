"""Attributes of the Metering cluster (0x0702), with their types.

Source: ZigBee Smart Energy Standard (07-5356), section D.3.2.2, as collected in han.md section 6;
numbers checked against tshark 4.0.17, types against zigpy 2.4.0.
"""

import enum
from typing import Final

from hanbench.protocol.zigbee.attributes import DataType


class AttributeId(enum.IntEnum):
    """Attributes of the server that the devices here have."""

    CURRENT_SUMMATION_DELIVERED = 0x0000
    CURRENT_SUMMATION_RECEIVED = 0x0001
    CURRENT_MAX_DEMAND_DELIVERED = 0x0002
    READING_SNAPSHOT_TIME = 0x0007
    CURRENT_MAX_DEMAND_DELIVERED_TIME = 0x0008
    DEFAULT_UPDATE_PERIOD = 0x000A
    CURRENT_BLOCK = 0x000E
    SUPPLY_STATUS = 0x0014
    CURRENT_TIER_1_SUMMATION_DELIVERED = 0x0100
    CURRENT_TIER_2_SUMMATION_DELIVERED = 0x0102
    CURRENT_TIER_3_SUMMATION_DELIVERED = 0x0104
    CURRENT_TIER_4_SUMMATION_DELIVERED = 0x0106
    STATUS = 0x0200
    REMAINING_BATTERY_LIFE = 0x0201
    EXTENDED_STATUS = 0x0204
    AMBIENT_CONSUMPTION_INDICATOR = 0x0207
    UNIT_OF_MEASURE = 0x0300
    MULTIPLIER = 0x0301
    DIVISOR = 0x0302
    SUMMATION_FORMATTING = 0x0303
    DEMAND_FORMATTING = 0x0304
    HISTORICAL_CONSUMPTION_FORMATTING = 0x0305
    METERING_DEVICE_TYPE = 0x0306
    SITE_ID = 0x0307
    METER_SERIAL_NUMBER = 0x0308
    CUSTOMER_ID = 0x0311
    INSTANTANEOUS_DEMAND = 0x0400
    CURRENT_DAY_CONSUMPTION_DELIVERED = 0x0401
    PREVIOUS_DAY_CONSUMPTION_DELIVERED = 0x0403
    MAX_NUMBER_OF_PERIODS_DELIVERED = 0x0500
    CURRENT_DEMAND_DELIVERED = 0x0600
    DEMAND_LIMIT = 0x0601
    BILL_TO_DATE_DELIVERED = 0x0A00


TYPES: Final = {
    AttributeId.CURRENT_SUMMATION_DELIVERED: DataType.UINT48,
    AttributeId.CURRENT_SUMMATION_RECEIVED: DataType.UINT48,
    AttributeId.CURRENT_MAX_DEMAND_DELIVERED: DataType.UINT48,
    AttributeId.READING_SNAPSHOT_TIME: DataType.UTC,
    AttributeId.CURRENT_MAX_DEMAND_DELIVERED_TIME: DataType.UTC,
    AttributeId.DEFAULT_UPDATE_PERIOD: DataType.UINT8,
    AttributeId.CURRENT_BLOCK: DataType.ENUM8,
    AttributeId.SUPPLY_STATUS: DataType.ENUM8,
    AttributeId.CURRENT_TIER_1_SUMMATION_DELIVERED: DataType.UINT48,
    AttributeId.CURRENT_TIER_2_SUMMATION_DELIVERED: DataType.UINT48,
    AttributeId.CURRENT_TIER_3_SUMMATION_DELIVERED: DataType.UINT48,
    AttributeId.CURRENT_TIER_4_SUMMATION_DELIVERED: DataType.UINT48,
    AttributeId.STATUS: DataType.MAP8,
    AttributeId.REMAINING_BATTERY_LIFE: DataType.UINT8,
    AttributeId.EXTENDED_STATUS: DataType.MAP64,
    AttributeId.AMBIENT_CONSUMPTION_INDICATOR: DataType.ENUM8,
    AttributeId.UNIT_OF_MEASURE: DataType.ENUM8,
    AttributeId.MULTIPLIER: DataType.UINT24,
    AttributeId.DIVISOR: DataType.UINT24,
    AttributeId.SUMMATION_FORMATTING: DataType.MAP8,
    AttributeId.DEMAND_FORMATTING: DataType.MAP8,
    AttributeId.HISTORICAL_CONSUMPTION_FORMATTING: DataType.MAP8,
    AttributeId.METERING_DEVICE_TYPE: DataType.MAP8,
    AttributeId.SITE_ID: DataType.OCTETS,
    AttributeId.METER_SERIAL_NUMBER: DataType.OCTETS,
    AttributeId.CUSTOMER_ID: DataType.OCTETS,
    AttributeId.INSTANTANEOUS_DEMAND: DataType.INT24,
    AttributeId.CURRENT_DAY_CONSUMPTION_DELIVERED: DataType.UINT24,
    AttributeId.PREVIOUS_DAY_CONSUMPTION_DELIVERED: DataType.UINT24,
    AttributeId.MAX_NUMBER_OF_PERIODS_DELIVERED: DataType.UINT8,
    AttributeId.CURRENT_DEMAND_DELIVERED: DataType.UINT24,
    AttributeId.DEMAND_LIMIT: DataType.UINT24,
    AttributeId.BILL_TO_DATE_DELIVERED: DataType.UINT32,
}
"""The type of each attribute."""


class UnitOfMeasure(enum.IntEnum):
    """Values of `UnitofMeasure`; 80 more says that the register is BCD."""

    KWH = 0
    CUBIC_METRE = 1


class MeteringDeviceType(enum.IntEnum):
    """Values of `MeteringDeviceType`."""

    ELECTRIC = 0
    GAS = 1
    MIRRORED_GAS = 0x80

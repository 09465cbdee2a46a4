"""Attributes of the Prepayment cluster (0x0705), with their types.

Source: ZigBee Smart Energy Standard (07-5356), section D.7.2.2, as collected in han.md section 6;
numbers checked against tshark 4.0.17. The types of the rows that han.md does not list are from
memory of the standard [M].
"""

import enum
from typing import Final

from hanbench.protocol.zigbee.attributes import DataType


class AttributeId(enum.IntEnum):
    """Attributes of the server that the devices here have."""

    PAYMENT_CONTROL_CONFIGURATION = 0x0000
    CREDIT_REMAINING = 0x0001
    EMERGENCY_CREDIT_REMAINING = 0x0002
    CREDIT_STATUS = 0x0003
    ACCUMULATED_DEBT = 0x0005
    OVERALL_DEBT_CAP = 0x0006
    EMERGENCY_CREDIT_LIMIT = 0x0010
    EMERGENCY_CREDIT_THRESHOLD = 0x0011
    MAX_CREDIT_LIMIT = 0x0021
    MAX_CREDIT_PER_TOP_UP = 0x0022
    LOW_CREDIT_WARNING = 0x0031
    CUT_OFF_VALUE = 0x0040


TYPES: Final = {
    AttributeId.PAYMENT_CONTROL_CONFIGURATION: DataType.MAP16,
    AttributeId.CREDIT_REMAINING: DataType.INT32,
    AttributeId.EMERGENCY_CREDIT_REMAINING: DataType.INT32,
    AttributeId.CREDIT_STATUS: DataType.MAP8,
    AttributeId.ACCUMULATED_DEBT: DataType.INT32,
    AttributeId.OVERALL_DEBT_CAP: DataType.INT32,
    AttributeId.EMERGENCY_CREDIT_LIMIT: DataType.UINT32,
    AttributeId.EMERGENCY_CREDIT_THRESHOLD: DataType.UINT32,
    AttributeId.MAX_CREDIT_LIMIT: DataType.UINT32,
    AttributeId.MAX_CREDIT_PER_TOP_UP: DataType.UINT32,
    AttributeId.LOW_CREDIT_WARNING: DataType.UINT32,
    AttributeId.CUT_OFF_VALUE: DataType.INT32,
}
"""The type of each attribute."""


class PaymentControl(enum.IntFlag):
    """Bits of `PaymentControlConfiguration` that the devices here use [M]."""

    DISCONNECTION_ENABLED = 0x0001
    PREPAYMENT_ENABLED = 0x0002
    CREDIT_MANAGEMENT_ENABLED = 0x0004
    CREDIT_DISPLAY_ENABLED = 0x0010
    ACCOUNT_BASE = 0x0040


class CreditStatus(enum.IntFlag):
    """Bits of `CreditStatus` [M]."""

    CREDIT_OK = 0x01
    LOW_CREDIT = 0x02
    EMERGENCY_CREDIT_ENABLED = 0x04
    EMERGENCY_CREDIT_AVAILABLE = 0x08
    EMERGENCY_CREDIT_SELECTED = 0x10
    EMERGENCY_CREDIT_IN_USE = 0x20
    EMERGENCY_CREDIT_EXHAUSTED = 0x40

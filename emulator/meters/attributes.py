"""The attributes that a meter serves on the HAN, each with its present value.

Sources: ZigBee Smart Energy Standard (07-5356), sections D.3.2 (Metering) and D.7.2 (Prepayment),
as collected in han.md section 6. Which ones a Secure meter serves is not public: a small common set
is served here [M].
"""

from collections.abc import Mapping

from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.metering import Metering
from hanbench.emulator.meters.prepayment import EmergencyCredit
from hanbench.protocol.instruction import PaymentMode
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType, Value
from hanbench.protocol.zigbee.clusters import metering_attributes, prepayment_attributes
from hanbench.protocol.zigbee.clusters import time as time_cluster
from hanbench.protocol.zigbee.clusters.metering_attributes import AttributeId as Meter
from hanbench.protocol.zigbee.clusters.metering_attributes import (
    MeteringDeviceType,
    UnitOfMeasure,
)
from hanbench.protocol.zigbee.clusters.prepayment_attributes import AttributeId as Credit
from hanbench.protocol.zigbee.clusters.prepayment_attributes import CreditStatus, PaymentControl

Attributes = Mapping[int, AttributeValue]

# Three digits right of the point, six left of it, leading zeros suppressed.
_FORMATTING = 0x80 | 6 << 3 | 3
_DIVISOR = 1000

_EMERGENCY_STATUS = {
    EmergencyCredit.UNAVAILABLE: CreditStatus(0),
    EmergencyCredit.AVAILABLE: CreditStatus.EMERGENCY_CREDIT_AVAILABLE,
    EmergencyCredit.ACTIVE: (
        CreditStatus.EMERGENCY_CREDIT_SELECTED | CreditStatus.EMERGENCY_CREDIT_IN_USE
    ),
    EmergencyCredit.EXHAUSTED: CreditStatus.EMERGENCY_CREDIT_EXHAUSTED,
}


def metering_values(metering: Metering, now: Instant) -> Attributes:
    """Return the attributes of the Metering cluster; the meter is settled by the caller."""
    is_gas = metering.setup.fuel is Fuel.GAS
    values: dict[Meter, Value] = {
        Meter.CURRENT_SUMMATION_DELIVERED: metering.register(now),
        Meter.SUPPLY_STATUS: int(metering.supply),
        Meter.STATUS: 0,
        Meter.UNIT_OF_MEASURE: int(UnitOfMeasure.CUBIC_METRE if is_gas else UnitOfMeasure.KWH),
        Meter.MULTIPLIER: 1,
        Meter.DIVISOR: _DIVISOR,
        Meter.SUMMATION_FORMATTING: _FORMATTING,
        Meter.METERING_DEVICE_TYPE: int(
            MeteringDeviceType.GAS if is_gas else MeteringDeviceType.ELECTRIC
        ),
        Meter.INSTANTANEOUS_DEMAND: metering.demand(now),
    }
    types = metering_attributes.TYPES
    return {number: AttributeValue(types[number], value) for number, value in values.items()}


def prepayment_values(metering: Metering) -> Attributes:
    """Return the attributes of the Prepayment cluster; the meter is settled by the caller."""
    account, rules = metering.account, metering.rules
    is_prepaid = account.mode is PaymentMode.PREPAYMENT
    control = PaymentControl.DISCONNECTION_ENABLED | PaymentControl.PREPAYMENT_ENABLED
    values: dict[Credit, Value] = {
        Credit.PAYMENT_CONTROL_CONFIGURATION: int(control) if is_prepaid else 0,
        Credit.CREDIT_REMAINING: account.balance_pence,
        Credit.EMERGENCY_CREDIT_REMAINING: account.emergency_left_pence,
        Credit.CREDIT_STATUS: int(_credit_status(metering)),
        Credit.ACCUMULATED_DEBT: account.payment_debt_pence + account.time_debt_pence,
        Credit.EMERGENCY_CREDIT_LIMIT: rules.emergency_limit_pence,
        Credit.EMERGENCY_CREDIT_THRESHOLD: max(0, rules.emergency_threshold_pence),
        Credit.MAX_CREDIT_LIMIT: rules.max_balance_pence,
        Credit.MAX_CREDIT_PER_TOP_UP: rules.max_credit_pence,
        Credit.LOW_CREDIT_WARNING: max(0, rules.low_credit_pence),
        Credit.CUT_OFF_VALUE: rules.disablement_pence,
    }
    types = prepayment_attributes.TYPES
    return {number: AttributeValue(types[number], value) for number, value in values.items()}


def time_values(utc_s: int) -> Attributes:
    """Return the attributes of the Time cluster for a clock that shows this Unix time."""
    # A meter's clock follows the hub's: synchronised, but no master.
    status = time_cluster.TimeStatus.SYNCHRONISED
    utc = max(0, time_cluster.from_unix(utc_s))
    return {
        time_cluster.AttributeId.TIME: AttributeValue(DataType.UTC, utc),
        time_cluster.AttributeId.TIME_STATUS: AttributeValue(DataType.MAP8, int(status)),
    }


def _credit_status(metering: Metering) -> CreditStatus:
    account, rules = metering.account, metering.rules
    is_low = account.balance_pence <= rules.low_credit_pence
    status = CreditStatus.LOW_CREDIT if is_low else CreditStatus.CREDIT_OK
    if rules.emergency_limit_pence:
        status |= CreditStatus.EMERGENCY_CREDIT_ENABLED
    return status | _EMERGENCY_STATUS[account.emergency]

"""What a meter serves to the devices of its HAN: readings, credit, top-ups by a display.

Sources: ZigBee Smart Energy Standard (07-5356), sections D.3 (Metering) and D.7 (Prepayment), ZCL
(075123) for reads and default responses; as collected in han.md section 6. Which attributes a Secure
meter serves is not public: a small common set is served here [M].
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hanbench.emulator.instant import Instant
from hanbench.emulator.metering import Fuel, Metering
from hanbench.emulator.model import ModelProfile
from hanbench.emulator.prepayment import EmergencyCredit
from hanbench.protocol.answer import UtrnAnswer, UtrnResult
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.instruction import PaymentMode
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType, Value
from hanbench.protocol.zigbee.clusters import basic, metering_attributes, prepayment_attributes
from hanbench.protocol.zigbee.clusters import prepayment as prepayment_cluster
from hanbench.protocol.zigbee.clusters import time as time_cluster
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.metering_attributes import (
    AttributeId as Meter,
)
from hanbench.protocol.zigbee.clusters.metering_attributes import (
    MeteringDeviceType,
    UnitOfMeasure,
)
from hanbench.protocol.zigbee.clusters.prepayment import (
    ConsumerTopUp,
    ConsumerTopUpResponse,
    OriginatingDevice,
    SelectEmergencyCredit,
    TopUpResult,
)
from hanbench.protocol.zigbee.clusters.prepayment_attributes import AttributeId as Credit
from hanbench.protocol.zigbee.clusters.prepayment_attributes import CreditStatus, PaymentControl
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    Attribute,
    DefaultResponse,
    GeneralCommandId,
    ReadAttributes,
    ReadAttributesResponse,
    ReadResult,
    ReportAttributes,
)

READ_RESULTS_MAX = 6
"""A secured response with seven metering attributes is 118 of 127 octets (han.md section 6)."""

# Three digits right of the point, six left of it, leading zeros suppressed.
_FORMATTING = 0x80 | 6 << 3 | 3
_DIVISOR = 1000

_TOP_UP_RESULTS = {
    UtrnResult.ACCEPTED: TopUpResult.ACCEPTED,
    UtrnResult.DUPLICATE: TopUpResult.REJECTED_DUPLICATE,
    UtrnResult.INVALID: TopUpResult.REJECTED_INVALID,
    UtrnResult.INCORRECT: TopUpResult.REJECTED_INVALID,
    UtrnResult.INCOMPLETE: TopUpResult.REJECTED_ERROR,
    UtrnResult.ACCOUNT_HIGH: TopUpResult.REJECTED_MAX_CREDIT_REACHED,
    UtrnResult.ACCOUNT_LOW: TopUpResult.REJECTED_ERROR,
    UtrnResult.KEY_LOCKED: TopUpResult.REJECTED_KEYPAD_LOCKED,
}

EnterCode = Callable[[str, str, Instant], UtrnAnswer]
"""Digits, origin and instant of a code that is entered, to what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterClusters:
    """The server side of a meter's clusters on the HAN."""

    metering: Metering
    model: ModelProfile
    utc_s: Callable[[Instant], int]
    """The meter's clock: Unix seconds."""
    enter_code: EnterCode

    def report(self, sequence: int, now: Instant) -> bytes:
        """Return the Metering report that displays and the gas mirror live on."""
        self.metering.settle(now)
        reported = (
            Meter.CURRENT_SUMMATION_DELIVERED,
            Meter.INSTANTANEOUS_DEMAND,
            Meter.STATUS,
            Meter.SUPPLY_STATUS,
        )
        values = self._metering(now)
        attributes = tuple(Attribute(number, values[number]) for number in reported)
        frame = zcl_general.encode(
            ReportAttributes(attributes), Direction.SERVER_TO_CLIENT, sequence=sequence
        )
        return zcl.encode(frame)

    def answer(self, cluster: int, payload: bytes, now: Instant) -> bytes | None:
        """Return the answer to a ZCL frame, or None where ZCL prescribes silence."""
        try:
            frame = zcl.decode(payload)
        except DecodeError:
            return None
        try:
            response = self._respond(cluster, frame, now)
        except DecodeError:
            response = _status(frame, ZclStatus.MALFORMED_COMMAND)
        return None if response is None else zcl.encode(response)

    def _respond(self, cluster: int, frame: ZclFrame, now: Instant) -> ZclFrame | None:
        if frame.direction is not Direction.CLIENT_TO_SERVER:
            return None
        if frame.frame_type is FrameType.GENERAL:
            return self._general(cluster, frame, now)
        if cluster == ClusterId.PREPAYMENT:
            return self._prepayment_command(frame, now)
        return _status(frame, ZclStatus.UNSUPPORTED_CLUSTER_COMMAND)

    def _general(self, cluster: int, frame: ZclFrame, now: Instant) -> ZclFrame | None:
        if frame.command_id == GeneralCommandId.DEFAULT_RESPONSE:
            return None
        command = zcl_general.decode(frame)
        if not isinstance(command, ReadAttributes):
            return _status(frame, ZclStatus.UNSUPPORTED_GENERAL_COMMAND)
        self.metering.settle(now)
        values = self._attributes(cluster, now)
        # What does not fit into one frame is left out, as ZCL 2.5.2.2 has it; the client asks again.
        results = tuple(_result(number, values) for number in command.ids[:READ_RESULTS_MAX])
        return zcl_general.encode(
            ReadAttributesResponse(results), Direction.SERVER_TO_CLIENT, sequence=frame.sequence
        )

    def _prepayment_command(self, frame: ZclFrame, now: Instant) -> ZclFrame | None:
        match prepayment_cluster.COMMANDS.decode(frame):
            case ConsumerTopUp(code=code, origin=origin):
                entered = self.enter_code(code.decode("ascii", "replace"), "ppmid", now)
                return prepayment_cluster.COMMANDS.encode(
                    _top_up_response(entered, origin), sequence=frame.sequence
                )
            case SelectEmergencyCredit():
                is_active = self.metering.select_emergency(now)
                return _status(frame, ZclStatus.SUCCESS if is_active else ZclStatus.FAILURE)
            case _:
                return _status(frame, ZclStatus.UNSUPPORTED_CLUSTER_COMMAND)

    def _attributes(self, cluster: int, now: Instant) -> dict[int, AttributeValue]:
        match cluster:
            case ClusterId.METERING:
                return self._metering(now)
            case ClusterId.PREPAYMENT:
                return self._prepayment()
            case ClusterId.TIME:
                return self._time(now)
            case ClusterId.BASIC:
                return self._basic()
            case _:
                return {}

    def _metering(self, now: Instant) -> dict[int, AttributeValue]:
        metering = self.metering
        is_gas = metering.setup.fuel is Fuel.GAS
        values: dict[Meter, Value] = {
            Meter.CURRENT_SUMMATION_DELIVERED: metering.register(now),
            Meter.SUPPLY_STATUS: metering.supply,
            Meter.STATUS: 0,
            Meter.UNIT_OF_MEASURE: UnitOfMeasure.CUBIC_METRE if is_gas else UnitOfMeasure.KWH,
            Meter.MULTIPLIER: 1,
            Meter.DIVISOR: _DIVISOR,
            Meter.SUMMATION_FORMATTING: _FORMATTING,
            Meter.METERING_DEVICE_TYPE: (
                MeteringDeviceType.GAS if is_gas else MeteringDeviceType.ELECTRIC
            ),
            Meter.INSTANTANEOUS_DEMAND: metering.demand(now),
        }
        return _typed(values.items(), metering_attributes.TYPES)

    def _prepayment(self) -> dict[int, AttributeValue]:
        account, rules = self.metering.account, self.metering.rules
        is_prepaid = account.mode is PaymentMode.PREPAYMENT
        control = PaymentControl.DISCONNECTION_ENABLED | PaymentControl.PREPAYMENT_ENABLED
        values: dict[Credit, Value] = {
            Credit.PAYMENT_CONTROL_CONFIGURATION: int(control) if is_prepaid else 0,
            Credit.CREDIT_REMAINING: account.balance_pence,
            Credit.EMERGENCY_CREDIT_REMAINING: account.emergency_left_pence,
            Credit.CREDIT_STATUS: int(_credit_status(self.metering)),
            Credit.ACCUMULATED_DEBT: account.payment_debt_pence + account.time_debt_pence,
            Credit.EMERGENCY_CREDIT_LIMIT: rules.emergency_limit_pence,
            Credit.EMERGENCY_CREDIT_THRESHOLD: max(0, rules.emergency_threshold_pence),
            Credit.MAX_CREDIT_LIMIT: rules.max_balance_pence,
            Credit.MAX_CREDIT_PER_TOP_UP: rules.max_credit_pence,
            Credit.LOW_CREDIT_WARNING: max(0, rules.low_credit_pence),
            Credit.CUT_OFF_VALUE: rules.disablement_pence,
        }
        return _typed(values.items(), prepayment_attributes.TYPES)

    def _time(self, now: Instant) -> dict[int, AttributeValue]:
        utc = max(0, time_cluster.from_unix(self.utc_s(now)))
        # A meter's clock follows the hub's: synchronised, but no master.
        status = time_cluster.TimeStatus.SYNCHRONISED
        return {
            time_cluster.AttributeId.TIME: AttributeValue(DataType.UTC, utc),
            time_cluster.AttributeId.TIME_STATUS: AttributeValue(DataType.MAP8, int(status)),
        }

    def _basic(self) -> dict[int, AttributeValue]:
        is_mains = self.model.sleep is None
        power = basic.PowerSource.MAINS if is_mains else basic.PowerSource.BATTERY
        model = self.model
        return {
            basic.AttributeId.ZCL_VERSION: AttributeValue(DataType.UINT8, 3),
            basic.AttributeId.MANUFACTURER_NAME: AttributeValue(DataType.TEXT, model.manufacturer),
            basic.AttributeId.MODEL_IDENTIFIER: AttributeValue(DataType.TEXT, model.name),
            basic.AttributeId.POWER_SOURCE: AttributeValue(DataType.ENUM8, int(power)),
        }


def _typed[A: int](values: Iterable[tuple[A, Value]], types: dict[A, DataType]) -> dict[int, AttributeValue]:
    return {number: AttributeValue(types[number], value) for number, value in values}


def _result(number: int, values: dict[int, AttributeValue]) -> ReadResult:
    typed = values.get(number)
    if typed is None:
        return ReadResult(number, ZclStatus.UNSUPPORTED_ATTRIBUTE)
    return ReadResult(number, ZclStatus.SUCCESS, typed)


def _status(frame: ZclFrame, status: ZclStatus) -> ZclFrame | None:
    """The default response, which a client may have asked to be spared on success."""
    if status is ZclStatus.SUCCESS and frame.disable_default_response:
        return None
    return zcl_general.encode(
        DefaultResponse(frame.command_id, status),
        Direction.SERVER_TO_CLIENT,
        sequence=frame.sequence,
    )


def _top_up_response(entered: UtrnAnswer, origin: OriginatingDevice) -> ConsumerTopUpResponse:
    return ConsumerTopUpResponse(
        _TOP_UP_RESULTS[entered.result], entered.pence, origin, entered.balance_pence
    )


def _credit_status(metering: Metering) -> CreditStatus:
    account, rules = metering.account, metering.rules
    is_low = account.balance_pence <= rules.low_credit_pence
    status = CreditStatus.LOW_CREDIT if is_low else CreditStatus.CREDIT_OK
    if rules.emergency_limit_pence:
        status |= CreditStatus.EMERGENCY_CREDIT_ENABLED
    return status | _EMERGENCY_STATUS[account.emergency]


_EMERGENCY_STATUS = {
    EmergencyCredit.UNAVAILABLE: CreditStatus(0),
    EmergencyCredit.AVAILABLE: CreditStatus.EMERGENCY_CREDIT_AVAILABLE,
    EmergencyCredit.ACTIVE: (
        CreditStatus.EMERGENCY_CREDIT_SELECTED | CreditStatus.EMERGENCY_CREDIT_IN_USE
    ),
    EmergencyCredit.EXHAUSTED: CreditStatus.EMERGENCY_CREDIT_EXHAUSTED,
}

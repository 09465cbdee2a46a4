"""What a meter serves to the devices of its HAN: readings, credit, top-ups by a display.

Sources: ZigBee Smart Energy Standard (07-5356), sections D.3 (Metering) and D.7 (Prepayment), ZCL
(075123) for reads and default responses; as collected in han.md section 6.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hanbench.emulator.instant import Instant
from hanbench.emulator.meter_attributes import (
    Attributes,
    basic_values,
    metering_values,
    prepayment_values,
    time_values,
)
from hanbench.emulator.metering import Metering
from hanbench.emulator.model import ModelProfile
from hanbench.emulator.node.stack import SECURED_PAYLOAD_OCTETS_MAX
from hanbench.emulator.utrn_entry import PPMID
from hanbench.protocol.answer import UtrnAnswer, UtrnResult
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.instruction import PaymentMode
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.clusters import prepayment as prepayment_cluster
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.metering_attributes import AttributeId as Meter
from hanbench.protocol.zigbee.clusters.prepayment import (
    ConsumerTopUp,
    ConsumerTopUpResponse,
    OriginatingDevice,
    SelectEmergencyCredit,
    TopUpResult,
)
from hanbench.protocol.zigbee.clusters.prepayment_attributes import AttributeId as Credit
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

_READING = (
    Meter.CURRENT_SUMMATION_DELIVERED,
    Meter.INSTANTANEOUS_DEMAND,
    Meter.STATUS,
    Meter.SUPPLY_STATUS,
)
_CREDIT = (
    Credit.CREDIT_REMAINING,
    Credit.EMERGENCY_CREDIT_REMAINING,
    Credit.CREDIT_STATUS,
)

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

    def reports(self, now: Instant) -> tuple[tuple[ClusterId, ReportAttributes], ...]:
        """Return what displays and the gas mirror live on: the reading, and a customer's credit."""
        self.metering.settle(now)
        reading = (ClusterId.METERING, _report(metering_values(self.metering, now), _READING))
        if self.metering.account.mode is PaymentMode.CREDIT:
            return (reading,)
        return (reading, (ClusterId.PREPAYMENT, _report(prepayment_values(self.metering), _CREDIT)))

    def answer(self, cluster: int, payload: bytes, now: Instant) -> ZclFrame | None:
        """Return the answer to a ZCL frame, or None where ZCL prescribes silence."""
        try:
            frame = zcl.decode(payload)
        except DecodeError:
            return None
        try:
            return self._respond(cluster, frame, now)
        except DecodeError:
            return _status(frame, ZclStatus.MALFORMED_COMMAND)

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
        results = tuple(_result(number, values) for number in command.ids)
        response = _read_response(results, frame.sequence)
        # What does not fit into one frame is left out (ZCL 2.5.2.2); the client asks again.
        while len(zcl.encode(response)) > SECURED_PAYLOAD_OCTETS_MAX:
            results = results[:-1]
            response = _read_response(results, frame.sequence)
        return response

    def _prepayment_command(self, frame: ZclFrame, now: Instant) -> ZclFrame | None:
        match prepayment_cluster.COMMANDS.decode(frame):
            case ConsumerTopUp(code=code, origin=origin):
                entered = self.enter_code(code.decode("ascii", "replace"), PPMID, now)
                return prepayment_cluster.COMMANDS.encode(
                    _top_up_response(entered, origin), sequence=frame.sequence
                )
            case SelectEmergencyCredit():
                is_active = self.metering.select_emergency(now)
                return _status(frame, ZclStatus.SUCCESS if is_active else ZclStatus.FAILURE)
            case _:
                return _status(frame, ZclStatus.UNSUPPORTED_CLUSTER_COMMAND)

    def _attributes(self, cluster: int, now: Instant) -> Attributes:
        match cluster:
            case ClusterId.METERING:
                return metering_values(self.metering, now)
            case ClusterId.PREPAYMENT:
                return prepayment_values(self.metering)
            case ClusterId.TIME:
                return time_values(self.utc_s(now))
            case ClusterId.BASIC:
                return basic_values(self.model)
            case _:
                return {}


def _report(values: Attributes, wanted: tuple[int, ...]) -> ReportAttributes:
    return ReportAttributes(tuple(Attribute(number, values[number]) for number in wanted))


def _read_response(results: tuple[ReadResult, ...], sequence: int) -> ZclFrame:
    return zcl_general.encode(
        ReadAttributesResponse(results), Direction.SERVER_TO_CLIENT, sequence=sequence
    )


def _result(number: int, values: Attributes) -> ReadResult:
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

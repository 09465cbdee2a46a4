"""What a meter serves to the devices of its HAN: readings, credit, top-ups by a display.

Sources: ZigBee Smart Energy Standard (07-5356), sections D.3 (Metering) and D.7 (Prepayment), ZCL
(075123) for reads and default responses; as collected in han.md section 6.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.attributes import (
    Attributes,
    metering_values,
    prepayment_values,
    time_values,
)
from hanbench.emulator.meters.commands import MeterCommands
from hanbench.emulator.meters.metering import Metering
from hanbench.emulator.model import ModelProfile
from hanbench.emulator.zcl import tunnel_server
from hanbench.emulator.zcl.attribute_server import (
    answer_general,
    answered,
    default_response,
    unsupported,
)
from hanbench.emulator.zcl.own_clusters import basic_values
from hanbench.emulator.zcl.reporting import Reporting
from hanbench.emulator.zcl.start_reports import CREDIT, READING
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.instruction import PaymentMode
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.clusters.catalogue import COMMAND_SETS
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    Attribute,
    GeneralCommandId,
    ReportAttributes,
)
from hanbench.protocol.zigbee.zcl_reporting import ConfigureReporting, ReadReportingConfiguration

SERVED = (
    ClusterId.PRICE,
    ClusterId.METERING,
    ClusterId.PREPAYMENT,
    ClusterId.EVENTS,
)
"""The clusters whose commands a meter takes; tunnels are `meter.py`'s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterClusters:
    """The server side of a meter's clusters on the HAN."""

    metering: Metering
    model: ModelProfile
    utc_s: Callable[[Instant], int]
    """The meter's clock: Unix seconds."""
    commands: MeterCommands
    reporting: Reporting = field(default_factory=lambda: Reporting(tuple))

    def reports(self, now: Instant) -> tuple[tuple[ClusterId, ReportAttributes], ...]:
        """Return what the gas mirror lives on: the reading, and a customer's credit."""
        self.metering.settle(now)
        reading = (ClusterId.METERING, _report(metering_values(self.metering, now), READING))
        if self.metering.account.mode is PaymentMode.CREDIT:
            return (reading,)
        return (reading, (ClusterId.PREPAYMENT, _report(prepayment_values(self.metering), CREDIT)))

    def attributes(self, cluster: int, now: Instant) -> Attributes:
        """Return what a cluster holds now."""
        self.metering.settle(now)
        return self._attributes(cluster, now)

    def reported(self, cluster: int, now: Instant) -> Attributes:
        """Return what reports of a cluster are made of; without prepayment there is no credit."""
        is_credit = self.metering.account.mode is PaymentMode.CREDIT
        return (
            {} if is_credit and cluster == ClusterId.PREPAYMENT else self.attributes(cluster, now)
        )

    def answer(self, cluster: int, payload: bytes, now: Instant) -> ZclFrame | None:
        """Return the answer to a ZCL frame, or None where ZCL prescribes silence."""
        try:
            frame = zcl.decode(payload)
        except DecodeError:
            return None
        try:
            return self._respond(cluster, frame, now)
        except DecodeError:
            return default_response(frame, ZclStatus.MALFORMED_COMMAND)

    def _respond(self, cluster: int, frame: ZclFrame, now: Instant) -> ZclFrame | None:
        if frame.direction is not Direction.CLIENT_TO_SERVER:
            return None
        if frame.manufacturer is not None:
            return unsupported(frame)
        if frame.frame_type is FrameType.GENERAL:
            return self._general(cluster, frame, now)
        return self._command(cluster, frame, now)

    def _general(self, cluster: int, frame: ZclFrame, now: Instant) -> ZclFrame | None:
        if frame.command_id == GeneralCommandId.DEFAULT_RESPONSE:
            return None
        command = zcl_general.decode(frame)
        if isinstance(command, ConfigureReporting):
            told = self.reporting.configure(cluster, command, self.attributes(cluster, now), now)
            return zcl_general.encode(told, Direction.SERVER_TO_CLIENT, sequence=frame.sequence)
        self.metering.settle(now)
        values = self._attributes(cluster, now)
        if isinstance(command, ReadReportingConfiguration):
            held = self.reporting.configuration(cluster, command, values)
            return zcl_general.encode(held, Direction.SERVER_TO_CLIENT, sequence=frame.sequence)
        return answer_general(frame, command, values)

    def _command(self, cluster: int, frame: ZclFrame, now: Instant) -> ZclFrame | None:
        commands = COMMAND_SETS.get(cluster)
        if cluster not in SERVED or commands is None or not commands.knows(frame):
            return unsupported(frame)
        answer = self.commands.take(commands.decode(frame), now)
        return answered(commands, frame, answer)

    @property
    def _basic(self) -> Attributes:
        model = self.model
        return basic_values(
            manufacturer=model.manufacturer,
            model=model.name,
            firmware=model.firmware,
            is_on_mains=model.sleep is None,
        )

    def _attributes(self, cluster: int, now: Instant) -> Attributes:
        match cluster:
            case ClusterId.METERING:
                return metering_values(self.metering, now)
            case ClusterId.PREPAYMENT:
                return prepayment_values(self.metering)
            case ClusterId.TIME:
                return time_values(self.utc_s(now))
            case ClusterId.TUNNELLING:
                return tunnel_server.ATTRIBUTES
            case ClusterId.BASIC:
                return self._basic
            case _:
                return {}


def _report(values: Attributes, wanted: tuple[int, ...]) -> ReportAttributes:
    return ReportAttributes(tuple(Attribute(number, values[number]) for number in wanted))

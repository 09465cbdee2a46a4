"""What a hub serves to its HAN: the time, what it is, how to check for it, and the gas mirror.

Sources: ZigBee Cluster Library (075123), sections 2.5, 3.2 and 3.12; ZigBee Smart Energy Standard
(07-5356), section D.3 and Annex A.3; as collected in han.md section 6. The endpoint of the mirror
and the set of attributes are modelled [M].
"""

from collections.abc import Callable, Mapping

from hanbench.emulator.device import Packet
from hanbench.emulator.hub.esi_services import SERVED, EsiServices
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.zcl import tunnel_server
from hanbench.emulator.zcl.attribute_server import (
    answer_general,
    answer_read,
    answered,
    default_response,
    unsupported,
)
from hanbench.emulator.zcl.own_clusters import basic_values
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.clusters import keep_alive
from hanbench.protocol.zigbee.clusters import time as time_cluster
from hanbench.protocol.zigbee.clusters.catalogue import COMMAND_SETS
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.metering_attributes import AttributeId as Meter
from hanbench.protocol.zigbee.clusters.metering_attributes import MeteringDeviceType
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    ReadAttributes,
    ReportAttributes,
)

MIRRORED_MAX = 64
"""How many attributes the mirror has room for [M]; what is reported beyond them is not kept."""

_IS_MIRRORED: dict[tuple[int, int], AttributeValue] = {
    (ClusterId.METERING, Meter.METERING_DEVICE_TYPE): AttributeValue(
        DataType.MAP8, int(MeteringDeviceType.MIRRORED_GAS)
    )
}


class HubClusters:
    """The server side of a hub's clusters."""

    def __init__(self, utc_s: Callable[[Instant], int], model: str, manufacturer: str) -> None:
        self.mirrored: dict[tuple[int, int], AttributeValue] = dict(_IS_MIRRORED)
        """What the gas meter last reported, by cluster and attribute."""
        self.esi = EsiServices(utc_s=utc_s)
        self._utc_s = utc_s
        self._basic = basic_values(manufacturer=manufacturer, model=model)

    def take_report(self, packet: Packet) -> ReportAttributes | None:
        """Store what the gas meter reports; return it, or None when it is no report."""
        command = _general(packet)[1]
        if not isinstance(command, ReportAttributes):
            return None
        for reported in command.attributes:
            place = packet.cluster, reported.id
            if place in self.mirrored or len(self.mirrored) < MIRRORED_MAX:
                self.mirrored[place] = reported.typed
        return command

    def answer(self, packet: Packet, now: Instant) -> ZclFrame | None:
        """Return the response to a read, or None when the packet is no read."""
        frame, command = _general(packet)
        if frame is None or not isinstance(command, ReadAttributes):
            return None
        return answer_read(frame, command, self._attributes(packet, now))

    def serve(self, packet: Packet, now: Instant) -> ZclFrame | None:
        """Return the answer to what is no read: a command's, a status, or None for silence."""
        try:
            frame = zcl.decode(packet.payload)
        except DecodeError:
            return None
        if frame.direction is not Direction.CLIENT_TO_SERVER:
            return None
        if frame.manufacturer is not None:
            return unsupported(frame)
        try:
            if frame.frame_type is FrameType.GENERAL:
                held = self._attributes(packet, now)
                return answer_general(frame, zcl_general.decode(frame), held)
            return self._command(packet, frame, now)
        except DecodeError:
            return default_response(frame, ZclStatus.MALFORMED_COMMAND)

    def _command(self, packet: Packet, frame: ZclFrame, now: Instant) -> ZclFrame | None:
        commands = COMMAND_SETS.get(packet.cluster)
        if packet.cluster not in SERVED or commands is None or not commands.knows(frame):
            return unsupported(frame)
        answer = self.esi.take(commands.decode(frame), packet.source, now)
        return answered(commands, frame, answer)

    def restart(self) -> None:
        """Forget what the gas meter reported: it will report again when it wakes."""
        self.mirrored = dict(_IS_MIRRORED)

    def _attributes(self, packet: Packet, now: Instant) -> Mapping[int, AttributeValue]:
        match packet.cluster:
            case ClusterId.TIME:
                return self._time(now)
            case ClusterId.TUNNELLING:
                return tunnel_server.ATTRIBUTES
            case ClusterId.BASIC:
                return self._basic
            case ClusterId.KEEP_ALIVE:
                return {
                    keep_alive.AttributeId.BASE_MINUTES: AttributeValue(
                        DataType.UINT8, keep_alive.BASE_MINUTES_DEFAULT
                    ),
                    keep_alive.AttributeId.JITTER_SECONDS: AttributeValue(
                        DataType.UINT16, keep_alive.JITTER_SECONDS_DEFAULT
                    ),
                }
            case cluster if packet.target_endpoint == MIRROR_ENDPOINT:
                return {
                    number: typed
                    for (of_cluster, number), typed in self.mirrored.items()
                    if of_cluster == cluster
                }
            case _:
                return {}

    def _time(self, now: Instant) -> Mapping[int, AttributeValue]:
        utc = max(0, time_cluster.from_unix(self._utc_s(now)))
        status = time_cluster.TimeStatus.MASTER | time_cluster.TimeStatus.SYNCHRONISED
        return {
            time_cluster.AttributeId.TIME: AttributeValue(DataType.UTC, utc),
            time_cluster.AttributeId.TIME_STATUS: AttributeValue(DataType.MAP8, int(status)),
        }


def _general(packet: Packet) -> tuple[ZclFrame | None, zcl_general.GeneralCommand | None]:
    """The frame and the general command of a packet; None for what it does not hold."""
    try:
        frame = zcl.decode(packet.payload)
        if frame.frame_type is not FrameType.GENERAL or frame.manufacturer is not None:
            return frame, None
        return frame, zcl_general.decode(frame)
    except DecodeError:
        return None, None

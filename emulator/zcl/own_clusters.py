"""What every device says of itself on the HAN, and how it refuses what it does not serve.

Sources: ZigBee Cluster Library specification (075123), sections 3.2 (Basic) and 2.5.12.2 (when a
default response is sent); that every Smart Energy device serves Basic is han.md section 5. Which of
its attributes a device fills is modelled [M]. Meters and hubs serve more (`meters/clusters.py`,
`hub/clusters.py`); a display or a repeater serves this, and is a client of the rest.
"""

from collections.abc import Mapping

from hanbench.emulator.device import BROADCAST, Packet
from hanbench.emulator.zcl.attribute_server import answer_general, default_response, unsupported
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.clusters import basic
from hanbench.protocol.zigbee.clusters.basic import AttributeId, PowerSource
from hanbench.protocol.zigbee.clusters.catalogue import COMMAND_SETS
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import DefaultResponse

ZCL_VERSION = 3
TEXT_OCTETS_MAX = 32
"""The longest name of a manufacturer or a model (3.2.2.2.5)."""
BUILD_OCTETS_MAX = 16
"""The longest software build (3.2.2.2.14)."""
KIND = "response"
_TOLD = 0x1F
_REPORTED = 0x18
"""In a ZCL frame control: a general command of a server that wants no default response, which is
nearly all that a display ever gets."""

Attributes = Mapping[int, AttributeValue]


def basic_values(
    *, manufacturer: str, model: str, firmware: str = "", is_on_mains: bool = True
) -> Attributes:
    """Return the attributes of the Basic cluster."""
    power = PowerSource.MAINS if is_on_mains else PowerSource.BATTERY
    values: dict[AttributeId, int | str] = {
        AttributeId.ZCL_VERSION: ZCL_VERSION,
        AttributeId.MANUFACTURER_NAME: manufacturer[:TEXT_OCTETS_MAX],
        AttributeId.MODEL_IDENTIFIER: model[:TEXT_OCTETS_MAX],
        AttributeId.POWER_SOURCE: int(power),
    }
    if firmware:
        values[AttributeId.SOFTWARE_BUILD_ID] = firmware[:BUILD_OCTETS_MAX]
    return {number: AttributeValue(basic.TYPES[number], value) for number, value in values.items()}


NAMELESS: Attributes = {
    AttributeId.ZCL_VERSION: AttributeValue(DataType.UINT8, ZCL_VERSION),
    AttributeId.POWER_SOURCE: AttributeValue(DataType.ENUM8, int(PowerSource.UNKNOWN)),
}
"""The Basic cluster of a device of which nothing is known."""


class OwnClusters:
    """The server side of a device that serves Basic alone, and its manners as a client."""

    def __init__(
        self, sender: ZclSender, basic_of: Attributes, clients: tuple[int, ...] = ()
    ) -> None:
        self._sender = sender
        self._basic = basic_of
        self._clients = clients

    def runs(self, build: str) -> None:
        """Take that the device runs another build from now on: Basic says so."""
        text = AttributeValue(DataType.TEXT, build[:BUILD_OCTETS_MAX])
        self._basic = {**self._basic, AttributeId.SOFTWARE_BUILD_ID: text}

    def answer(self, packet: Packet) -> Packet | None:
        """Return what is said to a packet; None: nothing, or that is for others to say."""
        octets = packet.payload
        if packet.target == BROADCAST or not octets or octets[0] & _TOLD == _REPORTED:
            return None
        try:
            frame = zcl.decode(octets)
        except DecodeError:
            return None
        try:
            said = self._judge(packet.cluster, frame)
        except DecodeError:
            said = default_response(frame, ZclStatus.MALFORMED_COMMAND)
        if said is None:
            return None
        endpoints = packet.target_endpoint, packet.source_endpoint
        return self._sender.frame(
            packet.source, packet.cluster, said, kind=KIND, endpoints=endpoints
        )

    def _judge(self, cluster: int, frame: ZclFrame) -> ZclFrame | None:
        if frame.manufacturer is not None:
            return unsupported(frame)
        if frame.frame_type is FrameType.GENERAL:
            command = zcl_general.decode(frame)
            if frame.direction is Direction.CLIENT_TO_SERVER:
                held = self._basic if cluster == ClusterId.BASIC else {}
                return answer_general(frame, command, held)
            is_last_word = isinstance(command, DefaultResponse)
            return None if is_last_word else default_response(frame, ZclStatus.SUCCESS)
        commands = COMMAND_SETS.get(cluster)
        is_told = frame.direction is Direction.SERVER_TO_CLIENT and cluster in self._clients
        if not is_told or commands is None or not commands.knows(frame):
            return unsupported(frame)
        commands.decode(frame)
        return default_response(frame, ZclStatus.SUCCESS)

"""Builds the packets that a device sends: ZCL frames with a running sequence number.

Each packet is protected as its cluster asks (SE 5.4.6), by the table that the device was given, so
no caller can forget to.
"""

from hanbench.emulator.device import Packet
from hanbench.emulator.fates import Cause
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.clusters import catalogue
from hanbench.protocol.zigbee.clusters.security_policy import SecurityPolicy
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import GeneralCommandId

SEQUENCE_MODULUS = 256


class ZclSender:
    """The sending side of one device's application layer."""

    def __init__(self, eui64: Eui64, policy: SecurityPolicy) -> None:
        self._eui64 = eui64
        self._policy = policy
        self._sequence = 0

    def next_sequence(self) -> int:
        """Return the next ZCL sequence number."""
        self._sequence = (self._sequence + 1) % SEQUENCE_MODULUS
        return self._sequence

    def general(
        self,
        target: Eui64,
        cluster: int,
        command: zcl_general.GeneralCommand,
        *,
        direction: Direction,
        kind: str,
        endpoints: tuple[int, int] = (1, 1),
        sequence: int | None = None,
    ) -> Packet:
        """Return the packet for a general command; `endpoints` are ours and theirs.

        An answer repeats the `sequence` of what it answers.
        """
        number = self.next_sequence() if sequence is None else sequence
        frame = zcl_general.encode(command, direction, sequence=number)
        return self.frame(target, cluster, frame, kind=kind, endpoints=endpoints)

    def command(
        self,
        target: Eui64,
        cluster: int,
        command: catalogue.ClusterCommand,
        *,
        kind: str,
        endpoints: tuple[int, int] = (1, 1),
        cause: Cause | None = None,
    ) -> Packet:
        """Return the packet for a command of a cluster."""
        frame = catalogue.COMMAND_SETS[cluster].encode(command, sequence=self.next_sequence())
        return self.frame(target, cluster, frame, kind=kind, endpoints=endpoints, cause=cause)

    def frame(
        self,
        target: Eui64,
        cluster: int,
        frame: ZclFrame,
        *,
        kind: str,
        endpoints: tuple[int, int] = (1, 1),
        cause: Cause | None = None,
    ) -> Packet:
        """Return the packet for a frame that is ready."""
        return Packet(
            source=self._eui64,
            target=target,
            cluster=cluster,
            payload=zcl.encode(frame),
            source_endpoint=endpoints[0],
            target_endpoint=endpoints[1],
            is_secured=self._policy.needs_link_key(cluster),
            frame_kind=kind,
            cause=cause,
        )

    def lacks_link_key(self, packet: Packet) -> bool:
        """Whether a packet came without the link key that its cluster asks for."""
        return not packet.is_secured and self._policy.needs_link_key(packet.cluster)

    def refusal(self, packet: Packet) -> Packet | None:
        """Return FAILURE under the network key alone, for a frame that lacks the link key.

        SE 5.4.6 asks for it; None for what is no ZCL frame, and for a default response, which is
        never answered.
        """
        try:
            frame = zcl.decode(packet.payload)
        except DecodeError:
            return None
        is_general = frame.frame_type is FrameType.GENERAL
        if is_general and frame.command_id == GeneralCommandId.DEFAULT_RESPONSE:
            return None
        response = zcl_general.encode(
            zcl_general.DefaultResponse(frame.command_id, ZclStatus.FAILURE),
            Direction(1 - frame.direction),
            sequence=frame.sequence,
        )
        return Packet(
            source=self._eui64,
            target=packet.source,
            cluster=packet.cluster,
            payload=zcl.encode(response),
            source_endpoint=packet.target_endpoint,
            target_endpoint=packet.source_endpoint,
            is_secured=False,
            frame_kind="refusal",
        )

"""The upper half of a node's reception: from opened NWK frames to packets, or to its management.

Source: ZigBee specification (05-3474) sections 2.2.8 (APS) and 4.4 (APS security). What a frame may
do hangs on what protects it: without the network key only a rejoin and a key for one who joins are
taken.
"""

from hanbench.emulator.device import BROADCAST, Packet, Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.aps_layer import ApsLayer
from hanbench.emulator.node.device_object import (
    DeviceObject,
    HeardAps,
    HeardNwk,
    NoDeviceObject,
)
from hanbench.emulator.node.drops import Counters, Drop
from hanbench.emulator.node.membership import Membership
from hanbench.emulator.node.mesh.mesh import Mesh
from hanbench.emulator.node.node_security import NodeSecurity
from hanbench.emulator.node.nwk_layer import NwkLayer, Opened
from hanbench.emulator.node.outgoing import Outgoing
from hanbench.emulator.node.packets import ZDO_PROFILE, announced_by, packet_of
from hanbench.emulator.node.received import NOTHING, Received, forwarded
from hanbench.emulator.node.suspicion import SUSPICIOUS
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import aps, aps_commands, nwk, nwk_commands
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.nwk import NwkFrame

KEY_ESTABLISHMENT = 0x0800


class Delivery:
    """What one node makes of the frames that are for it."""

    def __init__(
        self,
        membership: Membership,
        security: NodeSecurity,
        layer: NwkLayer,
        aps_layer: ApsLayer,
        mesh: Mesh,
        counters: Counters,
    ) -> None:
        self.membership = membership
        self.security = security
        self.counters = counters
        self.mesh = mesh
        self.device_object: DeviceObject = NoDeviceObject()
        self._nwk = layer
        self._aps = aps_layer

    def dropped(self, reason: Drop, now: Instant) -> Received:
        """Count a frame that is not used, and tell the management of what nobody should send."""
        self.counters.drop(reason)
        if reason in SUSPICIOUS:
            self.device_object.troubled(self.counters.dropped, now)
        return NOTHING

    def take_unsecured(self, opened: Opened, transmission: Transmission, now: Instant) -> Received:
        """Take what may come without the network key: a rejoin, and a key for one who joins."""
        frame, clear, _ = opened
        if frame.target != self.membership.short:
            return self.dropped(Drop.NOT_SECURED, now)
        try:
            if frame.frame_type is nwk.FrameType.COMMAND:
                command = nwk_commands.decode(clear)
                source = frame.source_eui64
                heard = HeardNwk(command, frame.source, source, transmission, is_secured=False)
                self.counters.drop(Drop.NOT_SECURED)
                return forwarded(self.device_object.take_nwk(heard, now))
            message = aps.decode(clear)
        except DecodeError:
            return self.dropped(Drop.NOT_SECURED, now)
        if message.frame_type is not aps.FrameType.COMMAND or message.security is None:
            return self.dropped(Drop.NOT_SECURED, now)
        sealer = message.security.source or transmission.sender
        return self._take_aps_command(message, clear, sealer, now, is_nwk_secured=False)

    def take(
        self, frame: NwkFrame, clear: bytes, transmission: Transmission, now: Instant
    ) -> Received:
        """Take a data frame for us, opened under the network key."""
        source = self.membership.eui64_of.get(frame.source)
        try:
            message = aps.decode(clear)
        except DecodeError:
            return self.dropped(Drop.MALFORMED if source else Drop.UNKNOWN_ADDRESS, now)
        # The one message that may come from a stranger is that it is one no more.
        source = source or announced_by(message)
        if source is None:
            return self.dropped(Drop.UNKNOWN_ADDRESS, now)
        if message.frame_type is aps.FrameType.COMMAND:
            return self._take_aps_command(message, clear, source, now, is_nwk_secured=True)
        payload = self._opened(message, clear, source)
        if isinstance(payload, Drop):
            return self.dropped(payload, now)
        self.counters.received += 1
        if message.frame_type is not aps.FrameType.DATA:
            settled = self._aps.acknowledged(message, source, now)
            if settled is not None and settled.wants_ack:
                return Received(acknowledged_by=(source,))
            return NOTHING
        return self._take_message(message, payload, source, frame, transmission, now)

    def _take_message(
        self,
        message: ApsFrame,
        payload: bytes,
        source: Eui64,
        frame: NwkFrame,
        transmission: Transmission,
        now: Instant,
    ) -> Received:
        target = BROADCAST if nwk.is_broadcast(frame.target) else self.membership.me
        whole, ack = self._aps.take(message, payload, source, now)
        acks: list[Transmission] = []
        if ack is not None and target != BROADCAST:
            acks = self._aps_ack(source, message, ack, now)
        if whole is None:
            return forwarded(acks)
        packet = packet_of(source, target, message, whole, transmission)
        return self._hand_over(packet, acks, transmission.sender, now)

    def _opened(self, message: ApsFrame, clear: bytes, source: Eui64) -> bytes | Drop:
        if message.security is not None and self.security.is_preconfigured(source):
            return Drop.REFUSED  # not before key establishment, and no acknowledgement (SE 5.4)
        return self.security.open_aps(message, clear, source)

    def _hand_over(
        self, packet: Packet, acks: list[Transmission], hop: Eui64, now: Instant
    ) -> Received:
        """Give a packet to the device, or to the node's management if it is about the node."""
        if self.membership.is_coordinator:
            acks = [*acks, *self.device_object.heard_from(packet.source, now)]
        if packet.profile == ZDO_PROFILE or packet.cluster == KEY_ESTABLISHMENT:
            managed = self.device_object.take_packet(packet, now, hop)
            if managed is not None:
                return forwarded([*acks, *managed])
        if not self.device_object.serves(packet):
            self.counters.drop(Drop.NO_ENDPOINT)
            return forwarded(acks)
        return Received((packet,), tuple(acks))

    def _take_aps_command(
        self, message: ApsFrame, clear: bytes, source: Eui64, now: Instant, *, is_nwk_secured: bool
    ) -> Received:
        payload = self.security.open_aps(message, clear, source)
        if isinstance(payload, Drop):
            return self.dropped(payload, now)
        if message.fragment is not None:
            return self.dropped(Drop.UNSUPPORTED, now)  # a command is never fragmented (2.2.8.4.5)
        try:
            command = aps_commands.decode(payload)
        except DecodeError:
            return self.dropped(Drop.MALFORMED, now)
        self.counters.received += 1
        aux = message.security
        heard = HeardAps(command, source, None if aux is None else aux.key_id, is_nwk_secured)
        return forwarded(self.device_object.take_aps(heard, now))

    def _aps_ack(
        self, peer: Eui64, message: ApsFrame, ack: ApsFrame, now: Instant
    ) -> list[Transmission]:
        short = self.membership.short_of.get(peer)
        if short is None:
            self.counters.drop(Drop.UNKNOWN_ADDRESS)  # it announces itself, and wants to be told
            return []
        payload = self._aps.seal_ack(ack, peer, is_secured=message.security is not None)
        frame = self._nwk.frame(nwk.FrameType.DATA, short, payload)
        self.counters.sent += 1
        # No cause: a lost one is asked for again, so no fault of an Instruction belongs here.
        return self.mesh.launch(Outgoing(frame, "aps-ack", None), now)

"""A node's ZigBee stack: packets to frames and back, relaying, counters.

Source: ZigBee specification (05-3474) section 2.2 (APS) and 3.2 (NWK). A frame that cannot be used
is dropped and counted, never an error: anybody may send anything.

    packet ──aps_layer──> APS ──nwk_layer, mesh──> next hop ──> air
    air ──nwk_layer──┬── for us ──aps_layer──> packet, or the node's device object
                     └── for others ──mesh──> next hop
"""

from collections.abc import Mapping
from typing import Protocol

from hanbench.emulator.device import BROADCAST, Packet, StackOfDevice, Transmission
from hanbench.emulator.fates import Cause
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.aps_layer import (
    SECURED_PAYLOAD_OCTETS_MAX,
    UNSECURED_PAYLOAD_OCTETS_MAX,
    ApsLayer,
    Sealed,
)
from hanbench.emulator.node.device_object import (
    DeviceObject,
    HeardAps,
    HeardNwk,
    NoDeviceObject,
)
from hanbench.emulator.node.drops import Counters, Drop
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.membership import Membership
from hanbench.emulator.node.mesh import Mesh, Outgoing
from hanbench.emulator.node.neighbourhood import Address, Neighbourhood
from hanbench.emulator.node.node_security import NodeSecurity
from hanbench.emulator.node.nwk_layer import NwkLayer, Opened
from hanbench.emulator.node.packets import ZDO_PROFILE, announced_by, packet_of
from hanbench.emulator.node.plain_stack import PlainStack
from hanbench.emulator.node.provisioning import hops_of, routers_in_reach
from hanbench.emulator.node.received import NOTHING, Received
from hanbench.emulator.node.suspicion import SUSPICIOUS
from hanbench.protocol import ieee802154
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee import aps, aps_commands, nwk, nwk_commands
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.nwk import NwkFrame

__all__ = [
    "SECURED_PAYLOAD_OCTETS_MAX",
    "UNSECURED_PAYLOAD_OCTETS_MAX",
    "Address",
    "Counters",
    "Drop",
    "Neighbourhood",
    "PlainStack",
    "Received",
    "Stack",
    "ZigbeeStack",
]

KEY_ESTABLISHMENT = 0x0800


class Stack(StackOfDevice, Protocol):
    """What a device, and the runner that drives it, need of a stack."""

    counters: Counters

    def send(
        self, packet: Packet, now: Instant, *, frame_kind: str | None = None
    ) -> list[Transmission]:
        """Return the frames that carry a packet; none if no address or key is known for it."""

    def receive(self, transmission: Transmission, now: Instant) -> Received:
        """Take one frame from the air: use it, relay it, or drop and count it."""

    def link_status(self, now: Instant) -> list[Transmission]:
        """Return the frame by which a router tells its neighbours how it hears them."""

    def announce_routes(self, now: Instant) -> list[Transmission]:
        """Return the frame by which a concentrator makes itself known."""

    def restart(self, now: Instant) -> None:
        """Lose what is volatile."""


class ZigbeeStack:
    """Real frames: MAC, NWK and APS, sealed under the network key and the link keys."""

    def __init__(
        self,
        me: Eui64,
        neighbourhood: Neighbourhood,
        link_keys: Mapping[Eui64, Key],
        *,
        aps_acks: bool = False,
        first_counter: int = 1,
        is_joined: bool = True,
    ) -> None:
        self.counters = Counters()
        self.membership = Membership(
            me, is_router=me in neighbourhood.routers, is_sleepy=me in neighbourhood.sleepers
        )
        network_key = neighbourhood.network_key if is_joined else None
        self.security = NodeSecurity(me, network_key, link_keys, first_counter)
        self.device_object: DeviceObject = NoDeviceObject()
        self._nwk = NwkLayer(self.membership, self.security)
        self._aps = ApsLayer(self.membership, self.security, self.counters, wants_acks=aps_acks)
        self.mesh = Mesh(self.membership, self._nwk, self.counters, self._parent_lost)
        self.management = Management(
            self.membership, self.security, self._nwk, self._aps, self.mesh, self.counters
        )
        if is_joined:
            self.membership.provision(neighbourhood)
            self.mesh.routes.provision(
                hops_of(me, neighbourhood), routers_in_reach(me, neighbourhood)
            )

    @property
    def is_busy(self) -> bool:
        """Whether its receiver is on whatever the device's habits: it is on its way in."""
        return self.device_object.is_busy

    @property
    def is_joined(self) -> bool:
        """Whether it has a place on a network, and its key."""
        return self.membership.is_joined and self.security.has_network_key

    @property
    def parent(self) -> Eui64 | None:
        """Whom it joined through."""
        return self.membership.parent

    @property
    def poll_addresses(self) -> tuple[ShortAddress, ShortAddress] | None:
        """Its own short address and its parent's, as it knows them now."""
        me = self.membership
        parent = None if me.parent is None else me.short_of.get(me.parent)
        return None if parent is None else (me.short, parent)

    def has_pending(self, child: Eui64, now: Instant) -> bool:
        """Whether the node's management holds something for one that asks."""
        return self.device_object.has_pending(child, now)

    @property
    def deadline(self) -> Instant | None:
        """When `wake` is next due; None: never."""
        first = self._aps.deadline
        for other in (self.mesh.deadline, self.device_object.deadline):
            if other is not None and (first is None or other < first):
                first = other
        return first

    def send(
        self, packet: Packet, now: Instant, *, frame_kind: str | None = None
    ) -> list[Transmission]:
        """Return the frames that carry a packet; none if no address or key is known for it."""
        if not self.is_joined:
            self.counters.drop(Drop.NOT_JOINED)
            return []
        if packet.target != BROADCAST and packet.target not in self.membership.short_of:
            self.counters.drop(Drop.UNKNOWN_ADDRESS)
            return []
        sealed = self._aps.send(packet, frame_kind or packet.frame_kind, now)
        if sealed is None:
            return []
        self.counters.sent += 1
        return self._launch(sealed, packet.cause, now)

    def receive(self, transmission: Transmission, now: Instant) -> Received:
        """Take one frame from the air: use it, relay it, or drop and count it."""
        mac = self._nwk.hear(transmission.frame)
        if isinstance(mac, Drop):
            return self._dropped(mac, now)
        if mac.frame_type is not ieee802154.FrameType.DATA:
            self.counters.received += 1
            return _forwarded(self.device_object.take_mac(mac, transmission.sender, now))
        opened = self._nwk.open(mac)
        if isinstance(opened, Drop):
            self._dropped(opened, now)
            if opened is Drop.UNKNOWN_KEY:
                return _forwarded(self.device_object.key_unknown(now))
            return NOTHING
        frame = opened.frame
        if frame.security is None:
            return self._take_unsecured(opened, transmission, now)
        if frame.frame_type is nwk.FrameType.COMMAND:
            return self._take_command(opened, transmission, now)
        return self._take_data(opened, transmission, now)

    def failed(self, transmission: Transmission, now: Instant) -> list[Transmission]:
        """Take the radio's word that nobody acknowledged a frame."""
        return self.mesh.failed(transmission, now)

    def polled(self, now: Instant, *, is_answered: bool) -> list[Transmission]:
        """Take the radio's word whether the parent acknowledged a poll."""
        return self.mesh.polled(now, is_answered=is_answered)

    def link_status(self, now: Instant) -> list[Transmission]:
        """Return the link status of a router."""
        return self.mesh.link_status(now)

    def announce_routes(self, now: Instant) -> list[Transmission]:
        """Return the many-to-one route request of a concentrator."""
        return self.mesh.request_route_to_us(now)

    def wake(self, now: Instant) -> list[Transmission]:
        """Do what fell due: retries, blocks, routes that were not found, joining."""
        sent: list[Transmission] = []
        for sealed in self._aps.wake(now):
            cause = None if sealed.packet is None else sealed.packet.cause
            sent += self._launch(sealed, cause, now)
        self.mesh.wake(now)
        due = self.device_object.deadline
        if due is not None and due <= now:
            sent += self.device_object.wake(now)
        return sent

    def restart(self, now: Instant) -> None:
        """Forget what the neighbours sent; our own counters skip ahead, so none is repeated."""
        self._nwk.restart()
        self._aps.restart()
        self.mesh.restart()
        self.security.restart()
        self.device_object.restart(now)

    def _launch(self, sealed: Sealed, cause: Cause | None, now: Instant) -> list[Transmission]:
        target = sealed.target
        short = nwk.ALL_LISTENING if target == BROADCAST else self.membership.short_of.get(target)
        if short is None or not self.is_joined:
            self.counters.drop(Drop.UNKNOWN_ADDRESS)
            return []
        frame = self._nwk.frame(nwk.FrameType.DATA, short, sealed.payload)
        return self.mesh.launch(Outgoing(frame, sealed.kind, cause), now)

    def _dropped(self, reason: Drop, now: Instant) -> Received:
        self.counters.drop(reason)
        if reason in SUSPICIOUS:
            self.device_object.troubled(self.counters.dropped, now)
        return NOTHING

    def _take_data(self, opened: Opened, transmission: Transmission, now: Instant) -> Received:
        frame, clear, _ = opened
        me = self.membership
        is_broadcast = nwk.is_broadcast(frame.target)
        if not is_broadcast and frame.target != me.short:
            return self._relay(opened, transmission, now)
        if self._nwk.is_duplicate(frame):
            return self._dropped(Drop.DUPLICATE, now)
        delivered = self._deliver(frame, clear, transmission, now)
        if is_broadcast and me.is_router and frame.radius > 1:
            onward = self.mesh.relay(frame, clear, transmission, now)
            return Received(delivered.packets, (*delivered.forward, *onward))
        return delivered

    def _take_command(self, opened: Opened, transmission: Transmission, now: Instant) -> Received:
        frame, clear, hop = opened
        assert hop is not None, "a secured frame says who sealed it"
        try:
            command = nwk_commands.decode(clear)
        except DecodeError:
            return self._dropped(Drop.MALFORMED, now)
        self.counters.received += 1
        is_broadcast = nwk.is_broadcast(frame.target)
        is_for_us = is_broadcast or frame.target == self.membership.short
        if is_for_us or isinstance(command, nwk_commands.RouteRecord):
            taken = self.mesh.take(command, frame, hop, now)
            if taken is not None:
                return _forwarded(taken)
        if not is_for_us:
            return self._relay(opened, transmission, now)
        if self._nwk.is_duplicate(frame):
            return self._dropped(Drop.DUPLICATE, now)
        source = frame.source_eui64 or self.membership.eui64_of.get(frame.source)
        heard = HeardNwk(command, frame.source, source, transmission, is_secured=True)
        sent = self.device_object.take_nwk(heard, now)
        if is_broadcast and self.membership.is_router and frame.radius > 1:
            sent = [*sent, *self.mesh.relay(frame, clear, transmission, now)]
        return _forwarded(sent)

    def _take_unsecured(self, opened: Opened, transmission: Transmission, now: Instant) -> Received:
        """Take what may come without the network key: a rejoin, and a key for one who joins."""
        frame, clear, _ = opened
        if frame.target != self.membership.short:
            return self._dropped(Drop.NOT_SECURED, now)
        try:
            if frame.frame_type is nwk.FrameType.COMMAND:
                command = nwk_commands.decode(clear)
                source = frame.source_eui64
                heard = HeardNwk(command, frame.source, source, transmission, is_secured=False)
                self.counters.drop(Drop.NOT_SECURED)
                return _forwarded(self.device_object.take_nwk(heard, now))
            message = aps.decode(clear)
        except DecodeError:
            return self._dropped(Drop.NOT_SECURED, now)
        if message.frame_type is not aps.FrameType.COMMAND or message.security is None:
            return self._dropped(Drop.NOT_SECURED, now)
        sealer = message.security.source or transmission.sender
        return self._take_aps_command(message, clear, sealer, now, is_nwk_secured=False)

    def _relay(self, opened: Opened, transmission: Transmission, now: Instant) -> Received:
        if not self.membership.is_router:
            return self._dropped(Drop.NOT_FOR_US, now)
        return _forwarded(self.mesh.relay(opened.frame, opened.clear, transmission, now))

    def _deliver(
        self, frame: NwkFrame, clear: bytes, transmission: Transmission, now: Instant
    ) -> Received:
        source = self.membership.eui64_of.get(frame.source)
        try:
            message = aps.decode(clear)
        except DecodeError:
            return self._dropped(Drop.MALFORMED if source else Drop.UNKNOWN_ADDRESS, now)
        # The one message that may come from a stranger is that it is one no more.
        source = source or announced_by(message)
        if source is None:
            return self._dropped(Drop.UNKNOWN_ADDRESS, now)
        if message.frame_type is aps.FrameType.COMMAND:
            return self._take_aps_command(message, clear, source, now, is_nwk_secured=True)
        payload = self._opened(message, clear, source)
        if isinstance(payload, Drop):
            return self._dropped(payload, now)
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
            return _forwarded(acks)
        return self._hand_over(packet_of(source, target, message, whole, transmission), acks, now)

    def _opened(self, message: ApsFrame, clear: bytes, source: Eui64) -> bytes | Drop:
        if message.security is not None and self.security.is_preconfigured(source):
            return Drop.REFUSED  # not before key establishment, and no acknowledgement (SE 5.4)
        return self.security.open_aps(message, clear, source)

    def _hand_over(self, packet: Packet, acks: list[Transmission], now: Instant) -> Received:
        """Give a packet to the device, or to the node's management if it is about the node."""
        if self.membership.is_coordinator:
            acks = [*acks, *self.device_object.heard_from(packet.source, now)]
        if packet.profile == ZDO_PROFILE or packet.cluster == KEY_ESTABLISHMENT:
            managed = self.device_object.take_packet(packet, now)
            if managed is not None:
                return _forwarded([*acks, *managed])
        return Received((packet,), tuple(acks))

    def _take_aps_command(
        self, message: ApsFrame, clear: bytes, source: Eui64, now: Instant, *, is_nwk_secured: bool
    ) -> Received:
        payload = self.security.open_aps(message, clear, source)
        if isinstance(payload, Drop):
            return self._dropped(payload, now)
        if message.fragment is not None:
            return self._dropped(Drop.UNSUPPORTED, now)  # a command is never fragmented (2.2.8.4.5)
        try:
            command = aps_commands.decode(payload)
        except DecodeError:
            return self._dropped(Drop.MALFORMED, now)
        self.counters.received += 1
        aux = message.security
        heard = HeardAps(command, source, None if aux is None else aux.key_id, is_nwk_secured)
        return _forwarded(self.device_object.take_aps(heard, now))

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

    def _parent_lost(self, now: Instant) -> list[Transmission]:
        return self.device_object.parent_lost(now)


def _forwarded(sent: list[Transmission]) -> Received:
    return Received(forward=tuple(sent)) if sent else NOTHING

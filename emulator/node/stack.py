"""A node's ZigBee stack: packets to frames and back, relaying, counters.

Source: ZigBee specification (05-3474) section 2.2 (APS) and 3.2 (NWK). A frame that cannot be used
is dropped and counted, never an error: anybody may send anything.

    packet ──aps_layer──> APS ──nwk_layer, mesh──> next hop ──> air
    air ──nwk_layer──┬── for us ──delivery, aps_layer──> packet, or the node's device object
                     └── for others ──mesh──> next hop
"""

from collections.abc import Mapping

from hanbench.emulator.device import BROADCAST, Packet, Transmission
from hanbench.emulator.fates import Cause
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.aps_layer import (
    SECURED_PAYLOAD_OCTETS_MAX,
    UNSECURED_PAYLOAD_OCTETS_MAX,
    ApsLayer,
    Sealed,
)
from hanbench.emulator.node.delivery import Delivery
from hanbench.emulator.node.device_object import DeviceObject, HeardNwk, NoDeviceObject
from hanbench.emulator.node.drops import Counters, Drop
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.membership import Membership
from hanbench.emulator.node.mesh.mesh import Mesh
from hanbench.emulator.node.mesh.source_routes import HEADERS
from hanbench.emulator.node.neighbourhood import Address, Neighbourhood
from hanbench.emulator.node.node_security import NodeSecurity
from hanbench.emulator.node.nwk_layer import NwkLayer, Opened
from hanbench.emulator.node.outgoing import Outgoing
from hanbench.emulator.node.packets import ZDO_PROFILE
from hanbench.emulator.node.plain_stack import PlainStack
from hanbench.emulator.node.provisioning import hops_of, link_costs
from hanbench.emulator.node.received import NOTHING, Received, forwarded
from hanbench.emulator.node.stack_of_node import Stack
from hanbench.emulator.node.surroundings import Lots
from hanbench.protocol import ieee802154
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee import nwk, nwk_commands, zdo

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


_PERMIT_JOINING = (ZDO_PROFILE, zdo.PERMIT_JOINING)
NAMED_PAYLOAD_OCTETS_MAX = ieee802154.FRAME_OCTETS_MAX - HEADERS - 8
"""What a frame under the network key holds of APS octets beside the EUI-64 of its source."""


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
        lots: Lots | None = None,
    ) -> None:
        """Build the stack of `me`; without `lots` a relayed broadcast waits for no jitter."""
        self.counters = Counters()
        self.membership = Membership(
            me, is_router=me in neighbourhood.routers, is_sleepy=me in neighbourhood.sleepers
        )
        network_key = neighbourhood.network_key if is_joined else None
        self.security = NodeSecurity(me, network_key, link_keys, first_counter)
        self._device_object: DeviceObject = NoDeviceObject()
        self._nwk = NwkLayer(self.membership, self.security)
        self._aps = ApsLayer(self.membership, self.security, self.counters, wants_acks=aps_acks)
        self._lots, self._drawn = lots, 0
        self.mesh = Mesh(self.membership, self._nwk, self.counters, self, self._jitter)
        self._delivery = Delivery(
            self.membership, self.security, self._nwk, self._aps, self.mesh, self.counters
        )
        self.management = Management(
            self.membership, self.security, self._nwk, self._aps, self.mesh, self.counters
        )
        if lots is not None:
            # IEEE 802.15.4 draws macDSN by lot; the others follow it [M].
            self._nwk.begin_at(lots("MAC sequence", 1), lots("NWK sequence", 1))
            self._aps.begin_at(lots("APS counter", 1))
        if is_joined:
            self.membership.provision(neighbourhood)
            self.mesh.routes.provision(hops_of(me, neighbourhood), link_costs(me, neighbourhood))

    @property
    def device_object(self) -> DeviceObject:
        """The management of the node."""
        return self._device_object

    @device_object.setter
    def device_object(self, management: DeviceObject) -> None:
        self._device_object = self._delivery.device_object = management

    @property
    def is_busy(self) -> bool:
        """Whether its receiver is on whatever the device's habits: it is on its way in."""
        return self._device_object.is_busy

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

    @property
    def pan(self) -> PanId | None:
        """The PAN whose frames it takes; of any while it is on none."""
        return self.membership.pan

    def next_poll_sequence(self) -> int:
        """Return the MAC sequence number of its next poll, which counts as any other frame."""
        return self._nwk.next_mac_sequence()

    def has_pending(self, child: Eui64, now: Instant) -> bool:
        """Whether the node's management holds something for one that asks."""
        return self._device_object.has_pending(child, now)

    def heard_poll(self, child: Eui64, short: ShortAddress, now: Instant) -> list[Transmission]:
        """Take that a child has polled; return what one is told that is none."""
        return self._device_object.heard_poll(child, short, now)

    @property
    def deadline(self) -> Instant | None:
        """When `wake` is next due; None: never."""
        first = self._aps.deadline
        for other in (self.mesh.deadline, self._device_object.deadline):
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
            return self._delivery.dropped(mac, now)
        if mac.frame_type is not ieee802154.FrameType.DATA:
            self.counters.received += 1
            return forwarded(self._device_object.take_mac(mac, transmission.sender, now))
        opened = self._nwk.open(mac)
        if isinstance(opened, Drop):
            self._delivery.dropped(opened, now)
            if opened is Drop.UNKNOWN_KEY:
                return forwarded(self._device_object.key_unknown(now))
            return NOTHING
        frame = opened.frame
        if frame.security is None:
            return self._delivery.take_unsecured(opened, transmission, now)
        told = frame.source_eui64
        if told is not None and self.mesh.conflicts.is_one(told, frame.source):
            self.mesh.in_conflict(frame.source, now)
        if frame.frame_type is nwk.FrameType.COMMAND:
            return self._take_command(opened, transmission, now)
        return self._take_data(opened, transmission, now)

    def failed(self, transmission: Transmission, now: Instant) -> list[Transmission]:
        """Take the radio's word that nobody acknowledged a frame."""
        return self.mesh.failed(transmission, now)

    def lost(self, transmission: Transmission) -> None:
        """Take the radio's word on a frame which the device itself will send again."""
        self.mesh.lost(transmission)

    def reaches_directly(self, target: Eui64) -> bool:
        """Whether a route to a device is known, and leads to itself."""
        short = self.membership.short_of.get(target)
        route = None if short is None else self.mesh.routes.to(short)
        return route is not None and route.next_hop == target

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
        sent += self.mesh.wake(now)
        due = self._device_object.deadline
        if due is not None and due <= now:
            sent += self._device_object.wake(now)
        return sent

    def restart(self, now: Instant) -> None:
        """Forget what the neighbours sent; our own counters skip ahead, so none is repeated."""
        self._nwk.restart()
        self._aps.restart()
        self.mesh.restart()
        self.security.restart()
        self._device_object.restart(now)

    def _launch(self, sealed: Sealed, cause: Cause | None, now: Instant) -> list[Transmission]:
        target = sealed.target
        short = _for_all(sealed) if target == BROADCAST else self.membership.short_of.get(target)
        if short is None or not self.is_joined:
            self.counters.drop(Drop.UNKNOWN_ADDRESS)
            return []
        frame = self._nwk.frame(nwk.FrameType.DATA, short, sealed.payload)
        if _tells_its_name(sealed):
            frame = frame._replace(source_eui64=self.membership.me)
        return self.mesh.launch(Outgoing(frame, sealed.kind, cause), now)

    def _take_data(self, opened: Opened, transmission: Transmission, now: Instant) -> Received:
        frame, clear, hop = opened
        me = self.membership
        if frame.target == me.short:
            if self._nwk.is_duplicate(frame, now):
                return self._delivery.dropped(Drop.DUPLICATE, now)
            return self._delivery.take(frame, clear, transmission, now)
        if not nwk.is_broadcast(frame.target):
            return self._relay(opened, transmission, now)
        reason = self.mesh.broadcasts.take(frame, hop, now)
        if reason is not None:
            return self._delivery.dropped(reason, now)
        delivered = self._delivery.take(frame, clear, transmission, now)
        onward = self._repeat(opened, transmission, now)
        return delivered._replace(forward=(*delivered.forward, *onward)) if onward else delivered

    def _take_command(self, opened: Opened, transmission: Transmission, now: Instant) -> Received:
        frame, clear, hop = opened
        assert hop is not None, "a secured frame says who sealed it"
        try:
            command = nwk_commands.decode(clear)
        except DecodeError:
            return self._delivery.dropped(Drop.MALFORMED, now)
        self.counters.received += 1
        is_broadcast = nwk.is_broadcast(frame.target)
        is_for_us = is_broadcast or frame.target == self.membership.short
        if is_for_us or isinstance(command, nwk_commands.RouteRecord):
            taken = self.mesh.take(command, frame, hop, now, transmission.link_cost)
            if taken is not None:
                return forwarded(taken)
        if not is_for_us:
            return self._relay(opened, transmission, now)
        reason = self._twice(opened, now)
        if reason is not None:
            return self._delivery.dropped(reason, now)
        source = frame.source_eui64 or self.membership.eui64_of.get(frame.source)
        heard = HeardNwk(command, frame.source, source, transmission, is_secured=True)
        sent = self._device_object.take_nwk(heard, now)
        return forwarded([*sent, *self._repeat(opened, transmission, now)])

    def _twice(self, opened: Opened, now: Instant) -> Drop | None:
        """Return why a frame is dropped that was here before; None: it was not."""
        if nwk.is_broadcast(opened.frame.target):
            return self.mesh.broadcasts.take(opened.frame, opened.hop, now)
        return Drop.DUPLICATE if self._nwk.is_duplicate(opened.frame, now) else None

    def _repeat(
        self, opened: Opened, transmission: Transmission, now: Instant
    ) -> list[Transmission]:
        """Send a broadcast on that others may not have heard."""
        frame, clear, hop = opened
        is_for_others = nwk.is_broadcast(frame.target) and frame.radius > 1
        if not is_for_others or not self.membership.is_router:
            return []
        return self.mesh.relay(frame, clear, hop, transmission, now)

    def _relay(self, opened: Opened, transmission: Transmission, now: Instant) -> Received:
        if not self.membership.is_router:
            return self._delivery.dropped(Drop.NOT_FOR_US, now)
        frame, clear, hop = opened
        return forwarded(self.mesh.relay(frame, clear, hop, transmission, now))

    def parent_lost(self, now: Instant) -> list[Transmission]:
        """Take the mesh's word that the parent does not answer any more."""
        return self._device_object.parent_lost(now)

    def route_repaired(self, target: ShortAddress, hop: Eui64, now: Instant) -> None:
        """Take the mesh's word that a destination is reached again."""
        self._device_object.route_repaired(self.membership.eui64_of.get(target), hop, now)

    def address_taken(self, short: ShortAddress, now: Instant) -> list[Transmission]:
        """Take the mesh's word that two devices have a short address."""
        return self._device_object.address_taken(short, now)

    def _jitter(self, most_us: int) -> int:
        """Return how long a relayed broadcast waits, so that not all routers speak at once."""
        if self._lots is None:
            return 0
        self._drawn += 1
        return 1 + self._lots("broadcast jitter", self._drawn) % most_us


def _for_all(sealed: Sealed) -> ShortAddress:
    """Return who is meant by all: a permission to join is for those who let others join alone."""
    packet = sealed.packet
    is_permit = packet is not None and (packet.profile, packet.cluster) == _PERMIT_JOINING
    return nwk.ALL_ROUTERS if is_permit else nwk.ALL_LISTENING


def _tells_its_name(sealed: Sealed) -> bool:
    """Whether a message carries our EUI-64: a stranger who asked must know whom to acknowledge."""
    packet = sealed.packet
    if packet is None or packet.profile != ZDO_PROFILE or sealed.target == BROADCAST:
        return False
    return len(sealed.payload) <= NAMED_PAYLOAD_OCTETS_MAX

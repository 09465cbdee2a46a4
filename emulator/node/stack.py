"""A node's ZigBee stack: packets to frames and back, relaying, counters; or none, for speed.

Source: ZigBee specification (05-3474) section 2.2 (APS). A frame that cannot be used is dropped and
counted, never an error: anybody may send anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hanbench.emulator.device import BROADCAST, Packet, Transmission
from hanbench.emulator.fates import Cause
from hanbench.emulator.node.neighbourhood import Address, Neighbourhood
from hanbench.emulator.node.node_security import Drop, NodeSecurity
from hanbench.emulator.node.nwk_layer import NwkLayer
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee import aps, nwk, nwk_commands
from hanbench.protocol.zigbee.aps import ApsFrame, Delivery
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

SECURED_PAYLOAD_OCTETS_MAX = 65
"""What one frame holds beside its headers with NWK and APS security: 127 - 62."""
UNSECURED_PAYLOAD_OCTETS_MAX = 82
"""The same with NWK security alone."""


@dataclass(frozen=True, slots=True)
class Received:
    """What came of one frame: packets for this device, and frames that it must send at once."""

    packets: tuple[Packet, ...] = ()
    forward: tuple[Transmission, ...] = ()


_NOTHING = Received()


@dataclass(slots=True)
class Counters:
    """What a stack did since it was made."""

    sent: int = 0
    received: int = 0
    """Packets, acknowledgements and commands for this node."""
    relayed: int = 0
    dropped: dict[Drop, int] = field(default_factory=dict)

    def drop(self, reason: Drop) -> None:
        """Count one frame that was not used."""
        self.dropped[reason] = self.dropped.get(reason, 0) + 1


class Stack(Protocol):
    """What a device needs of its stack."""

    counters: Counters

    def send(self, packet: Packet, *, frame_kind: str | None = None) -> list[Transmission]:
        """Return the frame that carries a packet; none if no address or key is known for it."""

    def receive(self, transmission: Transmission) -> Received:
        """Take one frame from the air: use it, relay it, or drop and count it."""

    def link_status(self) -> list[Transmission]:
        """Return the frame by which a router tells its neighbours how it hears them."""

    def restart(self) -> None:
        """Lose what is volatile."""


class PlainStack:
    """Carries packets unencoded, over the same hops (`traffic: off`)."""

    def __init__(
        self,
        me: Eui64,
        neighbourhood: Neighbourhood,
        link_keys: Mapping[Eui64, Key] | None = None,  # noqa: ARG002  (one shape for both stacks)
    ) -> None:
        self.counters = Counters()
        self._me = me
        self._neighbourhood = neighbourhood
        self._known = frozenset(address.eui64 for address in neighbourhood.addresses)

    def send(self, packet: Packet, *, frame_kind: str | None = None) -> list[Transmission]:
        """Return one transmission that carries the packet as it is."""
        kind = frame_kind or packet.frame_kind
        next_hop = None
        if packet.target != BROADCAST:
            if packet.target not in self._known:
                self.counters.drop(Drop.UNKNOWN_ADDRESS)
                return []
            next_hop = self._neighbourhood.next_hop(self._me, packet.target)
        self.counters.sent += 1
        return [self._transmission(next_hop, packet, kind, packet.cause)]

    def receive(self, transmission: Transmission) -> Received:
        """Hand over or relay the packet."""
        packet = transmission.packet
        if packet is None:
            self.counters.drop(Drop.MALFORMED)
            return _NOTHING
        if packet.target not in (self._me, BROADCAST):
            return self._relay(packet, transmission)
        self.counters.received += 1
        mine = packet._replace(frame_kind=transmission.frame_kind)
        is_first_hop = packet.target == BROADCAST and packet.source == transmission.sender
        return Received((mine,), self._spread(packet, transmission) if is_first_hop else ())

    def link_status(self) -> list[Transmission]:
        """Return nothing: there are no links without frames."""
        return []

    def restart(self) -> None:
        """Do nothing: there are no frame counters to lose."""

    def _relay(self, packet: Packet, transmission: Transmission) -> Received:
        if self._me not in self._neighbourhood.routers:
            self.counters.drop(Drop.NOT_FOR_US)
            return _NOTHING
        self.counters.relayed += 1
        next_hop = self._neighbourhood.next_hop(self._me, packet.target)
        kind, cause = transmission.frame_kind, transmission.cause
        return Received(forward=(self._transmission(next_hop, packet, kind, cause),))

    def _spread(self, packet: Packet, transmission: Transmission) -> tuple[Transmission, ...]:
        """Pass a broadcast on to those who hear its source through us."""
        hops = self._neighbourhood.next_hops
        kind, cause = transmission.frame_kind, transmission.cause
        return tuple(
            self._transmission(address.eui64, packet, kind, cause)
            for address in self._neighbourhood.addresses
            if hops.get((packet.source, address.eui64)) == self._me
        )

    def _transmission(
        self, receiver: Eui64 | None, packet: Packet, kind: str, cause: Cause | None
    ) -> Transmission:
        return Transmission(
            sender=self._me,
            receiver=receiver,
            frame=b"",
            frame_kind=kind,
            packet=packet,
            cause=cause,
        )


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
    ) -> None:
        self.counters = Counters()
        self._me = me
        self._aps_acks = aps_acks
        self._aps_counter = 0
        self._security = NodeSecurity(me, neighbourhood.network_key, link_keys, first_counter)
        self._nwk = NwkLayer(me, neighbourhood, self._security)

    def send(self, packet: Packet, *, frame_kind: str | None = None) -> list[Transmission]:
        """Return the frame that carries a packet; none if no address or key is known for it.

        Raises:
            EncodeError: the packet is longer than one frame holds.
        """
        is_broadcast = packet.target == BROADCAST
        short = nwk.ALL_LISTENING if is_broadcast else self._nwk.short_of.get(packet.target)
        if short is None:
            self.counters.drop(Drop.UNKNOWN_ADDRESS)
            return []
        payload = self._aps_data(packet, is_broadcast=is_broadcast)
        if isinstance(payload, Drop):
            self.counters.drop(payload)
            return []
        frame = self._nwk.frame(nwk.FrameType.DATA, short, payload)
        target = None if is_broadcast else packet.target
        self.counters.sent += 1
        return [self._nwk.to_air(frame, target, frame_kind or packet.frame_kind, packet.cause)]

    def receive(self, transmission: Transmission) -> Received:
        """Take one frame from the air: use it, relay it, or drop and count it."""
        opened = self._nwk.open(transmission.frame)
        if isinstance(opened, Drop):
            return self._dropped(opened)
        frame, clear = opened
        is_broadcast = nwk.is_broadcast(frame.target)
        if not is_broadcast and frame.target != self._nwk.short:
            return self._relay(frame, clear, transmission)
        if self._nwk.is_duplicate(frame):
            return self._dropped(Drop.DUPLICATE)
        delivered = self._deliver(frame, clear, transmission)
        if is_broadcast and self._nwk.is_router and frame.radius > 1:
            relayed = self._relay(frame, clear, transmission)
            return Received(delivered.packets, relayed.forward)
        return delivered

    def link_status(self) -> list[Transmission]:
        """Return the link status of a router, all links at their best cost [M]."""
        if not self._nwk.is_router:
            return []
        links = tuple(nwk_commands.Link(short, 1, 1) for short in self._nwk.neighbour_routers())
        payload = nwk_commands.encode(nwk_commands.LinkStatus(links=links))
        command = self._nwk.frame(nwk.FrameType.COMMAND, nwk.ALL_ROUTERS, payload)
        frame = command._replace(radius=1, source_eui64=self._me)
        self.counters.sent += 1
        return [self._nwk.to_air(frame, None, "link-status", None)]

    def restart(self) -> None:
        """Forget what the neighbours sent; our own counters skip ahead, so none is repeated."""
        self._nwk.restart()
        self._security.restart()

    def _dropped(self, reason: Drop) -> Received:
        self.counters.drop(reason)
        return _NOTHING

    def _relay(self, frame: NwkFrame, clear: bytes, transmission: Transmission) -> Received:
        if not self._nwk.is_router:
            return self._dropped(Drop.NOT_FOR_US)
        onward = self._nwk.relay(frame, clear, transmission)
        if isinstance(onward, Drop):
            return self._dropped(onward)
        self.counters.relayed += 1
        return Received(forward=(onward,))

    def _deliver(self, frame: NwkFrame, clear: bytes, transmission: Transmission) -> Received:
        if frame.frame_type is nwk.FrameType.COMMAND:
            # Link status and the like: routes are static, so nothing follows from them.
            self.counters.received += 1
            return _NOTHING
        source = self._nwk.eui64_of.get(frame.source)
        if source is None:
            return self._dropped(Drop.UNKNOWN_ADDRESS)
        try:
            message = aps.decode(clear)
        except DecodeError:
            return self._dropped(Drop.MALFORMED)
        payload = self._security.open_aps(message, clear, source)
        if isinstance(payload, Drop):
            return self._dropped(payload)
        if message.fragment is not None:
            return self._dropped(Drop.UNSUPPORTED)
        self.counters.received += 1
        if message.frame_type is not aps.FrameType.DATA:
            return _NOTHING
        target = BROADCAST if nwk.is_broadcast(frame.target) else self._me
        packet = _packet(source, target, message, payload, transmission)
        is_acknowledged = message.ack_request and target != BROADCAST
        return Received((packet,), self._aps_ack(source, message) if is_acknowledged else ())

    def _aps_data(self, packet: Packet, *, is_broadcast: bool) -> bytes | Drop:
        self._aps_counter = (self._aps_counter + 1) & 0xFF
        frame = ApsFrame(
            frame_type=aps.FrameType.DATA,
            counter=self._aps_counter,
            payload=packet.payload,
            delivery=Delivery.BROADCAST if is_broadcast else Delivery.UNICAST,
            target_endpoint=packet.target_endpoint,
            cluster=packet.cluster,
            profile=packet.profile,
            source_endpoint=packet.source_endpoint,
            ack_request=self._aps_acks and not is_broadcast,
        )
        # A broadcast has no link key: it goes out under the network key alone.
        if packet.is_secured and not is_broadcast:
            return self._security.seal_aps(frame, packet.target)
        return aps.encode(frame)

    def _aps_ack(self, peer: Eui64, message: ApsFrame) -> tuple[Transmission, ...]:
        ack = ApsFrame(
            frame_type=aps.FrameType.ACK,
            counter=message.counter,
            target_endpoint=message.source_endpoint,
            cluster=message.cluster,
            profile=message.profile,
            source_endpoint=message.target_endpoint,
        )
        is_secured = message.security is not None
        payload = self._security.seal_aps(ack, peer) if is_secured else aps.encode(ack)
        assert not isinstance(payload, Drop), "the message was opened with that key"
        frame = self._nwk.frame(nwk.FrameType.DATA, self._nwk.short_of[peer], payload)
        self.counters.sent += 1
        # No cause: we send no APS retries, so nothing depends on it and no fault belongs here.
        return (self._nwk.to_air(frame, peer, "aps-ack", None),)


def _packet(
    source: Eui64, target: Eui64, message: ApsFrame, payload: bytes, transmission: Transmission
) -> Packet:
    assert message.cluster is not None, "an APS data frame has its addressing"
    assert message.profile is not None
    assert message.source_endpoint is not None
    return Packet(
        source=source,
        target=target,
        cluster=message.cluster,
        payload=payload,
        profile=message.profile,
        source_endpoint=message.source_endpoint,
        target_endpoint=message.target_endpoint or 0,
        is_secured=message.security is not None,
        frame_kind=transmission.frame_kind,
        cause=transmission.cause,
    )

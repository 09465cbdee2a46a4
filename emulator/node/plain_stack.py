"""A stack without frames: packets are carried as they are, over the same hops (`traffic: off`).

Source: none, this is a setting of the bench (architecture.md, "Fidelity and its price"). Who relays
for whom is as the home was provisioned: without frames nothing is discovered.
"""

from collections.abc import Mapping

from hanbench.emulator.device import BROADCAST, Packet, Transmission
from hanbench.emulator.fates import Cause
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.drops import Counters, Drop
from hanbench.emulator.node.neighbourhood import Neighbourhood
from hanbench.emulator.node.received import NOTHING, Received
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.keys import Key

ACK_KIND = "aps-ack"


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
        self.deadline: Instant | None = None
        self.is_busy = False
        self.poll_addresses: tuple[ShortAddress, ShortAddress] | None = None
        self.pan: PanId | None = None
        self.is_joined = me in {address.eui64: None for address in neighbourhood.addresses}
        self.parent = neighbourhood.parent_of(me)
        self._known = frozenset(address.eui64 for address in neighbourhood.addresses)

    def next_poll_sequence(self) -> int:
        """Count nothing: there are no frames."""
        return 0

    def heard_poll(self, child: Eui64, short: ShortAddress, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Keep everybody: without frames nobody ages."""
        return []

    def send(
        self,
        packet: Packet,
        now: Instant,  # noqa: ARG002
        *,
        frame_kind: str | None = None,
    ) -> list[Transmission]:
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

    def receive(self, transmission: Transmission, now: Instant) -> Received:  # noqa: ARG002
        """Hand over or relay the packet."""
        packet = transmission.packet
        if packet is None:
            self.counters.drop(Drop.MALFORMED)
            return NOTHING
        if packet.target not in (self._me, BROADCAST):
            return self._relay(packet, transmission)
        self.counters.received += 1
        if transmission.frame_kind == ACK_KIND:
            return Received(acknowledged_by=(packet.source,))
        mine = packet._replace(frame_kind=transmission.frame_kind)
        is_first_hop = packet.target == BROADCAST and packet.source == transmission.sender
        if packet.wants_ack:
            return Received((mine,), (self._ack(packet),))
        return Received((mine,), self._spread(packet, transmission) if is_first_hop else ())

    def link_status(self, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Return nothing: there are no links without frames."""
        return []

    def announce_routes(self, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Return nothing: there are no routes to be found without frames."""
        return []

    def failed(
        self,
        transmission: Transmission,  # noqa: ARG002
        now: Instant,  # noqa: ARG002
    ) -> list[Transmission]:
        """Do nothing: there is no other way without routes."""
        return []

    def polled(self, now: Instant, *, is_answered: bool) -> list[Transmission]:  # noqa: ARG002
        """Do nothing: without joining there is no other parent."""
        return []

    def has_pending(self, child: Eui64, now: Instant) -> bool:  # noqa: ARG002
        """Hold nothing."""
        return False

    def wake(self, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Do nothing: nothing is retried without frames."""
        return []

    def lost(self, transmission: Transmission) -> None:
        """Do nothing: there is no other way without routes."""

    def reaches_directly(self, target: Eui64) -> bool:
        """Whether a device is heard without a router in between."""
        return self._neighbourhood.next_hop(self._me, target) == target

    def restart(self, now: Instant) -> None:
        """Do nothing: there are no frame counters to lose."""

    def _relay(self, packet: Packet, transmission: Transmission) -> Received:
        if self._me not in self._neighbourhood.routers:
            self.counters.drop(Drop.NOT_FOR_US)
            return NOTHING
        self.counters.relayed += 1
        next_hop = self._neighbourhood.next_hop(self._me, packet.target)
        kind, cause = transmission.frame_kind, transmission.cause
        return Received(forward=(self._transmission(next_hop, packet, kind, cause),))

    def _ack(self, packet: Packet) -> Transmission:
        ack = packet._replace(
            source=self._me, target=packet.source, payload=b"", cause=None, wants_ack=False
        )
        next_hop = self._neighbourhood.next_hop(self._me, packet.source)
        return self._transmission(next_hop, ack, ACK_KIND, None)

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

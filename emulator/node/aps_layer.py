"""The APS of one node: from packets to APS frames and back, with acknowledgements and retries.

Source: ZigBee specification (05-3474) sections 2.2.4 and 2.2.8.4 (transmission, acknowledgement,
duplicates, fragmentation); apsAckWait 1.6 s and three retries [M] (han.md section 3).

    sent with ack request ──ack──> done
            └──1.6 s──> sent again, with a new frame counter ──after 3 retries──> given up, counted
    too long for a frame ──block──ack──50 ms──next block── ... ──> done
"""

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from hanbench.emulator.device import BROADCAST, Packet
from hanbench.emulator.instant import MILLISECOND_US, Instant, after
from hanbench.emulator.node import fragmentation
from hanbench.emulator.node.bounded import remember
from hanbench.emulator.node.drops import Counters, Drop
from hanbench.emulator.node.fragmentation import Reassembler
from hanbench.emulator.node.membership import Membership
from hanbench.emulator.node.node_security import NodeSecurity
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import aps
from hanbench.protocol.zigbee.aps import ApsFrame, Delivery, Fragment

SECURED_PAYLOAD_OCTETS_MAX = 65
"""What one frame holds beside its headers with NWK and APS security: 127 - 62."""
UNSECURED_PAYLOAD_OCTETS_MAX = 82
"""The same with NWK security alone."""
EXTENDED_HEADER_OCTETS = 2
ACK_WAIT_US = 1_600 * MILLISECOND_US
SLEEPER_WAIT_US = ACK_WAIT_US + 7_680 * MILLISECOND_US
"""To or from one that polls: its parent may hold frame or ack for as long as it holds anything."""
RETRIES_MAX = 3
INTERFRAME_US = 50 * MILLISECOND_US
DUPLICATES_KEPT = 32
"""How many counters of one sender are remembered [M]."""
PEERS_MAX = 64
"""Of how many senders [M]; the one that was first heard is forgotten first."""


class Sealed(NamedTuple):
    """An APS frame in octets, ready for the NWK layer."""

    target: Eui64
    payload: bytes
    kind: str
    packet: Packet | None


@dataclass(slots=True)
class _Pending:
    """A packet under way that wants an acknowledgement."""

    packet: Packet
    kind: str
    counter: int
    blocks: tuple[bytes, ...]
    """One, where it is not fragmented."""
    index: int = 0
    tries: int = 1
    due: Instant = Instant(0)  # noqa: RUF009  (a NewType of int)
    is_acknowledged: bool = False
    """Of the present block: it waits for the interframe delay."""


class ApsLayer:
    """Counters, acknowledgements, retries, duplicates and fragments of one node."""

    def __init__(
        self,
        membership: Membership,
        security: NodeSecurity,
        counters: Counters,
        *,
        wants_acks: bool,
    ) -> None:
        self._membership = membership
        self._security = security
        self._counters = counters
        self._wants_acks = wants_acks
        self._counter = 0
        self._pending: dict[tuple[Eui64, int], _Pending] = {}
        self._heard: dict[Eui64, deque[int]] = {}
        self._reassembler = Reassembler()
        self.deadline: Instant | None = None

    def begin_at(self, counter: int) -> None:
        """Begin to count elsewhere than at 1."""
        self._counter = counter & 0xFF

    def next_counter(self) -> int:
        """Return the next APS counter."""
        self._counter = (self._counter + 1) & 0xFF
        return self._counter

    def send(self, packet: Packet, kind: str, now: Instant) -> Sealed | None:
        """Return the first frame of a packet; None, counted, where no key is known for it."""
        is_broadcast = packet.target == BROADCAST
        limit = payload_octets_max(packet)
        counter = self.next_counter()
        if is_broadcast and len(packet.payload) > limit:
            self._counters.drop(Drop.TOO_LONG)
            return None
        wants_ack = self._wants_acks or packet.wants_ack
        if is_broadcast or (not wants_ack and len(packet.payload) <= limit):
            return self._sealed(packet, kind, self._data(packet, counter, packet.payload, None))
        size = limit if len(packet.payload) <= limit else limit - EXTENDED_HEADER_OCTETS
        blocks = fragmentation.blocks_of(packet.payload, size) or (b"",)
        pending = _Pending(packet, kind, counter, blocks)
        sealed = self._block(pending)
        if sealed is not None:
            self._pending[packet.target, counter] = pending
            self._wait(pending, now)
        return sealed

    def take(
        self, frame: ApsFrame, payload: bytes, peer: Eui64, now: Instant
    ) -> tuple[bytes | None, ApsFrame | None]:
        """Take a data frame: its whole payload (None: not yet, or a duplicate), and the ack."""
        # What is for a group is never acknowledged (2.2.8.4.2): all members would answer at once.
        wants_ack = frame.ack_request and frame.delivery is Delivery.UNICAST
        ack = self._ack(frame) if wants_ack else None
        if frame.fragment is not None:
            whole = self._reassembler.take(peer, frame.counter, frame.fragment, payload, now)
            return whole, ack
        if wants_ack and self._is_duplicate(peer, frame.counter):
            self._counters.drop(Drop.DUPLICATE)
            return None, ack
        return payload, ack

    def acknowledged(self, ack: ApsFrame, peer: Eui64, now: Instant) -> Packet | None:
        """Take an acknowledgement; return the packet that it completes, if it does."""
        pending = self._pending.get((peer, ack.counter))
        if pending is None or pending.is_acknowledged:
            return None
        if len(pending.blocks) > 1 and not _acknowledges(ack.fragment, pending.index):
            return None
        if pending.index + 1 == len(pending.blocks):
            # The deadline stays as it is: one idle wake costs less than planning for every frame.
            del self._pending[peer, ack.counter]
            return pending.packet
        pending.is_acknowledged = True
        pending.due = after(now, INTERFRAME_US)
        self._plan()
        return None

    def wake(self, now: Instant) -> list[Sealed]:
        """Return the next blocks, and what nobody acknowledged in time once more."""
        sent: list[Sealed] = []
        for key, pending in [*self._pending.items()]:
            if pending.due > now:
                continue
            sealed = self._next(pending)
            if sealed is None:
                del self._pending[key]
                continue
            sent.append(sealed)
            self._wait(pending, now)
        self._plan()
        return sent

    def seal_ack(self, ack: ApsFrame, peer: Eui64, *, is_secured: bool) -> bytes:
        """Return the octets of an acknowledgement, protected as what it acknowledges was."""
        sealed = self._security.seal_aps(ack, peer) if is_secured else aps.encode(ack)
        assert not isinstance(sealed, Drop), "the message was opened with that key"
        return sealed

    def restart(self) -> None:
        """Forget what is under way and what was heard."""
        self._pending.clear()
        self._heard.clear()
        self._reassembler.clear()
        self.deadline = None

    def _next(self, pending: _Pending) -> Sealed | None:
        if pending.is_acknowledged:
            pending.index += 1
            pending.tries = 1
            pending.is_acknowledged = False
            return self._block(pending)
        if pending.tries > RETRIES_MAX:
            self._counters.drop(Drop.NOT_ACKNOWLEDGED)
            return None
        pending.tries += 1
        return self._block(pending)

    def _block(self, pending: _Pending) -> Sealed | None:
        total = len(pending.blocks)
        header = fragmentation.header_of(pending.index, total) if total > 1 else None
        block = pending.blocks[pending.index]
        frame = self._data(pending.packet, pending.counter, block, header)
        return self._sealed(pending.packet, pending.kind, frame._replace(ack_request=True))

    def _wait(self, pending: _Pending, now: Instant) -> None:
        me = self._membership
        polls = me.is_sleepy or pending.packet.target in me.sleepers
        pending.due = after(now, SLEEPER_WAIT_US if polls else ACK_WAIT_US)
        if self.deadline is None or pending.due < self.deadline:
            self.deadline = pending.due

    def _plan(self) -> None:
        self.deadline = min((one.due for one in self._pending.values()), default=None)

    def _data(
        self, packet: Packet, counter: int, payload: bytes, fragment: Fragment | None
    ) -> ApsFrame:
        is_broadcast = packet.target == BROADCAST
        return ApsFrame(
            frame_type=aps.FrameType.DATA,
            counter=counter,
            payload=payload,
            delivery=Delivery.BROADCAST if is_broadcast else Delivery.UNICAST,
            target_endpoint=packet.target_endpoint,
            cluster=packet.cluster,
            profile=packet.profile,
            source_endpoint=packet.source_endpoint,
            fragment=fragment,
        )

    def _sealed(self, packet: Packet, kind: str, frame: ApsFrame) -> Sealed | None:
        # A broadcast has no link key: it goes out under the network key alone.
        if not packet.is_secured or packet.target == BROADCAST:
            return Sealed(packet.target, aps.encode(frame), kind, packet)
        octets = self._security.seal_aps(frame, packet.target)
        if isinstance(octets, Drop):
            self._counters.drop(octets)
            return None
        return Sealed(packet.target, octets, kind, packet)

    def _ack(self, message: ApsFrame) -> ApsFrame:
        block = message.fragment
        return ApsFrame(
            frame_type=aps.FrameType.ACK,
            counter=message.counter,
            target_endpoint=message.source_endpoint,
            cluster=message.cluster,
            profile=message.profile,
            source_endpoint=message.target_endpoint,
            fragment=None if block is None else fragmentation.acknowledgement_of(block),
        )

    def _is_duplicate(self, peer: Eui64, counter: int) -> bool:
        heard = self._heard.get(peer)
        if heard is None:
            heard = deque(maxlen=DUPLICATES_KEPT)
            remember(self._heard, peer, heard, PEERS_MAX)
        if counter in heard:
            return True
        heard.append(counter)
        return False


def payload_octets_max(packet: Packet) -> int:
    """Return how much of a packet one frame holds."""
    if packet.is_secured and packet.target != BROADCAST:
        return SECURED_PAYLOAD_OCTETS_MAX
    return UNSECURED_PAYLOAD_OCTETS_MAX


def _acknowledges(fragment: Fragment | None, index: int) -> bool:
    return fragment is not None and fragment.ack_bitmap is not None and fragment.block == index

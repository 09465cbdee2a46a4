"""What a hub sends to one meter: one message at a time, one segment at a time.

Modelled [M]. A segment goes out, and the next one only when it is known that the last one arrived:
at once to a meter that listens, at the next poll to one that sleeps. So a lost frame is repeated
and nothing overtakes anything. Each try is encoded anew, under a fresh frame counter.

Of a meter in reach the radio tells what arrived. One that sleeps behind a router is not heard to
poll, and the router's word is not the meter's: the hub learns that it is awake from what it sends,
asks for an acknowledgement of each segment (APS), and goes on when that has come. So it does for a
meter that listens behind a router.
"""

from collections import deque
from dataclasses import dataclass

from hanbench.emulator.device import Packet
from hanbench.emulator.hub.gas_mirror import GasMirror, Held
from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.node.aps_layer import ACK_WAIT_US, RETRIES_MAX, SLEEPER_WAIT_US
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.node.trust_centre.join_table import Member
from hanbench.emulator.zcl.tunnel_server import FIRST_TUNNEL
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol import tunnel_segments
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.tunnelling import TransferToServer

TUNNEL_KIND = "tunnel"
TOP_UP_KIND = "top-up"
AWAKE_US = 15 * SECOND_US
"""How long a meter that was heard is taken to be awake [M]."""
THROUGH_US = (RETRIES_MAX + 1) * ACK_WAIT_US
"""When the APS has given up a segment for a meter that listens behind a router."""
WAITING_MAX = 64
"""How many messages wait for a meter that listens [M]: each takes milliseconds, so more are a
flood, or the meter is gone; the hub's memory has an end."""
GIVEN_UP_US = (RETRIES_MAX + 1) * SLEEPER_WAIT_US
"""When the APS has given a segment up that was never acknowledged."""


@dataclass(slots=True)
class _Transfer:
    held: Held
    parts: tuple[bytes, ...]
    at: int = 0
    is_retried: bool = False


class Downlink:
    """The way down to one meter; `mirror` is where its messages wait if it sleeps."""

    def __init__(self, member: Member, sender: ZclSender, mirror: GasMirror | None) -> None:
        self.member = member
        self.mirror = mirror
        self._sender = sender
        self._queue: deque[Held] = deque()
        self._transfer: _Transfer | None = None
        self._is_behind_router = False
        self._heard_at: Instant | None = None
        self._pushed_at: Instant | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being sent, or waits to be sent again."""
        return self._transfer is None and not self._queue

    def enqueue(self, held: Held) -> bool:
        """Put a message down for a meter that listens; return False: too many wait already."""
        if len(self._queue) >= WAITING_MAX:
            return False
        self._queue.append(held)
        return True

    def has_more(self, now: Instant) -> bool:
        """Whether a segment could be sent now: the pending bit in the answer to a poll."""
        return self._current(now) is not None

    def heard(self, now: Instant, *, is_behind_router: bool) -> None:
        """Note that the meter has sent something, and whether a router passed it on."""
        self._heard_at = now
        self._is_behind_router = is_behind_router

    def push(self, now: Instant) -> Packet | None:
        """Return a segment for a meter that is awake behind a router; None: nothing now."""
        if not self._is_behind_router or not _is_within(self._heard_at, AWAKE_US, now):
            return None
        if _is_within(self._pushed_at, GIVEN_UP_US, now):
            return None  # the last one is still under way
        packet = self.next_packet(now)
        if packet is None:
            return None
        self._pushed_at = now
        return packet._replace(wants_ack=True)

    def sent_through(self, now: Instant) -> None:
        """Note that a segment is on its way over routers, to be acknowledged by the meter."""
        self._pushed_at = now

    def acknowledged_by(self) -> Instant | None:
        """Return when a segment sent over routers counts as lost; None: none is on its way."""
        return None if self._pushed_at is None else after(self._pushed_at, THROUGH_US)

    def not_acknowledged(self) -> None:
        """Note that the segment sent over routers is lost."""
        self._pushed_at = None

    def acknowledged(self, now: Instant) -> None:
        """Note that the meter itself has acknowledged the segment sent last."""
        if self._pushed_at is not None:
            self._pushed_at = None
            self.delivered(now)

    def next_packet(self, now: Instant) -> Packet | None:
        """Return the segment whose turn it is, again if it was not delivered; None: nothing."""
        transfer = self._current(now)
        if transfer is None:
            return None
        if self.mirror is not None and not transfer.held.is_begun:
            self.mirror.begin(transfer.held)
        return self._packet(transfer)

    def delivered(self, now: Instant) -> None:
        """Note that the segment sent last has arrived."""
        transfer = self._transfer
        if transfer is None:
            return
        transfer.at += 1
        if transfer.at == len(transfer.parts):
            self._transfer = None
            if self.mirror is not None:
                self.mirror.fetched(transfer.held, now)

    def start_again(self) -> bool:
        """Go back to the first segment, once; return False when that was done before."""
        transfer = self._transfer
        if transfer is None or transfer.is_retried:
            return False
        transfer.at, transfer.is_retried = 0, True
        return True

    def give_up(self) -> int:
        """Drop the message that is being sent, and return its id."""
        transfer, self._transfer = self._transfer, None
        return transfer.held.message_id if transfer else 0

    def restart(self) -> None:
        """Forget what was on its way; the mirror has a memory of its own."""
        self._queue.clear()
        self._transfer = None
        self._heard_at = self._pushed_at = None

    def _current(self, now: Instant) -> _Transfer | None:
        if self._transfer is not None and not self._is_gone(self._transfer):
            return self._transfer
        held = self._next_held(now)
        self._transfer = None if held is None else _Transfer(held, _parts(held))
        return self._transfer

    def _is_gone(self, transfer: _Transfer) -> bool:
        # It may have expired between two polls: the meter keeps half a message, and drops it.
        return self.mirror is not None and not self.mirror.holds(transfer.held)

    def _next_held(self, now: Instant) -> Held | None:
        if self.mirror is not None:
            return self.mirror.offer(now)
        return self._queue.popleft() if self._queue else None

    def _packet(self, transfer: _Transfer) -> Packet:
        held, part = transfer.held, transfer.parts[transfer.at]
        if held.is_envelope:
            return self._sender.command(
                self.member.eui64,
                ClusterId.TUNNELLING,
                TransferToServer(FIRST_TUNNEL, part),
                kind=TUNNEL_KIND,
                cause=held.cause,
            )
        return self._sender.frame(
            self.member.eui64,
            held.cluster,
            zcl.decode(part),
            kind=TOP_UP_KIND,
            endpoints=(MIRROR_ENDPOINT, 1),
        )


def _is_within(since: Instant | None, duration_us: int, now: Instant) -> bool:
    return since is not None and now - since < duration_us


def _parts(held: Held) -> tuple[bytes, ...]:
    return tunnel_segments.segment(held.octets) if held.is_envelope else (held.octets,)

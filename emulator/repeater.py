"""A HAN repeater: relays what is not for it, says what it is, and is no device of the DCC.

Source: ZigBee Smart Energy Standard (07-5356), device 0x0008 (range extender), as collected in
han.md section 5. It is never migrated (TMAD v5.1 conclusions), so a home may depend on a device
that no inventory names.
"""

from collections import deque
from collections.abc import Iterable

from typing_extensions import override

from hanbench.emulator.device import Device, Output, Packet, Transmission
from hanbench.emulator.instant import START, Instant, after
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.stack import Stack
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.emulator.rounds import Rounds
from hanbench.emulator.zcl.keep_alive_watch import KeepAliveWatch
from hanbench.emulator.zcl.own_clusters import OwnClusters
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.identifiers import Eui64

LINK_STATUS = "link-status"
HEARD_MAX = 64
"""How many frames it holds before it opens them [M]; more are dropped."""


class Repeater(Device):
    """A repeater; it routes, answers for its Basic cluster, and does nothing else."""

    def __init__(
        self,
        name: str,
        eui64: Eui64,
        *,
        stack: Stack,
        link_status_interval_us: int | None = None,
        forward_delay_us: int = 0,
        own: OwnClusters | None = None,
    ) -> None:
        super().__init__(name, eui64)
        self._stack = self.stack = stack
        self._interval_us = link_status_interval_us
        self._own = own
        self._forward_delay_us = forward_delay_us
        self._heard: deque[tuple[Instant, Transmission]] = deque(maxlen=HEARD_MAX)
        self._keep_alive: KeepAliveWatch | None = None
        self._rounds = self._plan(START)
        self._plan_wake()

    def watch_trust_centre(self, node: NodeObject, sender: ZclSender, hub: Eui64) -> None:
        """Look after the trust centre from now on."""
        self._keep_alive = KeepAliveWatch(node, sender, hub, send=self._send, first_at=START)
        self._plan_wake()

    @property
    def frames_relayed(self) -> int:
        """How many frames of others it has sent on."""
        return self._stack.counters.relayed

    @override
    def receive(self, transmission: Transmission, now: Instant) -> list[Output]:
        if not self._forward_delay_us:
            return self._taken(transmission, now)
        # It is opened late rather than sent late: what is sealed must leave in the order of its
        # frame counters, and a link status may fall in between.
        if len(self._heard) == HEARD_MAX:
            self._stack.counters.drop(Drop.NO_ROOM)
            return []
        self._heard.append((after(now, self._forward_delay_us), transmission))
        self._plan_wake()
        return []

    @override
    def wake(self, now: Instant) -> list[Output]:
        outputs: list[Output] = []
        while self._heard and self._heard[0][0] <= now:
            outputs += self._taken(self._heard.popleft()[1], now)
        for _ in self._rounds.take_due(now):
            outputs += self._stack.link_status(now)
        if self._keep_alive is not None:
            outputs += self._keep_alive.wake(now)
        self._plan_wake()
        return outputs

    @override
    def restart(self, now: Instant, because: str) -> list[Output]:
        self._heard.clear()
        self._stack.restart(now)
        self._rounds = self._plan(now)
        if self._keep_alive is not None:
            self._keep_alive.restart(now)
        self._plan_wake()
        return []

    def face(self) -> tuple[str, ...]:
        """Return what its light tells."""
        return (f"on, {self.frames_relayed} frames relayed",)

    def _taken(self, transmission: Transmission, now: Instant) -> list[Output]:
        received = self._stack.receive(transmission, now)
        outputs: list[Output] = [*received.forward]
        if self._own is None:
            return outputs
        for packet in received.packets:
            if self._keep_alive is not None:
                self._keep_alive.take(packet, now)
            answer = self._own.answer(packet)
            if answer is not None:
                outputs += self._stack.send(answer, now)
        return outputs

    def _send(self, packets: Iterable[Packet], now: Instant) -> list[Output]:
        return [sent for packet in packets for sent in self._stack.send(packet, now)]

    def _plan(self, now: Instant) -> Rounds:
        rounds = Rounds()
        rounds.every(LINK_STATUS, self._interval_us, after(now, self._interval_us or 0))
        return rounds

    def _plan_wake(self) -> None:
        watch = None if self._keep_alive is None else self._keep_alive.deadline
        due = [self._rounds.next, self._heard[0][0] if self._heard else None, watch]
        self.deadline = min((at for at in due if at is not None), default=None)

"""Watches that the trust centre is there: a device that only listens would never miss it.

Sources: ZigBee Smart Energy Standard (07-5356) Annex A.3 (Keep-Alive) and section 5.4.2.2.3.4 of
its revision 1.1 (105638r09), read second-hand (han.md sections 5 and 6; Silicon Labs and Exegin on
their implementations): the attributes are read every base minutes and a random part of jitter
seconds, between 5 and 20 min if nothing else is known; after three reads in a row without an answer
the device searches for its network, which may have another PAN id by now. How long an answer may
take is modelled [M]; that the watch runs where the periodic traffic runs is our choice.

    read ──answer──> base and jitter as told, failures 0 ──> read again
      └── nothing for 20 s ──> one failure more ──> read again
                                   └── the third ──> trust centre lost: a secured rejoin,
                                                         to another parent if there is one
"""

from collections.abc import Callable, Iterable
from typing import Final

from hanbench.emulator.device import Output, Packet
from hanbench.emulator.instant import MINUTE_US, SECOND_US, Instant, after
from hanbench.emulator.node.bounded import remember
from hanbench.emulator.node.joining.joiner import CANDIDATES_MAX, Phase, Purpose
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.emulator.zcl.clock_reading import keep_alive_read
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.keep_alive import (
    BASE_MINUTES_DEFAULT,
    FAILURES_UNTIL_LOST,
    JITTER_SECONDS_DEFAULT,
    JITTER_SECONDS_MAX,
    AttributeId,
)
from hanbench.protocol.zigbee.zcl import Direction, FrameType
from hanbench.protocol.zigbee.zcl_general import GeneralCommand, ReadAttributesResponse

PATIENCE_US: Final = 20 * SECOND_US
"""How long an answer may take [M]: a device that sleeps fetches it with a poll."""

Send = Callable[[Iterable[Packet], Instant], list[Output]]


class KeepAliveWatch:
    """The watch of one device over its trust centre."""

    def __init__(
        self, node: NodeObject, sender: ZclSender, hub: Eui64, *, send: Send, first_at: Instant
    ) -> None:
        self.deadline = first_at
        """When `wake` is next due."""
        self._node = node
        self._sender = sender
        self._hub = hub
        self._send = send
        self._base_us = BASE_MINUTES_DEFAULT * MINUTE_US
        self._jitter_us = JITTER_SECONDS_DEFAULT * SECOND_US
        self._failures = 0
        self._waits = False
        self._draws = 0
        self._in_vain: dict[Eui64, int] = {}
        """The parents that we had when it was lost, since it last answered: others are tried first,
        for these may be as lost as we are, or wrong about where the network is."""
        self._plan(first_at)

    def wake(self, now: Instant) -> list[Output]:
        """Read if it is time, or take that nobody answers."""
        if self.deadline > now:
            return []
        if self._waits:
            return self._unanswered(now)
        self._plan(now)
        if self._node.joiner.phase is not Phase.JOINED:
            return []
        self._waits, self.deadline = True, after(now, PATIENCE_US)
        return self._send([keep_alive_read(self._sender, self._hub)], now)

    def take(self, packet: Packet, now: Instant) -> None:
        """Take the answer: the trust centre is there, and says how often it wants to be read."""
        if packet.source != self._hub or packet.cluster != ClusterId.KEEP_ALIVE:
            return
        answer = _answer(packet)
        if answer is None:
            return
        if isinstance(answer, ReadAttributesResponse):
            self._learn(answer)
        self._failures, self._waits = 0, False
        self._in_vain.clear()
        self._plan(now)

    def restart(self, now: Instant) -> None:
        """Begin anew: what was counted is volatile."""
        self._failures, self._waits = 0, False
        self._in_vain.clear()
        self._plan(now)

    def _unanswered(self, now: Instant) -> list[Output]:
        self._waits = False
        self._failures += 1
        self._plan(now)
        if self._failures < FAILURES_UNTIL_LOST or self._node.joiner.phase is not Phase.JOINED:
            return []
        self._failures = 0
        self._node.surroundings.note("trust-centre-lost", now)
        parent = self._node.joiner.parent
        if parent is not None:
            often = self._in_vain.get(parent, 0) + 1
            remember(self._in_vain, parent, often, CANDIDATES_MAX)
        return [*self._node.joiner.rejoin(Purpose.SECURED_REJOIN, now, self._in_vain)]

    def _learn(self, answer: ReadAttributesResponse) -> None:
        """Go by what the trust centre wants, as far as it may want it."""
        told = {one.id: one.typed.value for one in answer.results if one.typed is not None}
        base = told.get(AttributeId.BASE_MINUTES)
        jitter = told.get(AttributeId.JITTER_SECONDS)
        if isinstance(base, int) and base > 0:
            self._base_us = base * MINUTE_US
        if isinstance(jitter, int) and jitter <= JITTER_SECONDS_MAX:
            self._jitter_us = jitter * SECOND_US

    def _plan(self, now: Instant) -> None:
        self._draws += 1
        drawn = self._node.surroundings.lots("keep-alive jitter", self._draws)
        self.deadline = after(now, self._base_us + drawn % (self._jitter_us + 1))


def _answer(packet: Packet) -> GeneralCommand | None:
    """Return what a server says in a general command; None: it is something else."""
    try:
        frame = zcl.decode(packet.payload)
        is_general = frame.frame_type is FrameType.GENERAL
        if not is_general or frame.direction is not Direction.SERVER_TO_CLIENT:
            return None
        return zcl_general.decode(frame)
    except DecodeError:
        return None

"""What a display asks when it knows nothing: texts, names, the tariff, prices, firmware.

Source: ZigBee Smart Energy Standard (07-5356), sections D.4, D.5, D.9 and D.10; as collected in
han.md section 6. When it asks is modelled [M]: after its power came back, after it has joined, and
as a home begins whose hub holds something. What gets no answer is asked again, three times in all.

    begin ─> each question once ─> answer or status ─> done
                                └── nothing for 20 s ─> again
"""

from dataclasses import dataclass

from hanbench.emulator.device import Packet
from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import calendar, device_management, messaging, price
from hanbench.protocol.zigbee.clusters.catalogue import ClusterCommand
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.zcl import Direction

ASKED_MAX = 3
PATIENCE_US = 20 * SECOND_US
ANY_TYPE = 0xFF
_ALL = 0
_RECEIVER_ON = 1


@dataclass(slots=True)
class _Question:
    target: Eui64
    endpoint: int
    cluster: ClusterId
    command: ClusterCommand
    due: Instant
    asked: int = 0
    sequence: int | None = None


class EsiClient:
    """The questions of one display."""

    def __init__(self, hub: Eui64, esme: Eui64 | None, sender: ZclSender) -> None:
        self._hub = hub
        self._esme = esme
        self._sender = sender
        self._open: list[_Question] = []

    @property
    def deadline(self) -> Instant | None:
        """When `wake` is next due."""
        return min((one.due for one in self._open), default=None)

    def begin(self, now: Instant) -> None:
        """Ask for everything, from now on."""
        self._open.clear()
        self.ask(ClusterId.MESSAGING, messaging.GetLastMessage(), now)
        self.ask(ClusterId.DEVICE_MANAGEMENT, device_management.GetChangeOfSupplier(), now)
        calendars = calendar.GetCalendar(
            earliest_utc=0,
            least_issuer_event_id=0,
            count_max=_ALL,
            type=ANY_TYPE,
            provider_id=calendar.ANY_PROVIDER,
        )
        self.ask(ClusterId.CALENDAR, calendars, now)
        self.ask(ClusterId.PRICE, price.GetCurrentPrice(_RECEIVER_ON), now, MIRROR_ENDPOINT)
        if self._esme is not None:
            question = price.GetCurrentPrice(_RECEIVER_ON)
            self._open.append(_Question(self._esme, 1, ClusterId.PRICE, question, now))

    def ask(
        self, cluster: ClusterId, command: ClusterCommand, now: Instant, endpoint: int = 1
    ) -> None:
        """Ask the hub one thing, unless it is asked already."""
        if all(one.command != command or one.target != self._hub for one in self._open):
            self._open.append(_Question(self._hub, endpoint, cluster, command, now))

    def forget(self) -> None:
        """Ask nothing any more."""
        self._open.clear()

    def wake(self, now: Instant) -> list[Packet]:
        """Return the questions that are due; give up those that nobody answers."""
        packets = []
        self._open = [one for one in self._open if one.due > now or one.asked < ASKED_MAX]
        for one in self._open:
            if one.due <= now:
                packet = self._sender.command(
                    one.target,
                    one.cluster,
                    one.command,
                    kind="question",
                    endpoints=(1, one.endpoint),
                )
                one.sequence = zcl.decode(packet.payload).sequence
                one.asked += 1
                one.due = after(now, PATIENCE_US)
                packets.append(packet)
        return packets

    def take(self, packet: Packet) -> None:
        """Close the question that a packet answers, by a command or by a status."""
        if not self._open:
            return
        try:
            frame = zcl.decode(packet.payload)
        except DecodeError:
            return
        if frame.direction is Direction.SERVER_TO_CLIENT:
            told = (packet.source, packet.cluster, frame.sequence)
            self._open = [
                one for one in self._open if (one.target, one.cluster, one.sequence) != told
            ]

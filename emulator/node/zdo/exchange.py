"""The ZDO messages of one node: what it asks others, and what it does when it is asked.

Source: ZigBee specification (05-3474) sections 2.4.3 (ZDP client services) and 2.4.4 (server
responses). What is about the node itself is answered by `server.py`.
"""

from collections.abc import Callable
from typing import Protocol

from hanbench.emulator.device import BROADCAST, Packet, Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.endpoints import SMART_ENERGY
from hanbench.emulator.node.joining.leaving import Leaving
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.parent.parenting import Parenting, is_sleepy
from hanbench.emulator.node.zdo.server import ZdoServer, zdo_packet
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import nwk, zdo
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

Send = Callable[[Packet, Instant], list[Transmission]]


class Newcomer(Protocol):
    """Takes that a device has joined or moved."""

    def __call__(self, device: Eui64, now: Instant, *, polls: bool) -> None:
        """Take it; `polls`: its receiver is off but for its polls."""


def _ignore(device: Eui64, now: Instant, *, polls: bool) -> None:
    """Want to know of nobody."""


class ZdoExchange:
    """Asks and answers."""

    def __init__(
        self,
        management: Management,
        server: ZdoServer,
        parenting: Parenting,
        leaving: Leaving,
        send: Send,
    ) -> None:
        self._management = management
        self._server = server
        self._parenting = parenting
        self._leaving = leaving
        self._send = send
        self._sequence = 0
        self.on_announced: Callable[[Eui64, ShortAddress, Instant], None] = parenting.proven
        """Takes that a device has shown that it holds the network key."""
        self.on_newcomer: Newcomer = _ignore
        """Told of each device that has joined or moved."""

    def request(self, message: zdo.Message, target: Eui64, now: Instant) -> list[Transmission]:
        """Send a request, or an announcement."""
        self._sequence = (self._sequence + 1) & 0xFF
        return self._zdo(message, target, self._sequence, now)

    def seek(self, cluster: int, target: Eui64, now: Instant) -> list[Transmission]:
        """Ask a device whether it serves a cluster, or all that listen who does."""
        me = self._management.membership
        short = nwk.ALL_LISTENING if target == BROADCAST else me.short_of.get(target)
        if short is None:
            return []
        asked = zdo.MatchDescriptorRequest(
            short=short, profile=SMART_ENERGY, server_clusters=(cluster,)
        )
        return self.request(asked, target, now)

    def refuse(self, packet: Packet, now: Instant) -> list[Transmission]:
        """Say that a request is not known here; what is malformed, or for all, gets no answer."""
        is_known, is_request = zdo.knows(packet.cluster), not packet.cluster & zdo.RESPONSE
        self._management.counters.drop(Drop.MALFORMED if is_known else Drop.UNSUPPORTED)
        if is_known or not is_request or packet.target == BROADCAST or not packet.payload:
            return []
        refusal = zdo.NotSupported(packet.cluster)
        return self._zdo(refusal, packet.source, packet.payload[0], now)

    def take(
        self, packet: Packet, frame: zdo.ZdoFrame, hop: Eui64, now: Instant
    ) -> list[Transmission] | None:
        """Take a message; None: it is the answer to something that we have asked."""
        match frame.message:
            case zdo.DeviceAnnounce(short, eui64, capability):
                polls = is_sleepy(capability)
                if self._management.mesh.announced(eui64, short, now, polls=polls):
                    self._parenting.heard_announced(eui64, hop, now)
                    self.on_announced(eui64, short, now)
                    self.on_newcomer(eui64, now, polls=polls)
                return []
            case zdo.PermitJoiningRequest(duration_s=seconds):
                self._parenting.permit(seconds, now)
                if packet.target == BROADCAST:
                    return []
                answer: zdo.Message = zdo.PermitJoiningResponse(ZdoStatus.SUCCESS)
                return self._zdo(answer, packet.source, frame.sequence, now)
            case zdo.LeaveRequest(eui64=eui64):
                return self._asked_to_leave(packet, frame, eui64, now)
            case message:
                found = self._server.answer(message, packet)
                if found is None:
                    return None
                return self._zdo(found, packet.source, frame.sequence, now)

    def _asked_to_leave(
        self, packet: Packet, frame: zdo.ZdoFrame, eui64: Eui64, now: Instant
    ) -> list[Transmission]:
        me = self._management.membership
        may = packet.source == me.trust_centre and eui64 in (me.me, Eui64(0))
        status = ZdoStatus.SUCCESS if may else ZdoStatus.NOT_AUTHORISED
        answer = self._zdo(zdo.LeaveResponse(status), packet.source, frame.sequence, now)
        return [*answer, *self._leaving.part(now)] if may else answer

    def _zdo(
        self, message: zdo.Message, target: Eui64, sequence: int, now: Instant
    ) -> list[Transmission]:
        frame = zdo.ZdoFrame(sequence, message)
        return self._send(zdo_packet(self._management.membership.me, target, frame), now)

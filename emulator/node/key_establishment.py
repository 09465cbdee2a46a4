"""Key establishment at a node: the sessions with others, in packets.

Source: ZigBee Smart Energy Standard (07-5356) annex C.3. One exchange with a peer at a time; a new
Initiate of a peer begins anew, and beyond a few at once there are no resources.
"""

from collections.abc import Callable

from hanbench.emulator.device import Packet
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.cbke_session import RETRY_S, CbkeSession, Failure, Stage
from hanbench.emulator.node.credentials import Credentials
from hanbench.emulator.node.surroundings import Surroundings
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.clusters import key_establishment
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.key_establishment import (
    AttributeId,
    Command,
    InitiateRequest,
    TerminateByServer,
    TerminateStatus,
)
from hanbench.protocol.zigbee.clusters.security_policy import BEFORE_THE_LINK_KEY
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import ReadAttributes, ReadAttributesResponse, ReadResult

SESSIONS_MAX = 4
"""How many exchanges a device does at a time [M]."""
KIND = "key-establishment"

Established = Callable[[Eui64, Key, Suite, Instant], None]
Failed = Callable[[Eui64, Failure, Instant], None]


class KeyEstablishment:
    """The exchanges of one node."""

    def __init__(
        self,
        me: Eui64,
        credentials: Credentials,
        surroundings: Surroundings,
        *,
        established: Established,
        failed: Failed,
    ) -> None:
        self._me = me
        self._credentials = credentials
        self._surroundings = surroundings
        self._established = established
        self._failed = failed
        self._sender = ZclSender(me, BEFORE_THE_LINK_KEY)
        self._sessions: dict[Eui64, CbkeSession] = {}
        self._endpoints: dict[Eui64, tuple[int, int]] = {}
        self._begun = 0

    @property
    def deadline(self) -> Instant | None:
        """When `wake` is next due."""
        if not self._sessions:
            return None  # asked after every event
        waiting = [one.deadline for one in self._sessions.values() if one.deadline is not None]
        return min(waiting, default=None)

    def begin(self, peer: Eui64, endpoint: int, suite: Suite, now: Instant) -> list[Packet]:
        """Begin an exchange with a peer."""
        session = self._new(peer, suite, is_initiator=True)
        self._endpoints[peer] = (1, endpoint)
        return self._said(session, session.start(now), now)

    def take(self, packet: Packet, now: Instant) -> list[Packet]:
        """Take a packet of the cluster."""
        try:
            frame = zcl.decode(packet.payload)
        except DecodeError:
            return []
        if frame.frame_type is FrameType.GENERAL:
            return self._read(packet, frame)
        self._endpoints[packet.source] = (packet.target_endpoint, packet.source_endpoint)
        session = self._sessions.get(packet.source)
        try:
            command = key_establishment.COMMANDS.decode(frame)
        except DecodeError:
            if session is None:
                return []
            return self._said(session, session.malformed(), now)
        if isinstance(command, InitiateRequest):
            return self._invited(packet.source, command, now)
        if session is None:
            return []
        return self._said(session, session.take(command, now), now)

    def wake(self, now: Instant) -> list[Packet]:
        """End the exchanges whose other side is too late."""
        packets: list[Packet] = []
        for session in [*self._sessions.values()]:
            if session.deadline is not None and session.deadline <= now:
                packets += self._said(session, session.expire(), now)
        return packets

    def restart(self) -> None:
        """Forget what is under way."""
        self._sessions.clear()

    def _invited(self, peer: Eui64, command: InitiateRequest, now: Instant) -> list[Packet]:
        suite = self._suite_of(command.suites)
        others = len(self._sessions) - (peer in self._sessions)
        if suite is None or others >= SESSIONS_MAX:
            status = TerminateStatus.UNSUPPORTED_SUITE
            if suite is not None:
                status = TerminateStatus.NO_RESOURCES
            refusal = TerminateByServer(status, RETRY_S, self._credentials.suites)
            return [self._packet(peer, refusal)]
        session = self._new(peer, suite, is_initiator=False)
        return self._said(session, session.take(command, now), now)

    def _suite_of(self, bitmap: int) -> Suite | None:
        offered = [suite for suite in self._credentials.certificates if bitmap == suite]
        return offered[0] if offered else None

    def _new(self, peer: Eui64, suite: Suite, *, is_initiator: bool) -> CbkeSession:
        self._begun += 1
        session = self._sessions[peer] = CbkeSession(
            me=self._me,
            peer=peer,
            is_initiator=is_initiator,
            suite=suite,
            credentials=self._credentials,
            ephemeral_key=self._surroundings.lots("ephemeral key", self._begun),
        )
        return session

    def _said(self, session: CbkeSession, commands: list[Command], now: Instant) -> list[Packet]:
        packets = [self._packet(session.peer, command) for command in commands]
        if session.stage is Stage.DONE:
            del self._sessions[session.peer]
            self._established(session.peer, session.link_key, session.suite, now)
        elif session.failure is not None:
            del self._sessions[session.peer]
            self._failed(session.peer, session.failure, now)
        return packets

    def _packet(self, peer: Eui64, command: Command) -> Packet:
        frame = key_establishment.COMMANDS.encode(command, sequence=self._sender.next_sequence())
        endpoints = self._endpoints.get(peer, (1, 1))
        return self._sender.frame(
            peer, ClusterId.KEY_ESTABLISHMENT, frame, kind=KIND, endpoints=endpoints
        )

    def _read(self, packet: Packet, frame: ZclFrame) -> list[Packet]:
        try:
            command = zcl_general.decode(frame)
        except DecodeError:
            return []
        if not isinstance(command, ReadAttributes):
            return []
        suites = AttributeValue(DataType.ENUM16, self._credentials.suites)
        results = tuple(
            ReadResult(number, ZclStatus.SUCCESS, suites)
            if number == AttributeId.KEY_ESTABLISHMENT_SUITE
            else ReadResult(number, ZclStatus.UNSUPPORTED_ATTRIBUTE)
            for number in command.ids
        )
        back = (
            Direction.SERVER_TO_CLIENT
            if frame.direction is Direction.CLIENT_TO_SERVER
            else Direction.CLIENT_TO_SERVER
        )
        return [
            self._sender.general(
                packet.source,
                ClusterId.KEY_ESTABLISHMENT,
                ReadAttributesResponse(results),
                direction=back,
                kind=KIND,
                endpoints=(packet.target_endpoint, packet.source_endpoint),
                sequence=frame.sequence,
            )
        ]

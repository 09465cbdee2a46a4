"""Key establishment at a node: the sessions with others, in packets.

Source: ZigBee Smart Energy Standard (07-5356) annex C.3. One exchange with a peer at a time; a new
Initiate of a peer begins anew, unless we have begun with it ourselves, and beyond a few at once
there are no resources. What belongs to no exchange (it came too late, or out of order) is answered
with Terminate, BAD_MESSAGE; a Terminate is never answered, so that two cannot go on for ever.
"""

from collections.abc import Callable

from hanbench.emulator.device import Packet
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.joining.cbke_session import RETRY_S, CbkeSession, Failure, Stage
from hanbench.emulator.node.joining.credentials import Credentials
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
    TerminateByClient,
    TerminateByServer,
    TerminateStatus,
)
from hanbench.protocol.zigbee.clusters.security_policy import BEFORE_THE_LINK_KEY
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    DefaultResponse,
    GeneralCommand,
    ReadAttributes,
    ReadAttributesResponse,
    ReadResult,
)

SESSIONS_MAX = 4
"""How many exchanges a device does at a time [M]."""
KIND = "key-establishment"
TERMINATE = 0x03
"""The number of Terminate Key Establishment, either way."""

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
        session = self._new(peer, suite, (1, endpoint), is_initiator=True)
        return self._said(session, session.start(now), now)

    def take(self, packet: Packet, now: Instant) -> list[Packet]:
        """Take a packet of the cluster."""
        try:
            frame = zcl.decode(packet.payload)
        except DecodeError:
            return []
        if frame.frame_type is FrameType.GENERAL:
            return self._read(packet, frame)
        session = self._sessions.get(packet.source)
        try:
            command = key_establishment.COMMANDS.decode(frame)
        except DecodeError:
            if session is None:
                return self._stray(packet, frame)
            return self._said(session, session.malformed(), now)
        if isinstance(command, InitiateRequest):
            return self._invited(packet, command, now)
        if session is None:
            return self._stray(packet, frame)
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

    def _invited(self, packet: Packet, command: InitiateRequest, now: Instant) -> list[Packet]:
        suite = self._suite_of(command.suites)
        if suite is None:
            return [self._refusal(packet, TerminateStatus.UNSUPPORTED_SUITE)]
        if not self._has_room_for(packet.source):
            return [self._refusal(packet, TerminateStatus.NO_RESOURCES)]
        session = self._new(packet.source, suite, _back(packet), is_initiator=False)
        return self._said(session, session.take(command, now), now)

    def _has_room_for(self, peer: Eui64) -> bool:
        """Whether an invitation can be taken; our own exchange with a peer is not given up."""
        held = self._sessions.get(peer)
        if held is not None:
            return not held.is_initiator
        return len(self._sessions) < SESSIONS_MAX

    def _stray(self, packet: Packet, frame: ZclFrame) -> list[Packet]:
        """Answer what belongs to no exchange."""
        if frame.command_id == TERMINATE:
            return []
        if key_establishment.COMMANDS.knows(frame):
            is_server = frame.direction is Direction.CLIENT_TO_SERVER
            return [self._refusal(packet, TerminateStatus.BAD_MESSAGE, is_server=is_server)]
        response = DefaultResponse(frame.command_id, ZclStatus.UNSUPPORTED_CLUSTER_COMMAND)
        return [self._general(packet, frame, response)]

    def _refusal(
        self, packet: Packet, status: TerminateStatus, *, is_server: bool = True
    ) -> Packet:
        kind = TerminateByServer if is_server else TerminateByClient
        return self._packet(
            packet.source, kind(status, RETRY_S, self._credentials.suites), _back(packet)
        )

    def _suite_of(self, bitmap: int) -> Suite | None:
        offered = [suite for suite in self._credentials.certificates if bitmap == suite]
        return offered[0] if offered else None

    def _new(
        self, peer: Eui64, suite: Suite, endpoints: tuple[int, int], *, is_initiator: bool
    ) -> CbkeSession:
        self._begun += 1
        session = self._sessions[peer] = CbkeSession(
            me=self._me,
            peer=peer,
            is_initiator=is_initiator,
            suite=suite,
            credentials=self._credentials,
            ephemeral_key=self._surroundings.lots("ephemeral key", self._begun),
            endpoints=endpoints,
        )
        return session

    def _said(self, session: CbkeSession, commands: list[Command], now: Instant) -> list[Packet]:
        packets = [self._packet(session.peer, command, session.endpoints) for command in commands]
        if session.stage is Stage.DONE:
            del self._sessions[session.peer]
            self._established(session.peer, session.link_key, session.suite, now)
        elif session.failure is not None:
            del self._sessions[session.peer]
            self._failed(session.peer, session.failure, now)
        return packets

    def _packet(self, peer: Eui64, command: Command, endpoints: tuple[int, int]) -> Packet:
        frame = key_establishment.COMMANDS.encode(command, sequence=self._sender.next_sequence())
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
        return [self._general(packet, frame, ReadAttributesResponse(results))]

    def _general(self, packet: Packet, asked: ZclFrame, answer: GeneralCommand) -> Packet:
        return self._sender.general(
            packet.source,
            ClusterId.KEY_ESTABLISHMENT,
            answer,
            direction=Direction(1 - asked.direction),
            kind=KIND,
            endpoints=_back(packet),
            sequence=asked.sequence,
        )


def _back(packet: Packet) -> tuple[int, int]:
    """The endpoints of an answer: ours and theirs."""
    return packet.target_endpoint, packet.source_endpoint

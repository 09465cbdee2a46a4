"""One side of a key establishment: what it says, what it expects next, and how it may end.

Source: ZigBee Smart Energy Standard (07-5356) annex C.3.1 (the exchange) and C.4.2; as collected in
han.md section 7. The other side has the time that it announced and 2 s of grace; a message out of
order, too late, or in the direction that is ours ends the exchange with BAD_MESSAGE.

    initiator  start ─> WAIT_INITIATE ─> WAIT_EPHEMERAL ─> WAIT_CONFIRM ─> done
    responder           WAIT_INITIATE ─> WAIT_EPHEMERAL ─> WAIT_CONFIRM ─> done
                          └── wrong, late, out of order, or told so ──> failed
"""

import enum
from dataclasses import dataclass
from typing import TypedDict

from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.node.joining.credentials import Credential, Credentials
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee import certificates, key_agreement
from hanbench.protocol.zigbee.binary_curve import Point
from hanbench.protocol.zigbee.certificates import KEY_AGREEMENT, Suite
from hanbench.protocol.zigbee.clusters.key_establishment import (
    Command,
    ConfirmKeyRequest,
    ConfirmKeyResponse,
    EphemeralDataRequest,
    EphemeralDataResponse,
    InitiateRequest,
    InitiateResponse,
    TerminateByClient,
    TerminateByServer,
    TerminateStatus,
)
from hanbench.protocol.zigbee.key_agreement import Agreement, Transcript

EPHEMERAL_DATA_S = 10
CONFIRM_KEY_S = 20
"""What we announce [M]: generous, as small meters are."""
GRACE_US = 2 * SECOND_US
FIRST_ANSWER_S = 10
"""How long the first answer may take, before any time was announced [M]."""
RETRY_S = 60
"""What we ask another to wait before it tries again [M]."""
_FROM_INITIATOR = (InitiateRequest, EphemeralDataRequest, ConfirmKeyRequest)
_FROM_RESPONDER = (InitiateResponse, EphemeralDataResponse, ConfirmKeyResponse)


class Stage(enum.Enum):
    """What a session waits for."""

    INITIATE = "initiate"
    EPHEMERAL = "ephemeral"
    CONFIRM = "confirm"
    DONE = "done"
    FAILED = "failed"


class _Initiate(TypedDict):
    suites: int
    ephemeral_data_s: int
    confirm_key_s: int
    certificate: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """How an exchange failed, and who said so."""

    status: TerminateStatus
    by_us: bool
    wait_s: int = 0
    is_late: bool = False

    @property
    def words(self) -> str:
        """Say it: the status, and whose it was."""
        name = "too-late" if self.is_late else self.status.name.lower().replace("_", "-")
        return f"{name}, {'we say' if self.by_us else 'the other says'}"


class CbkeSession:
    """One exchange with one other device."""

    def __init__(
        self,
        *,
        me: Eui64,
        peer: Eui64,
        is_initiator: bool,
        suite: Suite,
        credentials: Credentials,
        ephemeral_key: int,
        endpoints: tuple[int, int] = (1, 1),
    ) -> None:
        self.peer = peer
        self.endpoints = endpoints
        """Ours and theirs."""
        self.is_initiator = is_initiator
        self.suite = suite
        self.stage = Stage.INITIATE
        self.deadline: Instant | None = None
        self.failure: Failure | None = None
        self._me = me
        self._credentials = credentials
        self._ephemeral_key = ephemeral_key % suite.curve.order or 1
        self._credential: Credential | None = None
        self._their_static: Point | None = None
        self._their_point = b""
        self._our_point = b""
        self._agreement: Agreement | None = None
        self._their_times_s = (FIRST_ANSWER_S, FIRST_ANSWER_S)

    @property
    def link_key(self) -> Key:
        """The key that was made; only when the stage is DONE."""
        assert self.stage is Stage.DONE and self._agreement is not None  # noqa: PT018
        return self._agreement.link_key(is_test_material=self._credentials.is_test_material)

    def start(self, now: Instant) -> list[Command]:
        """Begin, as the initiator."""
        self._wait(Stage.INITIATE, FIRST_ANSWER_S, now)
        return [InitiateRequest(**self._initiate())]

    def take(self, command: Command, now: Instant) -> list[Command]:
        """Take what the other side says; return what is said to it."""
        if isinstance(command, TerminateByClient | TerminateByServer):
            # From our own side of an exchange it can only be about another; it is never answered.
            if isinstance(command, TerminateByServer) is self.is_initiator:
                self._end(Failure(command.status, by_us=False, wait_s=command.wait_s))
            return []
        if self.deadline is not None and now >= self.deadline:
            return self.expire()
        if not isinstance(command, _FROM_RESPONDER if self.is_initiator else _FROM_INITIATOR):
            return self._terminate(TerminateStatus.BAD_MESSAGE)
        match self.stage, command:
            case Stage.INITIATE, InitiateRequest() | InitiateResponse():
                return self._take_initiate(command, now)
            case Stage.EPHEMERAL, EphemeralDataRequest() | EphemeralDataResponse():
                return self._take_point(command.point, now)
            case Stage.CONFIRM, ConfirmKeyRequest() | ConfirmKeyResponse():
                return self._take_proof(command.mac)
            case _:
                return self._terminate(TerminateStatus.BAD_MESSAGE)

    def malformed(self) -> list[Command]:
        """Take a message that could not be read."""
        return self._terminate(TerminateStatus.BAD_MESSAGE)

    def expire(self) -> list[Command]:
        """Take that the deadline has passed: the other side is too late."""
        self._end(Failure(TerminateStatus.BAD_MESSAGE, by_us=True, is_late=True))
        return [self._terminate_command(TerminateStatus.BAD_MESSAGE)]

    def _take_initiate(
        self, command: InitiateRequest | InitiateResponse, now: Instant
    ) -> list[Command]:
        if command.suites != self.suite:
            return self._terminate(TerminateStatus.UNSUPPORTED_SUITE)
        problem = self._check_certificate(command.certificate)
        if problem is not None:
            return self._terminate(problem)
        self._their_times_s = (command.ephemeral_data_s, command.confirm_key_s)
        self._wait(Stage.EPHEMERAL, self._their_times_s[0], now)
        if self.is_initiator:
            return [EphemeralDataRequest(self._make_point())]
        return [InitiateResponse(**self._initiate())]

    def _check_certificate(self, data: bytes) -> TerminateStatus | None:
        """Keep the public key of the other side; say what is wrong with its certificate."""
        try:
            certificate = certificates.decode(data, self.suite)
            authority = self._credentials.authorities.get((self.suite, certificate.issuer))
            if authority is None:
                return TerminateStatus.UNKNOWN_ISSUER
            if certificate.subject != self.peer or not certificate.key_usage & KEY_AGREEMENT:
                return TerminateStatus.INVALID_CERTIFICATE
            self._their_static = certificates.public_key(data, certificate, authority)
        except DecodeError:
            return TerminateStatus.INVALID_CERTIFICATE
        return None

    def _take_point(self, point: bytes, now: Instant) -> list[Command]:
        self._their_point = point
        said: list[Command] = []
        if not self.is_initiator:
            said = [EphemeralDataResponse(self._make_point())]
        try:
            self._agreement = self._agree()
        except DecodeError:
            return self._terminate(TerminateStatus.BAD_MESSAGE)
        self._wait(Stage.CONFIRM, self._their_times_s[1], now)
        if self.is_initiator:
            said = [ConfirmKeyRequest(self._proof(of_initiator=True))]
        return said

    def _take_proof(self, mac: bytes) -> list[Command]:
        if mac != self._proof(of_initiator=not self.is_initiator):
            return self._terminate(TerminateStatus.BAD_KEY_CONFIRM)
        self.stage, self.deadline = Stage.DONE, None
        if self.is_initiator:
            return []
        return [ConfirmKeyResponse(self._proof(of_initiator=False))]

    def _agree(self) -> Agreement:
        assert self._credential is not None, "it was shown in the first message"
        assert self._their_static is not None, "the certificate was checked"
        curve = self.suite.curve
        return key_agreement.agree(
            curve,
            static_key=self._credential.private_key,
            ephemeral_key=self._ephemeral_key,
            their_static=self._their_static,
            their_ephemeral=curve.decode(self._their_point),
        )

    def _proof(self, *, of_initiator: bool) -> bytes:
        assert self._agreement is not None, "proofs come after the points"
        pair = (self._me, self._our_point), (self.peer, self._their_point)
        (first, first_point), (second, second_point) = pair if self.is_initiator else pair[::-1]
        transcript = Transcript(
            initiator=first,
            responder=second,
            initiator_point=first_point,
            responder_point=second_point,
        )
        prove = key_agreement.initiator_proof if of_initiator else key_agreement.responder_proof
        return prove(self._agreement, transcript)

    def _initiate(self) -> _Initiate:
        self._credential = self._credentials.certificates[self.suite]()
        return {
            "suites": int(self.suite),
            "ephemeral_data_s": EPHEMERAL_DATA_S,
            "confirm_key_s": CONFIRM_KEY_S,
            "certificate": self._credential.certificate,
        }

    def _make_point(self) -> bytes:
        curve = self.suite.curve
        point = curve.multiply(self._ephemeral_key, curve.generator)
        assert point is not None, "the key is not 0 modulo the order"
        self._our_point = curve.encode(point)
        return self._our_point

    def _wait(self, stage: Stage, announced_s: int, now: Instant) -> None:
        self.stage = stage
        self.deadline = after(now, announced_s * SECOND_US + GRACE_US)

    def _terminate(self, status: TerminateStatus) -> list[Command]:
        self._end(Failure(status, by_us=True, wait_s=RETRY_S))
        return [self._terminate_command(status)]

    def _terminate_command(self, status: TerminateStatus) -> Command:
        kind = TerminateByClient if self.is_initiator else TerminateByServer
        return kind(status, RETRY_S, self._credentials.suites)

    def _end(self, failure: Failure) -> None:
        self.stage, self.deadline, self.failure = Stage.FAILED, None, failure

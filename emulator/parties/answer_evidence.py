"""What an answer proves to the DCO.

Source: modelled [M] (domain.md 10.8, "Answers" and "Belief"): belief follows the key that MACed an
answer, never the outcome alone. An answer that verifies under no candidate changes nothing.
"""

from dataclasses import asdict, dataclass

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties import dco_operations as of
from hanbench.emulator.parties.custody import Custody, HeldKey
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol.answer import AnswerMessage, Outcome
from hanbench.protocol.errors import DecodeError, SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import ProveRotation, ReadSuaStatus, RotateSuaKey
from hanbench.protocol.sua import AnswerScope, SuaScheme
from hanbench.protocol.sua_rotation import rotation_nonce, verify_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One Instruction and the answer that came to it."""

    eui64: Eui64
    request: bytes
    """Canonical Instruction bytes."""
    answer: AnswerMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an exchange proves."""

    answer: AnswerMessage
    verified: HeldKey | None
    """The candidate that MACed the answer."""
    proved: HeldKey | None
    """The candidate whose proof the payload is."""
    is_commit: bool
    """Whether that proof says that the key is current, and not merely staged."""
    status: of.SuaStatusRead | None
    """Of a verified answer only."""


def read_evidence(scheme: SuaScheme, custody: Custody, exchange: Exchange) -> Evidence:
    """Find which candidates an answer was made with; raise `DecodeError` for a bad Instruction."""
    instruction = instructions.decode(exchange.request)
    verified = _verified(scheme, custody, exchange)
    proved = _proved(scheme, custody, exchange, instruction)
    has_status = verified is not None and isinstance(instruction, ReadSuaStatus)
    return Evidence(
        answer=exchange.answer,
        verified=verified,
        proved=proved,
        is_commit=proved is not None and isinstance(instruction, RotateSuaKey),
        status=_status(exchange.answer) if has_status else None,
    )


def take(evidence: Evidence, custody: Custody, now: Instant) -> bool:
    """Let custody learn from the evidence; return whether a counter was moved by it."""
    moved = False
    if evidence.proved is not None and evidence.is_commit:
        custody.mark_proved(evidence.proved.version)
    if evidence.status is not None:
        # Aborted rotations raise it unseen: a successor at or below it would be refused.
        custody.highest_version = max(custody.highest_version, evidence.status.max_version)
    if evidence.verified is not None:
        moved = custody.take_answer(evidence.answer)
        if evidence.verified.origin == "escrowed" and custody.utrn_period_started_at is None:
            # The step of TMAD 3.14C(a) as modelled: the DCC demonstrably controls the meter.
            custody.utrn_period_started_at = now
    return moved


def tell(evidence: Evidence, custody: Custody, *, resynchronised: bool) -> of.AnswerRead:
    """Write the evidence as the result of `read_answer`."""
    verified, answer = evidence.verified, evidence.answer
    return of.AnswerRead(
        verified_under=None if verified is None else name_key(verified),
        outcome=answer.outcome.words,
        key_version=answer.key_version,
        last_counter=answer.last_counter,
        payload=answer.payload.hex(),
        proves_version=None if evidence.proved is None else evidence.proved.version,
        sua_status=evidence.status,
        resynchronised=resynchronised,
        open_codes=tuple(
            of.OpenCode(instruction=code.words, key_version=code.version, counter=code.counter)
            for code in custody.open_codes()
        ),
        utrn_period_started_at_us=custody.utrn_period_started_at,
    )


def name_key(held: HeldKey) -> of.KeyName:
    """Name a key without telling it."""
    return of.KeyName(version=held.version, check_value=held.check_value.hex())


def _verified(scheme: SuaScheme, custody: Custody, exchange: Exchange) -> HeldKey | None:
    answer = exchange.answer
    # The MAC covers the version, so no other candidate can have made it.
    held = custody.held.get(answer.key_version)
    if held is None:
        return None
    scope = AnswerScope(
        eui64=exchange.eui64,
        key_version=answer.key_version,
        request_digest=instructions.digest(exchange.request),
        outcome=answer.outcome,
        last_counter=answer.last_counter,
        payload=answer.payload,
    )
    try:
        scheme.verify_answer(held.key, scope, answer.mac)
    except SecurityError:
        return None
    return held


def _proved(
    scheme: SuaScheme,
    custody: Custody,
    exchange: Exchange,
    instruction: instructions.Instruction,
) -> HeldKey | None:
    match instruction:
        case RotateSuaKey(version=version):
            nonce = rotation_nonce(instructions.digest(exchange.request))
        case ProveRotation(version=version, nonce=nonce):
            pass
        case _:
            return None
    held = custody.held.get(version)
    if held is None or exchange.answer.outcome is not Outcome.ACCEPTED:
        return None
    proof = exchange.answer.payload
    try:
        verify_proof(scheme, held.key, exchange.eui64, version, nonce=nonce, proof=proof)
    except SecurityError:
        return None
    return held


def _status(answer: AnswerMessage) -> of.SuaStatusRead | None:
    try:
        return of.SuaStatusRead(**asdict(answers.decode_status(answer.payload)))
    except DecodeError:
        return None

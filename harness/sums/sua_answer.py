"""The MAC of an answer by hand: under which key did the device answer?

Source: modelled [M] (domain.md 10.8). Belief about a key follows the key that MACed the answer, and
never the outcome alone; so the sum is done under each key that is given.
"""

from dataclasses import dataclass

from hanbench.harness.dissection.keys import LabelledKey
from hanbench.harness.errors import ScenarioError
from hanbench.harness.sums.instruction_given import Bound, put_down
from hanbench.harness.sums.sheet import Check, Sheet, Standing
from hanbench.protocol import answer as answers
from hanbench.protocol.answer import AnswerMessage, Outcome
from hanbench.protocol.errors import DecodeError, SecurityError
from hanbench.protocol.identifiers import Eui64, format_eui64
from hanbench.protocol.instruction import (
    Instruction,
    PrepareRotation,
    ProveRotation,
    RotateSuaKey,
)
from hanbench.protocol.sua import AnswerScope, HanSuaM1, SuaScheme, answer_message
from hanbench.protocol.sua_rotation import rotation_nonce, verify_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGiven:
    """An answer, and what it answers."""

    scheme: SuaScheme
    keys: tuple[LabelledKey, ...]
    eui64: Eui64
    answer: bytes
    bound: Bound


def verify_answer(given: AnswerGiven) -> Sheet:
    """Say under which of the keys the answer was MACed, and what a proof in it proves.

    Raises:
        ScenarioError: the octets are no answer.
    """
    try:
        message = answers.decode(given.answer)
    except DecodeError as error:
        raise ScenarioError(f"--answer is no answer: {error}") from error
    scope = AnswerScope(
        eui64=given.eui64,
        key_version=message.key_version,
        request_digest=given.bound.digest,
        outcome=message.outcome,
        last_counter=message.last_counter,
        payload=message.payload,
    )
    sheet = Sheet("answer MAC, checked", given.scheme.name)
    put_down(sheet, given.bound)
    sheet.line("outcome", message.outcome.words)
    sheet.line("key version", message.key_version, "that the device holds; 0: none")
    sheet.line("last counter", message.last_counter)
    sheet.line("payload", message.payload or "(empty)")
    sheet.line("MAC given", message.mac or "(none)")
    if isinstance(given.scheme, HanSuaM1):
        _put_message(sheet, scope)
    found = [_under(sheet, given, scope, message, one) for one in given.keys]
    under = next((one.label for one, holds in zip(given.keys, found, strict=True) if holds), "")
    _put_proof(sheet, given, message)
    sheet.holds = bool(under)
    sheet.result = _result(message, under)
    return sheet


def _put_message(sheet: Sheet, scope: AnswerScope) -> None:
    message = answer_message(scope)
    sheet.line("message", message, f"{len(message)} octets, big-endian:")
    for name, octets, says in (
        ("tag", message[:15], '"HAN-SUA-M1-RSP" and a zero octet'),
        ("EUI-64", scope.eui64.to_bytes(8, "big"), format_eui64(scope.eui64)),
        ("version in message", scope.key_version.to_bytes(4, "big"), str(scope.key_version)),
        ("request digest", scope.request_digest, ""),
        ("outcome in message", bytes([scope.outcome]), scope.outcome.words),
        ("counter in message", scope.last_counter.to_bytes(8, "big"), str(scope.last_counter)),
        ("payload in message", scope.payload, "" if scope.payload else "(empty)"),
    ):
        sheet.line(name, octets, says, depth=1)


def _under(
    sheet: Sheet, given: AnswerGiven, scope: AnswerScope, message: AnswerMessage, one: LabelledKey
) -> bool:
    expected = given.scheme.answer_mac(one.key, scope)
    sheet.line(f"MAC under {one.label}", expected)
    try:
        given.scheme.verify_answer(one.key, scope, message.mac)
    except SecurityError:
        says = "the device did not answer under this key, or something in between was changed"
        sheet.checks.append(Check("", f"MAC, {one.label}", Standing.FAILS, says))
        return False
    sheet.checks.append(Check("", f"MAC, {one.label}", Standing.HOLDS, "the device holds this key"))
    return True


def _put_proof(sheet: Sheet, given: AnswerGiven, message: AnswerMessage) -> None:
    proved = _proved(given.bound, message)
    if proved is None:
        return
    version, nonce = proved
    sheet.line("nonce of the proof", nonce)
    for one in given.keys:
        says = f"the device proved that it holds this key as version {version}"
        standing = Standing.HOLDS
        if not _is_proof(given, one, version, nonce, message.payload):
            standing, says = Standing.FAILS, "the proof is not under this key"
        sheet.checks.append(Check("", f"proof, {one.label}", standing, says))


def _proved(bound: Bound, message: AnswerMessage) -> tuple[int, bytes] | None:
    """Return version and nonce of the proof in an answer; None where there is none."""
    instruction: Instruction | None = bound.instruction
    if message.outcome is not Outcome.ACCEPTED or isinstance(instruction, PrepareRotation):
        return None
    match instruction:
        case RotateSuaKey(version=version):
            return version, rotation_nonce(bound.digest)
        case ProveRotation(version=version, nonce=nonce):
            return version, nonce
        case _:
            return None


def _is_proof(
    given: AnswerGiven, one: LabelledKey, version: int, nonce: bytes, proof: bytes
) -> bool:
    try:
        verify_proof(given.scheme, one.key, given.eui64, version, nonce=nonce, proof=proof)
    except SecurityError:
        return False
    return True


def _result(message: AnswerMessage, under: str) -> str:
    if under:
        return f"holds: {message.outcome.words}, said under {under}"
    if not message.mac:
        return "does not hold: it has no MAC, and so proves nothing about any key"
    return "does not hold under any key given: it proves nothing, and belief stays where it is"

"""The MACs and codes of a log, summed again with the keys of a home: P1, and who really answered.

Keys of the DCO are read out of the rotations in the log, which the bench may do since it holds the
master keys of its home; a key whose rotation the log does not hold leaves its answers undecided.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hanbench.harness.field_log.dialogue import Answered, Asked, Dialogue
from hanbench.harness.field_log.entries import Direction, Recorded
from hanbench.harness.field_log.rules import LogFinding
from hanbench.harness.homes.keyring import Keyring
from hanbench.harness.homes.meter_stand import keyring_of
from hanbench.harness.parties.stolen_keys import read_transcript
from hanbench.harness.running.case import Case
from hanbench.protocol import instruction as instructions
from hanbench.protocol import wan
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.sua import AnswerScope, SuaScheme, SuaScope


@dataclass(frozen=True, slots=True)
class Proved:
    """What the sums say."""

    findings: tuple[LogFinding, ...]
    verified: int
    undecided: tuple[str, ...]


class Prover:
    """Does the sums for one home."""

    def __init__(self, case: Case, scheme: SuaScheme, dialogue: Dialogue) -> None:
        self._scheme = scheme
        self._dialogue = dialogue
        self._keyring = keyring_of(case)
        self._case = case
        self._keys = {
            device.eui64: self._keys_of(device.eui64, device.sua.version)
            for device in case.installation.devices.values()
            if device.is_meter
        }

    def prove(self) -> Proved:
        """Verify every code that was accepted, every answer, and what was never answered."""
        findings = [*self._never_answered()]
        undecided: list[str] = []
        verified = 0
        for one in self._dialogue.answered:
            if one.to is None or one.entry.meter not in self._keys:
                continue
            found = [*self._framed(one, one.to), *self._code(one, one.to)]
            found += self._answer(one, one.to)
            findings += found
            held = self._keys[one.entry.meter]
            if one.answer.key_version not in (0, *held):
                undecided.append(
                    f"line {one.entry.line}: an answer under version {one.answer.key_version}, "
                    "whose key is not in the log"
                )
            elif not found:
                verified += 1
        return Proved(tuple(findings), verified, tuple(undecided))

    def _keys_of(self, eui64: Eui64, version: int) -> dict[int, Key]:
        first = {version: self._keyring.key(eui64, KeyUsage.SUA)}
        master = self._keyring.key(eui64, KeyUsage.MASTER)
        went_down = [one.entry.octets for one in self._dialogue.asked]
        return read_transcript(self._scheme, master, went_down, eui64) | first

    def _never_answered(self) -> Iterator[LogFinding]:
        """Name what no meter may answer: without this, its silence would look like a loss."""
        answered = {one.to.place for one in self._dialogue.answered if one.to is not None}
        for asked in self._dialogue.asked:
            is_known = asked.entry.meter in self._keys and asked.place not in answered
            if is_known and not is_framed(asked.entry, self._keyring):
                says = (
                    f"{asked.words} to {asked.entry.device} has no right transport MAC: it is "
                    "rightly left without an answer, and its sender or the record is wrong"
                )
                yield LogFinding(asked.entry.line, "sent-unframed", "property/P8", says)

    def _framed(self, one: Answered, asked: Asked) -> Iterator[LogFinding]:
        if not is_framed(asked.entry, self._keyring):
            says = (
                f"{one.entry.device} answers line {asked.entry.line}, which has no right transport "
                "MAC"
            )
            yield LogFinding(one.entry.line, "answered-unframed", "property/P8", says)
        if not is_framed(one.entry, self._keyring):
            says = f"the answer of {one.entry.device} has no right transport MAC"
            yield LogFinding(one.entry.line, "answer-unframed", "property/P8", says)

    def _code(self, one: Answered, asked: Asked) -> Iterator[LogFinding]:
        code = asked.code
        key = self._keys[one.entry.meter].get(code.key_version) if code is not None else None
        if code is None or key is None or not one.is_accepted:
            return
        scope = SuaScope(
            eui64=one.entry.meter,
            key_version=code.key_version,
            counter=code.counter,
            digest=instructions.digest(asked.octets),
        )
        try:
            self._scheme.verify(key, scope, code.code)
        except SecurityError:
            says = f"{one.entry.device} accepted {asked.words} with a code that does not verify"
            yield LogFinding(one.entry.line, "executed-forged", "property/P1", says)

    def _answer(self, one: Answered, asked: Asked) -> Iterator[LogFinding]:
        answer = one.answer
        key = self._keys[one.entry.meter].get(answer.key_version)
        if key is None:
            return
        scope = AnswerScope(
            eui64=one.entry.meter,
            key_version=answer.key_version,
            request_digest=instructions.digest(asked.octets),
            outcome=answer.outcome,
            last_counter=answer.last_counter,
            payload=answer.payload,
        )
        try:
            self._scheme.verify_answer(key, scope, answer.mac)
        except SecurityError:
            says = (
                f"the answer of {one.entry.device} is not MACed under version "
                f"{answer.key_version} as this home has it"
            )
            yield LogFinding(one.entry.line, "answer-unverified", "domain/10.8-answers", says)


def is_framed(entry: Recorded, keyring: Keyring) -> bool:
    """Say whether an envelope has the transport MAC of its two ends, as a home's keys have it."""
    envelope = entry.envelope
    ends = (envelope.originator, envelope.target)
    head_end = ends[entry.direction is Direction.UP]
    try:
        wan.verify(entry.octets, keyring.key(entry.meter, KeyUsage.TRANSPORT, head_end))
    except SecurityError:
        return False
    return True

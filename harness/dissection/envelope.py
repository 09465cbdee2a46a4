"""Explains HAN-WAN-M1 envelopes: what they carry, and the SUA layer in it.

A MAC or a code is checked where the key file holds the key for it (types `transport` and `sua`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from hanbench.harness.dissection.keys import KeyTable
from hanbench.harness.dissection.tree import Dissection, Layer, take
from hanbench.protocol import answer, hub_command, instruction, wan
from hanbench.protocol.errors import DecodeError, SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import InstructionType
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.layout_trace import Trace
from hanbench.protocol.sua import HAN_SUA_M1, AnswerScope, SuaScope
from hanbench.protocol.wan import Envelope, EnvelopeKind

_PAYLOADS: dict[InstructionType, Callable[[bytes], Trace]] = {
    InstructionType.READ_REGISTER: answer.trace_reading,
    InstructionType.READ_SUA_STATUS: answer.trace_status,
    InstructionType.READ_LOG: answer.trace_log_page,
    InstructionType.ADD_CREDIT_UTRN: answer.trace_utrn,
}
_LENGTH_OCTETS = 2


@dataclass(slots=True)
class EnvelopeReader:
    """Reads envelopes, and remembers requests so that answers can be explained."""

    keys: KeyTable
    requests: dict[tuple[Eui64, Eui64, int], bytes] = field(default_factory=dict)
    """The canonical Instruction bytes by device, head-end and message id.

    A capture holds many homes and two head-ends, and each begins to count with 1.
    """
    heard: list[bytes] = field(default_factory=list)
    """Every envelope that was explained, in order."""

    def envelope(self, told: Dissection, octets: bytes, carried_by: str = "") -> None:
        """Explain an envelope and what is in it; octets are counted from its own first one."""
        self.heard.append(octets)
        layer = told.layer("Envelope", carried_by)
        take(layer, wan.trace(octets), octets)
        try:
            envelope = wan.decode(octets)
        except DecodeError as error:
            layer.error = layer.error or str(error)
            return
        layer.summary = f"{envelope.kind.words}, message {envelope.message_id}"
        if carried_by:
            layer.notes.append(carried_by)
        layer.notes.append(self._transport(octets))
        at = len(octets) - wan.MAC_OCTETS - len(envelope.payload)
        match envelope.kind:
            case EnvelopeKind.INSTRUCTION:
                asked = (envelope.target, envelope.originator, envelope.message_id)
                self.requests[asked] = self.command(told, envelope.payload, at, envelope)
            case EnvelopeKind.ANSWER:
                self.answer(told, envelope.payload, at, envelope)
            case EnvelopeKind.ALERT:
                take(
                    told.layer("Alert"),
                    hub_command.trace_alert(envelope.payload),
                    envelope.payload,
                    at,
                )
            case _:
                is_command = envelope.kind is EnvelopeKind.HUB_COMMAND
                explain = hub_command.trace_command if is_command else hub_command.trace_answer
                kind, traced = explain(envelope.payload)
                take(told.layer("Hub", kind), traced, envelope.payload, at)

    def command(
        self, told: Dissection, payload: bytes, at: int = 0, envelope: Envelope | None = None
    ) -> bytes:
        """Explain an Instruction and its SUA layer; return the canonical Instruction bytes."""
        whole = Layer("SUA")
        take(whole, instruction.trace_command(payload), payload, at)
        length = int.from_bytes(payload[:_LENGTH_OCTETS], "big")
        octets = payload[_LENGTH_OCTETS : _LENGTH_OCTETS + length]
        self.instruction(told, octets, at + _LENGTH_OCTETS)
        whole.nodes = [node for node in whole.nodes if node.name != "instruction"]
        told.layers.append(whole)
        try:
            code = instruction.decode_command(payload).authorisation
        except DecodeError as error:
            whole.error = whole.error or str(error)
            return octets
        whole.summary = "no SUA code"
        if code is not None:
            whole.summary = f"key version {code.key_version}, counter {code.counter}"
            if envelope is not None:
                scope = SuaScope(
                    eui64=envelope.target,
                    key_version=code.key_version,
                    counter=code.counter,
                    digest=instruction.digest(octets),
                )
                held = code.code
                whole.notes += self._sua("SUA code", lambda k: HAN_SUA_M1.verify(k, scope, held))
        return octets

    def instruction(self, told: Dissection, octets: bytes, at: int = 0) -> None:
        """Explain canonical Instruction bytes."""
        kind, traced = instruction.trace(octets)
        take(told.layer("Instruction", kind), traced, octets, at)

    def answer(
        self, told: Dissection, payload: bytes, at: int = 0, envelope: Envelope | None = None
    ) -> None:
        """Explain an answer; what it answers says what its payload is."""
        layer = told.layer("Answer")
        take(layer, answer.trace(payload), payload, at)
        try:
            message = answer.decode(payload)
        except DecodeError as error:
            layer.error = layer.error or str(error)
            return
        layer.summary = f"{message.outcome.name}, key version {message.key_version}"
        if envelope is None:
            return
        asked = (envelope.originator, envelope.target, envelope.message_id)
        request = self.requests.get(asked)
        if request is None:
            return
        self._payload(told, request, message.payload, at)
        scope = AnswerScope(
            eui64=envelope.originator,
            key_version=message.key_version,
            request_digest=instruction.digest(request),
            outcome=message.outcome,
            last_counter=message.last_counter,
            payload=message.payload,
        )
        layer.notes += self._sua(
            "answer MAC", lambda key: HAN_SUA_M1.verify_answer(key, scope, message.mac)
        )

    @staticmethod
    def _payload(told: Dissection, request: bytes, payload: bytes, at: int) -> None:
        try:
            kind = instruction.decode(request).type
        except DecodeError:
            return
        if payload and kind in _PAYLOADS:
            # Outcome, key version, last counter and a length stand before it.
            take(
                told.layer("Answer payload", kind.words), _PAYLOADS[kind](payload), payload, at + 15
            )

    def _transport(self, octets: bytes) -> str:
        candidates = self.keys.of(KeyUsage.TRANSPORT)
        for one in candidates:
            try:
                wan.verify(octets, one.key)
            except SecurityError:
                continue
            return f"the transport MAC verifies under {one.label!r}"
        known = f"under none of {len(candidates)} keys" if candidates else "not checked: no key"
        return f"transport MAC {known}"

    def _sua(self, what: str, verify: Callable[[Key], None]) -> list[str]:
        candidates = self.keys.of(KeyUsage.SUA)
        for one in candidates:
            try:
                verify(one.key)
            except SecurityError:
                continue
            return [f"the {what} verifies under {one.label!r}"]
        return [f"the {what} verifies under none of {len(candidates)} keys"] if candidates else []

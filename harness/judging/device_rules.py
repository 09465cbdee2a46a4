"""What meters answered and the hub handed out, held against what they held and had said.

Judged from the trace in one pass: no device is asked, and none is believed. Source: modelled [M]
(domain.md 10.2, 10.6, 10.8).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hanbench.emulator.events import (
    EnvelopeDropped,
    Event,
    InstructionJudged,
    KeyChanged,
    MirrorChanged,
    WanPassed,
)
from hanbench.emulator.fates import Leg
from hanbench.harness.envelope_names import read_envelope
from hanbench.harness.events import FaultFired
from hanbench.harness.faults.kinds import FaultKind
from hanbench.harness.faults.point_grammar import parse_point
from hanbench.harness.judging.oracle import RunEnd
from hanbench.harness.verdict import Finding
from hanbench.protocol import answer as answers
from hanbench.protocol.answer import AnswerMessage
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.wan import EnvelopeKind

ANSWERS = "domain/10.8-answers"
MIRROR = "domain/10.8-mirror"
_DROPPED = {"cancelled": "delivered-after-cancel", "expired": "delivered-after-expiry"}


@dataclass(slots=True)
class _Meter:
    """What the trace has told of one meter so far."""

    version: int | None = None
    """The current key, once a change of it or a restart has told."""
    counters: dict[int, int] = field(default_factory=dict)
    """By version, the highest counter that was spent."""
    answered_as: dict[int, list[tuple[int | None, int]]] = field(default_factory=dict)
    """By message, the versions and counters that an answer may tell: one for each copy of it."""


@dataclass(slots=True)
class _Told:
    """What the trace has told so far."""

    is_intact: Callable[[bytes], bool]
    meters: dict[str, _Meter] = field(default_factory=dict)
    dropped: dict[tuple[str, int], str] = field(default_factory=dict)
    meant_for: dict[bytes, str] = field(default_factory=dict)
    """By envelope, the device that it was sent down for."""
    findings: list[Finding] = field(default_factory=list)
    judged_last: dict[str, int] = field(default_factory=dict)
    """By meter, the message that it judged last."""
    damaged: dict[tuple[str, int], None] = field(default_factory=dict)
    """Answers that a fault has altered in the meter, before they were sealed."""

    def meter(self, name: str) -> _Meter:
        return self.meters.setdefault(name, _Meter())


def judge_devices(end: RunEnd) -> list[Finding]:
    """Honest answers, and a mirror that keeps its word."""
    told = _Told(end.is_intact)
    for event in end.events:
        rule = _RULES.get(type(event))
        if rule is not None:
            told.findings += rule(told, event)
    return told.findings


def _judged(told: _Told, event: Event) -> list[Finding]:
    assert isinstance(event, InstructionJudged)
    meter, version, counter = told.meter(event.device), event.key_version, event.counter
    if event.executed and version is not None and counter is not None:
        # A rotation is spent under the key that it replaces: the answer tells of the new one.
        meter.counters[version] = max(counter, meter.counters.get(version, 0))
    held = (meter.version, meter.counters.get(meter.version or 0, 0))
    meter.answered_as.setdefault(event.message_id, []).append(held)
    told.judged_last[event.device] = event.message_id
    return []


def _struck(told: _Told, event: Event) -> list[Finding]:
    assert isinstance(event, FaultFired)
    if event.fault.startswith(FaultKind.CORRUPT_PAST_MAC):
        point = parse_point(event.point)
        if point.leg is Leg.REPLY and point.device in told.judged_last:
            # An answer passes its point in the instant in which its Instruction was judged.
            told.damaged[point.device, told.judged_last[point.device]] = None
    return []


def _key_changed(told: _Told, event: Event) -> list[Finding]:
    assert isinstance(event, KeyChanged)
    meter, version = told.meter(event.device), event.current_version
    meter.version = version
    if version is not None:
        meter.counters[version] = event.last_counter
    return []


def _answered(told: _Told, event: Event) -> list[Finding]:
    assert isinstance(event, WanPassed)
    if event.direction == "down":
        told.meant_for[event.envelope] = event.device
    meter = told.meters.get(event.device)
    if event.direction != "up" or meter is None or event.message_id not in meter.answered_as:
        return []
    envelope = read_envelope(event.envelope)
    if envelope is None or envelope.kind is not EnvelopeKind.ANSWER:
        return []
    try:
        answer = answers.decode(envelope.payload)
    except DecodeError:
        return []
    # An old message that arrives once more is answered under the key that is held by then.
    says = _untrue(event.device, answer, meter, meter.answered_as[event.message_id])
    # What was damaged before it was sent is nobody's word.
    is_damaged = (event.device, event.message_id) in told.damaged
    if says is None or is_damaged or not told.is_intact(event.envelope):
        return []
    name, detail = says
    return [Finding(name=name, device=event.device, clause=ANSWERS, at_us=event.at, detail=detail)]


def _untrue(
    device: str, answer: AnswerMessage, meter: _Meter, held: Sequence[tuple[int | None, int]]
) -> tuple[str, str] | None:
    """Return what is not so in an answer, as the name of a finding and its detail."""
    versions = [version for version, _ in held]
    if None not in versions and answer.key_version not in (0, *versions):
        says = f"{device} answered under version {answer.key_version}, and held {versions[0]}"
        return "answered-under-lost-key", says
    counter = min(counter for _, counter in held)
    spent = min(counter, meter.counters.get(answer.key_version, 0))
    if answer.key_version and answer.last_counter < spent:
        says = f"{device} told counter {answer.last_counter}, and had spent {counter}"
        return "stale-answer", says
    return None


def _mirrored(told: _Told, event: Event) -> list[Finding]:
    assert isinstance(event, MirrorChanged)
    key = (event.device, event.message_id)
    if event.change in _DROPPED:
        told.dropped[key] = event.change
    elif event.change == "stored":
        told.dropped.pop(key, None)
    elif event.change == "fetched" and key in told.dropped:
        said = told.dropped.pop(key)
        detail = f"the hub had said of message {event.message_id}: {said}; {event.device} got it"
        return [
            Finding(
                name=_DROPPED[said],
                device=event.device,
                clause=MIRROR,
                at_us=event.at,
                detail=detail,
            )
        ]
    return []


def _refused(told: _Told, event: Event) -> list[Finding]:
    assert isinstance(event, EnvelopeDropped)
    # Octet for octet what was sent to another: nothing was damaged on its way.
    other = told.meant_for.get(event.envelope, event.device)
    if other == event.device:
        return []
    return [
        Finding(
            name="delivered-to-another",
            device=event.device,
            clause=MIRROR,
            at_us=event.at,
            detail=f"the hub handed {event.device} an envelope that was sent to {other}",
            expected=f"it waits in the mirror, or goes to {other}",
        )
    ]


_RULES: Mapping[type[Event], Callable[[_Told, Event], list[Finding]]] = {
    FaultFired: _struck,
    InstructionJudged: _judged,
    KeyChanged: _key_changed,
    WanPassed: _answered,
    EnvelopeDropped: _refused,
    MirrorChanged: _mirrored,
}

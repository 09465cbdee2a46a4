"""The oracle: judges a run by the devices' true state, never by the engine's word.

It answers four questions for each meter: do belief and truth agree; does the engine know that it
does not know; is it confidently wrong; is it needlessly unknown? And one for the Installation: is
the claimed outcome true (domain.md 10.8, joint outcomes)?
"""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hanbench.emulator.events import Event, KeyChanged, WanPassed
from hanbench.emulator.instant import Instant
from hanbench.harness.engine.port import EndState, KeyBelief
from hanbench.harness.envelope_names import code_octets_of, read_envelope
from hanbench.harness.events import Believed, EngineSent
from hanbench.harness.judging.last_word import last_word_at, was_lost
from hanbench.harness.verdict import Finding

ROTATING = frozenset({"rotate-sua-key", "confirm-rotation"})
"""The Instructions that can move a meter to another key."""


class Truth(enum.StrEnum):
    """What a meter truly holds, against what it held when the run began."""

    OLD = "OLD"
    NEW = "NEW"
    NEITHER = "NEITHER"


@dataclass(frozen=True, slots=True)
class Execution:
    """One SUA-guarded Instruction that a meter executed."""

    version: int
    counter: int
    digest: str
    is_issued: bool = True
    """Whether the DCO or the SMSO gave this very code out, for this very Instruction."""
    is_dcos: bool = True
    """Whether the DCO did."""
    is_of_new_key: bool = False
    """Whether it is under a key of the DCO's own making."""
    is_verified: bool | None = None
    """Whether the bench, by its own sum, finds it in an envelope that was sent to the meter; None:
    not looked at."""
    made_for: str = ""
    """Of one that is not verified: what its code was truly made for, if for something else."""
    made_with: str = ""
    """Of one that is not verified: the other key of the meter that its code was made with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterEnd:
    """The true state of one meter when the run has ended, read from its memory."""

    name: str
    type: str
    truth: Truth
    version: int | None
    executions: tuple[Execution, ...]
    is_held_by_dco: bool
    """Whether the DCO holds, and has confirmed as active, the very key that the meter holds."""
    is_known_to_dco: bool
    """Whether the meter's key is among the DCO's candidates at all."""
    unissued: tuple[Execution, ...] = ()
    """Those of `executions` whose codes neither the DCO nor the SMSO has issued."""
    is_commissioned: bool = True
    """Whether the DCC's inventory has it as Commissioned."""
    failure_limit: int = 5
    """Wrong SUA codes in a row before it locks."""
    lock_out_us: int | None = None
    """How long it locks itself; None: not known."""
    failures: int | None = None
    """Wrong SUA codes in a row, as its memory has them; None: not known."""

    @property
    def is_known_to_dco_or_old(self) -> bool:
        """Whether anybody is left who can command it."""
        return self.truth is Truth.OLD or self.is_known_to_dco


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An answer whose key the engine was told by the DCO: what it could have known."""

    device: str
    at: Instant
    truth: Truth
    """Which of the meter's keys had MACed the answer."""
    is_fence: bool
    """An accepted no-op (or ABORT) under the old key."""
    counter: int
    """The last counter of that key, by the answer."""
    instruction: str = "no-op"
    """What was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """All that the oracle looks at."""

    events: Sequence[Event]
    meters: tuple[MeterEnd, ...]
    evidence: tuple[Evidence, ...]
    claimed: EndState | None
    is_intact: Callable[[bytes], bool] = lambda _: True
    """Whether an envelope from a meter is as the meter made it: its transport MAC verifies."""

    def meter(self, name: str) -> MeterEnd:
        """Return the end of one meter."""
        return next(meter for meter in self.meters if meter.name == name)

    def last_belief(self, device: str) -> Believed | None:
        """Return what the engine said last of a device's key."""
        beliefs = [e for e in self.events if isinstance(e, Believed) and e.device == device]
        return beliefs[-1] if beliefs else None


def judge_beliefs(end: RunEnd) -> list[Finding]:
    """Judge every belief that was stated, and the last one of each meter for needless doubt."""
    findings = [
        finding
        for event in end.events
        if isinstance(event, Believed)
        for finding in _judge_belief(event, end)
    ]
    for meter in end.meters:
        findings += _judge_doubt(meter, end)
    return findings


def _judge_belief(belief: Believed, end: RunEnd) -> list[Finding]:
    if belief.key == KeyBelief.UNKNOWN or belief.key == belief.truth:
        if belief.key == KeyBelief.OLD and _moved_later(belief, end.events):
            return [_confidently_wrong(belief, "a rotation already under way was executed later")]
        if belief.key == KeyBelief.OLD and belief.can_still_move:
            return [_confidently_wrong(belief, "a rotation under way to it can still be executed")]
        return []
    if is_lost_since_its_last_word(belief, end):
        return []  # nobody has heard from it since
    return [_confidently_wrong(belief, f"it holds {belief.truth}")]


def is_lost_since_its_last_word(belief: Believed, end: RunEnd) -> bool:
    """Whether the engine believes what the meter's last answer proved, and the key is lost since.

    A proof of OLD counts where no rotation is left that the meter may have executed: what cannot
    move its key, a PREPARE or a read, still costs it its key if the power fails in a torn commit.
    """
    if belief.truth != Truth.NEITHER:
        return False
    at = last_word_at(belief.device, belief.at, end.events)
    words = (one for one in end.evidence if one.device == belief.device and one.at == at)
    sent = [one for one in rotations_sent(belief.device, end.events) if one.at <= belief.at]
    return any(
        word.truth is Truth.NEW
        if belief.key == KeyBelief.NEW
        else word.truth is Truth.OLD
        and all(word.is_fence and _is_fenced(one, word) for one in sent)
        for word in words
    )


def _moved_later(belief: Believed, events: Sequence[Event]) -> bool:
    """Whether the key moved after the belief, without the engine having sent another rotation."""
    moves = {(belief.device, because) for because in ROTATING}
    for event in events:
        if event.at < belief.at or event is belief:
            continue
        if isinstance(event, EngineSent) and event.device == belief.device:
            if event.instruction in ROTATING and event.at >= belief.at:
                return False
        elif isinstance(event, KeyChanged) and (event.device, event.because) in moves:
            return True
    return False


def _confidently_wrong(belief: Believed, why: str) -> Finding:
    return Finding(
        name="confidently-wrong",
        device=belief.device,
        clause="property/P9",
        at_us=belief.at,
        detail=f"the engine was certain of {belief.key} for {belief.device}, but {why}",
        expected="UNKNOWN until there is proof",
        truth=belief.truth,
        believed=f"{belief.key}: {belief.evidence}",
    )


def _judge_doubt(meter: MeterEnd, end: RunEnd) -> list[Finding]:
    last = end.last_belief(meter.name)
    if not rotations_sent(meter.name, end.events):
        return []
    if last is not None and last.key != KeyBelief.UNKNOWN:
        return []
    proof = _conclusive(meter, end)
    if proof is not None and meter.truth is Truth.NEITHER:
        proof = None  # what was proved is no longer so: the meter has lost its key since
    if proof is None and last is not None:
        return []
    if proof is None:
        detail = f"a rotation was sent to {meter.name}, and the engine never said what it believes"
        return [
            Finding(name="silent-belief", device=meter.name, clause="property/P9", detail=detail)
        ]
    return [
        Finding(
            name="needlessly-unknown",
            device=meter.name,
            clause="property/P9",
            at_us=proof.at,
            detail=f"proof of {proof.truth} reached the engine, which still does not know",
            expected=proof.truth,
            truth=meter.truth,
            believed="nothing" if last is None else f"{last.key}: {last.evidence}",
        )
    ]


def _conclusive(meter: MeterEnd, end: RunEnd) -> Evidence | None:
    """Return evidence that settles the key: any answer under NEW, or a fence under OLD."""
    sent = rotations_sent(meter.name, end.events)
    for evidence in end.evidence:
        if evidence.device != meter.name or was_lost(evidence.at, end.events):
            continue
        if evidence.truth is Truth.NEW:
            return evidence
        if evidence.is_fence and all(_is_fenced(one, evidence) for one in sent):
            return evidence
    return None


def _is_fenced(rotation: EngineSent, fence: Evidence) -> bool:
    """Whether a rotation is dead by this fence: each kind kills its own (domain.md 10.8)."""
    if rotation.at > fence.at:
        return False
    if rotation.instruction == "confirm-rotation":
        return fence.instruction == "abort-rotation"
    # A no-op kills only what has a lower counter: a later rotation is still alive.
    return rotation.counter is None or rotation.counter <= fence.counter


def rotations_sent(device: str, events: Sequence[Event]) -> list[EngineSent]:
    """Return what was sent to a meter that can move its key."""
    return [
        event
        for event in events
        if isinstance(event, EngineSent)
        and event.device == device
        and event.instruction in ROTATING
    ]


def judge_executions(end: RunEnd) -> list[Finding]:
    """P2 and P4: a SUA code is executed at most once, across restarts."""
    findings = []
    for meter in end.meters:
        seen: dict[tuple[int, int], str] = {}
        for execution in meter.executions:
            code = (execution.version, execution.counter)
            if code in seen:
                findings.append(
                    Finding(
                        name="executed-twice",
                        device=meter.name,
                        clause="property/P4",
                        detail=f"the code of version {code[0]}, counter {code[1]} ran twice",
                    )
                )
            seen[code] = execution.digest
    return findings


def judge_reuse(end: RunEnd) -> list[Finding]:
    """A SUA code is for one sending (def/sua: one-time): an engine never offers a spent one."""
    used: dict[tuple[str, int, int], EngineSent] = {}
    findings = []
    for event in end.events:
        if not isinstance(event, EngineSent) or event.counter is None:
            continue
        before = used.setdefault((event.device, event.key_version or 0, event.counter), event)
        if before is not event and _is_one_code(before, event, end.events):
            findings.append(
                Finding(
                    name="code-reused",
                    device=event.device,
                    clause="def/sua",
                    at_us=event.at,
                    detail=f"the engine sent the code with counter {event.counter} a second time",
                    expected="a new code for each sending",
                )
            )
    return findings


def _is_one_code(before: EngineSent, again: EngineSent, events: Sequence[Event]) -> bool:
    """Whether two sendings with one counter carry one code.

    A DCO that was told "out of window" gives a counter out again, for another Instruction: that is
    another code.
    """
    codes = {
        event.message_id: code_octets_of(envelope)
        for event in events
        if isinstance(event, WanPassed)
        and event.direction == "down"
        and event.message_id in (before.message_id, again.message_id)
        and (envelope := read_envelope(event.envelope)) is not None
    }
    first, second = codes.get(before.message_id), codes.get(again.message_id)
    return first is None or second is None or first == second

"""Who may command a meter: invariants over what the meters executed and what was handed back.

Dual control (domain.md 10.2): a guarded Instruction wants a code of the DCO, or before the commit
one of the SMSO, and its sender the transport key. After a commit the old key commands nothing (P6),
and an engine that knows of the commit hands nothing back (TMAD v5.1 conclusions, section 6).
"""

from collections.abc import Iterable, Iterator

from hanbench.emulator.events import InstructionJudged, KeyChanged, PartyCalled
from hanbench.harness.engine.port import KeyBelief
from hanbench.harness.events import Believed
from hanbench.harness.judging.oracle import ROTATING, RunEnd
from hanbench.harness.verdict import Finding
from hanbench.protocol.instruction import InstructionType

_GUARDED = frozenset(one.words for one in InstructionType if one.is_guarded)


def judge_codes(end: RunEnd) -> list[Finding]:
    """P1 and dual control: what a meter executes was authorised by who may."""
    findings = [
        Finding(
            name="executed-forged",
            device=meter.name,
            clause="property/P1",
            detail=f"{meter.name} executed version {one.version}, counter {one.counter}, a code "
            "that neither the DCO nor the SMSO has issued",
        )
        for meter in end.meters
        for one in meter.unissued
        if not one.is_verified  # a right code that nobody issued is no forgery: see P7
    ]
    findings += [
        Finding(
            name="executed-without-code",
            device=event.device,
            clause="domain/10.2-dual-control",
            at_us=event.at,
            detail=f"{event.device} executed {event.instruction} without a code of the DCO",
        )
        for event in _executed(end)
        if event.instruction in _GUARDED and event.counter is None
    ]
    return findings


def judge_old_keys(end: RunEnd) -> list[Finding]:
    """P6: after a commit nothing is executed under an earlier version."""
    current: dict[str, int] = {}
    findings = []
    for event in end.events:
        if isinstance(event, KeyChanged) and event.current_version is not None:
            current[event.device] = event.current_version
        elif isinstance(event, InstructionJudged) and event.executed:
            version = event.key_version
            # The rotation that commits is itself executed under the key that it ends.
            is_old = version is not None and version < current.get(event.device, 0)
            if is_old and event.instruction not in ROTATING:
                detail = (
                    f"{event.device} executed {event.instruction} under version {version}, and "
                    f"holds version {current[event.device]}"
                )
                findings.append(
                    Finding(
                        name="old-key-executed",
                        device=event.device,
                        clause="property/P6",
                        at_us=event.at,
                        detail=detail,
                    )
                )
    return findings


def judge_handed_back(end: RunEnd) -> list[Finding]:
    """An engine that has said NEW of a meter never asks the SMSO to take the home back."""
    moved: list[str] = []
    findings = []
    for event in end.events:
        if isinstance(event, Believed) and event.key == event.truth == KeyBelief.NEW:
            moved.append(event.device)
        elif isinstance(event, PartyCalled) and moved and _is_roll_back(event):
            findings.append(
                Finding(
                    name="handed-back-after-commit",
                    device=moved[0],
                    clause="seed0/no-complete-rollback",
                    at_us=event.at,
                    detail=f"the SMSO is asked to take the home back, and {moved[0]} has moved",
                )
            )
    return findings


def _executed(end: RunEnd) -> Iterator[InstructionJudged]:
    events: Iterable[object] = end.events
    return (one for one in events if isinstance(one, InstructionJudged) and one.executed)


def _is_roll_back(event: PartyCalled) -> bool:
    return (event.party, event.operation, event.is_error) == ("SMSO", "roll_back", False)


AUTHORITY = (judge_codes, judge_old_keys, judge_handed_back)

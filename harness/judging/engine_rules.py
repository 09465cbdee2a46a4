"""What an engine did with codes, proofs and its journal, held against the rules (domain.md 10.8).

Judged from the trace: what it sent, what it said, when it was killed, and what the meters made of
its Instructions.
"""

import json

from hanbench.emulator.events import InstructionJudged, PartyCalled
from hanbench.harness.engine.port import KeyBelief
from hanbench.harness.events import Believed, EngineCrashed, EngineSent, EngineTold
from hanbench.harness.judging.oracle import RunEnd
from hanbench.harness.verdict import Finding

P11 = "property/P11"
PROVE = "domain/10.3-prove"
DURABLE = "domain/10.8-durable-belief"


def judge_lock_outs(end: RunEnd) -> list[Finding]:
    """P11: an engine never spends a meter's whole budget of wrong codes by its own guesses."""
    own: dict[str, set[int]] = {}
    wrong = dict.fromkeys((meter.name for meter in end.meters), 0)
    limits = {meter.name: meter.failure_limit for meter in end.meters}
    findings = []
    for event in end.events:
        if isinstance(event, EngineSent):
            own.setdefault(event.device, set()).add(event.message_id)
        elif isinstance(event, InstructionJudged) and event.key_version is not None:
            if event.outcome != "bad-code":
                wrong[event.device] = 0
            elif event.message_id in own.get(event.device, ()):
                wrong[event.device] = wrong.get(event.device, 0) + 1
                # Of a log alone nobody knows the limit.
                if wrong[event.device] == (limit := limits.get(event.device)):
                    findings.append(_locked_out(event, limit))
    return findings


def _locked_out(event: InstructionJudged, limit: int) -> Finding:
    return Finding(
        name="locked-out-by-engine",
        device=event.device,
        clause=P11,
        at_us=event.at,
        detail=f"the engine sent {limit} wrong codes in a row, and {event.device} locked itself",
        expected=f"fewer than {limit}",
    )


def judge_confirmations(end: RunEnd) -> list[Finding]:
    """CONFIRM is sent only after the meter has proved that it holds the staged key (10.3)."""
    findings = []
    proved: set[str] = set()
    for event in end.events:
        if isinstance(event, PartyCalled) and event.operation == "read_answer":
            if not event.is_error and json.loads(event.result).get("proves_version"):
                proved.add(str(json.loads(event.arguments)["device"]))
            continue
        is_confirm = isinstance(event, EngineSent) and event.instruction == "confirm-rotation"
        if isinstance(event, EngineSent) and is_confirm and event.device not in proved:
            findings.append(_unproved(event))
    return findings


def _unproved(event: EngineSent) -> Finding:
    return Finding(
        name="confirmed-unproved",
        device=event.device,
        clause=PROVE,
        at_us=event.at,
        detail=(
            f"CONFIRM was sent to {event.device}, and no answer had proved that it holds the "
            "staged key"
        ),
        expected="PROVE, and its proof read by the DCO, first",
    )


def judge_durability(end: RunEnd) -> list[Finding]:
    """A proof of NEW is in the journal before it is stated: no crash takes it away again.

    Without a crash an engine may well lose a certainty: a meter can answer under no key any more.
    """
    said: dict[str, Believed] = {}
    lost: dict[str, tuple[Believed, str]] = {}
    findings = []
    for event in end.events:
        if isinstance(event, EngineTold) and event.event == "started":
            said.clear()
            lost.clear()
        elif isinstance(event, EngineCrashed):
            certain = {name: one for name, one in said.items() if one.key == KeyBelief.NEW}
            lost.update({name: (one, event.where) for name, one in certain.items()})
        elif isinstance(event, Believed):
            said[event.device] = event
            before = lost.pop(event.device, None)
            if before is not None and event.key != event.truth == KeyBelief.NEW:
                findings.append(_forgotten(*before, event))
    return findings


def _forgotten(before: Believed, crashed: str, now: Believed) -> Finding:
    return Finding(
        name="certainty-forgotten",
        device=now.device,
        clause=DURABLE,
        at_us=now.at,
        detail=(
            f"the engine was certain of NEW for {now.device}, and says {now.key} after it was "
            f"killed {crashed}"
        ),
        expected="NEW: the proof is in the journal before it is stated",
        truth=now.truth,
        believed=f"{before.key}: {before.evidence}",
    )


ENGINE_RULES = (judge_lock_outs, judge_confirmations, judge_durability)

"""When an engine may send a rotation at all: tested first, in its turn, and not against a stop.

Judged by what was sent and what was known by then, in the order of the trace. Sources: the phases
of a migration (E&A: Device Testing comes before Commissioning), the joint outcomes and the order of
the meters (domain.md 10.8 [M]), the roll-back of Devices (SEED0, section 6).
"""

import json

from hanbench.emulator.events import InstructionJudged, PartyCalled
from hanbench.harness.engine.port import KeyBelief
from hanbench.harness.events import Believed, EngineSent, EngineTold
from hanbench.harness.judging.oracle import ROTATING, RunEnd, Truth
from hanbench.harness.verdict import Finding

TESTED_FIRST = "dcc/device-testing"
_BEGINNING = ROTATING | {"prepare-rotation"}


def judge_untested(end: RunEnd) -> list[Finding]:
    """A key is rotated only where an answer has shown that the key before it is the right one.

    It matters where that key is wrong: the rotation then spends a wrong code, and leaves a doubt.
    """
    sent: dict[int, EngineSent] = {}
    findings = []
    for event in end.events:
        if isinstance(event, EngineSent) and event.instruction in _BEGINNING:
            sent[event.message_id] = event
        elif isinstance(event, InstructionJudged) and event.outcome == "bad-code":
            rotation = sent.pop(event.message_id, None)
            if rotation is None or rotation.device != event.device or _is_tested(rotation, end):
                continue
            findings.append(
                Finding(
                    name="rotated-untested",
                    device=event.device,
                    clause=TESTED_FIRST,
                    at_us=rotation.at,
                    detail=f"a rotation was sent to {event.device} under a key that no answer had "
                    "ever shown to be its own, and that is not its own",
                    expected="an answer under the handed-over key before any key moves",
                )
            )
    return findings


def _is_tested(rotation: EngineSent, end: RunEnd) -> bool:
    return any(one.device == rotation.device and one.at <= rotation.at for one in end.evidence)


def judge_next_meter(end: RunEnd) -> list[Finding]:
    """The next meter is not begun while the one before is in doubt after its time-out (10.8).

    GSME unknown and ESME old is a limited roll-back: what is old must stay so. Both at once is
    another thing: then the second is begun before the first has run into its time-out. And one
    that was proved to have moved, and has lost its key since, leaves no rotation in doubt: there
    is no way back, and electricity is better off with a key that somebody holds.
    """
    doubted: dict[str, bool] = {}
    begun: dict[str, bool] = {}
    waited: dict[str, bool] = {}
    findings = []
    for event in end.events:
        match event:
            case Believed():
                doubted[event.device] = event.key == KeyBelief.UNKNOWN
            case EngineTold(event="timed_out"):
                waited.update(begun)
            case EngineTold(event="started"):
                doubted, begun, waited = {}, {}, {}
            case EngineSent() if event.instruction in _BEGINNING:
                others = [
                    name
                    for name in waited
                    if name != event.device
                    and doubted.get(name)
                    and not _has_moved(name, event, end)
                ]
                if others and event.device not in begun:
                    findings.append(_beyond_a_doubt(event, others[0]))
                begun[event.device] = True
            case _:
                pass
    return findings


def _has_moved(name: str, before: EngineSent, end: RunEnd) -> bool:
    return any(
        one.device == name and one.truth is Truth.NEW and one.at <= before.at
        for one in end.evidence
    )


def _beyond_a_doubt(rotation: EngineSent, other: str) -> Finding:
    return Finding(
        name="rotated-beyond-a-doubt",
        device=rotation.device,
        clause="domain/10.8-joint-outcome",
        at_us=rotation.at,
        detail=f"the rotation of {rotation.device} is begun, and it is not known what key {other} "
        "holds after its own",
        expected=f"{other} resolved first, or a limited roll-back",
    )


def judge_stop(end: RunEnd) -> list[Finding]:
    """A roll-back that is asked for while no key has begun to move is carried out (SEED0 6)."""
    findings: list[Finding] = []
    has_begun, is_stopped = False, False
    authorised: dict[str, bool] = {}
    for event in end.events:
        match event:
            case EngineTold(event="started"):
                has_begun, is_stopped, authorised = False, False, {}
            case EngineTold(event="stop"):
                is_stopped = is_stopped or not has_begun
            case PartyCalled(party="DCO", operation="authorise") if is_stopped:
                # What was on its way to be sent when the stop came is no disobedience.
                authorised[str(json.loads(event.arguments)["device"])] = True
            case EngineSent() if event.instruction in _BEGINNING:
                has_begun = True
                if is_stopped and event.device in authorised and not findings:
                    findings.append(_went_on(event))
            case _:
                pass
    return findings


def _went_on(rotation: EngineSent) -> Finding:
    return Finding(
        name="went-on-after-a-stop",
        device=rotation.device,
        clause="seed0/sua-rollback",
        at_us=rotation.at,
        detail=f"a roll-back was asked for before any key had moved, and the rotation of "
        f"{rotation.device} was begun after it",
        expected="a roll-back with every key as it was",
    )


ROTATION = (judge_untested, judge_next_meter, judge_stop)

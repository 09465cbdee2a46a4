"""Engines that give up too soon, judged by what they never asked (domain.md 10.3, 10.6).

UNKNOWN is honest, and cheap: an engine that never asked has not earned it, nor one that met a party
in an outage and never came back. A lock-out passes; an engine that takes it for an end lets anyone
who can send five wrong codes end a migration (P11).
"""

import json
from collections.abc import Mapping, Sequence

from hanbench.emulator.events import Event, InstructionJudged, PartyCalled
from hanbench.emulator.instant import after
from hanbench.emulator.parties.operation import UNAVAILABLE
from hanbench.harness.engine.port import KeyBelief
from hanbench.harness.events import EngineSent, EngineTold
from hanbench.harness.judging.oracle import ROTATING, MeterEnd, RunEnd
from hanbench.harness.verdict import Finding


def judge_unasked(end: RunEnd) -> list[Finding]:
    """No needless UNKNOWN: a meter in doubt was asked after its rotation before it was given up."""
    findings = []
    for meter in end.meters:
        last = end.last_belief(meter.name)
        if end.claimed is None or last is None or last.key != KeyBelief.UNKNOWN:
            continue
        place = _last_rotation(meter.name, end.events)
        if place is None or _has_asked(meter.name, end.events[place + 1 :]):
            continue
        findings.append(
            Finding(
                name="unknown-unasked",
                device=meter.name,
                clause="property/P9",
                at_us=last.at,
                detail=f"the engine ends in doubt about {meter.name}, and asked it nothing after "
                "the rotation",
                expected="a probe after the time-out: the meter tells its key when it is asked",
                truth=meter.truth,
                believed=f"{last.key}: {last.evidence}",
            )
        )
    return findings


def _last_rotation(device: str, events: Sequence[Event]) -> int | None:
    places = [
        place
        for place, event in enumerate(events)
        if isinstance(event, EngineSent)
        and event.device == device
        and event.instruction in ROTATING
    ]
    return places[-1] if places else None


def _has_asked(device: str, events: Sequence[Event]) -> bool:
    """Whether the engine asked the meter, or had no party that it could ask through."""
    if any(isinstance(event, EngineSent) and event.device == device for event in events):
        return True
    calls = [one for one in events if isinstance(one, PartyCalled) and _is_about(one, device)]
    return any(_is_excuse(call, calls[place + 1 :]) for place, call in enumerate(calls))


def _is_about(event: PartyCalled, device: str) -> bool:
    asked = json.loads(event.arguments)
    return event.caller == "engine" and asked.get("device", device) == device


def _is_excuse(call: PartyCalled, later: Sequence[PartyCalled]) -> bool:
    """Whether a refusal stands in the way: an outage does for whoever has tried again later [M]."""
    if not call.is_error:
        return False
    if json.loads(call.result).get("error") != UNAVAILABLE:
        return True
    return any(one.party == call.party and one.at > call.at for one in later)


def judge_surrender(end: RunEnd) -> list[Finding]:
    """P11: a lock-out costs a migration time, and no more: it is waited out and tried again."""
    if end.claimed is None:
        return []
    return [finding for meter in end.meters for finding in _surrendered(meter, end)]


def _surrendered(meter: MeterEnd, end: RunEnd) -> list[Finding]:
    last = end.last_belief(meter.name)
    locked = _first_lock_met(meter.name, end.events)
    if locked is None or last is None or last.key != KeyBelief.OLD:
        return []
    place, event = locked
    is_tried = _is_tried_again(meter, event, end.events[place + 1 :])
    # Whoever was asked to stop, or had no code made for it any more, had another reason.
    is_excused = any(
        (isinstance(one, EngineTold) and one.event == "stop")
        or (isinstance(one, PartyCalled) and one.is_error)
        for one in end.events
    )
    if is_tried or is_excused:
        return []
    return [
        Finding(
            name="beaten-by-a-lock-out",
            device=meter.name,
            clause="property/P11",
            at_us=event.at,
            detail=f"{meter.name} answered locked-out, and the engine never tried again: whoever "
            "sends wrong codes ends a migration for good",
            expected="the lock runs out, and the engine goes on",
            truth=meter.truth,
        )
    ]


def _first_lock_met(device: str, events: Sequence[Event]) -> tuple[int, InstructionJudged] | None:
    own: dict[int, bool] = {}
    for place, event in enumerate(events):
        if isinstance(event, EngineSent) and event.device == device:
            own[event.message_id] = True
        elif _is_locked_out(event, device, own):
            assert isinstance(event, InstructionJudged)
            return place, event
    return None


def _is_locked_out(event: Event, device: str, own: Mapping[int, object]) -> bool:
    if not isinstance(event, InstructionJudged) or event.device != device:
        return False
    return event.outcome == "locked-out" and event.message_id in own


def _is_tried_again(meter: MeterEnd, met: InstructionJudged, events: Sequence[Event]) -> bool:
    """Whether a code was sent after the lock, or one that met no lock: trying in it is no trial."""
    late = after(met.at, meter.lock_out_us or 0)
    sent = {
        event.message_id: event
        for event in events
        if isinstance(event, EngineSent)
        and event.device == meter.name
        and event.counter is not None
    }
    refused = [
        event.message_id
        for event in events
        if isinstance(event, InstructionJudged) and _is_locked_out(event, meter.name, sent)
    ]
    return any(event.at >= late or number not in refused for number, event in sent.items())


PATIENCE = (judge_unasked, judge_surrender)

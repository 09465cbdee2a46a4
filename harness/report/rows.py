"""From a trace to the rows of a sequence diagram: who told whom what, and what struck where.

Octets and frames are left out: a row is something that a tester would tell a colleague.
"""

import json
from dataclasses import dataclass

from hanbench.emulator import events as e
from hanbench.emulator.instant import MINUTE_US, Instant
from hanbench.harness import events as h
from hanbench.harness.report.spoken import fault_words, spoken
from hanbench.harness.verdict import Finding

ENGINE = "Engine"
HUB = "hub"
S1SP = "S1SP"
FETCHED = "mirror: fetched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the diagram: an arrow between two lanes, or a mark on one."""

    at: Instant
    kind: str
    """What it is drawn as. Arrows: `call`, `refused`, `wan`, `lost`, `took`, `rejected`. On a
    device's lane: `note`, `cut`, `key`. Beside the engine: `journal`, `told`, `belief`, `wrong`.
    Across all: `fault`, `crash`, `step`, `finding`, `claim`, `gap`."""
    source: str
    target: str = ""
    text: str = ""
    outcome: str = ""
    """What a device made of an Instruction; why a belief is held; `no key` if none is left."""
    device: str = ""
    """Whose answer an arrow on the WAN carries."""
    count: int = 1
    number: int = 0
    """In both pictures of the case and in the list beside them."""

    def is_again(self, other: "Row") -> bool:
        """Whether another row tells the same once more."""
        return (self.kind, self.text, self.source, self.target, self.outcome) == (
            other.kind,
            other.text,
            other.source,
            other.target,
            other.outcome,
        )


def row_of(event: e.Event, hub: str) -> Row | None:
    """Return what an event is told as; None for what is left out."""
    return _premises_row(event, hub) or _bench_row(event)


def _premises_row(event: e.Event, hub: str) -> Row | None:
    match event:
        case e.PartyCalled():
            return _call(event)
        case e.WanPassed():
            return _wan(event, hub)
        case e.MirrorChanged():
            said = _mirror(event.change)
            return Row(at=event.at, kind="note", source=hub, text=said, device=event.device)
        case e.InstructionJudged():
            return _judged(event, hub)
        case e.KeyChanged():
            torn = "no key" if event.current_version is None else ""
            said = _key(event)
            return Row(at=event.at, kind="key", source=event.device, text=said, outcome=torn)
        case e.Restarted():
            said = f"power lost: {event.because}"
            return Row(at=event.at, kind="cut", source=event.device, text=said)
        case e.UtrnEntered():
            said = f"UTRN by {event.origin}: {event.result}"
            return Row(at=event.at, kind="note", source=event.device, text=said)
        case _:
            return None


def _bench_row(event: e.Event) -> Row | None:
    match event:
        case h.Believed():
            return _belief(event)
        case h.Journalled(fate="durable"):
            step = str(json.loads(event.entry).get("step", "entry"))
            return Row(at=event.at, kind="journal", source=ENGINE, text=step)
        case h.EngineTold(event="timed_out"):
            return Row(at=event.at, kind="told", source=ENGINE, text="time-out: proves nothing")
        case h.EngineTold(event="recovered"):
            return Row(at=event.at, kind="told", source=ENGINE, text="recovers")
        case _:
            return _numbered_row(event)


def _numbered_row(event: e.Event) -> Row | None:
    match event:
        case h.EngineCrashed():
            said = f"is killed {event.where}"
            return Row(at=event.at, kind="crash", source=ENGINE, text=said)
        case h.FaultFired():
            said = fault_words(event.fault)
            return Row(at=event.at, kind="fault", source="", target=event.point, text=said)
        case h.OutcomeClaimed():
            said = f"claims {event.end_state}: {event.detail}".rstrip(": ")
            return Row(at=event.at, kind="claim", source=ENGINE, text=said)
        case h.StepTaken():
            # A step of a file names what it expects, and often says the same as its result.
            is_said = not event.result or event.step.endswith(event.result)
            said = event.step if is_said else f"{event.step}: {event.result}"
            return Row(at=event.at, kind="step", source="", text=said)
        case _:
            return None


def finding_row(finding: Finding) -> Row:
    """Return a finding as a row at its moment."""
    said = f"{finding.name}: {finding.detail}"
    return Row(at=Instant(finding.at_us or 0), kind="finding", source="", text=said)


def _call(event: e.PartyCalled) -> Row:
    device = json.loads(event.arguments).get("device", "")
    said = f"{event.operation} {device}".strip()
    if not event.is_error:
        return Row(at=event.at, kind="call", source=ENGINE, target=event.party, text=said)
    refused = json.loads(event.result).get("error", "no answer")
    said = f"{said}: {refused}"
    return Row(at=event.at, kind="refused", source=ENGINE, target=event.party, text=said)


def _wan(event: e.WanPassed, hub: str) -> Row:
    ends = (S1SP, hub) if event.direction == "down" else (hub, S1SP)
    words = [event.summary, "" if event.device == hub else event.device]
    if event.copies > 1:
        words.append(f"({event.copies} copies)")
    if event.delays_us and max(event.delays_us) >= MINUTE_US:
        words.append(f"(+{spoken(max(event.delays_us))})")
    return Row(
        at=event.at,
        kind="wan" if event.copies else "lost",
        source=ends[0],
        target=ends[1],
        text=" ".join(word for word in words if word),
        device=event.device,
    )


def _mirror(change: str) -> str:
    return {"stored": "waits in the mirror"}.get(change, f"mirror: {change}")


def _judged(event: e.InstructionJudged, hub: str) -> Row:
    is_accepted = event.outcome == "accepted"
    cached = ", not run again" if is_accepted and not event.executed else ""
    return Row(
        at=event.at,
        kind="took" if is_accepted else "rejected",
        source=hub,
        target=event.device,
        text=event.instruction,
        outcome=event.outcome + cached,
        device=event.device,
    )


def _key(event: e.KeyChanged) -> str:
    if event.current_version is None:
        return "no valid key"
    staged = f", v{event.staged_version} staged" if event.staged_version else ""
    return f"key v{event.current_version}{staged}"


def _belief(event: h.Believed) -> Row:
    return Row(
        at=event.at,
        kind="wrong" if is_wrong(event) else "belief",
        source=ENGINE,
        text=event.key,
        outcome=event.evidence,
        device=event.device,
    )


def is_wrong(belief: h.Believed) -> bool:
    """Whether a belief is certain of what is not so, or of what can still change."""
    if belief.key == "UNKNOWN":
        return False
    return belief.key != belief.truth or (belief.key == "OLD" and belief.can_still_move)

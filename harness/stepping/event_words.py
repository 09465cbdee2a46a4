"""An event in words, in a line or a few, for whoever steps through a run."""

import json
from collections.abc import Callable

from hanbench.emulator import events as e
from hanbench.emulator.events import Event
from hanbench.emulator.instant import MINUTE_US, SECOND_US
from hanbench.harness import events as h
from hanbench.harness.report.spoken import spoken
from hanbench.harness.story_lines import story_line

_LONG = 300
"""Characters of a record that are shown; the rest is in the trace."""


def headline(event: Event) -> str:
    """Return what happened, in a line."""
    tell = _TOLD.get(event.kind)
    return tell(event) if tell is not None else story_line(event).partition(event.kind)[2].strip()


def device_of(event: Event) -> tuple[str, ...]:
    """Return the devices that an event is about."""
    names = [getattr(event, name, "") for name in ("device", "sender", "receiver", "hub")]
    if isinstance(event, e.PartyCalled):
        names.append(str(_loaded(event.arguments).get("device", "")))
    if isinstance(event, h.FaultFired):
        names += event.point.split("/")[1:2]
    return tuple(dict.fromkeys(name for name in names if name))


def details(event: Event) -> tuple[str, ...]:
    """Return what is worth a line of its own below."""
    match event:
        case e.PartyCalled():
            return (f"arguments  {_short(event.arguments)}", f"result     {_short(event.result)}")
        case h.Journalled():
            return (f"entry      {_short(event.entry)}",)
        case h.Believed():
            wrong = event.key in ("OLD", "NEW") and event.key != event.truth
            moves = "; a rotation under way could still change it" if event.can_still_move else ""
            verdict = "WRONG: " if wrong else ""
            return (f"{verdict}in truth {event.truth}{moves}", f"because {event.evidence}")
        case h.FaceShown():
            return tuple("\n".join(line.rstrip() for line in event.lines).rstrip().split("\n"))
        case _:
            return ()


def _frame(event: Event) -> str:
    assert isinstance(event, e.FrameSent)
    fate = "" if event.fate == "delivered" else f", {event.fate}"
    to = "all" if event.receiver == "*" else event.receiver
    return f"{event.sender} to {to}: {event.frame_kind}, {len(event.frame)} octets{fate}"


def _packet(event: Event) -> str:
    assert isinstance(event, e.PacketPassed)
    octets = f"cluster {event.cluster:#06x}, {len(event.payload)} octets, unencoded"
    return f"{event.sender} to {event.receiver}: {event.frame_kind}, {octets}"


def _wan(event: Event) -> str:
    assert isinstance(event, e.WanPassed)
    fate = {0: ", LOST", 1: ""}.get(event.copies, f", {event.copies} copies")
    delays = " and ".join(_duration(delay) for delay in event.delays_us)
    late = f", takes {delays}" if any(event.delays_us) else ""
    is_named = event.summary.startswith(event.envelope_kind)
    what = event.summary if is_named else f"{event.envelope_kind} {event.summary}".strip()
    where = "down to" if event.direction == "down" else "up from"
    return f"{where} {event.device}: {what}, message {event.message_id}{late}{fate}"


def _mirror(event: Event) -> str:
    assert isinstance(event, e.MirrorChanged)
    return f"message {event.message_id} for {event.device}: {event.change}"


def _judged(event: Event) -> str:
    assert isinstance(event, e.InstructionJudged)
    done = "executed" if event.executed else "not executed"
    code = ""
    if event.key_version is not None:
        code = f"; code of version {event.key_version}, counter {event.counter}"
    return f"{event.device} judges {event.instruction}: {event.outcome}, {done}{code}"


def _key(event: Event) -> str:
    assert isinstance(event, e.KeyChanged)
    if event.current_version is None:
        return f"{event.device} holds NO valid key: {event.because}"
    staged = "" if event.staged_version is None else f", version {event.staged_version} staged"
    held = f"version {event.current_version} ({event.current_check_value})"
    return f"{event.device} holds {held}, counter {event.last_counter}{staged}: {event.because}"


def _party(event: Event) -> str:
    assert isinstance(event, e.PartyCalled)
    device = _loaded(event.arguments).get("device", "")
    answer = ""
    if event.is_error:
        answer = f": REFUSED, {_loaded(event.result).get('error', 'no answer')}"
    return f"{event.caller} asks {event.party}: {event.operation} {device}".rstrip() + answer


def _belief(event: Event) -> str:
    assert isinstance(event, h.Believed)
    return f"engine believes {event.key} of {event.device} ({', '.join(event.candidates) or '-'})"


def _journal(event: Event) -> str:
    assert isinstance(event, h.Journalled)
    entry = _loaded(event.entry)
    step = next((entry[key] for key in ("step", "kind", "type") if entry.get(key)), "entry")
    device = f" {entry['device']}" if entry.get("device") else ""
    fate = "" if event.fate == "durable" else f"; {event.fate}"
    return f"engine writes journal entry {event.number}: {step}{device}{fate}"


def _sent(event: Event) -> str:
    assert isinstance(event, h.EngineSent)
    code = ""
    if event.counter is not None:
        code = f"; code of version {event.key_version}, counter {event.counter}"
    waits = _duration(event.timeout_us)
    what = f"{event.instruction} for {event.device}, message {event.message_id}"
    return f"engine sends {what}, waits {waits}{code}"


def _fault(event: Event) -> str:
    assert isinstance(event, h.FaultFired)
    what = event.fault.removesuffix(f" at {event.point}")
    return f"FAULT at {event.point}: {what}"


def _duration(duration_us: int) -> str:
    if duration_us < MINUTE_US:
        return f"{duration_us / SECOND_US:.3g} s"
    return spoken(duration_us)


def _fields(words: str, *names: str) -> Callable[[Event], str]:
    return lambda event: words.format(*(getattr(event, name) for name in names)).rstrip(": ")


def _change(event: Event) -> str:
    assert isinstance(event, e.HanChanged)
    return f"{event.device}: {event.change}" + (f", {event.detail}" if event.detail else "")


_TOLD: dict[str, Callable[[Event], str]] = {
    "frame": _frame,
    "packet": _packet,
    "wan": _wan,
    "mirror": _mirror,
    "instruction": _judged,
    "key-state": _key,
    "party": _party,
    "belief": _belief,
    "journal": _journal,
    "engine-sent": _sent,
    "han": _change,
    "restart": _fields("{} loses power: {}", "device", "because"),
    "log": _fields("{} writes its {} log: {} {}", "device", "log", "code", "text"),
    "alert": _fields("{} raises {}: {}", "device", "code", "text"),
    "utrn": _fields("{} takes a code by {}: {}, {} pence", "device", "origin", "result", "pence"),
    "supply": _fields(
        "{}: supply {}, balance {} pence: {}",
        "device",
        "supply_state",
        "balance_pence",
        "because",
    ),
    "key-made": _fields("{} has a new {} key", "device", "usage"),
    "pan-moved": _fields("the HAN has another PAN id: {}", "pan"),
    "engine-told": _fields("engine is told: {}", "event"),
    "outcome": _fields("engine claims {}: {}", "end_state", "detail"),
    "engine-crash": _fields("the engine is killed: {}", "where"),
    "fault": _fault,
    "step": _fields("scenario step: {}: {}", "step", "result"),
    "face": _fields("{} shows:", "device"),
}


def _loaded(text: str) -> dict[str, object]:
    loaded = json.loads(text)
    return loaded if isinstance(loaded, dict) else {}


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}… ({len(text)} characters)"

"""From a trace to the rows of a sequence diagram: who told whom what, and what struck where.

Octets and frames are left out: a row is something that a tester would tell a colleague. Runs of the
same call are one row, and a long silence is a row of its own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hanbench.emulator import events as e
from hanbench.emulator.instant import MINUTE_US, Instant
from hanbench.harness import events as h

ENGINE = "Engine"
HUB = "hub"
S1SP = "S1SP"
GAP_US = 2 * MINUTE_US
"""A silence longer than this is drawn as a break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the diagram: an arrow between two lanes, or a mark on one."""

    at: Instant
    kind: str
    """`call`, `wan`, `lost`, `note`, `good`, `bad`, `key`, `belief`, `wrong`, `fault`, `crash`,
    `claim`, `step`, `gap`: what it is drawn as."""
    source: str
    target: str = ""
    text: str = ""
    count: int = 1


def rows_of(trace: Sequence[e.Event], hub: str = HUB) -> list[Row]:
    """Return the rows of a run in the order of time."""
    rows: list[Row] = []
    beliefs: dict[str, str] = {}
    for event in trace:
        if not event.in_story:
            continue
        row = _row(event, hub, beliefs)
        if row is None:
            continue
        last = rows[-1] if rows else None
        if last is not None and replace(row, at=last.at, count=last.count) == last:
            rows[-1] = replace(last, count=last.count + 1)
            continue
        if last is not None and row.at - last.at > GAP_US:
            rows.append(Row(at=row.at, kind="gap", source="", text=_silence(row.at - last.at)))
        rows.append(row)
    return rows


def _row(event: e.Event, hub: str, beliefs: dict[str, str]) -> Row | None:
    match event:
        case e.PartyCalled():
            return _call(event)
        case e.WanPassed():
            return _wan(event, hub)
        case e.MirrorChanged():
            return Row(at=event.at, kind="note", source=hub, text=f"mirror: {event.change}")
        case e.InstructionJudged():
            kind = "good" if event.outcome == "accepted" else "bad"
            said = event.instruction if kind == "good" else f"{event.instruction}: {event.outcome}"
            return Row(at=event.at, kind=kind, source=event.device, text=said)
        case e.KeyChanged():
            return Row(at=event.at, kind="key", source=event.device, text=_key(event))
        case e.Restarted():
            return Row(at=event.at, kind="bad", source=event.device, text="power lost")
        case e.UtrnEntered():
            said = f"UTRN by {event.origin}: {event.result}"
            return Row(at=event.at, kind="note", source=event.device, text=said)
        case _:
            return _bench_row(event, beliefs)


def _bench_row(event: e.Event, beliefs: dict[str, str]) -> Row | None:
    match event:
        case h.Believed():
            return _belief(event, beliefs)
        case h.Journalled(fate="durable"):
            step = str(json.loads(event.entry).get("step", "entry"))
            return Row(at=event.at, kind="journal", source=ENGINE, text=step)
        case h.Journalled():
            said = f"journal write {event.number} cut {event.fate}"
            return Row(at=event.at, kind="crash", source=ENGINE, text=said)
        case h.EngineCrashed():
            return Row(at=event.at, kind="crash", source=ENGINE, text=f"killed {event.where}")
        case h.FaultFired():
            return Row(at=event.at, kind="fault", source="", text=event.fault)
        case h.OutcomeClaimed():
            said = f"claims {event.end_state}: {event.detail}"
            return Row(at=event.at, kind="claim", source=ENGINE, text=said)
        case h.StepTaken():
            said = f"step: {event.step} {event.result}".strip()
            return Row(at=event.at, kind="step", source="", text=said)
        case _:
            return None


def _call(event: e.PartyCalled) -> Row:
    device = json.loads(event.arguments).get("device", "")
    said = f"{event.operation} {device}".strip()
    if event.is_error:
        refused = json.loads(event.result).get("error", "no answer")
        return Row(
            at=event.at,
            kind="refused",
            source=ENGINE,
            target=event.party,
            text=f"{said}: {refused}",
        )
    return Row(at=event.at, kind="call", source=ENGINE, target=event.party, text=said)


def _wan(event: e.WanPassed, hub: str) -> Row:
    ends = (S1SP, hub) if event.direction == "down" else (hub, S1SP)
    copies = "" if event.copies < 2 else f" x{event.copies}"
    return Row(
        at=event.at,
        kind="wan" if event.copies else "lost",
        source=ends[0],
        target=ends[1],
        text=f"{event.device}: {event.summary}{copies}",
    )


def _key(event: e.KeyChanged) -> str:
    if event.current_version is None:
        return "holds no valid key"
    staged = f", v{event.staged_version} staged" if event.staged_version else ""
    return f"key v{event.current_version}{staged}"


def _belief(event: h.Believed, beliefs: dict[str, str]) -> Row | None:
    is_wrong = event.key not in ("UNKNOWN", event.truth)
    if beliefs.get(event.device) == event.key and not is_wrong:
        return None  # said again, and as true as before
    beliefs[event.device] = event.key
    return Row(
        at=event.at,
        kind="wrong" if is_wrong else "belief",
        source=ENGINE,
        text=f"{event.device}: {event.key}",
    )


def _silence(gap_us: int) -> str:
    minutes = gap_us // MINUTE_US
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) + " later"

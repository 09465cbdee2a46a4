"""What befell a meter, held against what it wrote down and told: each alert that was due.

A code that a scenario looks for is judged where somebody looks. Here the trace is: a code typed, an
Instruction judged, an envelope dropped, a supply that moved and a restart have each their codes at
that meter and that instant, by the table of domain.md 3.3 as it is written here once more, apart
from the meter's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hanbench.emulator.events import (
    AlertRaised,
    EnvelopeDropped,
    Event,
    InstructionJudged,
    LogWritten,
    Restarted,
    SupplyChanged,
    UtrnEntered,
)
from hanbench.emulator.instant import Instant
from hanbench.harness.verdict import Finding
from hanbench.harness.world import World

MANUAL = ("keypad", "ppmid")
OF_A_CODE: Mapping[str, tuple[str, ...]] = {
    "duplicate": ("8F51",),
    "incorrect": ("8F63",),
    "invalid": ("8F64",),
    "account-high": ("8F5B", "8F47"),
    "key-locked": ("81C5",),
}
"""By the result of a code that was entered, the codes of which one is due."""
OF_AN_INSTRUCTION: Mapping[str, str] = {
    "bad-code": "8F3D",
    "wrong-key-version": "8F3D",
    "replayed": "8F60",
    "locked-out": "81C5",
}
"""By the outcome of an Instruction that step 3 to 6 refuse."""
OF_A_RESTART = {"ESME": "8F35", "GSME": "8F1D"}
_TELLING: frozenset[type[Event]] = frozenset(
    (
        AlertRaised,
        EnvelopeDropped,
        InstructionJudged,
        LogWritten,
        Restarted,
        SupplyChanged,
        UtrnEntered,
    )
)
Due = tuple[str, ...]
"""Codes of which one is due."""


@dataclass(slots=True)
class _Meter:
    """What the trace has told of one meter so far."""

    noted: dict[Instant, dict[str, None]] = field(default_factory=dict)
    """By instant, the codes that it wrote down or told."""
    due: list[tuple[Instant, Due]] = field(default_factory=list)
    supply: str = ""
    restarted_at: Instant | None = None
    """When it restarted without having told of it yet."""

    @property
    def missing(self) -> Iterator[tuple[Instant, Due]]:
        """What was due and is not there."""
        for at, due in self.due:
            if not any(code in self.noted.get(at, {}) for code in due):
                yield at, due


def judge_alerts(world: World) -> list[Finding]:
    """Find each code that was due at a meter and is in none of its logs and alerts."""
    devices = world.case.installation.devices
    meters = {name: _Meter() for name, entry in devices.items() if entry.is_meter}
    for event in world.trace.events:
        if type(event) not in _TELLING:
            continue  # nearly all of a trace are frames
        meter = meters.get(getattr(event, "device", ""))
        if meter is not None and event.installation == world.installation:
            _take(meter, event)
    for name, meter in meters.items():
        # One that is still dark, or went dark again before it had booted, has told of nothing yet.
        if meter.restarted_at is not None and world.home.meters[name].core.is_on:
            meter.due.append((meter.restarted_at, (OF_A_RESTART[devices[name].type],)))
    return [_missing(name, at, due) for name, meter in meters.items() for at, due in meter.missing]


def _take(meter: _Meter, event: Event) -> None:
    match event:
        case LogWritten(log="utrn"):
            pass  # every entry of a code is there with its result: that tells nobody
        case LogWritten(code=code) | AlertRaised(code=code):
            meter.noted.setdefault(event.at, {})[code] = None
            if code in OF_A_RESTART.values():
                meter.restarted_at = None
        case Restarted():
            meter.restarted_at = event.at
        case _:
            meter.due += [(event.at, due) for due in _due(meter, event)]


def _due(meter: _Meter, event: Event) -> Iterator[Due]:
    match event:
        case UtrnEntered(result="accepted", pence=pence, origin=origin):
            if pence > 0 and origin in MANUAL:
                yield ("810E",)
        case UtrnEntered(result=result) if result in OF_A_CODE:
            yield OF_A_CODE[result]
        case InstructionJudged(outcome=outcome) if outcome in OF_AN_INSTRUCTION:
            yield (OF_AN_INSTRUCTION[outcome],)
        case EnvelopeDropped():
            yield ("8F3E",)
        case SupplyChanged():
            yield from _of_supply(meter.supply, event)
            meter.supply = event.supply_state
        case _:
            pass


def _of_supply(before: str, event: SupplyChanged) -> Iterator[Due]:
    if event.supply_state == before:
        return
    match event.supply_state, event.because:
        case "disabled", "use":
            yield ("8F0F",)
        case "armed", "load limit":
            yield from (("8F01",), ("8F33",))
        case "armed", "emergency credit":
            yield ("8168",)
        case "armed", _ if before == "disabled":
            yield ("8F32",)
        case "enabled", "load limit restored":
            yield ("8F34",)
        case _:
            pass


def _missing(device: str, at: Instant, due: Due) -> Finding:
    return Finding(
        name="alert-missing",
        device=device,
        clause=f"alert/{due[0]}",
        at_us=at,
        detail=f"{device} neither wrote down nor told {' or '.join(due)}, which was due",
        by="device",
    )

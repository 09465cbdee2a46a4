"""The bench's own entries in the trace: beliefs, outcomes, the journal, faults, steps, verdicts."""

from dataclasses import dataclass
from typing import ClassVar

from hanbench.emulator.events import Event


@dataclass(frozen=True, slots=True)
class EngineTold(Event):
    """One event that the engine was given."""

    kind: ClassVar[str] = "engine-told"

    event: str
    """`started`, `answer`, `timed_out`, `received`, ... with its subject in words."""


@dataclass(frozen=True, slots=True)
class EngineSent(Event):
    """The engine asked for an envelope to be sent."""

    kind: ClassVar[str] = "engine-sent"

    hub: str
    device: str
    message_id: int
    instruction: str
    key_version: int | None
    counter: int | None
    """Of the SUA code that it carries; None for what needs none."""
    timeout_us: int


@dataclass(frozen=True, slots=True)
class Believed(Event):
    """The engine stated what it takes a device's key to be."""

    kind: ClassVar[str] = "belief"

    device: str
    key: str
    candidates: tuple[str, ...]
    """`version:check value` of each key that it holds possible."""
    evidence: str
    truth: str
    """What the device truly held at that instant: `OLD`, `NEW`, `NEITHER`."""
    can_still_move: bool
    """Whether a rotation was under way to it that it would have executed: on the WAN, or waiting
    in the mirror, and not fenced off."""


@dataclass(frozen=True, slots=True)
class Journalled(Event):
    """The engine wrote a journal entry."""

    kind: ClassVar[str] = "journal"

    number: int
    entry: str
    """Canonical JSON."""
    fate: str
    """`durable`, or how the engine was killed at it: `before`, `torn`, `after` (it is written)."""


@dataclass(frozen=True, slots=True)
class OutcomeClaimed(Event):
    """The engine said how the migration ended."""

    kind: ClassVar[str] = "outcome"

    end_state: str
    detail: str


@dataclass(frozen=True, slots=True)
class EngineCrashed(Event):
    """The bench killed the engine."""

    kind: ClassVar[str] = "engine-crash"

    where: str


@dataclass(frozen=True, slots=True)
class FaultFired(Event):
    """A fault of the scenario struck."""

    kind: ClassVar[str] = "fault"

    point: str
    fault: str


@dataclass(frozen=True, slots=True)
class StepTaken(Event):
    """A step of the scenario was taken, and what came of it."""

    kind: ClassVar[str] = "step"

    step: str
    result: str


@dataclass(frozen=True, slots=True)
class FaceShown(Event):
    """What a display showed: before a step of the scenario, or when the run ended."""

    kind: ClassVar[str] = "face"

    device: str
    lines: tuple[str, ...]

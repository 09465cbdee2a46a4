"""What was recorded: envelopes in the order of the file, and what is wrong with the file.

A bad line costs itself and no other: it becomes a problem with its line, and what is left is
judged.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from hanbench.emulator.events import Event
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.wan import Envelope, EnvelopeKind

LINES_BAD_MAX = 50
"""After so many bad lines and not one good it is another file."""
GIVEN_UP = "too many bad lines and no good one: the rest is not read"


class Direction(enum.StrEnum):
    """Which way an envelope went."""

    DOWN = "down"
    """From a head-end to the home."""
    UP = "up"


def way_of(kind: EnvelopeKind) -> Direction:
    """Say which way such an envelope goes."""
    is_down = kind in (EnvelopeKind.INSTRUCTION, EnvelopeKind.HUB_COMMAND)
    return Direction.DOWN if is_down else Direction.UP


@dataclass(frozen=True, slots=True)
class LogProblem:
    """One thing that is wrong with a log, and where."""

    line: int
    """Of a text or a trace; in a capture the number of the packet; 0: the file as a whole."""
    says: str
    is_loss: bool = False
    """Whether something that was recorded could not be read, or was not recorded, by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One envelope as it was recorded."""

    line: int
    at_us: int
    """Since the first entry of the log."""
    direction: Direction
    device: str
    """As the log calls it."""
    octets: bytes
    envelope: Envelope
    copies: int = 1
    """How many arrived, where the log knows; 0: it was lost behind the place of recording."""

    @property
    def meter(self) -> Eui64:
        """The end of it that is in the home."""
        is_down = self.direction is Direction.DOWN
        return self.envelope.target if is_down else self.envelope.originator


@dataclass(frozen=True, slots=True)
class PowerLoss:
    """A device that is known to have lost power; only our own trace tells."""

    line: int
    at_us: int
    device: str


@dataclass(frozen=True, slots=True)
class Gap:
    """The recorder says, or it shows, that something is missing before here."""

    line: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One recorded exchange, in the order of its file."""

    name: str
    """The case of a trace, the interface of a capture; else empty."""
    entries: tuple[Recorded | PowerLoss | Gap, ...]
    events: tuple[Event, ...] = ()
    """All events, where our own trace is read."""

    @property
    def envelopes(self) -> tuple[Recorded, ...]:
        """The envelopes alone."""
        return tuple(one for one in self.entries if isinstance(one, Recorded))

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The known gaps."""
        return tuple(one for one in self.entries if isinstance(one, Gap))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLog:
    """A file: its exchanges, and what is wrong with it."""

    path: str
    exchanges: tuple[Exchange, ...]
    problems: tuple[LogProblem, ...] = ()
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """What was in it besides, by kind."""

    def place(self, line: int) -> str:
        """Say where a line is, as editors and compilers do."""
        return f"{self.path}:{line}" if line else self.path

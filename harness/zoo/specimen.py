"""What a specimen is: one mistake, put into the reference engine or into a part of the world.

A faulty engine is the reference engine with a few names exchanged while it takes its turns, and
put back after each: so two of them, or one and the right one, can run in the same process.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.port import EngineEvent, Turn
from hanbench.harness.parts import Parts
from hanbench.harness.zoo.modules import MIGRATE


@dataclass(slots=True)
class Swaps:
    """Names of modules and classes, and what stands there while a faulty engine takes a turn."""

    _swaps: list[tuple[object, str, object]] = field(default_factory=list)

    def put(self, holder: object, name: str, value: object) -> None:
        """Exchange one name; raise AttributeError if it is not there any more."""
        getattr(holder, name)
        self._swaps.append((holder, name, value))

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let the exchanged names stand until the block is left."""
        before = [(holder, name, getattr(holder, name)) for holder, name, _ in self._swaps]
        try:
            for holder, name, value in self._swaps:
                setattr(holder, name, value)
            yield
        finally:
            for holder, name, value in reversed(before):
                setattr(holder, name, value)


Break = Callable[[Swaps], None]


class SwappedEngine:
    """One life of the reference engine, with names exchanged in its turns."""

    def __init__(self, break_it: Break) -> None:
        self._swaps = Swaps()
        break_it(self._swaps)
        self._engine = AsyncEngine(MIGRATE.migrate)

    def turn(self, event: EngineEvent, now_us: int) -> Turn:
        """Take one event as the broken engine would."""
        with self._swaps.in_place():
            return self._engine.turn(event, now_us)

    def kill(self) -> None:
        """End its life; what its coroutines do then is theirs too."""
        with self._swaps.in_place():
            self._engine.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The smallest case that is known to catch a specimen, and by what."""

    case: str
    """A case of a shipped suite, such as `secure/rotation-response-lost`."""
    finding: str
    """Name of the finding, `confidently-wrong` or another."""
    clause: str = ""
    """The clause that the finding names, or the one of the scenario that it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyEngine:
    """An engine with one mistake; called, it makes a life of it, as `--engine` wants."""

    name: str
    spec: str
    """MODULE:NAME."""
    mistake: str
    """In one sentence."""
    known: Known
    break_it: Break

    def __call__(self) -> SwappedEngine:
        """Return a fresh life."""
        return SwappedEngine(self.break_it)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyPart:
    """A part of the world with one mistake; called, it gives the parts, as `--parts` wants."""

    name: str
    spec: str
    mistake: str
    known: Known
    make: Callable[[], Parts]

    def __call__(self) -> Parts:
        """Return the parts of a world that holds it."""
        return self.make()


Specimen = FaultyEngine | FaultyPart


def faulty_engine(*, case: str, finding: str, clause: str = "") -> Callable[[Break], FaultyEngine]:
    """Make a specimen of a function that breaks the engine; its docstring is the mistake."""

    def specimen(break_it: Break) -> FaultyEngine:
        return FaultyEngine(
            name=break_it.__name__,
            spec=f"{break_it.__module__}:{break_it.__name__}",
            mistake=_first_line(break_it),
            known=Known(case=case, finding=finding, clause=clause),
            break_it=break_it,
        )

    return specimen


def faulty_part(
    *, case: str, finding: str, clause: str = ""
) -> Callable[[Callable[[], Parts]], FaultyPart]:
    """Make a specimen of a function that gives the parts; its docstring is the mistake."""

    def specimen(make: Callable[[], Parts]) -> FaultyPart:
        return FaultyPart(
            name=make.__name__,
            spec=f"{make.__module__}:{make.__name__}",
            mistake=_first_line(make),
            known=Known(case=case, finding=finding, clause=clause),
            make=make,
        )

    return specimen


def _first_line(of: Callable[..., object]) -> str:
    return (of.__doc__ or "").strip().splitlines()[0]

"""What is said about a run as a whole; the wall-clock stamp is given by the command line alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from platform import python_version


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMeta:
    """A run: what was asked for, with what, and when."""

    command: str
    """As it was typed: `hanbench run secure --seed 7`."""
    suite: str
    """What was asked for, in words: `secure`, `clean-two-fuel`, ..."""
    seed: int | None
    """The seed of the command line; None: each scenario's own."""
    traffic: str | None
    engine: str
    scheme: str
    started_at: str
    """UTC, `2026-11-22T23:45:36Z`."""
    versions: Mapping[str, str]
    selected: int
    """How many cases were to run."""
    is_partial: bool = False
    """Whether the run was ended before all of them had run."""
    wall_s: float = 0.0
    parts: str = ""
    """What worlds are made of in place of the bench's own classes; empty: nothing."""
    engine_says: str = ""
    """How an engine in another process calls itself."""
    profile: str = ""
    """The profile file that says what the engine claims; empty: it claims all."""
    real_time: float | None = None
    """Set for an engine with its own clock: such a run is not deterministic."""


def bench_version() -> str:
    """Return the installed version of hanbench."""
    try:
        return version("hanbench")
    except PackageNotFoundError:
        return "not installed"


def versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    return {"hanbench": bench_version(), "python": python_version()}

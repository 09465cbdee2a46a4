"""What carries the messages of the engine port to another process and back."""

from typing import Protocol

from hanbench.harness.engine.wire.messages import Kind
from hanbench.harness.errors import Breakage, EngineError


class Transport(Protocol):
    """One process or server that engines live in."""

    is_ours: bool
    """Whether the bench started it, and so can kill it."""

    def ask(self, kind: Kind, message: bytes, *, limit_s: float) -> bytes:
        """Send a message and return its answer.

        Raises:
            EngineError: no answer came in time, more than one, or one that is too large; or whoever
                should give it is gone. Nothing can be asked after that.
        """

    def close(self) -> None:
        """Let go of it: a process of ours is killed, with all that it started in its session."""


def hangs(kind: Kind, limit_s: float) -> EngineError:
    """Name an engine that does not answer."""
    return EngineError(f"no answer to `{kind}` within {limit_s:g} s", reason=Breakage.HANGS)


def too_large(kind: Kind, limit: int) -> EngineError:
    """Name an engine whose answer does not end."""
    return EngineError(f"its answer to `{kind}` has more than {limit} octets", reason=Breakage.SIZE)


def twice(kind: Kind) -> EngineError:
    """Name an engine that sends something behind its answer."""
    return EngineError(f"it sent more than one answer to `{kind}`", reason=Breakage.TWICE)

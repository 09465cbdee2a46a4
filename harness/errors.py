"""What can go wrong in the bench, as against in the bytes.

HarnessError
├── ScenarioError     the user's file is wrong; says where
├── CaptureError      a capture cannot be read, or not further; says at which octet
├── EngineError       the engine under test broke its contract or died; `reason` says how
├── PortError         what an engine's call is answered with, for the engine to handle
│   ├── PartyRefused  a party refused the operation, with a code of its catalogue
│   └── NoAnswer      nothing came in time, which proves nothing
├── DeadlockError     tasks wait, and nothing can ever wake them
├── FenceError        a simulated run reached for real time, chance, a thread or a socket
└── ReplayDivergence  the replay took another turn
InvariantViolation    an AssertionError: the verdict, not a malfunction
NotAsExpected         an AssertionError: a test's migration came out otherwise
"""

import enum


class HarnessError(Exception):
    """The base of every error that `hanbench.harness` raises on purpose."""


class ScenarioError(HarnessError):
    """The user's file is wrong: where, and what was expected there."""

    def __init__(
        self,
        reason: str,
        *,
        path: str = "",
        line: int | None = None,
        column: int | None = None,
        key: str = "",
        expected: str = "",
    ) -> None:
        place = ":".join(str(part) for part in (path, line, column) if part not in {"", None})
        text = ": ".join(part for part in (place, key, reason) if part)
        super().__init__(f"{text} (expected {expected})" if expected else text)
        self.reason = reason
        self.path = path
        self.line = line
        self.column = column
        self.key = key
        self.expected = expected


class CaptureError(HarnessError):
    """A capture, a frame or an address of one is wrong; what was read before stays read."""

    def __init__(self, reason: str, *, path: str = "", at: int | None = None) -> None:
        place = f" (octet {at})" if at is not None else ""
        super().__init__(f"{path}: {reason}{place}" if path else f"{reason}{place}")
        self.reason = reason
        self.at = at


class Breakage(enum.StrEnum):
    """How an engine broke its contract; each is the verdict `engine-broke` with this reason."""

    RAISED = "raised"
    """Its code raised an error that it did not catch."""
    SPINS = "spins"
    """Its code does not yield."""
    FLOODS = "floods"
    """It asks for more actions in one turn than any migration needs."""
    NONSENSE = "nonsense"
    """What it returned is not a turn of the engine port."""
    DIED = "died"
    """Its process or connection is gone."""
    WAITS = "waits"
    """It waits, and nothing left can wake it."""
    HANGS = "hangs"
    """It did not answer within the time that a turn may take."""
    TWICE = "answered-twice"
    """It gave two answers where one was asked for."""
    ORDER = "out-of-order"
    """It answered another turn than the one that it was told."""
    SIZE = "too-large"
    """Its answer is larger than any migration needs."""
    VERSION = "other-version"
    """It speaks another version of the engine port."""


class EngineError(HarnessError):
    """The engine under test broke its contract or died."""

    def __init__(self, detail: str, *, reason: Breakage = Breakage.NONSENSE) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason


class PortError(HarnessError):
    """The base of what a call on the engine port can be answered with instead of a result."""


class PartyRefused(PortError):
    """A party refused the operation; `code` is one of its catalogue."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class NoAnswer(PortError):
    """Nothing came in time. It proves nothing: what was sent may still arrive."""


class DeadlockError(HarnessError):
    """Tasks wait, and nothing can ever wake them; `stuck` names them in creation order."""

    def __init__(self, stuck: tuple[str, ...]) -> None:
        waiting = "; ".join(stuck) if stuck else "no task is left either"
        super().__init__(f"nothing is ready and no timer is set: {waiting}")
        self.stuck = stuck


class FenceError(HarnessError):
    """A simulated run called something that reaches outside it; `call` names it."""

    def __init__(self, call: str) -> None:
        super().__init__(
            f"{call} was called inside a simulated run: time and chance are given by the bench, "
            "and nothing may leave it"
        )
        self.call = call


class ReplayDivergence(HarnessError):
    """The replay took another turn at `step` of the story."""

    def __init__(self, step: int, recorded: str, replayed: str) -> None:
        super().__init__(f"at step {step} the record has {recorded!r}, the replay {replayed!r}")
        self.step = step
        self.recorded = recorded
        self.replayed = replayed


class InvariantViolation(AssertionError):
    """A property of the rules does not hold; several come as an ExceptionGroup."""

    def __init__(self, name: str, detail: str, at_us: int | None = None) -> None:
        when = "" if at_us is None else f" at {at_us} us"
        super().__init__(f"{name}{when}: {detail}")
        self.name = name
        self.detail = detail
        self.at_us = at_us


class NotAsExpected(AssertionError):
    """A migration that a test ran came out otherwise than its scenario says; `text` tells how."""

    def __init__(self, text: str, headline: str) -> None:
        super().__init__(text)
        self.text = text
        self.headline = headline

"""What a user reads of an error in their engine: their own frames, and no machine's paths.

The same failure gives the same text on every machine, so it may stand in a story.
"""

import asyncio
import re
import traceback
from pathlib import Path

import pydantic

_ENGINE = Path(__file__).parent
_OURS = frozenset(
    str(path)
    for path in (
        _ENGINE / "adapter.py",
        _ENGINE / "mailbox.py",
        _ENGINE.parent / "clock.py",
        _ENGINE.parent / "engines.py",
        _ENGINE.parent / "fence.py",
        _ENGINE / "watchdog.py",
    )
)
_LIBRARIES = (str(Path(asyncio.__file__).parent), str(Path(pydantic.__file__).parent))
_FRAMES_MAX = 8
_TEXT_MAX = 600
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def describe_failure(error: BaseException) -> str:
    """Return the error and where in the engine's own code it came from, innermost last."""
    leaves = _leaves(error)
    told = [_describe_one(leaf) for leaf in leaves]
    return told[0] if len(told) == 1 else f"{len(told)} errors: " + " | ".join(told)


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in _leaves(inner)]
    return [error]


def _describe_one(error: BaseException) -> str:
    text = " ".join(_ADDRESS.sub("", str(error)).split())[:_TEXT_MAX]
    name = type(error).__name__
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_theirs(frame)]
    where = " > ".join(_describe_frame(frame) for frame in frames[-_FRAMES_MAX:])
    what = f"{name}: {text}" if text else name
    return f"{what} [{where}]" if where else what


def _describe_frame(frame: traceback.FrameSummary) -> str:
    line = f" `{frame.line}`" if frame.line else ""
    return f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}{line}"


def _is_theirs(frame: traceback.FrameSummary) -> bool:
    return frame.filename not in _OURS and not frame.filename.startswith(_LIBRARIES)

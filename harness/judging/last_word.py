"""What an engine could still know: the last word of a meter, and what went with a life that ended.

An engine keeps what it has journalled. What it was told, and had no durable journal write after, is
lost when it is killed: that is no doubt without need, and no certainty without reason. And what a
meter has lost after its last word no engine can know before it hears from it again.
"""

import json
from collections.abc import Sequence

from hanbench.emulator.events import Event, PartyCalled
from hanbench.emulator.instant import Instant
from hanbench.harness.events import EngineCrashed, Journalled

WRITTEN = ("durable", "after")
"""The fates of an entry that a later life reads: also where the engine was killed right after."""


def was_lost(at: Instant, events: Sequence[Event]) -> bool:
    """Whether the engine was killed before it had written anything down after that instant."""
    for event in events:
        if event.at < at:
            continue
        if isinstance(event, Journalled) and event.fate in WRITTEN:
            return False
        if isinstance(event, EngineCrashed):
            return True
    return False


def last_word_at(device: str, before: Instant, events: Sequence[Event]) -> Instant | None:
    """Return when the engine was last told of an answer of a meter what key it is under, or none.

    What was lost with a life is no word; None where there was none.
    """
    words = [
        event.at
        for event in events
        if isinstance(event, PartyCalled)
        and event.operation == "read_answer"
        and not event.is_error
        and event.at <= before
        and json.loads(event.arguments).get("device") == device
    ]
    return next((at for at in reversed(words) if not was_lost(at, events)), None)

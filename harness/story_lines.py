"""The story as lines of text, for people and for replay files."""

import json
import re
from collections.abc import Sequence

from hanbench.emulator.events import Event
from hanbench.emulator.instant import Instant, format_instant
from hanbench.harness.trace import story_record

_BARE = re.compile(r"[!#-~]+")
"""Text that needs no quotes: printable, without a space or a quote of its own."""


def story_lines(trace: Sequence[Event]) -> tuple[str, ...]:
    """Return one line for each event of the story, in order."""
    return tuple(story_line(event) for event in trace if event.in_story)


def story_line(event: Event) -> str:
    """Return an event as a line, without its octets."""
    record = story_record(event)
    told = " ".join(
        f"{name}={_value(value)}"
        for name, value in record.items()
        if name not in ("kind", "at", "installation")
    )
    return f"{format_instant(Instant(event.at))} {event.installation} {event.kind} {told}"


def _value(value: object) -> str:
    if isinstance(value, str) and _BARE.fullmatch(value):
        return value
    return json.dumps(value, separators=(",", ":"))

"""The trace: every event in order, and its two hashes.

`trace_hash` covers every octet and is equal for equal code and seed. `story_hash` covers what
happened without the octets, so it is equal across engines' transports, and across versions of the
bench when behaviour is the same. Hashes are SHA-256 over one canonical line an event.
"""

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from operator import attrgetter

from hanbench.emulator.events import Event, FrameSent

Record = dict[str, object]


class Trace:
    """Append-only; hashes are kept as it grows, so nothing is encoded twice."""

    def __init__(self, whole: "Trace | None" = None) -> None:
        self._whole = whole
        """The trace of all homes, where this is that of one: the hashes are of the whole."""
        self.listener: Callable[[Event], None] | None = None
        """Who is told of each event as it happens: for whoever watches a run, never for a run."""
        self.events: list[Event] = []
        self.frames_by_kind: Counter[str] = Counter()
        self._trace = hashlib.sha256()
        self._story = hashlib.sha256()

    def append(self, event: Event) -> None:
        """Take one event; this is the `Recorder` that devices, media and parties are given."""
        self.events.append(event)
        if self.listener is not None:
            self.listener(event)
        if self._whole is not None:
            self._whole.append(event)
            return
        if isinstance(event, FrameSent):
            # The hot path: frames are most of a trace, and never part of the story.
            self.frames_by_kind[event.frame_kind] += 1
            self._trace.update(b"%d|" % event.at)
            self._trace.update(event.frame)
            return
        line, octets = _canonical(event)
        if event.in_story:
            self._story.update(line)
        self._trace.update(line)
        self._trace.update(octets)

    @property
    def trace_hash(self) -> str:
        """SHA-256 of everything, 64 hex digits."""
        return self._trace.hexdigest() if self._whole is None else self._whole.trace_hash

    @property
    def story_hash(self) -> str:
        """SHA-256 of the story, 64 hex digits."""
        return self._story.hexdigest() if self._whole is None else self._whole.story_hash


def story_digest(events: Iterable[Event], *, without: str) -> str:
    """Return SHA-256 over the story without the events of one kind, 64 hex digits."""
    digest = hashlib.sha256()
    for event in events:
        if event.in_story and event.kind != without:
            digest.update(_canonical(event)[0])
    return digest.hexdigest()


def trace_record(event: Event) -> Record:
    """Return an event as JSON-ready fields, octets in hex: a line of `trace.jsonl`."""
    record: Record = {"kind": event.kind}
    for name in _field_names(type(event)):
        value = getattr(event, name)
        record[name] = value.hex() if isinstance(value, bytes) else value
    return record


def story_record(event: Event) -> Record:
    """Return an event as JSON-ready fields, without its octets."""
    record: Record = {"kind": event.kind}
    for name in _field_names(type(event)):
        value = getattr(event, name)
        if not isinstance(value, bytes):
            record[name] = value
    return record


def _canonical(event: Event) -> tuple[bytes, bytes]:
    """Return an event as one line without its octets, and its octets.

    The fields are text, whole numbers, None and tuples of those: for these `repr` says the value
    and nothing else, so it is the same in every process.
    """
    getter = _without_octets(type(event))
    if getter is not None:
        return repr([event.kind, *getter(event)]).encode() + b"\n", b""
    values: list[object] = [event.kind]
    octets = b""
    for name in _field_names(type(event)):
        value = getattr(event, name)
        if isinstance(value, bytes):
            octets += value
        else:
            values.append(value)
    return repr(values).encode() + b"\n", octets


def _field_names(event_type: type[Event]) -> tuple[str, ...]:
    names = _FIELD_NAMES.get(event_type)
    if names is None:
        names = tuple(field.name for field in dataclasses.fields(event_type))
        _FIELD_NAMES[event_type] = names
    return names


def _without_octets(event_type: type[Event]) -> Callable[[Event], tuple[object, ...]] | None:
    """Return what reads all fields at once, where no octets are declared among them."""
    if event_type not in _GETTERS:
        declared = "".join(str(field.type) for field in dataclasses.fields(event_type))
        getter = attrgetter(*_field_names(event_type))
        _GETTERS[event_type] = None if "bytes" in declared else getter
    return _GETTERS[event_type]


_FIELD_NAMES: dict[type[Event], tuple[str, ...]] = {}
_GETTERS: dict[type[Event], Callable[[Event], tuple[object, ...]] | None] = {}

"""Each meter's key over time: what it truly held, and what the engine believed."""

from collections.abc import Sequence
from dataclasses import dataclass

from hanbench.emulator import events as e
from hanbench.emulator.instant import START, Instant
from hanbench.harness import events as h
from hanbench.harness.judging.oracle import ROTATING
from hanbench.harness.report.rows import is_wrong

NEITHER = "NEITHER"
NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class Span:
    """A state that held from one instant to another."""

    state: str
    """`OLD`, `NEW`, `NEITHER`, `UNKNOWN` or `not stated`."""
    begins: Instant
    ends: Instant
    is_staged: bool = False
    """Whether the next key was staged beside the current one."""
    is_wrong: bool = False


def truth_spans(trace: Sequence[e.Event], meter: str, ends: Instant) -> list[Span]:
    """Return what a meter held from when to when."""
    old = _old_version(trace, meter)
    spans = [Span("OLD", START, ends)]
    for event in trace:
        if isinstance(event, e.KeyChanged) and event.device == meter:
            state = _truth(event, old, spans[-1].state)
            _extend(spans, Span(state, event.at, ends, is_staged=bool(event.staged_version)))
    return spans


def belief_spans(trace: Sequence[e.Event], meter: str, ends: Instant) -> list[Span]:
    """Return what the engine took a meter's key to be, from when to when."""
    spans = [Span(NOT_STATED, START, ends)]
    for event in trace:
        if isinstance(event, h.Believed) and event.device == meter:
            _extend(spans, Span(event.key, event.at, ends, is_wrong=is_wrong(event)))
    return spans


def _truth(change: e.KeyChanged, old: int | None, before: str) -> str:
    """Return what is held after a change; at a restart only the version can tell."""
    if change.current_version is None:
        return NEITHER
    if change.because in ROTATING or (old is not None and change.current_version > old):
        return "NEW"
    return before


def _old_version(trace: Sequence[e.Event], meter: str) -> int | None:
    """Return the version that the meter began with: the one its first SUA code was made for."""
    for event in trace:
        if isinstance(event, h.EngineSent) and event.device == meter and event.key_version:
            return event.key_version
    return None


def _extend(spans: list[Span], span: Span) -> None:
    last = spans.pop()
    same = (span.state, span.is_staged, span.is_wrong)
    if same == (last.state, last.is_staged, last.is_wrong):
        spans.append(last)
        return
    if last.begins < span.begins:
        spans.append(Span(last.state, last.begins, span.begins, last.is_staged, last.is_wrong))
    spans.append(span)

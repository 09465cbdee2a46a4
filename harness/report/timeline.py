"""Each meter's key over time: what it truly held, above what the engine believed.

Time is compressed where nothing happens, so that seconds and days fit on one line; the bars say
their state in words, not by colour alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hanbench.emulator import events as e
from hanbench.emulator.instant import SECOND_US, Instant, format_instant
from hanbench.harness import events as h
from hanbench.harness.oracle import ROTATING
from hanbench.harness.report import svg

LEFT = 120
WIDTH = 860
BAR = 18
METER_HEIGHT = 58
NEITHER = "NEITHER"
_LETTER = 6.2
"""How wide a letter of a label is, about."""


@dataclass(frozen=True, slots=True)
class Span:
    """A state that held from one instant to another."""

    state: str
    begins: Instant
    ends: Instant


def draw_timeline(trace: Sequence[e.Event], meters: Sequence[str], ends: Instant) -> str:
    """Return the picture as inline SVG."""
    place = _Places(_instants(trace, ends))
    parts: list[str] = []
    y = 8
    for meter in meters:
        parts.append(svg.text(4, y + 13, f"{meter}: truth", "l"))
        parts += [_bar(span, y, place, "truth") for span in truth_spans(trace, meter, ends)]
        parts.append(svg.text(4, y + 13 + BAR + 4, "engine believes", "l soft"))
        parts += [
            _bar(span, y + BAR + 4, place, "belief") for span in belief_spans(trace, meter, ends)
        ]
        y += METER_HEIGHT
    parts += _marks(trace, place, y)
    return svg.picture(LEFT + WIDTH + 16, y + 22, parts, "The key of each meter over time")


def truth_spans(trace: Sequence[e.Event], meter: str, ends: Instant) -> list[Span]:
    """Return what a meter held from when to when; a staged key is named beside the current one."""
    state = "OLD"
    changes: list[tuple[Instant, str]] = [(Instant(0), "OLD")]
    for event in trace:
        if not isinstance(event, e.KeyChanged) or event.device != meter:
            continue
        if event.current_version is None:
            state = NEITHER
        elif event.because in ROTATING:
            state = "NEW"
        staged = f"{state}, next staged" if event.staged_version else state
        changes.append((event.at, staged))
    return _spans(changes, ends)


def belief_spans(trace: Sequence[e.Event], meter: str, ends: Instant) -> list[Span]:
    """Return what the engine took a meter's key to be, from when to when."""
    changes: list[tuple[Instant, str]] = [(Instant(0), "not stated")]
    changes += [
        (event.at, f"{event.key}, wrong" if _is_wrong(event) else event.key)
        for event in trace
        if isinstance(event, h.Believed) and event.device == meter
    ]
    return _spans(changes, ends)


def _is_wrong(belief: h.Believed) -> bool:
    return belief.key not in ("UNKNOWN", belief.truth) or (
        belief.key == "OLD" and belief.can_still_move
    )


def _spans(changes: list[tuple[Instant, str]], ends: Instant) -> list[Span]:
    spans: list[Span] = []
    for place, (at, state) in enumerate(changes):
        until = changes[place + 1][0] if place + 1 < len(changes) else ends
        if spans and spans[-1].state == state:
            spans[-1] = Span(state, spans[-1].begins, until)
        else:
            spans.append(Span(state, at, until))
    return spans


def _instants(trace: Sequence[e.Event], ends: Instant) -> list[Instant]:
    shown = (e.KeyChanged, h.Believed, h.FaultFired, h.OutcomeClaimed, h.EngineCrashed)
    return sorted({Instant(0), ends, *(event.at for event in trace if isinstance(event, shown))})


class _Places:
    """Where on the line an instant lies: a silence counts by its logarithm."""

    def __init__(self, instants: Sequence[Instant]) -> None:
        reach = 0.0
        raw = {instants[0]: 0.0}
        for before, after in pairwise(instants):
            reach += 1.0 + math.log10(1.0 + (after - before) / SECOND_US)
            raw[after] = reach
        self._x = {at: LEFT + WIDTH * place / (reach or 1.0) for at, place in raw.items()}

    def x(self, at: Instant) -> float:
        """Return the place of one of the instants."""
        return round(self._x[at], 1)


def _bar(span: Span, y: int, place: _Places, row: str) -> str:
    x, width = place.x(span.begins), max(place.x(span.ends) - place.x(span.begins), 1)
    kind = span.state.split(",")[0].split(" ")[0].lower()
    if span.state.endswith("wrong"):
        kind = "wrong"
    box = svg.element(
        "rect", x=x, y=y, width=f"{width:g}", height=BAR, rx=3, class_=f"s {row} {kind}"
    )
    if width < _LETTER * len(span.state):
        return box
    return box + svg.text(x + 5, y + 13, span.state, f"st {kind}")


def _marks(trace: Sequence[e.Event], place: _Places, bottom: int) -> list[str]:
    parts = []
    for event in trace:
        match event:
            case h.FaultFired():
                kind, word = "fault", "fault"
            case h.EngineCrashed():
                kind, word = "crash", "killed"
            case h.OutcomeClaimed():
                kind, word = "claim", f"claimed at {format_instant(event.at).split('.')[0]}"
            case _:
                continue
        x = place.x(event.at)
        anchor = "end" if x > LEFT + WIDTH - 140 else "start"
        shift = -3 if anchor == "end" else 3
        parts.append(svg.line(x, 4, x, bottom, f"mark {kind}"))
        parts.append(svg.text(x + shift, bottom + 12, word, f"l {kind}", anchor=anchor))
    return parts

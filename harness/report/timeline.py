"""Each meter's key over time as a picture: what it truly held, above what the engine believed.

The bars say their state in words and by texture, not by colour alone. Numbers stand for what the
list beside the picture tells: faults, steps, findings, the claim.
"""

from collections.abc import Sequence

from hanbench.emulator import events as e
from hanbench.emulator.instant import MILLISECOND_US, MINUTE_US, Instant
from hanbench.harness.report import svg
from hanbench.harness.report.key_states import Span, belief_spans, truth_spans
from hanbench.harness.report.rows import Row
from hanbench.harness.report.spoken import clock, spoken
from hanbench.harness.report.timescale import Room, Timescale

LEFT = 118
WIDTH = 1040
TOP = 26
BAR = 21
METER_HEIGHT = 66
BADGE = 19
"""Room for a number in its circle."""
GAP_US = 2 * MINUTE_US
SAID_US = 100 * MILLISECOND_US
"""What passed more quickly is not said."""
_PAD = 14


def draw_timeline(
    trace: Sequence[e.Event], meters: Sequence[str], marks: Sequence[Row], ends: Instant
) -> str:
    """Return the picture as inline SVG."""
    truths = {meter: truth_spans(trace, meter, ends) for meter in meters}
    beliefs = {meter: belief_spans(trace, meter, ends) for meter in meters}
    spans = [span for bars in (truths, beliefs) for one in bars.values() for span in one]
    scale = Timescale(
        [
            Room(span.begins, span.ends, svg.wide(_label(span), is_bold=True) + _PAD)
            for span in spans
        ],
        {mark.at: 0.0 for mark in marks} | _badges(marks),
        WIDTH,
    )
    bottom = TOP + METER_HEIGHT * len(meters)
    parts = _axis(scale, bottom) + _marks(marks, scale, bottom)
    for place, meter in enumerate(meters):
        y = TOP + METER_HEIGHT * place
        parts.append(svg.text(4, y + 28, meter, "who"))
        parts.append(svg.text(LEFT - 10, y + 15, "truth", "t", "e"))
        parts.append(svg.text(LEFT - 10, y + BAR + 18, "belief", "t", "e"))
        for span in truths[meter]:
            parts += _bar(span, y, scale, "truth")
        for span in beliefs[meter]:
            parts += _bar(span, y + BAR + 3, scale, "belief")
    width = LEFT + scale.width + 30
    return svg.picture(width, bottom + 40, parts, "The key of each meter over time", "keys")


def _badges(marks: Sequence[Row]) -> dict[Instant, float]:
    room: dict[Instant, float] = {}
    for mark in marks:
        room[mark.at] = room.get(mark.at, 2.0) + BADGE
    return room


def _label(span: Span) -> str:
    words = span.state + (" + staged" if span.is_staged else "")
    return f"{words} ✗" if span.is_wrong else words


def _bar(span: Span, y: float, scale: Timescale, row: str) -> list[str]:
    x = LEFT + scale.x(span.begins)
    width = LEFT + scale.x(span.ends) - x
    if width <= 0:
        return []
    state = span.state.split(" ")[0].lower()
    box = svg.box(x + 0.5, y, width - 1, BAR, f"s {row} {state}")
    parts = [box]
    if span.is_staged:
        parts.append(svg.box(x + 0.5, y, width - 1, BAR, "hatch"))
    if span.is_wrong:
        parts.append(svg.box(x + 1.5, y + 1, width - 3, BAR - 2, "iswrong"))
    parts.append(svg.text(x + 7, y + 14.5, _label(span), f"st {state}"))
    return parts


def _marks(marks: Sequence[Row], scale: Timescale, bottom: float) -> list[str]:
    lines, badges = [], []
    before: Instant | None = None
    shift = 0.0
    for mark in marks:
        shift = shift + BADGE if mark.at == before else 0.0
        x = LEFT + scale.x(mark.at)
        if mark.at != before:
            lines.append(svg.line(x, 10, x, bottom - 14, f"mark {mark.kind}"))
        before = mark.at
        badges.append(svg.badge(x + shift, 10, mark.number, mark.kind))
    return lines + badges


def _axis(scale: Timescale, bottom: float) -> list[str]:
    y = bottom - 8
    parts = [svg.line(LEFT, y, LEFT + scale.width, y, "axis")]
    free, said = 0.0, ""
    for begins, ends in scale.segments():
        x1, x2 = LEFT + scale.x(begins), LEFT + scale.x(ends)
        words = spoken(ends - begins)
        if ends - begins >= SAID_US and x2 - x1 > svg.wide(words) + 26:
            middle = (x1 + x2) / 2
            if ends - begins > GAP_US:
                parts.append(svg.symbol("break", middle, y, "break"))
            parts.append(svg.text(middle, y + 16, words, "t d", "m"))
    for at in scale.instants:
        x = LEFT + scale.x(at)
        parts.append(svg.line(x, y - 3, x, y + 3, "axis"))
        words = clock(at)
        if x >= free and words != said:
            said = words
            parts.append(svg.text(x, y + 30, words, "t", "m"))
            free = x + svg.wide(words) + 14
    return parts

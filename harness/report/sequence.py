"""The sequence diagram of a run: a lane for each who takes part, time downwards.

What the engine notes for itself (journal, beliefs, time-outs) stands left of its lane, on the line
of what made it do so where there is one: a clean run then fits on two screens.
"""

from collections.abc import Callable, Sequence

from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.harness.report import svg
from hanbench.harness.report.lanes import HEAD, TIME, Lanes, draw_lanes, lay_lanes
from hanbench.harness.report.rows import ENGINE, HUB, S1SP, Row
from hanbench.harness.report.spoken import clock

ROWS_MAX = 400
"""A diagram longer than this is no longer read; the rest is in `trace.jsonl`."""
HEAD_EVERY = 640
"""Names of the lanes are told again after as many pixels."""
_HEIGHTS = {"call": 17, "refused": 17, "journal": 17, "told": 18, "wan": 24, "lost": 24, "gap": 26}
_BANDS = ("fault", "crash", "step", "finding", "claim")
_BESIDE = ("journal", "told", "belief", "wrong")
_ROW, _BAND = 21, 27


def draw_sequence(rows: Sequence[Row], meters: Sequence[str], title: str) -> str:
    """Return the diagram as inline SVG."""
    shown = rows[:ROWS_MAX]
    hub = next((row.target for row in rows if row.source == S1SP), "") or next(
        (row.source for row in rows if row.target == S1SP and row.source != ENGINE), HUB
    )
    drawing = _Drawing(lay_lanes(shown, meters, hub))
    for row in shown:
        drawing.draw(row)
    if len(rows) > len(shown):
        drawing.say(f"{len(rows) - len(shown)} more rows are in trace.jsonl")
    bottom = drawing.bottom + 10
    ground = draw_lanes(drawing.lanes, drawing.heads, bottom)
    return svg.picture(drawing.lanes.width, bottom, ground + drawing.parts, title, "seq")


class _Drawing:
    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.parts: list[str] = []
        self.heads = [32.0]
        self.bottom = float(HEAD)
        self.y = 0.0
        """Of the line that is being drawn."""
        self._shown = ""
        self._room_since: Instant | None = None
        """When the last line was, if there is room beside the engine on it."""

    def draw(self, row: Row) -> None:
        """Draw one row, on a line of its own or beside what led to it."""
        if not self._fits_beside(row):
            self._new_line(row)
        _DRAW[row.kind](self, row)

    def say(self, words: str) -> None:
        """Say something that is no event."""
        self.bottom += _ROW
        self.parts.append(svg.text(self.lanes.place(ENGINE), self.bottom - 6, words, "t"))

    def _fits_beside(self, row: Row) -> bool:
        since = self._room_since
        fits = row.kind in _BESIDE and since is not None and row.at - since < SECOND_US
        if fits:
            self._room_since = None
        return fits

    def _new_line(self, row: Row) -> None:
        if self.bottom - self.heads[-1] > HEAD_EVERY and row.kind == "call":
            self.bottom += 20
            self.heads.append(self.bottom - 4)
        height = _BAND if row.kind in _BANDS else _HEIGHTS.get(row.kind, _ROW)
        self.y = self.bottom + height / 2
        self.bottom += height
        self._room_since = None if row.kind in (*_BESIDE, *_BANDS, "gap") else row.at
        shown = clock(row.at)
        if row.kind != "gap" and shown != self._shown:
            self._shown = shown
            self.parts.append(svg.text(TIME - 10, self.y + 4, shown, "t", "e"))

    def call(self, row: Row) -> None:
        """A thin arrow from the engine to a party, after its words or, where long, before them."""
        x1, x2 = self.lanes.place(row.source), self.lanes.place(row.target)
        words = _counted(row)
        after = x1 + 11 + svg.wide(words)
        is_long = after > x2 - 8
        if is_long:
            words = svg.shortened(words, self.lanes.width - x2 - 16)
        self.parts.append(
            svg.text((x2 if is_long else x1) + 7, self.y + 3.5, words, f"l {row.kind}")
        )
        self._arrow(x1 if is_long else after, x2, row.kind)

    def wan(self, row: Row) -> None:
        """An envelope on the WAN; a meter's answer came over the HAN to the hub before."""
        x1, x2 = self.lanes.place(row.source), self.lanes.place(row.target)
        self.y += 4
        is_answer = row.source == self.lanes.hub != row.device
        if is_answer and row.device in self.lanes.places:
            self.parts.append(svg.line(self.lanes.place(row.device), self.y, x1, self.y, "a han"))
        if row.kind == "lost":
            middle = (x1 + x2) / 2
            self.parts.append(svg.line(x1, self.y, middle, self.y, "a lost"))
            self.parts.append(svg.symbol("lost", middle, self.y, "x"))
        else:
            self._arrow(x1, x2, "wan")
        words = svg.shortened(_counted(row), 1.1 * abs(x2 - x1))
        self.parts.append(svg.text((x1 + x2) / 2, self.y - 5, words, f"l {row.kind}", "m"))

    def took(self, row: Row) -> None:
        """An Instruction over the HAN, and what the device made of it."""
        x1, x2 = self.lanes.place(row.source), self.lanes.place(row.target)
        words = svg.shortened(_counted(row), x2 - x1 - 24)
        middle, half = (x1 + x2) / 2, svg.wide(words) / 2 + 3
        way = f"M{x1:g} {self.y:g}H{middle - half:g}M{middle + half:g} {self.y:g}H{x2:g}"
        self.parts.append(svg.path(way, "a han"))
        self.parts.append(svg.text(middle, self.y + 3.5, words, "l", "m"))
        mark = "yes" if row.kind == "took" else "no"
        self.parts.append(svg.symbol(mark, x2, self.y, mark))
        self.parts.append(svg.text(x2 + 10, self.y + 3.5, row.outcome, f"l {row.kind}"))

    def mark(self, row: Row) -> None:
        """A mark on a device's lane, its words on the side that has room for them."""
        x, words = self.lanes.place(row.source), _counted(row)
        is_left = x + svg.wide(words) > self.lanes.width - 14
        self.parts.append(svg.dot(x, self.y, 3.5, f"m {row.kind}"))
        at, anchor = (x - 9, "e") if is_left else (x + 9, "")
        self.parts.append(svg.text(at, self.y + 3.5, words, f"l {row.kind}", anchor))

    def key(self, row: Row) -> None:
        """The key that a device holds from here on, in a box on its lane."""
        words = _counted(row)
        width = svg.wide(words, is_bold=True) + 24
        left = min(self.lanes.place(row.source) - 9, self.lanes.width - width - 6)
        state = "lost" if row.outcome else "held"
        self.parts.append(svg.box(left, self.y - 9, width, 18, f"keybox {state}"))
        self.parts.append(svg.symbol("key", left + 9, self.y, f"key {state}"))
        self.parts.append(svg.text(left + 21, self.y + 3.5, words, f"l key {state}"))

    def beside(self, row: Row) -> None:
        """A tick on the engine's lane, its words left of it."""
        x = self.lanes.place(ENGINE)
        self.parts.append(svg.line(x - 6, self.y, x + 1, self.y, f"tick {row.kind}"))
        words = svg.shortened(_counted(row), x - TIME - 10)
        self.parts.append(svg.text(x - 10, self.y + 3.5, words, f"l {row.kind}", "e"))

    def flag(self, row: Row) -> None:
        """A belief on a flag; a wrong one says so."""
        x = self.lanes.place(ENGINE)
        words = f"{row.device}: {row.text}" + (" wrong" if row.kind == "wrong" else "")
        width = svg.wide(words, is_bold=True) + 18
        way = f"M{x:g} {self.y:g}l-7 -8h{-width:g}v16h{width:g}z"
        state = "bad" if row.kind == "wrong" else row.text.lower()
        self.parts.append(svg.path(way, f"flag {state}", row.outcome))
        self.parts.append(svg.text(x - 12, self.y + 3.5, words, f"f {state}", "e"))

    def band(self, row: Row) -> None:
        """Words across all lanes, by the number that the list above has: a fault, a step."""
        left, right = TIME + 4, self.lanes.width - 6
        x = left + 30.0
        self.parts.append(svg.box(left, self.y - 11, right - left, 22, f"band {row.kind}"))
        self.parts.append(svg.badge(left + 14, self.y, row.number, row.kind))
        who = "engine " if row.source == ENGINE else ""
        words = who + _counted(row)
        if row.kind == "fault":
            struck = self.lanes.middle_of(row.target)
            self.parts.append(svg.symbol("bolt", struck, self.y, "bolt"))
            if struck < x + svg.wide(words, is_bold=True) + 16:
                x = struck + 16
        shown = svg.shortened(words, right - x - 8)
        self.parts.append(svg.text(x, self.y + 4, shown, f"l {row.kind}"))

    def gap(self, row: Row) -> None:
        """A break in time."""
        words = f"{row.text} later"
        self.parts.append(svg.line(TIME, self.y, self.lanes.width - 6, self.y, "gap"))
        self.parts.append(svg.text(TIME + 12, self.y + 3.5, words, "g"))

    def _arrow(self, x1: float, x2: float, class_: str) -> None:
        way = 1 if x2 > x1 else -1
        back = -6 * way
        head = f"M{x1:g} {self.y:g}H{x2 - way:g}m{back:g} -3.5l{-back:g} 3.5l{back:g} 3.5"
        self.parts.append(svg.path(head, f"a {class_}"))


_DRAW: dict[str, Callable[[_Drawing, Row], None]] = {
    "call": _Drawing.call,
    "refused": _Drawing.call,
    "wan": _Drawing.wan,
    "lost": _Drawing.wan,
    "took": _Drawing.took,
    "rejected": _Drawing.took,
    "note": _Drawing.mark,
    "cut": _Drawing.mark,
    "key": _Drawing.key,
    "journal": _Drawing.beside,
    "told": _Drawing.beside,
    "belief": _Drawing.flag,
    "wrong": _Drawing.flag,
    "fault": _Drawing.band,
    "crash": _Drawing.band,
    "step": _Drawing.band,
    "finding": _Drawing.band,
    "claim": _Drawing.band,
    "gap": _Drawing.gap,
}


def _counted(row: Row) -> str:
    return row.text if row.count == 1 else f"{row.text} ({row.count} times)"

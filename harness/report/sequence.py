"""The sequence diagram of a run: a lane for each who takes part, time downwards."""

from collections.abc import Callable, Sequence

from hanbench.emulator.instant import format_instant
from hanbench.harness.report import svg
from hanbench.harness.report.rows import ENGINE, HUB, S1SP, Row

GUTTER = 92
LANE = 108
ROW = 19
TOP = 34
ROWS_MAX = 260
"""A diagram longer than this is no longer read; the rest is in `trace.jsonl`."""
PARTIES = ("SMSO", "DCO", "COMMISSIONING_PARTY", "SUPPLIER", "INVENTORY", "PSP")
_SHORT = {"COMMISSIONING_PARTY": "Comm. Party", "SUPPLIER": "Supplier", "INVENTORY": "Inventory"}
_LABEL = 34


class _Drawing:
    def __init__(self, lanes: Sequence[str]) -> None:
        self.lanes = {name: GUTTER + LANE * (place + 0.5) for place, name in enumerate(lanes)}
        self.width = GUTTER + LANE * len(lanes) + 24
        self.parts: list[str] = []
        self.y = TOP + ROW

    def draw(self, row: Row) -> None:
        """Draw one row and go on to the next line."""
        if row.kind != "gap":
            clock = format_instant(row.at).split(".")[0]
            self.parts.append(svg.text(4, self.y + 4, clock, "t"))
        _DRAW.get(row.kind, _Drawing.mark)(self, row)
        self.y += ROW

    def arrow(self, row: Row) -> None:
        """An arrow from lane to lane, its words above the line."""
        x1, x2 = self.lanes[row.source], self.lanes[row.target]
        way = 1 if x2 > x1 else -1
        is_lost = row.kind == "lost"
        end = (x1 + x2) / 2 if is_lost else x2 - 5 * way
        self.parts.append(svg.line(x1, self.y, end, self.y, f"a {row.kind}"))
        if is_lost:
            self.parts.append(_cross(end, self.y))
        else:
            back = x2 - 6 * way
            head = f"M{back:g} {self.y - 3:g}L{x2:g} {self.y:g}L{back:g} {self.y + 3:g}z"
            self.parts.append(svg.element("path", d=head, class_=f"h {row.kind}"))
        words = svg.shortened(_counted(row), _LABEL + (10 if abs(x2 - x1) > LANE else 0))
        self.parts.append(
            svg.text((x1 + x2) / 2, self.y - 3, words, f"l {row.kind}", anchor="middle")
        )

    def mark(self, row: Row) -> None:
        """A dot on a lane with its words beside it."""
        x = self.lanes.get(row.source, GUTTER)
        self.parts.append(
            svg.element("circle", cx=f"{x:g}", cy=f"{self.y:g}", r="3.5", class_=f"m {row.kind}")
        )
        is_last = x > self.width - 1.6 * LANE
        anchor, shift = ("end", -8) if is_last else ("start", 8)
        words = svg.shortened(_counted(row), _LABEL)
        self.parts.append(svg.text(x + shift, self.y + 4, words, f"l {row.kind}", anchor=anchor))

    def band(self, row: Row) -> None:
        """Words across all lanes: a fault, a step, the claim."""
        self.parts.append(
            svg.element(
                "rect",
                x=f"{GUTTER - 6:g}",
                y=f"{self.y - 8:g}",
                width=f"{self.width - GUTTER:g}",
                height="16",
                rx="3",
                class_=f"b {row.kind}",
            )
        )
        bolt = "⚡ " if row.kind == "fault" else ""
        words = svg.shortened(bolt + _counted(row), 110)
        self.parts.append(svg.text(GUTTER + 2, self.y + 4, words, f"l {row.kind}"))

    def gap(self, row: Row) -> None:
        """A break in time."""
        self.parts.append(svg.line(GUTTER, self.y, self.width - 8, self.y, "gap"))
        self.parts.append(svg.text(4, self.y + 4, row.text, "t g"))


_DRAW: dict[str, Callable[[_Drawing, Row], None]] = {
    "call": _Drawing.arrow,
    "refused": _Drawing.arrow,
    "wan": _Drawing.arrow,
    "lost": _Drawing.arrow,
    "fault": _Drawing.band,
    "step": _Drawing.band,
    "claim": _Drawing.band,
    "gap": _Drawing.gap,
}


def draw_sequence(rows: Sequence[Row], meters: Sequence[str], title: str) -> str:
    """Return the diagram as inline SVG."""
    used = {name for row in rows for name in (row.source, row.target)}
    lanes = [ENGINE, *(party for party in PARTIES if party in used), S1SP, HUB, *meters]
    drawing = _Drawing(lanes)
    for row in rows[:ROWS_MAX]:
        drawing.draw(row)
    if len(rows) > ROWS_MAX:
        drawing.parts.append(
            svg.text(GUTTER, drawing.y + 4, f"{len(rows) - ROWS_MAX} more rows in trace.jsonl", "t")
        )
        drawing.y += ROW
    return svg.picture(drawing.width, drawing.y + 4, _lanes(drawing) + drawing.parts, title)


def _lanes(drawing: _Drawing) -> list[str]:
    parts = []
    for name, x in drawing.lanes.items():
        parts.append(svg.line(x, TOP - 8, x, drawing.y, "lane"))
        parts.append(svg.text(x, 16, _SHORT.get(name, name), "who", anchor="middle"))
    return parts


def _cross(x: float, y: float) -> str:
    way = f"M{x - 4:g} {y - 4:g}L{x + 4:g} {y + 4:g}M{x + 4:g} {y - 4:g}L{x - 4:g} {y + 4:g}"
    return svg.element("path", d=way, class_="x")


def _counted(row: Row) -> str:
    return row.text if row.count == 1 else f"{row.text} ({row.count} times)"

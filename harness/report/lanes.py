"""The lanes of a sequence diagram: the engine and the organisations, the WAN, the premises."""

from collections.abc import Sequence
from dataclasses import dataclass

from hanbench.harness.report import svg
from hanbench.harness.report.rows import ENGINE, S1SP, Row

TIME = 82
"""Width of the column of times."""
NOTES = 162
"""Width of the column of what the engine notes for itself."""
FIRST, PARTY, WAN, DEVICE = 154, 78, 158, 120
"""Distance from the engine to its first party, between parties, over the WAN, between devices."""
OUTCOMES = 106
"""Room for what the last device made of an Instruction, if its words need no more."""
HEAD = 46
PARTIES = ("DCO", "SMSO", "COMMISSIONING_PARTY", "SUPPLIER", "INVENTORY", "PSP", "MCC")
"""The S1SP stands last, beside the WAN that it sends on."""
_SHORT = {"COMMISSIONING_PARTY": "Comm. Party", "SUPPLIER": "Supplier", "INVENTORY": "Inventory"}


@dataclass(frozen=True, slots=True)
class Lanes:
    """Where each lane stands."""

    hub: str
    places: dict[str, float]
    width: float

    @property
    def premises(self) -> float:
        """Where the premises begin."""
        return self.places[self.hub] - 34

    def place(self, name: str) -> float:
        """Return the place of a lane; what has none is told of beside the engine."""
        return self.places.get(name, self.places[ENGINE])

    def middle_of(self, point: str) -> float:
        """Return where a fault struck, by the name of its point."""
        parts = point.replace(" ", "/").split("/")
        party = next((part for part in parts if part in self.places and part in PARTIES), "")
        if party:
            return self.places[party]
        if "engine" in parts:
            return self.places[ENGINE]
        if parts[-1] == "wan":
            return (self.places[S1SP] + self.places[self.hub]) / 2
        if parts[-1] == "mirror":
            return self.places[self.hub]
        device = next((part for part in parts if part in self.places), self.hub)
        is_on_air = any(part.startswith("han") for part in parts[3:])
        if is_on_air:
            return (self.places[self.hub] + self.places[device]) / 2
        return self.places[device]


def lay_lanes(rows: Sequence[Row], meters: Sequence[str], hub: str) -> Lanes:
    """Give a lane to everybody who takes part."""
    used = {row.target for row in rows if row.kind in ("call", "refused")}
    unlisted = dict.fromkeys(row.target for row in rows if row.kind in ("call", "refused"))
    parties = [party for party in PARTIES if party in used]
    parties += [party for party in unlisted if party not in (*PARTIES, S1SP)]
    devices = dict.fromkeys(meters)
    for row in rows:
        if row.kind in ("took", "rejected"):
            devices[row.target] = None
        elif row.kind in ("key", "cut", "note") and row.source != hub:
            devices[row.source] = None
    places = {ENGINE: float(TIME + NOTES)}
    x = places[ENGINE]
    for number, party in enumerate([*parties, S1SP]):
        x += PARTY if number else FIRST
        places[party] = x
    places[hub] = x + WAN
    for number, device in enumerate(devices, 1):
        places[device] = places[hub] + DEVICE * number
    judged = (row.outcome for row in rows if row.kind in ("took", "rejected"))
    room = max((svg.wide(words, is_bold=True) + 20 for words in judged), default=0.0)
    return Lanes(hub, places, max(places.values()) + max(OUTCOMES, room))


def draw_lanes(lanes: Lanes, heads: Sequence[float], bottom: float) -> list[str]:
    """Return the ground of the diagram, and the names of the lanes at each of the heads."""
    ground = svg.box(lanes.premises, 0, lanes.width - lanes.premises, bottom, "home")
    parts = [ground]
    parts += [svg.line(x, HEAD - 8, x, bottom - 6, "lane") for x in lanes.places.values()]
    s1sp, hub = lanes.places[S1SP], lanes.places[lanes.hub]
    parts.append(svg.text((s1sp + hub) / 2 - 14, 14, "WAN", "zone", "m"))
    parts.append(svg.text(lanes.premises + 8, 14, "PREMISES", "zone"))
    parts.append(svg.text(lanes.places[ENGINE] - 8, 14, "ENGINE AND ORGANISATIONS", "zone"))
    for number, head in enumerate(heads):
        class_ = "again" if number else "who"
        parts += [
            svg.text(x, head, _SHORT.get(name, name), class_, "m")
            for name, x in lanes.places.items()
        ]
    return parts

"""A scale of time on which seconds and days fit on one line.

Between two instants of interest it is as wide as what must be read there, and what is left of the
line is shared out by the logarithm of the time that passed.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from hanbench.emulator.instant import SECOND_US, Instant

SEGMENT = 8.0


@dataclass(frozen=True, slots=True)
class Room:
    """A stretch of time that something has to be readable on."""

    begins: Instant
    ends: Instant
    width: float


class Timescale:
    """Where each of some instants stands."""

    def __init__(self, rooms: Iterable[Room], after: Mapping[Instant, float], width: float) -> None:
        """Lay out the ends of all rooms, and `after` each of some instants that much space."""
        rooms = list(rooms)
        ends = {room.begins for room in rooms} | {room.ends for room in rooms} | set(after)
        self.instants = sorted(ends)
        self._x = _spread(self.instants, _least(self.instants, rooms, after), width)

    def x(self, at: Instant) -> float:
        """Return the place of one of the instants."""
        return self._x[bisect_left(self.instants, at)]

    @property
    def width(self) -> float:
        """Return how wide it became: more than asked for where it had to."""
        return self._x[-1]

    def segments(self) -> list[tuple[Instant, Instant]]:
        """Return the stretches between neighbours."""
        return list(pairwise(self.instants))


def _least(
    instants: list[Instant], rooms: list[Room], after: Mapping[Instant, float]
) -> list[float]:
    """Return the leftmost place of each instant at which everything can be read."""
    ending: dict[Instant, list[Room]] = {}
    for room in rooms:
        ending.setdefault(room.ends, []).append(room)
    places: dict[Instant, float] = {}
    x = 0.0
    for number, at in enumerate(instants):
        if number:
            x += max(SEGMENT, after.get(instants[number - 1], 0))
        for room in ending.get(at, ()):
            if room.begins < at:
                x = max(x, places[room.begins] + room.width)
        places[at] = x
    return [places[at] for at in instants]


def _spread(instants: list[Instant], least: list[float], width: float) -> list[float]:
    """Share out what is left of the line."""
    weights = [math.log10(1.0 + (b - a) / SECOND_US) for a, b in pairwise(instants)]
    spare = max(width - least[-1], 0.0) / (sum(weights) or 1.0)
    places, shift = [least[0]], 0.0
    for place, weight in zip(least[1:], weights, strict=True):
        shift += spare * weight
        places.append(round(place + shift, 1))
    return places

"""Shows the air of a case while it runs: each frame goes out when virtual time has passed it.

Frames are noted when they are sent off, and go on the air a little later; so each waits here until
nothing that is noted later can be before it. Nobody in the run knows that somebody watches.

Each home is a sniffer of its own to the listener (the device of a ZEP header), and is on a PAN that
no other home of the run has. One that changes its PAN id goes to the next one that is free, and
keeps its sniffer: so a filter by it follows the home.
"""

import csv
import heapq
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from hanbench.emulator.events import Event, PanMoved
from hanbench.harness.captures.pan_moves import PanAllotment
from hanbench.harness.captures.source import Showing, Shown, head_of
from hanbench.harness.captures.writing import CaptureRun
from hanbench.harness.captures.zep_sender import Address, Sniffed, ZepSender
from hanbench.harness.homes.home import pan_of
from hanbench.harness.running.case import Case
from hanbench.harness.world import World
from hanbench.protocol.identifiers import PanId

COLUMNS = ("zep.device_id", "wpan.dst_pan", "home", "case")
"""Wireshark's names of the fields, so that they can be put into a filter as they stand."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the listener finds one home."""

    device: int
    """From 1: which sniffer, of those that a ZEP header tells apart."""
    pan: PanId
    """The one that it begins on."""


@dataclass(frozen=True, slots=True)
class LiveShow:
    """Where the frames of the cases of a run go, and where in the stream each home is."""

    address: Address
    pace: float | None = None
    with_keys: bool = True
    places: dict[str, Place] = field(default_factory=dict)
    """By the name of the case, each companion's apart: two that run at once must not share one."""

    def sender(self) -> ZepSender:
        """Open a socket for one case."""
        return ZepSender(self.address, pace=self.pace, with_keys=self.with_keys)


def places_of(cases: Sequence[Case]) -> dict[str, Place]:
    """Give each home of a run a sniffer, and a PAN that no other one begins on.

    Raises:
        HarnessError: there are more homes than PANs.
    """
    allotment = PanAllotment()
    homes = [home for case in cases for home in (case, *case.companions)]
    return {
        home.name: Place(number, allotment.allot(pan_of(home)))
        for number, home in enumerate(homes, 1)
    }


def places_as_csv(cases: Sequence[Case], places: dict[str, Place]) -> str:
    """Return a row for each home."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for case in cases:
        for home in (case, *case.companions):
            place = places[home.name]
            rows.writerow((place.device, f"{place.pan:#06x}", home.installation.name, case.name))
    return text.getvalue()


class _Home:
    """One home on the air."""

    def __init__(self, world: World, place: Place, all_begin_on: frozenset[PanId]) -> None:
        self.run: CaptureRun = head_of(world)
        self.showing = Showing(self.run)
        self._all_begin_on = all_begin_on
        self.sniffed = Sniffed(place.device, {self.run.pan: place.pan})

    def moves(self, event: PanMoved) -> None:
        """Find room for the network where it is now.

        No other home begins there. Two that move at once to one PAN id would share it, which is
        once in 65,534 times and not worth asking the other processes of a run.
        """
        pans = self.sniffed.pans
        if event.pan not in pans:
            allotment = PanAllotment(self._all_begin_on | set(pans.values()))
            self.sniffed = Sniffed(
                self.sniffed.device, {**pans, event.pan: allotment.allot(event.pan)}
            )


class LiveAir:
    """The air of one case: of all its homes, in one order."""

    def __init__(self, world: World, sender: ZepSender, places: dict[str, Place]) -> None:
        self._world = world
        self._sender = sender
        self._waiting: list[tuple[int, int, Shown, _Home]] = []
        self._noted = 0
        self._worlds = (world, *world.companions)
        taken = frozenset(place.pan for place in places.values())
        for one in self._worlds:
            home = _Home(one, places[one.case.name], taken)
            sender.play(home.run, home.sniffed)
            one.trace.listener = partial(self._take, home)

    def end(self) -> None:
        """Send what still waits: the case is over."""
        for one in self._worlds:
            one.trace.listener = None
        while self._waiting:
            self._send_first()

    def _take(self, home: _Home, event: Event) -> None:
        now = self._world.now
        while self._waiting and self._waiting[0][0] < now:
            self._send_first()
        if isinstance(event, Shown):
            self._noted += 1
            heapq.heappush(self._waiting, (event.at, self._noted, event, home))

    def _send_first(self) -> None:
        _, _, event, home = heapq.heappop(self._waiting)
        if isinstance(event, PanMoved):
            home.moves(event)
        for item in home.showing.items(event):
            self._sender.go_on(home.run, item, home.sniffed)

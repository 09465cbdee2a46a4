"""Shows the air of a case while it runs: each frame goes out when virtual time has passed it.

Frames are noted when they are sent off, and go on the air a little later; so each waits here until
nothing that is noted later can be before it. Nobody in the run knows that somebody watches.
"""

import heapq
from dataclasses import dataclass, field

from hanbench.emulator.events import Event
from hanbench.harness.captures.source import Showing, Shown, head_of
from hanbench.harness.captures.writing import CaptureRun
from hanbench.harness.captures.zep_sender import Address, ZepSender
from hanbench.harness.world import World
from hanbench.protocol.identifiers import PanId


@dataclass(frozen=True, slots=True)
class LiveShow:
    """Where the frames of the cases of a run go, and on which PAN each case is."""

    address: Address
    pace: float | None = None
    with_keys: bool = True
    pans: dict[str, PanId] = field(default_factory=dict)
    """By the name of the case: two that run at once must not share one."""

    def sender(self) -> ZepSender:
        """Open a socket for one case."""
        return ZepSender(self.address, pace=self.pace, with_keys=self.with_keys)


class LiveAir:
    """The air of one case."""

    def __init__(self, world: World, sender: ZepSender, pan: PanId) -> None:
        self._world = world
        self._sender = sender
        self._pan = pan
        self._run: CaptureRun = head_of(world)
        self._showing = Showing(self._run)
        self._waiting: list[tuple[int, int, Shown]] = []
        self._noted = 0
        sender.play(self._run, pan)
        world.trace.listener = self._take

    def end(self) -> None:
        """Send what still waits: the case is over."""
        self._world.trace.listener = None
        while self._waiting:
            self._send_first()

    def _take(self, event: Event) -> None:
        now = self._world.now
        while self._waiting and self._waiting[0][0] < now:
            self._send_first()
        if isinstance(event, Shown):
            self._noted += 1
            heapq.heappush(self._waiting, (event.at, self._noted, event))

    def _send_first(self) -> None:
        _, _, event = heapq.heappop(self._waiting)
        for item in self._showing.items(event):
            self._sender.go_on(self._run, item, self._pan)

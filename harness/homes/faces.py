"""Writes down what the displays of a home show, for whoever reads the report."""

from hanbench.emulator.instant import Instant
from hanbench.harness.events import FaceShown
from hanbench.harness.world import World

CLOCK_LINES = 1
"""The top line has the clock: a screen on which nothing else moved is the same screen."""


class Faces:
    """The screens of one run, each written down when it has changed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shown: dict[str, tuple[str, ...]] = {}

    def look(self, now: Instant) -> None:
        """Write down each screen that is not as it was at the last look."""
        for name in self._world.home.displays:
            lines = self._world.home.screen(name, now)
            if lines and self._shown.get(name) != lines[CLOCK_LINES:]:
                self._shown[name] = lines[CLOCK_LINES:]
                self._world.trace.append(FaceShown(now, self._world.installation, name, lines))

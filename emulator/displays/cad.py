"""A consumer access device: reads the electricity meter fast, and hands the readings on.

Source: SMETS names the CAD; what one does with the readings is its owner's affair. It asks at an
interval of its own [M], and each reading that comes is published to whoever listens.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from typing_extensions import override

from hanbench.emulator.device import Packet
from hanbench.emulator.displays.display import DisplaySetup
from hanbench.emulator.displays.display_device import DisplayDevice
from hanbench.emulator.displays.readings import Reading
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import Instant, format_instant
from hanbench.protocol.identifiers import Eui64

PUBLISHED_KEPT = 256


@dataclass(frozen=True, slots=True)
class Published:
    """A reading that the CAD hands on."""

    at: Instant
    fuel: Fuel
    reading: Reading


class Cad(DisplayDevice):
    """A consumer access device."""

    def __init__(self, name: str, eui64: Eui64, *, setup: DisplaySetup) -> None:
        super().__init__(name, eui64, setup=setup)
        self.published: deque[Published] = deque(maxlen=PUBLISHED_KEPT)
        """The last readings that it handed on, oldest first."""
        self.on_reading: Callable[[Published], None] | None = None
        """Who wants each reading as it comes."""

    @override
    def _take(self, packet: Packet, now: Instant) -> None:
        fuel = self._unit.fuel_of(packet)
        reading = None if fuel is None else self._unit.readings.get(fuel)
        if fuel is None or reading is None or reading.updated_at != now:
            return
        published = Published(now, fuel, reading)
        self.published.append(published)
        if self.on_reading is not None:
            self.on_reading(published)

    @property
    def latest_reading(self) -> Reading | None:
        """The last electricity reading; None: none since the power came on."""
        return self._unit.readings.get(Fuel.ELECTRICITY)

    def face(self) -> tuple[str, ...]:
        """Return its readings and when the last one came: it has no screen, but an owner."""
        served = self._unit.last_served_at
        if served is None:
            return ("no readings",)
        return (*self._unit.face(), f"last reading at {format_instant(served)}")

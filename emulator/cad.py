"""A consumer access device: reads the electricity meter fast, and hands the readings on.

Source: SMETS names the CAD; what one does with the readings is its owner's affair. It asks at an
interval of its own [M] and keeps what it learnt for whoever looks at `latest_reading`.
"""

from hanbench.emulator.display import Reading
from hanbench.emulator.display_device import DisplayDevice
from hanbench.emulator.instant import format_instant
from hanbench.emulator.metering import Fuel


class Cad(DisplayDevice):
    """A consumer access device."""

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

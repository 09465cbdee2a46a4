"""A consumer access device: reads the electricity meter fast, and hands the readings on.

Source: SMETS names the CAD; what one does with the readings is its owner's affair. It asks at an
interval of its own [M] and keeps what it learnt for whoever looks at `latest_reading`.
"""

from typing_extensions import override

from hanbench.emulator.device import Device, Output, Transmission
from hanbench.emulator.display import DisplaySetup, DisplayUnit, Reading
from hanbench.emulator.instant import Instant, format_instant
from hanbench.emulator.metering import Fuel
from hanbench.protocol.identifiers import Eui64


class Cad(Device):
    """A consumer access device."""

    def __init__(self, name: str, eui64: Eui64, *, setup: DisplaySetup) -> None:
        super().__init__(name, eui64)
        self._unit = DisplayUnit(eui64, setup)
        self.stack = setup.stack
        self.deadline = self._unit.deadline

    @property
    def latest_reading(self) -> Reading | None:
        """The last electricity reading; None: none since the power came on."""
        return self._unit.readings.get(Fuel.ELECTRICITY)

    @property
    def last_served_at(self) -> Instant | None:
        """When a reading last came; None: never."""
        return self._unit.last_served_at

    @override
    def receive(self, transmission: Transmission, now: Instant) -> list[Output]:
        _, outputs = self._unit.receive(transmission, now)
        return outputs

    @override
    def wake(self, now: Instant) -> list[Output]:
        outputs = self._unit.wake(now)
        self.deadline = self._unit.deadline
        return outputs

    @override
    def restart(self, now: Instant, because: str) -> list[Output]:
        self._unit.restart(now)
        self.deadline = self._unit.deadline
        return []

    def face(self) -> tuple[str, ...]:
        """Return its readings and when the last one came: it has no screen, but an owner."""
        served = self._unit.last_served_at
        if served is None:
            return ("no readings",)
        return (*self._unit.face(), f"last reading at {format_instant(served)}")

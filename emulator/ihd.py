"""An in-home display: it shows what it is told, and can do nothing.

Source: ZigBee Smart Energy Standard (07-5356), device 0x0502, as collected in han.md section 5.
"""

from typing_extensions import override

from hanbench.emulator.device import Device, Output, Transmission
from hanbench.emulator.display import DisplaySetup, DisplayUnit, Reading
from hanbench.emulator.instant import Instant
from hanbench.emulator.metering import Fuel
from hanbench.protocol.identifiers import Eui64


class Ihd(Device):
    """An in-home display."""

    def __init__(self, name: str, eui64: Eui64, *, setup: DisplaySetup) -> None:
        super().__init__(name, eui64)
        self._unit = DisplayUnit(eui64, setup)
        self.stack = setup.stack
        self.deadline = self._unit.deadline

    def reading(self, fuel: Fuel) -> Reading | None:
        """Return what it knows about a fuel; None: nothing."""
        return self._unit.readings.get(fuel)

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
        """Return the lines that it shows."""
        return self._unit.face() or ("waiting for meter",)

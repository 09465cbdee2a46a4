"""A display that is nobody's to migrate: it joined the HAN on its own and goes on being served.

Third-party devices and HAN repeaters are never migrated; Secure stores only their GUID, and they
keep working on the HAN although no inventory names them (TMAD v5.1 conclusions). `last_served_at`
is how a run shows that they did.
"""

from typing_extensions import override

from hanbench.emulator.device import Device, Output, Transmission
from hanbench.emulator.display import DisplaySetup, DisplayUnit, Reading
from hanbench.emulator.instant import Instant, format_instant
from hanbench.emulator.metering import Fuel
from hanbench.protocol.identifiers import Eui64


class ThirdPartyDisplay(Device):
    """A display that the consumer bought."""

    def __init__(self, name: str, eui64: Eui64, *, setup: DisplaySetup) -> None:
        super().__init__(name, eui64)
        self._unit = DisplayUnit(eui64, setup)
        self.stack = setup.stack
        self.deadline = self._unit.deadline

    @property
    def last_served_at(self) -> Instant | None:
        """When a reading last came; None: never."""
        return self._unit.last_served_at

    @property
    def reports_received(self) -> int:
        """How many reports and read responses came."""
        return self._unit.reports_received

    def reading(self, fuel: Fuel) -> Reading | None:
        """Return what it knows about a fuel; None: nothing."""
        return self._unit.readings.get(fuel)

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
        served = self.last_served_at
        if served is None:
            return ("no data",)
        return (*self._unit.face(), f"last data at {format_instant(served)}")

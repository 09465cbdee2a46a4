"""A display that is nobody's to migrate: it joined the HAN on its own and goes on being served.

Third-party devices and HAN repeaters are never migrated; Secure stores only their GUID, and they
keep working on the HAN although no inventory names them (TMAD v5.1 conclusions). `last_served_at`
is how a run shows that they did.
"""

from hanbench.emulator.displays.display_device import DisplayDevice
from hanbench.emulator.instant import format_instant


class ThirdPartyDisplay(DisplayDevice):
    """A display that the consumer bought."""

    @property
    def reports_received(self) -> int:
        """How many reports and read responses came."""
        return self._unit.reports_received

    def face(self) -> tuple[str, ...]:
        """Return the lines that it shows."""
        served = self.last_served_at
        if served is None:
            return ("no data",)
        return (*self._unit.face(), f"last data at {format_instant(served)}")

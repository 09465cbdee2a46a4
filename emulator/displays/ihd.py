"""An in-home display: it shows what it is told, and can do nothing.

Source: ZigBee Smart Energy Standard (07-5356), device 0x0502, as collected in han.md section 5.
"""

from typing_extensions import override

from hanbench.emulator.displays.display_device import DisplayDevice
from hanbench.emulator.displays.readings import pounds
from hanbench.emulator.fuel import Fuel


class Ihd(DisplayDevice):
    """An in-home display."""

    def face(self) -> tuple[str, ...]:
        """Return the lines that it shows."""
        readings = self._unit.face() or ("waiting for meter",)
        prices = [line for fuel in Fuel for line in self.notices.face(fuel)]
        costs = [line for fuel in Fuel for line in self._costs(fuel)]
        firmware = [] if self.ota is None else [self.ota.line]
        return (*readings, *prices, *costs, *firmware)

    @property
    @override
    def _shows_names(self) -> bool:
        return True

    def _costs(self, fuel: Fuel) -> tuple[str, ...]:
        """Return what the use of a fuel has cost, as far as the display has seen it."""
        usage = self.usage.of(fuel)
        today, week = usage.day.pence, usage.week.pence
        is_known = fuel in self._unit.readings and fuel in self.notices.prices
        if not is_known or today is None or week is None:
            return ()
        return (f"{fuel.value} cost today {pounds(today)}, this week {pounds(week)}",)

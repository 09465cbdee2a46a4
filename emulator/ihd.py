"""An in-home display: it shows what it is told, and can do nothing.

Source: ZigBee Smart Energy Standard (07-5356), device 0x0502, as collected in han.md section 5.
"""

from hanbench.emulator.display_device import DisplayDevice


class Ihd(DisplayDevice):
    """An in-home display."""

    def face(self) -> tuple[str, ...]:
        """Return the lines that it shows."""
        return self._unit.face() or ("waiting for meter",)

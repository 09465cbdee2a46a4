"""What the mesh tells the stack around it: that a parent, a route or an address is not what it was.

Source: none, this is a seam of the emulator (ARCHITECTURE.md, "A node is a stack and a device
object").
"""

from typing import Protocol

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import Instant
from hanbench.protocol.identifiers import Eui64, ShortAddress


class Owner(Protocol):
    """Who is told what became of the mesh around a node."""

    def parent_lost(self, now: Instant) -> list[Transmission]:
        """Take that the parent does not answer any more."""

    def route_repaired(self, target: ShortAddress, hop: Eui64, now: Instant) -> None:
        """Take that a destination whose route broke is reached again, over `hop`."""

    def address_taken(self, short: ShortAddress, now: Instant) -> list[Transmission]:
        """Take that two devices have a short address."""

"""What a device, and the runner that drives it, need of a stack, with frames or without.

Source: none, this is a seam of the bench (architecture.md): `ZigbeeStack` makes real frames,
`PlainStack` carries the same packets unencoded.
"""

from typing import Protocol

from hanbench.emulator.device import Packet, StackOfDevice, Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.drops import Counters
from hanbench.emulator.node.received import Received
from hanbench.protocol.identifiers import Eui64


class Stack(StackOfDevice, Protocol):
    """What a device, and the runner that drives it, need of a stack."""

    counters: Counters

    def send(
        self, packet: Packet, now: Instant, *, frame_kind: str | None = None
    ) -> list[Transmission]:
        """Return the frames that carry a packet; none if no address or key is known for it."""

    def receive(self, transmission: Transmission, now: Instant) -> Received:
        """Take one frame from the air: use it, relay it, or drop and count it."""

    def link_status(self, now: Instant) -> list[Transmission]:
        """Return the frame by which a router tells its neighbours how it hears them."""

    def announce_routes(self, now: Instant) -> list[Transmission]:
        """Return the frame by which a concentrator makes itself known."""

    def reaches_directly(self, target: Eui64) -> bool:
        """Whether what is sent to a device goes to its own radio, and over no other."""

    def restart(self, now: Instant) -> None:
        """Lose what is volatile."""

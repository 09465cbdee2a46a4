"""What came of one frame that a stack took from the air."""

from typing import NamedTuple

from hanbench.emulator.device import Packet, Transmission
from hanbench.protocol.identifiers import Eui64


class Received(NamedTuple):
    """Packets for the device, and frames that its node must send at once."""

    packets: tuple[Packet, ...] = ()
    forward: tuple[Transmission, ...] = ()
    acknowledged_by: tuple[Eui64, ...] = ()
    """Who has acknowledged a packet whose sender wanted to know (`Packet.wants_ack`)."""


NOTHING = Received()


def forwarded(sent: list[Transmission]) -> Received:
    """Return frames to be sent, and nothing for the device."""
    return Received(forward=tuple(sent)) if sent else NOTHING

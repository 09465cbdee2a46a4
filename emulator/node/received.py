"""What came of one frame that a stack took from the air."""

from typing import NamedTuple

from hanbench.emulator.device import Packet, Transmission


class Received(NamedTuple):
    """Packets for the device, and frames that its node must send at once."""

    packets: tuple[Packet, ...] = ()
    forward: tuple[Transmission, ...] = ()


NOTHING = Received()

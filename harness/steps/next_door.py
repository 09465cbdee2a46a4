"""A network next door: what a device of the home hears of it by radio.

Two networks may well draw the same PAN id of 16 bits; their extended PAN ids tell them apart
(ZigBee specification 05-3474, 3.6.1.13). Only the beacon of the other is on the air here: its
devices are nobody of the bench, and take nothing.
"""

from typing import Final

from hanbench.emulator.device import Transmission
from hanbench.emulator.events import FrameSent
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.stack import ZigbeeStack
from hanbench.harness.world import World
from hanbench.protocol import ieee802154, ieee802154_commands
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.ieee802154 import FrameType, MacFrame
from hanbench.protocol.ieee802154_commands import Beacon

NAME: Final = "next-door"
COORDINATOR: Final = Eui64(0x0200_0000_0000_FF01)
"""Made up, as all addresses of the bench are; also the extended PAN id of its network."""


def overhear(world: World, device: str, now: Instant) -> None:
    """Let a device hear the beacon of the network next door, on the PAN that the device is on."""
    stack = world.home.nodes.stacks[device]
    if not isinstance(stack, ZigbeeStack):
        return
    beacon = Beacon(is_coordinator=True, permits_joining=False, extended_pan=COORDINATOR)
    frame = ieee802154.encode(
        MacFrame(
            frame_type=FrameType.BEACON,
            sequence=0,
            payload=ieee802154_commands.encode_beacon(beacon),
            source_pan=stack.membership.pan,
            source_short=ShortAddress(0),
        )
    )
    world.trace.append(
        FrameSent(
            at=now,
            installation=world.installation,
            sender=NAME,
            receiver=device,
            frame=frame,
            frame_kind="beacon",
            fate="delivered",
        )
    )
    heard = Transmission(sender=COORDINATOR, receiver=None, frame=frame, frame_kind="beacon")
    hearer = world.runner.device(world.installation, device)
    world.runner.let(world.installation, device, lambda: hearer.receive(heard, now))

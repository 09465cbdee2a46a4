"""Somebody inside says in the hub's name that the network has moved: the others come back to it.

Whoever holds the network key may say so, and none can tell. But the hub stays, and so nobody hears
from it: each device searches for its network by its Keep-Alive reads, and in the end tries the hub
although others seem to know more.
"""

import pytest
from tests.harness.test_mad_members import MAD, give
from tests.harness.test_troubled_devices import running

from hanbench.emulator.instant import HOUR_US, SECOND_US, Instant
from hanbench.emulator.node.stack import ZigbeeStack
from hanbench.harness.world import World
from hanbench.protocol import ieee802154
from hanbench.protocol.identifiers import PanId, ShortAddress
from hanbench.protocol.ieee802154 import BROADCAST_SHORT, MacFrame
from hanbench.protocol.zigbee import nwk, nwk_commands
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.nwk_commands import NetworkUpdate

ON_THE_MAINS = ("esme", "ppmid", "cad", "repeater-1", "shelf-display")


def forged(world: World, pan: PanId) -> bytes:
    """The word of a member that passes itself off as the hub, sealed as it may."""
    stack = world.home.nodes.stacks[MAD]
    hub = world.home.hub.eui64
    assert isinstance(stack, ZigbeeStack)
    frame = NwkFrame(
        frame_type=nwk.FrameType.COMMAND,
        target=nwk.ALL_DEVICES,
        source=ShortAddress(0),
        radius=30,
        sequence=200,
        payload=nwk_commands.encode(NetworkUpdate(stack.membership.extended_pan, 1, pan)),
        source_eui64=hub,
    )
    mac = MacFrame(
        frame_type=ieee802154.FrameType.DATA,
        sequence=1,
        payload=stack.security.seal_nwk(frame),
        target_pan=stack.membership.pan,
        target_short=BROADCAST_SHORT,
        source_short=stack.membership.short,
    )
    return ieee802154.encode(mac)


def pans(world: World) -> dict[str, PanId | None]:
    return {name: world.home.nodes.stacks[name].pan for name in (*ON_THE_MAINS, "hub")}


@pytest.mark.slow
def test_all_come_back_to_a_hub_that_has_not_moved() -> None:
    world, _, _ = running()
    stays, elsewhere = world.home.nodes.stacks["hub"].pan, PanId(0x1234)
    octets = forged(world, elsewhere)
    for name in ON_THE_MAINS:
        if name != MAD:
            give(world, name, octets)
    world.runner.run_until(Instant(world.now + 20 * SECOND_US))
    led = {name for name, pan in pans(world).items() if pan == elsewhere}
    assert led >= {"esme", "ppmid", "repeater-1"}

    for _ in range(14):
        world.runner.run_until(Instant(world.now + HOUR_US // 2))
        if set(pans(world).values()) == {stays}:
            break
    world.session.close()

    assert set(pans(world).values()) == {stays}

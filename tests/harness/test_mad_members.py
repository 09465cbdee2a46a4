"""A member that has gone mad: well-sealed frames with nonsense inside stop no device.

Whoever holds the network key passes every MIC. What it may say then is tried at each layer: MAC
commands, NWK and APS commands, ZDO, key establishment and every cluster, under names that nobody
has. The emulator must not break, tables must stay bounded, and devices must go on.
"""

import random
from collections.abc import Callable

import pytest
from tests.fuzz.seeds import seeds
from tests.harness.test_troubled_devices import running

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import MILLISECOND_US, SECOND_US, Instant
from hanbench.emulator.node.mesh.route_discovery import SEEN_MAX, RouteDiscovery
from hanbench.emulator.node.mesh.routes import Routes
from hanbench.emulator.node.node_security import NodeSecurity
from hanbench.emulator.node.parent.parenting import PENDING_MAX
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.harness.world import World
from hanbench.protocol import ieee802154
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.zigbee import aps, nwk
from hanbench.protocol.zigbee.aps import ApsFrame, Delivery
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.nwk_commands import RouteRequest

VICTIMS = ("hub", "esme", "ppmid", "repeater-1")
FRAMES = 400
MAD = "cad"
HUB = 0x00DB_1234_5678_90A2
ADDRESSES = (0x0000, 0x0001, 0x1234, 0xFFFC, 0xFFFD, 0xFFFE, 0xFFFF)
NAMES = (0, 1, 0x00DB_1234_5678_90A0, 0xFFFF_FFFF_FFFF_FFFF)

Says = Callable[[random.Random], bytes]
"""One thing that a mad member may say: the octets of a NWK payload."""


def name(lots: random.Random) -> bytes:
    return lots.choice((*NAMES, lots.getrandbits(64))).to_bytes(8, "little")


def address(lots: random.Random) -> bytes:
    return lots.choice((*ADDRESSES, lots.getrandbits(16))).to_bytes(2, "little")


def nwk_command(lots: random.Random) -> bytes:
    body = b"".join((address(lots), lots.randbytes(1), address(lots), name(lots)))
    at = lots.randrange(len(body))
    return bytes((lots.randrange(1, 14), lots.getrandbits(8))) + body[at:]


def link_status(lots: random.Random) -> bytes:
    links = b"".join(address(lots) + lots.randbytes(1) for _ in range(3))
    return b"\x08\x63" + links


def pan_word(lots: random.Random) -> bytes:
    """That another network has a PAN id, or that ours has another."""
    network = lots.choice((HUB, int.from_bytes(name(lots), "little"))).to_bytes(8, "little")
    report = bytes((0x09, lots.randrange(32))) + network + lots.randbytes(lots.randrange(64))
    update = b"\x0a\x01" + network + lots.randbytes(3)
    return lots.choice((report, update))


def aps_command(lots: random.Random) -> bytes:
    number = lots.choice((5, 6, 7, 8, 9, 14, 15, 16))
    body = lots.randbytes(18) + name(lots) + name(lots) + address(lots)
    return aps.encode(
        ApsFrame(
            frame_type=aps.FrameType.COMMAND,
            counter=lots.getrandbits(8),
            payload=bytes((number,)) + body[lots.randrange(len(body)) :],
        )
    )


def data(lots: random.Random, cluster: int, profile: int, payload: bytes) -> bytes:
    delivery = lots.choice((Delivery.UNICAST, Delivery.UNICAST, Delivery.GROUP))
    is_group = delivery is Delivery.GROUP
    return aps.encode(
        ApsFrame(
            frame_type=aps.FrameType.DATA,
            counter=lots.getrandbits(8),
            payload=payload[:60],
            delivery=delivery,
            target_endpoint=None if is_group else lots.choice((0, 1, 2, 255)),
            group=1 if is_group else None,
            cluster=cluster,
            profile=profile,
            source_endpoint=lots.choice((0, 1, 255)),
            ack_request=lots.random() < 0.5,
        )
    )


def announcement(lots: random.Random) -> bytes:
    return data(lots, 0x0013, 0, lots.randbytes(1) + address(lots) + name(lots) + b"\x80")


def zdo_request(lots: random.Random) -> bytes:
    number = lots.choice((0, 1, 2, 4, 5, 6, 0x21, 0x22, 0x36, 0x38, 0x8000, 0x8006))
    return data(lots, number, 0, lots.randbytes(1) + name(lots) + lots.randbytes(12))


def cluster_command(lots: random.Random) -> bytes:
    octets = bytearray(lots.choice(seeds("zigbee.zcl.decode")))
    octets[lots.randrange(len(octets))] = lots.getrandbits(8)
    return data(lots, lots.choice(tuple(ClusterId)), 0x0109, bytes(octets))


def key_establishment(lots: random.Random) -> bytes:
    body = lots.choice((b"\x01\x00\x0a\x14" + lots.randbytes(48), b"\x02" + lots.randbytes(21)))
    head = bytes((lots.choice((0x01, 0x09)), lots.getrandbits(8), lots.randrange(4)))
    return data(lots, ClusterId.KEY_ESTABLISHMENT, 0x0109, head + body)


DATA: tuple[Says, ...] = (
    aps_command,
    announcement,
    zdo_request,
    cluster_command,
    key_establishment,
)
COMMANDS: tuple[Says, ...] = (nwk_command, link_status, pan_word)


def sealed(world: World, security: NodeSecurity, victim: str, lots: random.Random) -> bytes:
    """One frame of the mad member for its victim, rightly sealed."""
    me = world.home.nodes.stacks[MAD].membership
    target = world.home.nodes.stacks[victim].membership.short
    is_command = lots.random() < 0.3
    frame = NwkFrame(
        frame_type=nwk.FrameType.COMMAND if is_command else nwk.FrameType.DATA,
        target=target,
        source=me.short,
        radius=lots.choice((1, 30)),
        sequence=lots.getrandbits(8),
        payload=lots.choice(COMMANDS if is_command else DATA)(lots),
        source_eui64=me.me if is_command else None,
    )
    mac = MacFrame(
        frame_type=ieee802154.FrameType.DATA,
        sequence=lots.getrandbits(8),
        payload=security.seal_nwk(frame),
        target_pan=me.pan,
        target_short=target,
        source_short=me.short,
    )
    return ieee802154.encode(mac)


def association(world: World, victim: str, lots: random.Random) -> tuple[bytes, bytes]:
    """A request of somebody who is nobody, in clear as they are, and the poll for its answer."""
    stack = world.home.nodes.stacks[victim]
    head = {
        "frame_type": ieee802154.FrameType.COMMAND,
        "sequence": lots.getrandbits(8),
        "target_pan": stack.membership.pan,
        "target_short": stack.membership.short,
        "source_eui64": Eui64(int.from_bytes(name(lots), "little")),
    }
    request = ieee802154.encode(MacFrame(payload=b"\x01\x80", **head))  # type: ignore[arg-type]
    return request, ieee802154.encode(MacFrame(payload=b"\x04", **head))  # type: ignore[arg-type]


def give(world: World, victim: str, octets: bytes) -> None:
    device = world.runner.device(world.installation, victim)
    heard = Transmission(world.home.nodes.stacks[MAD].membership.me, None, octets, "mad")
    world.runner.emit(world.installation, victim, device.receive(heard, world.now))


@pytest.mark.parametrize("victim", VICTIMS)
def test_whatever_a_member_says_the_others_go_on(victim: str) -> None:
    world, _, _ = running()
    lots = random.Random(victim)
    security = world.home.nodes.stacks[MAD].security
    stack = world.home.nodes.stacks[victim]
    dropped, sent = sum(stack.counters.dropped.values()), stack.counters.sent

    for _ in range(FRAMES):
        give(world, victim, sealed(world, security, victim, lots))
    world.runner.run_until(Instant(world.now + 60 * SECOND_US))
    world.session.close()

    assert sum(stack.counters.dropped.values()) > dropped, "nonsense is counted"
    assert stack.counters.sent > sent, "and it goes on sending what is its own"


@pytest.mark.parametrize("victim", ["hub", "repeater-1"])
def test_a_flood_of_strangers_that_ask_for_a_place_fills_nothing_and_stops_nothing(
    victim: str,
) -> None:
    world, _, _ = running()
    lots = random.Random(victim)
    node = world.home.nodes.nodes[victim]
    assert isinstance(node, NodeObject)
    pairs = [association(world, victim, lots) for _ in range(FRAMES)]
    for request, _ in pairs:
        give(world, victim, request)
    # A repeater takes its time over each frame that it hears.
    world.runner.run_until(Instant(world.now + 100 * MILLISECOND_US))

    waiting = [eui64 for eui64 in _strangers(pairs) if node.has_pending(eui64, world.now)]
    for _, poll in pairs:
        give(world, victim, poll)
    world.runner.run_until(Instant(world.now + SECOND_US))
    world.session.close()

    assert 0 < len(waiting) <= PENDING_MAX
    refusals = world.trace.frames_by_kind.get("association", 0)
    assert len(waiting) <= refusals, "each who asks in time is told, though nobody is there"


def _strangers(pairs: list[tuple[bytes, bytes]]) -> list[Eui64]:
    heard = [ieee802154.decode(request).source_eui64 for request, _ in pairs]
    return [*dict.fromkeys(eui64 for eui64 in heard if eui64 is not None)]


def test_a_flood_of_route_requests_is_forgotten_and_their_numbers_come_round_again() -> None:
    discovery = RouteDiscovery(Routes())
    hop = Eui64(0xA1)

    def take(originator: int, now: Instant) -> bool:
        request = RouteRequest(options=0, identifier=7, target=ShortAddress(9), path_cost=1)
        found = discovery.take_request(
            request, ShortAddress(originator), hop, now, answers_for=lambda _: False
        )
        return found.forward is not None

    taken = [take(originator, Instant(0)) for originator in range(1, 20 * SEEN_MAX)]
    assert taken.count(True) == SEEN_MAX, "what is not remembered is not sent on"
    assert not take(1, Instant(0)), "the same request once more"
    assert take(1, Instant(20 * SECOND_US)), "another one of the same number"

"""Somebody inside who speaks under every name: a run ends, tables keep their sizes, homes go on.

It holds the network key, so each MIC holds; it says whatever it likes of who it is, at every layer.
Thousands of frames fall in an instant, and then it goes on asking for routes for a minute. What one
frame sets off must be bounded, or a run would never end (real stacks bound it the same way: by the
room that they have for broadcasts and searches).
"""

import random

import pytest
from tests.harness.test_mad_members import COMMANDS, DATA, MAD, VICTIMS, address, name
from tests.harness.test_troubled_devices import running

from hanbench.emulator.device import Transmission
from hanbench.emulator.events import FrameSent
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.node.membership import HEARSAY_MAX
from hanbench.emulator.node.mesh.broadcasts import TRANSACTIONS_MAX
from hanbench.emulator.node.mesh.route_discovery import (
    INITIAL_TRIES,
    SEARCHES_MAX,
    RouteDiscovery,
)
from hanbench.emulator.node.mesh.routes import NEIGHBOURS_MAX, ROUTES_MAX
from hanbench.emulator.node.mesh.source_routes import RECORDS_MAX
from hanbench.emulator.node.node_security import COUNTED_MAX
from hanbench.emulator.node.nwk_layer import SEEN_MAX
from hanbench.emulator.node.stack import ZigbeeStack
from hanbench.emulator.runner import StopReason
from hanbench.harness.world import World
from hanbench.protocol import ieee802154
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.zigbee import nwk, nwk_commands
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.nwk_commands import (
    NetworkStatus,
    RouteRecord,
    RouteReply,
    RouteRequest,
    StatusCode,
)
from hanbench.protocol.zigbee.security import AuxHeader, KeyId

AT_ONCE = 4_000
A_SECOND = 20
SECONDS = 60
EVENTS_MAX = 400_000


def short(lots: random.Random) -> ShortAddress:
    return ShortAddress(int.from_bytes(address(lots), "little"))


def routing(lots: random.Random) -> bytes:
    """A routing command with made-up addresses."""
    return nwk_commands.encode(
        lots.choice(
            (
                RouteRequest(
                    options=lots.choice((0, 0x08)),
                    identifier=lots.getrandbits(8),
                    target=short(lots),
                    path_cost=lots.getrandbits(8),
                ),
                RouteReply(
                    options=0,
                    identifier=lots.getrandbits(8),
                    originator=short(lots),
                    responder=short(lots),
                    path_cost=0,
                ),
                NetworkStatus(lots.choice(tuple(StatusCode)), short(lots)),
                RouteRecord(tuple(short(lots) for _ in range(lots.randrange(6)))),
            )
        )
    )


def spoofed(world: World, victim: str, lots: random.Random, *, asks: bool = False) -> bytes:
    """One frame of nobody's for a victim or for all, rightly sealed."""
    stacks = world.home.nodes.stacks
    here, member = stacks[victim], stacks[MAD]
    assert isinstance(here, ZigbeeStack)
    assert isinstance(member, ZigbeeStack)
    is_command = asks or lots.random() < 0.5
    says = routing if asks else lots.choice((*COMMANDS, routing) if is_command else DATA)
    target = lots.choice((here.membership.short, nwk.ALL_ROUTERS, nwk.ALL_DEVICES, short(lots)))
    frame = NwkFrame(
        frame_type=nwk.FrameType.COMMAND if is_command else nwk.FrameType.DATA,
        target=nwk.ALL_ROUTERS if asks else target,
        source=short(lots),
        radius=lots.choice((1, 5, 30)),
        sequence=lots.getrandbits(8),
        payload=says(lots),
        source_eui64=lots.choice((None, Eui64(int.from_bytes(name(lots), "little")))),
        discovers_route=lots.random() < 0.5,
    )
    aux = AuxHeader(
        key_id=KeyId.NETWORK,
        frame_counter=lots.getrandbits(31),
        source=Eui64(int.from_bytes(name(lots), "little")),
        key_sequence=member.security.active_sequence,
    )
    mac = MacFrame(
        frame_type=ieee802154.FrameType.DATA,
        sequence=lots.getrandbits(8),
        payload=nwk.secure(frame, aux, member.security.network_key),
        target_pan=here.membership.pan,
        target_short=here.membership.short,
        source_short=short(lots),
    )
    return ieee802154.encode(mac)


def give(world: World, victim: str, octets: bytes) -> None:
    device = world.runner.device(world.installation, victim)
    member = world.home.nodes.stacks[MAD]
    assert isinstance(member, ZigbeeStack)
    heard = Transmission(member.membership.me, None, octets, "mad")
    world.runner.emit(world.installation, victim, device.receive(heard, world.now))


def run_on(world: World, microseconds: int) -> StopReason:
    return world.runner.run_until(Instant(world.now + microseconds), EVENTS_MAX)


def assert_all_have_their_sizes(world: World) -> None:
    for stack in world.home.nodes.stacks.values():
        assert isinstance(stack, ZigbeeStack)
        me, mesh = stack.membership, stack.mesh
        assert len(me.hearsay) <= HEARSAY_MAX
        assert len(me.short_of) <= HEARSAY_MAX + 16
        assert len(me.short_of) == len(me.eui64_of)
        assert len(mesh.routes.neighbours) <= NEIGHBOURS_MAX
        assert len(mesh.routes._table) <= ROUTES_MAX
        assert len(mesh.source_routes.records) <= RECORDS_MAX
        assert len(mesh.broadcasts._expires_at) <= TRANSACTIONS_MAX
        assert len(stack._nwk._seen) <= SEEN_MAX
        assert all(len(one) <= COUNTED_MAX for one in stack.security._network_heard.values())


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("victim", VICTIMS)
def test_a_run_ends_though_somebody_inside_speaks_under_every_name(victim: str, seed: int) -> None:
    world, _, _ = running()
    lots = random.Random(f"{victim} {seed}")
    stack = world.home.nodes.stacks[victim]
    sent = stack.counters.sent

    for _ in range(AT_ONCE):
        give(world, victim, spoofed(world, victim, lots))
    reasons = []
    for _ in range(SECONDS):
        for _ in range(A_SECOND):
            give(world, victim, spoofed(world, victim, lots, asks=True))
        reasons.append(run_on(world, SECOND_US))
    world.session.close()

    assert reasons == [StopReason.INSTANT_CEILING] * SECONDS
    assert_all_have_their_sizes(world)
    assert stack.counters.sent > sent, "and it goes on with what is its own"


def searches_of_the_hub(seed: int) -> int:
    """How many requests of its own the hub sends within 10 s, whoever it was made to answer."""
    world, _, _ = running()
    lots = random.Random(seed)
    since = len(world.trace.events)
    for _ in range(10):
        for _ in range(1_000):
            give(world, "hub", spoofed(world, "hub", lots))
        run_on(world, SECOND_US)
    world.session.close()
    asked = [
        nwk.decode(ieee802154.decode(event.frame).payload).source
        for event in world.trace.events[since:]
        if isinstance(event, FrameSent)
        and event.frame_kind == "route-request"
        and event.sender == "hub"
    ]
    return asked.count(ShortAddress(0))


def test_a_victim_seeks_at_a_bounded_rate_whoever_wants_an_answer() -> None:
    assert 0 < searches_of_the_hub(1) <= SEARCHES_MAX * INITIAL_TRIES.tries


def test_without_that_bound_each_name_is_sought(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RouteDiscovery, "is_exhausted", lambda *_: False)

    assert searches_of_the_hub(1) > SEARCHES_MAX * INITIAL_TRIES.tries

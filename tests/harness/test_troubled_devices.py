"""Devices fed with garbage, replays, floods and wrong keys go on serving, and say so."""

import random
from collections.abc import Callable, Iterator

import pytest
from tests.suite_cases import case_of, changed, world_of

from hanbench.emulator.device import Transmission
from hanbench.emulator.events import FrameSent, LogWritten
from hanbench.emulator.instant import MINUTE_US, Instant
from hanbench.emulator.node.drops import Drop
from hanbench.harness.engine.port import EndState
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.running.case import expand
from hanbench.harness.running.run_case import drive
from hanbench.harness.steps.taking import StepPlan
from hanbench.harness.world import World
from hanbench.protocol import ieee802154
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.zigbee import nwk
from hanbench.protocol.zigbee.security import AuxHeader, KeyId

DEVICES = ("hub", "esme", "gsme", "ppmid")
FLOOD = 10_000
CASE = changed(case_of("clean-two-fuel", "full-traffic"))

WITH_IHD = next(
    case
    for case in expand(
        Library().scenario(
            fixtures_folder("scenarios") / "han" / "ihd-shows-cost.yaml", name="han/ihd-shows-cost"
        )
    )
)

Trouble = Callable[[World, str, list[bytes]], Iterator[bytes]]


def garbage(_world: World, _name: str, _heard: list[bytes]) -> Iterator[bytes]:
    lots = random.Random(1)
    for _ in range(400):
        body = lots.randbytes(lots.randrange(0, 125))
        yield body
        yield body + ieee802154.fcs(body)


def flipped(_world: World, _name: str, heard: list[bytes]) -> Iterator[bytes]:
    lots = random.Random(2)
    for octets in heard[:200]:
        body = bytearray(octets[:-2])
        body[lots.randrange(len(body))] ^= 1 << lots.randrange(8)
        yield bytes(body) + ieee802154.fcs(bytes(body))


def replayed(_world: World, _name: str, heard: list[bytes]) -> Iterator[bytes]:
    yield from heard[:200]
    yield from reversed(heard[:200])


def under_a_wrong_key(world: World, name: str, heard: list[bytes]) -> Iterator[bytes]:
    """Frames that look right, for this device, from the hub, under another network key."""
    short = next(a.short for a in world.home.neighbourhood.addresses if a.name == name)
    wrong = derive_test_key("wrong", KeyUsage.NETWORK)
    for number, octets in enumerate(heard[:50]):
        mac = ieee802154.decode(octets)
        if mac.frame_type is not ieee802154.FrameType.DATA:
            continue
        frame = nwk.decode(mac.payload)
        for sequence in (0, 1):
            aux = AuxHeader(
                key_id=KeyId.NETWORK,
                frame_counter=1_000_000 + number,
                source=world.home.hub.eui64,
                key_sequence=sequence,
            )
            sealed = nwk.secure(frame._replace(payload=b"forged", security=None), aux, wrong)
            yield ieee802154.encode(mac._replace(payload=sealed, target_short=short))


def flood(world: World, name: str, heard: list[bytes]) -> Iterator[bytes]:
    forged = list(under_a_wrong_key(world, name, heard))
    for number in range(FLOOD):
        yield forged[number % len(forged)]


TROUBLES: dict[str, Trouble] = {
    "garbage": garbage,
    "flipped": flipped,
    "replayed": replayed,
    "under a wrong key": under_a_wrong_key,
    "flood": flood,
}


def running() -> tuple[World, StepPlan, list[bytes]]:
    """A migrating world ten minutes in, and the frames that were on the air so far."""
    world = world_of(CASE)
    steps = StepPlan(world)
    world.begin()
    world.runner.run_until(Instant(10 * MINUTE_US))
    heard = [event.frame for event in world.trace.events if isinstance(event, FrameSent)]
    return world, steps, heard


@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_troubled_device_goes_on_serving_and_says_so(name: str, trouble: str) -> None:
    world, steps, heard = running()
    device = world.runner.device(world.installation, name)
    stack = world.home.nodes.stacks[name]
    before = sum(stack.counters.dropped.values())
    for octets in TROUBLES[trouble](world, name, heard):
        one = Transmission(world.home.hub.eui64, device.eui64, octets, "trouble")
        sent = stack.receive(one, world.now).forward
        world.runner.emit(world.installation, name, sent)

    drive_on(world, steps)

    assert sum(stack.counters.dropped.values()) > before
    assert world.claims[-1].end_state is EndState.COMMISSIONED
    if trouble in ("flood", "under a wrong key"):
        logged = [event for event in world.trace.events if isinstance(event, LogWritten)]
        said = [event.text for event in logged if event.code == "8F60"]
        assert any("bad-mic" in text or "unknown-key" in text for text in said), said
        assert len(said) <= 5, "a flood must fill no log"


OTHERS = ("cad", "repeater-1", "shelf-display", "ihd")
"""The kinds of device that no migration needs: they are seen to serve on for two minutes."""


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_troubled_display_or_repeater_goes_on_and_says_so(name: str, trouble: str) -> None:
    world, heard = home_with(name)
    device = world.runner.device(world.installation, name)
    stack = world.home.nodes.stacks[name]
    before, done_before = dict(stack.counters.dropped), doing(world, name)
    for octets in TROUBLES[trouble](world, name, heard):
        one = Transmission(world.home.hub.eui64, device.eui64, octets, "trouble")
        world.runner.let(world.installation, name, lambda one=one: device.receive(one, world.now))

    world.runner.run_until(Instant(world.now + 2 * MINUTE_US))
    world.session.close()

    assert sum(stack.counters.dropped.values()) > sum(before.values())
    assert doing(world, name) > done_before, "it does what it is there for"
    if trouble in ("flood", "under a wrong key"):
        said = [
            event.text
            for event in world.trace.events
            if isinstance(event, LogWritten)
            and (event.device, event.code, event.log) == (name, "8F60", "security")
        ]
        assert any("bad-mic" in text or "unknown-key" in text for text in said), said
        assert len(said) <= 5, "a flood must fill no log"


def home_with(name: str) -> tuple[World, list[bytes]]:
    """A home with this device two minutes in, and the frames that were on the air so far."""
    world = world_of(changed(WITH_IHD, traffic="full") if name == "ihd" else CASE)
    world.begin()
    world.runner.run_until(Instant(2 * MINUTE_US))
    heard = [event.frame for event in world.trace.events if isinstance(event, FrameSent)]
    return world, heard


def doing(world: World, name: str) -> int:
    """How often a device did what it is there for: relayed, or was told a reading and knew it."""
    if name in world.home.repeaters:
        return world.home.repeaters[name].frames_relayed
    return world.home.displays[name].last_served_at or 0


def drive_on(world: World, steps: StepPlan) -> None:
    """Run a world that has begun to its end."""
    world.begin = lambda **_: None  # type: ignore[method-assign]
    stopped_because = drive(world, steps)
    world.session.close()
    assert stopped_because == ""


def test_a_forged_frame_is_dropped_for_its_mic_and_not_for_anything_else() -> None:
    world, _, heard = running()
    stack = world.home.nodes.stacks["esme"]
    before = stack.counters.dropped.get(Drop.BAD_MIC, 0)
    forged = list(under_a_wrong_key(world, "esme", heard))

    for octets in forged:
        stack.receive(Transmission(world.home.hub.eui64, None, octets, "forged"), world.now)
    world.session.close()

    dropped = stack.counters.dropped
    assert dropped.get(Drop.BAD_MIC, 0) + dropped.get(Drop.UNKNOWN_KEY, 0) == before + len(forged)

"""A foreign stack is a member of the emulated HAN: zigpy, as a CAD, while a migration runs.

Its clock is the world's: what it waits for, and for how long, is reckoned in virtual time, so that
no run hangs on how fast the machine is.
"""

import asyncio
import functools
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zigpy.config
import zigpy.types as t
from tests.foreign.readings import Reading, readings
from tests.foreign.test_zigpy_reads_what_we_read import case_of
from tests.foreign.tshark_fields_zcl import General
from tests.foreign.tshark_tables import compare
from tests.foreign.zigpy_cad import CAD, Cad, Coprocessor, VirtualLoop
from tests.foreign.zigpy_values import of_ours, of_zigpy
from zigpy.zcl import AttributeReportedEvent
from zigpy.zcl.clusters.general import Basic, Time
from zigpy.zcl.clusters.smartenergy import Metering

from hanbench.emulator.events import HanChanged, InstructionJudged, PartyCalled
from hanbench.emulator.instant import HOUR_US
from hanbench.emulator.node.stack import ZigbeeStack
from hanbench.emulator.node.trust_centre.join_table import MemberKind
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.harness.captures.source import capture_of
from hanbench.harness.captures.writing import write_capture
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.port import EndState
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.files.scenario import Expect
from hanbench.harness.judging.served import judge_third_parties
from hanbench.harness.running.case import Case
from hanbench.harness.steps.taking import StepPlan
from hanbench.harness.world import World
from hanbench.protocol.identifiers import ShortAddress
from hanbench.protocol.sua import HAN_SUA_M1
from hanbench.protocol.zigbee.attributes import ZIGBEE_EPOCH_UNIX_S
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.zcl_general import ReportAttributes
from hanbench.protocol.zigbee.zdo import NodeDescriptorResponse, SimpleDescriptorResponse
from hanbench.protocol.zigbee.zdo_descriptors import NodeDescriptor, SimpleDescriptor

EVENTS_MAX = 100_000
ENOUGH_US = {"instruction": 4 * HOUR_US, "full": 0}
"""How long it listens at least: reports are rare where the steady traffic is thinned."""
HUB_SHORT, MIRROR = ShortAddress(0), 9
"""Where the hub is, and at which of its endpoints the gas meter's readings are."""
INTERVIEWED_S_MAX = 60
"""Within which the home's clock was read: it joins at 31 s."""
ESI = t.NWK(0x0000)


def migrating(traffic: str) -> Case:
    """The home with a consumer's CAD in its box, while the engine migrates both meters."""
    case = case_of("han", "join-by-install-code", "suite-2")
    expect = Expect(end_state="commissioned")
    scenario = case.scenario.model_copy(
        update={
            "migrates": True,
            "traffic": traffic,
            "expect": expect,
            # Of the two that could read the meter, zigpy is the one that does.
            "parameters": {CAD: {"display.reads_interval": "0us"}},
        }
    )
    devices = dict(case.installation.devices)
    devices[CAD] = devices[CAD].model_copy(update={"third_party": True})
    installation = case.installation.model_copy(update={"devices": devices})
    return replace(case, scenario=scenario, home=replace(case.home, installation=installation))


async def settle() -> None:
    """Let zigpy do all that it can without another frame."""
    for _ in range(20):
        await asyncio.sleep(0)


async def until(world: World, done: Callable[[], bool]) -> None:
    """Step the world, and zigpy after each step."""
    for _ in range(EVENTS_MAX):
        await settle()
        if done():
            return
        world.runner.step()
    raise AssertionError("it never happened")


async def answered(world: World, asked: Awaitable[Any]) -> Any:
    task = asyncio.ensure_future(asked)
    await until(world, task.done)
    return task.result()


def config() -> dict[str, Any]:
    return {
        zigpy.config.CONF_DATABASE: None,
        zigpy.config.CONF_DEVICE: {zigpy.config.CONF_DEVICE_PATH: "none"},
        zigpy.config.CONF_OTA: {
            zigpy.config.CONF_OTA_ENABLED: False,
            zigpy.config.CONF_OTA_PROVIDERS: [],
        },
        zigpy.config.CONF_TOPO_SCAN_ENABLED: False,
        zigpy.config.CONF_NWK_BACKUP_ENABLED: False,
        zigpy.config.CONF_WATCHDOG_ENABLED: False,
    }


def is_migrating(world: World) -> bool:
    """Whether a meter has executed an Instruction, and the engine has not said its last word."""
    return not world.claims and any(isinstance(e, InstructionJudged) for e in world.trace.events)


async def live(traffic: str) -> tuple[World, Any, list[tuple[int, Any]]]:
    """Join, interview the ESI, read from it, and wait for a report and the end of the migration."""
    world = World(migrating(traffic), HAN_SUA_M1, lambda: AsyncEngine(migrate))
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.world = world
    StepPlan(world)
    world.begin()
    joined = lambda: any(  # noqa: E731
        isinstance(e, HanChanged) and (e.device, e.change) == (CAD, "joined")
        for e in world.trace.events
    )
    await until(world, joined)
    assert is_migrating(world), "it came into a home that was migrating"
    app = Coprocessor(config())
    cad = Cad(world, app)
    me = cad.stack.membership
    app.me = (t.EUI64(me.me.to_bytes(8, "little")), t.NWK(me.short))
    await app.startup(auto_form=False)
    esi = t.EUI64(world.home.hub.eui64.to_bytes(8, "little"))
    app.handle_join(nwk=ESI, ieee=esi, parent_nwk=None)
    device = app.get_device(ieee=esi)
    await until(world, lambda: device.is_initialized)
    read = [
        await answered(world, device.endpoints[1].basic.read_attributes(["manufacturer", "model"])),
        await answered(world, device.endpoints[1].time.read_attributes(["time"])),
    ]
    assert is_migrating(world), "it joined, asked and was answered in the middle of a migration"
    seen: list[tuple[int, Any]] = []
    mirror = device.endpoints[MIRROR].smartenergy_metering

    def reported(event: AttributeReportedEvent) -> None:
        seen.append((int(event.attribute_id), event.value))

    mirror.on_event(AttributeReportedEvent.event_type, reported)
    await until(world, lambda: bool(seen))
    clock = await answered(world, device.endpoints[1].time.read_attributes(["time"]))
    assert clock[0]["time"] > read[1][0]["time"]
    assert is_migrating(world), "it heard a report, and read, in the middle of a migration"
    await until(world, lambda: bool(world.claims) and world.now > ENOUGH_US[traffic])
    await app.shutdown()
    return world, (device, read), seen


def once_more(traffic: str) -> tuple[World, Any, list[tuple[int, Any]]]:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(live(traffic))


lived = functools.cache(once_more)
"""The life of one setting, which the tests here only look at."""


class Heard:
    """What the hub said to a device, as we read it on the air."""

    def __init__(self, short: ShortAddress) -> None:
        self._short = short
        self.nodes: list[NodeDescriptor] = []
        self.endpoints: dict[int, SimpleDescriptor] = {}
        self.reported: list[tuple[int, Any]] = []

    def take(self, reading: Reading) -> None:
        """Take a frame, if it is from the one to the other."""
        network, message = reading.nwk, reading.aps
        if network is None or message is None:
            return
        if (network.source, network.target) != (HUB_SHORT, self._short):
            return
        match reading.parts[-1]:
            case NodeDescriptorResponse(descriptor=NodeDescriptor() as found):
                self.nodes.append(found)
            case SimpleDescriptorResponse(descriptor=SimpleDescriptor() as found):
                self.endpoints[found.endpoint] = found
            case General(cluster=ClusterId.METERING, command=ReportAttributes(attributes=told)):
                assert message.source_endpoint == MIRROR
                self.reported += [(one.id, one.typed.value) for one in told]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("traffic", ["instruction", "full"])
def test_zigpy_joins_reads_and_receives_reports_while_a_migration_runs(traffic: str) -> None:
    world, (device, read), seen = lived(traffic)

    assert world.claims[-1].end_state is EndState.COMMISSIONED
    assert {Basic.cluster_id, Time.cluster_id} <= set(device.endpoints[1].in_clusters)
    assert Metering.cluster_id in device.endpoints[MIRROR].in_clusters
    assert device.node_desc.is_coordinator
    basic, clock = (values for values, _ in read)
    assert basic["manufacturer"] == "Secure"
    assert basic["model"] == "skyline-i-510"
    capture = capture_of(world)
    assert capture is not None
    began_utc = capture.epoch_unix_ns // 10**9 - ZIGBEE_EPOCH_UNIX_S
    assert began_utc < clock["time"] < began_utc + INTERVIEWED_S_MAX
    summations = [value for number, value in seen if number == 0]
    assert summations
    assert summations == sorted(summations)
    assert isinstance(world.home.nodes.nodes[CAD], NodeObject)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_cad_that_is_the_consumers_own_is_served_and_not_migrated() -> None:
    world, _, seen = lived("full")
    member = world.home.hub.joined.named(CAD)

    assert member is not None
    assert member.kind is MemberKind.THIRD_PARTY
    assert seen
    assert [*world.process.findings, *judge_third_parties(world)] == []
    handed_in = [
        json.loads(event.arguments)["devices"]
        for event in world.trace.events
        if isinstance(event, PartyCalled) and event.operation == "commissioning_file"
    ]
    assert handed_in == [["esme", "gsme", "ppmid"]]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_zigpy_has_learnt_is_what_was_on_the_air() -> None:
    world, (device, _), seen = lived("full")
    capture = capture_of(world)
    assert capture is not None
    stack = world.home.nodes.stacks[CAD]
    assert isinstance(stack, ZigbeeStack)
    heard = Heard(stack.membership.short)

    for _, reading in readings(capture):
        heard.take(reading)

    assert [*of_zigpy(device.node_desc)] == [*of_ours(heard.nodes[-1])]
    assert {*device.endpoints} - {0} == {*heard.endpoints}
    for number, one in heard.endpoints.items():
        their = device.endpoints[number]
        assert (their.profile_id, their.device_type) == (one.profile, one.device_id)
        assert {*their.in_clusters} == {*one.server_clusters}
        assert {*their.out_clusters} == {*one.client_clusters}
    assert seen == heard.reported


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.usefixtures("tshark")
def test_what_zigpy_sends_and_is_answered_is_to_tshark_what_it_is_to_us(tmp_path: Path) -> None:
    path = tmp_path / "han.pcapng"
    world, _, _ = lived("full")
    capture = capture_of(world)
    assert capture is not None

    write_capture(path, [capture])

    seen = compare(path, ((captured.comment, one) for captured, one in readings(capture)))
    # No device of ours asks who made another, or interviews it: these are in no capture of a suite.
    asked = ("zbee_zcl.attr.str", "zbee_zdp.node.type", "zbee_zdp.app.device", "zbee_zdp.ep_count")
    assert [name for name in asked if not seen[name]] == []
    assert seen["zbee_zcl.attr.uint48"] > 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_life_with_zigpy_in_it_is_the_same_every_time() -> None:
    first, _, _ = lived("full")
    second, _, _ = once_more("full")

    assert first.trace.trace_hash == second.trace.trace_hash

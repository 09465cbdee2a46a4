"""A foreign stack is a member of the emulated HAN: zigpy, as a CAD, while a migration runs.

MAC, NWK, APS and key establishment are our node's; from the packets upwards everything is zigpy's
(han.md section 10). It only takes the home automation profile, so the profile number is rewritten
in what is handed to it, and in nothing that is on the air.

Its clock is the world's: what it waits for, and for how long, is reckoned in virtual time, so that
no run hangs on how fast the machine is.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zigpy.application
import zigpy.config
import zigpy.state
import zigpy.types as t
from tests.foreign.readings import readings
from tests.foreign.test_zigpy_reads_what_we_read import case_of
from tests.foreign.tshark_tables import compare
from zigpy.zcl import AttributeReportedEvent
from zigpy.zcl.clusters.general import Basic, Time
from zigpy.zcl.clusters.smartenergy import Metering
from zigpy.zdo import types as zdo_t

from hanbench.emulator.device import BROADCAST, Output, Packet, Transmission
from hanbench.emulator.events import HanChanged, InstructionJudged
from hanbench.emulator.instant import HOUR_US, SECOND_US, Instant
from hanbench.emulator.node.stack import ZigbeeStack
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.harness.captures.source import capture_of
from hanbench.harness.captures.writing import write_capture
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.port import EndState
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.files.scenario import Expect
from hanbench.harness.homes.cluster_security import load_cluster_security
from hanbench.harness.running.case import Case
from hanbench.harness.steps.taking import StepPlan
from hanbench.harness.world import World
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.sua import HAN_SUA_M1

CAD = "new-cad"
SMART_ENERGY, HOME_AUTOMATION = 0x0109, 0x0104
EVENTS_MAX = 100_000
ENOUGH_US = {"instruction": 4 * HOUR_US, "full": 0}
"""How long it listens at least: reports are rare where the steady traffic is thinned."""
POLICY = load_cluster_security().policy()
ESI = t.NWK(0x0000)
BROADCASTS = 0xFFF8
"""From here on short addresses are many devices' (han.md section 2)."""


class Coprocessor(zigpy.application.ControllerApplication):  # type: ignore[misc]
    """What zigpy takes for a radio: the node of one of our devices."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self.uplink: Callable[[t.ZigbeePacket], None] = lambda _: None
        self.me = (t.EUI64.convert("00:00:00:00:00:00:00:00"), t.NWK(0))

    async def connect(self) -> None:
        """There is nothing to connect to."""

    async def disconnect(self) -> None:
        """And nothing to let go."""

    async def start_network(self) -> None:
        """Be a device of the network that the node has joined."""
        await self.load_network_info()
        device = self.add_device(ieee=self.me[0], nwk=self.me[1])
        device.node_desc = zdo_t.NodeDescriptor(
            logical_type=zdo_t.LogicalType.Router,
            complex_descriptor_available=0,
            user_descriptor_available=0,
            reserved=0,
            aps_flags=0,
            frequency_band=zdo_t.NodeDescriptor.FrequencyBand.Freq2400MHz,
            mac_capability_flags=zdo_t.NodeDescriptor.MACCapabilityFlags.AllocateAddress,
            manufacturer_code=0x10C7,
            maximum_buffer_size=82,
            maximum_incoming_transfer_size=128,
            server_mask=0,
            maximum_outgoing_transfer_size=128,
            descriptor_capability_field=0,
        )
        device.add_endpoint(1)

    async def load_network_info(self, *, load_devices: bool = False) -> None:
        """Tell where the node is."""
        del load_devices
        self.state.node_info = zigpy.state.NodeInfo(
            nwk=self.me[1], ieee=self.me[0], logical_type=zdo_t.LogicalType.Router
        )

    async def write_network_info(self, *, network_info: Any, node_info: Any) -> None:
        """Change nothing: the hub made the network."""

    async def reset_network_info(self) -> None:
        """Change nothing."""

    async def force_remove(self, dev: Any) -> None:
        """Remove nobody."""

    async def add_endpoint(self, descriptor: Any) -> None:
        """Have the endpoints of our node."""

    async def permit(self, time_s: int = 60, node: Any = None) -> None:
        """Open nothing: only the hub may."""

    async def permit_ncp(self, time_s: int = 60) -> None:
        """Open nothing."""

    async def permit_with_link_key(self, node: Any, link_key: Any, time_s: int = 60) -> None:
        """Open nothing."""

    async def send_packet(self, packet: t.ZigbeePacket) -> None:
        """Hand a packet to the node."""
        self.uplink(packet)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time is that of a world; it never waits, since somebody always steps that."""

    world: World | None = None

    def time(self) -> float:
        return 0.0 if self.world is None else self.world.now / SECOND_US


class Cad:
    """Our device's node with zigpy in the place of the device."""

    def __init__(self, world: World, app: Coprocessor) -> None:
        self.world, self.app = world, app
        stack = world.home.nodes.stacks[CAD]
        assert isinstance(stack, ZigbeeStack)
        self.stack = stack
        self.display = world.home.displays[CAD]
        self.display.receive = self.receive  # type: ignore[method-assign]
        node = world.home.nodes.nodes[CAD]
        self._managed = node.take_packet
        node.take_packet = self.take_managed  # type: ignore[method-assign]
        app.uplink = self.send

    def receive(self, transmission: Transmission, now: Instant) -> list[Output]:
        received = self.stack.receive(transmission, now)
        for packet in received.packets:
            if self.display._keep_alive is not None:
                self.display._keep_alive.take(packet, now)
            self.deliver(packet)
        return list(received.forward)

    def take_managed(self, packet: Packet, now: Instant, hop: Eui64) -> list[Transmission] | None:
        """ZDO responses are zigpy's, requests are answered by our node."""
        if packet.profile == 0 and packet.cluster & 0x8000 and self.is_started:
            self.deliver(packet)
            return []
        return self._managed(packet, now, hop)

    @property
    def is_started(self) -> bool:
        return bool(self.app.devices)

    def deliver(self, packet: Packet) -> None:
        if not self.is_started:
            return
        short = self.stack.membership.short_of[packet.source]
        profile = HOME_AUTOMATION if packet.profile == SMART_ENERGY else packet.profile
        self.app.packet_received(
            t.ZigbeePacket(
                src=t.AddrModeAddress(addr_mode=t.AddrMode.NWK, address=t.NWK(short)),
                src_ep=t.uint8_t(packet.source_endpoint),
                dst=t.AddrModeAddress(
                    addr_mode=t.AddrMode.NWK, address=t.NWK(self.stack.membership.short)
                ),
                dst_ep=t.uint8_t(packet.target_endpoint),
                profile_id=t.uint16_t(profile),
                cluster_id=t.uint16_t(packet.cluster),
                data=t.SerializableBytes(packet.payload),
            )
        )

    def send(self, packet: t.ZigbeePacket) -> None:
        short = ShortAddress(int(packet.dst.address))
        is_broadcast = short >= BROADCASTS
        target = BROADCAST if is_broadcast else self.stack.membership.eui64_of[short]
        is_zdo = packet.profile_id == 0
        ours = Packet(
            source=self.stack.membership.me,
            target=target,
            cluster=int(packet.cluster_id),
            payload=packet.data.serialize(),
            profile=0 if is_zdo else SMART_ENERGY,
            source_endpoint=int(packet.src_ep),
            target_endpoint=int(packet.dst_ep),
            is_secured=not is_zdo and POLICY.needs_link_key(int(packet.cluster_id)),
            frame_kind="foreign",
        )
        sent = self.stack.send(ours, self.world.now)
        self.world.runner.emit(self.world.installation, CAD, sent)


def migrating(traffic: str) -> Case:
    """The home with a CAD in its box, while the reference engine migrates both meters."""
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
    return replace(case, scenario=scenario)


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
    mirror = device.endpoints[9].smartenergy_metering

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


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("traffic", ["instruction", "full"])
def test_zigpy_joins_reads_and_receives_reports_while_a_migration_runs(traffic: str) -> None:
    world, (device, read), seen = lived(traffic)

    assert world.claims[-1].end_state is EndState.COMMISSIONED
    assert {Basic.cluster_id, Time.cluster_id} <= set(device.endpoints[1].in_clusters)
    assert Metering.cluster_id in device.endpoints[9].in_clusters
    assert device.node_desc.is_coordinator
    basic, clock = (values for values, _ in read)
    assert basic["manufacturer"] == "Secure"
    assert basic["model"] == "skyline-i-510"
    assert clock["time"] is not None
    summations = [value for number, value in seen if number == 0]
    assert summations
    assert summations == sorted(summations)
    assert isinstance(world.home.nodes.nodes[CAD], NodeObject)


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

"""zigpy in the place of one of our devices: what it takes for a radio is that device's node.

MAC, NWK, APS and key establishment are our node's; from the packets upwards everything is zigpy's
(han.md section 10). It only takes the home automation profile, so the profile number is rewritten
in what is handed to it, and in nothing that is on the air.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import zigpy.application
import zigpy.state
import zigpy.types as t
from zigpy.zdo import types as zdo_t

from hanbench.emulator.device import BROADCAST, Output, Packet, Transmission
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.node.stack import ZigbeeStack
from hanbench.harness.homes.cluster_security import load_cluster_security
from hanbench.harness.world import World
from hanbench.protocol.identifiers import Eui64, ShortAddress

CAD = "new-cad"
SMART_ENERGY, HOME_AUTOMATION = 0x0109, 0x0104
POLICY = load_cluster_security().policy()
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

"""Makes the ZigBee node of each device: its stack, its credentials, its management.

What a real device has from its factory (install code, certificate) is derived here from the seed,
and marked as test material.
"""

from collections.abc import Callable, Mapping

from hanbench.emulator.events import Recorder
from hanbench.emulator.fates import CommitFate
from hanbench.emulator.instant import START
from hanbench.emulator.node.endpoints import ENDPOINTS
from hanbench.emulator.node.joining.credentials import Credential, Credentials
from hanbench.emulator.node.neighbourhood import Neighbourhood
from hanbench.emulator.node.parent.children import TIMEOUT_DEFAULT, TIMEOUTS_US
from hanbench.emulator.node.stack import PlainStack, Stack, ZigbeeStack
from hanbench.emulator.node.surroundings import Surroundings
from hanbench.emulator.node.zdo.bindings import Binding
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.emulator.nvm import Nvm
from hanbench.emulator.zcl import start_reports
from hanbench.emulator.zcl.reporting import Bindings
from hanbench.harness.files.installation import DeviceEntry
from hanbench.harness.homes.authorities import certificate_maker, trusted, untrusted
from hanbench.harness.homes.keyring import Keyring
from hanbench.harness.running.case import Case
from hanbench.harness.streams import draw
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee import install_code
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.install_code import InstallCode

DRAW_BITS = 256
CODE_OCTETS = 16
FIRST_COUNTERS = 1 << 20
"""Below this the frame counters of a home begin that has run for months [M]."""
DISPLAYS = ("PPMID", "IHD", "CAD")
METERING = ClusterId.METERING


class NodeBuilder:
    """Builds the nodes of one home."""

    def __init__(
        self,
        case: Case,
        keyring: Keyring,
        neighbourhood: Neighbourhood,
        record: Recorder,
        commit: CommitFate,
    ) -> None:
        self.nodes: dict[str, NodeObject] = {}
        """By the name of the device; empty without frames."""
        self.stacks: dict[str, Stack] = {}
        self._case = case
        self._keyring = keyring
        self._neighbourhood = neighbourhood
        self._record = record
        self._commit = commit
        self._devices = case.installation.devices
        self._names = {entry.eui64: name for name, entry in self._devices.items()}

    def stack(self, name: str) -> Stack:
        """Build the node of a device, and return its stack."""
        entry = self._devices[name]
        others = [
            other.eui64
            for other in self._devices.values()
            if other.joined and other.eui64 != entry.eui64
        ]
        links = {other: self._keyring.link_key(entry.eui64, other) for other in others}
        if self._case.scenario.traffic == "off":
            self.stacks[name] = PlainStack(entry.eui64, self._neighbourhood, links)
            return self.stacks[name]
        stack = ZigbeeStack(
            entry.eui64,
            self._neighbourhood,
            links if entry.joined else {},
            aps_acks=self._case.scenario.traffic == "full",
            first_counter=1 + self._lots(name)("frame counter", 1) % FIRST_COUNTERS,
            is_joined=entry.joined,
            lots=self._lots(name),
        )
        self.stacks[name] = stack
        stack.device_object = self.nodes[name] = self._node(name, entry, stack)
        return stack

    def _timeout_of(self, name: str) -> int:
        profile = self._case.profiles[name]
        group = profile.sleep or profile.display
        return TIMEOUT_DEFAULT if group is None else TIMEOUTS_US.index(group.end_device_timeout_us)

    def bindings_of(self, name: str) -> Bindings:
        """Return what tells the bindings of a device, now and later; none without frames."""

        def bindings() -> tuple[Binding, ...]:
            node = self.nodes.get(name)
            return () if node is None else tuple(node.server.bindings)

        return bindings

    def install_code(self, name: str) -> bytes:
        """Return the install code of a device with its CRC: as stated, or derived from its name."""
        stated = self._devices[name].install_code
        if stated is not None:
            return bytes.fromhex(stated)
        number = self._lots(name)("install code", 1)
        return install_code.encode(InstallCode(number.to_bytes(32, "big")[:CODE_OCTETS]))

    def _node(self, name: str, entry: DeviceEntry, stack: ZigbeeStack) -> NodeObject:
        lots = self._lots(name)
        surroundings = Surroundings(
            name=name,
            installation=self._case.installation.name,
            record=self._record,
            lots=lots,
            name_of=lambda eui64: self._names.get(eui64, f"{eui64:016x}"),
        )
        credentials = Credentials(
            certificates=self._certificates(entry, lots),
            authorities=trusted(),
            install_key=None if entry.type == "CHF" else self._install_key(name),
        )
        stack.security.preconfigured = credentials.install_key
        node = NodeObject(
            stack.management,
            surroundings,
            credentials,
            ENDPOINTS[entry.type],
            stack.send,
            Nvm(name, self._case.installation.name, self._commit),
            is_joined=entry.joined,
            timeout=self._timeout_of(name),
        )
        self._provision(node, entry)
        return node

    def _provision(self, node: NodeObject, entry: DeviceEntry) -> None:
        """Give a node what months in its home have left: who sleeps below it, who is bound."""
        if not entry.joined:
            return
        home = self._neighbourhood
        for address in home.addresses:
            if address.eui64 in home.sleepers and home.parent_of(address.eui64) == entry.eui64:
                timeout = self._timeout_of(address.name)
                node.parenting.children.adopt(
                    address.eui64, address.short, START, polls=True, timeout=timeout
                )
        if entry.type == "ESME":
            for other in self._devices.values():
                if other.joined and other.type in DISPLAYS:
                    for cluster in self._bound(other):
                        node.server.bindings.add(Binding(1, int(cluster), other.eui64, 1))

    def _bound(self, display: DeviceEntry) -> tuple[ClusterId, ...]:
        """What an ESME tells a display; a CAD that reads for itself wants no readings [M]."""
        reads = display.type == "CAD" and self._case.scenario.traffic == "full"
        return tuple(one for one in start_reports.BOUND if not (reads and one == METERING))

    def _certificates(
        self, entry: DeviceEntry, lots: Callable[[str, int], int]
    ) -> Mapping[Suite, Callable[[], Credential]]:
        suites = tuple(Suite) if entry.type == "CHF" else tuple(Suite(n) for n in entry.suites)
        by = untrusted if entry.certificate == "unknown-issuer" else None
        # A borrowed one is whole, and says whose it is.
        subject = Eui64(entry.eui64 ^ 1) if entry.certificate == "of-another" else entry.eui64
        return {suite: certificate_maker(suite, subject, lots, by) for suite in suites}

    def _install_key(self, name: str) -> Key | None:
        """The key of its code; None for one whose code is none: it can never join."""
        try:
            code = install_code.decode(self.install_code(name))
        except DecodeError:
            return None
        return install_code.link_key(code, is_test_material=True)

    def _lots(self, name: str) -> Callable[[str, int], int]:
        seed = self._case.seed

        def lots(purpose: str, occurrence: int) -> int:
            return draw(seed, name, purpose, occurrence, bits=DRAW_BITS)

        return lots

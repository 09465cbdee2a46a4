"""A few nodes on a radio without time: what one sends, those in reach hear at once, in order."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hanbench.emulator.device import Packet, Transmission
from hanbench.emulator.events import Event, HanChanged, KeyMade
from hanbench.emulator.fates import CommitFate, committed
from hanbench.emulator.instant import SECOND_US, START, Instant, after
from hanbench.emulator.node.endpoints import ENDPOINTS
from hanbench.emulator.node.joining.credentials import Credential, Credentials
from hanbench.emulator.node.stack import Address, Neighbourhood, ZigbeeStack
from hanbench.emulator.node.surroundings import Lots, Surroundings, hash_of
from hanbench.emulator.node.trust_centre.device_log import DeviceLog
from hanbench.emulator.node.trust_centre.join_table import JoinTable, Member, MemberKind
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.emulator.nvm import Nvm
from hanbench.harness.homes.authorities import certificate_maker, trusted
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.keys import Key, KeyUsage, derive_test_key
from hanbench.protocol.zigbee import install_code
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.install_code import InstallCode

HUB = Eui64(0xA0)
EXCHANGES_MAX = 5_000


def code_of(eui64: Eui64) -> bytes:
    """The install code of a device, with its CRC."""
    return install_code.encode(InstallCode(hash_of(f"code {eui64:x}").to_bytes(32, "big")[:16]))


def install_key_of(eui64: Eui64) -> Key:
    return install_code.link_key(install_code.decode(code_of(eui64)), is_test_material=True)


@dataclass
class Net:
    """Nodes by EUI-64, the hub first; `unheard` are the pairs out of each other's reach."""

    stacks: dict[Eui64, ZigbeeStack]
    nodes: dict[Eui64, NodeObject]
    joined: JoinTable
    log: DeviceLog
    events: list[Event]
    unheard: dict[frozenset[Eui64], None] = field(default_factory=dict)
    dark: dict[Eui64, None] = field(default_factory=dict)
    now: Instant = START
    got: dict[Eui64, list[Packet]] = field(default_factory=dict)
    air: list[Transmission] = field(default_factory=list)
    loses: Callable[[Transmission], bool] = lambda _: False
    costs: dict[frozenset[Eui64], int] = field(default_factory=dict)
    """Of the radio link of two nodes; absent: 1."""

    def cut(self, one: Eui64, other: Eui64) -> None:
        self.unheard[frozenset((one, other))] = None

    def mend(self, one: Eui64, other: Eui64) -> None:
        self.unheard.pop(frozenset((one, other)), None)

    def hears(self, one: Eui64, other: Eui64) -> bool:
        return frozenset((one, other)) not in self.unheard and other not in self.dark

    def send(self, sent: Sequence[Transmission]) -> None:
        """Put frames on the air, and all that follows from them."""
        queue = deque(sent)
        for _ in range(EXCHANGES_MAX):
            if not queue:
                return
            queue += self._carry(queue.popleft())
        raise AssertionError("the air never falls silent")

    def advance(self, seconds: float) -> None:
        """Let time pass, and wake whoever is due on the way."""
        until = after(self.now, int(seconds * SECOND_US))
        for _ in range(EXCHANGES_MAX):
            due = [
                (stack.deadline, eui64)
                for eui64, stack in self.stacks.items()
                if stack.deadline is not None and eui64 not in self.dark
            ]
            first = min(due, default=(None, HUB))
            if first[0] is None or first[0] > until:
                self.now = until
                return
            self.now = max(self.now, first[0])
            self.send(self.stacks[first[1]].wake(self.now))
        raise AssertionError("somebody is always due")

    def packet(self, source: Eui64, target: Eui64, payload: bytes = b"x", **keys: object) -> None:
        packet = Packet(source=source, target=target, cluster=0x0702, payload=payload, **keys)
        self.send(self.stacks[source].send(packet, self.now))

    def payloads(self, eui64: Eui64) -> list[bytes]:
        return [packet.payload for packet in self.got.get(eui64, [])]

    def kinds(self) -> list[str]:
        return [one.frame_kind for one in self.air]

    def changes(self, eui64: Eui64 | None = None) -> list[str]:
        name = None if eui64 is None else f"{eui64:x}"
        return [
            event.change
            for event in self.events
            if isinstance(event, HanChanged) and name in (None, event.device)
        ]

    def keys_made(self) -> list[KeyMade]:
        return [event for event in self.events if isinstance(event, KeyMade)]

    def begin(self, eui64: Eui64) -> None:
        """Switch a device on that has not joined."""
        self.send(self.nodes[eui64].joiner.begin(self.now))

    def admit(self, eui64: Eui64, window_s: int = 180) -> None:
        """Log a device with its code, and open the network."""
        trust_centre = self.nodes[HUB].trust_centre
        assert trust_centre is not None
        held = trust_centre.key_of_member(eui64)
        until = after(self.now, window_s * SECOND_US)
        self.log.add(eui64, install_key_of(eui64), self.now, until, held)
        self.send(trust_centre.permit(window_s, self.now))

    def _carry(self, one: Transmission) -> list[Transmission]:
        self.air.append(one)
        receivers = [one.receiver] if one.receiver is not None else [*self.stacks]
        heard = [
            eui64
            for eui64 in receivers
            if eui64 != one.sender and self.hears(one.sender, eui64) and not self.loses(one)
        ]
        if one.receiver is not None and not heard:
            return self.stacks[one.sender].failed(one, self.now)
        following: list[Transmission] = []
        for eui64 in heard:
            cost = self.costs.get(frozenset((one.sender, eui64)), 1)
            received = self.stacks[eui64].receive(one._replace(link_cost=cost), self.now)
            self.got.setdefault(eui64, []).extend(received.packets)
            following += received.forward
        return following


def net(
    *members: Eui64,
    newcomers: Sequence[Eui64] = (),
    sleepers: Sequence[Eui64] = (),
    suites: Sequence[Suite] = (Suite.SUITE_1,),
    aps_acks: bool = False,
    authorities: dict[tuple[Suite, bytes], object] | None = None,
    next_hops: dict[tuple[Eui64, Eui64], Eui64] | None = None,
    parents: dict[Eui64, Eui64] | None = None,
    commit: CommitFate = committed,
    has_jitter: bool = False,
    link_costs: dict[frozenset[Eui64], int] | None = None,
    kinds: dict[Eui64, str] | None = None,
) -> Net:
    """A hub and its members, and devices that have not joined.

    With jitter, what a router relays to all goes out as time passes and not at once.
    """
    everybody = (HUB, *members, *newcomers)
    home = Neighbourhood(
        pan=PanId(0x1A62),
        extended_pan=HUB,
        trust_centre=HUB,
        addresses=tuple(
            Address(
                name=f"{eui64:x}", eui64=eui64, short=ShortAddress(0 if eui64 == HUB else eui64)
            )
            for eui64 in (HUB, *members)
        ),
        network_key=derive_test_key("net", KeyUsage.NETWORK),
        routers=tuple(eui64 for eui64 in everybody if eui64 not in sleepers),
        sleepers=tuple(sleepers),
        next_hops=next_hops or {},
        parents=parents or {},
        link_costs=link_costs or {},
    )
    events: list[Event] = []
    stacks: dict[Eui64, ZigbeeStack] = {}
    nodes: dict[Eui64, NodeObject] = {}
    for eui64 in everybody:
        is_joined = eui64 not in newcomers
        links = {
            other: derive_test_key("net", KeyUsage.LINK, *sorted((eui64, other)))
            for other in (HUB, *members)
            if other != eui64 and is_joined
        }
        stack = ZigbeeStack(
            eui64,
            home,
            links,
            aps_acks=aps_acks,
            is_joined=is_joined,
            lots=lots_of(eui64) if has_jitter else None,
        )
        stacks[eui64] = stack
        kind = "CHF" if eui64 == HUB else (kinds or {}).get(eui64, "IHD")
        nodes[eui64] = _node(eui64, stack, suites, events, authorities, commit, kind)
        for address in home.addresses:
            if home.parent_of(address.eui64) == eui64:
                sleeps = address.eui64 in sleepers
                nodes[eui64].parenting.children.adopt(
                    address.eui64, address.short, START, polls=sleeps
                )
    joined = JoinTable(
        Member(name=f"{eui64:x}", eui64=eui64, kind=MemberKind.IHD, join_order=order)
        for order, eui64 in enumerate(members, start=1)
    )
    log = DeviceLog()
    nodes[HUB].become_trust_centre(joined, log, lambda eui64: (f"{eui64:x}", MemberKind.IHD))
    return Net(
        stacks=stacks,
        nodes=nodes,
        joined=joined,
        log=log,
        events=events,
        costs=dict(link_costs or {}),
    )


def lots_of(eui64: Eui64) -> Lots:
    """What a node's chance hangs on: its name, the purpose, the occurrence."""

    def lots(purpose: str, occurrence: int) -> int:
        return hash_of(f"{eui64:x} {purpose} {occurrence}")

    return lots


def _node(
    eui64: Eui64,
    stack: ZigbeeStack,
    suites: Sequence[Suite],
    events: list[Event],
    authorities: dict[tuple[Suite, bytes], object] | None,
    commit: CommitFate,
    kind: str,
) -> NodeObject:
    lots = lots_of(eui64)

    def maker(suite: Suite) -> Callable[[], Credential]:
        return certificate_maker(suite, eui64, lots)

    credentials = Credentials(
        certificates={suite: maker(suite) for suite in (tuple(Suite) if eui64 == HUB else suites)},
        authorities=trusted() if authorities is None or eui64 == HUB else authorities,
        install_key=None if eui64 == HUB else install_key_of(eui64),
    )
    surroundings = Surroundings(
        name=f"{eui64:x}",
        installation="home",
        record=events.append,
        lots=lots,
        name_of=lambda other: f"{other:x}",
    )
    stack.security.preconfigured = credentials.install_key
    node = NodeObject(
        stack.management,
        surroundings,
        credentials,
        ENDPOINTS[kind],
        stack.send,
        Nvm(f"{eui64:x}", "home", commit),
        is_joined=stack.membership.is_joined,
    )
    stack.device_object = node
    return node

"""A whole home: hub, two meters, displays and a repeater on both kinds of stack, and a head-end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.emulator.meter_bench import EPOCH_UNIX_S, K1, POLICY, S1SP, Answered, bound, model

from hanbench.emulator.device import Device
from hanbench.emulator.displays.cad import Cad
from hanbench.emulator.displays.display import DisplaySetup
from hanbench.emulator.displays.ihd import Ihd
from hanbench.emulator.displays.poller import PollHabits
from hanbench.emulator.displays.ppmid import Ppmid
from hanbench.emulator.displays.third_party import ThirdPartyDisplay
from hanbench.emulator.events import Event
from hanbench.emulator.fates import AS_SENT, Cause, Delivery, Leg, Moment, committed
from hanbench.emulator.han import Han
from hanbench.emulator.home import Home
from hanbench.emulator.hub.comms_hub import CommsHub, HubSetup
from hanbench.emulator.hub.gas_mirror import MirrorParameters
from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US, Instant
from hanbench.emulator.meters.consumption import ConsumptionCurve
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.meters.prepayment import CreditAccount
from hanbench.emulator.meters.setup import MeterSetup, SuaProvision
from hanbench.emulator.model import Memory, OfferOrder
from hanbench.emulator.node.stack import Address, Neighbourhood, PlainStack, Stack, ZigbeeStack
from hanbench.emulator.node.trust_centre.join_table import Member, MemberKind
from hanbench.emulator.repeater import Repeater
from hanbench.emulator.runner import Runner
from hanbench.emulator.wan import Wan
from hanbench.protocol import hub_command, instruction, utrn, wan
from hanbench.protocol.hub_command import HubAnswer, HubCommand
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.instruction import Authorisation, Command, Instruction, PaymentMode
from hanbench.protocol.keys import Key, KeyUsage, derive_test_key
from hanbench.protocol.sua import HAN_SUA_M1, SuaScope
from hanbench.protocol.utrn import NativeCode
from hanbench.protocol.wan import Envelope, EnvelopeKind

HUB, ESME, GSME, PPMID, IHD, CAD, DISPLAY, REPEATER = (Eui64(0x00DB_0000 + n) for n in range(8))
SMSO = Eui64(0x0500_0001)
NAMES = {
    HUB: "hub",
    ESME: "esme",
    GSME: "gsme",
    PPMID: "ppmid",
    IHD: "ihd",
    CAD: "cad",
    DISPLAY: "display",
    REPEATER: "repeater",
}
KINDS = {
    ESME: MemberKind.ESME,
    GSME: MemberKind.GSME,
    PPMID: MemberKind.PPMID,
    IHD: MemberKind.IHD,
    CAD: MemberKind.CAD,
    DISPLAY: MemberKind.THIRD_PARTY,
    REPEATER: MemberKind.REPEATER,
}
WAN_LATENCY_US = 2 * SECOND_US
FIRST_WAKE_US = 30 * MINUTE_US


Kind = TypeVar("Kind", bound=Device)


class HomeKeys:
    """A `KeyStore` of derived test keys."""

    def key(self, eui64: Eui64, usage: KeyUsage, peer: Eui64 = Eui64(0)) -> Key:  # noqa: B008
        return derive_test_key("meter", usage, eui64, peer)


KEYS = HomeKeys()


@dataclass(kw_only=True)
class Options:
    """How a home differs from the plain one."""

    is_encoded: bool = False
    has_repeater: bool = False
    order: OfferOrder = OfferOrder.FIFO
    memory: Memory = Memory.KEPT
    expiry_us: int = 4 * HOUR_US
    capacity: int = 4
    reads_interval_us: int | None = None
    report_interval_us: int | None = None
    link_status_interval_us: int | None = None
    balance_pence: int | None = None
    ppmid_polls: PollHabits | None = None
    """None: it is on the mains."""


@dataclass
class HomeBench:
    """One home, its runner, and a head-end that keeps what comes up."""

    runner: Runner
    home: Home
    events: list[Event]
    fate: Callable[[Moment], tuple[Delivery, ...]] = lambda _: AS_SENT
    moments: list[Moment] = field(default_factory=list)
    came_up: list[tuple[Instant, bytes]] = field(default_factory=list)
    counters: dict[Eui64, int] = field(default_factory=dict)
    message_id: int = 0

    @property
    def hub(self) -> CommsHub:
        return self.home.hub

    @property
    def gsme(self) -> Gsme:
        return self.of(Gsme, "gsme")

    def of(self, kind: type[Kind], name: str) -> Kind:
        device = self.runner.device("home-1", name)
        assert isinstance(device, kind)
        return device

    def carry(self, moment: Moment) -> tuple[Delivery, ...]:
        self.moments.append(moment)
        return self.fate(moment)

    def run_to(self, until: int) -> None:
        self.runner.run_until(Instant(until))

    def envelope(self, target: Eui64, ordered: Instruction, head_end: Eui64 = S1SP) -> Envelope:
        octets = instruction.encode(ordered)
        code = None
        if ordered.type.is_guarded:
            self.counters[target] = counter = self.counters.get(target, 0) + 1
            scope = SuaScope(
                eui64=target, key_version=1, counter=counter, digest=instruction.digest(octets)
            )
            code = Authorisation(1, counter, HAN_SUA_M1.issue(K1, scope))
        self.message_id += 1
        return Envelope(
            kind=EnvelopeKind.INSTRUCTION,
            originator=head_end,
            target=target,
            message_id=self.message_id,
            originator_counter=self.message_id,
            payload=instruction.encode_command(Command(octets, code)),
        )

    def instruct(self, target: Eui64, ordered: Instruction) -> int:
        """Send an Instruction down now; return its message id."""
        return self.send(self.envelope(target, ordered))

    def send(self, envelope: Envelope, key: Key | None = None) -> int:
        transport = KEYS.key(envelope.target, KeyUsage.TRANSPORT, envelope.originator)
        cause = Cause(NAMES.get(envelope.target, "?"), envelope.message_id, Leg.REQUEST)
        self.runner.send_down("home-1", wan.encode(envelope, key or transport), cause)
        return envelope.message_id

    def command(self, command: HubCommand) -> int:
        self.message_id += 1
        return self.send(
            Envelope(
                kind=EnvelopeKind.HUB_COMMAND,
                originator=S1SP,
                target=HUB,
                message_id=self.message_id,
                originator_counter=self.message_id,
                payload=hub_command.encode_command(command),
            )
        )

    def up(self, kind: EnvelopeKind, message_id: int | None = None) -> list[Envelope]:
        """Return the envelopes of a kind that have come up, their MACs verified."""
        found = []
        for _, octets in self.came_up:
            envelope = wan.decode(octets)
            wan.verify(octets, KEYS.key(envelope.originator, KeyUsage.TRANSPORT, envelope.target))
            if envelope.kind is kind and message_id in (None, envelope.message_id):
                found.append(envelope)
        return found

    def hub_answer(self, message_id: int) -> HubAnswer:
        (envelope,) = self.up(EnvelopeKind.HUB_ANSWER, message_id)
        return hub_command.decode_answer(envelope.payload)

    def answered(self, message_id: int, ordered: Instruction) -> Answered:
        """Return the one answer to a message, its MAC verified."""
        (octets,) = (
            octets
            for _, octets in self.came_up
            if wan.decode(octets).message_id == message_id
            and wan.decode(octets).kind is EnvelopeKind.ANSWER
        )
        eui64 = wan.decode(octets).originator
        return Answered.read(octets, eui64, instruction.encode(ordered))

    def answers(self) -> list[int]:
        """Return the message ids of the answers, in the order in which they came up."""
        return [envelope.message_id for envelope in self.up(EnvelopeKind.ANSWER)]

    def utrn(self, target: Eui64, *codes: NativeCode) -> str:
        return utrn.issue_entry(KEYS.key(target, KeyUsage.VEND), target, codes)


def home_bench(options: Options | None = None) -> HomeBench:
    """Build a home and make its runner ready."""
    return _Builder(options or Options()).build()


class _Builder:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.events: list[Event] = []
        self.bench: HomeBench | None = None
        sleepers = (GSME,) if options.ppmid_polls is None else (GSME, PPMID)
        self.neighbourhood = neighbourhood_of(has_repeater=options.has_repeater, sleepers=sleepers)

    def carry(self, moment: Moment) -> tuple[Delivery, ...]:
        return AS_SENT if self.bench is None else self.bench.carry(moment)

    def stack(self, me: Eui64) -> Stack:
        if not self.options.is_encoded:
            return PlainStack(me, self.neighbourhood)
        link_keys = {
            other: derive_test_key("home", KeyUsage.LINK, *sorted((me, other)))
            for other in NAMES
            if other != me
        }
        return ZigbeeStack(me, self.neighbourhood, link_keys)

    def build(self) -> HomeBench:
        options = self.options
        hub = self._hub()
        esme = Esme("esme", ESME, self._meter("liberty-100", ESME))
        gsme = Gsme(
            "gsme",
            GSME,
            self._meter("secure-gsme-synthetic", GSME),
            parent=REPEATER if options.has_repeater else HUB,
            jitter_us=lambda _: 0,
        )
        repeater = Repeater(
            "repeater",
            REPEATER,
            stack=self.stack(REPEATER),
            link_status_interval_us=options.link_status_interval_us,
            forward_delay_us=2_000,
        )
        displays = [
            Ppmid("ppmid", PPMID, setup=self._display(PPMID)),
            Ihd("ihd", IHD, setup=self._display(IHD)),
            Cad("cad", CAD, setup=self._display(CAD, options.reads_interval_us)),
            ThirdPartyDisplay("display", DISPLAY, setup=self._display(DISPLAY)),
        ]
        han = Han(
            "home-1",
            neighbourhood=self.neighbourhood,
            record=self.events.append,
            carry=self.carry,
            is_encoded=options.is_encoded,
        )
        link = Wan("home-1", WAN_LATENCY_US, self.carry, self.events.append, names=NAMES)
        home = Home("home-1", [hub, esme, gsme, repeater, *displays], hub, han, link)
        came_up: list[tuple[Instant, bytes]] = []
        runner = Runner([home], lambda _, octets, now: came_up.append((now, octets)))
        self.bench = HomeBench(runner, home, self.events, came_up=came_up)
        return self.bench

    def _hub(self) -> CommsHub:
        options = self.options
        members = tuple(
            Member(name=NAMES[eui64], eui64=eui64, kind=kind, join_order=order)
            for order, (eui64, kind) in enumerate(KINDS.items(), start=1)
        )
        setup = HubSetup(
            installation="home-1",
            stack=self.stack(HUB),
            keys=KEYS,
            head_ends=(SMSO, S1SP),
            members=members,
            mirror=MirrorParameters(
                order=options.order,
                expiry_us=options.expiry_us,
                capacity=options.capacity,
                memory=options.memory,
            ),
            record=self.events.append,
            carry=self.carry,
            policy=POLICY,
            utc_s=lambda now: EPOCH_UNIX_S + now // SECOND_US,
            link_status_interval_us=options.link_status_interval_us,
        )
        return CommsHub("hub", HUB, setup=setup)

    def _meter(self, profile: str, eui64: Eui64) -> MeterSetup:
        balance = self.options.balance_pence
        account = CreditAccount(price_tenth_pence=270)
        if balance is not None:
            account = CreditAccount(
                mode=PaymentMode.PREPAYMENT, balance_pence=balance, price_tenth_pence=270
            )
        return MeterSetup(
            installation="home-1",
            model=model(profile),
            stack=self.stack(eui64),
            keys=KEYS,
            scheme=HAN_SUA_M1,
            sua=SuaProvision(key=K1),
            hub=HUB,
            policy=POLICY,
            record=self.events.append,
            carry=self.carry,
            commit=committed,
            curve=ConsumptionCurve(daily=4800, shape=(1,) * 48),
            epoch_unix_s=EPOCH_UNIX_S,
            account=account,
            bindings=lambda: bound(PPMID, IHD, DISPLAY) if eui64 == ESME else (),
            report_interval_us=self.options.report_interval_us,
        )

    def _display(self, eui64: Eui64, reads_interval_us: int | None = None) -> DisplaySetup:
        return DisplaySetup(
            stack=self.stack(eui64),
            hub=HUB,
            policy=POLICY,
            esme=ESME,
            reads_interval_us=reads_interval_us,
            polls=self.options.ppmid_polls if eui64 == PPMID else None,
            link_status_interval_us=self.options.link_status_interval_us,
        )


def neighbourhood_of(*, has_repeater: bool, sleepers: tuple[Eui64, ...]) -> Neighbourhood:
    hops = {(HUB, GSME): REPEATER, (GSME, HUB): REPEATER} if has_repeater else {}
    return Neighbourhood(
        pan=PanId(0x1234),
        extended_pan=HUB,
        trust_centre=HUB,
        addresses=tuple(
            Address(name=name, eui64=eui64, short=ShortAddress(short))
            for short, (eui64, name) in enumerate(NAMES.items())
        ),
        network_key=derive_test_key("home", KeyUsage.NETWORK),
        next_hops=hops,
        routers=(HUB, REPEATER),
        parents={GSME: REPEATER} if has_repeater else {},
        sleepers=sleepers,
    )

"""A home for one meter: keys, a HAN without frames, a hand that plays hub and head-end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

from hanbench.emulator.device import Device, Output, Packet, Poll, Transmission
from hanbench.emulator.events import Event
from hanbench.emulator.fates import CarryFate, CommitFate, committed, undisturbed
from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.consumption import ConsumptionCurve
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.meters.prepayment import CreditAccount
from hanbench.emulator.meters.setup import MeterSetup, SuaProvision
from hanbench.emulator.model import ModelProfile, parse_model
from hanbench.emulator.node.neighbourhood import Address, Neighbourhood
from hanbench.emulator.node.stack import PlainStack
from hanbench.emulator.node.zdo.bindings import Binding
from hanbench.emulator.zcl.start_reports import BOUND
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.harness.homes.cluster_security import load_cluster_security
from hanbench.protocol import answer, instruction, tunnel_segments, utrn, wan
from hanbench.protocol.answer import AnswerMessage
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.instruction import Authorisation, Command, Instruction, PaymentMode
from hanbench.protocol.keys import Key, KeyUsage, derive_test_key
from hanbench.protocol.sua import HAN_SUA_M1, AnswerScope, SuaScope
from hanbench.protocol.tunnel_segments import Reassembly
from hanbench.protocol.utrn import NativeCode
from hanbench.protocol.wan import Envelope, EnvelopeKind
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import tunnelling
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.tunnelling import TransferToClient, TransferToServer

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
EPOCH_UNIX_S = 1_595_376_000
"""2020-07-22 00:00:00 UTC."""

HUB = Eui64(0x00DB_1234_5678_90A2)
ESME = Eui64(0x00DB_1234_5678_90A0)
GSME = Eui64(0x00DB_1234_5678_90A1)
DISPLAY = Eui64(0x00DB_1234_5678_90A4)
S1SP = Eui64(0x90B3_D51F_3000_0002)
STRANGER = Eui64(0x90B3_D51F_3009_0009)
TUNNEL_ID = 1
POLICY = load_cluster_security().policy()

K1 = Key(KeyUsage.SUA, bytes(range(16)), is_test_material=True)
K2 = Key(KeyUsage.SUA, bytes.fromhex("f0e0d0c0b0a090807060504030201000"), is_test_material=True)

NEIGHBOURHOOD = Neighbourhood(
    pan=PanId(0x1234),
    extended_pan=HUB,
    trust_centre=HUB,
    addresses=tuple(
        Address(name=name, eui64=eui64, short=ShortAddress(short))
        for short, (name, eui64) in enumerate(
            [("hub", HUB), ("esme", ESME), ("gsme", GSME), ("display", DISPLAY)]
        )
    ),
    network_key=derive_test_key("meter", KeyUsage.NETWORK),
)


class TestKeys:
    """A `KeyStore` of derived test keys."""

    __test__ = False

    def key(self, eui64: Eui64, usage: KeyUsage, peer: Eui64 = Eui64(0)) -> Key:  # noqa: B008
        return derive_test_key("meter", usage, eui64, peer)


KEYS = TestKeys()


def model(name: str, overrides: Mapping[str, object] | None = None) -> ModelProfile:
    given = YAML(typ="safe", pure=True).load(MODELS / f"{name}.yaml")
    return parse_model(given, overrides)


@dataclass
class Bench:
    """One meter, and what came out of it."""

    meter: Esme | Gsme
    events: list[Event]
    counter: int = 0
    message_id: int = 0
    sender: ZclSender = field(default_factory=lambda: ZclSender(HUB, POLICY))

    @property
    def eui64(self) -> Eui64:
        return self.meter.eui64

    def deliver(self, packet: Packet, now: int) -> list[Output]:
        carried = Transmission(
            sender=packet.source,
            receiver=packet.target,
            frame=b"",
            frame_kind=packet.frame_kind,
            packet=packet,
            cause=packet.cause,
        )
        return self.meter.receive(carried, Instant(now))

    def transfer(self, data: bytes) -> Packet:
        """Make the packet for one segment."""
        command = TransferToServer(TUNNEL_ID, data)
        return self.sender.command(self.eui64, ClusterId.TUNNELLING, command, kind="tunnel")

    def tunnel(self, octets: bytes, now: int) -> list[Output]:
        """Send an envelope down in segments, and return all that came out."""
        outputs: list[Output] = []
        for part in tunnel_segments.segment(octets):
            outputs += self.deliver(self.transfer(part), now)
        return outputs

    def envelope(
        self,
        ordered: Instruction,
        *,
        key: Key = K1,
        version: int = 1,
        counter: int | None = None,
        is_coded: bool = True,
        transport: Key | None = None,
        head_end: Eui64 = S1SP,
    ) -> bytes:
        """Make what a head-end would send; without `counter` the next one is taken."""
        octets = instruction.encode(ordered)
        code = None
        if ordered.type.is_guarded and is_coded:
            self.counter = self.counter + 1 if counter is None else counter
            scope = SuaScope(
                eui64=self.eui64,
                key_version=version,
                counter=self.counter,
                digest=instruction.digest(octets),
            )
            code = Authorisation(version, self.counter, HAN_SUA_M1.issue(key, scope))
        self.message_id += 1
        return wan.encode(
            Envelope(
                kind=EnvelopeKind.INSTRUCTION,
                originator=head_end,
                target=self.eui64,
                message_id=self.message_id,
                originator_counter=self.message_id,
                payload=instruction.encode_command(Command(octets, code)),
            ),
            transport or KEYS.key(self.eui64, KeyUsage.TRANSPORT, head_end),
        )

    def ask(self, ordered: Instruction, now: int, *, key: Key = K1, version: int = 1) -> "Answered":
        """Send an Instruction, and return its answer, which must be there and authentic."""
        outputs = self.tunnel(self.envelope(ordered, key=key, version=version), now)
        envelopes = reassembled(outputs)
        assert len(envelopes) == 1
        return Answered.read(envelopes[0], self.eui64, instruction.encode(ordered))

    def utrn(self, *codes: NativeCode) -> str:
        return utrn.issue_entry(KEYS.key(self.eui64, KeyUsage.VEND), self.eui64, codes)


@dataclass(frozen=True)
class Answered:
    """An answer whose transport MAC was verified."""

    envelope: Envelope
    message: AnswerMessage
    eui64: Eui64
    request: bytes

    @classmethod
    def read(cls, octets: bytes, eui64: Eui64, request: bytes) -> "Answered":
        target = wan.decode(octets).target
        envelope = wan.verify(octets, KEYS.key(eui64, KeyUsage.TRANSPORT, target))
        return cls(envelope, answer.decode(envelope.payload), eui64, request)

    def verify_under(self, key: Key) -> None:
        scope = AnswerScope(
            eui64=self.eui64,
            key_version=self.message.key_version,
            request_digest=instruction.digest(self.request),
            outcome=self.message.outcome,
            last_counter=self.message.last_counter,
            payload=self.message.payload,
        )
        HAN_SUA_M1.verify_answer(key, scope, self.message.mac)


def bound(*displays: Eui64) -> tuple[Binding, ...]:
    return tuple(Binding(1, cluster, one, 1) for one in displays for cluster in BOUND)


def setup_for(
    profile: ModelProfile,
    eui64: Eui64,
    events: list[Event],
    *,
    balance_pence: int | None = None,
    carry: CarryFate = undisturbed,
    commit: CommitFate = committed,
    report_interval_us: int | None = None,
    daily: int = 7400,
) -> MeterSetup:
    account = CreditAccount(price_tenth_pence=270)
    if balance_pence is not None:
        account = CreditAccount(
            mode=PaymentMode.PREPAYMENT, balance_pence=balance_pence, price_tenth_pence=270
        )
    return MeterSetup(
        installation="home-1",
        model=profile,
        stack=PlainStack(eui64, NEIGHBOURHOOD),
        keys=KEYS,
        scheme=HAN_SUA_M1,
        sua=SuaProvision(key=K1),
        hub=HUB,
        policy=POLICY,
        record=events.append,
        carry=carry,
        commit=commit,
        curve=ConsumptionCurve(daily=daily, shape=(1,) * 48),
        epoch_unix_s=EPOCH_UNIX_S,
        account=account,
        bindings=lambda: bound(DISPLAY),
        report_interval_us=report_interval_us,
    )


def esme(
    *,
    overrides: Mapping[str, object] | None = None,
    balance_pence: int | None = None,
    carry: CarryFate = undisturbed,
    commit: CommitFate = committed,
    report_interval_us: int | None = None,
    daily: int = 7400,
) -> Bench:
    events: list[Event] = []
    setup = setup_for(
        model("liberty-100", overrides),
        ESME,
        events,
        balance_pence=balance_pence,
        carry=carry,
        commit=commit,
        report_interval_us=report_interval_us,
        daily=daily,
    )
    return Bench(Esme("esme", ESME, setup), events)


def gsme(
    *,
    overrides: Mapping[str, object] | None = None,
    balance_pence: int | None = None,
    carry: CarryFate = undisturbed,
    commit: CommitFate = committed,
    report_interval_us: int | None = None,
    jitter_us: int = 0,
    daily: int = 2800,
) -> Bench:
    events: list[Event] = []
    setup = setup_for(
        model("secure-gsme-synthetic", overrides),
        GSME,
        events,
        balance_pence=balance_pence,
        carry=carry,
        commit=commit,
        report_interval_us=report_interval_us,
        daily=daily,
    )
    meter = Gsme("gsme", GSME, setup, parent=HUB, jitter_us=lambda wake: jitter_us * (wake + 1))
    return Bench(meter, events)


def packets_of(outputs: list[Output], cluster: int) -> list[Packet]:
    return [
        output.packet
        for output in outputs
        if isinstance(output, Transmission)
        and output.packet is not None
        and output.packet.cluster == cluster
    ]


def polls_of(outputs: list[Output]) -> list[Poll]:
    return [output for output in outputs if isinstance(output, Poll)]


def reassembled(outputs: list[Output]) -> list[bytes]:
    """Put the envelopes together that went up through the tunnel."""
    found: list[bytes] = []
    state = Reassembly()
    for packet in packets_of(outputs, ClusterId.TUNNELLING):
        command = tunnelling.COMMANDS.decode(zcl.decode(packet.payload))
        assert isinstance(command, TransferToClient)
        state, whole = state.take(tunnel_segments.decode(command.data))
        found += [whole] if whole is not None else []
    return found


def run(device: Device, until: int) -> list[tuple[int, Output]]:
    """Wake a device at each of its deadlines up to an instant; polls find nothing pending."""
    outputs: list[tuple[int, Output]] = []
    while device.deadline is not None and device.deadline <= until:
        now = device.deadline
        for output in device.wake(now):
            outputs.append((now, output))
            if isinstance(output, Poll) and isinstance(device, Gsme):
                device.poll_answered(has_pending=False, now=now)
    return outputs

"""What all displays of a HAN share: readings taken from reports, and the rhythm of asking for them.

Sources: ZigBee Smart Energy Standard (07-5356), sections D.3 and D.7; Pipit 500 customer guides for
what a Secure display shows. Electricity comes from the ESME itself, gas from the mirror endpoint of
the hub, since the gas meter sleeps. A PPMID, an IHD, a CAD and a third-party display each own one
`DisplayUnit` and differ in what they do with it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from hanbench.emulator.device import Output, Packet, Transmission
from hanbench.emulator.displays.poller import Poller, PollHabits
from hanbench.emulator.displays.readings import SUPPLY_WORDS, THOUSANDTHS, Reading, pounds
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import SECOND_US, START, Instant, after
from hanbench.emulator.node.endpoints import DISPLAY_CLIENT, MIRROR_ENDPOINT
from hanbench.emulator.node.stack import Stack
from hanbench.emulator.rounds import Rounds
from hanbench.emulator.zcl.own_clusters import NAMELESS, Attributes, OwnClusters
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.metering_attributes import AttributeId as Meter
from hanbench.protocol.zigbee.clusters.ota_upgrade import ImageId
from hanbench.protocol.zigbee.clusters.prepayment_attributes import AttributeId as Credit
from hanbench.protocol.zigbee.clusters.security_policy import SecurityPolicy
from hanbench.protocol.zigbee.zcl import Direction, FrameType
from hanbench.protocol.zigbee.zcl_general import (
    ReadAttributes,
    ReadAttributesResponse,
    ReportAttributes,
)

READS = "reads"
LINK_STATUS = "link-status"
READ: Final = ReadAttributes(
    (int(Meter.CURRENT_SUMMATION_DELIVERED), int(Meter.INSTANTANEOUS_DEMAND))
)


def _no_clock(now: Instant) -> int:
    return now // SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplaySetup:
    """The collaborators of a display, and how often it does what it does unasked."""

    stack: Stack
    hub: Eui64
    esme: Eui64 | None
    policy: SecurityPolicy
    """How the frames of each cluster are protected."""
    reads_interval_us: int | None = None
    """How often it reads the ESME; None: it waits for reports."""
    link_status_interval_us: int | None = None
    takes_codes: bool = True
    """Whether it has a top-up screen; only a PPMID looks at it."""
    polls: PollHabits | None = None
    """How it asks its parent for its frames if it sleeps; None: its receiver is on."""
    utc_s: Callable[[Instant], int] = _no_clock
    """Unix seconds at an instant, as its clock shows: it follows the hub's."""
    firmware: ImageId | None = None
    """What it runs, if it can be given another over the air."""
    asks: bool = False
    """Whether it asks for texts, names and prices once it has joined or restarted."""
    asks_at_start: bool = False
    """Whether it asks as the home begins, too."""
    basic: Attributes = field(default_factory=lambda: NAMELESS)
    """What its Basic cluster says."""
    prices: Mapping[Fuel, int] = field(default_factory=dict)
    """Tenths of a penny: what it was told before the home began."""
    first_at: Instant = START
    """When its rhythm begins: displays of one home must not all send at the same instant."""


class DisplayUnit:
    """The receiving side of a display: its stack, its readings and its rounds."""

    def __init__(self, eui64: Eui64, setup: DisplaySetup) -> None:
        self.sender = ZclSender(eui64, setup.policy)
        self.readings: dict[Fuel, Reading] = {}
        self.reports_received = 0
        self.last_served_at: Instant | None = None
        self.poller = None
        """Its receiver, if it sleeps."""
        if setup.polls is not None:
            self.poller = Poller(eui64, setup.stack, setup.polls, setup.first_at)
        self._own = OwnClusters(self.sender, setup.basic, DISPLAY_CLIENT)
        self._setup = setup
        self._rounds = self._plan(setup.first_at)

    @property
    def deadline(self) -> Instant | None:
        """When `wake` is next due."""
        if self.poller is None:
            return self._rounds.next
        rounds = self._rounds.next
        return self.poller.deadline if rounds is None else min(rounds, self.poller.deadline)

    @property
    def is_listening(self) -> bool:
        """Whether its receiver is on."""
        return self.poller is None or self.poller.is_listening

    def receive(
        self, transmission: Transmission, now: Instant
    ) -> tuple[list[Packet], list[Output]]:
        """Take a frame; return the packets that it carried for us, and what is to be relayed."""
        if self.poller is not None:
            if not (self.poller.is_listening or self._setup.stack.is_busy):
                return [], []
            self.poller.received(now)
        received = self._setup.stack.receive(transmission, now)
        packets, outputs = list[Packet](), list[Output](received.forward)
        for packet in received.packets:
            if self.sender.lacks_link_key(packet):
                refusal = self.sender.refusal(packet)
                outputs += [] if refusal is None else self._setup.stack.send(refusal, now)
                continue
            answer = self._own.answer(packet)
            if answer is not None:
                outputs += self._setup.stack.send(answer, now)
            self._take(packet, now)
            packets.append(packet)
        return packets, outputs

    def wake(self, now: Instant) -> list[Output]:
        """Do the rounds that are due."""
        outputs: list[Output] = []
        for job in self._rounds.take_due(now):
            outputs += self._reads(now) if job == READS else self._setup.stack.link_status(now)
        if self.poller is not None:
            outputs += self.poller.wake(now)
        return outputs

    def restart(self, now: Instant) -> None:
        """Forget the readings, which are volatile, and begin the rounds anew."""
        self.readings = {}
        self._setup.stack.restart(now)
        self._rounds = self._plan(now)
        if self.poller is not None:
            self.poller.restart(now)

    def runs(self, version: int) -> None:
        """Take that it runs an image that came over the air, which its Basic cluster names [M]."""
        self._own.runs(f"{version:08x}")

    def send(self, packets: Iterable[Packet], now: Instant) -> list[Output]:
        """Hand packets to the stack."""
        if self.poller is not None:
            self.poller.expects_answer(now)
        return [sent for packet in packets for sent in self._setup.stack.send(packet, now)]

    def home_of(self, fuel: Fuel) -> tuple[Eui64 | None, int]:
        """Return where a meter is spoken to: the ESME itself, or the gas mirror of the hub."""
        if fuel is Fuel.GAS:
            return self._setup.hub, MIRROR_ENDPOINT
        return self._setup.esme, 1

    def fuel_of(self, packet: Packet) -> Fuel | None:
        """Tell which meter a packet is about, by who sent it; None: about none."""
        if packet.source == self._setup.esme:
            return Fuel.ELECTRICITY
        is_mirror = packet.source_endpoint == MIRROR_ENDPOINT
        return Fuel.GAS if packet.source == self._setup.hub and is_mirror else None

    def face(self) -> tuple[str, ...]:
        """Return a line for each fuel that something is known of."""
        return tuple(_line(fuel, self.readings[fuel]) for fuel in Fuel if fuel in self.readings)

    def update(self, fuel: Fuel, now: Instant, **changes: int) -> None:
        """Take over values of a fuel."""
        old = self.readings.get(fuel, Reading())
        self.readings[fuel] = replace(old, updated_at=now, **changes)

    def _take(self, packet: Packet, now: Instant) -> None:
        fuel = self.fuel_of(packet)
        if fuel is None:
            return
        values = _values(packet)
        if values is None:
            return
        self.reports_received += 1
        self.last_served_at = now
        known = {_SHOWN[key]: value for key, value in values.items() if key in _SHOWN}
        self.update(fuel, now, **known)

    def _reads(self, now: Instant) -> list[Output]:
        if self._setup.esme is None:
            return []
        # One frame and its answer: the credit is reported, for it seldom changes.
        read = self.sender.general(
            self._setup.esme,
            ClusterId.METERING,
            READ,
            direction=Direction.CLIENT_TO_SERVER,
            kind="read",
        )
        return self.send([read], now)

    def _plan(self, start: Instant) -> Rounds:
        setup, rounds = self._setup, Rounds()
        rounds.every(READS, setup.reads_interval_us, start)
        rounds.every(
            LINK_STATUS,
            setup.link_status_interval_us,
            after(start, setup.link_status_interval_us or 0),
        )
        return rounds


_SHOWN: dict[tuple[int, int], str] = {
    (ClusterId.METERING, Meter.CURRENT_SUMMATION_DELIVERED): "register",
    (ClusterId.METERING, Meter.INSTANTANEOUS_DEMAND): "demand",
    (ClusterId.METERING, Meter.SUPPLY_STATUS): "supply",
    (ClusterId.PREPAYMENT, Credit.CREDIT_REMAINING): "credit_pence",
    (ClusterId.PREPAYMENT, Credit.EMERGENCY_CREDIT_REMAINING): "emergency_pence",
}


def _values(packet: Packet) -> dict[tuple[int, int], int] | None:
    """The whole numbers in a report or a read response; None when the packet is neither."""
    try:
        frame = zcl.decode(packet.payload)
        if frame.frame_type is not FrameType.GENERAL:
            return None
        command = zcl_general.decode(frame)
    except DecodeError:
        return None
    match command:
        case ReportAttributes(attributes=reported):
            found = [(one.id, one.typed) for one in reported]
        case ReadAttributesResponse(results=results):
            found = [(one.id, one.typed) for one in results if one.typed is not None]
        case _:
            return None
    return {
        (packet.cluster, number): typed.value
        for number, typed in found
        if isinstance(typed.value, int)
    }


def _line(fuel: Fuel, reading: Reading) -> str:
    unit = "kWh" if fuel is Fuel.ELECTRICITY else "m3"
    parts = [fuel.value]
    if reading.register is not None:
        whole, thousandths = divmod(reading.register, THOUSANDTHS)
        parts.append(f"{whole}.{thousandths:03} {unit}")
    if reading.credit_pence is not None:
        parts.append(f"credit {pounds(reading.credit_pence)}")
    if reading.supply is not None:
        parts.append(f"supply {SUPPLY_WORDS.get(reading.supply, '?')}")
    return "  ".join(parts)

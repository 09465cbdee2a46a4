"""The communications hub: ZigBee coordinator and trust centre, WAN modem, and gas mirror.

Sources: Liberty 100 manual for the Skyline-i 510 (GPRS WAN, ZigBee HAN, stores a gas mirror,
forwards commands, handles alerts); how it forwards is modelled [M] (domain.md 10.3, 10.8).

    head-end ──envelope──> transport MAC ──┬── for the hub itself: cancel, list, clear ──> answer
                                           ├── for a meter that listens ──> segments at once
                                           └── for a meter that sleeps ──> mirror ──poll──> segments
    meter ──segments──> reassembled ──> up the WAN, unchanged
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from typing_extensions import override

from hanbench.emulator.device import Device, Output, Packet, Transmission, WanSend
from hanbench.emulator.events import HanChanged, Recorder, Restarted
from hanbench.emulator.fates import CarryFate, Cause, Leg
from hanbench.emulator.hub import mirror_access
from hanbench.emulator.hub.clusters import HubClusters
from hanbench.emulator.hub.downlink import Downlink
from hanbench.emulator.hub.downlinks import Downlinks, DownlinkSetup
from hanbench.emulator.hub.esi_services import EsiContent
from hanbench.emulator.hub.gas_mirror import GasMirror, Held, MirrorParameters
from hanbench.emulator.hub.han_side import HubHan, ToSend
from hanbench.emulator.hub.image_server import NOTICE_AFTER_US, NOTICE_EVERY_US
from hanbench.emulator.hub.membership import HubMembership
from hanbench.emulator.hub.wan_side import (
    BAD_FORMAT,
    NOT_RETRIEVED,
    UNAUTHORISED_ACCESS,
    HubWan,
    WanSetup,
)
from hanbench.emulator.instant import START, Instant, after
from hanbench.emulator.model import HubParameters
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.node.stack import Stack
from hanbench.emulator.node.trust_centre.join_table import JoinTable, Member, MemberKind
from hanbench.emulator.node.trust_centre.trust_centre import Who
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.emulator.rounds import Rounds
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol import hub_command, wan
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.hub_command import (
    EVERY_MESSAGE,
    CancelBuffered,
    ClearBuffered,
    HubAnswer,
    HubCommand,
    ListBuffered,
    LogDevice,
    UnlogDevice,
)
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import KeyStore, KeyUsage
from hanbench.protocol.wan import Envelope, EnvelopeKind
from hanbench.protocol.zigbee.clusters.security_policy import SecurityPolicy

EXPIRY = "mirror-expiry"
TUNNELS = "tunnels"
IMAGES = "image-notices"
PAGES = "image-pages"
NOTHING_HELD = EsiContent()
LINK_STATUS = "link-status"
LOST = "lost-with-a-mirror"
RETRY = "retry:"


def _nobody(eui64: Eui64) -> tuple[str, MemberKind]:
    return f"{eui64:016x}", MemberKind.THIRD_PARTY


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSetup:
    """The collaborators of a hub and the parameters of its model."""

    installation: str
    stack: Stack
    keys: KeyStore
    head_ends: tuple[Eui64, ...]
    """Those that may command; the first is in charge at the start."""
    members: tuple[Member, ...]
    mirror: MirrorParameters
    make_mirror: type[GasMirror] = GasMirror
    record: Recorder
    carry: CarryFate
    policy: SecurityPolicy
    utc_s: Callable[[Instant], int]
    """Unix seconds at an instant: the time that it serves."""
    model: str = "skyline-i-510"
    manufacturer: str = "Secure"
    link_status_interval_us: int | None = None
    """None: never."""
    node: NodeObject | None = None
    """The management of its node; None without frames."""
    esi: EsiContent = NOTHING_HELD
    """What the head-end has put there before the home begins."""
    who: Who = _nobody
    """Name and kind of whoever joins."""


def mirror_parameters(model: HubParameters) -> MirrorParameters:
    """Return how a hub of this model keeps its mirror."""
    return MirrorParameters(
        order=model.mirror_order,
        expiry_us=model.mirror_expiry_us,
        capacity=model.mirror_capacity,
        memory=model.mirror_memory,
        is_cancel_honest=model.is_cancel_honest,
    )


class CommsHub(Device):
    """A communications hub."""

    def __init__(self, name: str, eui64: Eui64, *, setup: HubSetup) -> None:
        super().__init__(name, eui64)
        self._setup = setup
        self.stack = setup.stack
        self.joined = JoinTable(setup.members)
        self.wan = HubWan(
            WanSetup(
                name=name,
                eui64=eui64,
                installation=setup.installation,
                keys=setup.keys,
                head_ends=setup.head_ends,
                record=setup.record,
            )
        )
        self.membership = HubMembership(
            self.joined, setup.node, setup.who, self._raise, self._note_change
        )
        sender = ZclSender(eui64, setup.policy)
        self._downlinks = Downlinks(self._downlink_setup(sender), self.joined)
        clusters = HubClusters(setup.utc_s, setup.model, setup.manufacturer)
        clusters.esi.provision(setup.esi)
        self.han = HubHan(self.joined, clusters, sender, self._downlinks)
        self.membership.watch(self._downlinks.joined, self._gone)
        self._rounds = self._plan(START)
        self.deadline = self._rounds.next

    @property
    def mirror(self) -> GasMirror | None:
        """The gas mirror; None in a home without a gas meter."""
        return self._downlinks.mirror

    @property
    def head_end_in_charge(self) -> Eui64:
        """Where unasked alerts go."""
        return self.wan.in_charge

    def put_in_charge(self, head_end: Eui64) -> None:
        """Send unasked alerts to this head-end from now on (an account move, domain.md 10.8)."""
        self.wan.in_charge = head_end

    def receive_wan(self, octets: bytes, now: Instant) -> list[Output]:
        """Take an envelope from the WAN modem."""
        envelope, alerts = self.wan.open(octets, now)
        if envelope is None:
            return [*alerts]
        if envelope.target == self.eui64:
            return self._armed(self._for_hub(envelope, now))
        link = self._downlinks.of(envelope.target)
        if link is None or envelope.kind is not EnvelopeKind.INSTRUCTION:
            self.wan.log(UNAUTHORISED_ACCESS, f"no meter takes this {envelope.kind.words}", now)
            return []
        return self._armed(self._for_meter(link, envelope, octets, now))

    def polled(self, child: Eui64, now: Instant) -> list[Output]:
        """Hand out at most one frame to a child that polls."""
        return self._downlinks.polled(child, now)

    def has_pending(self, child: Eui64, now: Instant) -> bool:
        """Whether anything waits for a child: the pending bit when its poll is acknowledged."""
        return self._downlinks.has_pending(child, now)

    def awaits(self, transmission: Transmission) -> bool:
        """Whether the hub wants to be told what became of a transmission."""
        return self._downlinks.awaits(transmission)

    def sent(self, transmission: Transmission, now: Instant, *, is_delivered: bool) -> list[Output]:
        """Take the radio's report about a transmission that was awaited."""
        return self._armed(self._downlinks.sent(transmission, now, is_delivered=is_delivered))

    @override
    def receive(self, transmission: Transmission, now: Instant) -> list[Output]:
        received = self._setup.stack.receive(transmission, now)
        outputs: list[Output] = list(received.forward)
        for packet in received.packets:
            is_behind_router = transmission.sender != packet.source
            self._downlinks.heard(packet.source, now, is_behind_router=is_behind_router)
            for to_send in self.han.take(packet, now):
                outputs += self._transmissions(to_send, now)
        for child in received.acknowledged_by:
            outputs += self._downlinks.acknowledged(child, now)
        outputs += self._downlinks.push(now)
        return self._armed(outputs)

    @override
    def wake(self, now: Instant) -> list[Output]:
        outputs: list[Output] = []
        for job in self._rounds.take_due(now):
            if job == LINK_STATUS:
                outputs += self._setup.stack.link_status(now)
            elif job == EXPIRY:
                outputs += self._not_retrieved(self.mirror.expire(now) if self.mirror else (), now)
            elif job == LOST:
                outputs += self._not_retrieved(self._downlinks.take_lost(), now)
            elif job == IMAGES:
                outputs += self.tell(self.han.publisher.image_notices(), now)
            elif job == PAGES:
                outputs += self.tell(self.han.publisher.image_blocks(now), now)
            elif job == TUNNELS:
                outputs += self.tell(self.han.closed_tunnels(now), now)
            else:
                outputs += self._downlinks.retry(job.removeprefix(RETRY), now)
        return self._armed(outputs)

    @override
    def restart(self, now: Instant, because: str) -> list[Output]:
        self._setup.record(Restarted(now, self._setup.installation, self.name, because))
        self._setup.stack.restart(now)
        self.han.restart()
        self._downlinks.restart(now)
        self._rounds = self._plan(now)
        return self._armed([])

    def clock_jumped(self, by_us: int) -> None:
        """Take its clock to be `by_us` ahead of what it was: what waits may have to go sooner."""
        if self.mirror is not None:
            self.mirror.clock_jumped(by_us)
        self._armed([])

    def clock_drifted(self, by_us: int, now: Instant) -> None:
        """Take its clock to have gained `by_us` little by little."""
        if self.mirror is not None:
            self.mirror.clock_drifted(by_us, now)
        self._armed([])

    def tell(self, packets: Iterable[Packet], now: Instant) -> list[Output]:
        """Send what `han.publisher` has for the devices of the home."""
        stack = self._setup.stack
        return self._armed([sent for packet in packets for sent in stack.send(packet, now)])

    def face(self) -> tuple[str, ...]:
        """Return what its lights tell: how much waits in the gas mirror."""
        waiting = len(self.mirror.waiting) if self.mirror is not None else 0
        return (f"{waiting} waiting in the gas mirror",)

    def _for_hub(self, envelope: Envelope, now: Instant) -> list[Output]:
        if envelope.kind is not EnvelopeKind.HUB_COMMAND:
            self.wan.log(UNAUTHORISED_ACCESS, f"the hub takes no {envelope.kind.words}", now)
            return []
        try:
            command = hub_command.decode_command(envelope.payload)
        except DecodeError as error:
            self.wan.log(BAD_FORMAT, str(error), now)
            return []
        answer, outputs = self._obey(command, now)
        return [*outputs, self.wan.answer(envelope, answer)]

    def _obey(self, command: HubCommand, now: Instant) -> tuple[HubAnswer, list[Output]]:
        match command:
            case LogDevice(device=device, window_s=window_s, install_code=code):
                is_test = self._setup.keys.key(self.eui64, KeyUsage.NETWORK).is_test_material
                return self.membership.add(device, code, window_s, now, is_test=is_test)
            case UnlogDevice(device):
                return self.membership.drop(device, now)
            case _:
                return self._obey_mirror(command, now), []

    def _obey_mirror(
        self, command: CancelBuffered | ListBuffered | ClearBuffered, now: Instant
    ) -> HubAnswer:
        match command:
            case ListBuffered(target=target):
                return mirror_access.buffered(self._downlinks.mirror_of(target))
            case CancelBuffered(target=target):
                return mirror_access.cancel(self._downlinks.mirror_of(target), command, now)
            case ClearBuffered():
                everything = CancelBuffered(self.eui64, EVERY_MESSAGE)
                return mirror_access.cancel(self.mirror, everything, now)

    def _raise(self, code: int, text: str, now: Instant) -> list[Output]:
        return [*self.wan.alert(code, text, self.wan.in_charge, now)]

    def _for_meter(
        self, link: Downlink, envelope: Envelope, octets: bytes, now: Instant
    ) -> list[Output]:
        held = Held(
            message_id=envelope.message_id,
            octets=octets,
            stored_at=now,
            available_from=now,
            originated=envelope.originator_counter,
            cause=Cause(link.member.name, envelope.message_id, Leg.REQUEST),
        )
        return self._downlinks.order(link, held, now)

    def _gone(self, eui64: Eui64, now: Instant) -> None:
        had_mirror = self._downlinks.mirror_of(eui64) is not None
        self._downlinks.gone(eui64, now)
        if had_mirror:
            self.han.clusters.restart()
        self._armed([])

    def _note_change(self, change: str, device: Eui64, now: Instant) -> None:
        name, _kind = self._setup.who(device)
        self._setup.record(HanChanged(now, self._setup.installation, name, change))

    def _not_retrieved(self, lost: Iterable[Held], now: Instant) -> list[Output]:
        """Tell the head-ends of envelopes that no meter fetched."""
        outputs: list[Output] = []
        for held in lost:
            text = f"message {held.message_id}"
            outputs += self.wan.alert(NOT_RETRIEVED, text, self._head_end_of(held), now)
        return outputs

    def _head_end_of(self, held: Held) -> Eui64:
        try:
            return wan.decode(held.octets).originator
        except DecodeError:
            return self.wan.in_charge

    def _transmissions(self, to_send: ToSend, now: Instant) -> list[Output]:
        if isinstance(to_send, WanSend):
            return [to_send]
        return list(self._setup.stack.send(to_send, now))

    def _downlink_setup(self, sender: ZclSender) -> DownlinkSetup:
        setup = self._setup
        return DownlinkSetup(
            hub=self.name,
            installation=setup.installation,
            stack=setup.stack,
            sender=sender,
            mirror=setup.mirror,
            record=setup.record,
            carry=setup.carry,
            make_mirror=setup.make_mirror,
            mirrors_held=self._mirrors_held,
            retry_at=lambda name, at: self._rounds.once(f"{RETRY}{name}", at),
        )

    def _mirrors_held(self, count: int) -> None:
        if self._setup.node is not None:
            self._setup.node.server.offer(MIRROR_ENDPOINT, exists=count > 0)

    def _plan(self, now: Instant) -> Rounds:
        rounds, interval_us = Rounds(), self._setup.link_status_interval_us
        rounds.every(LINK_STATUS, interval_us, after(now, interval_us or 0))
        if self._setup.esi.images:
            rounds.every(IMAGES, NOTICE_EVERY_US, after(now, NOTICE_AFTER_US))
        return rounds

    def _armed(self, outputs: list[Output]) -> list[Output]:
        self._rounds.once(EXPIRY, self.mirror.next_expiry if self.mirror else None)
        self._rounds.once(LOST, self._downlinks.lost_at)
        self._rounds.once(TUNNELS, self.han.tunnels.deadline)
        self._rounds.once(PAGES, self.han.clusters.esi.images.deadline)
        self.deadline = self._rounds.next
        return outputs

"""The ways down from a hub to its meters: made when a meter joins, gone when it leaves.

Sources: ZigBee Smart Energy Standard (07-5356) section D.3 (Request Mirror, Remove Mirror), as
collected in han.md section 6. How many mirrors a hub has room for, and that it drops one whose
meter has left, are modelled [M].

    a meter that listens joins ──> way
    a meter that sleeps joins ──Request Mirror──> way with a mirror ──Remove Mirror, left──> gone
                                      └── none is free ──> FFFF: no way down, it asks again
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from hanbench.emulator.device import Output, Packet, Transmission
from hanbench.emulator.events import HanChanged, LogWritten, Recorder
from hanbench.emulator.fates import CarryFate, Moment, Phase
from hanbench.emulator.hub.downlink import THROUGH_US, Downlink
from hanbench.emulator.hub.gas_mirror import GasMirror, Held, MirrorParameters
from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.node.stack import Stack
from hanbench.emulator.node.trust_centre.join_table import JoinTable, Member, MemberKind
from hanbench.emulator.wan import as_delivered
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.identifiers import Eui64

NO_MIRROR = 0xFFFF
"""The endpoint that stands for none (SE D.3)."""
RETRY_US = 5 * SECOND_US
"""How long after a failed transmission a listening meter is tried again, once [M]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownlinkSetup:
    """What a hub gives to its ways down."""

    hub: str
    installation: str
    stack: Stack
    sender: ZclSender
    mirror: MirrorParameters
    record: Recorder
    carry: CarryFate
    mirrors_held: Callable[[int], None] = lambda _: None
    """Told how many mirrors there are: the endpoint of one comes and goes with it."""
    retry_at: Callable[[str, Instant], None]
    """Asks to be called by `retry` for the meter of this name."""
    make_mirror: type[GasMirror] = GasMirror


class Downlinks:
    """The ways down to the meters of one HAN. One mirror stands for the one gas meter [M]."""

    def __init__(self, setup: DownlinkSetup, joined: JoinTable) -> None:
        self.lost: list[Held] = []
        """What waited for a meter that has left: its head-ends have not been told yet."""
        self.lost_at: Instant | None = None
        self.sleeper: Downlink | None = None
        """The way to the meter that has the mirror."""
        self._setup = setup
        self._links: dict[Eui64, Downlink] = {}
        self._awaited: dict[Eui64, Transmission] = {}
        setup.mirrors_held(0)
        for member in joined.members:
            if member.kind is MemberKind.GSME and self.sleeper is None:
                self._open_mirror(member)
            else:
                self.joined(member)

    @property
    def mirror(self) -> GasMirror | None:
        """The gas mirror; None in a home without a gas meter."""
        return None if self.sleeper is None else self.sleeper.mirror

    def of(self, eui64: Eui64) -> Downlink | None:
        """Return the way to a meter; None: it has none."""
        return self._links.get(eui64)

    def mirror_of(self, eui64: Eui64) -> GasMirror | None:
        """Return the mirror of a meter; None: it has none."""
        link = self._links.get(eui64)
        return None if link is None else link.mirror

    def joined(self, member: Member) -> None:
        """Open the way to a meter that listens; one that sleeps asks for a mirror."""
        if member.kind is MemberKind.ESME and member.eui64 not in self._links:
            self._links[member.eui64] = Downlink(member, self._setup.sender, None)

    def request_mirror(self, member: Member, now: Instant) -> int:
        """Return the endpoint of a meter's mirror, which it may have had; `NO_MIRROR`: none."""
        if member.kind is not MemberKind.GSME or self.sleeper not in (None, self.of(member.eui64)):
            self._note(member.name, "mirror-refused", now)
            return NO_MIRROR
        if self.sleeper is None:
            self._open_mirror(member)
            self._note(member.name, "mirror-opened", now)
        return MIRROR_ENDPOINT

    def remove_mirror(self, eui64: Eui64, now: Instant) -> int:
        """Take a mirror back; return its endpoint, or `NO_MIRROR` if there was none."""
        if self.mirror_of(eui64) is None:
            return NO_MIRROR
        self.gone(eui64, now)
        return MIRROR_ENDPOINT

    def gone(self, eui64: Eui64, now: Instant) -> None:
        """Close the way to a meter that has left; what waited for it is lost."""
        link = self._links.pop(eui64, None)
        self._awaited.pop(eui64, None)
        if link is None:
            return
        if link.mirror is not None:
            self.sleeper = None
            self._setup.mirrors_held(0)
            self.lost += link.mirror.clear(now)
            self.lost_at = now if self.lost else None
            self._note(link.member.name, "mirror-removed", now)

    def take_lost(self) -> list[Held]:
        """Return what was lost with a mirror since this was last asked."""
        lost, self.lost, self.lost_at = self.lost, [], None
        return lost

    def order(self, link: Downlink, held: Held, now: Instant) -> list[Output]:
        """Take a message for a meter."""
        if link.mirror is not None:
            self._store(link.mirror, held, now)
            return self.push(now)
        was_idle = link.is_idle
        if not link.enqueue(held):
            self._log(
                f"too many wait for {link.member.name}: message {held.message_id} dropped", now
            )
        return self._send_next(link, now) if was_idle else []

    def polled(self, child: Eui64, now: Instant) -> list[Output]:
        """Hand out at most one frame to a child that polls."""
        link = self._links.get(child)
        if link is None or child in self._awaited:
            return []
        return self._send_next(link, now)

    def has_pending(self, child: Eui64, now: Instant) -> bool:
        """Whether anything waits for a child."""
        link = self._links.get(child)
        return link is not None and link.has_more(now)

    def awaits(self, transmission: Transmission) -> bool:
        """Whether the hub wants to be told what became of a transmission."""
        return any(awaited is transmission for awaited in self._awaited.values())

    def sent(self, transmission: Transmission, now: Instant, *, is_delivered: bool) -> list[Output]:
        """Take the radio's report about a transmission that was awaited."""
        for child, awaited in self._awaited.items():
            if awaited is transmission:
                del self._awaited[child]
                return self._reported(self._links[child], now, is_delivered=is_delivered)
        return []  # forgotten by a restart, or with its meter

    def heard(self, eui64: Eui64, now: Instant, *, is_behind_router: bool) -> None:
        """Note that a meter has sent something."""
        link = self._links.get(eui64)
        if link is not None:
            link.heard(now, is_behind_router=is_behind_router)

    def acknowledged(self, eui64: Eui64, now: Instant) -> list[Output]:
        """Take that a meter itself has acknowledged a segment; one that listens gets the next."""
        link = self._links.get(eui64)
        if link is None or link.acknowledged_by() is None:
            return []
        link.acknowledged(now)
        return [] if link.mirror is not None else self._send_next(link, now)

    def push(self, now: Instant) -> list[Output]:
        """Send a segment to a meter that sleeps behind a router, while it is awake."""
        packet = None if self.sleeper is None else self.sleeper.push(now)
        return [] if packet is None else [*self._setup.stack.send(packet, now)]

    def retry(self, name: str, now: Instant) -> list[Output]:
        """Try a listening meter again, unless it has left."""
        for link in self._links.values():
            if link.member.name == name and link.member.eui64 not in self._awaited:
                return self._retry(link, now)
        return []

    def restart(self, now: Instant) -> None:
        """Forget what was on its way."""
        self._awaited.clear()
        for link in self._links.values():
            link.restart()
            if link.mirror is not None:
                link.mirror.restart(now)

    def _open_mirror(self, member: Member) -> None:
        setup = self._setup
        mirror = setup.make_mirror(member.name, setup.mirror, setup.installation, setup.record)
        self.sleeper = self._links[member.eui64] = Downlink(member, setup.sender, mirror)
        setup.mirrors_held(1)

    def _note(self, device: str, change: str, now: Instant) -> None:
        self._setup.record(HanChanged(now, self._setup.installation, device, change, ""))

    def _store(self, mirror: GasMirror, held: Held, now: Instant) -> None:
        moment = Moment(
            installation=self._setup.installation,
            phase=Phase.MIRROR,
            cause=held.cause,
            at=now,
            sender=self._setup.hub,
            receiver=mirror.device,
            kind="mirror",
        )
        deliveries = self._setup.carry(moment)
        if not deliveries:
            mirror.lose(held.message_id, now)
        for one in deliveries:
            octets = as_delivered(held.octets, one)
            copy = replace(held, octets=octets, available_from=after(now, one.delay_us))
            mirror.store(copy, now)

    def _retry(self, link: Downlink, now: Instant) -> list[Output]:
        due = link.acknowledged_by()
        if due is None:
            return self._send_next(link, now)
        if now < due:
            self._setup.retry_at(link.member.name, due)
            return []
        link.not_acknowledged()
        return self._failed(link, now)

    def _send_next(self, link: Downlink, now: Instant) -> list[Output]:
        packet = link.next_packet(now)
        if packet is None:
            return []
        if link.mirror is None and not self._setup.stack.reaches_directly(link.member.eui64):
            return self._send_through(link, packet, now)
        transmissions = self._setup.stack.send(packet, now)
        if not transmissions:
            link.give_up()
            return []
        self._awaited[link.member.eui64] = transmissions[-1]
        return list(transmissions)

    def _send_through(self, link: Downlink, packet: Packet, now: Instant) -> list[Output]:
        """Send a segment over routers: of the meter itself the radio tells nothing then.

        There may be no route yet: the frame waits for one, and nothing goes out now.
        """
        link.sent_through(now)
        self._setup.retry_at(link.member.name, after(now, THROUGH_US))
        return [*self._setup.stack.send(packet._replace(wants_ack=True), now)]

    def _reported(self, link: Downlink, now: Instant, *, is_delivered: bool) -> list[Output]:
        if is_delivered:
            link.delivered(now)
        if link.mirror is not None:
            return []  # the next poll asks for the next segment, or for this one again
        return self._send_next(link, now) if is_delivered else self._failed(link, now)

    def _failed(self, link: Downlink, now: Instant) -> list[Output]:
        name = link.member.name
        if link.start_again():
            self._setup.retry_at(name, after(now, RETRY_US))
            return []
        self._log(f"{name} did not take message {link.give_up()}", now)
        return self._send_next(link, now)

    def _log(self, text: str, now: Instant) -> None:
        setup = self._setup
        setup.record(LogWritten(now, setup.installation, setup.hub, "event", "", text))

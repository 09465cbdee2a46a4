"""The HAN as a medium: who hears whom, MAC acknowledgements and retries, and the polls.

Source: IEEE 802.15.4-2011 sections 5.1.1.4 (CSMA-CA), 5.1.6.4 (acknowledgements and retries), 9.3
(2.4 GHz timing) [M]. The medium does what a radio chip does by itself; a frame is a fault point
only if it belongs to an Instruction. One frame is on the air at a time: a backoff is a fixed wait
[M].
"""

from collections.abc import Callable, Mapping

from hanbench.emulator.device import Poll, Transmission
from hanbench.emulator.events import FrameSent, PacketPassed, Recorder
from hanbench.emulator.fates import AS_SENT, LOST, CarryFate, Delivery, Moment, Phase, undisturbed
from hanbench.emulator.instant import Instant, after
from hanbench.emulator.mac_tries import DELIVERED, TRIES_MAX, UNACKNOWLEDGED, Try, tries_for
from hanbench.emulator.node.neighbourhood import Neighbourhood
from hanbench.protocol import ieee802154, ieee802154_commands
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress, format_eui64
from hanbench.protocol.ieee802154 import FrameType, MacFrame

REPORT = "report"
"""The frame kind of an attribute report. Routing goes on under a silence, or all would be cut."""
OCTET_US = 32
PHY_OCTETS = 6
"""Preamble, start of frame, length."""
TURNAROUND_US = 192
ACK_WAIT_US = 864
BACKOFF_US = 1120
"""The mean first backoff: half of 7 periods of 320 us [M]."""
HEADER_OCTETS = 62
"""What the layers add to a payload; the airtime of a packet that is carried unencoded."""
EVERYBODY = "*"

IsListening = Callable[[Eui64], bool]
Arrival = tuple[Instant, Eui64, Transmission]


class Han:
    """The radio channel of one Installation."""

    def __init__(
        self,
        installation: str,
        *,
        neighbourhood: Neighbourhood,
        record: Recorder,
        carry: CarryFate = undisturbed,
        is_encoded: bool = True,
        out_of_range: tuple[frozenset[Eui64], ...] = (),
        shows_idle_polls: bool = True,
    ) -> None:
        self.counts: dict[str, int] = {}
        """Frames (or packets, when unencoded) on the air by kind, retries and acks included."""
        self._installation = installation
        self._pan = neighbourhood.pan
        self._link_costs = neighbourhood.link_costs
        known = (*neighbourhood.addresses, *neighbourhood.strangers)
        self._names: Mapping[Eui64, str] = {a.eui64: a.name for a in known}
        self._shorts = {a.eui64: a.short for a in neighbourhood.addresses}
        self._record = record
        self._carry = carry
        self._is_encoded = is_encoded
        self._out_of_range = dict.fromkeys(out_of_range)
        self._shows_idle_polls = shows_idle_polls
        """Whether a poll that fetches nothing is on the air: it is steady traffic."""
        self._partitioned: dict[Eui64, Instant | None] = {}
        self._silent: dict[Eui64, Instant | None] = {}
        self._free_at = Instant(0)
        self._poll_acks_lost: dict[Eui64, int] = {}

    def transmit(
        self,
        transmission: Transmission,
        now: Instant,
        is_listening: IsListening,
        *,
        has_pending: bool = False,
        is_tuned: bool = True,
    ) -> list[Arrival]:
        """Send one frame, with the retries that it takes, and return who receives it when.

        `has_pending` is what the acknowledgement of a data request says. One that is not `is_tuned`
        is on another PAN, and acknowledges nothing.
        """
        start = self._start(now)
        if transmission.receiver is None:
            return self._broadcast(transmission, start, now, is_listening)
        tries = (Try("lost"),) * TRIES_MAX
        if is_tuned:
            tries = self._tries(transmission, transmission.receiver, now, is_listening)
        if self._is_encoded:
            return self._unicast(
                transmission, transmission.receiver, start, tries, has_pending=has_pending
            )
        return self._pass(transmission, transmission.receiver, start, tries)

    def poll(
        self,
        poll: Poll,
        now: Instant,
        *,
        has_pending: bool,
        is_on: bool = True,
        addresses: tuple[ShortAddress, ShortAddress] | None = None,
        pan: PanId | None = None,
        next_sequence: Callable[[], int] = lambda: 0,
    ) -> bool:
        """Send a child's data request; return whether its parent was reached.

        `has_pending` is the parent's answer in the acknowledgement: stay awake, a frame follows.
        One that is not `is_on` answers nothing. `addresses` are the short ones of child and parent,
        `pan` is the child's: who joined or moved since the home was provisioned has others.
        """
        is_reached = is_on and self._hears(poll.child, poll.parent, now)
        is_reached = is_reached and not self._is_silent(poll.child, now)
        lost = min(self._poll_acks_lost.pop(poll.child, 0), TRIES_MAX) if is_reached else 0
        is_answered = is_reached and lost < TRIES_MAX
        if not self._is_encoded or not (has_pending or lost or self._shows_idle_polls):
            return is_answered
        transmission = Transmission(
            sender=poll.child,
            receiver=poll.parent,
            frame=self._data_request(poll, addresses, pan, next_sequence()),
            frame_kind="poll",
        )
        tries = (Try("lost"),) * TRIES_MAX
        if is_reached:
            tries = (UNACKNOWLEDGED,) * lost + (DELIVERED,) * is_answered
        self._unicast(transmission, poll.parent, self._start(now), tries, has_pending=has_pending)
        return is_answered

    def lose_poll_acks(self, child: Eui64, count: int) -> None:
        """Lose so many acknowledgements of a child's next poll.

        After four the radio gives it up, though its parent has heard it.
        """
        self._poll_acks_lost[child] = count

    def is_in_reach(self, poll: Poll, now: Instant) -> bool:
        """Whether a child's poll would be heard by its parent, if that is on."""
        return self._hears(poll.child, poll.parent, now)

    def partition(self, device: Eui64, until: Instant | None) -> None:
        """Cut a device off: it hears nobody and nobody hears it, until then or until healed."""
        self._partitioned[device] = until

    def heal(self, device: Eui64) -> None:
        """End the partition of a device."""
        self._partitioned.pop(device, None)

    def silence(self, device: Eui64, until: Instant | None) -> None:
        """Lose what a device sends by itself, until then or for good: its reports, its polls."""
        self._silent[device] = until

    def move(self, device: Eui64, other: Eui64, *, hears: bool) -> None:
        """Take two devices out of each other's range, or bring them back."""
        if hears:
            self._out_of_range.pop(frozenset((device, other)), None)
        else:
            self._out_of_range[frozenset((device, other))] = None

    def _start(self, now: Instant) -> Instant:
        return max(after(now, BACKOFF_US), self._free_at)

    def _at(self, hearer: Eui64, sent: Transmission) -> Transmission:
        """Return a frame as one hearer's radio gets it: with what its link quality is worth."""
        if not self._link_costs:
            return sent
        cost = self._link_costs.get(frozenset((sent.sender, hearer)))
        return sent if cost is None else sent._replace(link_cost=cost)

    def _hears(self, sender: Eui64, receiver: Eui64, now: Instant) -> bool:
        if receiver not in self._names:
            return False  # whom a forged frame made up
        if self.is_cut_off(sender, now) or self.is_cut_off(receiver, now):
            return False
        return not self._out_of_range or frozenset((sender, receiver)) not in self._out_of_range

    def is_cut_off(self, device: Eui64, now: Instant) -> bool:
        """Whether a partition keeps a device from being heard."""
        if device not in self._partitioned:
            return False
        until = self._partitioned[device]
        return until is None or now < until

    def _is_unheard(self, transmission: Transmission, now: Instant) -> bool:
        is_steady = transmission.cause is None and transmission.frame_kind == REPORT
        return is_steady and self._is_silent(transmission.sender, now)

    def _is_silent(self, device: Eui64, now: Instant) -> bool:
        if not self._silent or device not in self._silent:
            return False
        until = self._silent[device]
        return until is None or now < until

    def cut_off_for_us(self, device: Eui64, now: Instant) -> int | None:
        """Return how long a partition of a device goes on: 0 if there is none, None if for good."""
        until = self._partitioned.get(device, now)
        return None if until is None else max(0, until - now)

    def _copies(self, transmission: Transmission, now: Instant) -> tuple[Delivery, ...]:
        if transmission.cause is None:
            return LOST if self._silent and self._is_unheard(transmission, now) else AS_SENT
        moment = Moment(
            installation=self._installation,
            phase=Phase.HAN,
            cause=transmission.cause,
            at=now,
            sender=self._names[transmission.sender],
            receiver=self._name(transmission.receiver),
            kind=transmission.frame_kind,
        )
        return self._carry(moment)

    def _tries(
        self, transmission: Transmission, receiver: Eui64, now: Instant, is_listening: IsListening
    ) -> tuple[Try, ...]:
        """Say how often a unicast frame is sent and what becomes of each."""
        if not self._hears(transmission.sender, receiver, now):
            return (Try("lost"),) * TRIES_MAX
        if self._silent and self._is_unheard(transmission, now):
            return (Try("lost"),) * TRIES_MAX
        if not is_listening(receiver):
            return (Try("asleep"),) * TRIES_MAX
        copies = self._copies(transmission, now)
        if copies == AS_SENT:
            return (DELIVERED,)
        return tries_for(copies)

    def _unicast(
        self,
        transmission: Transmission,
        receiver: Eui64,
        start: Instant,
        tries: tuple[Try, ...],
        *,
        has_pending: bool = False,
    ) -> list[Arrival]:
        arrivals: list[Arrival] = []
        airtime_us = _airtime_us(len(transmission.frame))
        begins = start
        for attempt in tries:
            sent = _as_heard(transmission, attempt.fate)
            at = after(begins, attempt.delay_us)
            ends = after(at, airtime_us)
            self._note(at, sent, receiver, attempt.fate)
            if attempt.has_arrived:
                arrivals.append((ends, receiver, self._at(receiver, sent)))
                self._acknowledge(sent, receiver, ends, has_pending=has_pending, attempt=attempt)
            # A delay is spent in the sender's queue, so the channel stays free for others.
            begins = after(begins, airtime_us + ACK_WAIT_US + BACKOFF_US)
        self._free_at = after(begins, -BACKOFF_US)
        return arrivals

    def _acknowledge(
        self,
        sent: Transmission,
        receiver: Eui64,
        ends: Instant,
        *,
        has_pending: bool,
        attempt: Try,
    ) -> None:
        if attempt.fate == "corrupt":
            return
        # The sequence number stands behind the two octets of frame control.
        frame = ieee802154.acknowledgement(sent.frame[2], pending=has_pending)
        ack = Transmission(sender=receiver, receiver=sent.sender, frame=frame, frame_kind="ack")
        fate = "delivered" if attempt.is_acknowledged else "lost"
        self._note(after(ends, TURNAROUND_US), ack, sent.sender, fate)

    def _broadcast(
        self, transmission: Transmission, start: Instant, now: Instant, is_listening: IsListening
    ) -> list[Arrival]:
        copies = self._copies(transmission, now)
        hearers = [
            eui64
            for eui64 in self._names
            if eui64 != transmission.sender
            and self._hears(transmission.sender, eui64, now)
            and is_listening(eui64)
        ]
        octets = _octets(transmission)
        self._free_at = after(start, _airtime_us(octets))
        if not self._is_encoded:
            copies = tuple(copy for copy in copies if not copy.is_damaged)[:1]
        if not copies:
            self._note_any(start, transmission, None, "lost")
        arrivals: list[Arrival] = []
        for copy in copies:
            fate = "corrupt" if copy.is_damaged else "delivered"
            sent = _as_heard(transmission, fate)
            at = after(start, copy.delay_us)
            self._note_any(at, sent, None, fate)
            ends = after(at, _airtime_us(octets))
            arrivals += [(ends, hearer, self._at(hearer, sent)) for hearer in hearers]
        return arrivals

    def _pass(
        self,
        transmission: Transmission,
        receiver: Eui64,
        start: Instant,
        tries: tuple[Try, ...],
    ) -> list[Arrival]:
        """Carry a packet unencoded: what a retry mends or a counter would drop is not seen."""
        arrived = [attempt for attempt in tries if attempt.fate == "delivered"]
        if not arrived:
            return []
        airtime_us = _airtime_us(_octets(transmission))
        self._free_at = after(start, airtime_us + ACK_WAIT_US)
        self._note_any(start, transmission, receiver, "delivered")
        return [(after(start, arrived[0].delay_us + airtime_us), receiver, transmission)]

    def _note_any(self, at: Instant, sent: Transmission, receiver: Eui64 | None, fate: str) -> None:
        if self._is_encoded:
            self._note(at, sent, receiver, fate)
            return
        packet = sent.packet
        if fate == "lost" or packet is None:
            return
        self._count(sent.frame_kind)
        self._record(
            PacketPassed(
                at=at,
                installation=self._installation,
                sender=self._names[sent.sender],
                receiver=self._name(receiver),
                cluster=packet.cluster,
                payload=packet.payload,
                frame_kind=sent.frame_kind,
            )
        )

    def _note(self, at: Instant, sent: Transmission, receiver: Eui64 | None, fate: str) -> None:
        self._count(sent.frame_kind)
        self._record(
            FrameSent(
                at=at,
                installation=self._installation,
                sender=self._names[sent.sender],
                receiver=self._name(receiver),
                frame=sent.frame,
                frame_kind=sent.frame_kind,
                fate=fate,
            )
        )

    def _count(self, kind: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def _name(self, eui64: Eui64 | None) -> str:
        if eui64 is None:
            return EVERYBODY
        return self._names.get(eui64) or format_eui64(eui64)

    def _data_request(
        self,
        poll: Poll,
        addresses: tuple[ShortAddress, ShortAddress] | None,
        pan: PanId | None,
        sequence: int,
    ) -> bytes:
        child, parent = addresses or (self._shorts[poll.child], self._shorts[poll.parent])
        return ieee802154.encode(
            MacFrame(
                frame_type=FrameType.COMMAND,
                sequence=sequence,
                payload=ieee802154_commands.encode(ieee802154_commands.DataRequest()),
                target_pan=self._pan if pan is None else pan,
                target_short=parent,
                source_short=child,
                ack_request=True,
            )
        )


def _as_heard(transmission: Transmission, fate: str) -> Transmission:
    if fate != "corrupt":
        return transmission
    # One bit in the middle, which is payload in any frame that is worth damaging.
    damaged = bytearray(transmission.frame)
    damaged[len(damaged) // 2] ^= 0x01
    return Transmission(
        sender=transmission.sender,
        receiver=transmission.receiver,
        frame=bytes(damaged),
        frame_kind=transmission.frame_kind,
        cause=transmission.cause,
    )


def _octets(transmission: Transmission) -> int:
    if transmission.packet is None:
        return len(transmission.frame)
    return len(transmission.packet.payload) + HEADER_OCTETS


def _airtime_us(octets: int) -> int:
    return (octets + PHY_OCTETS) * OCTET_US

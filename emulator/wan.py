"""The WAN between the head-ends and one communications hub.

It carries HAN-WAN-M1 envelopes both ways after a latency, asks the fate function about each, and
writes down what passed in words. The real link is GPRS [S, domain.md 6.1]; its latency and its
jitter are parameters [M]. A cut link loses what is offered to it: nothing is stored and forwarded,
since a head-end that got no answer must find out for itself what happened.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from hanbench.emulator.events import Recorder, WanPassed
from hanbench.emulator.fates import LOST, CarryFate, Cause, Delivery, Moment, Phase
from hanbench.emulator.instant import Instant, after
from hanbench.protocol import answer, hub_command, instruction, wan
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, format_eui64
from hanbench.protocol.wan import Envelope, EnvelopeKind

FOR_GOOD = Instant(2**62)
"""Later than any run."""
UNREADABLE = "unreadable"
OVERTAKEN_BY_US = 1_000

Jitter = Callable[[int], int]
"""Extra microseconds for the n-th envelope of this WAN, drawn by whoever holds the seed."""
Reseal = Callable[[Envelope], bytes]
"""Writes an envelope with the MAC that its head-end and its target share."""
Arrival = tuple[Instant, bytes]


def no_jitter(number: int) -> int:  # noqa: ARG001  (the seam's shape)
    """Add nothing to the latency."""
    return 0


class Wan:
    """The link of one Installation."""

    def __init__(
        self,
        installation: str,
        latency_us: int,
        carry: CarryFate,
        record: Recorder,
        *,
        names: Mapping[Eui64, str] = MappingProxyType({}),
        jitter: Jitter = no_jitter,
        reseal: Reseal | None = None,
    ) -> None:
        self._installation = installation
        self._latency_us = latency_us
        self._carry = carry
        self._record = record
        self._names = names
        self._jitter = jitter
        self._reseal = reseal
        self._cut_until: Instant | None = None
        self._offered = 0
        self._overtaken: dict[str, list[tuple[bytes, Cause | None]]] = {}
        """By direction: what the next envelope overtakes. Without a next one it never arrives."""
        self.last_arrival_at = Instant(0)
        """When the last copy of what was offered so far arrives: nothing is under way after it."""

    def partition(self, until: Instant | None) -> None:
        """Cut the link until an instant; None: for good."""
        self._cut_until = FOR_GOOD if until is None else until

    def heal(self) -> None:
        """End a cut now."""
        self._cut_until = None

    def is_cut(self, now: Instant) -> bool:
        """Whether what is offered now is lost."""
        return self._cut_until is not None and now < self._cut_until

    def cut_for_us(self, now: Instant) -> int:
        """Return how long a cut goes on from now; 0 where there is none."""
        return 0 if self._cut_until is None else max(0, self._cut_until - now)

    def down(self, octets: bytes, cause: Cause | None, now: Instant) -> list[Arrival]:
        """Carry an envelope to the hub; return when each copy arrives."""
        return self._pass("down", octets, cause, now)

    def up(self, octets: bytes, cause: Cause | None, now: Instant) -> list[Arrival]:
        """Carry an envelope from the hub; return when each copy arrives."""
        return self._pass("up", octets, cause, now)

    def _pass(
        self, direction: str, octets: bytes, cause: Cause | None, now: Instant
    ) -> list[Arrival]:
        envelope = _read(octets)
        deliveries = self._fate(direction, envelope, cause, now)
        self._offered += 1
        transit_us = self._latency_us + self._jitter(self._offered)
        arrivals = [
            (after(now, transit_us + one.delay_us), as_delivered(self._sealed(octets, one), one))
            for one in deliveries
            if not one.is_overtaken
        ]
        self._note(direction, octets, envelope, cause, tuple(at - now for at, _ in arrivals), now)
        arrivals += self._overtaken_by(direction, arrivals, now)
        if any(one.is_overtaken for one in deliveries):
            self._overtaken.setdefault(direction, []).append((octets, cause))
        self.last_arrival_at = max([self.last_arrival_at, *(at for at, _ in arrivals)])
        return arrivals

    def _sealed(self, octets: bytes, copy: Delivery) -> bytes:
        """Return the octets as they left the head-end, damaged before it sealed them or not."""
        envelope = _read(octets) if copy.past_mac else None
        if envelope is None or self._reseal is None:
            return octets
        return self._reseal(replace(envelope, payload=corrupted(envelope.payload)))

    def _overtaken_by(self, direction: str, arrivals: list[Arrival], now: Instant) -> list[Arrival]:
        """Return what waited for another envelope to pass it, right behind that one."""
        if not arrivals:
            return []
        behind = after(max(at for at, _ in arrivals), OVERTAKEN_BY_US)
        waited = self._overtaken.pop(direction, [])
        for octets, cause in waited:
            self._note(direction, octets, _read(octets), cause, (behind - now,), now)
        return [(behind, octets) for octets, _ in waited]

    def _fate(
        self, direction: str, envelope: Envelope | None, cause: Cause | None, now: Instant
    ) -> tuple[Delivery, ...]:
        moment = Moment(
            installation=self._installation,
            phase=Phase.WAN,
            cause=cause,
            at=now,
            sender="head-end" if direction == "down" else "hub",
            receiver="hub" if direction == "down" else "head-end",
            kind=envelope.kind.words if envelope else UNREADABLE,
        )
        # The fate is asked even when the link is cut: the point was passed, and has its name.
        deliveries = self._carry(moment)
        return LOST if self.is_cut(now) else deliveries

    def _note(
        self,
        direction: str,
        octets: bytes,
        envelope: Envelope | None,
        cause: Cause | None,
        delays_us: tuple[int, ...],
        now: Instant,
    ) -> None:
        self._record(
            WanPassed(
                now,
                self._installation,
                direction,
                self._device(direction, envelope, cause),
                envelope.message_id if envelope else 0,
                envelope.kind.words if envelope else UNREADABLE,
                summarise(envelope) if envelope else UNREADABLE,
                len(delays_us),
                delays_us,
                octets,
            )
        )

    def _device(self, direction: str, envelope: Envelope | None, cause: Cause | None) -> str:
        if envelope is None:
            return cause.device if cause else UNREADABLE
        eui64 = envelope.target if direction == "down" else envelope.originator
        return self._names.get(eui64, format_eui64(eui64))


def as_delivered(octets: bytes, copy: Delivery) -> bytes:
    """Return the octets as this copy of them arrives."""
    cut = octets[: len(octets) // 2] if copy.truncated else octets
    return corrupted(cut) if copy.corrupt else cut


def corrupted(octets: bytes) -> bytes:
    """Return the octets with one bit in their middle flipped."""
    changed = bytearray(octets)
    if changed:
        changed[len(changed) // 2] ^= 0x01
    return bytes(changed)


def summarise(envelope: Envelope) -> str:
    """Say in words what an envelope carries: `rotate-sua-key`, `answer ACCEPTED`, `too-late`."""
    try:
        return _SUMMARIES[envelope.kind](envelope.payload)
    except DecodeError:
        return f"{envelope.kind.words}, {UNREADABLE}"


def _read(octets: bytes) -> Envelope | None:
    try:
        return wan.decode(octets)
    except DecodeError:
        return None


def _instruction(payload: bytes) -> str:
    return instruction.decode(instruction.decode_command(payload).instruction).type.words


def _answer(payload: bytes) -> str:
    return f"answer {answer.decode(payload).outcome.name}"


def _hub_command(payload: bytes) -> str:
    match hub_command.decode_command(payload):
        case hub_command.CancelBuffered(message_id=hub_command.EVERY_MESSAGE):
            return "cancel-buffered all"
        case hub_command.CancelBuffered(message_id=message_id):
            return f"cancel-buffered {message_id}"
        case hub_command.ListBuffered():
            return "list-buffered"
        case hub_command.ClearBuffered():
            return "clear-buffered"
        case hub_command.LogDevice(device=device):
            return f"log-device {device:016x}"
        case hub_command.UnlogDevice(device=device):
            return f"unlog-device {device:016x}"


def _hub_answer(payload: bytes) -> str:
    match hub_command.decode_answer(payload):
        case hub_command.Cancelled(count=count):
            return f"cancelled {count}"
        case hub_command.TooLate():
            return "too-late"
        case hub_command.NotFound():
            return "not-found"
        case hub_command.Buffered(message_ids=message_ids):
            return " ".join(["buffered", *map(str, message_ids)])
        case hub_command.Logged(is_new=is_new):
            return "logged" if is_new else "logged before"
        case hub_command.Unlogged():
            return "unlogged"
        case hub_command.BadInstallCode(field=field):
            return f"bad-install-code {field}"


def _alert(payload: bytes) -> str:
    alert = hub_command.decode_alert(payload)
    return f"alert {alert.code:04X} {alert.text}".rstrip()


_SUMMARIES: Mapping[EnvelopeKind, Callable[[bytes], str]] = MappingProxyType(
    {
        EnvelopeKind.INSTRUCTION: _instruction,
        EnvelopeKind.ANSWER: _answer,
        EnvelopeKind.HUB_COMMAND: _hub_command,
        EnvelopeKind.HUB_ANSWER: _hub_answer,
        EnvelopeKind.ALERT: _alert,
    }
)

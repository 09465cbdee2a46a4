"""The gas mirror of a communications hub: where Instructions wait for a meter that sleeps.

The Secure hub stores a gas mirror [S, domain.md 6.1] and UK gas meters wake about every 30 minutes
[S, 6.3], so each command for one is held here. Order, expiry, capacity and what survives a restart
are public nowhere: all four are parameters [M, domain.md 10.8], and the whole is a state machine
without time or I/O of its own.

    waiting ──first segment goes on the air──> begun ──last one arrived──> fetched
       └──cancel, expiry, loss──> gone           └──expiry, loss──> gone

"Cancelled" is a promise that the meter has no part of it, hence the middle state: what has begun
goes on, and is too late to cancel.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace

from hanbench.emulator.events import MirrorChanged, Recorder
from hanbench.emulator.fates import Cause
from hanbench.emulator.instant import START, Instant, after
from hanbench.emulator.model import Memory, OfferOrder

REMEMBERED_FETCHES = 64
"""How many fetched message ids the hub can still answer "too late" for [M]."""


class Cancellation(enum.Enum):
    """What the hub says to a cancellation."""

    CANCELLED = "cancelled"
    TOO_LATE = "too-late"
    NOT_FOUND = "not-found"


class Content(enum.Enum):
    """What waits in an entry."""

    ENVELOPE = "envelope"
    """A HAN-WAN-M1 envelope, handed out as Tunnelling segments."""
    ZCL = "zcl"
    """One ZCL frame from a device of the HAN, handed out as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One entry of the mirror."""

    message_id: int
    octets: bytes
    stored_at: Instant
    available_from: Instant
    expires_at: Instant = START
    """Set by the mirror, as is the sequence."""
    sequence: int = 0
    originated: int = 0
    """Originator counter of the head-end: the age that `OfferOrder.BY_AGE` goes by."""
    content: Content = Content.ENVELOPE
    cluster: int = 0
    """Of a ZCL frame."""
    cause: Cause | None = None
    is_begun: bool = False

    @property
    def is_envelope(self) -> bool:
        """Whether a head-end sent it, and can cancel it."""
        return self.content is Content.ENVELOPE


@dataclass(frozen=True, slots=True)
class CancelResult:
    """What became of a cancellation, and how many entries were dropped."""

    says: Cancellation
    dropped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorParameters:
    """How this hub model keeps its mirror."""

    order: OfferOrder
    expiry_us: int
    capacity: int
    memory: Memory = Memory.LOST
    is_cancel_honest: bool = True
    """False: the hub says "cancelled" for a fetched Instruction too (a defect)."""


_FIRST: dict[OfferOrder, Callable[[Held], tuple[int, int]]] = {
    OfferOrder.FIFO: lambda held: (0, held.sequence),
    OfferOrder.LIFO: lambda held: (0, -held.sequence),
    OfferOrder.BY_AGE: lambda held: (held.originated, held.sequence),
}


class GasMirror:
    """What one hub holds for one sleepy meter."""

    def __init__(
        self, device: str, parameters: MirrorParameters, installation: str, record: Recorder
    ) -> None:
        self.device = device
        """Name of the meter that the entries are for."""
        self.parameters = parameters
        self._installation = installation
        self._record = record
        self._held: dict[int, Held] = {}
        self._removed: list[Held] = []
        self._fetched: list[int] = []
        self._offered: int | None = None
        self._sequence = 0

    @property
    def waiting(self) -> tuple[Held, ...]:
        """All entries, in the order in which they were stored."""
        return tuple(self._held.values())

    @property
    def in_offer_order(self) -> tuple[Held, ...]:
        """All entries, in the order in which the meter would get them."""
        return tuple(sorted(self._held.values(), key=_FIRST[self.parameters.order]))

    @property
    def next_expiry(self) -> Instant | None:
        """When `expire` is next worth calling; None while the mirror is empty."""
        return min((held.expires_at for held in self._held.values()), default=None)

    def store(self, entry: Held, now: Instant) -> bool:
        """Take an entry (its sequence and expiry are set here); return False when it is full."""
        if len(self._held) >= self.parameters.capacity:
            self._note(entry.message_id, "full", now)
            return False
        self._sequence += 1
        expires_at = after(entry.stored_at, self.parameters.expiry_us)
        self._held[self._sequence] = replace(entry, sequence=self._sequence, expires_at=expires_at)
        self._note(entry.message_id, "stored", now)
        return True

    def clock_jumped(self, by_us: int) -> None:
        """Take the hub's clock to be `by_us` ahead of what it was: what it holds ages at once."""
        self._held = {
            number: replace(
                held,
                expires_at=after(held.expires_at, -by_us),
                available_from=after(held.available_from, -by_us),
            )
            for number, held in self._held.items()
        }

    def clock_drifted(self, by_us: int, now: Instant) -> None:
        """Take the hub's clock to have gained `by_us` little by little since it was last told so.

        What waits ages with it; what can be fetched already stays so, as it would not after a jump.
        """
        self._held = {
            number: replace(
                held,
                expires_at=after(held.expires_at, -by_us),
                available_from=(
                    held.available_from
                    if held.available_from <= now
                    else after(held.available_from, -by_us)
                ),
            )
            for number, held in self._held.items()
        }

    def offer(self, now: Instant) -> Held | None:
        """Return the entry whose turn it is; it keeps its turn until it is gone."""
        if self._offered in self._held:
            return self._held[self._offered]
        ready = [held for held in self._held.values() if held.available_from <= now]
        if not ready:
            return None
        first = min(ready, key=_FIRST[self.parameters.order])
        self._offered = first.sequence
        return first

    def holds(self, held: Held) -> bool:
        """Whether an entry is still here."""
        return held.sequence in self._held

    def begin(self, held: Held) -> None:
        """Note that a first part of an entry has gone on the air."""
        if held.sequence in self._held:
            self._held[held.sequence] = replace(held, is_begun=True)

    def fetched(self, held: Held, now: Instant) -> None:
        """Note that the meter has got all of an entry, which leaves the mirror."""
        if self._held.pop(held.sequence, None) is None:
            return
        self._remember(held.message_id)
        self._note(held.message_id, "fetched", now)

    def cancel(self, message_id: int, now: Instant) -> CancelResult:
        """Drop all copies of one message that have not begun, and say what that means."""
        copies = [held for held in self._held.values() if held.message_id == message_id]
        is_late = message_id in self._fetched or any(held.is_begun for held in copies)
        dropped = [held for held in copies if not held.is_begun]
        if not copies and not is_late:
            return CancelResult(Cancellation.NOT_FOUND, 0)
        self._take_out(dropped)
        says = Cancellation.CANCELLED
        if is_late and self.parameters.is_cancel_honest:
            says = Cancellation.TOO_LATE
        self._note(message_id, says.value, now)
        return CancelResult(says, len(dropped))

    def cancel_all(self, now: Instant) -> CancelResult:
        """Cancel every waiting envelope; too late if that is so for any of them.

        What a consumer typed at a display is none of the head-end's, and stays.
        """
        ids = dict.fromkeys(held.message_id for held in self.in_offer_order if held.is_envelope)
        results = [self.cancel(message_id, now) for message_id in ids]
        dropped = sum(result.dropped for result in results)
        if any(result.says is Cancellation.TOO_LATE for result in results):
            return CancelResult(Cancellation.TOO_LATE, dropped)
        return CancelResult(Cancellation.CANCELLED if results else Cancellation.NOT_FOUND, dropped)

    def expire(self, now: Instant) -> tuple[Held, ...]:
        """Take out what the meter did not fetch in time, and return it."""
        stale = [held for held in self._held.values() if held.expires_at <= now]
        self._take_out(stale)
        for held in stale:
            self._note(held.message_id, "expired", now)
        return tuple(stale)

    def clear(self, now: Instant) -> tuple[Held, ...]:
        """Take out everything, since the mirror is no more, and return the envelopes."""
        held = tuple(self._held.values())
        self._held.clear()
        for one in held:
            self._note(one.message_id, "removed", now)
        return tuple(one for one in held if one.is_envelope)

    def lose(self, message_id: int, now: Instant) -> None:
        """Note that a message was lost on its way in (a fault of the mirror)."""
        self._note(message_id, "lost", now)

    def restart(self, now: Instant) -> None:
        """Apply what a restart of the hub does to the entries and to what it remembers."""
        self._offered = None
        if self.parameters.memory is Memory.LOST:
            lost = list(self._held.values())
            self._held.clear()
            self._fetched.clear()
            for held in lost:
                self.lose(held.message_id, now)
        if self.parameters.memory is Memory.REVIVED:
            self._revive(now)

    def _revive(self, now: Instant) -> None:
        removed, self._removed = self._removed, []
        for held in removed:
            again = replace(held, stored_at=now, available_from=now, is_begun=False)
            self.store(again, now)

    def _take_out(self, entries: list[Held]) -> None:
        for held in entries:
            del self._held[held.sequence]
        if self.parameters.memory is Memory.REVIVED:
            self._removed = [*self._removed, *entries][-self.parameters.capacity :]

    def _remember(self, message_id: int) -> None:
        self._fetched = [*self._fetched, message_id][-REMEMBERED_FETCHES:]

    def _note(self, message_id: int, change: str, now: Instant) -> None:
        self._record(MirrorChanged(now, self._installation, self.device, message_id, change))

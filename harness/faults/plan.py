"""The fault plan of a case: what goes wrong, where, and whether it really did.

The emulator asks functions what becomes of a packet, a commit or a call; this plan is those
functions. Rules keep no shared randomness, so adding one moves no other.
"""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from hanbench.emulator.fates import (
    AS_SENT,
    LOST,
    Commit,
    Delivery,
    Moment,
    Phase,
)
from hanbench.emulator.instant import Instant, after
from hanbench.harness.faults.kinds import Fault, FaultKind
from hanbench.harness.faults.points import PointNames, PointSeen

__all__ = ["CallVerdict", "Fault", "FaultKind", "FaultPlan", "JournalVerdict"]


@dataclass(frozen=True, slots=True)
class CallVerdict:
    """What becomes of a party call: proceed, fail with an error, come late, or never answer."""

    error: str | None = None
    late_by_us: int = 0
    is_answered: bool = True
    times: int = 1
    """How often the party is asked: a repeated request is one more operation to it."""
    hears_last: bool = False
    """Whether the engine hears the last result, and not the first."""


_PROCEEDS = CallVerdict()
_MARKS = {
    FaultKind.CORRUPT: {"corrupt": True},
    FaultKind.CORRUPT_PAST_MAC: {"past_mac": True},
    FaultKind.TRUNCATE: {"truncated": True},
    FaultKind.REORDER: {"is_overtaken": True},
}
"""What becomes of each copy of a packet, by what strikes it."""


class JournalVerdict(enum.Enum):
    """What becomes of a journal write; the last three kill the engine."""

    DURABLE = "durable"
    KILLED_BEFORE = "before"
    KILLED_TORN = "torn"
    KILLED_AFTER = "after"


Partition = Callable[[str, Instant | None], None]
"""Cuts off a device (or `wan`) until an instant; None: for good."""
Fired = Callable[[str, Fault, Instant], None]
Strike = Callable[[Fault, Instant], None]
"""Does to a device, or to the engine's surroundings, what a fault says."""


class FaultPlan:
    """Answers every question that the emulator and the engine session ask about fate."""

    def __init__(self, faults: Sequence[Fault], names: PointNames, fired: Fired) -> None:
        self._faults = tuple(faults)
        self._names = names
        self._fired = fired
        self._has_fired = [False] * len(self._faults)
        self.struck: list[tuple[Fault, Instant]] = []
        """The faults that have struck, in that order, each with the instant."""
        self.struck_after = 0
        """How many points had been passed when the last of them struck, its own among them."""
        self.partition: Partition | None = None
        self.silence: Partition | None = None
        self._silent: dict[str, Instant | None] = {}
        self._away: dict[str, tuple[Instant | None, str]] = {}
        """Until when a party refuses every call, and with which error."""
        self.strike: Strike | None = None
        self.state_at: Callable[[Instant], str] | None = None
        """Says what the world is like when a point is passed, for a campaign."""
        self.on_point: Callable[[str, Instant], None] | None = None
        """Called with each point as it is passed, before its fate: steps wait for points."""
        self.seen: list[PointSeen] = []

    @property
    def unfired(self) -> tuple[Fault, ...]:
        """Faults that never struck; a case that has some proves less than it says."""
        return tuple(
            fault for fault, fired in zip(self._faults, self._has_fired, strict=True) if not fired
        )

    @property
    def fired_count(self) -> int:
        """How many of the faults have struck."""
        return sum(self._has_fired)

    def add(self, fault: Fault) -> None:
        """Take one more fault, at a point that is being passed or is still to come."""
        self._faults += (fault,)
        self._has_fired.append(False)

    def carry(self, moment: Moment) -> tuple[Delivery, ...]:
        """Decide the deliveries of a packet, a frame, or an answer about to be sent."""
        point = self._names.of(moment)
        if point is None:
            return LOST if self._is_silent(moment.sender, moment.at) else AS_SENT
        self._pass(point, moment.at)
        deliveries = AS_SENT
        for index, fault in self._at(point):
            self._mark(index, point, moment.at)
            deliveries = self._carry_one(fault, deliveries, moment)
        return deliveries

    def commit(self, moment: Moment) -> Commit:
        """Decide whether power holds during an NVM commit."""
        point = self._names.of(moment)
        if point is None:
            return Commit.DONE
        self._pass(point, moment.at)
        verdict = Commit.DONE
        for index, fault in self._at(point):
            if fault.does is FaultKind.POWER_CUT:
                self._mark(index, point, moment.at)
                verdict = Commit(fault.when)
        return verdict

    def call(self, party: str, operation: str, device: str, now: Instant) -> CallVerdict:
        """Decide what becomes of a call to a party."""
        point = self._names.party_call(party, operation, device)
        self._pass(point, now)
        for index, fault in self._at(point):
            self._mark(index, point, now)
            match fault.does:
                case FaultKind.FAIL:
                    return CallVerdict(error=fault.error)
                case FaultKind.NEVER:
                    return CallVerdict(is_answered=False)
                case FaultKind.LATE:
                    return CallVerdict(late_by_us=fault.by_us)
                case FaultKind.UNAVAILABLE:
                    until = None if fault.for_us is None else after(now, fault.for_us)
                    self._away[party] = (until, fault.error)
                case FaultKind.TWICE:
                    return CallVerdict(times=2, hears_last=fault.heard == "second")
                case _:
                    pass
        return self._window(party, now)

    def journal(self, number: int, entry: Mapping[str, object], now: Instant) -> JournalVerdict:
        """Decide whether the engine survives writing this journal entry."""
        names = self._names.journal_write(number, entry)
        self._pass(names[0], now)
        for name in names[1:]:
            if self.on_point is not None:
                self.on_point(name, now)
        for point in names:
            for index, fault in self._at(point):
                self._mark(index, point, now)
                if fault.does is FaultKind.CRASH:
                    return JournalVerdict(fault.when)
                self._strike(fault, now)
        return JournalVerdict.DURABLE

    def timed_windows(self) -> tuple[tuple[int, Fault], ...]:
        """Return what begins at an instant on the HAN or the WAN, for the world to schedule."""
        return tuple(
            (index, fault)
            for index, fault in enumerate(self._faults)
            if fault.does in (FaultKind.PARTITION, FaultKind.SILENCE) and fault.from_us is not None
        )

    def windows_ahead(self, now: Instant) -> list[tuple[str, int, int | None]]:
        """Return each window that is not over: what it is, and how far its ends are ahead."""
        return [
            (
                f"{fault.does.value} {fault.of or fault.party}",
                max(0, fault.from_us - now),
                None if fault.until_us is None else fault.until_us - now,
            )
            for fault in self._faults
            if fault.from_us is not None and (fault.until_us is None or fault.until_us > now)
        ]

    def begin_window(self, index: int, now: Instant) -> None:
        """Start what a window says."""
        fault = self._faults[index]
        self._mark(index, f"at {now} us", now)
        self._cut(fault, None if fault.until_us is None else Instant(fault.until_us))

    def _carry_one(
        self, fault: Fault, deliveries: tuple[Delivery, ...], moment: Moment
    ) -> tuple[Delivery, ...]:
        match fault.does:
            case FaultKind.DROP:
                return LOST
            case FaultKind.DELAY:
                return tuple(
                    replace(one, delay_us=one.delay_us + fault.by_us) for one in deliveries
                )
            case FaultKind.DUPLICATE:
                return (*deliveries, *(Delivery(one.delay_us + fault.by_us) for one in deliveries))
            case does if does in _MARKS:
                return tuple(replace(one, **_MARKS[does]) for one in deliveries)
            case FaultKind.PARTITION | FaultKind.SILENCE:
                return self._begin_cut(fault, deliveries, moment)
            case _:
                self._strike(fault, moment.at)
                return deliveries

    def _begin_cut(
        self, fault: Fault, deliveries: tuple[Delivery, ...], moment: Moment
    ) -> tuple[Delivery, ...]:
        self._cut(fault, None if fault.for_us is None else after(moment.at, fault.for_us))
        if fault.does is FaultKind.SILENCE:
            return deliveries  # what is on its way is no steady traffic
        is_cut = (fault.of == "wan") == (moment.phase is Phase.WAN)
        return LOST if is_cut else deliveries

    def _strike(self, fault: Fault, now: Instant) -> None:
        assert self.strike is not None, "the world sets it before it runs"
        self.strike(fault, now)

    def _is_silent(self, device: str, now: Instant) -> bool:
        """Whether a window takes away what a device sends by itself."""
        if device not in self._silent:
            return False
        until = self._silent[device]
        return until is None or now < until

    def _cut(self, fault: Fault, until: Instant | None) -> None:
        if fault.does is FaultKind.SILENCE:
            assert self.silence is not None, "the world sets it before it runs"
            self._silent[fault.of] = until
            self.silence(fault.of, until)
            return
        assert self.partition is not None, "the world sets it before it runs"
        self.partition(fault.of, until)

    def _window(self, party: str, now: Instant) -> CallVerdict:
        if not self._faults:
            return _PROCEEDS
        until, error = self._away.get(party, (now, ""))
        if until is None or now < until:
            return CallVerdict(error=error)
        for index, fault in enumerate(self._faults):
            if fault.does is not FaultKind.UNAVAILABLE or fault.party != party or fault.at:
                continue
            begins, ends = fault.from_us or 0, fault.until_us
            if begins <= now and (ends is None or now < ends):
                self._mark(index, f"party {party}", now)
                return CallVerdict(error=fault.error)
        return CallVerdict()

    def _at(self, point: str) -> list[tuple[int, Fault]]:
        """Return the faults that strike here now: each strikes once, at the first passing."""
        if not self._faults:
            return []
        return [
            (index, fault)
            for index, fault in enumerate(self._faults)
            if fault.at == point and not self._has_fired[index]
        ]

    def _pass(self, point: str, now: Instant) -> None:
        state = "" if self.state_at is None else self.state_at(now)
        self.seen.append(PointSeen(point, now, state))
        if self.on_point is not None:
            self.on_point(point, now)

    def _mark(self, index: int, point: str, now: Instant) -> None:
        if not self._has_fired[index]:
            self._has_fired[index] = True
            self.struck.append((self._faults[index], now))
            self.struck_after = len(self.seen)
        self._fired(point, self._faults[index], now)

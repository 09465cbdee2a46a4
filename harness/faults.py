"""The fault plan of a case: what goes wrong, where, and whether it really did.

The emulator asks functions what becomes of a packet, a commit or a call; this plan is those
functions. Rules keep no shared randomness, so adding one moves no other.
"""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from typing_extensions import override

from hanbench.emulator.durations import format_duration
from hanbench.emulator.fates import (
    AS_SENT,
    LOST,
    Commit,
    Delivery,
    Moment,
    Phase,
)
from hanbench.emulator.instant import Instant, after
from hanbench.harness.fault_points import PointNames, PointSeen


class FaultKind(enum.StrEnum):
    """What a fault does; each makes sense at some points only."""

    DROP = "drop"
    DELAY = "delay"
    DUPLICATE = "duplicate"
    CORRUPT = "corrupt"
    PARTITION = "partition"
    POWER_CUT = "power-cut"
    CRASH = "crash"
    FAIL = "fail"
    NEVER = "never"
    LATE = "late"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: at a named point, or from an instant until another."""

    does: FaultKind
    at: str = ""
    by_us: int = 0
    """Delay, lateness, or distance of a second copy."""
    of: str = ""
    """What a partition cuts off: a device's name, or `wan`."""
    for_us: int | None = None
    """How long a partition lasts; None: for good."""
    when: str = ""
    """`before`, `torn` or `after` a commit or a journal write."""
    error: str = "UNAVAILABLE"
    party: str = ""
    from_us: int | None = None
    until_us: int | None = None

    @property
    def lasts_us(self) -> int:
        """How long after it struck it still has an effect of its own; 0 for what lasts for ever."""
        if self.from_us is not None and self.until_us is not None:
            return self.until_us - self.from_us
        return self.for_us or self.by_us

    @override
    def __str__(self) -> str:
        """Say it as a tester would."""
        where = self.at or f"from {self.from_us} us until {self.until_us} us"
        length = f"by {format_duration(self.by_us)}" if self.by_us else ""
        length = f"for {format_duration(self.for_us)}" if self.for_us else length
        words = (self.does.value, self.when, self.of, self.party, length)
        what = " ".join(part for part in words if part)
        return f"{what} at {where}"


@dataclass(frozen=True, slots=True)
class CallVerdict:
    """What becomes of a party call: proceed, fail with an error, come late, or never answer."""

    error: str | None = None
    late_by_us: int = 0
    is_answered: bool = True


class JournalVerdict(enum.Enum):
    """What becomes of a journal write; the last three kill the engine."""

    DURABLE = "durable"
    KILLED_BEFORE = "before"
    KILLED_TORN = "torn"
    KILLED_AFTER = "after"


Partition = Callable[[str, Instant | None], None]
"""Cuts off a device (or `wan`) until an instant; None: for good."""
Fired = Callable[[str, Fault, Instant], None]


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

    def carry(self, moment: Moment) -> tuple[Delivery, ...]:
        """Decide the deliveries of a packet, a frame, or an answer about to be sent."""
        point = self._names.of(moment)
        if point is None:
            return AS_SENT
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
                case _:
                    pass
        return self._window(party, now)

    def journal(self, number: int, now: Instant) -> JournalVerdict:
        """Decide whether the engine survives writing this journal entry."""
        point = self._names.journal_write(number)
        self._pass(point, now)
        for index, fault in self._at(point):
            if fault.does is FaultKind.CRASH:
                self._mark(index, point, now)
                return JournalVerdict(fault.when)
        return JournalVerdict.DURABLE

    def timed_partitions(self) -> tuple[tuple[int, Fault], ...]:
        """Return the partitions that begin at an instant, for the world to schedule."""
        return tuple(
            (index, fault)
            for index, fault in enumerate(self._faults)
            if fault.does is FaultKind.PARTITION and fault.from_us is not None
        )

    def begin_partition(self, index: int, now: Instant) -> None:
        """Start the partition of a window."""
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
                    Delivery(one.delay_us + fault.by_us, one.corrupt) for one in deliveries
                )
            case FaultKind.DUPLICATE:
                return (*deliveries, *(Delivery(one.delay_us + fault.by_us) for one in deliveries))
            case FaultKind.CORRUPT:
                return tuple(Delivery(one.delay_us, corrupt=True) for one in deliveries)
            case FaultKind.PARTITION:
                until = None if fault.for_us is None else after(moment.at, fault.for_us)
                self._cut(fault, until)
                is_cut = (fault.of == "wan") == (moment.phase is Phase.WAN)
                return LOST if is_cut else deliveries
            case _:
                return deliveries

    def _cut(self, fault: Fault, until: Instant | None) -> None:
        assert self.partition is not None, "the world sets it before it runs"
        self.partition(fault.of, until)

    def _window(self, party: str, now: Instant) -> CallVerdict:
        for index, fault in enumerate(self._faults):
            if fault.does is not FaultKind.UNAVAILABLE or fault.party != party:
                continue
            begins, ends = fault.from_us or 0, fault.until_us
            if begins <= now and (ends is None or now < ends):
                self._mark(index, f"party {party}", now)
                return CallVerdict(error=fault.error)
        return CallVerdict()

    def _at(self, point: str) -> list[tuple[int, Fault]]:
        """Return the faults that strike here now: each strikes once, at the first passing."""
        return [
            (index, fault)
            for index, fault in enumerate(self._faults)
            if fault.at == point and not self._has_fired[index]
        ]

    def _pass(self, point: str, now: Instant) -> None:
        self.seen.append(PointSeen(point, now))
        if self.on_point is not None:
            self.on_point(point, now)

    def _mark(self, index: int, point: str, now: Instant) -> None:
        if not self._has_fired[index]:
            self._has_fired[index] = True
            self.struck.append((self._faults[index], now))
            self.struck_after = len(self.seen)
        self._fired(point, self._faults[index], now)

"""The lock-out of every meter, counted once more from what it answered, and held against it.

P11: wrong codes in a row lock a meter for a time, the lock ends, and only an authentic new code
resets the count (domain.md 10.2, 10.8 [M]). The count here is of the trace alone; at the end it is
held against the meter's memory. Where the trace leaves open what the meter did (a repeat that was
answered from its cache, a power cut while it worked), every count that can be right is kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hanbench.emulator.events import Event, InstructionJudged, Restarted
from hanbench.emulator.instant import START, Instant, after, format_instant
from hanbench.harness.events import FaultFired
from hanbench.harness.faults.kinds import FaultKind
from hanbench.harness.judging.oracle import MeterEnd, RunEnd
from hanbench.harness.verdict import Finding

P11 = "property/P11"
_BEFORE_THE_LOCK = frozenset(
    {"malformed", "not-for-this-device", "unauthorised", "no-key", "wrong-key-version"}
)
"""Refusals of the steps before the lock-out is looked at: they count nothing and clear nothing."""
_OF_THE_CODE = frozenset({"bad-code", "replayed", "out-of-window"})
"""Refusals that say for certain that the code was looked at."""
_CLOCKS = (FaultKind.CLOCK_JUMP.value, FaultKind.CLOCK_SKEW.value)


@dataclass(slots=True)
class _Count:
    """What can be true of one meter's lock-out."""

    meter: MeterEnd
    limit: int
    lock_out_us: int
    failures: tuple[int, ...] = (0,)
    """Every number of wrong codes in a row that the meter may have counted."""
    until: Instant = START
    """When a lock that has begun for certain ends."""
    until_at_most: Instant = START
    """When a lock that may have begun ends."""
    is_timed: bool = True
    """Whether its clock can be relied on: not once a fault has moved it."""
    findings: list[Finding] = field(default_factory=list)

    def clear(self) -> None:
        self.failures, self.until, self.until_at_most = (0,), START, START

    def may_be_cleared(self) -> None:
        self.failures, self.until = tuple(sorted({0, *self.failures})), START

    def count(self, now: Instant) -> None:
        # A lock that has run out gives the full number of tries again.
        more = {1 if one >= self.limit else one + 1 for one in self.failures}
        self.failures = tuple(sorted(more))
        ends = after(now, self.lock_out_us)
        self.until_at_most = ends if self.limit in more else START
        self.until = ends if more == {self.limit} else START

    def found(self, name: str, detail: str, expected: str, at: Instant | None) -> None:
        # The first is enough: whatever follows it follows from it.
        if not self.findings:
            self.findings.append(
                Finding(
                    name=name,
                    device=self.meter.name,
                    clause=P11,
                    at_us=at,
                    detail=detail,
                    expected=expected,
                )
            )


def judge_lock_out_counts(end: RunEnd) -> list[Finding]:
    """P11: every meter counts wrong codes as it must, locks when it must, and no longer."""
    counts = {
        meter.name: _Count(meter, meter.failure_limit, meter.lock_out_us)
        for meter in end.meters
        if meter.lock_out_us is not None
    }
    for event in end.events:
        rule = _RULES.get(type(event))
        if rule is not None:
            rule(counts, event)
    for count in counts.values():
        _hold_against_the_memory(count)
    return [finding for count in counts.values() for finding in count.findings]


def _hold_against_the_memory(count: _Count) -> None:
    held = count.meter.failures
    if held is not None and held not in count.failures:
        says = " or ".join(str(one) for one in count.failures)
        detail = (
            f"{count.meter.name} has counted {held} wrong codes in a row; by what it answered "
            f"there were {says}"
        )
        count.found("failures-miscounted", detail, says, None)


def _judged(counts: Mapping[str, _Count], event: Event) -> None:
    assert isinstance(event, InstructionJudged)
    count = counts.get(event.device)
    if count is None or event.key_version is None or event.outcome in _BEFORE_THE_LOCK:
        return
    if event.outcome == "locked-out":
        _refused_by_the_lock(count, event)
        return
    is_repeat_possible = not event.executed and event.outcome not in _OF_THE_CODE
    if not is_repeat_possible and count.is_timed and event.at < count.until:
        ends = format_instant(count.until)
        detail = f"{event.device} judged a code ({event.outcome}), and is locked until {ends}"
        count.found("judged-while-locked", detail, "locked-out", event.at)
    if event.outcome == "bad-code":
        count.count(event.at)
    elif event.executed:
        count.clear()
    elif is_repeat_possible and event.outcome != "accepted":
        count.may_be_cleared()


def _refused_by_the_lock(count: _Count, event: InstructionJudged) -> None:
    if not count.is_timed or event.at < count.until_at_most:
        return
    says = " or ".join(str(one) for one in count.failures)
    since = (
        f"its lock ended at {format_instant(count.until_at_most)}"
        if count.until_at_most > START
        else f"{says} of {count.limit} wrong codes had come in a row"
    )
    detail = f"{event.device} refused a code as locked-out, and {since}"
    count.found("locked-without-cause", detail, "the code is looked at", event.at)


def _restarted(counts: Mapping[str, _Count], event: Event) -> None:
    """A lock-out survives a restart; what a power cut interrupted may have reset the count."""
    assert isinstance(event, Restarted)
    count = counts.get(event.device)
    if count is not None and event.because.startswith(_CUT_SHORT):
        count.may_be_cleared()


def _fault(counts: Mapping[str, _Count], event: Event) -> None:
    assert isinstance(event, FaultFired)
    if event.fault.startswith(_CLOCKS):
        for count in counts.values():
            count.is_timed = False


_CUT_SHORT = ("power cut",)
_RULES: Mapping[type[Event], Callable[[Mapping[str, _Count], Event], None]] = {
    InstructionJudged: _judged,
    Restarted: _restarted,
    FaultFired: _fault,
}

"""Watches the ways to top up of a home's customers while a case runs: who had none, and how long.

A customer who was cut off for an hour in the middle of a run was cut off, whoever serves them at
its end. So the ways are looked at whenever something may have opened or shut one: when an operation
of a party was carried out, before and after a step, when a code was entered or a device came back,
when the WAN is cut. What time alone changes, the end of a UTRN Period or of a keypad's lock, is
looked at as of its own instant, at the next look: nothing else has changed in between.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from hanbench.emulator.events import Event, Restarted, UtrnEntered
from hanbench.emulator.instant import Instant, format_instant
from hanbench.harness.judging.ways_to_top_up import NEVER, CutOff, WaysToTopUp
from hanbench.harness.verdict import Finding

CLAUSE = "domain/10.8-top-up"
_TELLING: frozenset[type[Event]] = frozenset((UtrnEntered, Restarted))
_MOVES_NO_ROUTE = frozenset(
    (
        ("COMMISSIONING_PARTY", "check"),
        ("COMMISSIONING_PARTY", "submit_common_file"),
        ("DCO", "accept_hand_over"),
        ("DCO", "authorise"),
        ("DCO", "escrow_successor"),
        ("EPCL", "check"),
        ("MCC", "clearance"),
        ("S1SP", "frame"),
        ("S1SP", "open"),
        ("SMSO", "communications_check"),
        ("SMSO", "devices"),
        ("SMSO", "hand_over"),
        ("SUPPLIER", "notify"),
    )
)
"""The operations that are asked for most, and change nobody's route, period or sequence."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a customer had no way to top up by one party's doing."""

    device: str
    by: str
    since: Instant
    whys: tuple[str, ...]
    """What shut the ways, in the order in which it came to that."""
    until: Instant | None = None
    """None: it lasts."""


class WatchedWorld(Protocol):
    """A world whose customers are watched."""

    top_ups: "TopUpWatch"

    @property
    def now(self) -> Instant:
        """How far virtual time has come."""


class TopUpWatch:
    """The times without a way to top up, of each meter of a home."""

    def __init__(self, meters: tuple[str, ...], ways: WaysToTopUp) -> None:
        self._meters = meters
        self._ways = ways
        self._open: dict[str, Span] = {}
        self._over: list[Span] = []
        self._changes_at = NEVER

    @property
    def spans(self) -> tuple[Span, ...]:
        """All of them so far, those that last at the end."""
        return (*self._over, *self._open.values())

    def look(self, now: Instant) -> None:
        """Take in how things stand now; what time alone has changed until now comes first."""
        self.catch_up(now)
        self._look_at(now)

    def catch_up(self, now: Instant) -> None:
        """Take in what time alone has changed, before something else does."""
        while self._changes_at <= now:
            self._look_at(self._changes_at)

    def carried_out(self, party: str, operation: str, now: Instant) -> None:
        """Look again after an operation of a party, if it can have moved anything."""
        if (party, operation) not in _MOVES_NO_ROUTE:
            self.look(now)

    def told(self, event: Event) -> None:
        """Look again after an event of a device that may have moved something."""
        if type(event) in _TELLING:
            self.look(event.at)

    def findings(self, now: Instant) -> list[Finding]:
        """Judge the run up to now; every issuer's next code is tried afresh."""
        self._ways.forget()
        self.look(now)
        return [_finding(span) for span in self.spans]

    def _look_at(self, now: Instant) -> None:
        for device in self._meters:
            because = self._ways.cut_off(device, now)
            span = self._open.pop(device, None)
            if span is not None and (because is None or because.by != span.by):
                self._end(span, now)
                span = None
            if because is not None:
                self._open[device] = _gone_on(span or Span(device, because.by, now, ()), because)
        self._changes_at = min(
            (self._ways.changes_at(device, now) for device in self._meters), default=NEVER
        )

    def _end(self, span: Span, now: Instant) -> None:
        if now > span.since:  # else it was two changes of one instant
            self._over.append(replace(span, until=now))


def judge_top_ups(world: WatchedWorld) -> list[Finding]:
    """Find each time in which nobody could vend for a prepayment meter, and name who caused it."""
    return world.top_ups.findings(world.now)


def _gone_on(span: Span, because: CutOff) -> Span:
    if because.why in span.whys:
        return span
    return replace(span, whys=(*span.whys, because.why))


def _finding(span: Span) -> Finding:
    since = format_instant(span.since)
    if span.until is None:
        when = f"from {since} on"
    else:
        when = f"from {since} until {format_instant(span.until)}"
    return Finding(
        name="customer-cut-off",
        device=span.device,
        clause=CLAUSE,
        at_us=span.since,
        detail=f"nobody could vend for {span.device} {when}: {', then '.join(span.whys)}",
        by=span.by,
    )

"""Whether the S1MIG reports come out as the trace has it: every attempt of a day, counted once.

Source: see `migration_reports` for the rule of counting. The attempts are counted here once more,
by sets, from what the trace says was told, asked and claimed; each report must then hold exactly
those that belong in it, on their day, none twice and none left out. That is an invariant of every
run in which something migrates, under the clause `seed0/s1mig-counting`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hanbench.emulator.events import Event, PartyCalled
from hanbench.emulator.instant import DAY_US, Instant
from hanbench.harness.engine.port import EndState
from hanbench.harness.events import EngineTold, OutcomeClaimed
from hanbench.harness.parties import migration_reports
from hanbench.harness.parties.migration_reports import Attempt, Report, attempts_of
from hanbench.harness.verdict import CaseRun

_COMMISSIONED = (EndState.COMMISSIONED.value, EndState.ELECTRICITY_ONLY.value)
_TELLING: frozenset[type[Event]] = frozenset((EngineTold, PartyCalled, OutcomeClaimed))
AttemptId = tuple[str, int]
"""Installation, and which attempt of it in the case."""


def telling(events: Iterable[Event]) -> tuple[Event, ...]:
    """Keep the events that reports are made of: most of a trace are frames."""
    return tuple(event for event in events if type(event) in _TELLING)


@dataclass
class _Count:
    """The attempts of a case, by what became of them."""

    epoch: datetime | None = None
    day: dict[AttemptId, str] = field(default_factory=dict)
    started: dict[AttemptId, bool] = field(default_factory=dict)
    filed: dict[AttemptId, bool] = field(default_factory=dict)
    claims: dict[AttemptId, str] = field(default_factory=dict)
    stopped: dict[AttemptId, bool] = field(default_factory=dict)
    _latest: dict[str, AttemptId] = field(default_factory=dict)
    _asked_before: dict[str, bool] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Take in what one event says."""
        latest = self._latest.get(event.installation)
        match event:
            case EngineTold(event="started"):
                self._given(event)
            case OutcomeClaimed() if latest is not None:
                self.claims[latest] = event.end_state
            case EngineTold(event="stop") if latest is not None:
                self.stopped[latest] = True
            case PartyCalled(is_error=False, operation="start_migration") if latest is not None:
                self.started[latest] = True
            case PartyCalled(is_error=False, operation="request_stop"):
                self._asked(json.loads(event.result)["stopped"])
            case PartyCalled(is_error=False, operation="submit_common_file"):
                named = json.loads(event.result).get("installations", [event.installation])
                self.filed.update((self._latest[it], True) for it in named if it in self._latest)
            case _:
                pass

    def _given(self, event: EngineTold) -> None:
        name = event.installation
        before = self._latest.get(name, (name, 0))
        this = self._latest[name] = (name, before[1] + 1)
        self.day[this] = _day(event.at, self.epoch)
        if self._asked_before.pop(name, False):
            self.stopped[this] = True

    def _asked(self, names: Sequence[str]) -> None:
        for name in names:
            self._asked_before[name] = True
            if name in self._latest:
                self.stopped[self._latest[name]] = True

    def commissioned(self) -> list[AttemptId]:
        """Those whose last claim is of a commissioning."""
        return [one for one in self.day if self.claims.get(one) in _COMMISSIONED]

    def cancelled(self) -> list[AttemptId]:
        """Those that were kept back, or ended, by a stop."""
        done = dict.fromkeys(self.commissioned())
        return [
            one
            for one in self.day
            if (one in self.stopped and one not in done)
            or self.claims.get(one) == EndState.NOT_STARTED.value
        ]

    def belonging(self) -> Mapping[str, tuple[AttemptId, ...]]:
        """Return what belongs in each report."""
        cancelled = dict.fromkeys(self.cancelled())
        early = {one: True for one in cancelled if one not in self.filed}
        migrations = tuple(one for one in self.day if one not in early)
        done = dict.fromkeys(self.commissioned())
        return {
            "S1MIG-001": migrations,
            "S1MIG-002": tuple(one for one in migrations if one in self.started),
            "S1MIG-003": tuple(one for one in migrations if one in self.filed),
            "S1MIG-004": tuple(one for one in migrations if one in done),
            "S1MIG-005": tuple(one for one in migrations if one not in done),
            "S1MIG-006": migrations,
            "S1MIG-010": tuple(cancelled),
        }


def _day(at: Instant, epoch: datetime | None) -> str:
    """Count midnights of UTC from that before the epoch."""
    if epoch is None:
        return f"day {at // DAY_US}"
    begins = epoch.astimezone(UTC)
    midnight = begins.replace(hour=0, minute=0, second=0, microsecond=0)
    into_day_us = (begins - midnight) // timedelta(microseconds=1)
    return date.fromordinal(begins.toordinal() + (into_day_us + at) // DAY_US).isoformat()


def unreconciled(
    reports: Sequence[Report], events: Iterable[Event], epoch: datetime | None
) -> tuple[str, ...]:
    """Say where the reports of one case do not hold what its trace says."""
    count = _Count(epoch)
    for event in telling(events):
        count.take(event)
    wanted = count.belonging()
    found: list[str] = []
    for report in reports:
        belong = wanted[report.number]
        is_listed = "attempt" in report.columns
        found += _listed(report, belong) if is_listed else _counted(report, belong, count.day)
        if report.total != len(belong):
            found.append(f"{report.number}: total {report.total}, {len(belong)} in the trace")
    return tuple(found)


def starts_in(events: Iterable[Event]) -> Counter[str]:
    """Count the starts of each Installation: those that moved its account."""
    return Counter(
        event.installation
        for event in events
        if isinstance(event, PartyCalled)
        and (event.operation, event.is_error) == ("start_migration", False)
        and not json.loads(event.result).get("already_started", False)
    )


def reports_of_run(
    runs: Iterable[CaseRun],
) -> tuple[tuple[Report, ...], tuple[str, ...]]:
    """Make the reports of a run from its cases' traces, and say what does not come out."""
    attempts: list[Attempt] = []
    problems: list[str] = []
    for run in runs:
        case, epoch = run.result.case, run.result.epoch
        told = telling(run.trace)
        own = attempts_of(case, told, epoch)
        attempts += own
        wrong = unreconciled(migration_reports.reports_of(own), told, epoch)
        problems += [f"{case}: {problem}" for problem in wrong]
    return migration_reports.reports_of(attempts), tuple(problems)


def _listed(report: Report, belong: Sequence[AttemptId]) -> Iterator[str]:
    columns = report.columns
    home, number = columns.index("installation"), columns.index("attempt")
    stand = Counter((row[home], int(row[number])) for row in report.rows)
    for one in dict.fromkeys((*belong, *stand)):
        wanted = 1 if one in belong else 0
        if stand[one] != wanted:
            times = f"stands in it {stand[one]} times, not {wanted}"
            yield f"{report.number}: attempt {one[1]} of {one[0]} {times}"


def _counted(
    report: Report, belong: Sequence[AttemptId], day_of: Mapping[AttemptId, str]
) -> Iterator[str]:
    day, number = report.columns.index("day"), report.columns.index("installations")
    stand: Counter[str] = Counter()
    for row in report.rows:
        stand[row[day]] += int(row[number])
    wanted = Counter(day_of[one] for one in belong)
    for one in sorted({**stand, **wanted}):
        if stand[one] != wanted[one]:
            yield f"{report.number}: {stand[one]} on {one}, {wanted[one]} in the trace"

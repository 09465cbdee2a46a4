"""The reports S1MIG-001 to -006 and -010 of a run, counted from its trace.

Source: TMAD v5.1 conclusions give the numbers and one rule of counting: an Installation that was
authorised and cancelled before its Migration Common File was submitted stands in none of 001 to
005, nor in 006 as a migration, and is shown in 010; after the submission it is reported by the
point of its cancellation. **The titles and columns are not public: those here are modelled [M].**
So is the day: a UTC day, as the MCC counts them, since no source says whose midnight it is. One row
stands for one attempt; an Installation that is submitted again is authorised again.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from hanbench.emulator.events import Event, PartyCalled
from hanbench.emulator.instant import Instant
from hanbench.harness.engine.port import EndState
from hanbench.harness.events import EngineTold, OutcomeClaimed

RULE = "S1MIG counting rule (TMAD v5.1 conclusions)"
BEFORE_FILE, AFTER_FILE = "before-mcf", "after-mcf"
_COMMISSIONED = (EndState.COMMISSIONED, EndState.ELECTRICITY_ONLY)
NOT_STARTED = "not-started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to migrate one Installation, as the trace has it."""

    case: str
    installation: str
    number: int
    """1 for the first attempt of this Installation in the case."""
    authorised_at: Instant
    epoch: datetime | None = None
    """The calendar instant of time zero; None: not known, and times are told from the beginning."""
    started_at: Instant | None = None
    submitted_at: Instant | None = None
    """When its Migration Common File was accepted."""
    stop_asked_at: Instant | None = None
    end_state: str = ""
    """What the engine claimed; empty: nothing."""

    @property
    def cancelled(self) -> str:
        """At which point it was cancelled, or ""."""
        is_kept = self.stop_asked_at is not None and self.end_state not in _COMMISSIONED
        if not is_kept and self.end_state != NOT_STARTED:
            return ""
        return BEFORE_FILE if self.submitted_at is None else AFTER_FILE

    @property
    def is_migration(self) -> bool:
        """Whether it counts in 001 to 006."""
        return self.cancelled != BEFORE_FILE

    @property
    def day(self) -> str:
        """The UTC day on which the engine was given the Authorisation: `2021-03-01`."""
        return self.shown(self.authorised_at).partition("T")[0]

    def shown(self, instant: Instant | None) -> str:
        """Return an instant as UTC in ISO 8601, or what has passed since the beginning."""
        return "" if instant is None else _shown(instant, self.epoch)


@lru_cache(maxsize=1024)
def _shown(instant: Instant, epoch: datetime | None) -> str:
    """Say when it is; each report says it again of the same few instants."""
    passed = timedelta(microseconds=instant)
    if epoch is None:
        return f"day {passed.days}T{passed - timedelta(days=passed.days)}"
    at = (epoch + passed).astimezone(UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its number, what it holds in our words, and its rows."""

    number: str
    title: str
    """Ours: the public text has none."""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


def attempts_of(case: str, events: Iterable[Event], epoch: datetime | None) -> tuple[Attempt, ...]:
    """Read the attempts of a case from its trace, in the order of their Authorisations."""
    attempts: list[Attempt] = []
    current: dict[str, int] = {}
    stopped: dict[str, Instant] = {}
    for event in events:
        if isinstance(event, EngineTold) and event.event == "started":
            number = 1 + sum(it.installation == event.installation for it in attempts)
            current[event.installation] = len(attempts)
            attempts.append(
                Attempt(
                    case=case,
                    installation=event.installation,
                    number=number,
                    authorised_at=event.at,
                    epoch=epoch,
                    stop_asked_at=stopped.pop(event.installation, None),
                )
            )
        elif isinstance(event, EngineTold | PartyCalled | OutcomeClaimed):
            for name in _stopped_by(event):
                stopped[name] = event.at
                _change(attempts, current, name, stop_asked_at=event.at)
            _take(attempts, current, event)
    return tuple(attempts)


def reports_of(attempts: Sequence[Attempt]) -> tuple[Report, ...]:
    """Make the seven reports."""
    migrations = [it for it in attempts if it.is_migration]
    cancelled = [it for it in attempts if it.cancelled]
    return (
        _counted("S1MIG-001", "Authorised", migrations),
        _counted("S1MIG-002", "Started", [it for it in migrations if it.started_at is not None]),
        _counted(
            "S1MIG-003",
            "Migration Common File submitted",
            [it for it in migrations if it.submitted_at is not None],
        ),
        _counted(
            "S1MIG-004", "Commissioned", [it for it in migrations if it.end_state in _COMMISSIONED]
        ),
        _counted(
            "S1MIG-005",
            "Not commissioned",
            [it for it in migrations if it.end_state not in _COMMISSIONED],
        ),
        _listed("S1MIG-006", "Migrations, one by one", migrations),
        _listed("S1MIG-010", "Cancellations", cancelled),
    )


def csv_of(report: Report) -> str:
    """Write a report as csv: a header, and a row a line."""
    text = io.StringIO(newline="")
    # Names of cases hold commas: `own/sweep[a, b]`.
    csv.writer(text).writerows((report.columns, *report.rows))
    return text.getvalue()


def _stopped_by(event: Event) -> tuple[str, ...]:
    if isinstance(event, EngineTold):
        return (event.installation,) if event.event == "stop" else ()
    is_request = isinstance(event, PartyCalled) and event.operation == "request_stop"
    if not is_request or not isinstance(event, PartyCalled) or event.is_error:
        return ()
    return tuple(str(name) for name in json.loads(event.result)["stopped"])


def _take(attempts: list[Attempt], current: dict[str, int], event: Event) -> None:
    name = event.installation
    match event:
        case OutcomeClaimed():
            _change(attempts, current, name, end_state=event.end_state)
        case PartyCalled(operation="start_migration", is_error=False):
            _change(attempts, current, name, started_at=event.at)
        case PartyCalled(operation="submit_common_file", is_error=False):
            for filed in json.loads(event.result).get("installations", [name]):
                _change(attempts, current, str(filed), submitted_at=event.at)
        case _:
            pass


def _change(
    attempts: list[Attempt],
    current: dict[str, int],
    installation: str,
    *,
    started_at: Instant | None = None,
    submitted_at: Instant | None = None,
    stop_asked_at: Instant | None = None,
    end_state: str | None = None,
) -> None:
    place = current.get(installation)
    if place is None:
        return
    old = attempts[place]
    attempts[place] = replace(
        old,
        # The first of each instant counts: what is asked again was done before.
        started_at=started_at if old.started_at is None else old.started_at,
        submitted_at=submitted_at if old.submitted_at is None else old.submitted_at,
        stop_asked_at=stop_asked_at if old.stop_asked_at is None else old.stop_asked_at,
        end_state=old.end_state if end_state is None else end_state,
    )


def _counted(number: str, title: str, attempts: Sequence[Attempt]) -> Report:
    counts = Counter((it.case, it.day) for it in attempts)
    rows = tuple((case, day, str(counts[case, day])) for case, day in sorted(counts))
    return Report(number, title, ("case", "day", "installations"), rows, len(attempts))


_LISTED = (
    "case",
    "installation",
    "attempt",
    "day",
    "authorised",
    "started",
    "submitted",
    "stop_asked",
    "cancelled",
    "end_state",
)


def _listed(number: str, title: str, attempts: Sequence[Attempt]) -> Report:
    rows = tuple(
        (
            it.case,
            it.installation,
            str(it.number),
            it.day,
            *map(it.shown, (it.authorised_at, it.started_at, it.submitted_at, it.stop_asked_at)),
            it.cancelled,
            it.end_state,
        )
        for it in attempts
    )
    return Report(number, title, _LISTED, rows, len(attempts))

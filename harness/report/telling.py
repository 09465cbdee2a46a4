"""The rows of a run in the order of time, each beside those before it.

Runs of the same call are one row, and a long silence is a row of its own. What the pictures number
(faults, steps, findings, the claim) is numbered here, once for both of them.
"""

from collections.abc import Sequence
from dataclasses import replace

from hanbench.emulator import events as e
from hanbench.emulator.instant import MINUTE_US, Instant
from hanbench.harness import events as h
from hanbench.harness.report.rows import FETCHED, HUB, Row, finding_row, row_of
from hanbench.harness.report.spoken import spoken
from hanbench.harness.verdict import Finding

GAP_US = 2 * MINUTE_US
"""A silence longer than this is drawn as a break."""
BELIEFS = ("belief", "wrong")
NUMBERED = frozenset({"fault", "crash", "step", "finding", "claim"})


def rows_of(trace: Sequence[e.Event], findings: Sequence[Finding] = ()) -> list[Row]:
    """Return the rows of a run in the order of time, its findings in their place."""
    telling = _Telling(_hub_of(trace))
    placed = sorted(
        (finding for finding in findings if finding.at_us is not None),
        key=lambda finding: finding.at_us or 0,
    )
    for event in trace:
        if not event.in_story:
            continue
        while placed and (placed[0].at_us or 0) < event.at:
            telling.add(finding_row(placed.pop(0)))
        telling.tell(event)
    for finding in placed:
        telling.add(finding_row(finding))
    return telling.rows


class _Telling:
    """Rows as they come, each beside those before it."""

    def __init__(self, hub: str) -> None:
        self.rows: list[Row] = []
        self._hub = hub
        self._beliefs: dict[str, str] = {}
        self._numbered = 0
        self._now = Instant(0)

    def tell(self, event: e.Event) -> None:
        row = row_of(event, self._hub)
        if row is None or (row.kind in BELIEFS and self._is_told(row)):
            return
        if row.kind in ("took", "rejected"):
            self._before_its_key(row)
        elif row.kind == "crash" and self._is_told_by_its_fault(row):
            return
        elif not self._is_fetched_by_what_was_taken(row):
            self.add(row)

    def add(self, row: Row) -> None:
        last = self.rows[-1] if self.rows else None
        silence_us = row.at - self._now
        if last is not None and last.is_again(row) and silence_us <= GAP_US:
            self.rows[-1] = replace(last, count=last.count + 1)
            self._now = row.at
            return
        if silence_us > GAP_US:
            self.rows.append(Row(at=row.at, kind="gap", source="", text=spoken(silence_us)))
        self._now = row.at
        if row.kind in NUMBERED:
            self._numbered += 1
            row = replace(row, number=self._numbered)
        self.rows.append(row)

    def _is_told(self, belief: Row) -> bool:
        """Whether it was said before, and is as true as then."""
        said = f"{belief.kind} {belief.text}"
        is_told = self._beliefs.get(belief.device) == said
        self._beliefs[belief.device] = said
        return is_told

    def _is_told_by_its_fault(self, crash: Row) -> bool:
        last = self.rows[-1] if self.rows else None
        is_fault = last is not None and (last.kind, last.at) == ("fault", crash.at)
        if last is None or not is_fault or not last.text.startswith("crash"):
            return False
        self.rows[-1] = replace(last, text=f"{last.text}: the engine {crash.text}")
        return True

    def _before_its_key(self, taken: Row) -> None:
        """A device moves its key and then judges, all in one instant; read it the other way."""
        last = self.rows[-1] if self.rows else None
        if last is None or (last.kind, last.at, last.source) != ("key", taken.at, taken.target):
            self.add(taken)
            return
        self.rows.pop()
        self.add(taken)
        self.add(last)

    def _is_fetched_by_what_was_taken(self, row: Row) -> bool:
        if row.text != FETCHED:
            return False
        same = [one for one in self.rows[-3:] if one.at == row.at and one.device == row.device]
        return any(one.kind in ("took", "rejected") for one in same)


def _hub_of(trace: Sequence[e.Event]) -> str:
    return next((event.hub for event in trace if isinstance(event, h.EngineSent)), HUB)

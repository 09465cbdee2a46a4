"""What a campaign covered, stated exactly: points x hazards, run, merged, pruned, fired, failed.

A campaign that never lost the answer to a rotation has shown little, whatever it passed. So beside
the counts stand the things that have to have happened, each with how often it really did.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hanbench.harness.explore.campaign import Covered, has_fired, has_mattered, is_merged
from hanbench.harness.explore.hazards import HAZARDS, Hazard, Possibility
from hanbench.harness.explore.trial import Trial, is_failure
from hanbench.harness.explore.tries import Try


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One hazard of the table."""

    hazard: str
    places: int
    """Points of the unfaulted run."""
    applicable: int
    """Points at which it makes sense."""
    run: int
    """Cases that were run to their own end."""
    merged: int
    """Cases that were run until they stood where a known run has stood."""
    pruned: int
    """Pairs that were not run, since another case stands for them."""
    fired: int
    """Cases, run or merged, in which every fault was seen to strike."""
    mattered: int
    """Cases run to their end whose story differs from the unfaulted one by more than the fault."""
    declared: int
    """Cases that ended in a declared loss, recognised as such (domain.md 10.8)."""
    failed: int
    where: str
    """Where it changes anything, if many a run gives it no chance to."""

    @property
    def is_idle(self) -> bool:
        """Whether it was run, and never changed a story."""
        return self.run > 0 and not self.mattered

    @property
    def not_applicable(self) -> int:
        """Points at which it makes no sense."""
        return self.places - self.applicable


@dataclass(frozen=True, slots=True)
class Sight:
    """Something that has to have happened for a campaign to show anything."""

    name: str
    times: int


@dataclass(frozen=True, slots=True)
class Table:
    """What a campaign covered."""

    rows: tuple[Row, ...]
    sights: tuple[Sight, ...]

    @property
    def unseen(self) -> tuple[str, ...]:
        """What should have happened, and never did."""
        return tuple(sight.name for sight in self.sights if not sight.times)


def table_of(
    covered: Covered, possible: Sequence[Possibility], hazards: Sequence[Hazard] = HAZARDS
) -> Table:
    """Count a campaign; `possible` is all that could go wrong in the unfaulted run."""
    rows = tuple(_row(hazard, covered, possible) for hazard in hazards)
    sights = tuple(
        Sight(name, sum(_is_seen(one, trial, covered.base, does) for one, trial in covered.tried))
        for name, does in _SIGHTS
    )
    return Table(rows, sights)


def _row(of: Hazard, covered: Covered, possible: Sequence[Possibility]) -> Row:
    hazard = of.name
    cases = [(one, trial) for one, trial in covered.tried if _has(one, hazard)]
    merged = sum(is_merged(trial) for _, trial in cases)
    return Row(
        hazard=hazard,
        places=covered.places,
        applicable=sum(one.hazard == hazard for one in possible),
        run=len(cases) - merged,
        merged=merged,
        pruned=sum(_has(one, hazard) for one in covered.left_out),
        fired=sum(has_fired(trial, covered.base) for _, trial in cases),
        mattered=sum(has_mattered(trial, covered.base) for _, trial in cases),
        declared=sum(bool(trial["stranded_by"]) and not is_failure(trial) for _, trial in cases),
        failed=sum(is_failure(trial) for _, trial in cases),
        where=of.matters,
    )


def _has(one: Try, hazard: str) -> bool:
    return any(possibility.hazard == hazard for possibility in one.possibilities)


Does = Callable[[Possibility], bool]


def _is_seen(one: Try, trial: Trial, base: Trial, does: Does) -> bool:
    if not has_fired(trial, base) or not has_mattered(trial, base):
        return False
    return any(does(possibility) for possibility in one.possibilities)


def _at(hazards: str, points: str) -> Does:
    hazard, point = re.compile(hazards), re.compile(points)

    def does(possibility: Possibility) -> bool:
        return bool(hazard.match(possibility.hazard) and point.search(possibility.place.name))

    return does


_ROTATES = r"/(rotate-sua-key|confirm-rotation)#"
_SIGHTS: tuple[tuple[str, Does], ...] = (
    ("a rotation was lost on its way to a meter", _at("drop", rf"{_ROTATES}.*/request/")),
    ("the answer to a rotation was lost", _at("drop", rf"{_ROTATES}.*/reply/")),
    ("a rotation came after its time-out", _at("delay", rf"{_ROTATES}.*/request/")),
    ("the answer to a rotation came after its time-out", _at("delay", rf"{_ROTATES}.*/reply/")),
    ("a rotation came twice", _at("duplicate", rf"{_ROTATES}.*/request/")),
    ("a rotation came damaged", _at("corrupt", rf"{_ROTATES}.*/request/")),
    ("power failed before a key was committed", _at("power cut before", "commit-key")),
    ("the commit of a key was torn", _at("power cut, torn", "commit-key")),
    ("power failed after a key was committed", _at("power cut after", "commit-key")),
    ("a party did not answer while a key was made or confirmed", _at("party", "/party/DCO/")),
    ("the engine was killed and went on from its journal", _at("engine killed", "/journal")),
)
"""What is to be seen in a campaign over a rotation, and the faults that show it."""

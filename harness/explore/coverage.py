"""What a campaign covered, stated exactly: points x hazards, run, merged, pruned, fired, failed.

A campaign that never lost the answer to a rotation has shown little, whatever it passed. So beside
the counts stand the things that have to have happened, each with how often it really did.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hanbench.harness.explore.campaign import Covered, has_fired, is_merged
from hanbench.harness.explore.hazards import HAZARDS, Hazard, Possibility
from hanbench.harness.explore.trial import is_failure
from hanbench.harness.explore.tries import Try


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One hazard of the table."""

    hazard: str
    places: int
    """Points of the unfaulted run that the bounds hold."""
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
    """Cases run to their end in which this fault changed what the case without it tells."""
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
    changed = _changes(covered)
    rows = tuple(_row(hazard, covered, possible, changed) for hazard in hazards)
    sights = tuple(
        Sight(name, sum(any(map(does, changed[one.name])) for one, _ in covered.tried))
        for name, does in _SIGHTS
    )
    return Table(rows, sights)


Changes = Mapping[str, tuple[Possibility, ...]]
"""By case: those of its faults that struck and changed the story."""


def _changes(covered: Covered) -> Changes:
    """Compare each case with what it is without its last fault, and so on.

    Of a pair the second fault is held against the run of the first alone: else it would be said to
    have mattered wherever the first one did. Where a run in between is not known, as of cases that
    are drawn, the nearest that is stands for it.
    """
    stories = {one.name: trial["story"] for one, trial in covered.tried if not is_merged(trial)}
    stories[Try(()).name] = covered.base["story"]
    return {
        one.name: _changed(one, stories) if has_fired(trial, covered.base) else ()
        for one, trial in covered.tried
    }


def _changed(one: Try, stories: Mapping[str, str]) -> tuple[Possibility, ...]:
    if one.name not in stories:
        return ()  # ended where its end is known: it has no whole story
    changed: list[Possibility] = []
    longer, before = len(one.possibilities), one
    while before.possibilities:
        after, before = before, before.trunk
        while before.name not in stories:
            before = before.trunk
        shorter = len(before.possibilities)
        if stories[after.name] != stories[before.name]:
            changed += one.possibilities[shorter:longer]
        longer = shorter
    return tuple(changed)


def _row(of: Hazard, covered: Covered, possible: Sequence[Possibility], changed: Changes) -> Row:
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
        mattered=sum(_is_of(changed[one.name], hazard) for one, _ in cases),
        declared=sum(bool(trial["stranded_by"]) and not is_failure(trial) for _, trial in cases),
        failed=sum(is_failure(trial) for _, trial in cases),
        where=of.matters,
    )


def _has(one: Try, hazard: str) -> bool:
    return _is_of(one.possibilities, hazard)


def _is_of(some: Sequence[Possibility], hazard: str) -> bool:
    return any(possibility.hazard == hazard for possibility in some)


Does = Callable[[Possibility], bool]


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

"""Where two runs of the same case part: compared by their hashes, then event by event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hanbench.harness.verify.processes import Hashes
from hanbench.harness.verify.settings import Setting

ENDED = "(the trace has ended)"
BEFORE = 2
"""How many of the last events that agree are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A case that did not come out the same under two settings."""

    case: str
    first: str
    """Name of a setting."""
    second: str
    trace_differs: bool
    story_differs: bool
    is_missing: bool = False
    """Whether one of the two did not have the case at all: a sweep found another number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """The first event at which two traces part."""

    event: int
    """Counted from 1."""
    first: str
    second: str
    before: tuple[str, ...]


def differences(
    settings: Sequence[Setting], found: Mapping[str, Mapping[str, Hashes]]
) -> tuple[Difference, ...]:
    """Compare every setting with the first, case by case; each case is told once."""
    base, *others = settings
    told: dict[str, Difference] = {}
    for other in others:
        mine, theirs = found[base.name], found[other.name]
        for case in dict.fromkeys((*mine, *theirs)):
            one, two = mine.get(case), theirs.get(case)
            if one != two and case not in told:
                told[case] = Difference(
                    case=case,
                    first=base.name,
                    second=other.name,
                    trace_differs=one is None or two is None or one[0] != two[0],
                    story_differs=one is None or two is None or one[1] != two[1],
                    is_missing=one is None or two is None,
                )
    return tuple(told[case] for case in sorted(told))


def parting(first: Sequence[str], second: Sequence[str]) -> Parting | None:
    """Return where two traces part; None if they are the same."""
    pairs = zip(first, second, strict=False)
    at = next((place for place, (one, two) in enumerate(pairs) if one != two), None)
    if at is None:
        if len(first) == len(second):
            return None
        at = min(len(first), len(second))
    return Parting(
        event=at + 1,
        first=first[at] if at < len(first) else ENDED,
        second=second[at] if at < len(second) else ENDED,
        before=tuple(first[max(0, at - BEFORE) : at]),
    )

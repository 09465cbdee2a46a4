"""Where two runs of the same case part: compared by their hashes, then event by event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hanbench.harness.verify.processes import Hashes
from hanbench.harness.verify.settings import Setting

ENDED = "(the trace has ended)"
BEFORE = 2
"""How many of the last events that agree are shown."""
CAUSES = (
    "a set of text is gone through, or something is ordered by it: the hash seed decides its order",
    "`hash()`, `id()` or a `repr` with an address in it is recorded, or decides something",
    "a case leaves something in a module or a file for the next: their order shows",
    "the clock, the time zone, the locale or chance of the machine is asked, in place of the turn",
    "threads or tasks of the engine's own process end in an order that nobody states",
)
"""How chance usually gets into an engine."""


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
    alike: tuple[tuple[str, ...], ...] = ()
    """The settings by what they gave, the same in one group."""

    @property
    def alike_words(self) -> str:
        """Say which settings agree, `A and C agree, B does not`; empty where none do or two ran."""
        together = [group for group in self.alike if len(group) > 1]
        alone = [group[0] for group in self.alike if len(group) == 1]
        if not together:
            return ""
        agree = "; ".join(f"{' and '.join(group)} agree" for group in together)
        return f"{agree}, {' and '.join(alone)} does not" if alone else agree


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
                    alike=_alike(settings, found, case),
                )
    return tuple(told[case] for case in sorted(told))


def _alike(
    settings: Sequence[Setting], found: Mapping[str, Mapping[str, Hashes]], case: str
) -> tuple[tuple[str, ...], ...]:
    groups: dict[Hashes | None, list[str]] = {}
    for setting in settings:
        groups.setdefault(found[setting.name].get(case), []).append(setting.name)
    return tuple(map(tuple, groups.values()))


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

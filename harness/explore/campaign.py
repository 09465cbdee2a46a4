"""A campaign: all single faults of a run, then pairs, each run once and none forgotten.

The first fault of a pair is one of the singles; the second is taken from the run that was recorded
*with* the first, after it struck, so that retries, probes and roll-back are hit too. A second fault
at a point where the world is as it was when the same fault was tried before (see `state`) is not
tried again: the earlier case stands for it. What is left out for that is counted as pruned, and a
test holds that each pruned case ends as the one that stands for it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hanbench.harness.case import Case
from hanbench.harness.explore.hazards import HAZARDS, Hazard, Possibility, possibilities
from hanbench.harness.explore.places import Premises, premises_of
from hanbench.harness.explore.state import kind_of
from hanbench.harness.explore.store import Store
from hanbench.harness.explore.trial import Trial, explored, is_failure, read_places, try_case
from hanbench.harness.pool import Broken, Workers
from hanbench.harness.streams import draw
from hanbench.harness.verdict import Verdict

PointFilter = Callable[[str], bool]
Ended = Callable[["Try", Trial], None]


@dataclass(frozen=True, slots=True)
class Try:
    """A case of a campaign before it is run."""

    possibilities: tuple[Possibility, ...]

    @property
    def name(self) -> str:
        """What goes wrong, in words; the same in every campaign on the same scenario."""
        return ", then ".join(one.words for one in self.possibilities) or "nothing"

    def case_of(self, base: Case) -> Case:
        """Return the case."""
        case = base
        for one in self.possibilities:
            case = case.with_fault(one.words, one.entry)
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a campaign covers."""

    faults: int = 1
    """1: all singles; 2: all pairs as well."""
    budget: int | None = None
    """At most so many cases; None: all of them."""
    only: PointFilter = lambda _: True
    """Which points the first fault may be at."""
    prunes: bool = True
    seed: int = 1
    """Draws which pairs are run when the budget does not do for all."""


@dataclass(slots=True)
class Covered:
    """What a campaign has run, in its own order, and what it has left out."""

    base: Trial
    tried: list[tuple[Try, Trial]] = field(default_factory=list)
    places: int = 0
    planned: int = 0
    """Cases that there are, run or not, beside the pruned ones."""
    pruned: int = 0
    is_whole: bool = False
    """Whether all of them ran."""


class Campaign:
    """Runs the cases of one scenario that its bounds cover."""

    def __init__(
        self,
        case: Case,
        workers: Workers,
        store: Store,
        bounds: Bounds,
        *,
        hazards: Sequence[Hazard] = HAZARDS,
    ) -> None:
        self._case = explored(case)
        self._workers = workers
        self._store = store
        self._bounds = bounds
        self._hazards = hazards
        self._premises: Premises = premises_of(case)
        self.covered: Covered | None = None
        self.stand_ins: list[tuple[Try, Try]] = []
        """Pairs that are not run, each with the case that stands for it."""

    @property
    def case(self) -> Case:
        """The case without a fault, as the campaign judges it."""
        return self._case

    def record(self) -> Trial:
        """Run the case without a fault: what it passes is what can go wrong."""
        ((_, trial),) = self._run((Try(()),), lambda *_: None)
        self.covered = Covered(base=trial, places=len(trial["places"]))
        return trial

    def singles(self, first: frozenset[str] = frozenset()) -> tuple[Try, ...]:
        """Return every single fault; those named in `first`, which failed before, come first."""
        tries = [Try((one,)) for one in self._possible(self._base) if self._is_wanted(one)]
        tries.sort(key=lambda one: one.name not in first)
        return tuple(tries)

    def pairs(self) -> tuple[Try, ...]:
        """Return every pair that no single and no other pair stands for; singles have been run."""
        assert self.covered is not None, "record comes first"
        pairs: list[Try] = []
        known: dict[Likeness, Try] = {}
        for single, _ in self.covered.tried:
            known.setdefault(_likeness(single), single)
        for single, trial in self.covered.tried:
            for one in self._possible(trial):
                pair = Try((*single.possibilities, one))
                stand_in = known.setdefault(_likeness(pair), pair)
                if stand_in is pair or not self._bounds.prunes:
                    pairs.append(pair)
                else:
                    self.stand_ins.append((pair, stand_in))
        self.covered.pruned = len(self.stand_ins)
        return tuple(pairs)

    def run(self, tries: Sequence[Try], ended: Ended) -> None:
        """Run tries, or as many as the budget allows, and keep what came of them in order."""
        assert self.covered is not None, "record comes first"
        self.covered.planned += len(tries)
        chosen = self._within_budget(tries)
        came: dict[str, Trial] = {}
        try:
            for one, trial in self._run(chosen, ended):
                came[one.name] = trial
        finally:
            # In the order of the plan: the table must not depend on which worker was faster.
            self.covered.tried += [(one, came[one.name]) for one in chosen if one.name in came]
            self.covered.is_whole = len(self.covered.tried) == self.covered.planned

    @property
    def _base(self) -> Trial:
        assert self.covered is not None, "record comes first"
        return self.covered.base

    def _possible(self, trial: Trial) -> Iterator[Possibility]:
        return possibilities(read_places(trial), self._premises, self._hazards)

    def _is_wanted(self, possibility: Possibility) -> bool:
        return self._bounds.only(possibility.place.name)

    def _within_budget(self, tries: Sequence[Try]) -> Sequence[Try]:
        assert self.covered is not None, "record comes first"
        if self._bounds.budget is None:
            return tries
        left = max(0, self._bounds.budget - len(self.covered.tried))
        if left >= len(tries):
            return tries
        drawn = sorted(
            range(len(tries)),
            key=lambda place: draw(self._bounds.seed, "explore", tries[place].name),
        )
        return [tries[place] for place in sorted(drawn[:left])]

    def _run(self, tries: Iterable[Try], ended: Ended) -> Iterator[tuple[Try, Trial]]:
        waiting: list[Try] = []
        for one in tries:
            known = self._store.get(one.name)
            if known is None:
                waiting.append(one)
            else:
                ended(one, known)
                yield one, known
        cases = [one.case_of(self._case) for one in waiting]
        for index, answer in self._workers.run(try_case, cases):
            one = waiting[index]
            trial = _lost(cases[index], answer) if isinstance(answer, Broken) else answer.value
            self._store.put(one.name, trial)
            ended(one, trial)
            yield one, trial


def failures(covered: Covered) -> list[tuple[Try, Trial]]:
    """Return the cases in which the engine did wrong, in the order of the campaign."""
    return [(one, trial) for one, trial in covered.tried if is_failure(trial)]


def has_mattered(trial: Trial, base: Trial) -> bool:
    """Whether a fault changed anything in the story beside the line that says that it struck."""
    return trial["story"] != base["story"]


Likeness = tuple[str, str, str]
"""The hazard of the last fault, the kind of its point, and the state of the world there."""


def _likeness(one: Try) -> Likeness:
    last = one.possibilities[-1]
    return last.hazard, kind_of(last.place.name), last.place.state


def _lost(case: Case, broken: Broken) -> Trial:
    """A case whose worker did not live to say what came of it."""
    is_engines = broken.reason in ("hung", "left")
    verdict = Verdict.FAIL if is_engines else Verdict.HARNESS_ERROR
    name = "engine-broke" if is_engines else "bench-broke"
    finding = {"name": name, "device": "", "clause": "", "detail": broken.detail.strip()}
    return Trial(
        case=case.name,
        faults=[str(fault) for fault in case.faults],
        verdict=verdict.value,
        findings=[finding],
        claimed="",
        stranded_by="",
        devices=[],
        struck=0,
        story="",
        places=[],
        virtual_us=0,
    )

"""A campaign: all single faults of a run, then pairs, each run once and none forgotten.

The first fault of a pair is one of the singles; the second is taken from the run that was recorded
*with* the first, after it struck, so that retries, probes and roll-back are hit too. A second fault
at a point where the world is as it was when the same fault was tried before (see `state`) is not
tried again: the earlier case stands for it. What is left out for that is counted as pruned, and a
test holds that each pruned case ends as the one that stands for it. For the same reason a pair is
run until its end is known (see `merging`).

With a phase, both faults of a pair strike in that phase of their run. Of three faults and more
there are too many: after all singles so many cases are drawn by the seed as the budget allows, each
fault from the run that was recorded with those before it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from hanbench.harness.explore.batches import batches_of, run_last_tries, run_tries
from hanbench.harness.explore.hazards import HAZARDS, Hazard, Possibility, possibilities
from hanbench.harness.explore.merging import KNOWN, can_prune, write_known
from hanbench.harness.explore.places import Place, Premises, premises_of
from hanbench.harness.explore.run_phase import RunPhase
from hanbench.harness.explore.state import kind_of
from hanbench.harness.explore.store import Store
from hanbench.harness.explore.trial import (
    Trial,
    explored,
    is_failure,
    read_places,
)
from hanbench.harness.explore.tries import Try
from hanbench.harness.running.case import Case
from hanbench.harness.running.pool import Workers
from hanbench.harness.streams import draw
from hanbench.harness.verdict import Verdict

PointFilter = Callable[[str], bool]
Ended = Callable[[Try, Trial], None]
NOTHING = Try(()).name
NOTHING_FIRST: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a campaign covers."""

    faults: int = 1
    """1: all singles; 2: all pairs as well; more: all singles, and drawn cases of so many."""
    budget: int | None = None
    """At most so many cases; None: all of them."""
    only: PointFilter = lambda _: True
    """Which points the first fault may be at."""
    phase: RunPhase | None = None
    """The phase of its run that each fault has to strike in; None: anywhere."""
    prunes: bool = True
    """Whether what is known already is left out: pairs that equal others, and the ends of runs."""
    branches: bool = True
    """Whether what pairs have in common is run once; what comes of them is the same."""
    seed: int = 1
    """Draws which pairs are run when the budget does not do for all, and all deeper cases."""


@dataclass(slots=True)
class Covered:
    """What a campaign has run, in its own order, and what it has left out."""

    base: Trial
    tried: list[tuple[Try, Trial]] = field(default_factory=list)
    passed: int = 0
    """Points of the unfaulted run."""
    places: int = 0
    """Those of them that the bounds hold."""
    planned: int = 0
    """Cases that there are, run or not, beside the pruned ones."""
    left_out: tuple[Try, ...] = ()
    """The pairs that were pruned: another case stands for each."""
    merged: int = 0
    """Cases that were run until their end was known."""
    drawn: int = 0
    """Cases of three faults and more, of which there are more than anybody could count."""
    is_whole: bool = False
    """Whether all of them ran."""

    @property
    def pruned(self) -> int:
        """How many pairs were left out."""
        return len(self.left_out)


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
        self._prunes = bounds.prunes and can_prune(case)
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
        ((_, trial),) = self._run((Try(()),), NOTHING_FIRST, lambda *_: None)
        within = self._within(trial, has_begun=False)
        self.covered = Covered(
            base=trial,
            passed=len(trial["places"]),
            places=sum(self._bounds.only(place.name) for place in within),
        )
        return trial

    @property
    def first_faults(self) -> frozenset[str]:
        """The names of all single faults that the run gives a chance to, in and out of bounds."""
        every = possibilities(read_places(self._base), self._premises, self._hazards)
        return frozenset(one.words for one in every)

    def singles(self) -> tuple[Try, ...]:
        """Return every single fault."""
        possible = self._possible(self._base, has_begun=False)
        return tuple(Try((one,)) for one in possible if self._bounds.only(one.place.name))

    def pairs(self) -> tuple[Try, ...]:
        """Return every pair that no single and no other pair stands for; singles have been run."""
        assert self.covered is not None, "record comes first"
        pairs: list[Try] = []
        self.stand_ins = []
        known: dict[Likeness, Try] = {}
        for single, _ in self.covered.tried:
            known.setdefault(_likeness(single), single)
        for single, trial in self.covered.tried:
            for one in self._possible(trial):
                pair = Try((*single.possibilities, one))
                stand_in = known.setdefault(_likeness(pair), pair)
                if stand_in is pair or not self._prunes:
                    pairs.append(pair)
                else:
                    self.stand_ins.append((pair, stand_in))
        self.covered.left_out = tuple(pair for pair, _ in self.stand_ins)
        if self._prunes:
            runs = ((one.name, trial) for one, trial in self.covered.tried)
            write_known(self._store.folder / KNOWN, ((NOTHING, self._base), *runs))
        return tuple(pairs)

    def deeper(self) -> tuple[Try, ...]:
        """Draw cases of as many faults as the bounds say, as many as the budget leaves.

        The same twice: each draw hangs on the seed, the number of the case and of its fault. A
        case that was drawn before, or that ends before there is a further fault, is left out.
        """
        assert self.covered is not None, "record comes first"
        assert self._bounds.budget is not None, "there is no end of them"
        drawn = [Try(())] * max(0, self._bounds.budget - len(self.covered.tried))
        known = {one.name: trial for one, trial in self.covered.tried}
        known[NOTHING] = self._base
        for depth in range(self._bounds.faults):
            missing = {one.name: one for one in drawn if one.name not in known}
            known |= {one.name: trial for one, trial in self._run_here([tuple(missing.values())])}
            drawn = [
                longer
                for number, one in enumerate(drawn)
                if (longer := self._longer(one, known[one.name], f"{number}/{depth}")) is not None
            ]
        return tuple({one.name: one for one in drawn}.values())

    def run(
        self, tries: Sequence[Try], ended: Ended, first: frozenset[str] = NOTHING_FIRST
    ) -> None:
        """Run tries, or as many as the budget allows, and keep what came of them in their order.

        Those named in `first`, which failed before, are run before the others.
        """
        assert self.covered is not None, "record comes first"
        self.covered.planned += len(tries)
        chosen = self._within_budget(tries, first)
        came: dict[str, Trial] = {}
        try:
            for one, trial in self._run(chosen, first, ended):
                came[one.name] = trial
        finally:
            # In the order of the plan: the table must not depend on which worker was faster, nor
            # on what failed in a campaign before.
            self.covered.tried += [(one, came[one.name]) for one in chosen if one.name in came]
            self.covered.merged = sum(is_merged(trial) for _, trial in self.covered.tried)
            self.covered.is_whole = len(self.covered.tried) == self.covered.planned

    def draw_deeper(
        self, tries: Sequence[Try], ended: Ended, first: frozenset[str] = NOTHING_FIRST
    ) -> None:
        """Run what was drawn of deeper cases, those that failed before ahead of the others."""
        assert self.covered is not None, "record comes first"
        before = len(self.covered.tried)
        try:
            self.run(tries, ended, first)
        finally:
            self.covered.drawn = len(self.covered.tried) - before

    @property
    def _base(self) -> Trial:
        assert self.covered is not None, "record comes first"
        return self.covered.base

    def _possible(self, trial: Trial, *, has_begun: bool = True) -> Iterator[Possibility]:
        within = self._within(trial, has_begun=has_begun)
        return possibilities(within, self._premises, self._hazards)

    def _within(self, trial: Trial, *, has_begun: bool) -> Sequence[Place]:
        places, phase = read_places(trial), self._bounds.phase
        return places if phase is None else phase.within(places, has_begun=has_begun)

    def _longer(self, one: Try, trial: Trial, which: str) -> Try | None:
        """Return a try with one more fault, drawn; None where nothing more can go wrong."""
        is_first = not one.possibilities
        possible = [
            possibility
            for possibility in self._possible(trial, has_begun=not is_first)
            if not is_first or self._bounds.only(possibility.place.name)
        ]
        if not possible:
            return None
        chosen = possible[draw(self._bounds.seed, "explore deeper", which) % len(possible)]
        return Try((*one.possibilities, chosen))

    def _within_budget(self, tries: Sequence[Try], first: frozenset[str]) -> Sequence[Try]:
        assert self.covered is not None, "record comes first"
        if self._bounds.budget is None:
            return tries
        left = max(0, self._bounds.budget - len(self.covered.tried))
        if left >= len(tries):
            return tries
        drawn = sorted(
            range(len(tries)),
            key=lambda place: (
                tries[place].name not in first,
                draw(self._bounds.seed, "explore", tries[place].name),
            ),
        )
        return [tries[place] for place in sorted(drawn[:left])]

    def _run(
        self, tries: Sequence[Try], first: frozenset[str], ended: Ended
    ) -> Iterator[tuple[Try, Trial]]:
        are_last = _depth(tries) > 1
        batches = list(batches_of(tries)) if are_last else [[one] for one in tries]
        waiting: list[list[Try]] = []
        for batch in batches:
            known = [self._known(one) for one in batch]
            # What a batch's first cases came to is learnt by the later ones: it is run whole.
            if None in known:
                waiting.append(batch)
                continue
            for one, trial in zip(batch, known, strict=True):
                assert trial is not None, "None is not among them"
                ended(one, trial)
                yield one, trial
        waiting.sort(key=lambda batch: not any(one.name in first for one in batch))
        for one, trial in self._run_here(waiting, are_last=are_last):
            if trial["verdict"] != Verdict.HARNESS_ERROR.value:
                # What the bench did not bring to its end is run again by who goes on.
                self._store.put(one.name, trial)
            ended(one, trial)
            yield one, trial

    def _known(self, one: Try) -> Trial | None:
        """Return what the folder says of a try; a run in part is none where all are run whole."""
        trial = self._store.get(one.name)
        return None if trial is not None and is_merged(trial) and not self._prunes else trial

    def _run_here(
        self, batches: Sequence[Sequence[Try]], *, are_last: bool = False
    ) -> Iterator[tuple[Try, Trial]]:
        """Run tries in the workers; of the last of their kind nothing is noted for a next fault."""
        if not are_last:
            alone = [one for batch in batches for one in batch]
            return run_tries(self._case, alone, self._workers)
        known = (self._store.folder / KNOWN).resolve()
        return run_last_tries(
            self._case,
            batches,
            self._workers,
            known if self._prunes and known.exists() else None,
            branches=self._bounds.branches,
        )


def failures(covered: Covered) -> list[tuple[Try, Trial]]:
    """Return the cases in which the engine did wrong, in the order of the campaign."""
    return [(one, trial) for one, trial in covered.tried if is_failure(trial)]


def doubtful(covered: Covered) -> list[tuple[Try, Trial]]:
    """Return the cases of which the bench cannot say how they end, in the campaign's order."""
    tried = covered.tried
    return [(one, trial) for one, trial in tried if trial["verdict"] == Verdict.INCONCLUSIVE.value]


def has_fired(trial: Trial, base: Trial) -> bool:
    """Whether every fault that was put into the base case struck; its own ones are not counted."""
    own = Counter(base["faults"])
    return not (Counter(trial["faults"]) - own).keys() & set(trial["unfired"])


def is_merged(trial: Trial) -> bool:
    """Whether a case was run until its end was known, and no further."""
    return "goes_on_as" in trial


Likeness = tuple[str, str, str]
"""The hazard of the last fault, the kind of its point, and the state of the world there."""


def _depth(tries: Sequence[Try]) -> int:
    return max((len(one.possibilities) for one in tries), default=0)


def _likeness(one: Try) -> Likeness:
    last = one.possibilities[-1]
    return last.hazard, kind_of(last.place.name), last.place.state

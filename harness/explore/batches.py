"""Runs the last tries of a campaign on its workers: many at once where they share a trunk."""

from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from hanbench.harness.explore.branches import Batch, Ended, can_branch, try_branches
from hanbench.harness.explore.merging import Known, try_until_known
from hanbench.harness.explore.trial import Trial, lost, try_case, try_last
from hanbench.harness.explore.tries import Try
from hanbench.harness.running.case import Case
from hanbench.harness.running.pool import Broken, Workers

BATCH_MAX = 256
"""Branches of one trunk: enough that the trunk costs little, and that most of them come into what
those before them came to; few enough to keep all workers busy and to lose little, a few seconds,
when a campaign is ended."""


def run_tries(base: Case, tries: Sequence[Try], workers: Workers) -> Iterator[tuple[Try, Trial]]:
    """Yield what came of each try, and what it passed, in the order in which they end."""
    return _alone(base, tries, workers, try_case)


def run_last_tries(
    base: Case,
    batches: Sequence[Sequence[Try]],
    workers: Workers,
    known: Path | None,
    *,
    branches: bool = True,
) -> Iterator[tuple[Try, Trial]]:
    """Yield what came of each try of those that no further fault is added to.

    With `known`, each is run until it is in a state whose end is known, which in a batch is also
    what the tries before it have come to. Without `branches`, each is run from its start and by
    itself: that says the same in more time.
    """
    left = [one for batch in batches for one in batch]
    if branches and can_branch(base):
        workers.renew()
        left = yield from _branched(base, batches, workers, known)
    work = try_last if known is None else partial(try_until_known, known)
    yield from _alone(base, left, workers, work)


def _alone(
    base: Case, tries: Sequence[Try], workers: Workers, work: Callable[[Case], Trial]
) -> Iterator[tuple[Try, Trial]]:
    cases = [one.case_of(base) for one in tries]
    for index, answer in workers.run(work, cases):
        if isinstance(answer, Broken):
            yield tries[index], lost(cases[index], answer)
        else:
            yield tries[index], answer.value


def _branched(
    base: Case, batches: Sequence[Sequence[Try]], workers: Workers, known: Path | None
) -> Generator[tuple[Try, Trial], None, list[Try]]:
    """Run what shares a trunk; return the tries that have to be run by themselves."""
    alone: list[Try] = []
    waiting: list[tuple[Sequence[Try], Known]] = [(batch, {}) for batch in batches]
    while waiting:
        again: list[tuple[Sequence[Try], Known]] = []
        given = [_given(base, batch, known, learnt) for batch, learnt in waiting]
        for index, answer in workers.run(try_branches, given):
            batch = waiting[index][0]
            broke = Ended([None] * len(batch), {})
            ended = broke if isinstance(answer, Broken) else answer.value
            left = []
            for one, trial in zip(batch, ended.trials, strict=True):
                if trial is None:
                    left.append(one)
                else:
                    yield one, trial
            # A trunk that had no time for all of its branches goes on; one that had none does not.
            if 0 < len(left) < len(batch):
                again.append((left, ended.learnt))
            else:
                alone += left
        waiting = again
    return alone


def batches_of(tries: Sequence[Try]) -> Iterator[list[Try]]:
    """Yield the tries in batches that share a trunk: the same ones for the same plan.

    What is learnt from a batch's first cases decides where its later ones end.
    """
    for _, sharing in groupby(tries, key=lambda one: one.trunk.name):
        several = list(sharing)
        for start in range(0, len(several), BATCH_MAX):
            yield several[start : start + BATCH_MAX]


def _given(base: Case, batch: Sequence[Try], known: Path | None, learnt: Known) -> Batch:
    added = tuple((one.possibilities[-1].words, one.possibilities[-1].entry) for one in batch)
    return Batch(batch[0].trunk.case_of(base), added, known, learnt)

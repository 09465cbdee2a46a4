"""Runs the last tries of a campaign on its workers: many at once where they share a trunk."""

from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from hanbench.harness.explore.branches import Batch, can_branch, try_branches
from hanbench.harness.explore.merging import try_until_known
from hanbench.harness.explore.trial import Trial, lost, try_case, try_last
from hanbench.harness.explore.tries import Try
from hanbench.harness.running.case import Case
from hanbench.harness.running.pool import Broken, Workers

BATCH_MAX = 48
"""Branches of one trunk: enough that the trunk costs little, few enough to keep all workers busy
and to lose little when a campaign is ended."""


def run_tries(base: Case, tries: Sequence[Try], workers: Workers) -> Iterator[tuple[Try, Trial]]:
    """Yield what came of each try, and what it passed, in the order in which they end."""
    return _alone(base, tries, workers, try_case)


def run_last_tries(
    base: Case, tries: Sequence[Try], workers: Workers, known: Path | None, *, branches: bool = True
) -> Iterator[tuple[Try, Trial]]:
    """Yield what came of each try of those that no further fault is added to.

    With `known`, each is run until it is in a state whose end is known. Without `branches`, each is
    run from its start: that gives the same in more time.
    """
    left = list(tries)
    if branches and can_branch(base):
        left = yield from _branched(base, left, workers, known)
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
    base: Case, tries: Sequence[Try], workers: Workers, known: Path | None
) -> Generator[tuple[Try, Trial], None, list[Try]]:
    """Run what shares a trunk; return the tries that have to be run by themselves."""
    alone: list[Try] = []
    batches = list(_batches(tries))
    while batches:
        again: list[list[Try]] = []
        given = [_given(base, batch, known) for batch in batches]
        for index, answer in workers.run(try_branches, given):
            batch = batches[index]
            trials = [None] * len(batch) if isinstance(answer, Broken) else answer.value
            left = []
            for one, trial in zip(batch, trials, strict=True):
                if trial is None:
                    left.append(one)
                else:
                    yield one, trial
            # A trunk that had no time for all of its branches goes on; one that had none does not.
            if 0 < len(left) < len(batch):
                again.append(left)
            else:
                alone += left
        batches = again
    return alone


def _batches(tries: Sequence[Try]) -> Iterator[list[Try]]:
    for _, sharing in groupby(tries, key=lambda one: one.trunk.name):
        several = list(sharing)
        for start in range(0, len(several), BATCH_MAX):
            yield several[start : start + BATCH_MAX]


def _given(base: Case, batch: Sequence[Try], known: Path | None) -> Batch:
    added = tuple((one.possibilities[-1].words, one.possibilities[-1].entry) for one in batch)
    return Batch(batch[0].trunk.case_of(base), added, known)

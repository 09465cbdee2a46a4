"""Makes a failing case smaller until nothing that is left can be taken away.

Greedy and deterministic: candidates are tried in a fixed order, as many at once as there are
workers, and of those that still fail in the same way the first is taken. It ends at a local
minimum: a case of which no single simplification fails in that way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from hanbench.harness.explore.trial import Trial, try_case
from hanbench.harness.running.case import Case
from hanbench.harness.running.pool import Done, Workers
from hanbench.harness.shrink.simpler import Candidate, simpler
from hanbench.harness.verdict import Verdict

_STATED = frozenset({"step", "expectation", "end-state", "han"})
"""Findings of what a scenario states: two of its steps may fail, and are not each other."""
RUNS_MAX = 2_000
"""Cases after which a shrinker is content with what it has."""


@dataclass(frozen=True, slots=True)
class Failure:
    """In which way a case fails: what has to stay while it shrinks."""

    name: str
    device: str
    clause: str
    wanted: str = ""
    """What was expected, where that tells one failure from another of the same name."""

    @property
    def words(self) -> str:
        """The failure as a tester would say it."""
        return " ".join(part for part in (self.name, self.device, self.clause) if part)


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The smallest case that was found, and the way to it."""

    case: Case
    failure: Failure
    steps: tuple[str, ...]
    """What was taken away, in order."""
    runs: int
    is_minimal: bool
    """Whether every single simplification of it was tried; False when the limit ended it."""


def failure_of(trial: Trial) -> Failure | None:
    """Return in which way a case failed; None for one that did not."""
    if trial["verdict"] != Verdict.FAIL.value or not trial["findings"]:
        return None
    return _way(trial["findings"][0])


def _way(finding: Mapping[str, str]) -> Failure:
    name = finding["name"]
    wanted = finding.get("expected", "") if name in _STATED else ""
    return Failure(name, finding["device"], finding["clause"], wanted)


def shrink(case: Case, failure: Failure, workers: Workers, *, runs_max: int = RUNS_MAX) -> Shrunk:
    """Return the smallest case that still fails in this way, as far as the limit allows."""
    steps: list[str] = []
    runs = 0
    while True:
        taken = None
        for batch in _batches(simpler(case), workers.count):
            runs += len(batch)
            taken = _first_failing(batch, failure, workers)
            if taken is not None or runs >= runs_max:
                break
        if taken is None:
            return Shrunk(case, failure, tuple(steps), runs, is_minimal=runs < runs_max)
        steps.append(taken[0])
        case = taken[1]


def _first_failing(batch: list[Candidate], failure: Failure, workers: Workers) -> Candidate | None:
    fails = [False] * len(batch)
    for place, answer in workers.run(try_case, [case for _, case in batch]):
        # A case that cannot be run at all, since something it needs was taken away, fails not so.
        fails[place] = isinstance(answer, Done) and _fails_so(answer.value, failure)
    return next((one for one, failed in zip(batch, fails, strict=True) if failed), None)


def _fails_so(trial: Trial, failure: Failure) -> bool:
    return trial["verdict"] == Verdict.FAIL.value and any(
        _way(one) == failure for one in trial["findings"]
    )


def _batches(candidates: Iterator[Candidate], size: int) -> Iterator[list[Candidate]]:
    while batch := list(islice(candidates, size)):
        yield batch

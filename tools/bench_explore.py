"""Figures of exploration: singles, pairs of the rotation, and the shrinking of three faults."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from hanbench.harness.explore.campaign import Bounds, Campaign, failures
from hanbench.harness.explore.request import chosen_case
from hanbench.harness.explore.run_phase import run_phase
from hanbench.harness.explore.store import EXPLORED, Store, subject_of
from hanbench.harness.explore.trial import explored, try_case
from hanbench.harness.explore.tries import Try
from hanbench.harness.files.scenario_faults import DelayFault, DropFault, DuplicateFault
from hanbench.harness.running.case import RunOptions
from hanbench.harness.running.pool import Done, Workers
from hanbench.harness.shrink.shrinker import failure_of, shrink

CLEAN = "secure/clean-two-fuel"
SAMPLED = 12
"""Trunks of which the branches are run to measure the rate: from all over the campaign."""
ASSUMES_NEW = "hanbench.harness.zoo.beliefs:assumes_new_once_sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """What all pairs of the rotation are, and how long those took that were run."""

    singles: int
    singles_s: float
    pairs: int
    pruned: int
    run: int
    """Pairs that were run: all, or a sample."""
    run_s: float
    failed: int

    @property
    def rate(self) -> float:
        """Pairs a second."""
        return self.run / self.run_s

    @property
    def is_whole(self) -> bool:
        """Whether the time was measured, and not reckoned from a sample."""
        return self.run == self.pairs

    @property
    def whole_s(self) -> float:
        """How long the campaign takes, its singles included: reckoned where it is not whole."""
        return self.singles_s + self.pairs / self.rate


def singles(jobs: int = 2) -> tuple[int, float]:
    """Explore all single faults of `clean-two-fuel`: cases, seconds."""
    case = chosen_case(CLEAN, "", RunOptions())
    with tempfile.TemporaryDirectory() as folder, Workers(jobs) as workers:
        store = Store(Path(folder) / EXPLORED, subject_of(case))
        campaign = Campaign(case, workers, store, Bounds())
        began_s = time.perf_counter()
        campaign.record()
        tries = campaign.singles()
        campaign.run(tries, lambda *_: None)
        return len(tries), time.perf_counter() - began_s


def rotation_pairs(jobs: int = 2, *, whole: bool = False) -> Pairs:
    """Count all pairs of the rotation, and run them or a sample, in messages without encoding."""
    case = chosen_case(CLEAN, "", RunOptions(traffic="off"))
    bounds = Bounds(faults=2, phase=run_phase("rotation"))
    with tempfile.TemporaryDirectory() as folder, Workers(jobs) as workers:
        store = Store(Path(folder) / EXPLORED, subject_of(case))
        campaign = Campaign(case, workers, store, bounds)
        began_s = time.perf_counter()
        campaign.record()
        tries = campaign.singles()
        campaign.run(tries, lambda *_: None)
        pairs = campaign.pairs()
        singles_s = time.perf_counter() - began_s
        chosen = pairs if whole else sample_of(pairs)
        began_s = time.perf_counter()
        campaign.run(chosen, lambda *_: None)
        run_s = time.perf_counter() - began_s
        assert campaign.covered is not None, "it was recorded"
        return Pairs(
            singles=len(tries),
            singles_s=singles_s,
            pairs=len(pairs),
            pruned=campaign.covered.pruned,
            run=len(chosen),
            run_s=run_s,
            failed=len(failures(campaign.covered)),
        )


def sample_of(pairs: Sequence[Try]) -> Sequence[Try]:
    """Return the pairs of trunks from all over the campaign: a late one has few points to come."""
    trunks = [list(sharing) for _, sharing in groupby(pairs, key=lambda one: one.trunk.name)]
    step = max(1, len(trunks) // SAMPLED)
    return [one for sharing in trunks[step // 2 :: step] for one in sharing]


def shrinking(jobs: int = 2) -> tuple[float, int, int]:
    """Shrink a failure of three faults to what is to blame: seconds, runs, faults that are left."""
    tried = "home-1/esme/read-sua-status#1/try#1"
    late = {"does": "delay", "at": f"{tried}/reply/wan", "by": "40s"}
    case = explored(chosen_case(CLEAN, "full-traffic", RunOptions(engine=ASSUMES_NEW)))
    lost = DropFault(does="drop", at="home-1/gsme/rotate-sua-key#1/try#1/request/wan")
    case = case.with_fault("a", DuplicateFault(does="duplicate", at=f"{tried}/request/wan"))
    case = case.with_fault("b", DelayFault.model_validate(late)).with_fault("c", lost)
    with Workers(jobs) as workers:
        ((_, answer),) = workers.run(try_case, (case,))
        assert isinstance(answer, Done), answer
        failure = failure_of(answer.value)
        assert failure is not None, "the engine is known to be wrong there"
        began_s = time.perf_counter()
        shrunk = shrink(case, failure, workers)
        return time.perf_counter() - began_s, shrunk.runs, len(shrunk.case.faults)

"""Figures of exploration: all single faults of a clean migration, and the shrinking of three."""

import tempfile
import time
from pathlib import Path

from hanbench.harness.case import RunOptions
from hanbench.harness.explore.campaign import Bounds, Campaign
from hanbench.harness.explore.request import chosen_case
from hanbench.harness.explore.store import EXPLORED, Store, subject_of
from hanbench.harness.pool import Workers


def singles(jobs: int = 2) -> tuple[int, float, int]:
    """Explore all single faults of `clean-two-fuel`: cases, seconds, pairs of a rotation left."""
    case = chosen_case("secure/clean-two-fuel", "", RunOptions())
    with tempfile.TemporaryDirectory() as folder, Workers(jobs) as workers:
        store = Store(Path(folder) / EXPLORED, subject_of(case))
        campaign = Campaign(case, workers, store, Bounds(faults=2))
        began_s = time.perf_counter()
        campaign.record()
        tries = campaign.singles()
        campaign.run(tries, lambda *_: None)
        took_s = time.perf_counter() - began_s
        return len(tries), took_s, len(campaign.pairs())

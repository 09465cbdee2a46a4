"""A campaign of pairs that is ended in a batch, and a table that says what was really run."""

import gc
from pathlib import Path

import pytest
from tests.harness.explore.test_campaign import campaign_of, case_of, end_of, explored_by

from hanbench.harness.explore.branches import Batch, try_branches
from hanbench.harness.explore.campaign import Campaign, Covered
from hanbench.harness.explore.coverage import Row, table_of
from hanbench.harness.explore.hazards import HAZARDS
from hanbench.harness.explore.run_phase import run_phase
from hanbench.harness.explore.trial import Trial
from hanbench.harness.explore.tries import Try
from hanbench.harness.files.scenario_faults import DropFault
from hanbench.harness.running.pool import Broken, Workers
from hanbench.harness.world import World

NAMES = ("drop", "delay past the time-out", "engine killed after")
FEW = [one for one in HAZARDS if one.name in NAMES]


@pytest.fixture(scope="module")
def workers():
    with Workers(2) as running:
        yield running


def pairs_in(folder: Path, workers: Workers) -> Campaign:
    """Pairs of the rotation that make several batches of more than one trunk."""
    only, phase = "gsme/rotate-sua-key#1/try#1/reply/wan", run_phase("rotation")
    return campaign_of(case_of(), folder, workers, only, FEW, faults=2, phase=phase)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, workers) -> Campaign:
    campaign = pairs_in(tmp_path_factory.mktemp("whole"), workers)
    explored_by(campaign, pairs=True)
    return campaign


def rows(campaign: Campaign) -> tuple[Row, ...]:
    assert campaign.covered is not None
    possible = [one.possibilities[0] for one in campaign.singles()]
    return table_of(campaign.covered, possible, FEW).rows


def named(one: Try) -> list[str]:
    return [possibility.hazard for possibility in one.possibilities]


class KilledOnce(Workers):
    """Workers of which the first that is given a batch is killed in it."""

    killed = 0

    def run(self, work, cases):  # type: ignore[no-untyped-def, override]
        for index, answer in super().run(work, cases):
            if work is try_branches and not self.killed:
                self.killed += 1
                yield index, Broken("killed", "the worker process was killed by SIGKILL", 0.1)
            else:
                yield index, answer


def test_a_campaign_that_was_ended_in_a_batch_goes_on_to_the_same_table(
    tmp_path, workers, whole, monkeypatch
):
    monkeypatch.setattr("hanbench.harness.explore.batches.BATCH_MAX", 8)
    ended = pairs_in(tmp_path, workers)
    explored_by(ended)
    pairs = ended.pairs()
    done: list[str] = []

    def until_the_first_batch_is_half_done(one, _):  # type: ignore[no-untyped-def]
        done.append(one.name)
        if len(done) == 4:
            raise KeyboardInterrupt

    with Workers(2) as own:
        monkeypatch.setattr(ended, "_workers", own)
        with pytest.raises(KeyboardInterrupt):
            ended.run(pairs, until_the_first_batch_is_half_done)
    assert ended.covered is not None
    assert 0 < sum(len(one.possibilities) == 2 for one, _ in ended.covered.tried) < len(pairs)
    monkeypatch.undo()

    again = pairs_in(tmp_path, workers)
    after = explored_by(again, pairs=True)

    assert after == whole.covered
    assert rows(again) == rows(whole)
    assert rows(ended) != rows(whole)


def test_a_batch_whose_worker_is_killed_is_run_again_to_the_same_table(tmp_path, whole):
    with KilledOnce(2) as mortal:
        again = pairs_in(tmp_path, mortal)
        after = explored_by(again, pairs=True)

    assert mortal.killed == 1
    assert whole.covered is not None
    ends = {one.name: end_of(trial) for one, trial in whole.covered.tried}
    assert {one.name: end_of(trial) for one, trial in after.tried} == ends
    assert after.is_whole


def test_the_table_tells_apart_what_was_run_what_merged_and_what_was_pruned(whole):
    covered = whole.covered

    table = {row.hazard: row for row in rows(whole)}

    for name, row in table.items():
        of = [(one, trial) for one, trial in covered.tried if name in named(one)]
        to_the_end = [(one, trial) for one, trial in of if "goes_on_as" not in trial]
        assert row.run == len(to_the_end)
        assert row.merged == len(of) - len(to_the_end) > 0
        assert row.pruned == sum(name in named(pair) for pair, _ in whole.stand_ins) > 0
        assert row.fired == sum(trial["struck"] == len(one.possibilities) for one, trial in of)
        changed = [one for one, trial in to_the_end if name in changes_of(one, trial, covered)]
        assert row.mattered == len(changed) <= row.run
    assert covered.pruned == len(whole.stand_ins)


def changes_of(one: Try, trial: Trial, covered: Covered) -> list[str]:
    """The hazards of a case that changed what the case without them tells."""
    stories = {
        single.name: its["story"] for single, its in covered.tried if len(named(single)) == 1
    }
    first, *second = named(one)
    alone = stories[Try(one.possibilities[:1]).name]
    has_first = [first] if alone != covered.base["story"] else []
    return has_first + (second if trial["story"] != alone else [])


def test_a_fault_that_changed_nothing_does_not_matter_because_another_did(tmp_path, workers):
    """Of a pair the first one's change is no change of the second's."""
    only = "gsme/rotate-sua-key#1/try#1/request/wan"
    campaign = campaign_of(case_of(), tmp_path, workers, only, FEW, faults=2)
    covered = explored_by(campaign)
    first, story = covered.tried[0][0], covered.tried[0][1]["story"]
    late = next(pair for pair in campaign.pairs() if named(pair) == ["drop", "engine killed after"])
    assert named(first) == ["drop"]

    def row(second: str) -> Row:
        trial: Trial = covered.tried[0][1] | {"story": second}  # type: ignore[assignment]
        both = Covered(base=covered.base, tried=[covered.tried[0], (late, trial)])
        rows = {one.hazard: one for one in table_of(both, [], FEW).rows}
        assert rows["drop"].mattered == 2
        return rows["engine killed after"]

    assert story != covered.base["story"]
    assert row(story).is_idle
    assert row("another").mattered == 1


def test_a_merged_case_never_counts_as_one_that_mattered(tmp_path, workers):
    """Its story is empty, and so differs from every other."""
    only = "gsme/rotate-sua-key#1/try#1/reply/wan"
    covered = explored_by(campaign_of(case_of(), tmp_path, workers, only, FEW))
    dropped = covered.tried[0][0]

    def mattered(**more: str) -> int:
        trial: Trial = covered.base | more  # type: ignore[assignment]
        both = Covered(base=covered.base, tried=[(dropped, trial)])
        return {one.hazard: one.mattered for one in table_of(both, [], FEW).rows}["drop"]

    assert named(dropped) == ["drop"]
    assert mattered(story="another") == 1
    assert mattered(story="", goes_on_as="nothing") == 0


def test_a_batch_leaves_no_world_behind_that_the_next_ones_forks_would_copy():
    at = "home-1/esme/rotate-sua-key#1/try#1/request/wan"
    batch = Batch(case_of(), (("drop", DropFault(at=at, does="drop")),), None)

    gc.collect()
    before = worlds_kept()

    for _ in range(3):
        assert try_branches(batch).trials[0] is not None

    assert worlds_kept() <= before + 1


def worlds_kept() -> int:
    return sum(type(one) is World for one in gc.get_objects())

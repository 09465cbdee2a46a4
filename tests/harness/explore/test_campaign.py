"""Campaigns: all singles, pairs from re-recorded runs, pruning that hides nothing, and coverage."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from hanbench.harness.errors import ScenarioError
from hanbench.harness.explore.batches import batches_of, run_last_tries
from hanbench.harness.explore.campaign import Bounds, Campaign, Covered, failures
from hanbench.harness.explore.coverage import table_of
from hanbench.harness.explore.hazards import HAZARDS, Hazard
from hanbench.harness.explore.merging import KNOWN
from hanbench.harness.explore.request import chosen_case
from hanbench.harness.explore.run_phase import run_phase
from hanbench.harness.explore.store import EXPLORED, Store, subject_of
from hanbench.harness.explore.trial import Trial
from hanbench.harness.running.case import Case, RunOptions
from hanbench.harness.running.name_filter import parse_filter
from hanbench.harness.running.pool import Workers

FEW = ("drop", "delay past the time-out", "power cut after", "party fails", "engine killed after")
"""Hazards of each kind, few enough that pairs can be run without pruning."""
BAD = "hanbench_bad_engines"
"""A module that the tests write where workers look: the folder in which they were started."""
ASSUMES_NEW = '''
"""An engine that takes silence after a rotation for success."""
import sys

import hanbench.harness.engine.reference.rotation
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate

rotation = sys.modules["hanbench.harness.engine.reference.rotation"]


async def assume_new(work, meter):
    key = work.memory_of(meter).successor.key
    await work.note(
        "answered", device=meter.name, proof="new-key", version=key.version,
        check_value=key.check_value,
    )
    work.state_belief(meter, "no answer: it must have taken it")


def engine():
    rotation._resolve = assume_new
    return AsyncEngine(migrate)
'''


ENDS_ITS_PROCESS = '''
"""An engine that takes its process with it when its second Instruction in a row has no answer."""
import os

from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate


class Ending(AsyncEngine):
    silent = 0

    def turn(self, event, now_us):
        self.silent += event.type == "timed_out"
        if self.silent > 1:
            os._exit(7)
        return super().turn(event, now_us)


def engine():
    return Ending(migrate)
'''


@pytest.fixture(scope="module")
def workers():
    with Workers(2) as running:
        yield running


def case_of(*, traffic: str = "off", engine: str = "reference", variant: str = "") -> Case:
    options = RunOptions(engine=engine, traffic=traffic)  # type: ignore[arg-type]
    return chosen_case("secure/clean-two-fuel", variant, options)


def campaign_of(
    case: Case,
    folder: Path,
    workers: Workers,
    only: str,
    hazards: Sequence[Hazard] = HAZARDS,
    **bounds: object,
) -> Campaign:
    store = Store(folder / EXPLORED, subject_of(case))
    limits = Bounds(only=parse_filter(only), **bounds)  # type: ignore[arg-type]
    return Campaign(case, workers, store, limits, hazards=hazards)


def explored_by(
    campaign: Campaign, *, pairs: bool = False, first: frozenset[str] = frozenset()
) -> Covered:
    campaign.record()
    campaign.run(campaign.singles(), lambda *_: None, first)
    if pairs:
        campaign.run(campaign.pairs(), lambda *_: None)
    assert campaign.covered is not None
    return campaign.covered


def end_of(trial: Trial) -> tuple[object, ...]:
    """What a tester would call the result."""
    devices = tuple(tuple(one) for one in trial["devices"])
    names = tuple(sorted({finding["name"] for finding in trial["findings"]}))
    return trial["verdict"], names, trial["claimed"], trial["stranded_by"], devices


def test_every_single_fault_of_a_rotation_really_fires_and_the_reference_engine_stands_it(
    tmp_path, workers
):
    covered = explored_by(campaign_of(case_of(), tmp_path, workers, "gsme/rotate-sua-key"))

    assert covered.is_whole
    assert len(covered.tried) > 50
    assert failures(covered) == []
    assert [one.name for one, trial in covered.tried if trial["struck"] != 1] == []


def test_a_campaign_says_the_same_twice(tmp_path, workers):
    only = "gsme/rotate-sua-key#1/try#1/reply"

    first = explored_by(campaign_of(case_of(), tmp_path / "a", workers, only))
    second = explored_by(campaign_of(case_of(), tmp_path / "b", workers, only))

    assert [(one.name, trial) for one, trial in first.tried] == [
        (one.name, trial) for one, trial in second.tried
    ]


def test_a_campaign_says_the_same_whatever_ran_first_and_however_many_workers_there_are(
    tmp_path, workers
):
    few = [hazard for hazard in HAZARDS if hazard.name in ("drop", "engine killed after")]
    only = "gsme/rotate-sua-key#1/try#1/reply/wan"
    first = campaign_of(case_of(), tmp_path / "a", workers, only, few, faults=2)
    before = explored_by(first, pairs=True)
    remembered = frozenset(one.name for one, _ in before.tried[-3:])

    with Workers(1) as single:
        second = campaign_of(case_of(), tmp_path / "b", single, only, few, faults=2)
        again = explored_by(second, pairs=True, first=remembered)

    assert len(before.tried) > 20
    assert again == before
    assert second.stand_ins == first.stand_ins


def test_what_failed_before_is_tried_first_and_of_pairs_too(tmp_path):
    few = [hazard for hazard in HAZARDS if hazard.name in ("drop", "duplicate")]
    only = "gsme/rotate-sua-key#1/try#1/reply/wan"
    with Workers(1) as single:
        campaign = campaign_of(case_of(), tmp_path, single, only, few, faults=2)
        campaign.record()
        tried: list[str] = []
        last = campaign.singles()[-1].name
        campaign.run(campaign.singles(), lambda one, _: tried.append(one.name), frozenset([last]))
        pairs = campaign.pairs()
        of_the_last = next(one.name for one in reversed(pairs))
        after: list[str] = []
        campaign.run(pairs, lambda one, _: after.append(one.name), frozenset([of_the_last]))

    assert tried[0] == last != campaign.singles()[0].name
    batches = [[one.name for one in batch] for batch in batches_of(pairs)]
    assert len(batches) > 1
    assert set(after[: len(batches[-1])]) == set(batches[-1]), "its whole batch, before all others"


def test_both_faults_of_a_pair_strike_in_the_phase_and_a_retry_belongs_to_it(tmp_path, workers):
    few = [hazard for hazard in HAZARDS if hazard.name in FEW]
    campaign = campaign_of(
        case_of(),
        tmp_path,
        workers,
        "rotate-sua-key#1/try#1/request/wan",
        few,
        phase=run_phase("rotation"),
        faults=2,
    )
    explored_by(campaign)

    seconds = {
        pair.possibilities[-1].place.name
        for pair in campaign.pairs()
        if pair.possibilities[0].hazard == "drop"
    }

    assert not [name for name in seconds if "/COMMISSIONING_PARTY/" in name]
    assert not [name for name in seconds if "/SUPPLIER/" in name]
    assert any("no-op#" in name for name in seconds), "a probe that only a fault brings about"
    assert any(name.startswith("home-1/esme/") for name in seconds), "of all meters"


def test_the_singles_of_a_phase_are_all_singles_between_its_ends(tmp_path, workers):
    whole = campaign_of(case_of(), tmp_path, workers, "home-1")
    part = campaign_of(case_of(), tmp_path, workers, "home-1", phase=run_phase("rotation"))
    whole.record()
    part.record()

    singles = part.singles()

    names = [one.name for one in whole.singles()]
    assert 400 < len(singles) < len(names)
    begins = names.index(singles[0].name)
    assert [one.name for one in singles] == names[begins : begins + len(singles)]
    assert "DCO/escrow_successor/gsme#1" in singles[0].name
    assert "journal/checked/esme#1" in singles[-1].name


def test_a_phase_that_there_is_not_is_named():
    with pytest.raises(ScenarioError, match=r"--phase rotations: there is .* mean 'rotation'"):
        run_phase("rotations")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_cases_of_three_faults_are_drawn_by_the_seed_and_go_on_where_they_were_ended(
    tmp_path, workers
):
    only = "gsme/rotate-sua-key#1/try#1/request/wan"

    def drawn(folder: str) -> Covered:
        campaign = campaign_of(case_of(), tmp_path / folder, workers, only, faults=3, budget=32)
        covered = explored_by(campaign)
        campaign.draw_deeper(campaign.deeper(), lambda *_: None)
        return covered

    first = drawn("a")
    lines = (tmp_path / "a" / EXPLORED).read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "a" / EXPLORED).write_text("".join(lines[:-5]), "utf-8")

    assert drawn("a") == first
    assert drawn("b") == first
    deep = [one for one, _ in first.tried if len(one.possibilities) == 3]
    assert 5 < len(deep) == first.drawn
    assert failures(first) == []


def test_the_second_fault_of_a_pair_is_taken_from_what_came_after_the_first(tmp_path, workers):
    campaign = campaign_of(
        case_of(), tmp_path, workers, "gsme/rotate-sua-key#1/try#1/request/wan", faults=2
    )
    covered = explored_by(campaign)

    names = [pair.name for pair in campaign.pairs()]

    dropped = [name for name in names if name.startswith("drop at")]
    assert any("no-op#1/try#1" in name for name in dropped), "the fence is in no unfaulted run"
    assert not any("start_migration" in name for name in names), "that was before the first fault"
    assert covered.pruned == len(campaign.stand_ins) > 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("variant", ["", "two-phase"])
def test_a_pruned_pair_ends_as_the_case_that_stands_for_it(tmp_path, workers, variant):
    role = "confirm-rotation" if variant else "rotate-sua-key"
    only = f"gsme/{role}#1/try#1 and wan"
    few = [hazard for hazard in HAZARDS if hazard.name in FEW]
    case = case_of(variant=variant)
    pruned = campaign_of(case, tmp_path / "a", workers, only, few, faults=2)
    whole = campaign_of(case, tmp_path / "b", workers, only, few, faults=2, prunes=False)
    explored_by(pruned, pairs=True)
    covered = explored_by(whole, pairs=True)
    by_name = {one.name: trial for one, trial in covered.tried}

    differing = Counter(
        pair.possibilities[-1].hazard
        for pair, stand_in in pruned.stand_ins
        if end_of(by_name[pair.name]) != end_of(by_name[stand_in.name])
    )
    merged = [(one, trial) for one, trial in pruned.covered.tried if "goes_on_as" in trial]  # type: ignore[union-attr]
    differing += Counter(
        one.possibilities[-1].hazard
        for one, trial in merged
        if end_of(by_name[one.name]) != end_of(trial)
    )

    assert len(merged) > 20
    assert len(pruned.stand_ins) > 100
    assert differing == Counter()
    assert failures(covered) == [], "nothing that was pruned hid a failure"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_pair_that_branches_off_says_what_it_says_when_it_is_run_from_its_start(
    tmp_path, workers
):
    only = "gsme/rotate-sua-key#1/try#1/request/wan"
    few = [hazard for hazard in HAZARDS if hazard.name in FEW]
    phase = run_phase("rotation")
    campaign = campaign_of(case_of(), tmp_path, workers, only, few, faults=2, phase=phase)
    explored_by(campaign)
    pairs = campaign.pairs()
    # A few of each of several trunks, at points of every kind.
    some = [one for place, one in enumerate(pairs) if place % (len(pairs) // 16) == 0]
    known = (tmp_path / KNOWN).resolve()

    def said(states: Path | None, *, branches: bool) -> dict[str, Trial]:
        batches = list(batches_of(some))
        came = run_last_tries(campaign.case, batches, workers, states, branches=branches)
        return {one.name: trial for one, trial in came}

    assert said(None, branches=True) == said(None, branches=False)
    branched, alone = said(known, branches=True), said(known, branches=False)
    assert {name: end_of(one) for name, one in branched.items()} == {
        name: end_of(one) for name, one in alone.items()
    }
    assert len(branched) == len(some) > 12
    assert 2 < sum("goes_on_as" in trial for trial in branched.values()) < len(some)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_branch_that_dies_is_run_again_by_itself_and_blamed(tmp_path, monkeypatch):
    (tmp_path / f"{BAD}.py").write_text(ENDS_ITS_PROCESS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    case = case_of(engine=f"{BAD}:engine")
    lost, retried = "home-1/gsme/rotate-sua-key#1/try#1/request/wan", "no-op#1/try#1/request/wan"
    drop = next(hazard for hazard in HAZARDS if hazard.name == "drop")
    with Workers(1) as own:
        campaign = campaign_of(case, tmp_path, own, lost, [drop], faults=2)
        explored_by(campaign)
        pairs = [one for one in campaign.pairs() if retried in one.name or "esme" in one.name][:4]
        came = dict(run_last_tries(campaign.case, list(batches_of(pairs)), own, None))

    blamed = [one for one, trial in came.items() if trial["verdict"] == "fail"]
    assert f"home-1/gsme/{retried}" in [one.possibilities[-1].place.name for one in blamed]
    assert came[blamed[0]]["findings"][0]["name"] == "engine-broke"
    assert len(came) == len(pairs) > len(blamed), "the others of its batch are not lost with it"


def test_a_planted_mistake_is_found_by_single_faults(tmp_path, monkeypatch):
    (tmp_path / f"{BAD}.py").write_text(ASSUMES_NEW, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    case = case_of(engine=f"{BAD}:engine")
    with Workers(2) as own:
        covered = explored_by(campaign_of(case, tmp_path, own, "gsme/rotate-sua-key#1"))

    failed = failures(covered)
    assert failed, "silence is no proof"
    names = {finding["name"] for _, trial in failed for finding in trial["findings"]}
    assert "confidently-wrong" in names


def test_a_budget_draws_by_the_seed_and_the_bound_says_so(tmp_path, workers):
    only = "gsme/rotate-sua-key"
    first = explored_by(campaign_of(case_of(), tmp_path / "a", workers, only, budget=7))
    second = explored_by(campaign_of(case_of(), tmp_path / "b", workers, only, budget=7))

    assert len(first.tried) == 7
    assert not first.is_whole
    assert first.planned > 50
    assert [one.name for one, _ in first.tried] == [one.name for one, _ in second.tried]


def test_the_faults_that_a_scenario_has_itself_are_not_taken_for_those_that_were_tried(
    tmp_path, workers
):
    case = chosen_case("secure/rotation-response-lost", "", RunOptions(traffic="off"))
    campaign = campaign_of(case, tmp_path, workers, "gsme/no-op#1/try#1/request/wan")
    covered = explored_by(campaign)
    possible = [one.possibilities[0] for one in campaign.singles()]

    drop = next(row for row in table_of(covered, possible).rows if row.hazard == "drop")

    assert covered.base["struck"] == 1
    assert (drop.run, drop.fired, drop.mattered) == (1, 1, 1)


def test_what_was_never_seen_to_happen_is_said(tmp_path, workers):
    campaign = campaign_of(case_of(), tmp_path, workers, "gsme/rotate-sua-key#1/try#1/request/wan")
    covered = explored_by(campaign)
    possible = [one.possibilities[0] for one in campaign.singles()]

    table = table_of(covered, possible)

    assert "the answer to a rotation was lost" in table.unseen
    assert "a rotation was lost on its way to a meter" not in table.unseen
    drop = next(row for row in table.rows if row.hazard == "drop")
    assert (drop.applicable, drop.run, drop.fired, drop.mattered, drop.failed) == (1, 1, 1, 1, 0)
    assert drop.not_applicable == drop.places - 1


def test_a_campaign_goes_on_from_its_lines_and_runs_nothing_twice(tmp_path, workers):
    only = "gsme/rotate-sua-key#1/try#1/reply"
    whole = explored_by(campaign_of(case_of(), tmp_path, workers, only))
    path = tmp_path / EXPLORED
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:5]) + lines[5][:40], "utf-8")

    class Refusing(Workers):
        asked = 0

        def run(self, work, cases):  # type: ignore[no-untyped-def, override]
            Refusing.asked += len(cases)
            return workers.run(work, cases)

    again = explored_by(campaign_of(case_of(), tmp_path, Refusing(1), only))

    assert Refusing.asked == len(whole.tried) - 3, "the torn line is run again, four are known"
    assert [trial for _, trial in again.tried] == [trial for _, trial in whole.tried]


def test_lines_about_something_else_are_refused(tmp_path):
    case = case_of()
    Store(tmp_path / EXPLORED, subject_of(case))

    with pytest.raises(ScenarioError, match="line 1: it is about traffic off, not full"):
        Store(tmp_path / EXPLORED, subject_of(case_of(traffic="full")))


@pytest.mark.parametrize(
    ("began", "now", "says"),
    [
        ("", "mine:parts", "parts of the bench's own, not mine:parts"),
        ("mine:parts", "", "parts mine:parts, not of the bench's own"),
        ("mine:parts", "mine:others", "parts mine:parts, not mine:others"),
    ],
)
def test_lines_about_other_devices_are_refused(tmp_path, began, now, says):
    begun, case = (replace(case_of(), parts=parts) for parts in (began, now))
    Store(tmp_path / EXPLORED, subject_of(begun))
    Store(tmp_path / EXPLORED, subject_of(begun))

    with pytest.raises(ScenarioError, match=f"line 1: it is about {says}; go on in another"):
        Store(tmp_path / EXPLORED, subject_of(case))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_folder_of_an_older_bench_is_refused_since_it_does_not_say_what_its_files_were(
    tmp_path, version
):
    path = tmp_path / EXPLORED
    head = {key: value for key, value in subject_of(case_of()).items() if key != "files"}
    path.write_text(json.dumps(head | {"exploration": version}) + "\n", "utf-8")

    with pytest.raises(ScenarioError, match=f"it is about exploration {version}, not 4"):
        Store(path, subject_of(case_of()))


def test_a_line_that_is_none_is_named(tmp_path):
    case = case_of()
    path = tmp_path / EXPLORED
    path.write_text(json.dumps(subject_of(case)) + "\nrubbish\n{}\n", "utf-8")

    with pytest.raises(ScenarioError, match="line 2: not a line of an exploration"):
        Store(path, subject_of(case))


def test_a_dead_router_and_a_meter_out_of_reach_matter_where_there_are_routers(tmp_path, workers):
    case = chosen_case("han/meter-behind-a-dying-repeater", "", RunOptions())
    dying = ("router out of reach for 2 h", "router dead for 2 h", "router dead for good")
    chosen = [one for one in HAZARDS if one.name in dying]
    only = "esme/rotate-sua-key#1/try#1/request"

    covered = explored_by(campaign_of(case, tmp_path, workers, only, chosen))

    table = table_of(covered, [one.possibilities[0] for one, _ in covered.tried], chosen)
    assert [row.hazard for row in table.rows if row.run == row.fired > 0] == list(dying)
    assert [row.hazard for row in table.rows if row.mattered and not row.failed] == list(dying)

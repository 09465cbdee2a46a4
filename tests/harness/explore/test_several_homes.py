"""Campaigns over a scenario of several Installations: what can go wrong in each of them."""

import pytest
from tests.harness.explore.test_campaign import ASSUMES_NEW, BAD, campaign_of, explored_by

from hanbench.harness.explore.campaign import Covered, failures, has_fired
from hanbench.harness.explore.coverage import table_of
from hanbench.harness.explore.hazards import HAZARDS
from hanbench.harness.explore.record import EXPLORATION, Exploration
from hanbench.harness.explore.request import ExploreRequest, chosen_case, explore
from hanbench.harness.files.scenario_faults import DropFault
from hanbench.harness.running.case import Case, RunOptions
from hanbench.harness.running.pool import Workers

SEVERAL = "rules/one-of-many-in-a-file-set"
REQUEST = "rejected/gsme/rotate-sua-key#1/try#1/request/wan"
COMMIT = "other/gsme/rotate-sua-key#1/try#1/execute/commit-key"


@pytest.fixture(scope="module")
def workers():
    with Workers(1) as running:
        yield running


def case_of(engine: str = "reference") -> Case:
    return chosen_case(SEVERAL, "", RunOptions(engine=engine, traffic="off"))


def declared(covered: Covered, hazard: str) -> int:
    possible = [one.possibilities[0] for one, _ in covered.tried]
    return next(row.declared for row in table_of(covered, possible).rows if row.hazard == hazard)


def test_the_points_of_each_home_are_found_and_struck_there(tmp_path, workers):
    few = [one for one in HAZARDS if one.name in ("drop", "delay past the wake", "power cut, torn")]
    campaign = campaign_of(case_of(), tmp_path, workers, f"{REQUEST} or {COMMIT}", few)

    covered = explored_by(campaign)

    assert [one.name for one, _ in covered.tried] == [
        f"drop at {REQUEST}",
        f"delay past the wake at {REQUEST}",
        f"power cut, torn at {COMMIT}",
    ]
    assert covered.passed == 345
    assert all(has_fired(trial, covered.base) for _, trial in covered.tried)
    assert failures(covered) == []
    assert declared(covered, "power cut, torn") == 1


def test_a_second_fault_may_strike_in_another_home(tmp_path, workers):
    few = [one for one in HAZARDS if one.name == "drop"]
    campaign = campaign_of(case_of(), tmp_path, workers, REQUEST, few, faults=2)
    explored_by(campaign)

    seconds = [pair.possibilities[1].place.name for pair in campaign.pairs()]

    homes = {name.split("/")[0] for name in seconds}
    assert len(homes) == 3
    assert not [name for name in seconds if name == REQUEST]
    assert "rejected/gsme/no-op#1/try#1/request/wan" in seconds, (
        "a probe that the first brings about"
    )


def test_a_fault_that_a_scenario_has_in_another_home_stays_there(tmp_path, workers):
    case = case_of().with_fault("own", DropFault(does="drop", at=REQUEST))
    few = [one for one in HAZARDS if one.name == "drop"]
    campaign = campaign_of(case, tmp_path, workers, "other/gsme/no-op#1/try#1/reply/wan", few)

    covered = explored_by(campaign)

    assert covered.base["struck"] == 1
    assert covered.base["unfired"] == []
    assert covered.base["faults"] == [f"drop at {REQUEST}"]
    assert (case.faults, len(case.all_faults)) == ((), 1)
    assert {trial["struck"] for _, trial in covered.tried} == {2}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_mistake_in_another_home_is_found_shrunk_and_told(tmp_path, monkeypatch, capsys):
    (tmp_path / f"{BAD}.py").write_text(ASSUMES_NEW, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    options = RunOptions(engine=f"{BAD}:engine", traffic="off")
    monkeypatch.setattr("hanbench.harness.explore.campaign.HAZARDS", HAZARDS[:1])
    request = ExploreRequest(
        scenario=SEVERAL, options=options, only=REQUEST, out=tmp_path / "out", jobs=1, budget=1
    )

    explore(request)

    said = capsys.readouterr().out
    kept = Exploration.model_validate_json((tmp_path / "out" / EXPLORATION).read_text("utf-8"))
    (smallest,) = kept.shrunk
    assert "shrunk in" in said
    assert [REQUEST in fault for fault in smallest.faults] == [True], "and said"
    assert kept.failed[0].findings[0].detail.startswith("rejected: ")
    page = (tmp_path / "out" / "exploration.html").read_text("utf-8")
    assert "The failing run beside the nearest that passes" in page
    told = (tmp_path / "out" / smallest.replay).read_text("utf-8")
    assert f"1. {smallest.faults[0]}, struck at" in " ".join(told.replace("\n#", " ").split())

"""A failing case beside the nearest that passes: what is the same, where they part, the ends."""

import pytest
from tests.harness.explore.test_campaign import ASSUMES_NEW, BAD
from tests.harness.explore.test_shrink import LOST, failing_case

from hanbench.harness.explore.parting import AFTER, BEFORE, parting_of
from hanbench.harness.explore.request import chosen_case
from hanbench.harness.explore.trial import explored
from hanbench.harness.files.scenario_faults import DropFault, DuplicateFault
from hanbench.harness.running.case import RunOptions
from hanbench.harness.running.pool import Workers
from hanbench.harness.verdict import Verdict


@pytest.fixture
def bad_engine(tmp_path, monkeypatch):
    (tmp_path / f"{BAD}.py").write_text(ASSUMES_NEW, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return f"{BAD}:engine"


def base(engine):
    options = RunOptions(engine=engine, traffic="off")
    return explored(chosen_case("secure/clean-two-fuel", "", options))


def test_two_runs_are_told_in_words_up_to_where_they_part_and_to_their_ends(bad_engine):
    case = base(bad_engine).with_fault("lost", DropFault(does="drop", at=LOST))

    with Workers(2) as workers:
        parting = parting_of(case, workers)

    assert parting is not None
    assert parting.lacks == f"drop at {LOST}"
    first = next(at for at, line in enumerate(parting.lines) if line.is_first)
    *same, fault = parting.lines[:first]
    assert len(same) == BEFORE - 1
    assert all(line.passing == line.failing for line in same)
    assert fault.passing is None
    assert fault.failing.says == f"fault: drop at {LOST}"
    parted = parting.lines[first]
    assert parted.passing.says == "S1SP to hub: rotate-sua-key gsme"
    assert parted.failing.says == "S1SP to hub: rotate-sua-key gsme, lost on the way"
    assert sum(line.is_first for line in parting.lines) == 1
    ends = [[s.says for s in side if s] for side in zip(*map(sides, parting.lines), strict=True)]
    assert "the engine is wrongly certain that gsme holds the NEW key: no answer" in str(ends[1])
    assert any(says.startswith("found: confidently-wrong") for says in ends[1])
    assert "the engine claims commissioned: every meter answers under the DCO's key" in ends[0]
    assert "34 steps later" in ends[0]
    assert (parting.passing.verdict, parting.failing.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert "the engine believes that gsme holds the OLD key: as authorised" not in ends[0]
    assert parting.earlier[0].says == "the engine writes into its journal: life"
    assert any(line.startswith("- ") for line in parting.raw)
    assert any(line.startswith("+ ") for line in parting.raw)


def sides(line):
    return line.passing, line.failing


def test_of_several_faults_the_one_without_which_it_passes_is_named(bad_engine):
    with Workers(2) as workers:
        parting = parting_of(failing_case(bad_engine), workers)

    assert parting is not None
    assert parting.lacks == f"drop at {LOST}"
    faults = [line.failing for line in parting.lines if line.failing and line.passing is None]
    assert f"fault: drop at {LOST}" in [step.says for step in faults]
    assert len(parting.lines) <= BEFORE + 2 * AFTER


def test_without_a_fault_or_a_run_that_passes_nothing_is_laid_beside(bad_engine):
    harmless = DuplicateFault(does="duplicate", at=LOST)
    with Workers(1) as workers:
        assert parting_of(base(bad_engine), workers) is None
        assert parting_of(base("no_such_module:engine").with_fault("a", harmless), workers) is None


def test_a_run_that_tells_the_same_story_is_no_parting():
    never = DropFault(does="drop", at="home-1/gsme/rotate-sua-key#9/try#1/request/wan")

    with Workers(1) as workers:
        assert parting_of(base("reference").with_fault("never", never), workers) is None

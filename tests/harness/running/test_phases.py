"""The test phases: their scenarios, when they may be entered, and by what evidence."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from hanbench.harness.cli import cli
from hanbench.harness.files.loader import Library
from hanbench.harness.judging.clause_matrix import shipped_scenarios
from hanbench.harness.running.phases import (
    MET,
    NOT_MET,
    NOT_RUN,
    Criterion,
    Evidence,
    load_phases,
    phase_rows,
    worst,
)
from hanbench.harness.running.suites import select

SCENARIOS = shipped_scenarios()
NOWHERE = Path("no such folder") / "results.json"


@pytest.fixture(name="results", scope="module")
def _results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of what MDUST asks for before it is entered."""
    folder = tmp_path_factory.mktemp("run")
    named = [
        "secure/clean-two-fuel",
        "secure/clean-electricity-only",
        "rules/no-epcl-entry",
        "rules/entry-of-mdust",
    ]
    done = CliRunner().invoke(cli, ["run", *named, "--jobs", "1", "--out", str(folder)])
    assert done.exit_code == 0, done.output
    return next(folder.rglob("results.json"))


def test_a_phase_is_run_by_its_name() -> None:
    chosen = select(["UIT-A"], Library())

    assert len(chosen) > 5
    assert all("UIT-A" in one.scenario.phases for one in chosen)


def test_every_scenario_that_a_criterion_names_is_there_and_every_phase_has_some() -> None:
    names = {one.name for one in SCENARIOS}
    criteria = [it for phase in load_phases().values() for it in phase.entry]

    assert {name for it in criteria for name in it.scenarios} <= names
    assert {it.phase for it in criteria} - {""} <= set(load_phases())
    assert {tag for one in SCENARIOS for tag in one.scenario.phases} == set(load_phases())


def test_without_a_run_nothing_may_be_entered() -> None:
    rows = phase_rows(SCENARIOS, NOWHERE)

    assert [row.name for row in rows] == ["MDUST", "UIT-A"]
    assert not any(row.may_be_entered for row in rows)
    assert {one.standing for row in rows for one in row.entry} == {NOT_RUN}


def test_a_phase_may_be_entered_once_its_criteria_have_run_as_expected(results: Path) -> None:
    mdust, uit = phase_rows(SCENARIOS, results)

    assert mdust.may_be_entered
    assert [one.standing for one in mdust.entry] == [MET, MET]
    told = mdust.entry[0].evidence[0]
    assert told.scenario == "secure/clean-two-fuel"
    assert all(verdict == "pass" and len(story) == 64 for _, verdict, story in told.cases)
    assert not uit.may_be_entered


def test_a_case_that_came_out_otherwise_keeps_a_phase_shut(results: Path, tmp_path: Path) -> None:
    data = json.loads(results.read_text(encoding="utf-8"))
    spoilt = next(one for one in data["cases"] if one["case"].startswith("rules/no-epcl-entry"))
    spoilt["verdict"] = "fail"
    path = tmp_path / "results.json"
    path.write_text(json.dumps(data), encoding="utf-8")

    mdust, _ = phase_rows(SCENARIOS, path)
    said = CliRunner().invoke(cli, ["phases", "--results", str(path)])

    assert [one.standing for one in mdust.entry] == [MET, NOT_MET]
    assert not mdust.may_be_entered
    assert said.exit_code == 1
    assert "MDUST  from 2020-06-29, may not be entered" in said.output


def test_the_phases_are_printed_in_words_and_as_data(results: Path) -> None:
    words = CliRunner().invoke(cli, ["phases", "--results", str(results)])
    data = CliRunner().invoke(cli, ["phases", "--json", "--results", str(results)])

    assert words.exit_code == data.exit_code == 0
    assert "MDUST  from 2020-06-29, may be entered" in words.output
    assert "rules/n55-lost  not run" in words.output
    told = json.loads(data.output)
    assert told["entries"]["MDUST"]["may_be_entered"] is True
    assert told["entries"]["UIT-A"]["entry"][0]["standing"] == NOT_RUN


def test_the_worst_of_the_evidence_counts_and_none_is_no_proof() -> None:
    met, failed, idle = (Evidence("x", one) for one in (MET, NOT_MET, NOT_RUN))

    assert worst([met, met]) == MET
    assert worst([met, idle]) == NOT_RUN
    assert worst([met, idle, failed]) == NOT_MET
    assert worst([]) == NOT_RUN


@pytest.mark.parametrize("given", [{}, {"phase": "MDUST", "scenarios": ("a",)}])
def test_a_criterion_is_about_scenarios_or_about_a_phase(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Criterion.model_validate({"criterion": "x", **given})

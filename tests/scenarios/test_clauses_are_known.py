"""Every clause that a shipped scenario names has an entry with its source, and none is idle."""

import pytest
from ruamel.yaml import YAML

from hanbench.harness.files.loader import fixture_names, fixtures_folder

ENTRIES = YAML(typ="safe", pure=True).load(fixtures_folder("clauses.yaml").read_text())["entries"]
SCENARIOS = sorted((fixtures_folder("scenarios")).glob("*/*.yaml"))


def _clauses(path: object) -> list[str]:
    return YAML(typ="safe", pure=True).load(path.read_text())["clauses"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_names_known_clauses_and_what_would_go_wrong(path: object) -> None:
    scenario = YAML(typ="safe", pure=True).load(path.read_text())  # type: ignore[attr-defined]

    assert set(scenario["clauses"]) <= set(ENTRIES)
    assert scenario["clauses"]
    assert scenario["if_it_went_wrong"]
    assert scenario["expect"]["end_state"] if scenario.get("migrates", True) else scenario["steps"]


def test_every_clause_is_exercised_by_a_scenario() -> None:
    named = {clause for path in SCENARIOS for clause in _clauses(path)}

    assert sorted(set(ENTRIES) - named) == []


def test_an_entry_says_whether_it_is_stated_or_modelled() -> None:
    assert {entry["kind"] for entry in ENTRIES.values()} <= {"stated", "modelled"}
    assert all(entry["source"] and entry["statement"] for entry in ENTRIES.values())
    assert fixture_names("models")

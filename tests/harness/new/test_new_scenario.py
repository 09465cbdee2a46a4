"""`hanbench new scenario`: the file is commented and runs as it stands."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.files.scenario import Expect, Scenario
from hanbench.harness.new.scenario import NEW_SCENARIO, write_new_scenario
from hanbench.harness.new.tests import write_new_tests
from hanbench.harness.running.case import expand
from hanbench.harness.running.case_work import run_one
from hanbench.harness.running.pool import Done, run_here
from hanbench.harness.running.results import exit_code


def test_the_new_file_is_read_and_every_case_of_it_is_as_expected(tmp_path: Path) -> None:
    write_new_scenario(tmp_path / "new.yaml")

    cases = expand(Library().scenario(tmp_path / "new.yaml", name="new"))
    answers = [answer for _, answer in run_here(run_one, cases)]

    assert [case.name for case in cases] == ["new", "new[two-phase]"]
    results = [answer.value.result for answer in answers if isinstance(answer, Done)]
    assert len(results) == 2
    assert exit_code(results) == 0, [result.findings for result in results]


def test_what_is_commented_out_is_right_too(tmp_path: Path) -> None:
    text = NEW_SCENARIO.replace("  # - {at: ...", "  # - {at: home-1/gsme/rotate-sua-key#1/try#1")
    text = text.replace("  # - {", "  - {").replace("# parties:", "parties:")
    text = text.replace("# parameters:", "parameters:")
    text = text.replace("#   SMSO", "  SMSO").replace("#   SUPP", "  SUPP")
    text = text.replace("#   gsme", "  gsme")
    (tmp_path / "new.yaml").write_text(text)

    scenario = Library().scenario(tmp_path / "new.yaml", name="new").scenario

    assert len(scenario.faults) == 8
    assert scenario.parties.smso.stale_counter == {"gsme": 7}
    assert scenario.parameters == {"gsme": {"sua.nvm": "torn"}}


@pytest.mark.parametrize("part", [Scenario, Expect])
def test_every_key_of_a_scenario_stands_in_it(part: type[BaseModel]) -> None:
    keys = [field.alias or name for name, field in part.model_fields.items()]

    said = [key for key in keys if re.search(rf"^[# ]*{key}:", NEW_SCENARIO, re.MULTILINE)]

    assert said == keys


@pytest.mark.parametrize(
    "key",
    [
        *("phases", "authorised", "also", "lasts", "sweep"),
        *("clause", "within", "han", "party_faults", "reports", "cut_off"),
    ],
)
def test_each_key_that_is_commented_out_can_be_taken_in(tmp_path: Path, key: str) -> None:
    text = re.sub(rf"^( *)# {key}:", rf"\1{key}:", NEW_SCENARIO, count=1, flags=re.MULTILINE)
    assert text != NEW_SCENARIO
    if key == "also":
        text = text.replace("#   - {installation", "  - {installation")
    if key == "cut_off":
        text = text.replace("verdict: pass", 'verdict: "violated: customer-cut-off"')
        text = text.replace("[def/sua, ", "[def/sua, domain/10.8-top-up, ")
    (tmp_path / "new.yaml").write_text(text)

    loaded = Library().scenario(tmp_path / "new.yaml", name="new").scenario

    name = {"within": "within_us", "lasts": "lasts_us"}.get(key, key)
    part = loaded if hasattr(loaded, name) else loaded.expect
    assert getattr(part, name)


def test_a_file_that_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine")

    with pytest.raises(ScenarioError, match="is there already"):
        write_new_scenario(path)
    assert path.read_text() == "mine"

    write_new_scenario(path, may_replace=True)
    assert path.read_text() == NEW_SCENARIO


def test_a_place_that_cannot_be_written_is_a_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ScenarioError, match="cannot be written"):
        write_new_scenario(tmp_path / "file" / "new.yaml")


def test_the_new_tests_are_those_that_the_page_shows_and_replace_nothing(tmp_path: Path) -> None:
    write_new_tests(tmp_path / "test_mine.py")

    shipped = fixtures_folder("pytest") / "test_my_engine.py"
    assert (tmp_path / "test_mine.py").read_text() == shipped.read_text()
    with pytest.raises(ScenarioError, match="is there already; name another file, or give --force"):
        write_new_tests(tmp_path / "test_mine.py")
    write_new_tests(tmp_path / "test_mine.py", may_replace=True)
    with pytest.raises(ScenarioError, match="cannot be written"):
        write_new_tests(tmp_path / "nowhere" / "test_mine.py")

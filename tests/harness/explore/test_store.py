"""The lines of a campaign: what was torn is taken off, what was edited is refused."""

import json
from pathlib import Path

import pytest
from tests.harness.explore.test_campaign import case_of

from hanbench.harness.errors import ScenarioError
from hanbench.harness.explore.request import chosen_case
from hanbench.harness.explore.store import EXPLORED, Store, subject_of
from hanbench.harness.explore.trial import Trial
from hanbench.harness.files.loader import fixtures_folder
from hanbench.harness.running.case import RunOptions

TRIAL = Trial(
    case="a",
    faults=[],
    verdict="pass",
    findings=[],
    claimed="",
    stranded_by="",
    devices=[],
    struck=0,
    unfired=[],
    story="",
    places=[],
    virtual_us=0,
)
SUBJECT = subject_of(case_of())


def store_of(path: Path, *names: str) -> Store:
    store = Store(path, SUBJECT)
    for name in names:
        store.put(name, TRIAL)
    return store


@pytest.mark.parametrize("torn", [1, 40])
def test_a_campaign_that_was_killed_may_be_gone_on_with_more_than_once(tmp_path, torn):
    path = tmp_path / EXPLORED
    store_of(path, "a", "b")
    path.write_bytes(path.read_bytes()[:-torn])

    again = store_of(path, "b", "c")
    third = Store(path, SUBJECT)

    assert (again.resumed, third.resumed) == (1, 3), "what was torn is run again and kept"


@pytest.mark.parametrize("kept", [0, 30])
def test_a_campaign_that_was_killed_in_its_first_line_is_begun_again(tmp_path, kept):
    path = tmp_path / EXPLORED
    store_of(path)
    path.write_bytes(path.read_bytes()[:kept])

    assert store_of(path, "a").resumed == 0
    assert Store(path, SUBJECT).resumed == 1


@pytest.mark.parametrize("line", ["rubbish", "{}", '{"name": "a"}', "\x00"])
def test_a_line_that_is_none_is_named_wherever_it_stands(tmp_path, line):
    path = tmp_path / EXPLORED
    path.write_text(json.dumps(SUBJECT) + f"\n{line}\n", "utf-8")

    with pytest.raises(ScenarioError, match="line 2: not a line of an exploration"):
        Store(path, SUBJECT)


SCENARIO = """
scenario: 1
title: A clean migration
clauses: [def/sua]
installation: home.yaml
expect: {end_state: commissioned}
"""


@pytest.mark.parametrize(
    ("edited", "old", "new"),
    [
        ("mine.yaml", "expect:", "limits: {events: 90000}\nexpect:"),
        ("home.yaml", "balance_pence: 1500", "balance_pence: 1400"),
    ],
)
def test_a_campaign_whose_files_were_edited_in_the_meantime_is_refused(tmp_path, edited, old, new):
    home = (fixtures_folder("installations") / "two-fuel.yaml").read_text("utf-8")
    (tmp_path / "home.yaml").write_text(home, "utf-8")
    (tmp_path / "mine.yaml").write_text(SCENARIO, "utf-8")
    path = tmp_path / EXPLORED

    def opened() -> Store:
        case = chosen_case(str(tmp_path / "mine.yaml"), "", RunOptions())
        return Store(path, subject_of(case))

    opened().put("a", TRIAL)
    assert opened().resumed == 1
    file = tmp_path / edited
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")

    with pytest.raises(ScenarioError, match="line 1: the scenario has changed since, or a file"):
        opened()

"""A replay file of several Installations holds them all, and a shrunk one those that are left."""

import re
from pathlib import Path

import pytest

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.replay.replay_file import compare, read_replay, write_replay
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import run_case
from hanbench.harness.shrink.simpler import simpler

SCENARIO = """
scenario: 1
title: Two homes of one day
clauses: [def/sua]
installation: two-fuel-plain
traffic: "off"
also:
  - {installation: their-home.yaml, name: first, smso: {silent: [gsme]}}
  - {installation: their-home.yaml, name: second, at: 1h}
faults:
  - {at: second/gsme/rotate-sua-key#1/try#1/reply/wan, does: drop}
expect: {end_state: commissioned}
"""
THEIRS = """
installation: 1
name: their-home
devices:
  hub: {type: CHF, eui64: 00-DB-12-34-56-78-90-A2, model: skyline-i-510}
  esme:
    type: ESME
    eui64: 00-DB-12-34-56-78-90-A0
    model: liberty-100
    mode: active
    sua: {version: 1}
  gsme:
    type: GSME
    eui64: 00-DB-12-34-56-78-90-A1
    model: secure-gsme-synthetic
    mode: active
    sua: {version: 1}
supplier: {name: Their Supplier}
keys: test
"""


def several(folder: Path) -> Case:
    (folder / "their-home.yaml").write_text(THEIRS, encoding="utf-8")
    path = folder / "several.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return expand(Library().scenario(path, name="several"))[0]


def test_each_home_is_in_the_file_and_it_is_replayed_where_none_of_them_is(tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    case = several(here)
    run = run_case(case)
    path = elsewhere / "replay.yaml"
    write_replay(path, case, run)

    recorded, again = read_replay(path)

    assert len(again.companions) == 2
    assert again == case
    assert list(recorded.others) == ["their-home.yaml"]
    assert recorded.faults == ("drop at second/gsme/rotate-sua-key#1/try#1/reply/wan",)
    comparison = compare(recorded, again, run_case(again))
    assert comparison.is_same_trace
    assert comparison.missed == ()


def test_a_home_that_is_not_in_the_file_is_named_by_the_group_that_wants_it(tmp_path: Path) -> None:
    case = several(tmp_path)
    path = tmp_path / "replay.yaml"
    write_replay(path, case, run_case(case))
    path.write_text(path.read_text("utf-8").replace("  their-home.yaml:\n", "  x:\n"), "utf-8")

    with pytest.raises(ScenarioError, match=r"also\[0\].*no Installation .their-home.yaml. under"):
        read_replay(path)


def test_a_home_fewer_is_the_case_that_its_own_file_would_give(tmp_path: Path) -> None:
    """Else the replay file of what is left would be of other addresses than the run that failed."""
    case = several(tmp_path)
    fewer = next(one for words, one in simpler(case) if words == "without group 1 of further homes")
    path = tmp_path / "fewer.yaml"

    write_replay(path, fewer, run_case(fewer))

    assert [one.installation.name for one in fewer.companions] == ["second"]
    assert read_replay(path)[1].companions == fewer.companions
    assert fewer.faults == ()
    assert len(fewer.companions[0].faults) == 1


def test_two_homes_may_have_two_models_of_one_name(tmp_path: Path) -> None:
    """A meter that gives up after two codes in the one home, and after nine in the other."""
    here, there = tmp_path / "here", tmp_path / "here/there"
    there.mkdir(parents=True)
    meter = (fixtures_folder("models") / "liberty-100.yaml").read_text("utf-8")
    for folder, limit in ((here, 9), (there, 2)):
        text, count = re.subn(
            r"wrong_code_limit: {value: 5", f"wrong_code_limit: {{value: {limit}", meter
        )
        assert count == 1
        (folder / "meter.yaml").write_text(text, encoding="utf-8")
        home = THEIRS.replace("model: liberty-100", "model: ./meter.yaml")
        (folder / "their-home.yaml").write_text(home, encoding="utf-8")
    groups = SCENARIO.replace(
        "their-home.yaml, name: second", "there/their-home.yaml, name: second"
    )
    (here / "several.yaml").write_text(groups, encoding="utf-8")
    case = expand(Library().scenario(here / "several.yaml", name="several"))[0]
    assert limits(case) == [9, 2]
    path = tmp_path / "replay.yaml"
    write_replay(path, case, run_case(case))

    recorded, again = read_replay(path)

    assert limits(again) == [9, 2]
    assert again == case
    assert list(recorded.other_models or {}) == ["there/their-home.yaml"]


def limits(case: Case) -> list[int]:
    meters = [one.profiles["esme"].meter for one in case.companions]
    return [one.wrong_code_limit for one in meters if one is not None]

"""Cases: names, variants, what the command line decides."""

import pickle
from pathlib import Path

from scripted_cases import SCENARIO, load_case, load_cases

from hanbench.harness.files.loader import Library
from hanbench.harness.files.scenario_faults import CrashFault
from hanbench.harness.running.case import RunOptions, expand


def test_the_scenario_is_a_case_and_so_is_each_variant(tmp_path: Path) -> None:
    text = SCENARIO + "variants:\n  b: {profile: two-phase}\n  a: {faults: [], seed: 9}\n"

    cases = load_cases(tmp_path, text)

    assert [case.name for case in cases] == ["own/scripted", "own/scripted[b]", "own/scripted[a]"]
    assert [case.scenario.profile for case in cases] == ["single-shot", "two-phase", "single-shot"]
    assert [len(case.faults) for case in cases] == [1, 1, 0]
    assert cases[2].seed == 9


def test_a_variant_may_have_a_home_of_its_own(tmp_path: Path) -> None:
    text = SCENARIO + "variants:\n  small: {installation: electricity-only, faults: []}\n"

    base, small = load_cases(tmp_path, text)

    assert base.order == ("gsme", "esme")
    assert small.order == ("esme",)
    assert "gsme" not in small.profiles


def test_seed_and_traffic_of_the_command_line_win(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(SCENARIO + "variants: {a: {seed: 9, traffic: full}}\n")
    loaded = Library().scenario(path, name="s")

    cases = expand(loaded, RunOptions(seed=7, traffic="off", engine="mine:engine"))

    assert {(case.seed, case.scenario.traffic, case.engine) for case in cases} == {
        (7, "off", "mine:engine")
    }


def test_parameters_of_the_scenario_change_the_model(tmp_path: Path) -> None:
    (case,) = load_cases(tmp_path, SCENARIO + "parameters: {gsme: {sua.failure_limit: 3}}\n")

    sua = case.profiles["gsme"].sua
    assert sua is not None
    assert sua.failure_limit == 3


def test_the_arrangement_of_the_scenario_wins_over_the_installation(tmp_path: Path) -> None:
    stated = SCENARIO + "parties: {SUPPLIER: {arrangement_with_smso: false}}\n"

    assert load_case(tmp_path).has_arrangement
    assert not load_cases(tmp_path, stated)[0].has_arrangement


def test_one_more_fault_makes_another_case_with_another_name(tmp_path: Path) -> None:
    entry = CrashFault(does="crash", at="home-1/engine/journal#3", when="torn")
    plain, variant = load_cases(tmp_path, SCENARIO + "variants: {b: {}}\n")

    swept = [case.with_fault("journal#3/torn", entry) for case in (plain, variant)]

    assert [case.name for case in swept] == [
        "own/scripted[journal#3/torn]",
        "own/scripted[b, journal#3/torn]",
    ]
    assert all(case.faults[-1].at == "home-1/engine/journal#3" for case in swept)
    assert swept[0].scenario.faults[-1] == entry
    assert not swept[0].sweep_kind


def test_a_case_goes_to_a_worker_and_is_the_same_there(tmp_path: Path) -> None:
    case = load_case(tmp_path)

    assert pickle.loads(pickle.dumps(case)) == case

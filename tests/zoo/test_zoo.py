"""Every specimen is caught as it is known to be, by the oracle or a rule and not by a crash."""

import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from tests.tracked_files import ROOT
from tests.zoo.harmless import crashes_on_a_time_out, makes_no_mistake

from hanbench.harness.engine.reference import rotation
from hanbench.harness.errors import ScenarioError
from hanbench.harness.parts import OURS, Parts, load_parts
from hanbench.harness.running.pool import Workers
from hanbench.harness.zoo.catalogue import specimens
from hanbench.harness.zoo.keeping import (
    CLEAN,
    Against,
    Round,
    Shelf,
    chosen,
    rounds_of,
    visit,
    visit_until_caught,
)
from hanbench.harness.zoo.page import write_page
from hanbench.harness.zoo.sightings import EXPECTATIONS, Visit
from hanbench.harness.zoo.specimen import FaultyEngine, Specimen, Swaps
from hanbench.harness.zoo.visiting import as_json, is_well, list_zoo, run_zoo, score, troubles

SHELF = Shelf()
NAMES = [one.name for one in specimens()]


def visited(specimen: Specimen) -> Visit:
    """Run a specimen in the clean case and in its known one, in this process."""
    cases = Round(specimen, SHELF.known(specimen))
    return visit([cases], None, lambda _specimen, _tried: None)[0]


def said(run: object) -> str:
    return re.sub(r"\s+", " ", run.file.getvalue())  # type: ignore[attr-defined]


def console() -> Console:
    return Console(file=io.StringIO(), width=240)


@pytest.mark.parametrize("specimen", specimens(), ids=NAMES)
def test_a_specimen_is_caught_as_it_is_known_to_be(specimen: Specimen) -> None:
    one = visited(specimen)

    assert is_well(one), troubles(one)
    assert one.broke == ()


def test_there_are_enough_of_them_and_each_has_a_name_and_a_mistake_of_its_own() -> None:
    counts = score([visited_as_known(one) for one in specimens()])

    assert counts["engines"] >= 30
    assert counts["devices"] >= 10
    assert len(set(NAMES)) == len(NAMES)
    assert len({one.mistake for one in specimens()}) == len(NAMES)
    assert all(one.mistake.endswith(".") for one in specimens())


MISTAKES_ASKED_FOR = {
    "it assumes OLD on a time-out": "assumes_old_on_time_out",
    "it assumes NEW once it has sent": "assumes_new_once_sent",
    "it probes past the lock-out limit": "probes_past_the_lock_out_limit",
    "it trusts an unauthenticated refusal": "trusts_an_unauthenticated_refusal",
    "it rolls back while a rotation sits in the mirror": (
        "rolls_back_while_a_rotation_sits_in_the_mirror"
    ),
    "it reuses a code after a restart": "reuses_a_code_after_restart",
    "48 hours instead of 336": "ends_the_utrn_period_after_48_hours",
    "it commissions with the gas key unknown": "commissions_with_gas_unknown",
}


@pytest.mark.parametrize("mistake", MISTAKES_ASKED_FOR)
def test_the_mistakes_that_engines_are_feared_for_have_a_specimen_that_a_rule_catches(
    mistake: str,
) -> None:
    specimen = chosen([MISTAKES_ASKED_FOR[mistake]])[0]

    assert specimen.known.finding not in EXPECTATIONS


def test_none_is_caught_by_nothing_but_the_end_that_one_scenario_states() -> None:
    """A rule of every case finds each: so it would be found in a user's own scenario too."""
    assert [one.name for one in specimens() if one.known.finding in EXPECTATIONS] == []


def visited_as_known(specimen: Specimen) -> Visit:
    return Visit(
        name=specimen.name,
        kind="engine" if isinstance(specimen, FaultyEngine) else "device",
        spec=specimen.spec,
        mistake=specimen.mistake,
        known_case=specimen.known.case,
        known_finding=specimen.known.finding,
        known_clause=specimen.known.clause,
        tried=2,
        caught_in=0,
        is_clean_passed=True,
        minimal=None,
        is_as_known=False,
    )


def test_an_engine_without_a_mistake_survives() -> None:
    one = visited(makes_no_mistake)

    assert not one.is_caught
    assert not is_well(one)
    assert score([one])["survived"] == 1
    assert "survives" in troubles(one)[0]


def test_a_crash_is_not_a_catch() -> None:
    one = visited(crashes_on_a_time_out)

    assert not one.is_caught
    assert "ZeroDivisionError" in one.broke[0]


def test_the_reference_engine_is_whole_again_after_each_turn_of_a_broken_one() -> None:
    before = rotation._resolve

    visited(chosen(["assumes_old_on_time_out"])[0])

    assert rotation._resolve is before


def test_a_swap_of_a_name_that_is_gone_is_refused() -> None:
    with pytest.raises(AttributeError, match="_renamed"):
        Swaps().put(rotation, "_renamed", None)


def test_the_command_line_and_a_run_import_nothing_of_the_zoo() -> None:
    program = (
        "import sys\n"
        "from tests.suite_cases import case_of, run\n"
        "import hanbench.harness.cli, hanbench.harness.running.run_request\n"
        "run(case_of('clean-two-fuel', 'no-traffic'))\n"
        "print([one for one in sys.modules if one.startswith('hanbench.harness.zoo')])\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "[]"


def test_the_command_says_what_caught_each_and_the_score(tmp_path: Path) -> None:
    shown = console()

    code = run_zoo(
        ["assumes_new_once_sent", "executes_a_duplicate"],
        against=Against.KNOWN,
        jobs=0,
        out=tmp_path,
        console=shown,
    )

    text = said(shown)
    assert code == 0
    assert "assumes new once sent engine pass oracle confidently-wrong property/P9" in text
    assert "an invariant of every case 1, the end that one scenario states 0" in text
    assert "invariant executed-twice property/P4 secure/spent-code-offered-again" in text
    assert "2 of 2 caught (1 engines, 1 devices and parties)" in text
    written = json.loads((tmp_path / "zoo.json").read_text())
    assert written["zoo"] == 1
    assert written["score"]["caught"] == 2
    assert [one["is_caught"] for one in written["specimens"]] == [True, True]


def test_results_as_json_are_the_same_as_those_that_are_written() -> None:
    shown = console()

    run_zoo(["tells_no_supplier"], against=Against.KNOWN, jobs=0, as_data=True, console=shown)

    printed = json.loads(shown.file.getvalue())  # type: ignore[attr-defined]
    assert printed == json.loads(
        as_json([visited(chosen(["tells_no_supplier"])[0])], against=Against.KNOWN)
    )


def test_the_list_names_each_with_what_it_can_be_run_as() -> None:
    shown = console()

    list_zoo(shown)

    assert all(one.spec in said(shown) for one in specimens())


def test_a_name_that_is_none_is_refused_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match="assumes_old_on_time_out"):
        chosen(["assumes_old_on_timeout"])


def test_the_page_shows_survivors_first_and_has_no_script(tmp_path: Path) -> None:
    caught, survivor = visited(chosen(["ignores_a_stop"])[0]), visited(makes_no_mistake)

    write_page(tmp_path / "zoo.html", [caught, survivor], against=Against.ALL)

    html = (tmp_path / "zoo.html").read_text()
    assert "<script" not in html
    assert "http" not in html
    assert "These survive" in html
    assert html.index("makes no mistake") < html.index("ignores a stop")
    assert "1 of 2 specimens are caught" in html


def test_parts_are_ours_unless_a_case_names_others() -> None:
    assert load_parts("") is OURS
    assert isinstance(load_parts("hanbench.harness.zoo.meters:executes_a_duplicate"), Parts)
    with pytest.raises(ScenarioError, match="expected Parts"):
        load_parts("hanbench.harness.zoo.meters:P4")


def test_all_cases_of_a_specimen_are_the_suites_with_their_sweeps_put_apart() -> None:
    specimen = chosen(["ignores_a_stop"])[0]

    only = rounds_of([specimen], SHELF, None, whole=True)[0]

    names = [case.name for case in only.cases]
    assert len(names) > 200
    assert len(set(names)) == len(names)
    assert f"{CLEAN}[two-phase]" in names
    assert "secure/engine-crash-at-each-journal-write[journal#2/torn]" in names
    assert {case.engine for case in only.cases} == {specimen.spec}


def test_the_command_that_a_specimen_is_shown_with_runs_it_again(tmp_path: Path) -> None:
    one = visited(chosen(["goes_on_taking_the_old_key"])[0])
    words = [*shlex.split(one.run_again), "--jobs", "0", "--out", str(tmp_path / "out")]
    program = [sys.executable, "-c", "from hanbench.harness.cli import main; main()"]

    done = subprocess.run([*program, *words[1:]], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "old-key-executed [property/P6]" in done.stdout
    replay = next((tmp_path / "out" / "replay").glob("*.yaml"))
    assert f"parts: {one.spec}" in replay.read_text()
    again = subprocess.run(
        [*program, "replay", str(replay)], capture_output=True, text=True, check=False
    )
    assert again.returncode == 0
    assert "reproduced" in again.stdout


def test_a_specimen_is_run_until_another_case_than_its_known_one_catches_it() -> None:
    specimen = chosen(["assumes_new_once_sent"])[0]

    one = visit_until_caught([specimen], SHELF, None, lambda _specimen, _tried: None)[0]

    assert is_well(one), troubles(one)
    assert one.minimal is not None
    assert one.minimal.case != specimen.known.case
    assert one.tried < len(SHELF.all(specimen))
    assert not one.is_known_tried


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_shipped_suites_catch_the_whole_zoo_and_its_engines_are_clean_when_all_is_well() -> (
    None
):
    with Workers(2) as workers:
        visits = visit_until_caught(specimens(), SHELF, workers, lambda _specimen, _tried: None)

    assert [(one.name, troubles(one)) for one in visits if not is_well(one)] == []
    assert all(one.minimal is not None for one in visits)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_the_whole_zoo_is_caught_and_its_engines_are_clean_when_all_is_well() -> None:
    with Workers(2) as workers:
        rounds = rounds_of(specimens(), SHELF, workers, whole=True)
        visits = visit(rounds, workers, lambda _specimen, _tried: None)

    assert [(one.name, troubles(one)) for one in visits if not is_well(one)] == []
    assert all(one.minimal is not None for one in visits)

"""`hanbench explore` as a user sees it: exit code, coverage, smallest case, page, failing set."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console
from tests.harness.explore.test_campaign import ASSUMES_NEW, BAD

from hanbench.harness.errors import ScenarioError
from hanbench.harness.explore.memory import FailingSet
from hanbench.harness.explore.page import PAGE
from hanbench.harness.explore.record import EXPLORATION, Exploration
from hanbench.harness.explore.request import ExploreRequest, chosen_case, explore
from hanbench.harness.explore.show import show_failing
from hanbench.harness.explore.store import EXPLORED
from hanbench.harness.explore.tries import Try
from hanbench.harness.files.loader import fixtures_folder
from hanbench.harness.replay.replaying import replay_file
from hanbench.harness.running.case import RunOptions
from hanbench.harness.running.results import (
    EXIT_HARNESS_ERROR,
    EXIT_INCONCLUSIVE,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_UNEXPECTED,
)
from hanbench.harness.running.terminal import make_console

LOST = "gsme/rotate-sua-key#1/try#1/request/wan"
ANSWERED = "gsme/rotate-sua-key#1/try#1/reply/before-send"
RAISES = '''
"""A hub that fails by its own mistake when it hears of the head-end."""
from hanbench.emulator.hub.comms_hub import CommsHub
from hanbench.harness.parts import Parts


class Hub(CommsHub):
    def receive_wan(self, octets, now):
        return {}["no such member"]


parts = Parts(hub=Hub)
'''
FORGETS = "hanbench.harness.zoo.meters:falls_back_to_the_old_key_at_a_restart"


def request(**more: object) -> ExploreRequest:
    engine, parts = str(more.pop("engine", "reference")), str(more.pop("parts", ""))
    options = RunOptions(engine=engine, parts=parts, traffic="off")
    given = {"scenario": "secure/clean-two-fuel", "options": options, "only": LOST, "jobs": 2}
    return ExploreRequest(**{**given, **more})  # type: ignore[arg-type]


def test_a_planted_mistake_is_found_shrunk_shown_and_replayed(tmp_path, monkeypatch, capsys):
    (tmp_path / f"{BAD}.py").write_text(ASSUMES_NEW, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"

    code = explore(request(engine=f"{BAD}:engine", out=out))

    said = capsys.readouterr().out
    assert code == EXIT_UNEXPECTED
    assert "confidently-wrong gsme property/P9 shrunk" in said
    page = (out / "exploration.html").read_text("utf-8")
    assert "The failing run beside the nearest that passes" in page
    assert page.count("Here the two part: the first difference") == page.count("<article>")
    assert "it must have taken it" in page, "the belief that makes the failing run fail"
    assert "The engine is never certain of a key that the Device does not hold" in page
    assert f"at the points alone whose names hold <code>{LOST}</code>" in page
    marks = [page.index(one) for one in ("the first difference", "truly holds", 'id="ways"')]
    assert marks == sorted(marks)
    assert "<script" not in page
    kept = Exploration.model_validate_json((out / EXPLORATION).read_text("utf-8"))
    assert kept.shrunk[0].faults == (f"drop at home-1/{LOST}",)
    monkeypatch.chdir(tmp_path)
    assert replay_file(out / kept.shrunk[0].replay, console=make_console()) == EXIT_OK
    case = chosen_case("secure/clean-two-fuel", "", RunOptions(engine=f"{BAD}:engine"))
    assert f"drop at home-1/{LOST}" in FailingSet(case).read()


def test_a_device_of_ones_own_is_explored_and_what_it_does_wrong_is_replayed(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hanbench.harness.explore.campaign.Campaign.pairs", lambda _: ())
    out = tmp_path / "out"

    code = explore(request(parts=FORGETS, only=ANSWERED, faults=2, out=out))

    assert code == EXIT_UNEXPECTED
    said = capsys.readouterr().out
    assert "confidently-wrong gsme property/P9 shrunk" in said
    assert "no pair is pruned: what the parts remember is not known" in said
    kept = Exploration.model_validate_json((out / EXPLORATION).read_text("utf-8"))
    assert kept.parts == FORGETS
    assert f"devices and parties of <code>{FORGETS}</code>, seed" in (out / PAGE).read_text("utf-8")
    found = next(one for one in kept.shrunk if one.failure.startswith("confidently-wrong"))
    assert found.faults == (f"restart gsme at home-1/{ANSWERED}",)
    replay = out / found.replay
    assert f"parts: {FORGETS}\n" in replay.read_text("utf-8")
    assert replay_file(replay, console=make_console()) == EXIT_OK
    assert replay_file(replay, parts="", console=make_console()) == EXIT_UNEXPECTED
    assert "verdict    pass; recorded: fail" in capsys.readouterr().out, "ours does it right"
    options = RunOptions(traffic="off")
    assert not FailingSet(chosen_case("secure/clean-two-fuel", "", options)).read()
    with pytest.raises(ScenarioError, match=f"about parts {FORGETS}, not of the bench's own"):
        explore(request(only=ANSWERED, out=out))


def test_one_that_is_ended_before_its_first_run_is_over_says_so(tmp_path, monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hanbench.harness.explore.campaign.Campaign.record", interrupted)
    assert explore(request(out=tmp_path / "out")) == EXIT_INTERRUPTED
    said = capsys.readouterr().out
    assert "ended before the run without a fault was over: nothing was tried" in said
    assert not (tmp_path / "out" / EXPLORATION).exists()


def test_what_the_reference_engine_stands_exits_with_zero_and_forgets_the_failing_set(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    case = chosen_case("secure/clean-two-fuel", "", RunOptions())
    lost = f"drop at home-1/{LOST}"
    nowhere = "drop at nowhere"
    FailingSet(case).update([], [nowhere, lost], possible=[])
    assert FailingSet(case).read() == {nowhere, lost}

    assert explore(request(out=tmp_path / "out")) == EXIT_OK

    said = capsys.readouterr().out
    assert f"single faults that there are at 1 of 115 points, by --only '{LOST}': none" in said
    assert FailingSet(case).read() == frozenset()


def test_a_scenario_by_its_path_is_the_same_campaign_as_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = fixtures_folder("scenarios") / "secure" / "clean-two-fuel.yaml"
    said = []
    for number, scenario in enumerate((str(file), "secure/clean-two-fuel")):
        out = tmp_path / str(number)
        assert explore(request(scenario=scenario, out=out)) == EXIT_OK
        kept = Exploration.model_validate_json((out / EXPLORATION).read_text("utf-8"))
        cases = sorted((out / EXPLORED).read_text("utf-8").splitlines())
        said.append((kept.model_dump(exclude={"wall_s"}), cases))

    assert said[0] == said[1]
    assert said[0][0]["case"] == "secure/clean-two-fuel"


def test_an_odd_failing_set_is_none(tmp_path):
    case = chosen_case("secure/clean-two-fuel", "", RunOptions())
    kept = FailingSet(case, tmp_path)
    kept.update([], ["a"], possible=[])
    (path,) = tmp_path.iterdir()
    path.write_text(json.dumps({"not": "a list"}), "utf-8")

    assert kept.read() == frozenset()


def test_what_was_not_tried_again_is_remembered_and_another_engines_failures_are_its_own(tmp_path):
    case = chosen_case("secure/clean-two-fuel", "", RunOptions())
    other = chosen_case("secure/clean-two-fuel", "", RunOptions(engine="mine:engine"))
    kept = FailingSet(case, tmp_path)
    kept.update([], ["a", "b", "b, then c", "gone, then c"], possible=[])

    kept.update(["a", "d"], ["d"], possible=["a", "b", "d"])
    FailingSet(other, tmp_path).update(["d"], [], possible=["d"])
    FailingSet(replace(case, parts="mine:parts"), tmp_path).update(["d"], ["e"], possible=["d"])

    assert kept.read() == {"b", "b, then c", "d"}


@pytest.mark.parametrize("more", [{"only": "no-such-point"}, {"phase": "hand-over"}])
def test_a_campaign_in_whose_bounds_nothing_can_go_wrong_is_no_pass(
    tmp_path, monkeypatch, capsys, more
):
    monkeypatch.chdir(tmp_path)

    code = explore(request(out=tmp_path / "out", **more))

    said = capsys.readouterr().out
    assert code == EXIT_INCONCLUSIVE
    assert "nothing can go wrong" in said
    assert "nothing was tried" in said
    assert "home-1/" in said, "points that there are"
    assert "none failed" not in said


def test_what_never_happened_is_said_in_red(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = Console(file=io.StringIO(), width=240, color_system="standard", force_terminal=True)

    assert explore(request(out=tmp_path / "out"), shown) == EXIT_OK

    said = shown.file.getvalue()  # type: ignore[attr-defined]
    red = [part.split("\x1b[0m")[0] for part in said.split("\x1b[31m")[1:]]
    assert "never the answer to a rotation was lost" in " ".join(" ".join(red).split())
    assert not any("a rotation was lost on its way to a meter" in part for part in red)


def test_an_expression_that_is_none_is_named_by_its_option(tmp_path):
    with pytest.raises(ScenarioError, match=r"^--only '\(\(': a word is missing"):
        explore(request(only="((", out=tmp_path / "out"))


@pytest.mark.parametrize(
    ("scenario", "variant", "says"),
    [
        ("secure", "", "name one"),
        ("secure/clean-two-fuel[no-such]", "", "has no variant 'no-such'"),
        ("secure/clean-two-fuel", "no-such", "has no variant 'no-such'"),
        ("clean-two-fuel[two-phase]", "esme-first", "'two-phase', and --variant another, 'esme-f"),
        ("han/join-by-install-code", "", "nothing is migrated"),
        ("rules/a-meter-that-joins-says-so", "", "--traffic off: the step '.*' needs frames"),
    ],
)
def test_what_cannot_be_explored_is_named(scenario, variant, says):
    with pytest.raises(ScenarioError, match=says):
        chosen_case(scenario, variant, RunOptions(traffic="off"))


def test_what_is_explored_may_be_named_as_reports_name_it():
    by_name = chosen_case("clean-two-fuel[two-phase]", "", RunOptions())

    assert by_name == chosen_case("secure/clean-two-fuel", "two-phase", RunOptions())
    assert by_name == chosen_case("clean-two-fuel[two-phase]", "two-phase", RunOptions())


def test_a_case_that_fails_without_a_fault_is_not_explored(tmp_path, monkeypatch, capsys):
    text = ASSUMES_NEW.replace("return AsyncEngine(migrate)", "raise ValueError('no engine')")
    (tmp_path / f"{BAD}_raising.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    code = explore(request(engine=f"{BAD}_raising:engine", out=tmp_path / "out"))

    assert code == EXIT_UNEXPECTED
    assert "nothing can be explored from it" in capsys.readouterr().out


def test_a_device_of_ones_own_that_raises_is_no_verdict_on_the_engine(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "hanbench_raising_hub.py").write_text(RAISES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    code = explore(request(parts="hanbench_raising_hub:parts", out=tmp_path / "out"))

    said = capsys.readouterr().out
    assert code == EXIT_HARNESS_ERROR
    assert "without a fault it is harness-error: nothing can be explored from it" in said
    assert "in receive_wan" in said
    assert "KeyError: 'no such member'" in said


def test_an_engine_that_is_not_there_is_named_before_anything_is_written(tmp_path):
    with pytest.raises(ScenarioError, match="refused"):
        explore(request(engine="http://127.0.0.1:9", out=tmp_path / "out"))

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ("no_such:parts", "--parts no_such:parts: no module 'no_such' is installed"),
        (f"{__name__}:LOST", f"--parts {__name__}:LOST: expected Parts, or a function that"),
    ],
)
def test_parts_that_are_none_are_named_before_anything_is_written(tmp_path, parts, says):
    with pytest.raises(ScenarioError, match=f"^{says}"):
        explore(request(parts=parts, out=tmp_path / "out"))

    assert not (tmp_path / "out").exists()


def test_a_finding_that_a_case_has_several_times_is_said_once():
    finding = {"name": "confidently-wrong", "device": "gsme", "clause": "property/P9"}
    said = [{**finding, "detail": detail} for detail in ("it holds NEW", "it holds NEW", "else")]
    trial = {"verdict": "fail", "findings": said, "claimed": ""}
    console = Console(width=200, record=True, file=io.StringIO())

    show_failing(console, [(Try(()), trial)])  # type: ignore[list-item]

    lines = [line.strip() for line in console.export_text().splitlines()]
    assert lines[2:] == [
        "confidently-wrong [property/P9]  it holds NEW (2 times)",
        "confidently-wrong [property/P9]  else",
    ]

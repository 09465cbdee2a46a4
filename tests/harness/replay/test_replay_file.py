"""Replay files: a case, what it gave, and where a replay parts from it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from scripted_cases import SCENARIO, load_cases, run_scripted, scripted_run

from hanbench.emulator.instant import Instant
from hanbench.harness.errors import ScenarioError
from hanbench.harness.events import OutcomeClaimed
from hanbench.harness.files.yaml_source import read_yaml
from hanbench.harness.replay.replay_file import check_is_here, compare, read_replay, write_replay
from hanbench.harness.replay.replaying import replay_file
from hanbench.harness.running.case import Case
from hanbench.harness.running.cases import Bench
from hanbench.harness.shrink.request import shrink_file
from hanbench.harness.story_lines import story_lines
from hanbench.harness.verdict import CaseRun, Verdict

VARIANT = (
    SCENARIO
    + """parties: {SMSO: {stale_counter: {gsme: 7}}}
parameters: {gsme: {sua.nvm: torn}}
steps: [{after: outcome, delay: 90min, do: request-rollback}]
variants: {"b": {profile: two-phase, seed: 12}}
"""
)


def a_case(folder: Path) -> Case:
    return load_cases(folder, VARIANT)[1]


def a_recording(folder: Path) -> tuple[Path, Case, CaseRun]:
    case = a_case(folder)
    run = scripted_run(case, Verdict.FAIL)
    path = folder / "replay.yaml"
    write_replay(path, case, run)
    return path, case, run


def test_the_case_that_is_read_is_the_one_that_ran(tmp_path: Path) -> None:
    path, case, run = a_recording(tmp_path)

    recorded, again = read_replay(path)

    assert again == case
    assert again.profiles == case.profiles
    assert recorded.observed.verdict == "fail"
    found = recorded.observed.findings[0]
    assert found.name == "confidently-wrong"
    assert found.clause == run.result.findings[0].clause == "P9"
    assert found.truth == run.result.findings[0].truth
    assert found.believed == run.result.findings[0].believed


def test_a_word_that_another_reader_of_yaml_takes_for_false_is_in_quotes(tmp_path: Path) -> None:
    case = a_case(tmp_path)
    case = replace(case, scenario=case.scenario.model_copy(update={"traffic": "off"}))
    path = tmp_path / "replay.yaml"

    write_replay(path, case, scripted_run(case, Verdict.FAIL))

    assert '  traffic: "off"\n' in path.read_text(encoding="utf-8")
    assert read_replay(path)[1].scenario.traffic == "off"


def test_the_file_is_readable_and_names_faults_by_their_cause(tmp_path: Path) -> None:
    path, _, _ = a_recording(tmp_path)

    text = path.read_text(encoding="utf-8")

    assert text.startswith("# A recorded case of hanbench. Run it again")
    assert "#   hanbench replay replay.yaml\n" in text
    assert "at: home-1/gsme/rotate-sua-key#1/try#1/reply/wan" in text
    assert "story: |\n" in text
    assert "delay: 90min" in text


def test_another_engine_can_be_named(tmp_path: Path) -> None:
    path, _, _ = a_recording(tmp_path)

    assert read_replay(path, engine="mine:engine")[1].engine == "mine:engine"


def test_the_same_run_is_the_same_story(tmp_path: Path) -> None:
    path, case, run = a_recording(tmp_path)

    comparison = compare(read_replay(path)[0], case, run)

    assert comparison.is_same_trace
    assert comparison.is_same_story
    assert comparison.step is None
    assert not comparison.missed


def test_the_first_line_that_differs_is_named_with_what_led_to_it(tmp_path: Path) -> None:
    path, case, _ = a_recording(tmp_path)

    comparison = compare(read_replay(path)[0], case, scripted_run(case, believed="OLD"))

    assert comparison.step == 2
    assert "result=NEW" in comparison.recorded
    assert "result=OLD" in comparison.replayed
    assert "fault" in comparison.before[-1]
    assert not comparison.is_same_story


def test_a_story_that_ends_early_or_goes_on_parts_at_its_end(tmp_path: Path) -> None:
    path, case, run = a_recording(tmp_path)
    recorded = read_replay(path)[0]
    more = OutcomeClaimed(Instant(5_000_000), "home-1", "unresolved", "")

    shorter = compare(recorded, case, replace(run, trace=run.trace[:-1]))
    longer = compare(recorded, case, replace(run, trace=(*run.trace, more)))

    assert (shorter.step, shorter.replayed) == (3, "(the story has ended)")
    assert (longer.step, longer.recorded) == (4, "(the story has ended)")


def test_a_fault_point_that_is_not_passed_any_more_is_named(tmp_path: Path) -> None:
    path, case, run = a_recording(tmp_path)

    comparison = compare(read_replay(path)[0], case, replace(run, trace=run.trace[2:]))

    assert comparison.missed == ("home-1/gsme/rotate-sua-key#1/try#1/reply/wan",)


def shown(path: Path, bench: Bench) -> tuple[int, str]:
    console = Console(record=True, width=200, force_terminal=False)
    code = replay_file(path, bench=bench, console=console)
    return code, console.export_text()


def test_a_reproduced_failure_exits_with_0(tmp_path: Path) -> None:
    path, _, _ = a_recording(tmp_path)

    code, text = shown(path, Bench(None, run=lambda case: scripted_run(case, Verdict.FAIL)))

    assert code == 0
    assert "reproduced: every octet and every event is the recorded one" in text


def test_an_equal_story_with_other_octets_is_reproduced_too(tmp_path: Path) -> None:
    path, _, _ = a_recording(tmp_path)

    def other_octets(case: Case) -> CaseRun:
        run = scripted_run(case, Verdict.FAIL)
        return replace(run, result=replace(run.result, trace_hash="00"))

    code, text = shown(path, Bench(None, run=other_octets))

    assert code == 0
    assert "octets on the wire differ" in text


def test_another_story_exits_with_1_and_shows_where_it_parts(tmp_path: Path) -> None:
    path, _, _ = a_recording(tmp_path)

    def other(case: Case) -> CaseRun:
        return scripted_run(case, Verdict.FAIL, believed="OLD")

    code, text = shown(path, Bench(None, run=other))

    assert code == 1
    assert "The stories part at line 2" in text
    assert '- 00:00:00.003000 home-1 step step="an answer \\u001b" result=NEW' in text
    assert '+ 00:00:00.003000 home-1 step step="an answer \\u001b" result=OLD' in text


def test_another_verdict_over_the_same_story_is_not_reproduced(tmp_path: Path) -> None:
    path, _, _ = a_recording(tmp_path)

    code, text = shown(path, Bench(None, run=run_scripted))

    assert code == 1
    assert "not reproduced: the story is the recorded one, but its verdict is another" in text


@pytest.mark.parametrize(
    ("is_whole", "says"),
    [
        (True, "every line of the story is as recorded, but not its hash: the file was edited"),
        (False, "the stories part behind the lines that the file holds"),
    ],
)
def test_a_hash_that_is_not_that_of_the_story_is_told(
    tmp_path: Path, *, is_whole: bool, says: str
) -> None:
    path, _, _ = a_recording(tmp_path)
    text = re.sub(r"(story_hash: *)[0-9a-f]{8}", r"\g<1>00000000", path.read_text("utf-8"))
    path.write_text(re.sub(r"story_is_whole: true", f"story_is_whole: {is_whole}".lower(), text))

    code, text = shown(path, Bench(None, run=lambda case: scripted_run(case, Verdict.FAIL)))

    assert code == 1
    assert f"not reproduced: {says}" in text


def test_a_story_that_was_edited_under_its_hash_is_told_by_its_line(tmp_path: Path) -> None:
    path, _, _ = a_recording(tmp_path)
    path.write_text(path.read_text("utf-8").replace("result=NEW", "result=OLD"), "utf-8")

    code, text = shown(path, Bench(None, run=lambda case: scripted_run(case, Verdict.FAIL)))

    assert code == 1
    assert "the file was edited: the run is the one that its hashes are of, but line 2" in text
    assert "result=OLD" in text
    assert "reproduced:" not in text


def test_a_file_of_another_bench_is_run_and_says_which_wrote_it(tmp_path: Path) -> None:
    path, _, _ = a_recording(tmp_path)
    own = shown(path, Bench(None, run=lambda case: scripted_run(case, Verdict.FAIL)))[1]
    path.write_text(re.sub(r"hanbench: .*", "hanbench: 9.9.9", path.read_text("utf-8"), count=1))

    code, text = shown(path, Bench(None, run=lambda case: scripted_run(case, Verdict.FAIL)))

    assert code == 0
    assert "; recorded by 9.9.9" in text
    assert "recorded by" not in own


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("engine: reference", "engine: no_such:engine"), "engine no_such:engine: no module"),
        (("scheme: han-sua-m1", "scheme: theirs"), "scheme theirs: no scheme of that name"),
        (("scheme: han-sua-m1", "scheme: han-sua-m1\nparts: no_such:parts"), "parts no_such:parts"),
    ],
)
def test_what_a_file_names_and_is_not_here_is_said_of_the_file(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    path, _, _ = a_recording(tmp_path)
    path.write_text(path.read_text("utf-8").replace(*change), "utf-8")

    with pytest.raises(ScenarioError) as refused:
        replay_file(path)

    assert str(refused.value).startswith(f"{path}: it was recorded with what is not here: {says}")


def test_an_engine_that_is_named_in_place_of_the_recorded_one_is_asked_for_alone(
    tmp_path: Path,
) -> None:
    path, _, _ = a_recording(tmp_path)
    path.write_text(path.read_text("utf-8").replace("engine: reference", "engine: no_such:engine"))
    _, case = read_replay(path, engine="reference")

    check_is_here(path, case, engine="reference")
    with pytest.raises(ScenarioError, match=r"^--engine not_here:engine"):
        replay_file(path, engine="not_here:engine")


def test_parts_that_are_named_in_place_of_the_recorded_ones_are_asked_for_alone(
    tmp_path: Path,
) -> None:
    path, _, _ = a_recording(tmp_path)
    theirs = "scheme: han-sua-m1\nparts: no_such:parts"
    path.write_text(path.read_text("utf-8").replace("scheme: han-sua-m1", theirs), "utf-8")
    assert read_replay(path)[1].parts == "no_such:parts"
    for named in ("", "hanbench.harness.parts:OURS"):
        _, case = read_replay(path, parts=named)
        assert case.parts == named
        check_is_here(path, case, parts=named)

    with pytest.raises(ScenarioError, match=r"^--parts not_here:parts: no module"):
        replay_file(path, parts="not_here:parts")
    with pytest.raises(ScenarioError, match=r"^--parts not_here:parts: no module"):
        shrink_file(path, parts="not_here:parts")


def test_a_replay_that_breaks_the_bench_exits_with_3(tmp_path: Path) -> None:
    path, _, _ = a_recording(tmp_path)

    code, _ = shown(path, Bench(None, run=lambda case: scripted_run(case, Verdict.HARNESS_ERROR)))

    assert code == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("replay: 1", "replay: 2"), "replay: this file is of version 2"),
        (("engine: reference", "enigne: reference"), "did you mean 'engine'?"),
        (("liberty-100:", "liberty-101:"), "a model in it is not one of this version"),
        (("at: home-1/gsme/", "at: home-1/gsmf/"), "did you mean 'gsme'?"),
        (("does: drop", "does: explode"), "unknown 'explode' for 'does'; expected one of drop"),
        (("      at: home-1/", "      of: home-1/"), "missing key 'at'; expected a fault point"),
        (("story: |", "story: &story\n  - *story\nx: |"), "an alias holds itself"),
    ],
)
def test_another_file_is_refused_with_its_place(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    path, _, _ = a_recording(tmp_path)
    path.write_text(path.read_text().replace(*change))

    with pytest.raises(ScenarioError) as caught:
        read_replay(path)

    assert says in str(caught.value)


def test_a_story_has_one_line_for_each_event_and_no_octets(tmp_path: Path) -> None:
    run = scripted_run(a_case(tmp_path))

    lines = story_lines(run.trace)

    assert len(lines) == 3
    assert lines[0] == (
        "00:00:00.002000 home-1 fault point=home-1/gsme/rotate-sua-key#1/try#1/reply/wan fault=drop"
    )
    assert 'step="an answer \\u001b"' in lines[1]


@given(st.text())
def test_any_text_of_an_event_stays_on_its_line_and_survives_the_file(text: str) -> None:
    event = OutcomeClaimed(Instant(0), "home-1", "unresolved", text)

    (line,) = story_lines((event,))

    assert line.isascii()
    assert line.isprintable()


def test_a_recording_of_the_strangest_words_is_read_as_it_was_written(tmp_path: Path) -> None:
    case = a_case(tmp_path)
    run = scripted_run(case, Verdict.FAIL)
    strange = "tab\t nul\x00 line\nbreak: # \u2028 \x85 'quotes\" end "
    finding = replace(run.result.findings[0], detail=strange)
    run = replace(run, result=replace(run.result, findings=(finding,)))

    write_replay(tmp_path / "r.yaml", case, run)

    recorded, _ = read_replay(tmp_path / "r.yaml")
    assert recorded.observed.findings[0].detail == strange
    assert read_yaml(tmp_path / "r.yaml").problems == ()
    head = (tmp_path / "r.yaml").read_text("utf-8").split("\nreplay: 1\n")[0]
    assert all(line.startswith("#") and line.isprintable() for line in head.split("\n"))


def test_a_file_of_another_version_is_refused_by_its_version_alone(tmp_path):
    path = tmp_path / "later.yaml"
    path.write_text("# of next year\nreplay: 2\nnew: words\n", "utf-8")

    with pytest.raises(ScenarioError) as refused:
        read_replay(path)

    says = f"{path}:2: replay: this file is of version 2; this hanbench reads version 1"
    assert str(refused.value) == says

"""An emulated home is told what a recorded one was told, and its answers are compared."""

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from tests.harness.field_log.logs import (
    SHIPPED,
    lines_of,
    text_of,
    trace_text,
    way,
    with_answer,
    written,
)
from tests.suite_cases import case_of, driven

from hanbench.harness import cli
from hanbench.harness.captures.source import capture_of
from hanbench.harness.captures.writing import write_capture
from hanbench.harness.errors import ScenarioError
from hanbench.harness.field_log.reading import read_log
from hanbench.harness.field_log.replaying import replay_log
from hanbench.protocol.answer import Outcome
from hanbench.protocol.sua import HAN_SUA_M1

CLEAN = lines_of("clean-electricity-only")


def replayed(path: Path, **options: object) -> tuple[int, str]:
    out = io.StringIO()
    console = Console(file=out, width=300)
    code = replay_log(read_log(path), console, HAN_SUA_M1, **options)  # type: ignore[arg-type]
    return code, out.getvalue()


@pytest.mark.parametrize(
    ("scenario", "variant"),
    [
        ("clean-two-fuel", ""),
        ("clean-two-fuel", "two-phase"),
        ("rotation-response-lost", ""),
        ("wan-duplicates-and-reorders", ""),
        ("locked-out-during-rotation", ""),
        ("smso-goes-on-commanding", ""),
    ],
)
def test_our_own_trace_is_given_again_answer_by_answer(
    tmp_path: Path, scenario: str, variant: str
) -> None:
    code, said = replayed(written(tmp_path, trace_text(scenario, variant), "trace.jsonl"))

    assert code == 0, said
    assert "every recorded answer is given again" in said


def test_a_text_log_alone_is_enough_and_names_what_must_have_become_of_a_lost_answer() -> None:
    code, said = replayed(SHIPPED)

    assert code == 0, said
    assert "rotate-sua-key to gsme is taken to have been cut off by a loss of power" in said


@pytest.mark.parametrize(
    ("scenario", "variant", "fate"),
    [
        ("power-cut-torn-commit", "", "that took the key with it"),
        ("power-cut-before-commit", "counter", "never to have arrived"),
    ],
)
def test_the_fate_of_an_instruction_is_told_by_the_answers_after_it(
    tmp_path: Path, scenario: str, variant: str, fate: str
) -> None:
    code, said = replayed(written(tmp_path, text_of(lines_of(scenario, variant))))

    assert code == 0, said
    assert fate in said


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"outcome": Outcome.REPLAYED}, "differs in its outcome"),
        ({"last_counter": 99}, "differs in its last counter"),
        ({"key_version": 7}, "differs in its key version"),
        ({"mac": bytes(8)}, "differs in its MAC"),
    ],
)
def test_the_first_answer_that_differs_is_shown(
    tmp_path: Path, changes: dict[str, object], what: str
) -> None:
    lines = list(CLEAN)
    place = [at for at, line in enumerate(lines) if way(line) == "up"][1]
    lines[place] = with_answer(lines[place], **changes)

    code, said = replayed(written(tmp_path, text_of(lines)))

    assert code == 1
    assert what in said
    assert f"field.log:{place + 2}: the answer to" in said
    assert "- recorded" in said


def test_a_gap_leaves_the_result_open_though_every_answer_is_given_again(tmp_path: Path) -> None:
    gap = [*CLEAN[:2], f"{CLEAN[1].split()[0]} gap the recorder was restarted", *CLEAN[2:]]

    code, said = replayed(written(tmp_path, text_of(gap)))

    assert code == 3
    assert "every recorded answer is given again" in said
    assert (
        "field.log:4: a gap: the recorder was restarted; what lies in it could not be driven"
        in said
    )


def test_what_differs_behind_a_gap_is_shown_without_a_verdict(tmp_path: Path) -> None:
    rotated_in_the_gap = [*CLEAN[:2], f"{CLEAN[1].split()[0]} gap a dead battery", *CLEAN[4:]]

    code, said = replayed(written(tmp_path, text_of(rotated_in_the_gap)))

    assert code == 3
    assert "differs in its outcome" in said
    assert "no verdict on it: what lies in the gap of line 4 may be the reason" in said


def test_a_line_that_cannot_be_read_may_be_the_reason_for_what_differs_behind_it(
    tmp_path: Path,
) -> None:
    """The rotation is in the line that is damaged, so the emulated meter keeps its old key."""
    rotation = next(at for at, line in enumerate(CLEAN) if way(line) == "down" and at >= 2)
    damaged = [*CLEAN[:rotation], f"{CLEAN[rotation]}z", *CLEAN[rotation + 1 :]]

    code, said = replayed(written(tmp_path, text_of(damaged)))

    assert code == 2
    assert "differs in its" in said
    assert f"no verdict on it: what is lost at line {rotation + 2} may be the reason" in said


def test_a_clock_that_runs_back_hides_nothing(tmp_path: Path) -> None:
    late = f"+9999 {CLEAN[0].split(maxsplit=1)[1]}"
    earlier = [late, *CLEAN[1:3], with_answer(CLEAN[3], last_counter=99)]

    code, said = replayed(written(tmp_path, text_of(earlier)))

    assert code == 2
    assert "two clocks" in said
    assert "differs in its" in said
    assert "no verdict on it" not in said


def test_what_differs_before_a_gap_differs(tmp_path: Path) -> None:
    lines = [CLEAN[0], with_answer(CLEAN[1], last_counter=99), *CLEAN[2:]]

    code, said = replayed(written(tmp_path, text_of([*lines, "+99999 gap the end of the tape"])))

    assert code == 1
    assert "differs in its last counter" in said
    assert "no verdict on it" not in said


def test_a_home_of_other_keys_is_silent_and_that_is_explained(tmp_path: Path) -> None:
    code, said = replayed(written(tmp_path, text_of(CLEAN)), seed=2)

    assert code == 1
    assert "is it the right installation, seed or key file?" in said


def test_bad_lines_are_told_and_the_rest_is_driven(tmp_path: Path) -> None:
    lines = [*CLEAN[:2], "+3 down esme 01zz", *CLEAN[2:]]

    code, said = replayed(written(tmp_path, text_of(lines)))

    assert code == 2
    assert "field.log:4: bad hex: 'z' at digit 3" in said
    assert "every recorded answer is given again" in said


def test_an_answer_without_its_instruction_is_a_gap(tmp_path: Path) -> None:
    first_down = next(at for at, line in enumerate(CLEAN) if way(line) == "down")

    code, said = replayed(written(tmp_path, text_of(CLEAN[first_down + 1 :])))

    assert code == 2
    assert "field.log:2: an answer of esme to message 1, which is not in the log: a gap" in said
    assert "every recorded answer to an Instruction that is in the log is given again" in said


def test_without_an_answer_there_is_nothing_to_compare(tmp_path: Path) -> None:
    code, said = replayed(written(tmp_path, text_of([x for x in CLEAN if way(x) == "down"])))

    assert code == 3
    assert "no answer to compare" in said


def test_a_stranger_is_asked_for_by_name(tmp_path: Path) -> None:
    strange = [line.replace("00db1234567891a0", "00db1234567899a9") for line in CLEAN]
    path = written(tmp_path, text_of(strange))

    with pytest.raises(
        ScenarioError, match=r"no installation that ships .* 00-DB-12-34-56-78-99-A9"
    ):
        replayed(path)


def test_another_home_can_be_named(tmp_path: Path) -> None:
    path = written(tmp_path, text_of(CLEAN))

    assert replayed(path, installation="electricity-only")[0] == 0
    with pytest.raises(ScenarioError, match="cannot be read"):
        replayed(path, installation="nowhere.yaml")


def test_the_commands_do_what_they_say(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    said = []
    for arguments in (
        ["check", "--log", str(SHIPPED)],
        ["replay", "--log", str(SHIPPED)],
        ["new", "installation", "mine.yaml", "--from", str(SHIPPED)],
    ):
        monkeypatch.setattr(sys, "argv", ["hanbench", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert caught.value.code == 0
        said.append(capsys.readouterr().out)

    assert "holds" in said[0]
    assert "is given again" in said[1]
    assert "mine.yaml: written" in said[2]


def test_a_capture_of_a_run_is_a_log(tmp_path: Path) -> None:
    world, _, _ = driven(case_of("rotation-response-lost"))
    run = capture_of(world)
    assert run is not None
    path = tmp_path / "han.pcapng"
    write_capture(path, [run])

    log = read_log(path)
    code, said = replayed(path)

    assert code == 0, said
    assert log.problems == ()
    assert {one.device for one in log.exchanges[0].envelopes} == {"gsme", "esme", "hub"}
    damaged = tmp_path / "damaged.pcapng"
    damaged.write_bytes(path.read_bytes()[:-7])
    code, said = replayed(damaged)
    assert code == 2
    assert "damaged.pcapng: " in said


def test_a_capture_of_the_han_alone_is_opened_and_driven(tmp_path: Path) -> None:
    world, _, _ = driven(case_of("clean-two-fuel"))
    run = capture_of(world)
    assert run is not None
    path, dark = tmp_path / "han.pcapng", tmp_path / "dark.pcapng"
    write_capture(path, [replace(run, envelopes=[])])
    write_capture(dark, [replace(run, envelopes=[])], with_keys=False)

    log = read_log(path)
    code, said = replayed(path)

    assert code == 0, said
    assert len(log.exchanges[0].envelopes) == 12
    assert "6 answers are given again" in said
    with pytest.raises(ScenarioError, match=r"no envelope in it; it holds .* frames of the HAN"):
        replayed(dark)
    digits = run.network_key.value.hex()
    links = "".join(f"link {one.key.value.hex()}\n" for one in run.link_keys)
    keys = written(tmp_path, f"network {digits}\n{links}", "han.keys")
    assert len(read_log(dark, keys).exchanges[0].envelopes) == 12
    bad = written(tmp_path, f"network {digits}\nlink 12\n{links}", "bad.keys")
    assert [one.says for one in read_log(dark, bad).problems] == [
        f"keys: {bad}:2: the key has 1 octet, not 16"
    ]


def test_an_envelope_that_is_damaged_in_a_capture_is_told_by_its_packet(tmp_path: Path) -> None:
    world, _, _ = driven(case_of("clean-electricity-only"))
    run = capture_of(world)
    assert run is not None
    first = run.envelopes[0]
    cut = replace(first, frame=first.frame[:20])
    path = tmp_path / "han.pcapng"
    write_capture(path, [replace(run, envelopes=[*run.envelopes, cut])])

    code, said = replayed(path)

    assert code == 2
    assert "no HAN-WAN-M1 envelope" in said
    assert "every recorded answer is given again" in said


def test_an_unanswered_instruction_with_a_damaged_transport_mac_is_named(tmp_path: Path) -> None:
    lines = list(CLEAN[:3])
    broken = lines[2][:-2] + f"{int(lines[2][-2:], 16) ^ 1:02x}"

    code, said = replayed(written(tmp_path, text_of([*lines[:2], broken])))

    assert code == 0
    assert "field.log:4: rotate-sua-key to esme has no right transport MAC, and no answer" in said
    assert "taken to have been carried out" not in said


def test_an_answer_with_a_damaged_transport_mac_is_named_and_compared(tmp_path: Path) -> None:
    lines = list(CLEAN[:4])
    lines[3] = lines[3][:-2] + f"{int(lines[3][-2:], 16) ^ 1:02x}"

    code, said = replayed(written(tmp_path, text_of(lines)))

    assert code == 0
    assert "field.log:5: the answer of esme has no right transport MAC; what it holds is" in said
    assert "2 answers are given again" in said
    assert "transport MAC" not in replayed(written(tmp_path, text_of(CLEAN)))[1]
    foreign = replayed(written(tmp_path, text_of(CLEAN)), seed=2)[1]
    assert "compared as it stands" not in foreign

"""The head of a replay file tells its case to whoever was not there, and nothing to the bench."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.suite_cases import case_of

from hanbench.harness.explore.trial import explored
from hanbench.harness.files.scenario_faults import DropFault
from hanbench.harness.replay.replay_file import read_replay, write_replay
from hanbench.harness.replay.story_head import COLUMNS, FINDINGS_MAX, TEXT_MAX
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_case import run_case
from hanbench.harness.verdict import CaseRun, Finding, Verdict

NEVER = "home-1/gsme/rotate-sua-key#9/try#1/request/wan"


def head_of(path: Path) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return lines[: lines.index("replay: 1")]


def written(folder: Path, case: Case, run: CaseRun) -> tuple[Path, list[str]]:
    path = folder / "lost.yaml"
    write_replay(path, case, run)
    return path, head_of(path)


def section(head: list[str], name: str) -> list[str]:
    begins = next(at for at, line in enumerate(head) if line.startswith(f"# {name}"))
    ends = next((at for at in range(begins, len(head)) if head[at] == "#"), len(head))
    return [line.removeprefix("#").strip() for line in head[begins + 1 : ends]]


def wrong(run: CaseRun, *findings: Finding) -> CaseRun:
    return replace(run, result=replace(run.result, verdict=Verdict.FAIL, findings=findings))


WRONG = Finding(
    name="confidently-wrong",
    detail="the engine was certain of OLD for gsme, but it holds NEW",
    device="gsme",
    clause="property/P9",
    at_us=7_204_000_000,
    expected="UNKNOWN until there is proof",
    truth="NEW",
    believed="OLD: a time-out",
)


def test_the_head_tells_home_faults_what_was_expected_and_seen_and_the_clause(tmp_path: Path):
    case = case_of("rotation-response-lost")
    path, head = written(tmp_path, case, wrong(run_case(case), WRONG))

    assert path.read_text("utf-8").startswith("# A recorded case of hanbench. Run it again")
    assert section(head, "A recorded case") == [
        "hanbench replay lost.yaml",
        "hanbench replay lost.yaml --step",
        "hanbench replay lost.yaml --break-on finding",
        "hanbench shrink lost.yaml",
    ]
    assert "# The case is secure/rotation-response-lost" in head
    home = section(head, "The home")
    assert home[0] == "home-1, as two-fuel has it"
    assert "gsme: gas meter, secure-gsme-synthetic, prepayment, SUA key version 1" in home
    assert section(head, "What goes wrong") == [
        "1. drop at home-1/gsme/rotate-sua-key#1/try#1/reply/wan, struck at 00:30:15"
    ]
    assert section(head, "What was expected")[0] == "end state: commissioned"
    seen = section(head, "What was seen")
    assert seen[0] == "verdict: fail; the engine claimed commissioned"
    assert any(line.startswith("gsme truly holds NEW (version 2); the engine b") for line in seen)
    found = " ".join(section(head, "What is wrong with that"))
    assert "confidently-wrong [property/P9], at 02:00:04: the engine was certain of OLD" in found
    assert "expected: UNKNOWN until there is proof; truth: NEW; believed: OLD: a time-out" in found
    assert "[property/P9] The engine is never certain of a key that the Device does not" in found


def test_what_a_party_did_wrong_and_nobody_expected_is_told_once(tmp_path: Path):
    case = case_of("clean-two-fuel")
    fault = Finding(
        name="party-at-fault", detail="it talks too much", clause="domain/10.8-hand-over"
    )
    run = wrong(run_case(case), fault)
    run = replace(run, result=replace(run.result, party_faults=(fault,)))

    _, head = written(tmp_path, case, run)

    assert "\n".join(head).count("it talks too much") == 1


def test_what_is_read_and_run_again_is_written_with_the_same_octets(tmp_path: Path):
    case = case_of("old-holder-with-the-transcript")
    path, _ = written(tmp_path, case, run_case(case))
    (tmp_path / "again").mkdir()

    recorded, again = read_replay(path)
    copy, _ = written(tmp_path / "again", again, run_case(again))

    assert copy.read_bytes() == path.read_bytes()
    assert recorded.observed.findings[0].clause == "property/P7"
    assert {one.device for one in recorded.observed.meters} == {"esme", "gsme"}
    assert all(one.truth for one in recorded.observed.meters)


def test_the_head_says_nothing_to_the_bench(tmp_path: Path):
    case = case_of("rotation-response-lost")
    path, head = written(tmp_path, case, run_case(case))
    bare = tmp_path / "bare.yaml"
    bare.write_text("\n".join(path.read_text("utf-8").splitlines()[len(head) :]) + "\n", "utf-8")

    assert read_replay(bare) == read_replay(path)


def test_a_file_without_clause_and_truth_of_its_findings_is_read(tmp_path: Path):
    case = case_of("rotation-response-lost")
    path, _ = written(tmp_path, case, wrong(run_case(case), WRONG))
    told = ("clause", "truth", "believed", "expected")
    text = path.read_text("utf-8").splitlines()
    begins, ends = text.index("  findings:"), text.index("  meters:")
    hash_at = next(at for at, line in enumerate(text) if line.startswith("  trace_hash"))
    kept = [line for line in text[begins:ends] if not line.strip().startswith(told)]
    path.write_text("\n".join([*text[:begins], *kept, *text[hash_at:]]) + "\n", "utf-8")

    observed = read_replay(path)[0].observed

    assert observed.meters == ()
    assert (observed.findings[0].name, observed.findings[0].clause) == ("confidently-wrong", "")


def test_a_fault_that_never_struck_and_an_end_that_nobody_prescribes_are_said(tmp_path: Path):
    case = explored(case_of("clean-two-fuel")).with_fault("x", DropFault(does="drop", at=NEVER))
    head = written(tmp_path, case, run_case(case))[1]

    assert section(head, "What goes wrong") == [f"1. drop at {NEVER}, did not strike"]
    assert section(head, "What was expected")[0] == (
        "end state: none prescribed: whichever is true of the meters, within 3d after the last "
        "fault"
    )
    assert "fault-never-fired" in section(head, "What is wrong with that")[0]


def test_a_case_without_a_fault_says_so(tmp_path: Path):
    case = case_of("clean-two-fuel")

    head = written(tmp_path, case, run_case(case))[1]

    assert section(head, "What goes wrong") == ["nothing: the case has no fault"]
    assert section(head, "What is wrong with that") == ["nothing was found"]


@pytest.mark.parametrize("text", ["x" * 5_000, "word " * 1_000, "line\nbreak: # \x85 \u2028"])
def test_any_text_stays_in_its_comment_and_many_findings_are_counted(tmp_path: Path, text: str):
    case = case_of("rotation-response-lost")
    many = [replace(WRONG, detail=text)] * (FINDINGS_MAX + 3)

    path, head = written(tmp_path, case, wrong(run_case(case), *many))

    assert all(line.startswith("#") for line in head)
    assert max(map(len, head)) <= TEXT_MAX + COLUMNS
    assert "and 3 more" in section(head, "What is wrong with that")
    assert read_replay(path)[0].observed.findings[0].detail == text

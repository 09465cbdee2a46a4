"""What a log alone can decide: each rule holds on a good log, and breaks on a bent one."""

import io
import json
import re
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

from hanbench.emulator.events import InstructionJudged
from hanbench.emulator.instant import Instant
from hanbench.harness.events import EngineSent
from hanbench.harness.field_log.checking import check_log
from hanbench.harness.field_log.reading import read_log
from hanbench.harness.judging.engine_rules import judge_lock_outs
from hanbench.harness.judging.oracle import RunEnd
from hanbench.protocol import instruction as instructions
from hanbench.protocol import wan
from hanbench.protocol.answer import Outcome
from hanbench.protocol.instruction import Command
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.sua import HAN_SUA_M1

CLEAN = lines_of("clean-electricity-only")
"""Status, its answer; rotation, its answer; a no-op under the new key, its answer."""


def checked(path: Path, **options: object) -> tuple[int, str]:
    out = io.StringIO()
    console = Console(file=out, width=300)
    code = check_log(read_log(path), console, HAN_SUA_M1, **options)  # type: ignore[arg-type]
    return code, out.getvalue()


def check_lines(folder: Path, lines: list[str]) -> tuple[int, str]:
    return checked(written(folder, text_of(lines)))


def renumbered(line: str, message_id: int, *, code: bool = True) -> str:
    """Return a line as another message, framed rightly; without its code, if that is asked."""
    stamp, direction, device, digits = line.split()
    envelope = wan.decode(bytes.fromhex(digits))
    payload = envelope.payload
    if not code:
        payload = instructions.encode_command(
            Command(instructions.decode_command(payload).instruction, None)
        )
    ends = (envelope.originator, envelope.target)
    meter, head_end = ends if direction == "up" else ends[::-1]
    key = derive_test_key("home-1/1", KeyUsage.TRANSPORT, meter, head_end)
    other = wan.Envelope(
        kind=envelope.kind,
        originator=envelope.originator,
        target=envelope.target,
        message_id=message_id,
        originator_counter=envelope.originator_counter,
        payload=payload,
    )
    return f"{stamp} {direction} {device} {wan.encode(other, key).hex()}"


def at(line: str, second: int) -> str:
    return f"+{second} {line.split(' ', 1)[1]}"


def test_the_clean_log_is_as_the_tests_below_take_it() -> None:
    assert [way(line) for line in CLEAN] == ["down", "up"] * 3


@pytest.mark.parametrize(
    ("scenario", "variant"),
    [
        ("clean-two-fuel", "two-phase"),
        ("power-cut-torn-commit", ""),
        ("wan-duplicates-and-reorders", ""),
        ("spent-code-offered-again", ""),
        ("wrong-key-handed-over", ""),
    ],
)
def test_a_trace_of_ours_holds_every_rule(tmp_path: Path, scenario: str, variant: str) -> None:
    code, said = checked(written(tmp_path, trace_text(scenario, variant), "trace.jsonl"))

    assert code == 0, said
    assert "broken" not in said
    assert "the invariants over its events" in said
    assert "not decided: whether a doubt was needless" in said


def test_the_log_that_ships_holds_every_rule() -> None:
    code, said = checked(SHIPPED)

    assert code == 0, said
    assert "verify under the keys of home-1" in said


def test_a_code_that_is_executed_twice_is_found(tmp_path: Path) -> None:
    again = [renumbered(CLEAN[4], 77), renumbered(CLEAN[5], 77)]
    later = [at(line, 900 + number) for number, line in enumerate(again)]

    code, said = check_lines(tmp_path, [*CLEAN, *later])

    assert code == 1
    assert "executed-twice [property/P4]: esme accepted the code of version 2, counter 1" in said
    assert "field.log:8: code-reused [def/sua]" in said


def test_the_same_message_answered_from_memory_is_no_second_time(tmp_path: Path) -> None:
    again = [at(CLEAN[4], 900), at(CLEAN[5], 901)]

    assert check_lines(tmp_path, [*CLEAN, *again])[0] == 0


def test_an_old_key_that_still_commands_is_found(tmp_path: Path) -> None:
    old = with_answer(at(renumbered(CLEAN[3], 9), 901), key_version=2, last_counter=1)
    lines = [*CLEAN, at(renumbered(CLEAN[2], 9), 900), old]

    code, said = check_lines(tmp_path, lines)

    assert code == 1
    assert "old-key-executed [property/P7]: esme accepted rotate-sua-key under version 1" in said


def test_a_version_or_a_counter_that_falls_is_found(tmp_path: Path) -> None:
    ask = at(renumbered(CLEAN[0], 9), 900)
    older = with_answer(at(renumbered(CLEAN[1], 9), 901), key_version=1)
    lower = with_answer(at(renumbered(CLEAN[1], 9), 901), key_version=2, last_counter=0)

    assert "key-downgraded [property/P6]" in check_lines(tmp_path, [*CLEAN, ask, older])[1]
    assert "counter-reset [property/P12]" in check_lines(tmp_path, [*CLEAN, ask, lower])[1]


def test_answers_that_overtook_each_other_prove_nothing(tmp_path: Path) -> None:
    ask = at(renumbered(CLEAN[0], 9), 0)
    late = with_answer(at(renumbered(CLEAN[1], 9), 900), key_version=1)

    said = check_lines(tmp_path, [ask, *(at(line, 5) for line in CLEAN), late])[1]

    assert "key-downgraded" not in said


def test_what_is_executed_without_a_code_is_found(tmp_path: Path) -> None:
    bare = at(renumbered(CLEAN[4], 9, code=False), 900)
    done = with_answer(at(renumbered(CLEAN[5], 9), 901), last_counter=2)

    code, said = check_lines(tmp_path, [*CLEAN, bare, done])

    assert code == 1
    assert "executed-without-code [property/P8]: esme executed no-op without a SUA code" in said


def test_an_accepted_code_that_is_not_spent_is_found(tmp_path: Path) -> None:
    lines = [*CLEAN[:5], with_answer(CLEAN[5], last_counter=0)]

    assert "counter-not-spent [property/P2]" in check_lines(tmp_path, lines)[1]


def test_forged_answers_are_found_where_the_keys_are_known(tmp_path: Path) -> None:
    lines = [*CLEAN[:5], with_answer(CLEAN[5], mac=bytes(8))]

    code, said = check_lines(tmp_path, lines)

    assert code == 1
    assert "answer-unverified [domain/10.8-answers]" in said


def test_under_the_wrong_seed_nothing_verifies(tmp_path: Path) -> None:
    code, said = checked(written(tmp_path, text_of(CLEAN)), seed=5)

    assert code == 1
    assert "answered-unframed [property/P8]" in said
    assert "executed-forged [property/P1]" in said


def test_an_answer_under_a_key_that_the_log_does_not_hold_is_left_undecided(
    tmp_path: Path,
) -> None:
    code, said = check_lines(tmp_path, list(CLEAN[4:]))

    assert code == 0
    assert "not decided: line 3: an answer under version 2, whose key is not in the log" in said


def test_strangers_are_judged_without_their_keys(tmp_path: Path) -> None:
    strange = [line.replace("00db1234567891a0", "00db1234567899a9") for line in CLEAN]

    code, said = check_lines(tmp_path, strange)

    assert code == 0
    assert "not decided: codes and MACs (P1): no installation with these addresses" in said


def test_gaps_and_bad_lines_are_told_and_the_rest_is_judged(tmp_path: Path) -> None:
    gap = [*CLEAN[:2], "+1 gap power cut at the recorder", *CLEAN[2:]]
    assert check_lines(tmp_path, gap)[0] in (2, 3)
    whole = [*CLEAN, "+99999 gap the end of the tape"]
    code, said = check_lines(tmp_path, whole)
    assert code == 3
    assert "field.log:8: a gap: the end of the tape; what lies in it cannot be judged" in said

    bad = [*CLEAN[:5], with_answer(CLEAN[5], last_counter=0), "+99999 down esme 0x"]
    code, said = check_lines(tmp_path, bad)
    assert code == 2
    assert "field.log:8: bad hex" in said
    assert "counter-not-spent" in said


def test_a_payload_that_is_no_instruction_is_told_with_its_line(tmp_path: Path) -> None:
    stamp, direction, device, digits = CLEAN[0].split()
    envelope = wan.decode(bytes.fromhex(digits))
    empty = wan.encode(
        wan.Envelope(
            kind=envelope.kind,
            originator=envelope.originator,
            target=envelope.target,
            message_id=40,
            originator_counter=1,
            payload=b"",
        ),
        derive_test_key("home-1/1", KeyUsage.TRANSPORT, envelope.target, envelope.originator),
    )

    code, said = check_lines(tmp_path, [f"{stamp} {direction} {device} {empty.hex()}", *CLEAN])

    assert code == 2
    assert "field.log:2: what the envelope holds:" in said


def damaged(line: str) -> str:
    """Return a line whose last octet, of the transport MAC, is another."""
    return line[:-2] + f"{int(line[-2:], 16) ^ 0x5A:02x}"


def test_an_unanswered_instruction_with_a_damaged_transport_mac_is_named(tmp_path: Path) -> None:
    lines = [*CLEAN, damaged(at(renumbered(CLEAN[0], 9), 900))]

    code, said = check_lines(tmp_path, lines)

    assert code == 1
    assert (
        "field.log:8: sent-unframed [property/P8]: read-sua-status to esme has no right transport "
        "MAC: it is rightly left without an answer" in said
    )
    assert check_lines(tmp_path, [*lines[:-1], at(renumbered(CLEAN[0], 9), 900)])[0] == 0


def test_an_answer_with_a_damaged_transport_mac_is_named(tmp_path: Path) -> None:
    code, said = check_lines(tmp_path, [*CLEAN[:5], damaged(CLEAN[5])])

    assert code == 1
    assert "field.log:7: answer-unframed [property/P8]: the answer of esme has no right" in said


def test_nothing_to_judge_is_inconclusive_and_no_rule_is_said_to_hold(tmp_path: Path) -> None:
    code, said = check_lines(tmp_path, [])

    assert code == 3
    assert "nothing to judge: no Instruction and no answer is in it" in said
    assert "  holds " not in said


def test_a_rule_that_nothing_in_the_log_concerns_is_not_said_to_hold(tmp_path: Path) -> None:
    code, said = check_lines(tmp_path, list(CLEAN[:2]))

    assert code == 0
    assert "-       property/P4    a code is executed at most once: nothing in it to judge" in said
    assert "holds   property/P1    1 codes and answers verify" in said
    assert "holds   property/P8" in said

    asked_alone = check_lines(tmp_path, [CLEAN[0]])[1]
    assert "  holds " not in asked_alone
    assert "-       property/P1" in asked_alone


def test_a_belief_in_our_own_trace_is_judged(tmp_path: Path) -> None:
    records = [json.loads(line) for line in trace_text("clean-electricity-only").splitlines()]
    for record in records:
        if record["kind"] == "belief" and record["truth"] == "NEW":
            record["key"] = "OLD"
    text = "".join(json.dumps(record) + "\n" for record in records)

    code, said = checked(written(tmp_path, text, "trace.jsonl"))

    assert code == 1
    assert "confidently-wrong [property/P9]" in said
    assert re.search(r"the invariants over its events, \d+ beliefs among them", said)
    assert "not decided: whether a doubt was needless (P9): the beliefs in the log are held" in said
    assert "holds no belief" not in said


def test_of_a_log_without_beliefs_that_is_said(tmp_path: Path) -> None:
    records = [json.loads(line) for line in trace_text("clean-electricity-only").splitlines()]
    others = [json.dumps(one) + "\n" for one in records if one["kind"] != "belief"]

    _, of_lines = check_lines(tmp_path, list(CLEAN))
    _, of_trace = checked(written(tmp_path, "".join(others), "trace.jsonl"))

    for said in (of_lines, of_trace):
        assert "not decided: whether a belief was right or needlessly in doubt" in said
        assert "the log holds no belief" in said
    assert "the invariants over its events, no beliefs among them" in of_trace


def test_a_refused_code_breaks_nothing(tmp_path: Path) -> None:
    lines = [*CLEAN[:5], with_answer(CLEAN[5], outcome=Outcome.REPLAYED)]

    said = check_lines(tmp_path, lines)[1]

    assert "counter-not-spent" not in said
    assert "answer-unverified" in said


def test_wrong_codes_in_a_trace_are_no_lock_out_where_nobody_knows_the_limit() -> None:
    now = Instant(1)
    sent = EngineSent(now, "home-1", "hub", "esme", 7, "no-op", 1, 3, 1)
    bad = InstructionJudged(
        now, "home-1", "esme", 7, "no-op", "aa", "bad-code", 1, 3, executed=False
    )

    end = RunEnd(events=(sent, bad), meters=(), evidence=(), claimed=None)

    assert judge_lock_outs(end) == []

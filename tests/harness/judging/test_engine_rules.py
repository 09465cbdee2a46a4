"""What an engine does with codes, proofs and its journal is held against the rules, and no more."""

from hanbench.emulator.events import InstructionJudged, PartyCalled
from hanbench.emulator.instant import Instant
from hanbench.harness.events import Believed, EngineCrashed, EngineSent, EngineTold
from hanbench.harness.judging.engine_rules import (
    judge_confirmations,
    judge_durability,
    judge_lock_outs,
)
from hanbench.harness.judging.oracle import MeterEnd, RunEnd, Truth

HOME, GSME = "home-1", "gsme"
METER = MeterEnd(
    name=GSME,
    type="GSME",
    truth=Truth.OLD,
    version=1,
    executions=(),
    is_held_by_dco=False,
    is_known_to_dco=True,
    failure_limit=3,
)


def end(*events: object) -> RunEnd:
    return RunEnd(events=events, meters=(METER,), evidence=(), claimed=None)  # type: ignore[arg-type]


def sent(message_id: int, instruction: str = "no-op") -> EngineSent:
    return EngineSent(Instant(0), HOME, "hub", GSME, message_id, instruction, 1, message_id, 60)


def judged(message_id: int, outcome: str = "bad-code") -> InstructionJudged:
    return InstructionJudged(
        Instant(message_id), HOME, GSME, message_id, "no-op", "", outcome, 1, message_id, False
    )


def believed(key: str, truth: str = "NEW") -> Believed:
    return Believed(Instant(0), HOME, GSME, key, (), "because", truth, False)


def read_answer(result: str) -> PartyCalled:
    arguments = '{"device":"gsme"}'
    return PartyCalled(Instant(0), HOME, "engine", "DCO", "read_answer", arguments, result, False)


def test_as_many_wrong_codes_in_a_row_as_lock_a_meter_are_the_engines_doing() -> None:
    events = [one for number in (1, 2, 3, 4) for one in (sent(number), judged(number))]

    found = judge_lock_outs(end(*events))

    assert [(one.name, one.clause, one.at_us) for one in found] == [
        ("locked-out-by-engine", "property/P11", 3)
    ]
    assert judge_lock_outs(end(*events[:4])) == []


def test_a_code_that_is_right_in_between_begins_the_count_again() -> None:
    events = [
        one
        for number in (1, 2, 3, 4)
        for one in (sent(number), judged(number, "accepted" if number == 3 else "bad-code"))
    ]

    assert judge_lock_outs(end(*events)) == []


def test_somebody_elses_wrong_codes_are_not_the_engines() -> None:
    assert judge_lock_outs(end(*(judged(number) for number in (1, 2, 3, 4)))) == []


def test_a_confirmation_wants_a_proof_that_was_read_before_it() -> None:
    confirm = sent(1, "confirm-rotation")

    assert [one.name for one in judge_confirmations(end(confirm))] == ["confirmed-unproved"]
    assert judge_confirmations(end(read_answer('{"proves_version":2}'), confirm)) == []
    assert len(judge_confirmations(end(read_answer('{"outcome":"accepted"}'), confirm))) == 1
    assert judge_confirmations(end(sent(1))) == []


def test_a_certainty_that_a_crash_takes_away_was_never_in_the_journal() -> None:
    crash = EngineCrashed(Instant(0), HOME, "before journal write 11")

    found = judge_durability(end(believed("NEW"), crash, believed("UNKNOWN")))

    assert [(one.name, one.device) for one in found] == [("certainty-forgotten", GSME)]
    assert "before journal write 11" in found[0].detail
    assert judge_durability(end(believed("NEW"), crash, believed("NEW"))) == []


def test_a_certainty_may_go_without_a_crash_or_with_the_key_itself() -> None:
    crash = EngineCrashed(Instant(0), HOME, "after journal write 3")

    assert judge_durability(end(believed("NEW"), believed("UNKNOWN"))) == []
    assert judge_durability(end(believed("NEW"), crash, believed("UNKNOWN", "NEITHER"))) == []


def test_another_attempt_begins_without_the_certainties_of_the_one_before() -> None:
    crash = EngineCrashed(Instant(0), HOME, "after journal write 3")
    started = EngineTold(Instant(0), HOME, "started")

    assert judge_durability(end(believed("NEW"), crash, started, believed("UNKNOWN"))) == []

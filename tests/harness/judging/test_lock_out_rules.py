"""The lock-out of a meter is counted from its answers, and held against its memory."""

import dataclasses

import pytest

from hanbench.emulator.events import Event, InstructionJudged, Restarted
from hanbench.emulator.instant import Instant
from hanbench.harness.events import FaultFired
from hanbench.harness.judging.lock_out_rules import judge_lock_out_counts
from hanbench.harness.judging.oracle import MeterEnd, RunEnd, Truth

HOME, GSME = "home-1", "gsme"
LIMIT, LOCK_US = 3, 100
METER = MeterEnd(
    name=GSME,
    type="GSME",
    truth=Truth.OLD,
    version=1,
    executions=(),
    is_held_by_dco=False,
    is_known_to_dco=True,
    failure_limit=LIMIT,
    lock_out_us=LOCK_US,
    failures=0,
)


def judged(at: int, outcome: str = "bad-code", instruction: str = "no-op") -> InstructionJudged:
    executed = outcome == "accepted"
    return InstructionJudged(Instant(at), HOME, GSME, at, instruction, "", outcome, 1, at, executed)


def found(*events: Event, failures: int | None, limit: int = LIMIT) -> list[str]:
    meter = dataclasses.replace(METER, failures=failures, failure_limit=limit)
    end = RunEnd(events=events, meters=(meter,), evidence=(), claimed=None)
    findings = judge_lock_out_counts(end)
    assert {one.clause for one in findings} <= {"property/P11"}
    return [one.name for one in findings]


def test_a_meter_that_counts_and_locks_and_listens_again_is_right() -> None:
    locked = [judged(1), judged(2), judged(3), judged(4, "locked-out"), judged(102, "locked-out")]

    assert found(*locked, failures=3) == []
    assert found(*locked, judged(103, "accepted"), failures=0) == []
    assert found(*locked, judged(103), failures=1) == []


def test_a_replay_resets_nothing() -> None:
    events = (judged(1), judged(2), judged(3, "replayed"))

    assert found(*events, failures=2) == []
    assert found(*events, failures=0) == ["failures-miscounted"]


def test_a_wrong_version_counts_nothing() -> None:
    events = (judged(1, "wrong-key-version"), judged(2, "wrong-key-version"))

    assert found(*events, failures=0) == []
    assert found(*events, failures=2) == ["failures-miscounted"]


@pytest.mark.parametrize("outcome", ["bad-code", "replayed", "out-of-window", "accepted"])
def test_a_code_that_is_judged_within_the_lock_is_one_guess_too_many(outcome: str) -> None:
    events = (judged(1), judged(2), judged(3), judged(50, outcome))

    assert found(*events, failures=None) == ["judged-while-locked"]


def test_a_lock_has_a_cause_and_an_end() -> None:
    assert found(judged(1), judged(2, "locked-out"), failures=1) == ["locked-without-cause"]
    late = (judged(1), judged(2), judged(3), judged(103, "locked-out"))
    assert found(*late, failures=3) == ["locked-without-cause"]


def test_a_clock_that_a_fault_has_moved_says_nothing_of_when_a_lock_ends() -> None:
    jump = FaultFired(Instant(0), HOME, "home-1/gsme/x", "clock-jump back gsme by 1 h at x")
    late = (judged(1), judged(2), judged(3), judged(103, "locked-out"))

    assert found(jump, *late, failures=3) == []
    assert found(jump, *late, failures=1) == ["failures-miscounted"]


def test_a_power_cut_at_a_commit_leaves_both_counts_possible_and_an_outage_does_not() -> None:
    cut = Restarted(Instant(3), HOME, GSME, "power cut at the commit of sua-keys: after")
    outage = Restarted(Instant(3), HOME, GSME, "power lost and back")
    wrong = (judged(1), judged(2))

    assert found(*wrong, cut, failures=0) == []
    assert found(*wrong, cut, failures=2) == []
    assert found(*wrong, cut, failures=1) == ["failures-miscounted"]
    assert found(*wrong, outage, failures=0) == ["failures-miscounted"]


def test_a_refusal_that_may_be_a_repeat_leaves_both_counts_possible() -> None:
    stale = judged(3, "stale-version", "rotate-sua-key")

    assert found(judged(1), judged(2), stale, failures=2) == []
    assert found(judged(1), judged(2), stale, failures=0) == []


def test_a_repeat_that_is_answered_within_the_lock_is_no_guess() -> None:
    repeat = dataclasses.replace(judged(50, "accepted"), executed=False)

    assert found(judged(1), judged(2), judged(3), repeat, failures=3) == []


def test_of_a_meter_whose_limits_nobody_knows_nothing_is_said() -> None:
    end = RunEnd(
        events=(judged(1, "locked-out"),),
        meters=(dataclasses.replace(METER, lock_out_us=None),),
        evidence=(),
        claimed=None,
    )

    assert judge_lock_out_counts(end) == []

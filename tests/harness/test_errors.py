"""What the bench's errors say."""

from hanbench.harness.errors import (
    Breakage,
    DeadlockError,
    EngineError,
    InvariantViolation,
    NoAnswer,
    PartyRefused,
    PortError,
    ReplayDivergence,
    ScenarioError,
)


def test_a_scenario_error_says_file_line_column_key_and_what_was_expected() -> None:
    error = ScenarioError(
        "no unit", path="home.yaml", line=3, column=7, key="delay", expected="30min"
    )

    assert str(error) == "home.yaml:3:7: delay: no unit (expected 30min)"
    assert (error.line, error.column, error.key) == (3, 7, "delay")


def test_a_scenario_error_leaves_out_what_it_does_not_know() -> None:
    assert str(ScenarioError("unreadable")) == "unreadable"
    assert str(ScenarioError("unreadable", path="a.yaml")) == "a.yaml: unreadable"


def test_a_refusal_by_a_party_is_told_from_silence() -> None:
    refusal = PartyRefused("UNAVAILABLE", "until 10:00")

    assert (refusal.code, str(refusal)) == ("UNAVAILABLE", "UNAVAILABLE: until 10:00")
    assert str(PartyRefused("UNAVAILABLE")) == "UNAVAILABLE"
    assert isinstance(refusal, PortError)
    assert not isinstance(refusal, NoAnswer)


def test_an_engine_error_says_how_the_engine_broke() -> None:
    assert EngineError("floods", reason=Breakage.FLOODS).reason is Breakage.FLOODS
    assert EngineError("what?").reason is Breakage.NONSENSE


def test_a_deadlock_names_the_stuck_tasks() -> None:
    assert "a waits; b waits" in str(DeadlockError(("a waits", "b waits")))
    assert "no task is left" in str(DeadlockError(()))


def test_a_divergence_shows_both_turns() -> None:
    error = ReplayDivergence(4, "OLD", "NEW")

    assert str(error) == "at step 4 the record has 'OLD', the replay 'NEW'"
    assert error.step == 4


def test_a_violation_is_an_assertion_with_its_instant() -> None:
    violation = InvariantViolation("P7", "the counter went back", 12)

    assert isinstance(violation, AssertionError)
    assert str(violation) == "P7 at 12 us: the counter went back"
    assert str(InvariantViolation("P7", "x")) == "P7: x"

"""What is told of a trace: in the order of reading, repeats once, silences by their length."""

from tests.harness.report.made_runs import HOME, LOST, Story, confidently_wrong

from hanbench.emulator.events import (
    FrameSent,
    KeyChanged,
    MirrorChanged,
    UtrnEntered,
    WanPassed,
)
from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US, Instant
from hanbench.harness.events import Believed, EngineCrashed, FaultFired, Journalled
from hanbench.harness.report.rows import is_wrong
from hanbench.harness.report.telling import rows_of
from hanbench.harness.verdict import Finding


def kinds(story: Story) -> list[str]:
    return [row.kind for row in rows_of(story.events)]


def test_frames_are_left_out() -> None:
    assert rows_of([FrameSent(Instant(1), HOME, "hub", "gsme", b"\x01", "tunnel")]) == []


def test_equal_calls_are_one_row() -> None:
    story = Story()
    story.call("DCO", "candidates")
    story.call("DCO", "candidates")
    story.call("DCO", "discard", "gsme")

    rows = rows_of(story.events)

    assert [(row.text, row.count) for row in rows] == [("candidates", 2), ("discard gsme", 1)]


def test_equal_calls_with_a_silence_between_are_two() -> None:
    story = Story()
    story.call("DCO", "candidates")
    story.wait(HOUR_US)
    story.call("DCO", "candidates")

    rows = rows_of(story.events)

    assert [(row.kind, row.text) for row in rows] == [
        ("call", "candidates"),
        ("gap", "1 h"),
        ("call", "candidates"),
    ]


def test_a_refused_call_names_the_error() -> None:
    story = Story()
    story.call("DCO", "authorise", "gsme", error="Unavailable")

    (row,) = rows_of(story.events)

    assert (row.kind, row.text) == ("refused", "authorise gsme: Unavailable")


def test_a_lost_envelope_follows_its_fault() -> None:
    story = Story()
    story.fault(LOST, "drop")
    story.answer("gsme", "ACCEPTED", copies=0)

    fault, lost = rows_of(story.events)

    assert (fault.kind, fault.number, fault.target) == ("fault", 1, LOST)
    assert (lost.kind, lost.source, lost.target) == ("lost", "hub", "S1SP")


def test_copies_and_long_delays_are_said() -> None:
    passed = WanPassed(
        Instant(0),
        HOME,
        "down",
        "gsme",
        1,
        "instruction",
        "no-op",
        2,
        (SECOND_US, 5 * MINUTE_US),
        b"",
    )

    assert rows_of([passed])[0].text == "no-op gsme (2 copies) (+5 min)"


def test_what_a_device_took_is_read_before_the_key_that_it_moved() -> None:
    story = Story()
    story.send("gsme", "rotate-sua-key", 1)
    story.key("gsme", 2, "rotate-sua-key")
    story.judged("gsme", "rotate-sua-key")
    story.events.append(MirrorChanged(story.now, HOME, "gsme", 1, "fetched"))

    assert kinds(story) == ["wan", "took", "key"]


def test_a_fetch_that_nothing_came_of_is_told() -> None:
    fetched = MirrorChanged(Instant(1), HOME, "gsme", 1, "fetched")

    assert [row.text for row in rows_of([fetched])] == ["mirror: fetched"]


def test_a_refusal_says_its_outcome_and_an_answer_from_memory_that_it_is_one() -> None:
    story = Story()
    story.judged("gsme", "no-op", "replayed")
    story.judged("gsme", "no-op")

    refused, taken = rows_of(story.events)

    assert (refused.kind, refused.outcome) == ("rejected", "replayed")
    assert (taken.kind, taken.outcome) == ("took", "accepted")


def test_a_belief_is_told_when_it_changes_or_turns_wrong() -> None:
    story = Story()
    story.believed("gsme", "OLD", "OLD", "a")
    story.believed("gsme", "OLD", "OLD", "b")
    story.believed("gsme", "OLD", "NEW", "c")
    story.believed("gsme", "UNKNOWN", "NEW", "d")

    rows = rows_of(story.events)

    assert [(row.kind, row.text, row.outcome) for row in rows] == [
        ("belief", "OLD", "a"),
        ("wrong", "OLD", "c"),
        ("belief", "UNKNOWN", "d"),
    ]


def test_old_is_wrong_while_a_rotation_can_still_be_executed() -> None:
    at = Instant(0)

    assert is_wrong(Believed(at, HOME, "gsme", "OLD", (), "", "OLD", can_still_move=True))
    assert not is_wrong(Believed(at, HOME, "gsme", "NEW", (), "", "NEW", can_still_move=True))
    assert not is_wrong(Believed(at, HOME, "gsme", "UNKNOWN", (), "", "NEW", can_still_move=True))


def test_a_crash_and_its_fault_are_one_row_and_a_torn_write_is_no_entry() -> None:
    point = "home-1/engine/journal#3"
    events = [
        FaultFired(Instant(5), HOME, point, f"crash torn at {point}"),
        Journalled(Instant(5), HOME, 3, "{}", "torn"),
        EngineCrashed(Instant(5), HOME, "torn journal write 3"),
    ]

    (row,) = rows_of(events)

    assert row.kind == "fault"
    assert row.text.endswith("the engine is killed torn journal write 3")


def test_a_crash_without_a_fault_is_a_row_of_its_own() -> None:
    rows = rows_of([EngineCrashed(Instant(5), HOME, "by hand")])

    assert [(row.kind, row.number) for row in rows] == [("crash", 1)]


def test_a_step_does_not_say_its_result_twice() -> None:
    story = Story()
    story.step("top-up gsme accepted", "accepted")
    story.step("check gsme", "locked True")

    assert [row.text for row in rows_of(story.events)] == [
        "top-up gsme accepted",
        "check gsme: locked True",
    ]


def test_keys_are_named_by_version_and_a_torn_one_as_none() -> None:
    staged = KeyChanged(Instant(0), HOME, "gsme", 1, "aa", 2, 0, "prepare-rotation")
    torn = KeyChanged(Instant(1), HOME, "gsme", None, "", None, 0, "power cut")
    entered = UtrnEntered(Instant(2), HOME, "gsme", "keypad", "accepted", 500)

    texts = [row.text for row in rows_of([staged, torn, entered])]

    assert texts == ["key v1, v2 staged", "no valid key", "UTRN by keypad: accepted"]


def test_findings_stand_at_their_moment_and_numbers_follow_time() -> None:
    run = confidently_wrong()
    early = Finding(name="early", detail="before all", at_us=-1)

    rows = rows_of(run.trace, (*run.result.findings, early))
    numbered = [(row.number, row.kind) for row in rows if row.number]

    assert numbered == [(1, "finding"), (2, "fault"), (3, "step"), (4, "finding"), (5, "claim")]


def test_a_time_out_is_told_and_proves_nothing() -> None:
    story = Story()
    story.told("timed_out")
    story.told("received")
    story.told("recovered")

    assert [row.text for row in rows_of(story.events)] == ["time-out: proves nothing", "recovers"]

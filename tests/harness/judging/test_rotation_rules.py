"""A rotation is sent to a meter that was tested, in its turn, and not after a stop."""

import pytest

from hanbench.emulator.events import Event, InstructionJudged, PartyCalled
from hanbench.emulator.instant import Instant
from hanbench.harness.events import Believed, EngineSent, EngineTold
from hanbench.harness.judging.oracle import Evidence, RunEnd, Truth
from hanbench.harness.judging.rotation_rules import judge_next_meter, judge_stop, judge_untested

HOME, GSME, ESME = "home-1", "gsme", "esme"


def rotation(at: int, device: str = GSME, instruction: str = "rotate-sua-key") -> EngineSent:
    return EngineSent(Instant(at), HOME, "hub", device, at, instruction, 1, 7, 60)


def judged(message_id: int, outcome: str = "bad-code", device: str = GSME) -> InstructionJudged:
    return InstructionJudged(
        Instant(message_id), HOME, device, message_id, "rotate-sua-key", "", outcome, 1, 7, False
    )


def believed(key: str, device: str = GSME) -> Believed:
    return Believed(Instant(5), HOME, device, key, (), "because", "OLD", False)


def told(event: str) -> EngineTold:
    return EngineTold(Instant(5), HOME, event)


def authorised(device: str = GSME) -> PartyCalled:
    arguments = f'{{"device":"{device}"}}'
    return PartyCalled(Instant(5), HOME, "engine", "DCO", "authorise", arguments, "{}", False)


def end(*events: Event, evidence: tuple[Evidence, ...] = ()) -> RunEnd:
    return RunEnd(events=events, meters=(), evidence=evidence, claimed=None)


def proof(at: int, device: str = GSME) -> Evidence:
    return Evidence(device=device, at=Instant(at), truth=Truth.OLD, is_fence=False, counter=1)


def test_a_rotation_under_a_key_that_was_never_seen_and_is_wrong_was_sent_untested() -> None:
    found = judge_untested(end(rotation(2), judged(2)))

    assert [(one.name, one.clause, one.device) for one in found] == [
        ("rotated-untested", "dcc/device-testing", GSME)
    ]
    assert (
        len(judge_untested(end(rotation(2), judged(2), evidence=(proof(1, ESME), proof(3))))) == 1
    )


def test_a_tested_meter_a_right_key_and_somebody_elses_code_are_no_blind_rotation() -> None:
    assert judge_untested(end(rotation(2), judged(2), evidence=(proof(1),))) == []
    assert judge_untested(end(rotation(2), judged(2, "accepted"))) == []
    assert judge_untested(end(rotation(2), judged(9))) == []


def test_the_next_meter_is_not_begun_while_the_one_before_is_in_doubt() -> None:
    events = (rotation(1), believed("UNKNOWN"), told("timed_out"), rotation(9, ESME))

    found = judge_next_meter(end(*events))

    assert [(one.name, one.clause, one.device) for one in found] == [
        ("rotated-beyond-a-doubt", "domain/10.8-joint-outcome", ESME)
    ]


@pytest.mark.parametrize(
    "events",
    [
        (rotation(1), believed("UNKNOWN"), rotation(9, ESME)),
        (rotation(1), believed("UNKNOWN"), told("timed_out"), believed("NEW"), rotation(9, ESME)),
        (rotation(1), believed("UNKNOWN"), told("timed_out"), rotation(9)),
        (rotation(1), rotation(2, ESME), believed("UNKNOWN"), told("timed_out"), rotation(9, ESME)),
        (rotation(1), believed("UNKNOWN"), told("timed_out"), told("started"), rotation(9, ESME)),
    ],
    ids=["both at once", "resolved", "the same meter again", "begun before", "another attempt"],
)
def test_what_is_resolved_or_begun_together_is_no_leap(events: tuple[Event, ...]) -> None:
    assert judge_next_meter(end(*events)) == []


def test_a_meter_that_moved_and_lost_its_key_since_keeps_no_other_back() -> None:
    events = (rotation(1), told("timed_out"), believed("UNKNOWN"), rotation(9, ESME))
    moved = Evidence(device=GSME, at=Instant(2), truth=Truth.NEW, is_fence=False, counter=1)

    assert judge_next_meter(end(*events, evidence=(moved,))) == []
    assert judge_next_meter(end(*events, evidence=(proof(2),))) != []


def test_a_rotation_that_is_begun_after_a_stop_goes_against_it() -> None:
    found = judge_stop(end(told("stop"), authorised(), rotation(9), authorised(), rotation(12)))

    assert [(one.name, one.clause, one.at_us) for one in found] == [
        ("went-on-after-a-stop", "seed0/sua-rollback", 9)
    ]


@pytest.mark.parametrize(
    "events",
    [
        (authorised(), told("stop"), rotation(9)),
        (rotation(1), told("stop"), authorised(), rotation(9)),
        (rotation(1, instruction="prepare-rotation"), told("stop"), authorised(), rotation(9)),
        (told("stop"), told("started"), authorised(), rotation(9)),
        (told("stop"), authorised(ESME), rotation(9)),
    ],
    ids=["already on its way", "a key had moved", "a key was staged", "another attempt", "other"],
)
def test_what_was_under_way_when_the_stop_came_goes_on(events: tuple[Event, ...]) -> None:
    assert judge_stop(end(*events)) == []

"""An engine that gives up unasked, or within a lock-out, is told so; others are not."""

import dataclasses

from hanbench.emulator.events import Event, InstructionJudged, PartyCalled
from hanbench.emulator.instant import Instant
from hanbench.harness.engine.port import EndState
from hanbench.harness.events import Believed, EngineSent, EngineTold
from hanbench.harness.judging.oracle import MeterEnd, RunEnd, Truth
from hanbench.harness.judging.patience_rules import judge_surrender, judge_unasked

HOME, GSME = "home-1", "gsme"
LOCK_US = 100
METER = MeterEnd(
    name=GSME,
    type="GSME",
    truth=Truth.OLD,
    version=1,
    executions=(),
    is_held_by_dco=False,
    is_known_to_dco=True,
    lock_out_us=LOCK_US,
)
STOP = EngineTold(Instant(0), HOME, "stop")


def sent(at: int, instruction: str = "no-op", counter: int | None = 7) -> EngineSent:
    return EngineSent(Instant(at), HOME, "hub", GSME, at, instruction, 1, counter, 60)


def locked(message_id: int, at: int) -> InstructionJudged:
    return InstructionJudged(
        Instant(at), HOME, GSME, message_id, "no-op", "", "locked-out", 1, 7, False
    )


def believed(key: str) -> Believed:
    return Believed(Instant(900), HOME, GSME, key, (), "because", "OLD", False)


def refused(
    device: str = GSME, error: str = "UNAVAILABLE", at: int = 5, party: str = "S1SP"
) -> PartyCalled:
    arguments, result = f'{{"device":"{device}"}}', f'{{"error":"{error}"}}'
    return PartyCalled(Instant(at), HOME, "engine", party, "frame", arguments, result, True)


def end(*events: Event, claimed: EndState | None = EndState.ROLLED_BACK_LIMITED) -> RunEnd:
    return RunEnd(events=events, meters=(METER,), evidence=(), claimed=claimed)


ROTATION = sent(1, "rotate-sua-key")
PROBE = sent(2, "read-sua-status", None)


def test_a_doubt_that_was_never_asked_about_is_needless() -> None:
    found = judge_unasked(end(ROTATION, believed("UNKNOWN")))

    assert [(one.name, one.clause, one.device) for one in found] == [
        ("unknown-unasked", "property/P9", GSME)
    ]


def test_whoever_asked_or_had_nobody_to_ask_through_may_stay_in_doubt() -> None:
    assert judge_unasked(end(ROTATION, PROBE, believed("UNKNOWN"))) == []
    assert judge_unasked(end(ROTATION, refused(error="REFUSED"), believed("UNKNOWN"))) == []
    elsewhere = refused("esme", error="REFUSED")
    assert len(judge_unasked(end(ROTATION, elsewhere, believed("UNKNOWN")))) == 1
    assert len(judge_unasked(end(PROBE, ROTATION, believed("UNKNOWN")))) == 1


def test_an_outage_excuses_whoever_came_back_and_nobody_else() -> None:
    def found(*calls: PartyCalled) -> int:
        return len(judge_unasked(end(ROTATION, *calls, believed("UNKNOWN"))))

    assert found(refused()) == 1
    assert found(refused(), refused()) == 1, "at the same instant it was the same outage"
    assert found(refused(), refused(at=9, party="DCO")) == 1, "another party was asked"
    assert found(refused(), refused(at=9)) == 0
    assert found(refused(), dataclasses.replace(refused(at=9), is_error=False)) == 0


def test_a_certainty_or_a_run_without_a_rotation_or_an_end_is_no_needless_doubt() -> None:
    assert judge_unasked(end(ROTATION, believed("OLD"))) == []
    assert judge_unasked(end(PROBE, believed("UNKNOWN"))) == []
    assert judge_unasked(end(ROTATION, believed("UNKNOWN"), claimed=None)) == []


def test_an_engine_that_a_lock_out_makes_give_up_lets_anybody_end_a_migration() -> None:
    found = judge_surrender(end(ROTATION, locked(1, 3), believed("OLD")))

    assert [(one.name, one.clause, one.at_us) for one in found] == [
        ("beaten-by-a-lock-out", "property/P11", 3)
    ]


def test_trying_again_within_the_lock_is_no_trial_and_after_it_is_one() -> None:
    within = (ROTATION, locked(1, 3), sent(10), locked(10, 11), believed("OLD"))
    after = (ROTATION, locked(1, 3), sent(104), locked(104, 105), believed("OLD"))
    met_none = (ROTATION, locked(1, 3), sent(60), believed("OLD"))

    assert len(judge_surrender(end(*within))) == 1
    assert judge_surrender(end(*after)) == []
    assert judge_surrender(end(*met_none)) == []


def test_a_stop_a_party_that_is_away_and_a_doubt_are_other_reasons_to_end() -> None:
    assert judge_surrender(end(STOP, ROTATION, locked(1, 3), believed("OLD"))) == []
    assert judge_surrender(end(ROTATION, locked(1, 3), refused(), believed("OLD"))) == []
    assert judge_surrender(end(ROTATION, locked(1, 3), believed("UNKNOWN"))) == []
    assert judge_surrender(end(ROTATION, locked(1, 3), believed("OLD"), claimed=None)) == []


def test_somebody_elses_instruction_that_met_the_lock_is_not_the_engines() -> None:
    foreign = dataclasses.replace(locked(1, 3), message_id=99)

    assert judge_surrender(end(ROTATION, foreign, believed("OLD"))) == []

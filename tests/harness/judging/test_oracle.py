"""The oracle on runs made by hand: each row of what it may say, and each of what it must not."""

import dataclasses

import pytest

from hanbench.emulator.events import Event, KeyChanged, PartyCalled
from hanbench.emulator.instant import Instant
from hanbench.harness.engine.port import EndState
from hanbench.harness.events import Believed, EngineCrashed, EngineSent, FaultFired, Journalled
from hanbench.harness.judging.oracle import (
    Evidence,
    Execution,
    MeterEnd,
    RunEnd,
    Truth,
    judge_beliefs,
    judge_executions,
    judge_reuse,
)
from hanbench.harness.judging.outcome_rules import judge_outcome

HOME = "home-1"


def believed(
    at: int, key: str, truth: str, *, can_still_move: bool = False, device: str = "gsme"
) -> Believed:
    return Believed(Instant(at), HOME, device, key, (), "because", truth, can_still_move)


def sent(at: int, instruction: str = "rotate-sua-key", counter: int = 5) -> EngineSent:
    return EngineSent(Instant(at), HOME, "hub", "gsme", at, instruction, 1, counter, 1)


def moved(at: int, because: str = "rotate-sua-key") -> KeyChanged:
    return KeyChanged(Instant(at), HOME, "gsme", 2, "aabbcc", None, 0, because)


def meter(
    truth: Truth, name: str = "gsme", *, held: bool | None = None, kind: str = "GSME"
) -> MeterEnd:
    is_held = truth is Truth.NEW if held is None else held
    return MeterEnd(
        name=name,
        type=kind,
        truth=truth,
        version=None if truth is Truth.NEITHER else 1,
        executions=(),
        is_held_by_dco=is_held,
        is_known_to_dco=is_held,
    )


def esme(truth: Truth, *, held: bool | None = None) -> MeterEnd:
    return meter(truth, "esme", held=held, kind="ESME")


def run(
    *events: Event,
    meters: tuple[MeterEnd, ...] = (meter(Truth.OLD),),
    evidence: tuple[Evidence, ...] = (),
    claimed: EndState | None = None,
) -> RunEnd:
    return RunEnd(events=events, meters=meters, evidence=evidence, claimed=claimed)


def proof(at: int, truth: Truth, *, is_fence: bool = False) -> Evidence:
    return Evidence(device="gsme", at=Instant(at), truth=truth, is_fence=is_fence, counter=9)


def found(end: RunEnd) -> list[str]:
    return [finding.name for finding in judge_beliefs(end)]


def test_a_belief_that_agrees_with_the_truth_is_right() -> None:
    assert found(run(believed(1, "OLD", "OLD"), believed(2, "NEW", "NEW"))) == []


def test_an_engine_that_knows_that_it_does_not_know_is_right() -> None:
    end = run(sent(1), believed(2, "UNKNOWN", "NEW"), meters=(meter(Truth.NEW),))

    assert found(end) == []


@pytest.mark.parametrize(("key", "truth"), [("OLD", "NEW"), ("NEW", "OLD"), ("OLD", "NEITHER")])
def test_a_certainty_that_the_truth_contradicts_is_confidently_wrong(key: str, truth: str) -> None:
    assert found(run(believed(1, key, truth))) == ["confidently-wrong"]


def test_old_is_wrong_if_a_rotation_already_under_way_moves_the_meter_later() -> None:
    end = run(sent(1), believed(2, "OLD", "OLD"), moved(3), meters=(meter(Truth.NEW),))

    assert "confidently-wrong" in found(end)


def test_old_is_right_if_the_engine_itself_sent_another_rotation_in_between() -> None:
    end = run(believed(2, "OLD", "OLD"), sent(3), moved(4), believed(5, "NEW", "NEW"))

    assert found(end) == []


def test_a_staged_key_is_no_move() -> None:
    assert found(run(believed(2, "OLD", "OLD"), moved(3, "prepare-rotation"))) == []


def test_old_is_premature_while_a_rotation_can_still_be_executed() -> None:
    end = run(believed(2, "OLD", "OLD", can_still_move=True))

    assert found(end) == ["confidently-wrong"]


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ((), []),
        ((proof(4, Truth.NEW),), ["needlessly-unknown"]),
        ((proof(4, Truth.OLD),), []),
        ((proof(4, Truth.OLD, is_fence=True),), ["needlessly-unknown"]),
        ((proof(0, Truth.OLD, is_fence=True),), []),
    ],
)
def test_doubt_is_needless_only_after_proof(
    evidence: tuple[Evidence, ...], expected: list[str]
) -> None:
    assert found(run(sent(1), believed(5, "UNKNOWN", "OLD"), evidence=evidence)) == expected


def asked(at: int) -> PartyCalled:
    """Tell the engine what an answer of the gas meter is under; the evidence says what."""
    told = '{"device":"gsme"}'
    return PartyCalled(Instant(at), HOME, "engine", "DCO", "read_answer", told, "{}", False)


def killed(at: int) -> EngineCrashed:
    return EngineCrashed(Instant(at), HOME, "before journal write 1")


def written(at: int, fate: str = "durable") -> Journalled:
    return Journalled(Instant(at), HOME, at, "{}", fate)


def test_a_proof_that_went_with_a_life_before_anything_was_written_is_no_need_to_know() -> None:
    def doubt(*between: Event) -> list[str]:
        events = (sent(1), asked(2), *between, believed(9, "UNKNOWN", "NEW"))
        return found(run(*events, meters=(meter(Truth.NEW),), evidence=(proof(2, Truth.NEW),)))

    assert doubt(written(3, "before"), killed(3)) == []
    assert doubt(written(3, "torn"), killed(3)) == []
    assert doubt() == ["needlessly-unknown"]
    assert doubt(written(3), killed(4)) == ["needlessly-unknown"]
    assert doubt(written(3, "after"), killed(3)) == ["needlessly-unknown"]


def test_a_key_that_was_lost_after_its_proof_is_believed_until_the_meter_is_heard_again() -> None:
    def lost(*events: Event, key: str = "NEW", shown: Truth = Truth.NEW) -> list[str]:
        told = (sent(1), asked(2), written(3), *events, believed(9, key, "NEITHER"))
        return found(run(*told, meters=(meter(Truth.NEITHER),), evidence=(proof(2, shown),)))

    assert lost() == []
    assert lost(asked(4), written(4, "before"), killed(5)) == [], "what it heard was lost with it"
    assert lost(asked(4)) == ["confidently-wrong"]
    assert lost(asked(4), written(5), killed(6)) == ["confidently-wrong"]
    assert lost(key="OLD", shown=Truth.OLD) == ["confidently-wrong"]
    assert lost(shown=Truth.OLD) == ["confidently-wrong"]


def test_an_old_key_that_was_lost_after_its_last_word_is_believed_while_nothing_could_move_it() -> (
    None
):
    def lost(*events: Event, word: Evidence | None = None) -> RunEnd:
        told = (asked(2), written(3), *events, believed(9, "OLD", "NEITHER"))
        shown = proof(2, Truth.OLD) if word is None else word
        meters = (meter(Truth.NEITHER), esme(Truth.OLD))
        return run(*told, meters=meters, evidence=(shown,), claimed=EndState.ROLLED_BACK_INTACT)

    def said(end: RunEnd) -> list[str]:
        return [*found(end), *(finding.name for finding in judge_outcome(end))]

    wrong = ["confidently-wrong", "outcome-contradicts-truth"]
    assert said(lost(sent(4, "prepare-rotation"), sent(5, "prove-rotation"))) == []
    assert said(lost(sent(4, "confirm-rotation"))) == wrong
    assert said(lost(sent(4))) == wrong
    assert said(lost(asked(4))) == wrong, "it was heard again, and not under the old key"
    assert said(lost(word=proof(2, Truth.NEW))) == wrong
    fence = proof(2, Truth.OLD, is_fence=True)
    assert said(lost(sent(1), word=fence)) == [], "the fence has killed the rotation"
    assert said(lost(sent(4, counter=12), word=fence)) == wrong


def test_an_engine_that_rotates_and_never_says_what_it_believes_is_silent() -> None:
    assert found(run(sent(1))) == ["silent-belief"]
    assert found(run(sent(1), evidence=(proof(2, Truth.NEW),))) == ["needlessly-unknown"]


def test_an_engine_that_never_rotated_may_be_silent() -> None:
    assert found(run(sent(1, "no-op"))) == []


BOTH_NEW = (meter(Truth.NEW), esme(Truth.NEW))
BOTH_OLD = (meter(Truth.OLD), esme(Truth.OLD))


@pytest.mark.parametrize(
    ("claimed", "meters", "is_true"),
    [
        (EndState.COMMISSIONED, BOTH_NEW, True),
        (EndState.COMMISSIONED, (meter(Truth.OLD), esme(Truth.NEW)), False),
        (EndState.COMMISSIONED, (meter(Truth.NEW, held=False), esme(Truth.NEW)), False),
        (EndState.ELECTRICITY_ONLY, (meter(Truth.OLD), esme(Truth.NEW)), True),
        (EndState.ELECTRICITY_ONLY, (meter(Truth.NEW), esme(Truth.OLD)), False),
        (EndState.ELECTRICITY_ONLY, (meter(Truth.NEW, held=False), esme(Truth.NEW)), True),
        (EndState.ELECTRICITY_ONLY, BOTH_NEW, False),
        (EndState.ELECTRICITY_ONLY, (esme(Truth.NEW),), False),
        (EndState.ROLLED_BACK_INTACT, BOTH_OLD, True),
        (EndState.ROLLED_BACK_INTACT, (meter(Truth.NEW), esme(Truth.OLD)), False),
        (EndState.ROLLED_BACK_INTACT, (meter(Truth.NEITHER), esme(Truth.OLD)), False),
        (EndState.EXCLUDED, BOTH_OLD, True),
        (EndState.EXCLUDED, BOTH_NEW, False),
        (EndState.UNRESOLVED, (meter(Truth.NEW), esme(Truth.OLD)), True),
        (EndState.UNRESOLVED, BOTH_NEW, False),
    ],
)
def test_a_claim_is_held_against_the_truth(
    claimed: EndState, meters: tuple[MeterEnd, ...], *, is_true: bool
) -> None:
    findings = judge_outcome(run(meters=meters, claimed=claimed))

    assert ([finding.name for finding in findings] == []) is is_true


def test_a_limited_roll_back_wants_a_gas_meter_in_doubt_and_nothing_moved() -> None:
    doubt = believed(1, "UNKNOWN", "NEW")
    limited = EndState.ROLLED_BACK_LIMITED

    right = run(doubt, meters=(meter(Truth.NEW), esme(Truth.OLD)), claimed=limited)
    certain = run(believed(1, "OLD", "OLD"), meters=BOTH_OLD, claimed=limited)
    gone = run(doubt, meters=BOTH_NEW, claimed=limited)

    assert judge_outcome(right) == []
    assert [f.device for f in judge_outcome(certain)] == ["gsme"]
    assert [f.device for f in judge_outcome(gone)] == ["esme"]


def test_a_gas_meter_that_is_known_to_have_moved_is_not_rolled_back_when_its_key_is_lost() -> None:
    home = (meter(Truth.NEITHER), esme(Truth.OLD))
    events = (
        sent(1),
        believed(2, "NEW", "NEW"),
        believed(3, "UNKNOWN", "NEITHER"),
        believed(3, "OLD", "OLD", device="esme"),
    )

    limited = run(*events, meters=home, claimed=EndState.ROLLED_BACK_LIMITED)
    unresolved = run(*events, meters=home, claimed=EndState.UNRESOLVED)

    assert [one.device for one in judge_outcome(limited)] == ["gsme"]
    assert judge_outcome(unresolved) == []


def test_a_belief_that_was_wrong_proves_no_move() -> None:
    home = (meter(Truth.OLD), esme(Truth.OLD))
    events = (sent(1), believed(2, "NEW", "OLD"), believed(3, "UNKNOWN", "OLD"))

    limited = run(*events, meters=home, claimed=EndState.ROLLED_BACK_LIMITED)

    assert judge_outcome(limited) == []


def test_no_claim_at_all_is_a_finding() -> None:
    assert [finding.name for finding in judge_outcome(run())] == ["no-outcome"]


def test_a_code_that_ran_twice_is_found_and_two_codes_are_not() -> None:
    once = (Execution(1, 5, "aa"), Execution(1, 6, "bb"), Execution(2, 5, "cc"))
    good = dataclasses.replace(meter(Truth.OLD), executions=once)
    bad = dataclasses.replace(good, executions=(*once, Execution(1, 5, "aa")))

    assert judge_executions(run(meters=(good,))) == []
    assert [f.name for f in judge_executions(run(meters=(bad,)))] == ["executed-twice"]


def test_a_code_sent_twice_is_reuse_and_a_free_instruction_is_not() -> None:
    free = dataclasses.replace(sent(3, "read-sua-status"), counter=None)

    assert judge_reuse(run(sent(1), sent(2, counter=6), free, free)) == []
    assert [f.name for f in judge_reuse(run(sent(1), sent(2)))] == ["code-reused"]


def test_somebody_can_command_a_meter_with_the_old_key_or_one_that_the_dco_knows() -> None:
    assert meter(Truth.OLD).is_known_to_dco_or_old
    assert meter(Truth.NEW).is_known_to_dco_or_old
    assert not meter(Truth.NEW, held=False).is_known_to_dco_or_old


def test_an_electricity_meter_in_doubt_makes_no_limited_roll_back() -> None:
    sent_to_it = dataclasses.replace(sent(1), device="esme")
    doubts = (believed(2, "UNKNOWN", "NEW"), believed(2, "UNKNOWN", "OLD", device="esme"))
    limited = EndState.ROLLED_BACK_LIMITED

    both = run(sent(1), sent_to_it, *doubts, meters=BOTH_OLD, claimed=limited)
    alone = run(sent_to_it, doubts[1], meters=(esme(Truth.OLD),), claimed=limited)
    gas = run(sent(1), *doubts, meters=BOTH_OLD, claimed=limited)  # electricity was sent nothing

    assert [one.device for one in judge_outcome(both)] == ["esme"]
    assert [one.device for one in judge_outcome(alone)] == ["esme"]
    assert judge_outcome(gas) == []


REFUSED = PartyCalled(Instant(3), HOME, "engine", "SMSO", "roll_back", "{}", "{}", True)
NEVER = FaultFired(Instant(3), HOME, "home-1/party/DCO/authorise#1", "never")


def test_unresolved_is_no_word_for_what_is_a_limited_roll_back() -> None:
    home = (meter(Truth.NEW), esme(Truth.OLD))
    events = (
        sent(1),
        believed(2, "UNKNOWN", "NEW"),
        believed(2, "OLD", "OLD", device="esme"),
    )

    found = judge_outcome(run(*events, meters=home, claimed=EndState.UNRESOLVED))

    assert [(one.name, one.clause, one.device) for one in found] == [
        ("outcome-contradicts-truth", "domain/10.8-joint-outcome", "gsme")
    ]


@pytest.mark.parametrize("more", [(), (REFUSED,), (NEVER,)])
def test_unresolved_is_no_word_for_a_roll_back_of_which_nothing_is_in_doubt(
    more: tuple[Event, ...],
) -> None:
    certain = (believed(2, "OLD", "OLD"), believed(2, "OLD", "OLD", device="esme"))

    tried = run(sent(1), *certain, *more, meters=BOTH_OLD, claimed=EndState.UNRESOLVED)
    untried = run(*certain, meters=BOTH_OLD, claimed=EndState.UNRESOLVED)

    assert [one.name for one in judge_outcome(tried)] == (
        [] if more else ["outcome-contradicts-truth"]
    )
    assert judge_outcome(untried) == []


@pytest.mark.parametrize(
    ("gas", "electricity", "more"),
    [
        ("NEW", "OLD", ()),
        ("UNKNOWN", "NEW", ()),
        ("UNKNOWN", "UNKNOWN", ()),
        (
            "UNKNOWN",
            "OLD",
            (REFUSED,),
        ),
        (
            "UNKNOWN",
            "OLD",
            (NEVER,),
        ),
    ],
)
def test_unresolved_is_the_word_where_the_table_has_no_other(
    gas: str, electricity: str, more: tuple[Event, ...]
) -> None:
    home = (meter(Truth.NEW), esme(Truth.NEW if electricity == "NEW" else Truth.OLD, held=False))
    events = (
        sent(1),
        believed(2, gas, "NEW"),
        believed(2, electricity, "OLD", device="esme"),
        *more,
    )

    assert judge_outcome(run(*events, meters=home, claimed=EndState.UNRESOLVED)) == []

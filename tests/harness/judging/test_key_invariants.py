"""Who commands a meter, and how its counters and versions go: each claim broken by hand."""

from dataclasses import replace

import pytest
from tests.harness.judging.test_oracle import believed, esme, meter, sent
from tests.suite_cases import case_of, driven

from hanbench.emulator.events import Event, InstructionJudged, KeyChanged, PartyCalled
from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.inventory import Inventory
from hanbench.emulator.sua.gate import SuaGate
from hanbench.harness.engine.port import EndState
from hanbench.harness.judging.codes_sent import CodesSent
from hanbench.harness.judging.commissioning_probe import judge_commissioned
from hanbench.harness.judging.judge import judge, run_end
from hanbench.harness.judging.key_invariants import (
    judge_counters,
    judge_entitlement,
    judge_secrecy,
    judge_verification,
    judge_versions,
)
from hanbench.harness.judging.oracle import Execution, MeterEnd, RunEnd, Truth
from hanbench.harness.judging.outcome_rules import judge_outcome
from hanbench.protocol import wan
from hanbench.protocol.answer import Outcome
from hanbench.protocol.keys import Key, KeyUsage

HOME = "home-1"


def end_of(*executions: Execution, events: tuple[Event, ...] = ()) -> RunEnd:
    meter = MeterEnd(
        name="esme",
        type="ESME",
        truth=Truth.NEW,
        version=2,
        executions=executions,
        is_held_by_dco=True,
        is_known_to_dco=True,
    )
    return RunEnd(events=events, meters=(meter,), evidence=(), claimed=None)


def judged(at: int, version: int, counter: int, *, executed: bool = True) -> InstructionJudged:
    return InstructionJudged(
        Instant(at), HOME, "esme", at, "no-op", "aa", "accepted", version, counter, executed
    )


def holds(at: int, version: int | None, last_counter: int) -> KeyChanged:
    return KeyChanged(Instant(at), HOME, "esme", version, "aabbcc", None, last_counter, "because")


def called(party: str, operation: str, arguments: str, result: str = "{}") -> PartyCalled:
    return PartyCalled(
        Instant(1), HOME, "engine", party, operation, arguments, result, is_error=False
    )


def test_what_was_executed_without_a_right_envelope_is_a_breach_of_dual_control() -> None:
    unproved, unseen = Execution(2, 1, "aa", is_verified=False), Execution(2, 2, "bb")

    findings = judge_verification(end_of(unproved, unseen, Execution(2, 3, "cc", is_verified=True)))

    assert [(one.name, one.clause) for one in findings] == [("executed-unverified", "property/P8")]
    assert "version 2, counter 1" in findings[0].detail


def test_a_code_under_the_dcos_key_that_it_never_gave_out_shows_another_holder() -> None:
    stolen = Execution(2, 9, "aa", is_issued=False, is_dcos=False, is_of_new_key=True)
    by_smso = Execution(1, 3, "bb", is_dcos=False)

    findings = judge_entitlement(end_of(stolen, by_smso, Execution(2, 1, "cc", is_of_new_key=True)))

    assert [(one.name, one.clause) for one in findings] == [("commanded-by-another", "property/P7")]


@pytest.mark.parametrize(
    ("events", "resets"),
    [
        ((judged(1, 1, 5), judged(2, 1, 6), holds(3, 2, 0), judged(4, 2, 1)), 0),
        ((judged(1, 2, 3), holds(2, 2, 2)), 1),
        ((judged(1, 1, 5), holds(2, 1, 3)), 1),
        ((judged(1, 2, 1), holds(2, 2, 1), judged(3, 2, 2)), 0),
        ((judged(1, 1, 5), judged(2, 1, 4, executed=False)), 0),
        ((judged(1, 1, 5), holds(2, None, 0), judged(3, 1, 6)), 0),
    ],
)
def test_a_counter_falls_only_with_its_key(events: tuple[Event, ...], resets: int) -> None:
    findings = judge_counters(end_of(events=events))

    assert [one.clause for one in findings] == ["property/P12"] * resets


def test_executions_of_one_key_go_up() -> None:
    findings = judge_counters(
        end_of(Execution(1, 5, "aa"), Execution(2, 1, "bb"), Execution(1, 4, "cc"))
    )

    assert [(one.name, one.clause) for one in findings] == [("counter-reset", "property/P12")]


def test_a_meter_never_goes_back_to_an_older_key() -> None:
    there_and_back = (holds(1, 1, 0), holds(2, 2, 0), holds(3, None, 0), holds(4, 1, 9))

    findings = judge_versions(end_of(events=there_and_back))

    assert [(one.name, one.clause, one.at_us) for one in findings] == [
        ("key-downgraded", "property/P6", 4)
    ]
    assert judge_versions(end_of(events=there_and_back[:3])) == []


def test_no_new_key_is_told_to_the_smso_however_it_is_wrapped() -> None:
    escrow = called("DCO", "escrow_successor", "{}", '{"version":2,"wrapped":"c0ffee"}')
    frames = called("S1SP", "frame", '{"instruction":"40c0ffee"}')
    tells = called("SMSO", "web_vend", '{"note":"c0ffee"}')

    assert judge_secrecy(end_of(events=(escrow, frames))) == []
    assert [one.name for one in judge_secrecy(end_of(events=(escrow, tells)))] == [
        "key-handed-back"
    ]


def test_a_clean_run_is_proved_code_by_code_and_every_meter_answers_the_bench() -> None:
    world, _, _ = driven(case_of("clean-two-fuel", "two-phase"))

    executions = [one for meter in run_end(world).meters for one in meter.executions]

    assert len(executions) >= 8
    assert all(one.is_verified and one.is_dcos for one in executions)
    assert judge_commissioned(world) == []


def test_the_bench_does_the_sum_over_codes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _, _ = driven(case_of("clean-electricity-only"))
    wrong = Key(KeyUsage.SUA, bytes(16), is_test_material=True)
    monkeypatch.setattr(CodesSent, "first_key", lambda _self, _eui64: wrong)

    executions = run_end(world).meters[0].executions

    assert [one.is_verified for one in executions if one.version == 1] == [False]
    assert all(one.is_verified for one in executions if one.version == 2)


def test_a_wrong_transport_mac_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _, _ = driven(case_of("clean-electricity-only"))

    def refuses(_octets: bytes, _key: Key) -> wan.Envelope:
        raise wan.SecurityError("no")

    monkeypatch.setattr(wan, "verify", refuses)

    assert {one.is_verified for one in run_end(world).meters[0].executions} == {False}


def test_a_commissioned_meter_that_refuses_the_bench_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, _, _ = driven(case_of("clean-two-fuel"))
    monkeypatch.setattr(SuaGate, "_verify", lambda *_: Outcome.OUT_OF_WINDOW)

    findings = judge_commissioned(world)

    assert [one.device for one in findings] == ["esme", "gsme"]
    assert "it answers out-of-window" in findings[0].detail
    assert findings[0].name == "commissioned-but-deaf"


def test_a_commissioned_meter_that_answers_under_another_key_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, _, _ = driven(case_of("clean-electricity-only"))
    answered = SuaGate._answer
    monkeypatch.setattr(SuaGate, "_answer", lambda *asked: replace(answered(*asked), mac=bytes(8)))

    findings = judge_commissioned(world)

    assert "does not verify" in findings[0].detail


def test_a_meter_that_was_never_the_dcos_and_is_commissioned_all_the_same_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, _, _ = driven(case_of("smso-refuses-hand-over"))
    monkeypatch.setattr(Inventory, "is_commissioned", lambda *_: True)

    assert {one.device for one in judge_commissioned(world)} == {"esme", "gsme"}


def test_the_probe_leaves_the_meter_and_the_trace_as_they_were() -> None:
    world, steps, stopped = driven(case_of("clean-electricity-only"))
    meter, events = world.home.meters["esme"], len(world.trace.events)
    before = (meter.truth, world.trace.trace_hash, len(meter.core.gate.execution_log))

    result = judge(world, steps, stopped, 0.0)

    assert result.is_as_expected
    assert (meter.truth, world.trace.trace_hash, len(meter.core.gate.execution_log)) == before
    assert len(world.trace.events) == events


def test_an_intact_rollback_is_not_for_an_engine_in_doubt() -> None:
    doubts = (sent(1), believed(2, "UNKNOWN", "OLD"))
    end = RunEnd(
        events=doubts,
        meters=(meter(Truth.OLD), esme(Truth.OLD)),
        evidence=(),
        claimed=EndState.ROLLED_BACK_INTACT,
    )

    assert [one.device for one in judge_outcome(end)] == ["gsme"]
    sure = replace(end, events=(*doubts, believed(3, "OLD", "OLD")))
    assert judge_outcome(sure) == []

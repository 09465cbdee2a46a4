"""The SUA gate: properties P1 to P5, P8 and P11 of domain.md 10.6, as far as one device has them.

Each runs under the synthetic scheme, its long variant, and a toy scheme from outside the package.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.emulator.gate_bench import (
    DISABLE,
    EUI,
    MASTER,
    NEW,
    NO_CACHE,
    OLD,
    SCHEMES,
    T0,
    Fates,
    Meter,
    wrong_code,
)

from hanbench.emulator.events import InstructionJudged, KeyChanged
from hanbench.emulator.fates import Cause, Commit, Leg
from hanbench.emulator.instant import MINUTE_US, Instant
from hanbench.emulator.nvm import Nvm, PowerCut
from hanbench.emulator.sua.gate import Effect, SuaGate
from hanbench.emulator.sua.slots import SuaParameters
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol.answer import AnswerMessage, Outcome, SuaStatus
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import (
    AbortRotation,
    AddCreditUtrn,
    ArmSupply,
    Authorisation,
    Command,
    ConfirmRotation,
    DisableSupply,
    Instruction,
    NoOp,
    ReadRegister,
    ReadSuaStatus,
    Register,
)
from hanbench.protocol.keys import Key, KeyUsage, derive_test_key
from hanbench.protocol.sua import HAN_SUA_M1, AnswerScope, SuaScheme, SuaScope


@pytest.fixture(params=SCHEMES, ids=lambda scheme: scheme.name)
def scheme(request: pytest.FixtureRequest) -> SuaScheme:
    return request.param


@pytest.fixture
def meter(scheme: SuaScheme) -> Meter:
    return Meter(scheme)


# Passing, and being answered


def test_an_authentic_instruction_is_executed_once_and_answered_under_the_key(
    meter: Meter,
) -> None:
    judgement = meter.tell(DISABLE, 1)

    assert (judgement.outcome, judgement.executed) == (Outcome.ACCEPTED, True)
    assert judgement.instruction == DISABLE
    assert meter.done == [DISABLE]
    assert meter.causes == [Cause("gsme", 70, Leg.EXECUTE)]
    assert meter.answer(judgement, DISABLE, OLD) == AnswerMessage(
        Outcome.ACCEPTED, 1, 1, b"", answers.decode(judgement.answer).mac
    )
    assert [(it.counter, it.version, it.at) for it in meter.gate.execution_log] == [(1, 1, T0)]


def test_a_no_op_spends_its_counter_and_does_nothing(meter: Meter) -> None:
    assert meter.outcome(NoOp(1), 1) is Outcome.ACCEPTED
    assert meter.done == []
    assert meter.gate.truth.last_counter == 1


def test_free_reads_pass_without_a_code_and_leave_the_counter(meter: Meter) -> None:
    read = ReadRegister(1, Register.IMPORT_WH)
    meter.effect = Effect(payload=b"reading")

    judgement = meter.take(Command(instructions.encode(read)))

    assert judgement.outcome is Outcome.ACCEPTED
    assert meter.answer(judgement, read, OLD).payload == b"reading"
    assert meter.gate.truth.last_counter == 0
    assert meter.gate.execution_log == []


def test_a_utrn_carries_its_own_authentication(meter: Meter) -> None:
    entry = AddCreditUtrn(1, "1" * 20)
    meter.effect = Effect(Outcome.REFUSED, b"duplicate")

    judgement = meter.take(Command(instructions.encode(entry)))

    assert (judgement.outcome, judgement.executed) == (Outcome.REFUSED, False)
    assert meter.answer(judgement, entry, OLD).payload == b"duplicate"
    assert meter.notes == []


def test_the_status_tells_versions_counter_and_lock_out_under_the_key(meter: Meter) -> None:
    meter.tell(meter.prepare(2), 3)
    for _ in range(5):
        meter.take(wrong_code(meter, 4))
    ask = ReadSuaStatus(4)

    judgement = meter.take(Command(instructions.encode(ask)), Instant(T0 + MINUTE_US - 1))

    message = meter.answer(judgement, ask, OLD)
    assert answers.decode_status(message.payload) == SuaStatus(
        current_version=1,
        staged_version=2,
        max_version=2,
        last_counter=3,
        failures=5,
        locked_remaining_s=14 * 60 + 1,
    )


def test_an_instruction_that_the_device_refuses_still_burns_its_code(meter: Meter) -> None:
    meter.effect = Effect(Outcome.REFUSED, b"valve")

    judgement = meter.tell(ArmSupply(1), 1)

    assert (judgement.outcome, judgement.executed) == (Outcome.REFUSED, False)
    assert meter.gate.execution_log == []
    assert meter.outcome(ArmSupply(1), 1) is Outcome.REPLAYED


# P1, P3: unforgeability and binding


def test_no_bit_of_a_command_can_be_changed(scheme: SuaScheme) -> None:
    data = instructions.encode_command(Meter(scheme).command(DISABLE, 1))

    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        meter = Meter(scheme)
        judgement = meter.gate.take(bytes(changed), 1, T0)
        # A type octet may become that of a free Instruction: it is then read, not obeyed.
        is_free = judgement.instruction is not None and not judgement.instruction.type.is_guarded
        assert is_free or judgement.outcome in {
            Outcome.MALFORMED,
            Outcome.BAD_CODE,
            Outcome.WRONG_KEY_VERSION,
            Outcome.UNAUTHORISED,
        }, f"bit {bit}: {judgement.outcome.words}"
        assert meter.gate.execution_log == []
        assert meter.gate.truth.last_counter == 0


@pytest.mark.parametrize(
    "change",
    [
        {"eui64": Eui64(EUI ^ 1)},
        {"group": "EA"},
        {"key_version": 2},
        {"counter": 2},
        {"digest": instructions.digest(instructions.encode(ArmSupply(7)))},
        {"digest": instructions.digest(instructions.encode(DisableSupply(8)))},
    ],
    ids=["eui64", "group", "version", "counter", "type", "request id"],
)
def test_a_code_for_anything_else_is_refused(meter: Meter, change: dict[str, Any]) -> None:
    data = instructions.encode(DISABLE)
    scope = SuaScope(eui64=EUI, key_version=1, counter=1, digest=instructions.digest(data))
    code = meter.scheme.issue(OLD, replace(scope, **change))

    judgement = meter.take(Command(data, Authorisation(1, 1, code)))

    assert judgement.outcome is Outcome.BAD_CODE
    assert meter.done == []


@pytest.mark.parametrize("length", [0, 4, 7, 9, 15, 17])
def test_a_code_of_another_length_is_refused(meter: Meter, length: int) -> None:
    command = meter.command(DISABLE, 1)
    assert command.authorisation is not None
    code = (command.authorisation.code + bytes(17))[:length]

    judgement = meter.take(replace(command, authorisation=Authorisation(1, 1, code)))

    assert judgement.outcome is Outcome.BAD_CODE


@given(data=st.binary(max_size=60))
def test_any_bytes_are_answered_and_none_executed(data: bytes) -> None:
    meter = Meter(HAN_SUA_M1)

    judgement = meter.gate.take(data, 1, T0)

    assert answers.decode(judgement.answer).outcome is judgement.outcome
    assert meter.gate.execution_log == []


# P2, P4: single use and at most once


def test_a_spent_code_is_refused_again_and_again(meter: Meter) -> None:
    command = meter.command(DISABLE, 1)

    outcomes = [meter.take(command).outcome for _ in range(3)]

    assert outcomes == [Outcome.ACCEPTED, Outcome.REPLAYED, Outcome.REPLAYED]
    assert meter.done == [DISABLE]


def test_a_code_below_the_last_counter_is_refused(meter: Meter) -> None:
    meter.tell(DISABLE, 5)

    assert meter.outcome(ArmSupply(1), 4) is Outcome.REPLAYED
    assert meter.outcome(ArmSupply(1), 6) is Outcome.ACCEPTED


def test_a_fence_makes_every_earlier_rotation_a_replay(meter: Meter) -> None:
    late_rotation = meter.command(meter.rotate(2), 1)

    meter.tell(NoOp(1), 2)

    assert meter.take(late_rotation).outcome is Outcome.REPLAYED
    assert meter.gate.truth.current_version == 1


@pytest.mark.parametrize("verdict", [Commit.CUT_BEFORE, Commit.CUT_AFTER])
@pytest.mark.parametrize("cut_at", [0, 1])
@pytest.mark.parametrize("name", ["disable", "rotate", "prepare"])
def test_a_crash_at_any_commit_and_a_retry_execute_at_most_once(
    scheme: SuaScheme, verdict: Commit, cut_at: int, name: str
) -> None:
    meter = Meter(scheme, fates=Fates({cut_at: verdict}))
    instruction = {"disable": DISABLE, "rotate": meter.rotate(), "prepare": meter.prepare()}[name]
    command = meter.command(instruction, 1)

    for _ in range(3):
        meter.survive(command)

    counts = Counter((it.version, it.counter) for it in meter.gate.execution_log)
    assert all(count == 1 for count in counts.values())
    assert meter.done == [] or meter.done == [DISABLE]


def test_a_cut_between_persist_and_execute_burns_the_code_without_effect(
    scheme: SuaScheme,
) -> None:
    meter = Meter(scheme, fates=Fates({0: Commit.CUT_AFTER}))
    command = meter.command(DISABLE, 1)

    assert meter.survive(command) is None

    assert meter.done == []
    assert meter.take(command).outcome is Outcome.REPLAYED


def test_executing_before_persisting_executes_twice_after_a_crash(scheme: SuaScheme) -> None:
    defect = SuaParameters(result_cache_entries=0, persist_first=False)
    meter = Meter(scheme, defect, Fates({0: Commit.CUT_BEFORE}))
    command = meter.command(DISABLE, 1)

    assert meter.survive(command) is None
    retried = meter.survive(command)

    assert retried is not None
    assert retried.outcome is Outcome.ACCEPTED
    assert meter.done == [DISABLE, DISABLE]
    assert len(meter.gate.execution_log) == 2


def test_the_defect_shows_only_in_a_crash(scheme: SuaScheme) -> None:
    defect = SuaParameters(result_cache_entries=0, persist_first=False)
    meter = Meter(scheme, defect)

    assert meter.outcome(DISABLE, 1) is Outcome.ACCEPTED
    assert meter.outcome(DISABLE, 1) is Outcome.REPLAYED
    assert meter.outcome(meter.rotate(), 2) is Outcome.ACCEPTED
    assert meter.gate.truth.last_counter == 0, "the counter of the old key is not the new one's"


def test_an_effect_that_lost_power_counts_as_an_execution(scheme: SuaScheme) -> None:
    meter = Meter(scheme)

    def cut(*_: object) -> Effect:
        raise PowerCut("balance", Commit.CUT_AFTER)

    meter.gate = gate_like(meter, cut)

    assert meter.survive(meter.command(DISABLE, 1)) is None
    assert len(meter.gate.execution_log) == 1
    assert meter.outcome(DISABLE, 1) is Outcome.REPLAYED


def gate_like(meter: Meter, execute: Callable[[Instruction, Cause, Instant], Effect]) -> SuaGate:
    gate = SuaGate(
        device="gsme",
        installation="home-1",
        eui64=EUI,
        scheme=meter.scheme,
        parameters=NO_CACHE,
        nvm=Nvm("gsme", "home-1", meter.fates),
        master=MASTER,
        execute=execute,
        note=lambda *_: None,
        record=meter.events.append,
    )
    gate.provision(OLD, 1)
    return gate


# The counter window


@pytest.mark.parametrize(
    ("counter", "outcome"),
    [
        (0, Outcome.REPLAYED),
        (1, Outcome.ACCEPTED),
        (10, Outcome.ACCEPTED),
        (11, Outcome.OUT_OF_WINDOW),
        (2**64 - 1, Outcome.OUT_OF_WINDOW),
    ],
)
def test_the_counter_moves_up_by_at_most_the_window(
    meter: Meter, counter: int, outcome: Outcome
) -> None:
    assert meter.outcome(DISABLE, counter) is outcome
    assert meter.gate.truth.last_counter == (counter if outcome is Outcome.ACCEPTED else 0)


def test_a_wrong_code_never_moves_the_counter(meter: Meter) -> None:
    meter.take(wrong_code(meter, counter=9))

    assert meter.gate.truth.last_counter == 0


# P11 and the lock-out


def lock(meter: Meter, now: Instant = T0) -> None:
    for _ in range(meter.gate.parameters.failure_limit):
        assert meter.take(wrong_code(meter), now).outcome is Outcome.BAD_CODE


def test_wrong_codes_in_a_row_lock_the_device_for_a_time(meter: Meter) -> None:
    lock(meter)
    just_before = Instant(T0 + 15 * MINUTE_US - 1)

    assert meter.outcome(DISABLE, 1, now=just_before) is Outcome.LOCKED_OUT
    assert meter.outcome(DISABLE, 1, now=Instant(just_before + 1)) is Outcome.ACCEPTED
    assert meter.gate.truth.failures == 0


def test_a_lock_survives_a_restart(meter: Meter) -> None:
    lock(meter)

    meter.gate.restart(T0, "battery")

    assert meter.outcome(DISABLE, 1) is Outcome.LOCKED_OUT
    assert meter.gate.truth.locked_until == T0 + 15 * MINUTE_US


def test_a_lock_that_has_run_out_gives_all_tries_again(meter: Meter) -> None:
    lock(meter)
    later = Instant(T0 + 15 * MINUTE_US)

    assert meter.take(wrong_code(meter), later).outcome is Outcome.BAD_CODE
    assert meter.gate.truth.failures == 1
    assert meter.outcome(DISABLE, 1, now=later) is Outcome.ACCEPTED


def test_tries_while_locked_do_not_lengthen_the_lock(meter: Meter) -> None:
    lock(meter)
    until = meter.gate.truth.locked_until

    assert meter.take(wrong_code(meter), Instant(T0 + MINUTE_US)).outcome is Outcome.LOCKED_OUT
    assert meter.gate.truth.locked_until == until


def test_an_accepted_code_resets_the_failure_count(meter: Meter) -> None:
    for _ in range(4):
        meter.take(wrong_code(meter))

    meter.tell(DISABLE, 1)

    assert meter.gate.truth.failures == 0


@pytest.mark.parametrize(("counter", "outcome"), [(1, "replayed"), (99, "out-of-window")])
def test_an_authentic_code_with_a_bad_counter_does_not_reset_the_failure_count(
    meter: Meter, counter: int, outcome: str
) -> None:
    meter.tell(DISABLE, 1)
    for _ in range(4):
        meter.take(wrong_code(meter, 2))

    assert meter.outcome(DISABLE, counter).words == outcome
    assert meter.gate.truth.failures == 4
    assert meter.take(wrong_code(meter, 2)).outcome is Outcome.BAD_CODE
    assert meter.outcome(DISABLE, 2) is Outcome.LOCKED_OUT


def test_what_stops_before_the_code_never_counts(meter: Meter) -> None:
    for _ in range(20):
        meter.outcome(DISABLE, 1, version=2)
        meter.gate.take(b"nonsense", 1, T0)
        meter.take(Command(instructions.encode(DISABLE)))
        meter.take(wrong_code(meter), target=Eui64(EUI ^ 1))

    assert meter.gate.truth.failures == 0
    assert meter.outcome(DISABLE, 1) is Outcome.ACCEPTED


def test_a_lock_stops_the_staged_key_too_and_no_free_read(meter: Meter) -> None:
    meter.tell(meter.prepare(2), 1)
    lock(meter)

    assert meter.outcome(ConfirmRotation(1, 2), 1, version=2) is Outcome.LOCKED_OUT
    status = meter.take(Command(instructions.encode(ReadSuaStatus(1))))
    assert status.outcome is Outcome.ACCEPTED


# P5, P8: keys of other uses, and codes by others


def test_a_guarded_instruction_without_a_code_is_refused(meter: Meter) -> None:
    judgement = meter.take(Command(instructions.encode(DISABLE)))

    assert judgement.outcome is Outcome.UNAUTHORISED
    assert meter.answer(judgement, DISABLE, OLD).last_counter == 0
    assert meter.done == []


@pytest.mark.parametrize("usage", [KeyUsage.TRANSPORT, KeyUsage.VEND, KeyUsage.MASTER])
def test_the_octets_of_any_other_key_issue_nothing(meter: Meter, usage: KeyUsage) -> None:
    other = Key(KeyUsage.SUA, derive_test_key("master", usage).value)

    assert meter.outcome(DISABLE, 1, key=other) is Outcome.BAD_CODE


def test_only_a_sua_key_can_be_provisioned(scheme: SuaScheme) -> None:
    with pytest.raises(SecurityError, match="vend"):
        Meter(scheme).gate.provision(derive_test_key("v", KeyUsage.VEND), 1)


def test_an_instruction_for_another_device_is_refused_before_its_code(meter: Meter) -> None:
    command = meter.command(DISABLE, 1)

    other = meter.take(command, target=Eui64(EUI ^ 1))
    own = meter.take(command, target=EUI)

    assert (other.outcome, own.outcome) == (Outcome.NOT_FOR_THIS_DEVICE, Outcome.ACCEPTED)


# The result cache (step 2a)


def test_a_repeated_command_is_answered_from_the_cache_and_not_executed(
    scheme: SuaScheme,
) -> None:
    meter = Meter(scheme, SuaParameters())
    command = meter.command(DISABLE, 1)

    first, second = meter.take(command), meter.take(command)

    assert (first.executed, first.is_repeat) == (True, False)
    assert (second.executed, second.is_repeat) == (False, True)
    assert second.answer == first.answer
    assert meter.done == [DISABLE]


def test_the_cache_does_not_survive_a_restart(scheme: SuaScheme) -> None:
    meter = Meter(scheme, SuaParameters())
    command = meter.command(DISABLE, 1)
    meter.take(command)

    meter.gate.restart(T0, "battery")

    assert meter.take(command).outcome is Outcome.REPLAYED


def test_the_cache_holds_the_newest_results_only(scheme: SuaScheme) -> None:
    meter = Meter(scheme, SuaParameters(result_cache_entries=2))
    commands = [meter.command(DISABLE, counter) for counter in (1, 2, 3)]
    for command in commands:
        meter.take(command)

    outcomes = [meter.take(command).outcome for command in commands]

    assert outcomes == [Outcome.REPLAYED, Outcome.ACCEPTED, Outcome.ACCEPTED]


def test_a_duplicate_rotate_is_answered_with_the_proof_until_the_cache_is_lost(
    scheme: SuaScheme,
) -> None:
    meter = Meter(scheme, SuaParameters())
    rotate = meter.rotate(2)
    command = meter.command(rotate, 1)
    first = meter.take(command)

    repeated = meter.take(command)
    meter.gate.restart(T0, "battery")
    after_restart = meter.take(command)

    assert repeated.answer == first.answer
    assert after_restart.outcome is Outcome.WRONG_KEY_VERSION
    assert meter.answer(after_restart, rotate, NEW).key_version == 2


def test_no_answer_under_the_old_key_is_given_from_the_cache_after_a_commit(
    scheme: SuaScheme,
) -> None:
    meter = Meter(scheme, SuaParameters())
    probe = meter.command(NoOp(1), 1)
    meter.take(probe)
    meter.tell(meter.rotate(2), 2)

    judgement = meter.take(probe)

    assert judgement.outcome is Outcome.WRONG_KEY_VERSION
    meter.answer(judgement, NoOp(1), NEW)


def test_a_refusal_of_nobody_in_particular_is_not_cached(scheme: SuaScheme) -> None:
    meter = Meter(scheme, SuaParameters())
    meter.take(wrong_code(meter, 1))

    assert meter.outcome(DISABLE, 1) is Outcome.ACCEPTED


# What is recorded


@pytest.mark.parametrize(
    ("refuse", "code", "detail"),
    [
        (lambda it: it.gate.take(b"?", 1, T0), "8F1E", "unreadable: malformed"),
        (
            lambda it: it.take(it.command(DISABLE, 1), target=Eui64(1)),
            "8F64",
            "disable-supply: not-for-this-device",
        ),
        (lambda it: it.tell(DISABLE, 1, 2), "8F3D", "disable-supply: wrong-key-version"),
        (lambda it: it.take(wrong_code(it)), "8F3D", "disable-supply: bad-code"),
        (lambda it: it.tell(DISABLE, 0), "8F60", "disable-supply: replayed"),
        (lambda it: it.tell(DISABLE, 11), "8F60", "disable-supply: out-of-window"),
        (
            lambda it: it.take(Command(instructions.encode(DISABLE))),
            "8F3E",
            "disable-supply: unauthorised",
        ),
        (lambda it: it.tell(it.rotate(1), 1), "8F53", "rotate-sua-key: stale-version"),
        (lambda it: it.tell(it.rotate(2), 1), "8F70", "rotate-sua-key"),
        (lambda it: it.tell(AbortRotation(1, 2), 1), "8F60", "abort-rotation: nothing-staged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_refusal_and_each_new_key_is_noted_with_its_code(
    meter: Meter, refuse: Callable[[Meter], object], code: str, detail: str
) -> None:
    refuse(meter)

    assert meter.notes == [(code, detail)]


def test_a_locked_device_notes_the_refusal(meter: Meter) -> None:
    lock(meter)
    meter.tell(DISABLE, 1)

    assert meter.notes[-1] == ("81C5", "disable-supply: locked-out")


def test_what_the_device_judged_and_holds_is_recorded_without_the_key(meter: Meter) -> None:
    rotate = meter.rotate(2)
    meter.tell(rotate, 1)

    digest = instructions.digest(instructions.encode(rotate))
    check_value = meter.scheme.key_check_value(NEW, EUI, 2).hex()
    changed, judged = meter.events
    assert changed == KeyChanged(T0, "home-1", "gsme", 2, check_value, None, 0, "rotate-sua-key")
    assert judged == InstructionJudged(
        T0,
        "home-1",
        "gsme",
        70,
        "rotate-sua-key",
        digest[:8].hex(),
        "accepted",
        1,
        1,
        True,
    )
    assert NEW.value.hex() not in repr(meter.events)


def test_an_unreadable_command_is_answered_over_the_digest_of_its_bytes(meter: Meter) -> None:
    judgement = meter.gate.take(b"?", 1, T0)

    message = answers.decode(judgement.answer)
    scope = AnswerScope(
        eui64=EUI,
        key_version=1,
        request_digest=instructions.digest(b"?"),
        outcome=Outcome.MALFORMED,
        last_counter=0,
    )
    meter.scheme.verify_answer(OLD, scope, message.mac)
    assert judgement.instruction is None


def test_a_command_around_an_unknown_instruction_is_answered_over_its_digest(
    meter: Meter,
) -> None:
    judgement = meter.take(Command(b"\xee", Authorisation(1, 1, b"12345678")))

    scope = AnswerScope(
        eui64=EUI,
        key_version=1,
        request_digest=instructions.digest(b"\xee"),
        outcome=Outcome.MALFORMED,
        last_counter=0,
    )
    meter.scheme.verify_answer(OLD, scope, answers.decode(judgement.answer).mac)

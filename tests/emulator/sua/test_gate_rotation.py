"""Key rotation at the SUA gate: P6, P7 and P12 of domain.md 10.6, and torn memory."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.emulator.gate_bench import (
    DISABLE,
    EUI,
    MASTER,
    NEW,
    NONCE,
    OLD,
    SCHEMES,
    THIRD,
    Fates,
    Meter,
)

from hanbench.emulator.events import KeyChanged
from hanbench.emulator.fates import Commit, Phase
from hanbench.emulator.sua.slots import KeySlot, SuaKeys, SuaParameters
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol.answer import AnswerMessage, Outcome
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.instruction import (
    AbortRotation,
    AddCreditUtrn,
    Command,
    ConfirmRotation,
    Instruction,
    NoOp,
    ProveRotation,
    ReadSuaStatus,
)
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.sua import SuaScheme
from hanbench.protocol.sua_rotation import (
    open_successor,
    rotation_nonce,
    successor_of,
    verify_proof,
    wrap_successor,
)


@pytest.fixture(params=SCHEMES, ids=lambda scheme: scheme.name)
def scheme(request: pytest.FixtureRequest) -> SuaScheme:
    return request.param


@pytest.fixture
def meter(scheme: SuaScheme) -> Meter:
    return Meter(scheme)


# Single-shot rotation


def test_a_rotation_commits_the_new_key_with_its_own_counters_and_proves_it(
    meter: Meter,
) -> None:
    rotate = meter.rotate(2)

    judgement = meter.tell(rotate, 4)

    message = meter.answer(judgement, rotate, NEW)
    nonce = rotation_nonce(instructions.digest(instructions.encode(rotate)))
    verify_proof(meter.scheme, NEW, EUI, 2, nonce=nonce, proof=message.payload)
    assert (message.outcome, message.key_version, message.last_counter) == (0, 2, 0)
    truth = meter.gate.truth
    assert (truth.current_version, truth.max_version, truth.last_counter) == (2, 2, 0)
    assert truth.check_value == meter.scheme.key_check_value(NEW, EUI, 2).hex()
    assert meter.outcome(DISABLE, 1, version=2) is Outcome.ACCEPTED


def test_p6_a_duplicate_rotate_after_the_commit_is_refused_under_the_new_key(
    meter: Meter,
) -> None:
    rotate = meter.rotate(2)
    command = meter.command(rotate, 1)
    meter.take(command)

    judgement = meter.take(command)

    assert judgement.outcome is Outcome.WRONG_KEY_VERSION
    assert meter.answer(judgement, rotate, NEW).key_version == 2
    with pytest.raises(SecurityError):
        meter.answer(judgement, rotate, OLD)
    assert meter.gate.truth.failures == 0


@pytest.mark.parametrize("version", [0, 1, 2])
def test_p6_no_version_that_was_held_before_is_taken_again(meter: Meter, version: int) -> None:
    meter.tell(meter.rotate(2), 1)
    wrapped = wrap_successor(meter.scheme, MASTER, OLD, EUI, version)

    for counter, instruction in ((1, wrapped.rotate(1)), (2, wrapped.prepare(1))):
        judgement = meter.tell(instruction, counter, version=2)
        assert judgement.outcome is Outcome.STALE_VERSION
        assert meter.answer(judgement, instruction, NEW).payload == b""
    assert meter.gate.truth.current_version == 2


def test_any_higher_version_is_taken(meter: Meter) -> None:
    assert meter.outcome(meter.rotate(3), 1) is Outcome.ACCEPTED
    assert meter.gate.truth.current_version == 3


@pytest.mark.parametrize("part", ["wrapped_key", "check_value"])
def test_a_key_that_does_not_unwrap_or_check_is_refused_under_the_old_one(
    meter: Meter, part: str
) -> None:
    for instruction in (meter.rotate(2), meter.prepare(2)):
        spoilt = replace(instruction, **{part: bytes(len(getattr(instruction, part)))})
        counter = meter.gate.truth.last_counter + 1

        judgement = meter.tell(spoilt, counter)

        assert (judgement.outcome, judgement.executed) == (Outcome.BAD_KEY_WRAP, False)
        assert meter.answer(judgement, spoilt, OLD).last_counter == counter
    assert (meter.gate.truth.current_version, meter.gate.truth.max_version) == (1, 1)


def test_a_rotation_drops_what_was_staged(meter: Meter) -> None:
    meter.tell(meter.prepare(2), 1)

    assert meter.outcome(meter.rotate(3), 2) is Outcome.ACCEPTED
    assert meter.gate.truth.staged_version is None
    assert meter.outcome(ConfirmRotation(1, 2), 1, version=2) is Outcome.NOTHING_STAGED


# P7: the old holder


def test_p7_the_old_key_alone_is_locked_out_after_the_commit(meter: Meter) -> None:
    meter.tell(meter.rotate(2), 1)

    for counter in range(30):
        assert meter.outcome(DISABLE, counter, version=1) is Outcome.WRONG_KEY_VERSION
    assert meter.outcome(DISABLE, 1, version=2, key=OLD) is Outcome.BAD_CODE
    assert meter.done == []


def test_p7_the_old_key_and_the_master_key_without_the_transcript_are_locked_out(
    meter: Meter,
) -> None:
    meter.tell(meter.rotate(2), 1)
    # The holder of K_m can wrap a key of its own choice, but needs a code to have it installed.
    own = derive_test_key("the old holder's own", KeyUsage.SUA)
    takeover = wrap_successor(meter.scheme, MASTER, own, EUI, 3).rotate(1)

    assert meter.outcome(takeover, 1, version=2, key=OLD) is Outcome.BAD_CODE
    assert meter.outcome(takeover, 2, version=1, key=OLD) is Outcome.WRONG_KEY_VERSION
    assert meter.gate.truth.current_version == 2


def test_p7_breaks_for_an_old_holder_with_the_master_key_and_the_transcript(
    meter: Meter,
) -> None:
    """Expected: P7 is conditional in this model (domain.md 10.6), and the bench must say so."""
    seen = meter.command(meter.rotate(2), 1)
    meter.take(seen)

    overheard = instructions.decode(seen.instruction)
    stolen = open_successor(meter.scheme, MASTER, successor_of(overheard), EUI)

    assert meter.outcome(DISABLE, 1, version=2, key=stolen) is Outcome.ACCEPTED


# P12: a counter and its key change together


def test_p12_no_commit_resets_a_counter_without_changing_the_key() -> None:
    spent = SuaKeys(KeySlot(1, OLD, 5), KeySlot(2, NEW, 3), max_version=2)

    for later in (
        spent.spent(1, 6),
        spent.spent(2, 4),
        spent.spent(9, 1),
        spent.prepared(3, THIRD),
        spent.confirmed(),
        spent.aborted(),
        spent.rotated(3, THIRD),
    ):
        for slot in filter(None, (later.current, later.staged)):
            before = spent.held(slot.version)
            assert before is None or slot.last_counter >= before.last_counter
        assert later.max_version >= spent.max_version


def test_p12_a_reset_without_a_key_change_would_revive_a_spent_code(meter: Meter) -> None:
    """The ablation of P12: what the gate would do if the counter alone went back."""
    meter.tell(DISABLE, 1)

    meter.gate.provision(OLD, 1)

    assert meter.outcome(DISABLE, 1) is Outcome.ACCEPTED
    assert meter.done == [DISABLE, DISABLE]


def test_p12_the_key_and_its_counter_are_one_commit(meter: Meter) -> None:
    meter.tell(meter.rotate(2), 1)

    assert [it.phase for it in meter.fates.asked] == [Phase.PERSIST_COUNTER, Phase.COMMIT_KEY]
    assert {it.kind for it in meter.fates.asked} == {"sua-keys"}


# Two-phase rotation


def staged(scheme: SuaScheme, **more: Any) -> Meter:
    meter = Meter(scheme, **more)
    assert meter.outcome(meter.prepare(2), 1) is Outcome.ACCEPTED
    return meter


def test_a_staged_key_leaves_the_current_one_valid(scheme: SuaScheme) -> None:
    meter = staged(scheme)

    assert meter.outcome(DISABLE, 2) is Outcome.ACCEPTED
    assert meter.outcome(DISABLE, 1, version=2) is Outcome.WRONG_KEY_VERSION
    truth = meter.gate.truth
    assert (truth.current_version, truth.staged_version, truth.max_version) == (1, 2, 2)
    assert truth.staged_check_value == scheme.key_check_value(NEW, EUI, 2).hex()


def test_a_staged_key_is_proved_over_a_nonce_in_an_answer_under_the_current_key(
    scheme: SuaScheme,
) -> None:
    meter = staged(scheme)
    prove = ProveRotation(3, 2, NONCE)

    judgement = meter.tell(prove, 1, version=2)

    message = meter.answer(judgement, prove, OLD)
    assert (message.key_version, message.last_counter) == (1, 1)
    verify_proof(scheme, NEW, EUI, 2, nonce=NONCE, proof=message.payload)
    assert meter.gate.truth.current_version == 1


def test_a_confirmation_makes_the_staged_key_current(scheme: SuaScheme) -> None:
    meter = staged(scheme)
    confirm = ConfirmRotation(4, 2)

    judgement = meter.tell(confirm, 1, version=2)

    assert meter.answer(judgement, confirm, NEW).key_version == 2
    truth = meter.gate.truth
    assert (truth.current_version, truth.staged_version) == (2, None)
    assert meter.outcome(DISABLE, 2, version=1) is Outcome.WRONG_KEY_VERSION


def test_codes_spent_before_the_confirmation_stay_spent_after_it(scheme: SuaScheme) -> None:
    meter = staged(scheme)
    prove = meter.command(ProveRotation(3, 2, NONCE), 1, version=2)
    confirm = meter.command(ConfirmRotation(4, 2), 2, version=2)
    assert [meter.take(it).outcome for it in (prove, confirm)] == [Outcome.ACCEPTED] * 2

    assert [meter.take(it).outcome for it in (prove, confirm)] == [Outcome.REPLAYED] * 2
    assert meter.gate.truth.last_counter == 2
    assert meter.outcome(NoOp(1), 3, version=2) is Outcome.ACCEPTED


def test_a_new_confirmation_after_the_commit_finds_nothing_staged_under_the_new_key(
    scheme: SuaScheme,
) -> None:
    meter = staged(scheme)
    confirm = ConfirmRotation(4, 2)
    meter.tell(confirm, 1, version=2)

    judgement = meter.tell(confirm, 2, version=2)

    assert judgement.outcome is Outcome.NOTHING_STAGED
    assert meter.answer(judgement, confirm, NEW).key_version == 2


@pytest.mark.parametrize("instruction", [ProveRotation(1, 2, NONCE), ConfirmRotation(1, 2)])
def test_proof_and_confirmation_want_a_code_under_the_staged_key(
    scheme: SuaScheme, instruction: Instruction
) -> None:
    meter = staged(scheme)

    assert meter.outcome(instruction, 2, version=1) is Outcome.WRONG_KEY_VERSION
    assert meter.gate.truth.failures == 0
    assert meter.outcome(instruction, 1, version=2, key=OLD) is Outcome.BAD_CODE
    assert meter.gate.truth.failures == 1, "the staged key has the same lock-out"


@pytest.mark.parametrize(
    "make", [lambda v: ProveRotation(1, v, NONCE), lambda v: ConfirmRotation(1, v)]
)
def test_proof_and_confirmation_of_a_key_that_is_not_held(
    scheme: SuaScheme, make: Callable[[int], Instruction]
) -> None:
    nothing_staged, other_staged = Meter(scheme), staged(scheme)

    assert nothing_staged.outcome(make(2), 1, version=2) is Outcome.NOTHING_STAGED
    assert other_staged.outcome(make(3), 1, version=3) is Outcome.WRONG_KEY_VERSION
    assert other_staged.outcome(make(3), 1, version=2) is Outcome.WRONG_KEY_VERSION
    assert nothing_staged.outcome(make(1), 1, version=1) is Outcome.NOTHING_STAGED


def test_an_abort_under_the_current_key_drops_the_staged_one_for_good(scheme: SuaScheme) -> None:
    meter = staged(scheme)

    assert meter.outcome(AbortRotation(5, 2), 1, version=2) is Outcome.WRONG_KEY_VERSION
    assert meter.outcome(AbortRotation(5, 3), 2) is Outcome.NOTHING_STAGED
    assert meter.outcome(AbortRotation(5, 2), 3) is Outcome.ACCEPTED

    assert meter.gate.truth.staged_version is None
    assert meter.outcome(ConfirmRotation(4, 2), 1, version=2) is Outcome.NOTHING_STAGED
    assert meter.outcome(meter.prepare(2), 4) is Outcome.STALE_VERSION, "version 2 is used up"
    assert meter.outcome(meter.prepare(3), 5) is Outcome.ACCEPTED


def test_p6_an_abort_replayed_after_the_commit_does_nothing(scheme: SuaScheme) -> None:
    meter = staged(scheme)
    abort = meter.command(AbortRotation(5, 2), 2)
    meter.tell(ConfirmRotation(4, 2), 1, version=2)

    assert meter.take(abort).outcome is Outcome.WRONG_KEY_VERSION
    assert meter.gate.truth.current_version == 2


def test_the_same_preparation_again_is_accepted_and_changes_nothing(scheme: SuaScheme) -> None:
    meter = staged(scheme)
    meter.tell(ProveRotation(3, 2, NONCE), 4, version=2)

    assert meter.outcome(meter.prepare(2), 2) is Outcome.ACCEPTED

    assert meter.outcome(ProveRotation(3, 2, NONCE), 4, version=2) is Outcome.REPLAYED


def test_another_key_of_the_staged_version_is_refused(scheme: SuaScheme) -> None:
    meter = staged(scheme)
    other = wrap_successor(scheme, MASTER, THIRD, EUI, 2).prepare(9)

    assert meter.outcome(other, 2) is Outcome.STALE_VERSION
    assert meter.outcome(ConfirmRotation(4, 2), 1, version=2) is Outcome.ACCEPTED


def test_a_higher_preparation_replaces_the_staged_key(scheme: SuaScheme) -> None:
    meter = staged(scheme)

    assert meter.outcome(meter.prepare(3), 2) is Outcome.ACCEPTED

    assert meter.outcome(ConfirmRotation(4, 2), 1, version=2) is Outcome.WRONG_KEY_VERSION
    assert meter.outcome(ConfirmRotation(4, 3), 1, version=3) is Outcome.ACCEPTED


@pytest.mark.parametrize("cut_at", range(6))
@pytest.mark.parametrize("verdict", [Commit.CUT_BEFORE, Commit.CUT_AFTER])
def test_two_phase_ends_under_one_key_whatever_commit_is_cut(
    scheme: SuaScheme, cut_at: int, verdict: Commit
) -> None:
    meter = Meter(scheme, fates=Fates({cut_at: verdict}))
    counters = {1: 0, 2: 0}

    def insist(instruction: Instruction, version: int) -> None:
        for _ in range(2):
            counters[version] += 1
            meter.survive(meter.command(instruction, counters[version], version))

    insist(meter.prepare(2), 1)
    insist(ProveRotation(3, 2, NONCE), 2)
    insist(ConfirmRotation(4, 2), 2)

    truth = meter.gate.truth
    assert (truth.current_version, truth.staged_version, truth.is_torn) == (2, None, False)
    assert meter.outcome(NoOp(1), counters[2] + 1, version=2) is Outcome.ACCEPTED


# Torn memory


@pytest.mark.parametrize(
    ("verdict", "nvm_is_torn"), [(Commit.CUT_TORN, False), (Commit.CUT_BEFORE, True)]
)
def test_a_torn_key_commit_leaves_no_key_and_nobody_authenticated(
    scheme: SuaScheme, verdict: Commit, nvm_is_torn: bool
) -> None:
    parameters = SuaParameters(nvm_is_torn=nvm_is_torn)
    meter = Meter(scheme, parameters, Fates({1: verdict}))
    assert meter.survive(meter.command(meter.rotate(2), 1)) is None

    truth = meter.gate.truth
    assert (truth.current_version, truth.check_value, truth.is_torn) == (None, "", True)
    for version in (1, 2):
        judgement = meter.tell(NoOp(1), 5, version=version)
        assert judgement.outcome is Outcome.NO_KEY
        assert answers.decode(judgement.answer) == AnswerMessage(Outcome.NO_KEY, 0, 0)
    assert isinstance(meter.events[0], KeyChanged)
    assert meter.events[0].current_version is None


def test_a_torn_device_still_serves_what_wants_no_key(scheme: SuaScheme) -> None:
    meter = Meter(scheme, fates=Fates({1: Commit.CUT_TORN}))
    meter.survive(meter.command(meter.rotate(2), 1))

    utrn = meter.take(Command(instructions.encode(AddCreditUtrn(1, "1" * 20))))
    status = meter.take(Command(instructions.encode(ReadSuaStatus(2))))

    assert (utrn.outcome, answers.decode(utrn.answer).mac) == (Outcome.ACCEPTED, b"")
    assert (status.outcome, answers.decode(status.answer).mac) == (Outcome.NO_KEY, b"")
    assert answers.decode_status(answers.decode(status.answer).payload).current_version == 0


def test_a_torn_memory_keeps_the_key_through_the_commit_of_a_counter(scheme: SuaScheme) -> None:
    meter = Meter(scheme, SuaParameters(nvm_is_torn=True), Fates({0: Commit.CUT_BEFORE}))
    command = meter.command(DISABLE, 1)

    meter.survive(command)

    assert meter.gate.truth.current_version == 1
    assert meter.take(command).outcome is Outcome.ACCEPTED


def test_a_device_that_was_never_provisioned_has_no_key_and_is_not_torn(
    scheme: SuaScheme,
) -> None:
    meter = Meter(scheme, provisioned=False)

    assert meter.outcome(NoOp(1), 1) is Outcome.NO_KEY
    assert meter.gate.truth.is_torn is False

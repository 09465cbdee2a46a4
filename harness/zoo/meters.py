"""Meters with one mistake in their SUA gate."""

from dataclasses import replace

from typing_extensions import override

from hanbench.emulator.instant import Instant
from hanbench.emulator.sua.gate import Effect, Judgement, SuaGate
from hanbench.emulator.sua.key_rotation import RotationInstruction
from hanbench.emulator.sua.request import Request
from hanbench.emulator.sua.slots import KeySlot, SuaKeys
from hanbench.harness.parts import Parts
from hanbench.harness.zoo.specimen import faulty_part
from hanbench.protocol.answer import AnswerMessage, Outcome
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import Authorisation, Instruction, RotateSuaKey
from hanbench.protocol.keys import Key

P1, P4, P6, P11, P12 = (f"property/P{number}" for number in (1, 4, 6, 11, 12))
ANSWERS = "domain/10.8-answers"


class _ActsBeforeChecking(SuaGate):
    @override
    def _take_guarded(
        self, request: Request, instruction: Instruction, code: Authorisation
    ) -> Judgement:
        keys = self._memory.keys
        if keys is None or code.key_version != keys.current.version:
            return super()._take_guarded(request, instruction, code)
        is_new = code.counter > keys.current.last_counter
        refusal = self._verify(request, instruction, code)
        if refusal is Outcome.BAD_CODE and is_new:
            # What the MAC says comes too late: counter and effect are there by now.
            self._spend_and_execute(request, instruction, code)
        return (
            super()._take_guarded(request, instruction, code)
            if refusal is None
            else (self._conclude(request, Effect(refusal)))
        )


@faulty_part(case="secure/replayed-code-keeps-failure-count", finding="executed-forged", clause=P1)
def acts_before_it_checks_the_code() -> Parts:
    """The meter commits counter and key first, and checks the MAC of the code after that."""
    return Parts(gate=_ActsBeforeChecking)


class _AnswersAnOldCounter(SuaGate):
    _told = 0

    @override
    def take(
        self, command: bytes, message_id: int, now: Instant, *, target: Eui64 | None = None
    ) -> Judgement:
        self._told = self.truth.last_counter
        return super().take(command, message_id, now, target=target)

    @override
    def _answer(self, request: Request, effect: Effect, keys: SuaKeys | None) -> AnswerMessage:
        if keys is not None and self._told < keys.current.last_counter:
            keys = replace(keys, current=replace(keys.current, last_counter=self._told))
        return super()._answer(request, effect, keys)


@faulty_part(case="secure/smso-hands-over-stale-counter", finding="stale-answer", clause=ANSWERS)
def answers_an_old_counter() -> Parts:
    """The answer is written before the counter is: it tells the one before."""
    return Parts(gate=_AnswersAnOldCounter)


class _LosesTheCounter(SuaGate):
    _made_with: KeySlot | None = None

    @override
    def provision(self, key: Key, version: int, last_counter: int = 0) -> None:
        super().provision(key, version, last_counter)
        self._made_with = KeySlot(version, key, last_counter)

    @override
    def restart(self, now: Instant, because: str) -> None:
        keys, made = self._memory.keys, self._made_with
        if keys is not None and made is not None:
            is_first = keys.current.version == made.version
            counter = made.last_counter if is_first else 0
            self._memory.provision(replace(keys.current, last_counter=counter))
        super().restart(now, because)


@faulty_part(case="secure/power-cut-after-commit[two-phase]", finding="counter-reset", clause=P12)
def loses_the_counter_at_a_power_cut() -> Parts:
    """Counters live in volatile memory: after a power cut every spent code is good again."""
    return Parts(gate=_LosesTheCounter)


class _ExecutesDuplicates(SuaGate):
    @override
    def _take_guarded(
        self, request: Request, instruction: Instruction, code: Authorisation
    ) -> Judgement:
        refusal = self._verify(request, instruction, code)
        if refusal not in (None, Outcome.REPLAYED):
            return self._conclude(request, Effect(refusal))
        return self._conclude(request, self._spend_and_execute(request, instruction, code))


@faulty_part(case="secure/spent-code-offered-again", finding="executed-twice", clause=P4)
def executes_a_duplicate() -> Parts:
    """A code that is right is executed, however often it comes."""
    return Parts(gate=_ExecutesDuplicates)


class _ResetsAtConfirm(SuaGate):
    @override
    def _rotate(self, instruction: RotationInstruction, request: Request) -> Effect:
        effect = super()._rotate(instruction, request)
        keys = self._memory.keys
        if keys is not None and request.words == "confirm-rotation":
            fresh = replace(keys, current=replace(keys.current, last_counter=0))
            self._memory.commit(fresh, self._cause(request), request.now)
            self._record_keys(request.now, request.words)
        return effect


@faulty_part(case="secure/clean-two-fuel[two-phase]", finding="counter-reset", clause=P12)
def resets_the_counter_without_a_key_change() -> Parts:
    """CONFIRM makes the staged key current and its counter 0: spent PROVE codes revive."""
    return Parts(gate=_ResetsAtConfirm)


class _AnswersUnderTheOldKey(SuaGate):
    _replaced: SuaKeys | None = None

    @override
    def _rotate(self, instruction: RotationInstruction, request: Request) -> Effect:
        before = self._memory.keys
        effect = super()._rotate(instruction, request)
        if effect.outcome is Outcome.ACCEPTED and isinstance(instruction, RotateSuaKey):
            self._replaced = before
        return effect

    @override
    def _answer(self, request: Request, effect: Effect, keys: SuaKeys | None) -> AnswerMessage:
        replaced, self._replaced = self._replaced, None
        return super()._answer(request, effect, replaced or keys)


@faulty_part(case="secure/clean-two-fuel", finding="answered-under-lost-key", clause=ANSWERS)
def answers_under_the_old_key_after_the_commit() -> Parts:
    """The answer to a rotation is MACed under the key that it has just replaced."""
    return Parts(gate=_AnswersUnderTheOldKey)


class _KeepsTheOldKey(SuaGate):
    _old: KeySlot | None = None

    @override
    def _rotate(self, instruction: RotationInstruction, request: Request) -> Effect:
        before = self._memory.keys
        effect = super()._rotate(instruction, request)
        after = self._memory.keys
        if before and after and before.current.version != after.current.version:
            self._old = before.current
        return effect

    @override
    def _verify(
        self, request: Request, instruction: Instruction, code: Authorisation
    ) -> Outcome | None:
        old = self._old
        if old is not None and code.key_version == old.version and code.counter > old.last_counter:
            self._old = replace(old, last_counter=code.counter)
            return None
        return super()._verify(request, instruction, code)


@faulty_part(
    case="secure/smso-goes-on-commanding[after-the-commit]", finding="old-key-executed", clause=P6
)
def goes_on_taking_the_old_key() -> Parts:
    """The old key is kept beside the new one, and still commands the meter."""
    return Parts(gate=_KeepsTheOldKey)


class _LocksForGood(SuaGate):
    @override
    def _verify(
        self, request: Request, instruction: Instruction, code: Authorisation
    ) -> Outcome | None:
        lock_out = self._memory.lock_out
        if lock_out.failures >= self.parameters.failure_limit:
            return Outcome.LOCKED_OUT
        return super()._verify(request, instruction, code)


@faulty_part(case="secure/locked-out-during-rotation", finding="locked-without-cause", clause=P11)
def lock_out_never_ends() -> Parts:
    """Once locked by wrong codes, the meter takes no code again."""
    return Parts(gate=_LocksForGood)


class _NeverLocks(SuaGate):
    @override
    def _verify(
        self, request: Request, instruction: Instruction, code: Authorisation
    ) -> Outcome | None:
        if self._memory.lock_out.failures >= self.parameters.failure_limit - 1:
            self._memory.clear_failures()
        return super()._verify(request, instruction, code)


@faulty_part(
    case="secure/replayed-code-keeps-failure-count",
    finding="failures-miscounted",
    clause=P11,
)
def lock_out_never_starts() -> Parts:
    """Wrong codes are counted, and the count never reaches its limit: one may go on guessing."""
    return Parts(gate=_NeverLocks)


class _ForgivesForAReplay(SuaGate):
    @override
    def _verify(
        self, request: Request, instruction: Instruction, code: Authorisation
    ) -> Outcome | None:
        refusal = super()._verify(request, instruction, code)
        if refusal is Outcome.REPLAYED:
            self._memory.clear_failures()
        return refusal


@faulty_part(
    case="secure/replayed-code-keeps-failure-count",
    finding="failures-miscounted",
    clause=P11,
)
def a_replay_clears_the_failure_count() -> Parts:
    """A spent code, which anybody can record and play back, resets the count of wrong ones."""
    return Parts(gate=_ForgivesForAReplay)


class _CountsWrongVersions(SuaGate):
    @override
    def _verify(
        self, request: Request, instruction: Instruction, code: Authorisation
    ) -> Outcome | None:
        refusal = super()._verify(request, instruction, code)
        if refusal is Outcome.WRONG_KEY_VERSION:
            self._memory.count_failure(request.now)
        return refusal


@faulty_part(
    case="secure/smso-goes-on-commanding[after-the-commit]",
    finding="failures-miscounted",
    clause=P11,
)
def counts_wrong_versions_to_the_lock_out() -> Parts:
    """A code under a version that it does not hold counts like a forged one."""
    return Parts(gate=_CountsWrongVersions)


class _ForgetsTheNewKey(SuaGate):
    _before: SuaKeys | None = None

    @override
    def _rotate(self, instruction: RotationInstruction, request: Request) -> Effect:
        self._before = self._memory.keys
        return super()._rotate(instruction, request)

    @override
    def restart(self, now: Instant, because: str) -> None:
        before, keys = self._before, self._memory.keys
        if (
            before is not None
            and keys is not None
            and keys.current.version > before.current.version
        ):
            self._memory.provision(before.current)
        super().restart(now, because)


@faulty_part(
    case="secure/power-cut-after-commit[after-the-rotation]", finding="key-downgraded", clause=P6
)
def falls_back_to_the_old_key_at_a_restart() -> Parts:
    """The key commit is a copy in volatile memory: a power cut brings the old key back."""
    return Parts(gate=_ForgetsTheNewKey)

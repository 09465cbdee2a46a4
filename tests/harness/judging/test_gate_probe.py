"""Mistakes of a meter's gate that no code of a clean run meets: each is found there."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.ablations.breaks import run

from hanbench.emulator.instant import Instant
from hanbench.emulator.sua.gate import SuaGate
from hanbench.emulator.sua.key_rotation import KeyRotation, Rotation
from hanbench.emulator.sua.memory import KEYS, LOCK_OUT
from hanbench.emulator.sua.request import slot_for
from hanbench.emulator.sua.slots import LockOut, SuaKeys
from hanbench.harness.verdict import Verdict
from hanbench.protocol.answer import Outcome
from hanbench.protocol.instruction import AbortRotation, ReadSuaStatus

Patch = pytest.MonkeyPatch
CLEAN = "secure/clean-two-fuel[no-traffic]"


def compares_half_of_a_code(patch: Patch) -> None:
    verify = SuaGate._verify

    def lax(self: SuaGate, request: Any, instruction: Any, code: Any) -> Any:
        slot = slot_for(instruction, code, self._memory.keys)
        if not isinstance(slot, Outcome):
            right = self._scheme.issue(slot.key, self._scope(request, code))
            if right[:4] == code.code[:4]:
                code = replace(code, code=right)
        return verify(self, request, instruction, code)

    patch.setattr(SuaGate, "_verify", lax)


def looks_at_the_counter_first(patch: Patch) -> None:
    verify = SuaGate._verify

    def hasty(self: SuaGate, request: Any, instruction: Any, code: Any) -> Any:
        slot = slot_for(instruction, code, self._memory.keys)
        is_spent = not isinstance(slot, Outcome) and code.counter <= slot.last_counter
        is_locked = self._memory.lock_out.is_locked(request.now)
        if is_spent and not is_locked:
            return Outcome.REPLAYED
        return verify(self, request, instruction, code)

    patch.setattr(SuaGate, "_verify", hasty)


def has_no_window(patch: Patch) -> None:
    verify = SuaGate._verify

    def lax(self: SuaGate, request: Any, instruction: Any, code: Any) -> Any:
        says = verify(self, request, instruction, code)
        return None if says is Outcome.OUT_OF_WINDOW else says

    patch.setattr(SuaGate, "_verify", lax)


def takes_any_group(patch: Patch) -> None:
    verify = SuaGate._verify

    def lax(self: SuaGate, request: Any, instruction: Any, code: Any) -> Any:
        slot = slot_for(instruction, code, self._memory.keys)
        if not isinstance(slot, Outcome):
            scope = self._scope(request, code)
            if self._scheme.issue(slot.key, replace(scope, group="ZZ")) == code.code:
                code = replace(code, code=self._scheme.issue(slot.key, scope))
        return verify(self, request, instruction, code)

    patch.setattr(SuaGate, "_verify", lax)


def a_read_clears_the_count(patch: Patch) -> None:
    serve = SuaGate._serve

    def lax(self: SuaGate, instruction: Any, request: Any) -> Any:
        if isinstance(instruction, ReadSuaStatus):
            self._memory.clear_failures()
        return serve(self, instruction, request)

    patch.setattr(SuaGate, "_serve", lax)


def forgets_the_lock_at_a_restart(patch: Patch) -> None:
    restart = SuaGate.restart

    def forgetful(self: SuaGate, now: Any, because: str) -> None:
        self._memory._nvm.write(LOCK_OUT, LockOut())
        restart(self, now, because)

    patch.setattr(SuaGate, "restart", forgetful)


def counts_on_after_a_lock(patch: Patch) -> None:
    failed = LockOut.failed

    def strict(self: LockOut, parameters: Any, now: Any) -> LockOut:
        after = failed(self, parameters, now)
        if self.failures < parameters.failure_limit:
            return after
        return LockOut(self.failures + 1, Instant(now + parameters.lock_out_us))

    patch.setattr(LockOut, "failed", strict)


def acts_again_on_a_repeat(patch: Patch) -> None:
    repeat = SuaGate._repeat

    def eager(self: SuaGate, request: Any, outcome: Any, answer: bytes) -> Any:
        self._serve(request.instruction, request)
        return repeat(self, request, outcome, answer)

    patch.setattr(SuaGate, "_repeat", eager)


def acts_twice_and_logs_once(patch: Patch) -> None:
    spend = SuaGate._spend_and_execute

    def eager(self: SuaGate, request: Any, instruction: Any, code: Any) -> Any:
        effect = spend(self, request, instruction, code)
        if effect.outcome is Outcome.ACCEPTED:
            self._serve(instruction, request)
        return effect

    patch.setattr(SuaGate, "_spend_and_execute", eager)


def a_refusal_spends_nothing(patch: Patch) -> None:
    spend = SuaGate._spend_and_execute

    def thrifty(self: SuaGate, request: Any, instruction: Any, code: Any) -> Any:
        before = self._memory.keys
        effect = spend(self, request, instruction, code)
        if effect.outcome is not Outcome.ACCEPTED:
            self._memory._nvm.write(KEYS, before)
        return effect

    patch.setattr(SuaGate, "_spend_and_execute", thrifty)


def _aborts_to(patch: Patch, after: Callable[[SuaKeys], SuaKeys]) -> None:
    judge = KeyRotation.judge

    def lax(self: KeyRotation, instruction: Any, keys: SuaKeys, digest: bytes) -> Rotation:
        rotation = judge(self, instruction, keys, digest)
        if isinstance(instruction, AbortRotation) and rotation.keys is not None:
            return replace(rotation, keys=after(keys))
        return rotation

    patch.setattr(KeyRotation, "judge", lax)


def keeps_an_aborted_key(patch: Patch) -> None:
    _aborts_to(patch, lambda keys: keys)


def frees_an_aborted_version(patch: Patch) -> None:
    _aborts_to(patch, lambda keys: replace(keys.aborted(), max_version=keys.current.version))


def a_confirmed_key_begins_at_zero(patch: Patch) -> None:
    confirmed = SuaKeys.confirmed

    def fresh(self: SuaKeys) -> SuaKeys:
        keys = confirmed(self)
        return replace(keys, current=replace(keys.current, last_counter=0))

    patch.setattr(SuaKeys, "confirmed", fresh)


MISTAKES: list[tuple[Callable[[Patch], None], str, str]] = [
    (compares_half_of_a_code, "property/P1", "a code with a bit of octet 5 changed: accepted"),
    (takes_any_group, "property/P3", "a code for another group: accepted"),
    (looks_at_the_counter_first, "domain/10.2-order", "a wrong code with a spent counter"),
    (has_no_window, "domain/10.2-order", "a counter beyond the window: accepted"),
    (a_read_clears_the_count, "property/P11", "after a free read: it counts 0"),
    (forgets_the_lock_at_a_restart, "property/P11", "after a restart: it counts 0"),
    (counts_on_after_a_lock, "property/P11", "since its lock has ended: it counts 6"),
    (acts_again_on_a_repeat, "property/P4", "once more: accepted, and carried out 1 time"),
    (acts_twice_and_logs_once, "property/P4", "once: accepted, and carried out 2 time"),
    (a_refusal_spends_nothing, "property/P2", "what was refused, after a restart: stale-version"),
    (keeps_an_aborted_key, "property/P6", "a CONFIRM after the ABORT: accepted"),
    (frees_an_aborted_version, "property/P6", "another key of the aborted version: accepted"),
    (a_confirmed_key_begins_at_zero, "property/P12", "spent before the CONFIRM: nothing-staged"),
]


@pytest.mark.parametrize(
    ("mistake", "clause", "says"), MISTAKES, ids=[one.__name__ for one, _, _ in MISTAKES]
)
def test_a_gate_that_a_run_did_not_show_wrong_is_asked_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch, mistake: Callable[[Patch], None], clause: str, says: str
) -> None:
    mistake(monkeypatch)

    result = run(CLEAN)

    assert {one.name for one in result.findings} == {"gate-misjudges"}
    assert {one.device for one in result.findings} == {"esme", "gsme"}
    assert clause in {one.clause for one in result.findings}
    assert any(says in one.detail for one in result.findings), result.findings[0].detail


def test_asking_changes_nothing_in_the_run_that_is_judged(monkeypatch: Patch) -> None:
    asked = run(CLEAN)
    monkeypatch.setattr("hanbench.harness.judging.judge.judge_gates", lambda *_: [])

    unasked = run(CLEAN)

    assert asked.verdict is Verdict.PASS
    assert (asked.trace_hash, asked.story_hash) == (unasked.trace_hash, unasked.story_hash)

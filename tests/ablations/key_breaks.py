"""Rules about keys and codes broken: binding, separation, the old holder, counters."""

from dataclasses import replace
from typing import Any

from tests.ablations.breaks import Break, Patch
from tests.ablations.device_breaks import believes_any_code

from hanbench.emulator.meters.utrn_cache import UtrnCache
from hanbench.emulator.meters.utrn_entry import CACHE, CodeEntry
from hanbench.emulator.sua import gate
from hanbench.emulator.sua.gate import SuaGate
from hanbench.emulator.sua.memory import KEYS, SuaMemory
from hanbench.emulator.sua.slots import KeySlot, SuaKeys
from hanbench.harness.engine.reference import two_phase
from hanbench.protocol.answer import Outcome
from hanbench.protocol.instruction import DisableSupply
from hanbench.protocol.keys import Key, KeyUsage


def takes_a_code_for_any_instruction(patch: Patch) -> None:
    """The meter lets a disconnection through on whatever code comes with it."""
    verify = SuaGate._verify

    def lax(self: SuaGate, request: Any, instruction: Any, code: Any) -> Outcome | None:
        said = verify(self, request, instruction, code)
        return None if isinstance(instruction, DisableSupply) else said

    patch.setattr(SuaGate, "_verify", lax)


def keeps_the_old_key_alive(patch: Patch) -> None:
    """The meter remembers the key that it began with, and obeys it for ever."""
    provision, slot_for = SuaMemory.provision, gate.slot_for
    first: dict[int, KeySlot] = {}

    def remembers(self: SuaMemory, slot: KeySlot) -> None:
        first[slot.version] = slot
        provision(self, slot)

    def lax(instruction: Any, code: Any, keys: SuaKeys | None) -> KeySlot | Outcome:
        said = slot_for(instruction, code, keys)
        # Each meter has a key of its own, so the code tells whether it is the right one.
        return first.get(code.key_version, said) if said is Outcome.WRONG_KEY_VERSION else said

    patch.setattr(SuaMemory, "provision", remembers)
    patch.setattr(gate, "slot_for", lax)


def shares_one_key_for_all(patch: Patch) -> None:
    """The meter tries a code that does not verify under its transport key as well."""
    verify = SuaGate._verify

    def lax(self: SuaGate, request: Any, instruction: Any, code: Any) -> Outcome | None:
        said = verify(self, request, instruction, code)
        is_tried = said is Outcome.BAD_CODE and self._master.usage is KeyUsage.MASTER
        return None if is_tried else said

    patch.setattr(SuaGate, "_verify", lax)


def rotates_the_vend_key_as_well(patch: Patch) -> None:
    """A meter's keys lie in one slot: whatever becomes its SUA key makes its top-up codes too."""
    judge = CodeEntry._judge

    def by_the_sua_key(self: CodeEntry, digits: str) -> Any:
        keys = self.nvm.read(KEYS)
        has_moved = isinstance(keys, SuaKeys) and keys.current.version > 1
        key = keys.current.key.value if has_moved else self.vend_key.value
        return judge(replace(self, vend_key=Key(KeyUsage.VEND, key)), digits)

    patch.setattr(CodeEntry, "_judge", by_the_sua_key)


def forgets_spent_utrns_at_a_rotation(patch: Patch) -> None:
    """The memory of spent top-up codes is cleared with the SUA key, and not with its own."""
    commit = SuaMemory.commit

    def clears(self: SuaMemory, *given: Any) -> None:
        commit(self, *given)
        self._nvm.write(CACHE, UtrnCache())

    patch.setattr(SuaMemory, "commit", clears)


def begins_the_staged_key_again(patch: Patch) -> None:
    """A confirmed key starts its counter anew: a reset without a key change."""
    confirmed = SuaKeys.confirmed

    def anew(self: SuaKeys) -> SuaKeys:
        keys = confirmed(self)
        return replace(keys, current=replace(keys.current, last_counter=0))

    patch.setattr(SuaKeys, "confirmed", anew)


def never_asks_what_became_of_it(patch: Patch) -> None:
    """The engine gives a confirmation up whose answer did not come."""
    patch.setattr(two_phase, "PAUSES_S", ())


BREAKS = [
    Break(
        "property/P3",
        takes_a_code_for_any_instruction,
        "secure/codes-are-bound-to-everything",
    ),
    Break("property/P5", shares_one_key_for_all, "secure/keys-are-kept-apart"),
    Break("property/P7", keeps_the_old_key_alive, "secure/old-holder-is-locked-out"),
    Break("property/P8", believes_any_code, "secure/codes-are-bound-to-everything"),
    Break(
        "property/P10", never_asks_what_became_of_it, "secure/two-phase-ends-certain[reply-lost]"
    ),
    Break("property/P12", begins_the_staged_key_again, "secure/counters-begin-with-their-key"),
]

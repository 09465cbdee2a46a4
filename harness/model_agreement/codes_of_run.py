"""The codes and Instructions of a recorded run, in the small numbers of the model."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from hanbench.emulator.events import Event, InstructionJudged, KeyChanged, PartyCalled
from hanbench.emulator.parties.operation import Json
from hanbench.emulator.sua.memory import KeyTruth
from hanbench.harness.events import EngineSent, Journalled
from hanbench.harness.model_check.state import HANDED_OVER, Order
from hanbench.protocol import instruction as instructions
from hanbench.protocol.instruction import (
    AbortRotation,
    ConfirmRotation,
    Instruction,
    PrepareRotation,
    ProveRotation,
    ReadSuaStatus,
    RotateSuaKey,
)

DIGEST_DIGITS = 16
"""Of the first 8 octets, as a judgement records them."""
_ORDERS: dict[type[Instruction], Order] = {
    RotateSuaKey: Order.SWAP,
    PrepareRotation: Order.STAGE,
    ProveRotation: Order.SHOW,
    ConfirmRotation: Order.SWITCH,
    AbortRotation: Order.UNSTAGE,
}
Code = tuple[int, int]


@dataclass(slots=True)
class CodesOfRun:
    """What one meter's codes were, and which of them were sent."""

    first: int
    """The version that was handed over."""
    check_value: str
    """Of the key that was handed over."""
    base: int
    """The counter that was handed over with it."""
    stale_by: int
    """By how much the meter was ahead of that."""
    _sent: dict[Code, bool] = field(default_factory=dict)
    _noted: dict[int, bool] = field(default_factory=dict)
    _by_digest: dict[str, tuple[str, Code | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Sequence[Event], device: str, began: KeyTruth) -> Self | None:
        """Read the codes of a meter from a trace; None where no key of it was handed over."""
        held = next(
            (json.loads(one.result) for one in _calls(events, device, "accept_hand_over")), None
        )
        if held is None:
            return None
        base = int(held["last_counter"])
        stale_by = began.last_counter - base
        codes = cls(int(held["version"]), str(held["check_value"]), base, stale_by)
        for event in events:
            codes._read(event, device)
        return codes

    def _read(self, event: Event, device: str) -> None:
        if isinstance(event, EngineSent) and event.device == device and event.counter is not None:
            self._sent[event.key_version or 0, event.counter] = True
        elif isinstance(event, Journalled) and event.fate == "durable":
            entry = json.loads(event.entry)
            if entry.get("step") == "sending-rotation" and entry.get("device") == device:
                self._noted[int(entry["counter"])] = True
        elif isinstance(event, PartyCalled) and not event.is_error:
            self._read_call(event, device)

    def _read_call(self, event: PartyCalled, device: str) -> None:
        asked = json.loads(event.arguments)
        if (event.party, event.operation) != ("S1SP", "frame") or asked.get("device") != device:
            return
        octets = bytes.fromhex(str(asked["instruction"]))
        code = asked["authorisation"]
        held = None if code is None else (int(code["key_version"]), int(code["counter"]))
        digest = instructions.digest(octets).hex()[:DIGEST_DIGITS]
        self._by_digest[digest] = (octets.hex(), held)

    def small(self, version: int) -> int:
        """Return a version in the model's numbers; 0 below the one that was handed over."""
        return max(0, version - self.first + HANDED_OVER)

    def number(self, version: int, counter: int) -> int:
        """Return a counter of a version, by the model's number, in the model's numbers."""
        return counter - self.base if version == HANDED_OVER else counter

    def keys(self, event: KeyChanged) -> tuple[int, int, int]:
        """Return the version that is held, the staged one, and the counter."""
        if event.current_version is None:
            return 0, 0, 0
        version = self.small(event.current_version)
        staged = self.small(event.staged_version) if event.staged_version is not None else 0
        return version, staged, self.number(version, event.last_counter)

    def order_of(self, instruction: str, code: Json) -> tuple[Order, int]:
        """Return what an Instruction asks, and of which version.

        A code that was made and never sent is spent, and nothing else: a tick that is lost. Only
        where the engine had noted that it sends a rotation must it reckon with one under way.
        """
        read = instructions.decode(bytes.fromhex(instruction))
        order = _ORDERS.get(type(read), Order.TICK)
        counter = int(code["counter"])
        if order is Order.TICK or not (self.is_sent(code) or self._noted.get(counter, False)):
            return Order.TICK, 0
        assert isinstance(
            read, RotateSuaKey | PrepareRotation | ProveRotation | ConfirmRotation | AbortRotation
        )
        return order, self.small(read.version)

    def is_sent(self, code: Json) -> bool:
        """Whether the engine sent anything with a code."""
        return self._sent.get((int(code["key_version"]), int(code["counter"])), False)

    def is_peek(self, instruction: str) -> bool:
        """Whether an Instruction is the free read of the status."""
        return isinstance(instructions.decode(bytes.fromhex(instruction)), ReadSuaStatus)

    def instruction_of(self, event: InstructionJudged) -> str | None:
        """Return the engine's Instruction that was judged, in hex; None where it is not its."""
        octets, code = self._by_digest.get(event.digest, ("", None))
        is_its = (event.key_version, event.counter) == (code or (None, None))
        return octets if octets and is_its else None


def _calls(events: Sequence[Event], device: str, operation: str) -> list[PartyCalled]:
    return [
        event
        for event in events
        if isinstance(event, PartyCalled)
        and event.operation == operation
        and not event.is_error
        and json.loads(event.arguments).get("device") == device
    ]

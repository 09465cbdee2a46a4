"""What a rotation Instruction makes of a device's key memory: pure judgement, no commit.

Source: modelled [M] (domain.md 10.3, 10.8). The gate has verified the code and spent the counter
before this is asked, and commits what comes back.

A version is used up when a key of it is staged or installed, even if it is aborted later: were it
free again, the counters of that version would begin again, and its spent codes revive (P2).
"""

from dataclasses import dataclass

from hanbench.emulator.sua.slots import SuaKeys
from hanbench.protocol.answer import Outcome
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import (
    AbortRotation,
    ConfirmRotation,
    PrepareRotation,
    ProveRotation,
    RotateSuaKey,
)
from hanbench.protocol.keys import Key
from hanbench.protocol.sua import SuaScheme
from hanbench.protocol.sua_rotation import open_successor, rotation_nonce, successor_of

RotationInstruction = (
    RotateSuaKey | PrepareRotation | ProveRotation | ConfirmRotation | AbortRotation
)


@dataclass(frozen=True, slots=True)
class Rotation:
    """The outcome, what is to be committed (None: nothing changes), and the answer's payload."""

    outcome: Outcome
    keys: SuaKeys | None = None
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """How one device judges rotation Instructions."""

    scheme: SuaScheme
    eui64: Eui64
    master: Key

    def judge(
        self, instruction: RotationInstruction, keys: SuaKeys, request_digest: bytes
    ) -> Rotation:
        """Say what an authentic rotation Instruction does to these keys."""
        match instruction:
            case RotateSuaKey():
                return self._rotate(instruction, keys, request_digest)
            case PrepareRotation():
                return self._prepare(instruction, keys)
            case ProveRotation(version=version, nonce=nonce) if keys.has_staged(version):
                return Rotation(Outcome.ACCEPTED, payload=self._proof(keys, nonce))
            case ConfirmRotation(version=version) if keys.has_staged(version):
                return Rotation(Outcome.ACCEPTED, keys.confirmed())
            case AbortRotation(version=version) if keys.has_staged(version):
                return Rotation(Outcome.ACCEPTED, keys.aborted())
            case _:
                return Rotation(Outcome.NOTHING_STAGED)

    def _rotate(self, instruction: RotateSuaKey, keys: SuaKeys, request_digest: bytes) -> Rotation:
        if instruction.version <= keys.max_version:
            return Rotation(Outcome.STALE_VERSION)
        key = self._open(instruction)
        if key is None:
            return Rotation(Outcome.BAD_KEY_WRAP)
        nonce = rotation_nonce(request_digest)
        proof = self.scheme.proof(key, self.eui64, instruction.version, nonce)
        return Rotation(Outcome.ACCEPTED, keys.rotated(instruction.version, key), proof)

    def _prepare(self, instruction: PrepareRotation, keys: SuaKeys) -> Rotation:
        is_repeat = keys.has_staged(instruction.version)
        if instruction.version <= keys.max_version and not is_repeat:
            return Rotation(Outcome.STALE_VERSION)
        key = self._open(instruction)
        if key is None:
            return Rotation(Outcome.BAD_KEY_WRAP)
        if not is_repeat:
            return Rotation(Outcome.ACCEPTED, keys.prepared(instruction.version, key))
        # The same key again is no change. Another key of that version would start its counters
        # again, so it is refused like any version that is used up.
        is_same = keys.staged is not None and keys.staged.key.value == key.value
        return Rotation(Outcome.ACCEPTED if is_same else Outcome.STALE_VERSION)

    def _open(self, instruction: RotateSuaKey | PrepareRotation) -> Key | None:
        try:
            return open_successor(self.scheme, self.master, successor_of(instruction), self.eui64)
        except SecurityError:
            return None

    def _proof(self, keys: SuaKeys, nonce: bytes) -> bytes:
        assert keys.staged is not None
        return self.scheme.proof(keys.staged.key, self.eui64, keys.staged.version, nonce)

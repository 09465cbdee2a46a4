"""One Command as the SUA gate reads it, and the key that its code must be under: steps 1 and 3.

Source: modelled [M] (domain.md 10.2, 10.8).
"""

from dataclasses import dataclass

from hanbench.emulator.instant import Instant
from hanbench.emulator.sua.slots import KeySlot, SuaKeys
from hanbench.protocol import instruction as instructions
from hanbench.protocol.answer import Outcome
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.instruction import (
    Authorisation,
    ConfirmRotation,
    Instruction,
    ProveRotation,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One Command as far as it could be read."""

    message_id: int
    now: Instant
    digest: bytes
    instruction: Instruction | None = None
    authorisation: Authorisation | None = None

    @property
    def words(self) -> str:
        """The Instruction as a story prints it."""
        return self.instruction.type.words if self.instruction is not None else "unreadable"


def read_request(command: bytes, message_id: int, now: Instant) -> Request:
    """Step 1. The digest is that of the Instruction where one can be told from the Command."""
    try:
        held = instructions.decode_command(command)
    except DecodeError:
        return Request(message_id=message_id, now=now, digest=instructions.digest(command))
    digest = instructions.digest(held.instruction)
    try:
        instruction = instructions.decode(held.instruction)
    except DecodeError:
        return Request(message_id=message_id, now=now, digest=digest)
    return Request(
        message_id=message_id,
        now=now,
        digest=digest,
        instruction=instruction,
        authorisation=held.authorisation,
    )


def slot_for(
    instruction: Instruction, code: Authorisation, keys: SuaKeys | None
) -> KeySlot | Outcome:
    """Step 3: the key that the code must be under, or why there is none."""
    if keys is None:
        return Outcome.NO_KEY
    if not isinstance(instruction, ProveRotation | ConfirmRotation):
        is_current = code.key_version == keys.current.version
        return keys.current if is_current else Outcome.WRONG_KEY_VERSION
    # These two name the key that they are about, and it must have made the code (10.8). A copy of
    # one that comes after the commit finds that key current, and then its counter spent.
    if code.key_version != instruction.version:
        return Outcome.WRONG_KEY_VERSION
    held = keys.held(code.key_version)
    if held is not None:
        return held
    return Outcome.WRONG_KEY_VERSION if keys.staged else Outcome.NOTHING_STAGED

"""The Instruction that a code is bound to, as it is given: octets, a type, or a digest."""

from dataclasses import dataclass
from typing import TypeVar

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.sums.sheet import Sheet
from hanbench.protocol import instruction as instructions
from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import (
    AbortRotation,
    ArmSupply,
    ConfirmRotation,
    DisableSupply,
    EnableSupply,
    Instruction,
    NoOp,
    ReadSuaStatus,
)
from hanbench.protocol.keys import Key
from hanbench.protocol.sua import SuaScheme
from hanbench.protocol.sua_rotation import wrap_successor

Given = TypeVar("Given")

_BARE: dict[str, type[NoOp | ReadSuaStatus | ArmSupply | EnableSupply | DisableSupply]] = {
    kind.type.words: kind for kind in (NoOp, ReadSuaStatus, ArmSupply, EnableSupply, DisableSupply)
}
_BY_VERSION: dict[str, type[ConfirmRotation | AbortRotation]] = {
    kind.type.words: kind for kind in (ConfirmRotation, AbortRotation)
}
_SUCCESSORS = ("rotate-sua-key", "prepare-rotation")
TYPES = (*_BARE, *_BY_VERSION, *_SUCCESSORS)
"""The types that can be made of options; others are given as octets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionGiven:
    """The options that say which Instruction."""

    instruction: str = ""
    """Canonical octets in hex, or a type in words."""
    request_id: int = 1
    text: str = ""
    digest: bytes = b""
    new_key: Key | None = None
    new_version: int | None = None
    master: Key | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """What a code is bound to."""

    digest: bytes
    octets: bytes | None = None
    """None where only the digest was given."""
    instruction: Instruction | None = None
    """None where the octets are no Instruction of the model."""


def bound_to(given: InstructionGiven, scheme: SuaScheme, eui64: Eui64) -> Bound:
    """Return what the code is bound to.

    Raises:
        ScenarioError: not exactly one of the three ways was used, or something is wrong in it.
    """
    ways = [bool(given.instruction), bool(given.text), bool(given.digest)]
    if sum(ways) != 1:
        raise ScenarioError("say what the code is for: one of --instruction, --text and --digest")
    if given.digest:
        return Bound(given.digest)
    if given.text:
        octets = given.text.encode()
        return Bound(instructions.digest(octets), octets)
    octets = _octets(given, scheme, eui64)
    return of_octets(octets)


def of_octets(octets: bytes) -> Bound:
    """Return what canonical octets are; those of no Instruction are bound to all the same."""
    try:
        return Bound(instructions.digest(octets), octets, instructions.decode(octets))
    except DecodeError:
        return Bound(instructions.digest(octets), octets)


def put_down(sheet: Sheet, bound: Bound) -> None:
    """Put the Instruction and its digest on a sheet."""
    if bound.octets is not None:
        what = bound.instruction
        says = "no Instruction of the model; its octets are used as they are"
        if what is not None:
            says = f"{what.type.words}, request {what.request_id}"
        sheet.line("instruction", bound.octets, says)
    sheet.line("digest", bound.digest, "SHA-256 of the instruction")


def _octets(given: InstructionGiven, scheme: SuaScheme, eui64: Eui64) -> bytes:
    words = given.instruction
    try:
        if words in _BARE:
            return instructions.encode(_BARE[words](given.request_id))
        if words in _BY_VERSION:
            version = _needed(given.new_version, words, "--new-version N, the version it is about")
            return instructions.encode(_BY_VERSION[words](given.request_id, version))
        if words in _SUCCESSORS:
            return _successor(given, scheme, eui64)
    except EncodeError as error:
        raise ScenarioError(f"--instruction {words}: {error}") from error
    try:
        return bytes.fromhex(words)
    except ValueError:
        known = did_you_mean(words, TYPES)
        says = f"--instruction {words!r} is neither hex nor a type that options can make; {known}"
        raise ScenarioError(says) from None


def _successor(given: InstructionGiven, scheme: SuaScheme, eui64: Eui64) -> bytes:
    words = given.instruction
    new_key = _needed(given.new_key, words, "--new-key HEX, the key that follows")
    master = _needed(given.master, words, "--master HEX, the key that it is wrapped under")
    version = _needed(given.new_version, words, "--new-version N, the version of the new key")
    successor = wrap_successor(scheme, master, new_key, eui64, version)
    is_rotate = words == "rotate-sua-key"
    made = successor.rotate if is_rotate else successor.prepare
    return instructions.encode(made(given.request_id))


def _needed(value: Given | None, words: str, what: str) -> Given:
    if value is None:
        raise ScenarioError(f"--instruction {words} needs {what}")
    return value

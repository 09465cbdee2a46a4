"""The checks of a device by hand: a real gate judges the Command, and each step is told.

Source: modelled [M], the order of `emulator/sua/gate.py` (domain.md 10.2, 10.8). Step 0, the
transport MAC of the envelope, is `hanbench decode`'s to show.
"""

from dataclasses import dataclass

from hanbench.emulator.fates import committed
from hanbench.emulator.instant import START, Instant
from hanbench.emulator.nvm import Nvm
from hanbench.emulator.sua.gate import Effect, SuaGate
from hanbench.emulator.sua.memory import KEYS, LOCK_OUT
from hanbench.emulator.sua.slots import KeySlot, LockOut, SuaKeys, SuaParameters
from hanbench.harness.dissection.keys import LabelledKey
from hanbench.harness.sums.instruction_given import put_down
from hanbench.harness.sums.near_misses import near_misses
from hanbench.harness.sums.sheet import Check, Sheet, Standing
from hanbench.harness.sums.sua_code import CodeGiven, check_group, put_scope
from hanbench.protocol import instruction as instructions
from hanbench.protocol.answer import Outcome
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64, format_eui64
from hanbench.protocol.instruction import (
    AbortRotation,
    Authorisation,
    Command,
    PrepareRotation,
    RotateSuaKey,
)
from hanbench.protocol.keys import Key, KeyUsage

_STEPS = {
    "1": "format",
    "2": "addressee",
    "3": "key version",
    "4": "lock-out",
    "5": "code",
    "6": "counter",
    "7": "persist the counter",
    "8": "execute",
}
_FAILED_AT = {
    Outcome.MALFORMED: "1",
    Outcome.NOT_FOR_THIS_DEVICE: "2",
    Outcome.NO_KEY: "3",
    Outcome.WRONG_KEY_VERSION: "3",
    Outcome.NOTHING_STAGED: "3",
    Outcome.LOCKED_OUT: "4",
    Outcome.BAD_CODE: "5",
    Outcome.REPLAYED: "6",
    Outcome.OUT_OF_WINDOW: "6",
    Outcome.BAD_KEY_WRAP: "8",
    Outcome.STALE_VERSION: "8",
    Outcome.REFUSED: "8",
}
_NOT_GIVEN = "say --last-counter N, what the device has spent last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the device is taken to hold."""

    key: Key
    """The current one."""
    version: int
    last_counter: int | None = None
    """Under the key that the code names; None: not said, and so the counter is not judged."""
    window: int = 10
    max_version: int | None = None
    """None: the version that it holds, or that is staged."""
    staged_key: Key | None = None
    staged_version: int = 0
    is_locked: bool = False
    is_torn: bool = False
    addressee: Eui64 | None = None
    """Whom the envelope names; None: the device."""
    master: Key | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToVerify:
    """A code, what it is said to be for, and the device that judges it."""

    given: CodeGiven
    keys: tuple[LabelledKey, ...]
    """The first is the device's own; the others are tried where that does not fit."""
    code: bytes
    held: Held


def verify(asked: ToVerify) -> Sheet:
    """Judge a code as the device would, and say at which step it fails and why.

    Raises:
        ScenarioError: the group is no ASCII text.
    """
    given = asked.given
    check_group(given.group)
    sheet = Sheet("SUA code, checked", given.scheme.name)
    put_down(sheet, given.bound)
    put_scope(sheet, given)
    expected = given.scheme.issue(given.key, given.scope)
    sheet.line("code expected", expected)
    sheet.line("code given", asked.code)
    outcome = _by_the_gate(asked) if given.bound.instruction is not None else _by_hand(asked)
    failed_at = _failed_at(asked, outcome)
    for step, name in _STEPS.items():
        sheet.checks.append(_check(asked, step, name, failed_at, outcome))
    sheet.holds = outcome is Outcome.ACCEPTED
    if failed_at == "5":
        octets = given.bound.octets or b""
        sheet.notes += near_misses(given.scheme, asked.keys, given.scope, asked.code, octets) or (
            "Nothing near fits either: another key, another instruction, or damaged.",
        )
    judged = "a device would accept it" if sheet.holds else f"a device answers {outcome.words}"
    sheet.result = f"{'holds' if sheet.holds else 'does not hold'}: {judged}"
    return sheet


def _by_the_gate(asked: ToVerify) -> Outcome:
    """Let the gate of an emulated meter judge the whole Command."""
    given, held = asked.given, asked.held
    assert given.bound.octets is not None
    authorisation = Authorisation(given.key_version, given.counter, asked.code)
    command = instructions.encode_command(Command(given.bound.octets, authorisation))
    gate = SuaGate(
        device="device",
        installation="by-hand",
        eui64=given.eui64,
        scheme=given.scheme,
        parameters=SuaParameters(window=held.window, group=given.group),
        nvm=_memory(asked),
        master=held.master or Key(KeyUsage.MASTER, bytes(16)),
        execute=lambda *_: Effect(),
        note=lambda *_: None,
        record=lambda _: None,
    )
    target = given.eui64 if held.addressee is None else held.addressee
    outcome = gate.take(command, 1, START, target=target).outcome
    # Without the master key nobody can say whether the successor unwraps.
    is_unjudged = outcome is Outcome.BAD_KEY_WRAP and held.master is None
    return Outcome.ACCEPTED if is_unjudged else outcome


def _memory(asked: ToVerify) -> Nvm:
    held = asked.held
    nvm = Nvm("device", "by-hand", committed)
    last = _last_counter(asked)
    staged = None
    if held.staged_key is not None:
        staged = KeySlot(held.staged_version, held.staged_key, last)
    highest = held.max_version or max(held.version, held.staged_version)
    keys = SuaKeys(KeySlot(held.version, held.key, last), staged, highest)
    nvm.write(KEYS, None if held.is_torn else keys)
    nvm.write(LOCK_OUT, LockOut(locked_until=Instant(START + 1)) if held.is_locked else LockOut())
    return nvm


def _last_counter(asked: ToVerify) -> int:
    stated = asked.held.last_counter
    return max(0, asked.given.counter - 1) if stated is None else stated


def _by_hand(asked: ToVerify) -> Outcome:
    """Judge what is bound to octets that no meter takes: steps 3 to 6 alone."""
    given, held = asked.given, asked.held
    if held.is_torn:
        return Outcome.NO_KEY
    if given.key_version != held.version:
        return Outcome.WRONG_KEY_VERSION
    if held.is_locked:
        return Outcome.LOCKED_OUT
    try:
        given.scheme.verify(given.key, given.scope, asked.code)
    except SecurityError:
        return Outcome.BAD_CODE
    last = _last_counter(asked)
    if held.last_counter is not None and given.counter <= last:
        return Outcome.REPLAYED
    return Outcome.OUT_OF_WINDOW if given.counter > last + held.window else Outcome.ACCEPTED


def _failed_at(asked: ToVerify, outcome: Outcome) -> str:
    if outcome is Outcome.ACCEPTED:
        return ""
    is_abort = isinstance(asked.given.bound.instruction, AbortRotation)
    # Of an ABORT the code is under the current key: that nothing is staged is found last.
    return "8" if is_abort and outcome is Outcome.NOTHING_STAGED else _FAILED_AT[outcome]


def _check(asked: ToVerify, step: str, name: str, failed_at: str, outcome: Outcome) -> Check:
    if step == failed_at:
        return Check(step, name, Standing.FAILS, _why(asked, outcome))
    if failed_at and step > failed_at:
        return Check(step, name, Standing.NOT_REACHED)
    unasked = _unasked(asked, step)
    if unasked:
        return Check(step, name, Standing.NOT_ASKED, unasked)
    return Check(step, name, Standing.HOLDS, _says(asked, step))


def _unasked(asked: ToVerify, step: str) -> str:
    given, held = asked.given, asked.held
    if given.bound.instruction is None and step in ("1", "2", "7", "8"):
        return "only a digest was given" if given.bound.octets is None else "no Instruction"
    if step == "6" and held.last_counter is None:
        return _NOT_GIVEN
    is_wrapped = isinstance(given.bound.instruction, RotateSuaKey | PrepareRotation)
    if step == "8" and is_wrapped and held.master is None:
        return "say --master HEX, to see whether the new key unwraps"
    return ""


def _says(asked: ToVerify, step: str) -> str:
    given, held = asked.given, asked.held
    last, counter = held.last_counter, given.counter
    told = {
        "2": format_eui64(given.eui64),
        "3": f"{given.key_version} is the version that it is judged by",
        "5": "equal, compared in constant time",
        "6": f"{counter} is above {last} and not above {last} + {held.window}",
        "7": f"the device's last counter becomes {counter}; the code is spent",
    }
    return told.get(step, "")


def _why(asked: ToVerify, outcome: Outcome) -> str:
    given, held = asked.given, asked.held
    last, counter = _last_counter(asked), given.counter
    addressee = format_eui64(held.addressee or given.eui64)
    told = {
        Outcome.MALFORMED: "the octets are no Instruction",
        Outcome.NOT_FOR_THIS_DEVICE: f"addressed to {addressee}; counts to no lock-out",
        Outcome.NO_KEY: "the key slot is torn: the device can authenticate nobody",
        Outcome.WRONG_KEY_VERSION: (
            f"the code names version {given.key_version}, the device holds {held.version}"
            "; counts to no lock-out"
        ),
        Outcome.NOTHING_STAGED: "no key is staged; counts to no lock-out",
        Outcome.LOCKED_OUT: "locked by wrong codes before: the code is not looked at",
        Outcome.BAD_CODE: "another code was expected; counts to the lock-out",
        Outcome.REPLAYED: f"counter {counter} is not above the last one, {last}: spent already",
        Outcome.OUT_OF_WINDOW: (
            f"counter {counter} is above {last} + {held.window}; an authenticated read of the last "
            "counter lets the DCO align"
        ),
        Outcome.BAD_KEY_WRAP: "the new key does not unwrap, or is not that of the check value",
        Outcome.STALE_VERSION: "the new version is not above the highest ever held",
        Outcome.REFUSED: "authentic, but the device will not do it",
    }
    return f"{told[outcome]} ({outcome.words})"

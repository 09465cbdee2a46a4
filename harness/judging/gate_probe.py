"""What the gate of a meter makes of codes that nobody sent: asked of a copy when a run is over.

A run shows what a gate did with the codes that came. A mistake that needs another code, such as one
that is wrong in its last octet alone, passes every run in which nobody tries. So each meter that
was commanded is asked here, on copies of its memory: by whoever holds a key and misuses it, and by
whoever has none. What it says is held against domain.md 10.2, 10.3 and 10.8 [M].

Each question begins with a right no-op, which clears the count of wrong codes, and what the meter
carries out is counted here and not by the gate, which may tell another story than it lived.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

from hanbench.emulator.events import InstructionJudged
from hanbench.emulator.instant import Instant, after
from hanbench.emulator.sua.gate import Effect
from hanbench.emulator.sua.slots import KeySlot
from hanbench.harness.judging.oracle import RunEnd
from hanbench.harness.parties.organisations import S1SP_EUI64, SMSO_EUI64
from hanbench.harness.verdict import Finding
from hanbench.harness.world import World
from hanbench.protocol import instruction as instructions
from hanbench.protocol.answer import Outcome
from hanbench.protocol.errors import MissingKeyError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import (
    AbortRotation,
    Authorisation,
    Command,
    ConfirmRotation,
    DisableSupply,
    EnableSupply,
    Instruction,
    NoOp,
    ProveRotation,
    ReadSuaStatus,
    SetTariff,
)
from hanbench.protocol.keys import KEY_OCTETS, Key, KeyUsage
from hanbench.protocol.sua import SuaScope
from hanbench.protocol.sua_rotation import Successor, wrap_successor

P1, P2, P3, P4, P5, P6, P7, P11, P12 = (
    f"property/P{number}" for number in (1, 2, 3, 4, 5, 6, 7, 11, 12)
)
ORDER = "domain/10.2-order"
_FIRST_REQUEST = 0x7D00_0000
"""Request ids of the probe's own: in no result cache."""
_RIGHT, _FORGED, _SPENT = Outcome.ACCEPTED, Outcome.BAD_CODE, Outcome.REPLAYED
_SPENDING = (_RIGHT, Outcome.STALE_VERSION)
"""Answers of a meter that has taken the code, whatever it then made of the Instruction."""
_FAR = 1 << 40
"""A counter that no window reaches."""
_COUNTER_MAX = 1 << 63
_OTHER_KEYS: tuple[tuple[KeyUsage] | tuple[KeyUsage, Eui64], ...] = (
    (KeyUsage.VEND,),
    (KeyUsage.MASTER,),
    (KeyUsage.TRANSPORT, S1SP_EUI64),
    (KeyUsage.TRANSPORT, SMSO_EUI64),
)


def judge_gates(world: World, end: RunEnd) -> list[Finding]:
    """Ask the gate of each meter that a code came to; a finding for each answer that is wrong."""
    commanded = {
        event.device
        for event in end.events
        if isinstance(event, InstructionJudged) and event.key_version is not None
    }
    return [
        Finding(
            name="gate-misjudges",
            device=name,
            clause=clause,
            at_us=world.now,
            detail=f"asked by the bench when the run was over, {name} misjudges {says}",
            expected=expected,
        )
        for name in world.home.meters
        if name in commanded
        for clause, says, expected in _objections(world, name)
    ]


_Objection = tuple[str, str, str]
"""A clause, what was answered to what, and what should have been."""


def _objections(world: World, name: str) -> Iterator[_Objection]:
    keys = world.home.meters[name].core.gate.keys
    if keys is None or keys.current.last_counter >= _COUNTER_MAX:
        return
    for ask in _QUESTIONS:
        copy = _Copy(world, name, keys.current)
        ask(copy)
        yield from copy.objections


class _Copy:
    """A gate over a copy of a meter's memory, and what came of asking it."""

    def __init__(self, world: World, name: str, held: KeySlot) -> None:
        meter = world.home.meters[name]
        self.eui64, self.scheme, self.keyring = meter.eui64, world.scheme, world.keyring
        self.held = held
        """The key that codes are made with, and the counter that was spent last."""
        self.gate = meter.core.gate.rehearsal(self._carry_out)
        self.now = Instant(max(world.now, self.gate.truth.locked_until))
        self.objections: list[_Objection] = []
        self._carried_out = 0
        self._asked = 0
        self.clear()

    def clear(self) -> None:
        """Send a right no-op: whatever else is wrong, this must be taken."""
        self.offer(P11, "a right code", _RIGHT, NoOp(self.number()))

    def number(self) -> int:
        """Return a request id that nobody has used."""
        self._asked += 1
        return _FIRST_REQUEST + self._asked

    def scope(self, instruction: Instruction, ahead: int = 1) -> SuaScope:
        """Return what a right code is over."""
        return SuaScope(
            eui64=self.eui64,
            group=self.gate.parameters.group,
            key_version=self.held.version,
            counter=self.held.last_counter + ahead,
            digest=instructions.digest(instructions.encode(instruction)),
        )

    def offer(
        self,
        clause: str,
        words: str,
        want: Outcome,
        instruction: Instruction | None = None,
        *,
        ahead: int = 1,
        made_for: Callable[[SuaScope], SuaScope] = lambda scope: scope,
        key: Key | None = None,
        version: int | None = None,
        flipped: int | None = None,
    ) -> Command:
        """Offer a code; what is not answered as wanted, or carried out all the same, is noted."""
        asked = instruction or DisableSupply(self.number())
        scope = self.scope(asked, ahead)
        if version is not None:
            scope = replace(scope, key_version=version)
        code = bytearray(self.scheme.issue(key or self.held.key, made_for(scope)))
        if flipped is not None:
            code[flipped] ^= 1 << flipped % 8
        authorisation = Authorisation(scope.key_version, scope.counter, bytes(code))
        command = Command(instructions.encode(asked), authorisation)
        answer = self.send(clause, words, want, command)
        if answer in _SPENDING and scope.key_version == self.held.version:
            self.held = replace(self.held, last_counter=scope.counter)
        return command

    def send(
        self, clause: str, words: str, want: Outcome, command: Command, *, acts: bool | None = None
    ) -> Outcome:
        """Hand a Command to the gate; `acts`: whether it may be carried out, if that is right."""
        before = self._carried_out
        taken = self.gate.take(instructions.encode_command(command), 0, self.now)
        if taken.outcome is not want:
            self.note(clause, words, taken.outcome.words, want.words)
            return taken.outcome
        done, allowed = self._carried_out - before, want is _RIGHT if acts is None else acts
        if done > allowed:
            times = {True: "once at most", False: "not carried out"}[allowed]
            says = f"{taken.outcome.words}, and carried out {done} time(s)"
            self.note(clause, words, says, f"{want.words}, {times}")
        return taken.outcome

    def note(self, clause: str, words: str, says: str, want: str) -> None:
        """Note an objection; the first of a question is enough."""
        if not self.objections:
            self.objections.append((clause, f"{words}: {says}", want))

    def counts(self, words: str, want: int) -> None:
        """Hold the count of wrong codes against what it must be."""
        found = self.gate.truth.failures
        if found != want:
            self.note(P11, f"wrong codes in a row {words}", f"it counts {found}", str(want))

    def successor(self, version: int, purpose: int) -> Successor:
        """Return a key of the probe's own, wrapped for the meter."""
        master = self.keyring.key(self.eui64, KeyUsage.MASTER)
        return wrap_successor(self.scheme, master, _own_key(purpose), self.eui64, version)

    def _carry_out(self, *_: object) -> Effect:
        self._carried_out += 1
        return Effect()


def _own_key(purpose: int) -> Key:
    return Key(KeyUsage.SUA, bytes([purpose] * KEY_OCTETS), is_test_material=True)


def _changed_octets(copy: _Copy) -> None:
    """P1: every octet of a code counts."""
    for place in range(copy.scheme.code_octets):
        if place % 2 == 0:
            copy.clear()  # so that no model locks itself
        words = f"a code with a bit of octet {place + 1} changed"
        copy.offer(P1, words, _FORGED, flipped=place)


def _other_scopes(copy: _Copy) -> None:
    """P3: a code is bound to the Device, the group, the version, the counter, the Instruction."""
    other_digest = instructions.digest(instructions.encode(SetTariff(copy.number(), 1, 2)))
    changes: dict[str, Callable[[SuaScope], SuaScope]] = {
        "another Device": lambda one: replace(one, eui64=Eui64(one.eui64 ^ 1)),
        "another group": lambda one: replace(one, group="ZZ"),
        "another key version": lambda one: replace(one, key_version=one.key_version + 1),
        "another counter": lambda one: replace(one, counter=one.counter + 1),
        "another Instruction": lambda one: replace(one, digest=other_digest),
    }
    for words, made_for in changes.items():
        copy.offer(P3, f"a code for {words}", _FORGED, made_for=made_for)
        copy.clear()
    tariff = SetTariff(copy.number(), 100, 200)
    dearer = replace(tariff, unit_rate_tenth_pence=201)
    digest = instructions.digest(instructions.encode(dearer))
    words = "a code for other parameters"
    copy.offer(P3, words, _FORGED, tariff, made_for=lambda one: replace(one, digest=digest))


def _other_keys(copy: _Copy) -> None:
    """P5 and P7: no key but the one that it holds makes a code."""
    for usage, *peer in _OTHER_KEYS:
        with suppress(MissingKeyError):
            as_sua = Key(KeyUsage.SUA, copy.keyring.key(copy.eui64, usage, *peer).value)
            copy.offer(P5, f"a code of its {usage.value} key", _FORGED, key=as_sua)
            copy.clear()
    first = copy.keyring.key(copy.eui64, KeyUsage.SUA)
    if first.value != copy.held.key.value:
        words = "a code that the key it was handed over with made"
        copy.offer(P7, words, _FORGED, key=first)


def _spent_codes(copy: _Copy) -> None:
    """P2 and P4: what was carried out is not again, from its cache, after a restart, ever."""
    command = copy.offer(P4, "a right code, once", _RIGHT)
    copy.send(P4, "the same Command once more", _answer_to_repeat(copy), command, acts=False)
    copy.gate.restart(copy.now, "probe")
    copy.send(P2, "a spent code after a restart", _SPENT, command)
    copy.offer(P2, "the counter that was spent last", _SPENT, EnableSupply(copy.number()), ahead=0)
    copy.offer(P2, "a counter below it", _SPENT, ahead=-1)


def _answer_to_repeat(copy: _Copy) -> Outcome:
    return _RIGHT if copy.gate.parameters.result_cache_entries else _SPENT


def _order_of_checks(copy: _Copy) -> None:
    """10.2: the counter is judged after the code, and no farther ahead than the window is taken."""
    window = copy.gate.parameters.window
    copy.offer(ORDER, "a wrong code with a spent counter", _FORGED, ahead=0, flipped=0)
    copy.offer(ORDER, "a wrong code far ahead", _FORGED, ahead=_FAR, flipped=0)
    copy.clear()
    copy.offer(ORDER, "a counter beyond the window", Outcome.OUT_OF_WINDOW, ahead=window + 1)
    copy.offer(ORDER, "a counter at the end of the window", _RIGHT, ahead=window)


def _lock_out(copy: _Copy) -> None:
    """P11: what counts, what clears, and how long it locks."""
    parameters, held = copy.gate.parameters, copy.held
    if parameters.failure_limit < 2:  # the first wrong code locks it
        return
    copy.offer(P11, "a wrong code", _FORGED, flipped=0)
    copy.counts("after one", 1)
    copy.offer(
        P11, "a version that it has not", Outcome.WRONG_KEY_VERSION, version=held.version + 7
    )
    copy.counts("after a code under a version that it has not", 1)
    status = Command(instructions.encode(ReadSuaStatus(copy.number())))
    copy.send(P11, "a free read", _RIGHT, status)
    copy.counts("after a free read", 1)
    copy.offer(P11, "a spent code", _SPENT, ahead=0)
    copy.counts("after a spent code", 1)
    copy.gate.restart(copy.now, "probe")
    copy.counts("after a restart", 1)
    for _ in range(parameters.failure_limit - 1):
        copy.offer(P11, "a wrong code", _FORGED, flipped=0)
    copy.gate.restart(copy.now, "probe")
    copy.offer(P11, "a right code while it is locked", Outcome.LOCKED_OUT)
    copy.now = after(copy.now, parameters.lock_out_us - 1)
    copy.offer(P11, "a right code before its lock ends", Outcome.LOCKED_OUT)
    copy.now = after(copy.now, 1)
    copy.offer(P11, "a wrong code when its lock has ended", _FORGED, flipped=0)
    copy.counts("after one since its lock has ended", 1)
    copy.offer(P11, "a right code when its lock has ended", _RIGHT)
    copy.counts("after a right code", 0)


def _rotation(copy: _Copy) -> None:
    """P6 and P12: used-up versions stay so, and a counter begins again with another key alone."""
    top = copy.gate.truth.max_version
    for used_up in (copy.held.version, top):
        again = copy.successor(used_up, 1).rotate(copy.number())
        words = "a rotation to a version that is used up"
        refused = copy.offer(P6, words, Outcome.STALE_VERSION, again)
        copy.gate.restart(copy.now, "probe")
        copy.send(P2, "the code of what was refused, after a restart", _SPENT, refused)
    staged, version = _own_key(2), top + 1
    copy.offer(P6, "a new key", _RIGHT, copy.successor(version, 2).prepare(copy.number()))
    copy.offer(P6, "its abort", _RIGHT, AbortRotation(copy.number(), version))
    confirm = ConfirmRotation(copy.number(), version)
    _under(copy, staged, version, confirm, "a CONFIRM after the ABORT", Outcome.NOTHING_STAGED)
    other = copy.successor(version, 3).prepare(copy.number())
    copy.offer(P6, "another key of the aborted version", Outcome.STALE_VERSION, other)
    _move(copy, staged, version + 1)


def _move(copy: _Copy, staged: Key, version: int) -> None:
    """Stage a key, use it, make it the present one, and offer everything old."""
    old = copy.held
    copy.offer(P6, "a new key", _RIGHT, copy.successor(version, 2).prepare(copy.number()))
    prove = ProveRotation(copy.number(), version, bytes(instructions.NONCE_OCTETS))
    spent = _under(copy, staged, version, prove, "a PROVE", _RIGHT)
    confirm = ConfirmRotation(copy.number(), version)
    _under(copy, staged, version, confirm, "a CONFIRM", _RIGHT, counter=2)
    copy.send(P12, "a code that was spent before the CONFIRM", _SPENT, spent)
    last = copy.gate.truth.last_counter
    if last != 2:  # PROVE and CONFIRM have spent two
        copy.note(P12, "the counter of the confirmed key", f"it holds {last}", "2")
    wrong = Outcome.WRONG_KEY_VERSION
    copy.held = old
    copy.offer(P6, "a code of the replaced key", wrong)
    abort = AbortRotation(copy.number(), version)
    copy.offer(P6, "an ABORT under the replaced key", wrong, abort)
    back = copy.successor(old.version, 1).rotate(copy.number())
    copy.held = KeySlot(version, staged, last)
    copy.offer(P6, "a rotation back", Outcome.STALE_VERSION, back)
    copy.offer(P7, "a code of the replaced key under the new version", _FORGED, key=old.key)


def _under(
    copy: _Copy,
    key: Key,
    version: int,
    instruction: Instruction,
    words: str,
    want: Outcome,
    counter: int = 1,
) -> Command:
    """Offer a code of the staged key, in its own counter space."""
    scope = replace(copy.scope(instruction), key_version=version, counter=counter)
    code = Authorisation(version, counter, copy.scheme.issue(key, scope))
    command = Command(instructions.encode(instruction), code)
    copy.send(P6, words, want, command)
    return command


_QUESTIONS = (
    _changed_octets,
    _other_scopes,
    _other_keys,
    _spent_codes,
    _order_of_checks,
    _lock_out,
    _rotation,
)

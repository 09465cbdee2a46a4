"""The SUA gate of a device: it lets an Instruction pass in the order of domain.md 10.2 and 10.8.

Source: modelled [M]. The steps, each with an outcome of its own:

    0   transport MAC           by the caller: S1SP and DCO are both needed (P8)
    1   format                  MALFORMED             8F1E
    2   addressee               NOT_FOR_THIS_DEVICE   8F64
        free Instructions are executed here; a guarded one without a code is UNAUTHORISED (8F3E)
    2a  a repeated Command      the stored answer again, nothing executed
    3   key version             NO_KEY, WRONG_KEY_VERSION, NOTHING_STAGED; counts to no lock-out
    4   lock-out                LOCKED_OUT            81C5   the code is not looked at
    5   code, constant time     BAD_CODE              8F3D   counts to the lock-out
    6   counter                 REPLAYED, OUT_OF_WINDOW      8F60
    7   persist the counter     from here on the code is spent, whatever happens (P2, P4)
    8   execute
    9   log and answer

The counter is judged after the code, so that only a holder of the key moves anything by it, and the
failure count is reset after the counter, so that a replayed code cannot reset it. Every answer is
MACed under the key that the device holds when it answers; a device without one answers unMACed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hanbench.emulator.events import InstructionJudged, KeyChanged, Recorder
from hanbench.emulator.fates import Cause, Leg
from hanbench.emulator.instant import Instant
from hanbench.emulator.nvm import Nvm
from hanbench.emulator.sua.key_rotation import KeyRotation, RotationInstruction
from hanbench.emulator.sua.memory import KeyTruth, SuaMemory
from hanbench.emulator.sua.request import Request, read_request, slot_for
from hanbench.emulator.sua.slots import KeySlot, SuaKeys, SuaParameters
from hanbench.protocol import answer as answers
from hanbench.protocol.answer import AnswerMessage, Outcome
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import (
    Authorisation,
    Instruction,
    NoOp,
    ReadSuaStatus,
)
from hanbench.protocol.keys import Key
from hanbench.protocol.sua import AnswerScope, SuaScheme, SuaScope


@dataclass(frozen=True, slots=True)
class Effect:
    """What the device made of an Instruction that the gate let pass."""

    outcome: Outcome = Outcome.ACCEPTED
    payload: bytes = b""


Execute = Callable[[Instruction, Cause, Instant], Effect]
"""The device's own part: all but NO_OP, READ_SUA_STATUS and the rotation. It may raise `PowerCut`
from commits of its own; the cause is for their moments."""
Note = Callable[[str, Instant, str], None]
"""Where a code of domain.md 3.3 goes with its detail: `MeterLogs.note`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What became of one Command."""

    outcome: Outcome
    answer: bytes
    """An encoded `AnswerMessage`, for the payload of an ANSWER envelope."""
    executed: bool
    """Whether it took effect now: False for a repeat that was answered from the cache."""
    instruction: Instruction | None
    """None if it could not be read."""
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Execution:
    """One guarded Instruction that was executed (or cut off while it was)."""

    digest: bytes
    counter: int
    version: int
    at: Instant


_CODES = {
    Outcome.MALFORMED: "8F1E",
    Outcome.NOT_FOR_THIS_DEVICE: "8F64",
    Outcome.WRONG_KEY_VERSION: "8F3D",
    Outcome.LOCKED_OUT: "81C5",
    Outcome.BAD_CODE: "8F3D",
    Outcome.REPLAYED: "8F60",
    Outcome.OUT_OF_WINDOW: "8F60",
    Outcome.NOTHING_STAGED: "8F60",
    Outcome.UNAUTHORISED: "8F3E",
    Outcome.BAD_KEY_WRAP: "8F53",
    Outcome.STALE_VERSION: "8F53",
    Outcome.NO_KEY: "8F53",
}
_KEY_CHANGED = "8F70"


class SuaGate:
    """The SUA checks of one device over its NVM."""

    def __init__(
        self,
        *,
        device: str,
        installation: str,
        eui64: Eui64,
        scheme: SuaScheme,
        parameters: SuaParameters,
        nvm: Nvm,
        master: Key,
        execute: Execute,
        note: Note,
        record: Recorder,
    ) -> None:
        self.parameters = parameters
        self.execution_log: list[Execution] = []
        """The guarded Instructions that took effect: for the oracle, and so kept over restarts."""
        self._device = device
        self._installation = installation
        self._eui64 = eui64
        self._scheme = scheme
        self._nvm = nvm
        self._master = master
        self._rotation = KeyRotation(scheme, eui64, self._master)
        self._memory = SuaMemory(nvm, scheme, eui64, parameters)
        self._execute = execute
        self._note = note
        self._record = record
        self._results: dict[tuple[int, int, bytes], tuple[Outcome, bytes]] = {}

    def provision(self, key: Key, version: int, last_counter: int = 0) -> None:
        """Write the key as at manufacture; raise `SecurityError` if it is not a SUA key."""
        self._memory.provision(KeySlot(version, key, last_counter))

    @property
    def truth(self) -> KeyTruth:
        """What the memory holds: for the oracle, never for an engine."""
        return self._memory.truth

    @property
    def keys(self) -> SuaKeys | None:
        """The keys that the memory holds; None if the slot is torn: for whoever looks at a run."""
        return self._memory.keys

    @property
    def results_kept(self) -> tuple[tuple[int, int, str], ...]:
        """What a repeat would be answered from: version, counter and outcome, oldest first."""
        return tuple(
            (version, counter, outcome.words)
            for (version, counter, _), (outcome, _) in self._results.items()
        )

    def clock_jumped(self, by_us: int) -> None:
        """Take the clock that the lock-out is measured by to have gone ahead by `by_us`."""
        self._memory.clock_jumped(by_us)

    def restart(self, now: Instant, because: str) -> None:
        """Lose what is volatile (the result cache), and record the key that was found."""
        self._results.clear()
        self._record_keys(now, because)

    def rehearsal(self, execute: Execute = lambda *_: Effect()) -> "SuaGate":
        """Return a gate over a copy of the memory: what this one would say, and nothing done.

        `execute` is told what the device would have been made to carry out.
        """
        return type(self)(
            device=self._device,
            installation=self._installation,
            eui64=self._eui64,
            scheme=self._scheme,
            parameters=self.parameters,
            nvm=self._nvm.copy(),
            master=self._master,
            execute=execute,
            note=lambda *_: None,
            record=lambda _: None,
        )

    def take(
        self, command: bytes, message_id: int, now: Instant, *, target: Eui64 | None = None
    ) -> Judgement:
        """Judge a Command whose transport MAC the caller has checked, and execute it if it passes.

        `target` is the addressee of the envelope; None if the caller has compared it already.

        Raises:
            PowerCut: a commit took the power with it; there is no answer, and the caller restarts.
        """
        request = read_request(command, message_id, now)
        if request.instruction is None:
            return self._conclude(request, Effect(Outcome.MALFORMED))
        if target is not None and target != self._eui64:
            return self._conclude(request, Effect(Outcome.NOT_FOR_THIS_DEVICE))
        if not request.instruction.type.is_guarded:
            return self._conclude(request, self._serve(request.instruction, request))
        if request.authorisation is None:
            return self._conclude(request, Effect(Outcome.UNAUTHORISED))
        return self._take_guarded(request, request.instruction, request.authorisation)

    def _take_guarded(
        self, request: Request, instruction: Instruction, code: Authorisation
    ) -> Judgement:
        triple = (code.key_version, code.counter, request.digest)
        if triple in self._results:
            return self._repeat(request, *self._results[triple])
        refusal = self._verify(request, instruction, code)
        if refusal is not None:
            return self._conclude(request, Effect(refusal))
        judgement = self._conclude(request, self._spend_and_execute(request, instruction, code))
        self._remember(triple, judgement)
        return judgement

    def _verify(
        self, request: Request, instruction: Instruction, code: Authorisation
    ) -> Outcome | None:
        """Steps 3 to 6; None if all hold."""
        slot = slot_for(instruction, code, self._memory.keys)
        if isinstance(slot, Outcome):
            return slot
        if self._memory.lock_out.is_locked(request.now):
            return Outcome.LOCKED_OUT
        try:
            self._scheme.verify(slot.key, self._scope(request, code), code.code)
        except SecurityError:
            self._memory.count_failure(request.now)
            return Outcome.BAD_CODE
        if code.counter <= slot.last_counter:
            return Outcome.REPLAYED
        if code.counter > slot.last_counter + self.parameters.window:
            return Outcome.OUT_OF_WINDOW
        self._memory.clear_failures()
        return None

    def _scope(self, request: Request, code: Authorisation) -> SuaScope:
        return SuaScope(
            eui64=self._eui64,
            group=self.parameters.group,
            key_version=code.key_version,
            counter=code.counter,
            digest=request.digest,
        )

    def _spend_and_execute(
        self, request: Request, instruction: Instruction, code: Authorisation
    ) -> Effect:
        """Steps 7 and 8, in this order: a cut between them burns the code without effect (P4)."""
        if self.parameters.persist_first:
            self._persist(request, code)
        # Logged before it is done: one that a power cut interrupts may have taken effect.
        self.execution_log.append(
            Execution(request.digest, code.counter, code.key_version, request.now)
        )
        effect = self._serve(instruction, request)
        if effect.outcome is not Outcome.ACCEPTED:
            self.execution_log.pop()
        if not self.parameters.persist_first:
            self._persist(request, code)
        return effect

    def _persist(self, request: Request, code: Authorisation) -> None:
        self._memory.spend(code.key_version, code.counter, self._cause(request), request.now)

    def _serve(self, instruction: Instruction, request: Request) -> Effect:
        match instruction:
            case NoOp():
                return Effect()
            case ReadSuaStatus():
                return self._read_status(request.now)
            case _ if isinstance(instruction, RotationInstruction):
                return self._rotate(instruction, request)
            case _:
                return self._execute(instruction, self._cause(request), request.now)

    def _read_status(self, now: Instant) -> Effect:
        outcome = Outcome.ACCEPTED if self._memory.keys else Outcome.NO_KEY
        return Effect(outcome, answers.encode_status(self._memory.status(now)))

    def _rotate(self, instruction: RotationInstruction, request: Request) -> Effect:
        keys = self._memory.keys
        assert keys is not None, "a code was verified, so there is a key"
        rotation = self._rotation.judge(instruction, keys, request.digest)
        if rotation.keys is not None:
            self._memory.commit(rotation.keys, self._cause(request), request.now)
            # A stored answer under the key that is gone would tell a lie about the key.
            self._results.clear()
            self._note(_KEY_CHANGED, request.now, request.words)
            self._record_keys(request.now, request.words)
        return Effect(rotation.outcome, rotation.payload)

    def _conclude(self, request: Request, effect: Effect) -> Judgement:
        """Step 9."""
        if effect.outcome in _CODES:
            detail = f"{request.words}: {effect.outcome.words}"
            self._note(_CODES[effect.outcome], request.now, detail)
        executed = effect.outcome is Outcome.ACCEPTED
        self._record_judgement(request, effect.outcome, executed=executed)
        return Judgement(
            outcome=effect.outcome,
            answer=answers.encode(self._answer(request, effect, self._memory.keys)),
            executed=executed,
            instruction=request.instruction,
        )

    def _answer(self, request: Request, effect: Effect, keys: SuaKeys | None) -> AnswerMessage:
        if keys is None:
            return AnswerMessage(effect.outcome, 0, 0, effect.payload)
        scope = AnswerScope(
            eui64=self._eui64,
            key_version=keys.current.version,
            request_digest=request.digest,
            outcome=effect.outcome,
            last_counter=keys.current.last_counter,
            payload=effect.payload,
        )
        mac = self._scheme.answer_mac(keys.current.key, scope)
        return AnswerMessage(
            effect.outcome, scope.key_version, scope.last_counter, effect.payload, mac
        )

    def _repeat(self, request: Request, outcome: Outcome, answer: bytes) -> Judgement:
        self._record_judgement(request, outcome, executed=False)
        return Judgement(
            outcome=outcome,
            answer=answer,
            executed=False,
            instruction=request.instruction,
            is_repeat=True,
        )

    def _remember(self, triple: tuple[int, int, bytes], judgement: Judgement) -> None:
        self._results[triple] = (judgement.outcome, judgement.answer)
        while len(self._results) > self.parameters.result_cache_entries:
            del self._results[next(iter(self._results))]

    def _record_judgement(self, request: Request, outcome: Outcome, *, executed: bool) -> None:
        code = request.authorisation
        self._record(
            InstructionJudged(
                request.now,
                self._installation,
                self._device,
                request.message_id,
                request.words,
                request.digest[:8].hex(),
                outcome.words,
                code.key_version if code else None,
                code.counter if code else None,
                executed,
            )
        )

    def _record_keys(self, now: Instant, because: str) -> None:
        truth = self.truth
        self._record(
            KeyChanged(
                now,
                self._installation,
                self._device,
                truth.current_version,
                truth.check_value,
                truth.staged_version,
                truth.last_counter,
                because,
            )
        )

    def _cause(self, request: Request) -> Cause:
        return Cause(self._device, request.message_id, Leg.EXECUTE)

"""A meter that is nothing but its SUA gate: the rest of it is played by lists."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.toy_scheme import TOY

from hanbench.emulator.fates import Cause, Commit, Moment
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.nvm import Nvm, PowerCut
from hanbench.emulator.sua.gate import Effect, Judgement, SuaGate
from hanbench.emulator.sua.slots import SuaParameters
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol.answer import AnswerMessage, Outcome
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import (
    Authorisation,
    Command,
    DisableSupply,
    Instruction,
)
from hanbench.protocol.keys import Key, KeyUsage, derive_test_key
from hanbench.protocol.sua import HAN_SUA_M1, HAN_SUA_M1_LONG, AnswerScope, SuaScheme, SuaScope
from hanbench.protocol.sua_rotation import (
    wrap_successor,
)

if TYPE_CHECKING:
    from hanbench.emulator.events import Event

EUI = Eui64(0x00DB1234567890A1)
OLD = derive_test_key("old", KeyUsage.SUA)
NEW = derive_test_key("new", KeyUsage.SUA)
THIRD = derive_test_key("third", KeyUsage.SUA)
MASTER = derive_test_key("master", KeyUsage.MASTER)
KEYS_BY_VERSION = {1: OLD, 2: NEW, 3: THIRD}
T0 = Instant(1_000 * SECOND_US)
NONCE = bytes(range(16))
DISABLE = DisableSupply(7)
NO_CACHE = SuaParameters(result_cache_entries=0)


SCHEMES = [HAN_SUA_M1, HAN_SUA_M1_LONG, TOY]


class Fates:
    """A commit fate that obeys a script: the verdict of the n-th commit, or else DONE."""

    def __init__(self, script: dict[int, Commit] | None = None) -> None:
        self.script = script or {}
        self.asked: list[Moment] = []

    def __call__(self, moment: Moment) -> Commit:
        self.asked.append(moment)
        return self.script.get(len(self.asked) - 1, Commit.DONE)


class Meter:
    """The gate with the rest of a meter played by lists."""

    def __init__(
        self,
        scheme: SuaScheme,
        parameters: SuaParameters = NO_CACHE,
        fates: Fates | None = None,
        *,
        provisioned: bool = True,
    ) -> None:
        self.scheme = scheme
        self.fates = fates or Fates()
        self.done: list[Instruction] = []
        self.effect = Effect()
        self.causes: list[Cause] = []
        self.events: list[Event] = []
        self.notes: list[tuple[str, str]] = []
        self.gate = SuaGate(
            device="gsme",
            installation="home-1",
            eui64=EUI,
            scheme=scheme,
            parameters=parameters,
            nvm=Nvm("gsme", "home-1", self.fates),
            master=MASTER,
            execute=self._execute,
            note=lambda code, _, detail: self.notes.append((code, detail)),
            record=self.events.append,
        )
        if provisioned:
            self.gate.provision(OLD, 1)

    def take(self, command: Command, now: Instant = T0, **more: Any) -> Judgement:
        return self.gate.take(instructions.encode_command(command), 70, now, **more)

    def tell(
        self,
        instruction: Instruction,
        counter: int,
        version: int = 1,
        key: Key | None = None,
        now: Instant = T0,
    ) -> Judgement:
        return self.take(self.command(instruction, counter, version, key), now)

    def survive(self, command: Command, now: Instant = T0) -> Judgement | None:
        """As a device does: a power cut restarts it, and nothing is answered."""
        try:
            return self.take(command, now)
        except PowerCut:
            self.gate.restart(now, "power cut")
            return None

    def command(
        self, instruction: Instruction, counter: int, version: int = 1, key: Key | None = None
    ) -> Command:
        data = instructions.encode(instruction)
        scope = SuaScope(
            eui64=EUI, key_version=version, counter=counter, digest=instructions.digest(data)
        )
        code = self.scheme.issue(key or KEYS_BY_VERSION[version], scope)
        return Command(data, Authorisation(version, counter, code))

    def outcome(self, *arguments: Any, **more: Any) -> Outcome:
        return self.tell(*arguments, **more).outcome

    def answer(self, judgement: Judgement, request: Instruction, key: Key) -> AnswerMessage:
        """Decode an answer as a controller does that takes this key to be the device's."""
        message = answers.decode(judgement.answer)
        scope = AnswerScope(
            eui64=EUI,
            key_version=message.key_version,
            request_digest=instructions.digest(instructions.encode(request)),
            outcome=message.outcome,
            last_counter=message.last_counter,
            payload=message.payload,
        )
        self.scheme.verify_answer(key, scope, message.mac)
        return message

    def rotate(self, version: int = 2, request_id: int = 9) -> Instruction:
        return self.successor(version).rotate(request_id)

    def prepare(self, version: int = 2, request_id: int = 9) -> Instruction:
        return self.successor(version).prepare(request_id)

    def successor(self, version: int) -> Any:
        return wrap_successor(self.scheme, MASTER, KEYS_BY_VERSION[version], EUI, version)

    def _execute(self, instruction: Instruction, cause: Cause, now: Instant) -> Effect:
        assert now >= T0
        self.done.append(instruction)
        self.causes.append(cause)
        return self.effect


def wrong_code(meter: Meter, counter: int = 1, version: int = 1) -> Command:
    command = meter.command(DISABLE, counter, version)
    assert command.authorisation is not None
    code = bytes([command.authorisation.code[0] ^ 1]) + command.authorisation.code[1:]
    return replace(command, authorisation=replace(command.authorisation, code=code))

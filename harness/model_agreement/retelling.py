"""One story of the model check, told to the emulator move by move.

The letters are made by the real DCO and S1SP, the meter is a real one on a stand, answers are read
by the real S1SP and DCO, and belief is that of the reference engine. Numbers are the model's: the
counter that was handed over counts as 0.
"""

import json

from hanbench.emulator.events import Event, PartyCalled, WanPassed
from hanbench.emulator.fates import Commit, Moment, Phase
from hanbench.emulator.instant import SECOND_US, START, Instant, after
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.harness.engine.reference.belief import KeyName, handed_over
from hanbench.harness.events import Believed, EngineSent
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.homes.meter_stand import MeterStand, keyring_of
from hanbench.harness.judging.invariants import INVARIANTS
from hanbench.harness.judging.oracle import Evidence, RunEnd
from hanbench.harness.judging.outcome_rules import judge_outcome
from hanbench.harness.judging.truth import TruthReader
from hanbench.harness.judging.under_way import is_alive
from hanbench.harness.model_check.moves import Scope
from hanbench.harness.model_check.state import HANDED_OVER, Cut, Letter, Order, Reply, Word
from hanbench.harness.parties.organisation_building import build_organisations
from hanbench.harness.parties.organisations import S1SP_EUI64
from hanbench.harness.parties.stolen_keys import command_under, enveloped, read_transcript
from hanbench.harness.running.bare_case import bare_case
from hanbench.harness.running.case import Case
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol import wan
from hanbench.protocol.answer import Outcome
from hanbench.protocol.instruction import (
    AbortRotation,
    Authorisation,
    Command,
    ConfirmRotation,
    Instruction,
    NoOp,
    PrepareRotation,
    ProveRotation,
    ReadSuaStatus,
    RotateSuaKey,
)
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.sua import HAN_SUA_M1, SuaScope

HOME, METER = "home-1", "esme"
WORDS = {
    Outcome.ACCEPTED: Word.DONE,
    Outcome.WRONG_KEY_VERSION: Word.OTHER_KEY,
    Outcome.NO_KEY: Word.NO_KEY,
    Outcome.NOTHING_STAGED: Word.NONE_STAGED,
    Outcome.LOCKED_OUT: Word.BARRED,
    Outcome.BAD_CODE: Word.FORGED,
    Outcome.REPLAYED: Word.SPENT,
    Outcome.OUT_OF_WINDOW: Word.TOO_FAR,
    Outcome.STALE_VERSION: Word.STALE,
}
_CUTS = {
    Cut.COUNTER_BEFORE: (Phase.PERSIST_COUNTER, Commit.CUT_BEFORE),
    Cut.COUNTER_TORN: (Phase.PERSIST_COUNTER, Commit.CUT_TORN),
    Cut.COUNTER_AFTER: (Phase.PERSIST_COUNTER, Commit.CUT_AFTER),
    Cut.KEY_BEFORE: (Phase.COMMIT_KEY, Commit.CUT_BEFORE),
    Cut.KEY_TORN: (Phase.COMMIT_KEY, Commit.CUT_TORN),
    Cut.KEY_AFTER: (Phase.COMMIT_KEY, Commit.CUT_AFTER),
}
_LIBRARY = Library()
Told = tuple[Word, int, int]
"""An answer in the model's words: what, under which key, and its counter."""


def case_for(scope: Scope) -> Case:
    """Return a case with a meter as small as the model's."""
    home = _LIBRARY.home(fixtures_folder("installations") / "electricity-only.yaml")
    limits = {
        "sua.failure_limit": scope.limits.wrong,
        "sua.window": scope.limits.ahead,
        "sua.result_cache_entries": scope.limits.recent,
    }
    last = home.installation.devices[METER].sua.last_counter
    stale = {METER: last - scope.stale_by} if scope.stale_by else {}
    return bare_case(
        home,
        "a story of the model check",
        parameters={METER: limits},
        smso={"stale_counter": stale},
    )


class Retelling:
    """The emulator in the course of one story."""

    def __init__(self, scope: Scope) -> None:
        case = case_for(scope)
        self._now = START
        self._cut: tuple[Phase, Commit] | None = None
        self._keys = keyring_of(case)
        self._stand = MeterStand(case, HAN_SUA_M1, METER, commit=self._fate, keyring=self._keys)
        self._parties = build_organisations(
            case, self._keys, HAN_SUA_M1, lambda *_: None, lambda *_: True
        )
        self._truth = TruthReader(HOME, {METER: self._stand.meter})
        self._base = case.installation.devices[METER].sua.last_counter - scope.stale_by
        self._letters: list[tuple[bytes, bytes]] = []
        self._answers: list[tuple[int, Told, bytes]] = []
        self._down: list[int] = []
        self._escrowed: dict[int, Json] = {}
        self._events: list[Event] = []
        self._evidence: list[Evidence] = []
        self._strays = 0
        self._old = self._hand_over()
        self._belief = handed_over(self._old, ())

    @property
    def belief(self) -> str:
        """What the reference engine's belief comes to."""
        return self._belief.summary.value

    def send(self, letter: Letter) -> int:
        """Have the DCO authorise and the S1SP frame a letter; return its counter."""
        self._now = after(self._now, SECOND_US)
        instruction = self._instruction(letter)
        octets = instructions.encode(instruction)
        code: Json | None = None
        if letter.under:
            code = self._call("DCO", "authorise", instruction=octets.hex(), version=letter.under)
        framed = self._call("S1SP", "frame", instruction=octets.hex(), authorisation=code)
        envelope = bytes.fromhex(str(framed["envelope"]))
        counter = 0 if code is None else int(code["counter"])
        self._letters.append((octets, envelope))
        self._down.append(1)
        if letter.order in (Order.SWAP, Order.SWITCH):
            self._belief = self._belief.rotation_sent(self._new_key(letter.about), counter)
        self._note_sending(letter, counter, envelope, instruction.type.words)
        self._state_belief()
        return counter - self._base if letter.under == HANDED_OVER else counter

    def arrive(self, place: int, cut: Cut, *, stays: bool) -> Told | None:
        """Hand a letter to the meter; return what it answered."""
        self._cut = _CUTS.get(cut)
        self._down[place] -= 0 if stays else 1
        answer = self._deliver(self._letters[place][1])
        self._cut = None
        if answer is None:
            return None
        self._answers.append((place, answer[0], answer[1]))
        return answer[0]

    def hear(self, reply: Reply, *, stays: bool) -> tuple[int, int]:
        """Have the answer read; return under which key it was made, and which key it proves."""
        self._now = after(self._now, SECOND_US)
        wanted = (reply.to, (reply.word, reply.key, reply.last))
        held = next(one for one in self._answers if (one[0], one[1]) == wanted)
        if not stays:
            self._answers.remove(held)
        request = self._letters[reply.to][0]
        opened = self._call("S1SP", "open", envelope=held[2].hex())
        arguments = {"instruction": request.hex(), "answer": opened["answer"]}
        read = self._call("DCO", "read_answer", **arguments)
        told = (json.dumps({"device": METER, **arguments}), json.dumps(read))
        self._events.append(
            PartyCalled(self._now, HOME, "engine", "DCO", "read_answer", *told, is_error=False)
        )
        evidence = self._truth.evidence({"device": METER, **arguments}, read, self._now)
        self._evidence += [] if evidence is None else [evidence]
        under = read["verified_under"]
        if under is not None and self._belief.proved is None:
            key = KeyName(int(under["version"]), str(under["check_value"]))
            self._learn(instructions.decode(request), reply.to, key, str(read["outcome"]))
        self._state_belief()
        return (0 if under is None else int(under["version"])), int(read["proves_version"] or 0)

    def guess(self) -> Told | None:
        """Send a no-op with a code that is none."""
        truth = self._stand.truth
        version = truth.current_version or HANDED_OVER
        command = self._forged(version, truth.last_counter + 1)
        answer = self._deliver(command)
        return None if answer is None else answer[0]

    def stray(self, under: int) -> Told | None:
        """Let the SMSO command the meter, under the old key or under one that it stole."""
        self._strays += 1
        noop = NoOp(_STRAY_REQUEST + self._strays)
        if under == HANDED_OVER:
            octets = self._parties.smso.rogue_command(HOME, METER, instructions.encode(noop))
        else:
            octets = self._stolen(under, noop)
        answer = self._deliver(octets)
        return None if answer is None else answer[0]

    def outage(self) -> None:
        """Let the meter lose power, and have it back."""
        self._stand.lose_power(self._now, "outage")
        self._now = self._stand.boot()

    def wait_out_the_bar(self) -> None:
        """Let the lock-out run out."""
        self._now = Instant(max(self._now, self._stand.truth.locked_until))

    def meter(self) -> tuple[int, int, int, int, int, bool]:
        """Return what the meter holds, in the model's numbers."""
        truth = self._stand.truth
        version = truth.current_version or 0
        is_locked = truth.locked_until > self._now
        count = self._numbered(version, truth.last_counter)
        held = (version, count, truth.staged_version or 0, truth.max_version)
        return (*held, truth.failures, is_locked)

    def done(self) -> tuple[tuple[int, int], ...]:
        """Return the codes that took effect."""
        log = self._stand.meter.core.gate.execution_log
        return tuple((one.version, self._numbered(one.version, one.counter)) for one in log)

    def answered(self) -> tuple[int, ...]:
        """Return the versions that the DCO has heard from."""
        listed = self._call("DCO", "candidates")["candidates"]
        return tuple(int(one["version"]) for one in listed if one["answered"])

    def findings(self) -> tuple[str, ...]:
        """Return what the oracle finds in all this."""
        end = RunEnd(
            events=sorted((*self._events, *self._stand.events), key=lambda event: event.at),
            meters=self._truth.ends(self._parties.dco, smso=self._parties.smso),
            evidence=tuple(self._evidence),
            claimed=None,
        )
        judges = [judge for judge in INVARIANTS if judge is not judge_outcome]
        return tuple(one.name for judge in judges for one in judge(end))

    def _learn(self, asked: Instruction, place: int, key: KeyName, outcome: str) -> None:
        """Let the belief of the reference engine learn, as its `Work` has it."""
        before, is_old = self._belief, key == self._old
        self._belief = before.answered_under(key)
        if self._belief is not before:
            return
        if is_old and isinstance(asked, NoOp) and outcome == "accepted":
            self._belief = before.fenced(self._counter_of(place))
        dropped = ("accepted", "nothing-staged")
        if is_old and isinstance(asked, AbortRotation) and outcome in dropped:
            self._belief = before.staged_key_dropped()

    def _note_sending(self, letter: Letter, counter: int, envelope: bytes, words: str) -> None:
        message_id, code = wan.decode(envelope).message_id, (letter.under or None, counter or None)
        self._events.append(
            EngineSent(self._now, HOME, "hub", METER, message_id, words, *code, SECOND_US)
        )
        self._events.append(
            WanPassed(
                self._now, HOME, "down", METER, message_id, "instruction", words, 1, (0,), envelope
            )
        )

    def _counter_of(self, place: int) -> int:
        command = instructions.decode_command(wan.decode(self._letters[place][1]).payload)
        assert command.authorisation is not None, "a fence carries a code"
        return command.authorisation.counter

    def _state_belief(self) -> None:
        """State the belief; a torn memory is no engine's doing, so there it counts as right."""
        truth = self._stand.truth
        is_torn = truth.current_version is None
        can_move = any(
            copies and is_alive(self._letters[place][1], truth)
            for place, copies in enumerate(self._down)
        )
        self._events.append(
            Believed(
                self._now,
                HOME,
                METER,
                self.belief,
                (),
                "",
                self.belief if is_torn else self._truth.of(METER).value,
                can_move and not is_torn,
            )
        )

    def _deliver(self, envelope: bytes) -> tuple[Told, bytes] | None:
        self._now = after(self._now, SECOND_US)
        taken = self._stand.take(envelope, self._now)
        if not self._stand.meter.core.is_on:
            self._now = self._stand.boot()
            return None
        if not taken:
            return None
        message = answers.decode(wan.decode(taken[0]).payload)
        count = self._numbered(message.key_version, message.last_counter)
        return (WORDS[message.outcome], message.key_version, count), taken[0]

    def _numbered(self, version: int, counter: int) -> int:
        return counter - self._base if version == HANDED_OVER else counter

    def _instruction(self, letter: Letter) -> Instruction:
        request_id = len(self._letters) + 1
        match letter.order:
            case Order.PEEK:
                return ReadSuaStatus(request_id)
            case Order.TICK:
                return NoOp(request_id)
            case Order.SHOW:
                nonce = bytes.fromhex(str(self._call("DCO", "draw_nonce")["nonce"]))
                return ProveRotation(request_id, letter.about, nonce)
            case Order.SWITCH:
                return ConfirmRotation(request_id, letter.about)
            case Order.UNSTAGE:
                return AbortRotation(request_id, letter.about)
            case Order.SWAP | Order.STAGE:
                kind = RotateSuaKey if letter.order is Order.SWAP else PrepareRotation
                successor = self._successor(letter.about)
                wrapped = bytes.fromhex(str(successor["wrapped"]))
                check_value = bytes.fromhex(str(successor["check_value"]))
                return kind(request_id, letter.about, wrapped, check_value)

    def _successor(self, version: int) -> Json:
        if version not in self._escrowed:
            self._escrowed[version] = self._call("DCO", "escrow_successor")
            assert self._escrowed[version]["version"] == version, "escrowed in order"
        return self._escrowed[version]

    def _new_key(self, version: int) -> KeyName:
        return KeyName(version, str(self._successor(version)["check_value"]))

    def _forged(self, version: int, counter: int) -> bytes:
        self._strays += 1
        octets = instructions.encode(NoOp(_STRAY_REQUEST + self._strays))
        command = Command(octets, Authorisation(version, counter, bytes(HAN_SUA_M1.code_octets)))
        return self._framed(command)

    def _stolen(self, version: int, instruction: Instruction) -> bytes:
        eui64 = self._stand.meter.eui64
        master = self._keys.key(eui64, KeyUsage.MASTER)
        transcript = [envelope for _, envelope in self._letters]
        scope = SuaScope(
            eui64=eui64,
            key_version=version,
            counter=self._stand.truth.last_counter + 1,
            digest=instructions.digest(instructions.encode(instruction)),
        )
        key = read_transcript(HAN_SUA_M1, master, transcript, eui64)[version]
        return self._framed(command_under(HAN_SUA_M1, key, scope, instruction))

    def _framed(self, command: Command) -> bytes:
        eui64 = self._stand.meter.eui64
        return enveloped(
            command,
            sender=S1SP_EUI64,
            target=eui64,
            message_id=_STRAY_REQUEST + self._strays,
            transport=self._keys.key(eui64, KeyUsage.TRANSPORT, S1SP_EUI64),
        )

    def _hand_over(self) -> KeyName:
        self._call("SMSO", "start_migration")
        file = self._call("SMSO", "hand_over")["file"]
        held = self._call("DCO", "accept_hand_over", file=file)
        self._call("S1SP", "process_file_set", devices=[METER])
        return KeyName(int(held["version"]), str(held["check_value"]))

    def _call(self, party: str, operation: str, **arguments: object) -> Json:
        of_home = {"installation": HOME, "device": METER, **arguments}
        if operation in _OF_THE_HOME:
            del of_home["device"]
        result = self._parties.call(party, operation, of_home, self._now)
        assert not isinstance(result, PartyError), f"{party}.{operation}: {result}"
        return result

    def _fate(self, moment: Moment) -> Commit:
        if self._cut is not None and moment.phase is self._cut[0]:
            return self._cut[1]
        return Commit.DONE


_OF_THE_HOME = ("start_migration", "process_file_set", "open")
_STRAY_REQUEST = 0x5000_0000

"""The other direction of the agreement: what a real run recorded must be a path of the model.

A trace is read for one meter and told in the model's moves, each found among those that the model
allows at that point. After each the two must agree: the counter of a code, what the meter answered
and whether it acted, the keys it then holds, what an answer proves to the DCO, and each belief that
the engine states. What the model has no move for ends the story, and is counted by name.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hanbench.emulator.events import Event, InstructionJudged, KeyChanged, PartyCalled, Restarted
from hanbench.emulator.fates import Commit, Phase
from hanbench.emulator.parties.operation import Json
from hanbench.emulator.sua.memory import KeyTruth
from hanbench.harness.events import Believed, EngineCrashed, EngineTold, FaultFired, Journalled
from hanbench.harness.judging.oracle import ROTATING
from hanbench.harness.model_agreement.codes_of_run import CodesOfRun
from hanbench.harness.model_agreement.retelling import WORDS
from hanbench.harness.model_check.meter import Limits
from hanbench.harness.model_check.moves import Deed, Move, Profile, Rules, Scope, Step, first, steps
from hanbench.harness.model_check.state import HANDED_OVER, Cut, Letter, Order, Reply, Spare, State
from hanbench.protocol import answer as answers
from hanbench.protocol.errors import DecodeError

PLENTY = 1_000
"""How often anything may still go wrong: a run says for itself how often it did."""
_WORD_OF = {outcome.words: word for outcome, word in WORDS.items()}
_CUTS = {
    (Phase.PERSIST_COUNTER, Commit.CUT_BEFORE): Cut.COUNTER_BEFORE,
    (Phase.PERSIST_COUNTER, Commit.CUT_TORN): Cut.COUNTER_TORN,
    (Phase.PERSIST_COUNTER, Commit.CUT_AFTER): Cut.COUNTER_AFTER,
    (Phase.COMMIT_KEY, Commit.CUT_BEFORE): Cut.KEY_BEFORE,
    (Phase.COMMIT_KEY, Commit.CUT_TORN): Cut.KEY_TORN,
    (Phase.COMMIT_KEY, Commit.CUT_AFTER): Cut.KEY_AFTER,
}
_KEYS_CUT = "power cut at the commit of sua-keys: "
_OF_KEYS = ROTATING | {"prepare-rotation", "abort-rotation"}
_NO_EFFECT = frozenset({"malformed", "not-for-this-device", "unauthorised", "wrong-key-version"})


class EndsHere(Exception):
    """The model has no move for what comes next."""


class Parts(Exception):
    """The run and the model say different things."""

    def __init__(self, what: str, model: object, run: object) -> None:
        super().__init__(what)
        self.what, self.model, self.run = what, str(model), str(run)


@dataclass(slots=True)
class Follower:
    """The model in the course of one recorded story."""

    device: str
    profile: Profile
    limits: Limits
    codes: CodesOfRun
    rules: Rules
    path: list[Move] = field(default_factory=list)
    facts: int = 0
    _scope: Scope = field(init=False)
    _state: State = field(init=False)
    _places: dict[str, int] = field(default_factory=dict)
    """By Instruction, in hex, the place of its letter."""
    _attempts: int = 0
    _last_key: int = HANDED_OVER
    """Under which key the last answer was read; 0: none."""
    _is_unnoted: bool = False
    """Whether the engine has learnt something that is not in its journal yet."""
    _cut_at: str = ""
    _changed: tuple[int, int, int] | None = None
    """What the keys have become by an Instruction that is not judged yet."""

    def __post_init__(self) -> None:
        spare = Spare(PLENTY, PLENTY, PLENTY, PLENTY)
        self._scope = Scope(
            PLENTY, spare, self.limits, stale_by=self.codes.stale_by, any_order=True
        )
        self._state = first(self._scope, self.profile)

    def follow(self, events: Sequence[Event]) -> None:
        """Take all events of the run; raises where the story ends or the two part."""
        for place, event in enumerate(events):
            if isinstance(event, Restarted):
                self.restarted(event, events[place + 1 :])
            elif getattr(event, "device", self.device) == self.device:
                self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case PartyCalled():
                self.called(event)
            case InstructionJudged():
                self.judged(event)
            case KeyChanged():
                self.keys(event)
            case Believed():
                self.believed(event)
            case EngineTold(event="started"):
                self.started()
            case FaultFired():
                self.struck(event)
            case _:
                self.kept(event)

    def handed_over(self, began: KeyTruth) -> None:
        """Take the key that was handed over; the model has no engine with a wrong one."""
        if self.codes.check_value != began.check_value:
            raise EndsHere("a hand-over of another key than the meter's")

    def same(self, what: str, model: object, run: object) -> None:
        """Compare one fact."""
        self.facts += 1
        if model != run:
            raise Parts(what, model, run)

    def step(self, wanted: Callable[[Step], bool], what: str) -> Step:
        """Take the first step that is wanted."""
        found = next(filter(wanted, self._possible()), None)
        if found is None:
            raise Parts("whether this can happen", "no such move", what)
        self._state = found.after
        self.path.append(found.move)
        return found

    def _possible(self) -> "list[Step]":
        return list(steps(self._state, self._scope, self.profile, self.rules))

    # --- what the engine does ---

    def called(self, event: PartyCalled) -> None:
        """Take what the engine asked of a party."""
        asked, told = json.loads(event.arguments), json.loads(event.result)
        if event.is_error or event.caller != "engine" or asked.get("device") != self.device:
            return
        match event.party, event.operation:
            case "DCO", "authorise":
                self._authorised(str(asked["instruction"]), told)
            case "S1SP", "frame" if asked["authorisation"] is None:
                self._asked_freely(str(asked["instruction"]))
            case "DCO", "read_answer":
                self._heard(str(asked["instruction"]), str(asked["answer"]), told)
            case _:
                pass

    def _authorised(self, instruction: str, code: Json) -> None:
        version = self.codes.small(int(code["key_version"]))
        order, about = self.codes.order_of(instruction, code)
        if about > len(self._state.pages) or version > len(self._state.pages):
            raise EndsHere("a key more than the model has")
        letter = Letter(order, about, version)
        taken = self.step(
            lambda one: one.move.deed is Deed.SEND and one.move.letter == letter,
            f"the engine sends {order.value}, version {about}, under version {version}",
        )
        place = taken.move.place
        number = self.codes.number(version, int(code["counter"]))
        self.same("the counter of the code", taken.after.letters[place].number, number)
        # Of two codes for one Instruction it goes by the one that was sent.
        if self.codes.is_sent(code) or instruction not in self._places:
            self._places[instruction] = place

    def _asked_freely(self, instruction: str) -> None:
        if self.codes.is_peek(instruction) and instruction not in self._places:
            letter = Letter(Order.PEEK)
            taken = self.step(
                lambda one: one.move.deed is Deed.SEND and one.move.letter == letter, "a free read"
            )
            self._places[instruction] = taken.move.place

    def _heard(self, instruction: str, answer: str, read: Json) -> None:
        under = read["verified_under"]
        key = 0 if under is None else self.codes.small(int(under["version"]))
        place = self._places.get(instruction)
        reply = None if place is None else self._reply_of(place, answer)
        if reply is None:
            if key:
                raise Parts("an answer that was read", "none such under way", read["outcome"])
            raise EndsHere("an answer that was damaged")
        at = self._state.up.index(reply)
        before = self._state.view
        self.step(lambda one: one.move == Move(Deed.HEAR, at, stays=True), "an answer is read")
        proves = read["proves_version"]
        shown = 0 if proves is None else self.codes.small(int(proves))
        self.same("what the answer proves", (reply.key, reply.shows), (key, shown))
        self._last_key = key
        self._is_unnoted = self._is_unnoted or self._state.view != before

    def _reply_of(self, place: int, answer: str) -> Reply | None:
        try:
            message = answers.decode(bytes.fromhex(answer))
        except DecodeError:
            return None
        word = WORDS.get(message.outcome)
        key = self.codes.small(message.key_version) if message.key_version else 0
        last = self.codes.number(key, message.last_counter) if key else 0
        return next(
            (
                one
                for one in self._state.up
                if (one.to, one.word, one.key, one.last) == (place, word, key, last)
            ),
            None,
        )

    def believed(self, event: Believed) -> None:
        """Take what the engine says of the key."""
        # Of an answer under no key the model learns nothing; the engine says UNKNOWN meanwhile.
        if event.key == "UNKNOWN" and self._last_key == 0:
            return
        self.same("the belief", self._state.view.belief, event.key)

    def started(self) -> None:
        """Take the start of an attempt; the model has one."""
        self._attempts += 1
        if self._attempts > 1:
            raise EndsHere("another attempt")

    def kept(self, event: Event) -> None:
        """Take a journal entry, or the engine's end: what was not noted is known no more."""
        if isinstance(event, Journalled) and event.fate == "durable":
            self._is_unnoted = False
        elif isinstance(event, EngineCrashed) and self._is_unnoted:
            raise EndsHere("an engine that is killed before it noted what it learnt")

    def struck(self, event: FaultFired) -> None:
        """Take a fault."""
        if event.fault.startswith("second-engine"):
            raise EndsHere("a second engine")
        if event.fault.startswith("power-cut"):
            self._cut_at = event.point

    # --- what happens to the meter ---

    def judged(self, event: InstructionJudged) -> None:
        """Take what the meter made of an Instruction."""
        place = self._place_of(event)
        if place is None and not self._is_felt(event):
            return
        word = _WORD_OF.get(event.outcome)
        if word is None:
            raise EndsHere(f"an answer {event.outcome}")
        wanted = self._wanted(event, place)
        possible = [one for one in self._possible() if wanted(one)]
        if possible and not _says(possible[0], word) and self._state.meter.barred:
            self.step(lambda one: one.move.deed is Deed.UNBAR, "the lock-out ends")
        taken = self.step(wanted, f"{event.instruction} reaches the meter")
        assert taken.handled is not None
        assert taken.handled.reply is not None
        self.same("the answer", taken.handled.reply.word, word)
        if event.key_version is not None:
            self.same("whether it acted", taken.handled.effect, event.executed)
        if event.executed and self._changed is not None:
            # What the keys became was recorded before the judgement.
            self._held_to(self._changed)
            self._changed = None

    def _place_of(self, event: InstructionJudged) -> int | None:
        instruction = self.codes.instruction_of(event)
        return None if instruction is None else self._places.get(instruction)

    def _is_felt(self, event: InstructionJudged) -> bool:
        """Whether somebody else's Instruction does anything to a meter of the model."""
        return event.key_version is not None and event.outcome not in _NO_EFFECT

    def _wanted(self, event: InstructionJudged, place: int | None) -> Callable[[Step], bool]:
        if place is not None:
            move = Move(Deed.ARRIVE, place, stays=True)
            return lambda one: one.move == move
        if event.outcome in ("bad-code", "locked-out"):
            return lambda one: one.move.deed is Deed.GUESS
        assert event.key_version is not None
        number = self.codes.number(self.codes.small(event.key_version), event.counter or 0)
        if event.key_version != self.codes.first or number != self._state.smso_count + 1:
            raise EndsHere("somebody else's code that the model does not have")
        return lambda one: one.move.deed is Deed.STRAY

    def keys(self, event: KeyChanged) -> None:
        """Take what the meter's keys are found to be."""
        if event.because in _OF_KEYS:
            self._changed = self.codes.keys(event)
        else:
            self._held_to(self.codes.keys(event))

    def _held_to(self, run: tuple[int, int, int]) -> None:
        held = self._state.meter
        self.same(
            "the keys of the meter", (held.key, held.staged, held.last if held.key else 0), run
        )

    def ended(self, truth: KeyTruth) -> None:
        """Compare the meter's memory with the model's, once all is over."""
        held = self._state.meter
        version = 0 if truth.current_version is None else self.codes.small(truth.current_version)
        staged = 0 if truth.staged_version is None else self.codes.small(truth.staged_version)
        last = self.codes.number(version, truth.last_counter) if version else 0
        top = self.codes.small(truth.max_version)
        self.same(
            "the memory of the meter at the end",
            (held.key, held.last, held.staged, held.top, held.wrong),
            (version, last, staged, top, truth.failures),
        )

    def restarted(self, event: Restarted, later: Sequence[Event]) -> None:
        """Take a loss of power."""
        if event.device != self.device:
            return
        if event.because.startswith(_KEYS_CUT):
            self._cut(Commit(event.because.removeprefix(_KEYS_CUT)), later)
        elif self._state.meter.recent:
            self.step(lambda one: one.move.deed is Deed.OUTAGE, "an outage")

    def _cut(self, commit: Commit, later: Sequence[Event]) -> None:
        phase = next((one for one in Phase if self._cut_at.endswith(one.value)), None)
        cut = None if phase is None else _CUTS.get((phase, commit))
        if cut is None:
            raise EndsHere(f"a power cut at {self._cut_at or 'no point'}")
        found = next(
            (one for one in later if isinstance(one, KeyChanged) and one.device == self.device),
            None,
        )

        def fits(one: Step) -> bool:
            keys = _keys_of(one.after)
            is_cut = one.move.deed is Deed.ARRIVE and one.move.cut is cut and one.move.stays
            return is_cut and (found is None or keys == self.codes.keys(found))

        self.step(fits, f"the power goes {cut.value}")


def _keys_of(state: State) -> tuple[int, int, int]:
    held = state.meter
    return held.key, held.staged, held.last if held.key else 0


def _says(step: Step, word: object) -> bool:
    reply = None if step.handled is None else step.handled.reply
    return reply is not None and reply.word is word

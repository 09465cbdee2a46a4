"""The engine's side of a run: tells it events, performs its actions, and may kill it.

A turn is: one event in, a list of actions out. Virtual time moves only between turns. What the
engine does wrong at the port is an `EngineError` with a name, and becomes the verdict
`engine-broke`; it is never the bench's own failure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from hanbench.emulator.agenda import Agenda, Entry
from hanbench.emulator.instant import Instant, after
from hanbench.harness.engine.port import (
    TURNS,
    Action,
    Answer,
    Authorisation,
    Believe,
    CallParty,
    ClaimOutcome,
    Engine,
    EngineEvent,
    Json,
    Received,
    Recovered,
    Send,
    Started,
    Stop,
    TimedOut,
    Turn,
    Woken,
    WriteJournal,
)
from hanbench.harness.engine.watchdog import TurnWatch
from hanbench.harness.errors import Breakage, EngineError
from hanbench.harness.faults.plan import JournalVerdict

ACTIONS_PER_TURN_MAX = 1_000
TURNS_MAX = 50_000
TURNS_PER_INSTANT_MAX = 2_000
JOURNAL_LATENCY_US = 2_000
NO_MESSAGE_ID = -1
"""Of octets that are no envelope, and of an envelope that answers none: the two never match."""
RESTART_DELAY_US = 60_000_000
"""A killed engine is back after a minute: what a supervisor takes [M]."""


@dataclass(frozen=True, slots=True)
class PartyReply:
    """What a party said, and when it will have been heard; `is_answered` False: never."""

    result: Json | None
    error: str | None = None
    detail: str = ""
    delay_us: int = 0
    is_answered: bool = True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the session asks the world to do; the world knows devices, parties and faults."""

    send: Callable[[Send, Instant], int]
    """Puts an envelope on the WAN, and returns its message id; `NO_MESSAGE_ID` if it is none."""
    call: Callable[[CallParty, Instant], PartyReply]
    journal: Callable[[int, Json, Instant], JournalVerdict]
    """Decides and records what becomes of journal write number n."""
    believe: Callable[[Believe, Instant], None]
    outcome: Callable[[ClaimOutcome, Instant], None]
    told: Callable[[str, Instant], None]
    crashed: Callable[[str, Instant], None]


class EngineSession:
    """One engine driven through one Installation's migration, with its lives and its journal."""

    def __init__(
        self,
        make_engine: Callable[[], Engine],
        agenda: Agenda,
        surroundings: Surroundings,
    ) -> None:
        self._make_engine = make_engine
        self._agenda = agenda
        self._world = surroundings
        self.watch = TurnWatch()
        """The wall-clock guard of its turns, for the run to arm; homes of one world share one."""
        self._engine: Engine | None = None
        self._authorisation: Authorisation | None = None
        self._life = 0
        self._pending: dict[int, Entry | None] = {}
        """Ids that still wait; the entry is the time-out of a send."""
        self._waits: dict[int, str] = {}
        self._sends: dict[int, int] = {}
        """Message id -> id of the send that waits for it."""
        self._wake: Entry | None = None
        self._turns = 0
        self._turns_at: tuple[Instant, int] = (Instant(-1), 0)
        self.asked_every_us = 0
        """Above 0: the engine keeps its own clock, and is asked so often for what it wants."""
        self.journal: list[Json] = []
        self.journal_writes = 0
        self.in_flight = 0
        """Answers on their way to the engine."""
        self.last_call = ""
        """What it asked a party for last, in words."""
        self.has_claimed = False
        self.broke: EngineError | None = None

    @property
    def is_waiting_for_nothing(self) -> bool:
        """Whether the engine lives, has not claimed an outcome, and nothing can wake it."""
        if self.in_flight or self._wake is not None or self.has_claimed or self._engine is None:
            return False
        if self.asked_every_us:
            return False  # its own clock may wake it
        return not any(self._pending.values())  # an entry is true, and asked at every event

    @property
    def pending_count(self) -> int:
        """How many of its actions still wait for an answer."""
        return len(self._pending)

    @property
    def awaits_an_envelope(self) -> bool:
        """Whether it has sent something whose time is not over."""
        return any(timeout is not None for timeout in self._pending.values())

    @property
    def wakes_at(self) -> Instant | None:
        """When it is woken by itself; None: it has not asked for that."""
        return None if self._wake is None else self._wake.when

    @property
    def life(self) -> int:
        """The number of its life: killed and begun again, it is another."""
        return self._life

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it: it claimed, it broke, or nothing can wake it."""
        return self.has_claimed or self.broke is not None or self.is_waiting_for_nothing

    @property
    def waits_for(self) -> str:
        """What the engine still waits for, in words."""
        names = [self._waits[action_id] for action_id in sorted(self._pending)]
        return ", ".join(names) or "nothing"

    def start(self, authorisation: Authorisation, now: Instant) -> None:
        """Begin an attempt with a fresh engine and a fresh journal."""
        self.close()
        self._authorisation = authorisation
        self.journal = []
        self.has_claimed = False
        self._begin_life(Started(authorisation=authorisation), now)

    def stop(self, reason: str, now: Instant) -> None:
        """Tell the engine that a stop or a roll-back is asked for."""
        self.tell(Stop(reason=reason), now)

    def received(self, hub: str, envelope: bytes, message_id: int, now: Instant) -> None:
        """Tell the engine of an envelope that came up the WAN."""
        send_id = self._sends.pop(message_id, None)
        if send_id is not None:
            timeout = self._pending.pop(send_id)
            if timeout is not None:
                timeout.cancel()
        self.tell(Received(hub=hub, envelope=envelope.hex(), to=send_id), now)

    def tell(self, event: EngineEvent, now: Instant) -> None:
        """Take one turn; what the engine does wrong is kept in `broke`."""
        if self._engine is None or self.broke is not None:
            return
        if not isinstance(event, Answer):
            self._world.told(event.type, now)  # an answer stands beside its call already
        try:
            self._count_turn(now)
            engine = self._engine
            turn = self.watch.over(lambda: engine.turn(event, now))
            self._perform(_checked(turn), now)
        except EngineError as error:
            self.broke = error

    def close(self) -> None:
        """End the life of the engine, if it has one: loops are closed, processes let go."""
        self._end("kill")

    def _end(self, *ways: str) -> None:
        """End its life in the first of these ways that it has; what it does wrong there counts."""
        engine, self._engine = self._engine, None
        end = next((found for way in ways if (found := getattr(engine, way, None))), None)
        if end is None:
            return
        try:
            end()
        except EngineError as error:
            self.broke = self.broke or error

    def _begin_life(self, event: EngineEvent, now: Instant) -> None:
        self._life += 1
        self._pending.clear()
        self._sends.clear()
        self._set_wake(None)
        try:
            self._engine = self._make_engine()
        except EngineError as error:
            self.broke = error
            return
        self.tell(event, now)
        if self.asked_every_us:
            self._ask_later(self._life, now)

    def _ask_later(self, life: int, now: Instant) -> None:
        """Ask an engine that keeps its own clock, until its life ends or it has claimed."""

        def ask(at: Instant) -> None:
            if self._life != life or self._engine is None or self.broke or self.has_claimed:
                return
            self._ask(self._engine, at)
            self._ask_later(life, at)

        self._agenda.at(after(now, self.asked_every_us), ask)

    def _ask(self, engine: Engine, now: Instant) -> None:
        """Take a turn that is told of, and counted, only if the engine wants something."""
        try:
            turn = _checked(self.watch.over(lambda: engine.turn(Woken(), now)))
            if turn.actions:
                self._world.told("woken", now)
                self._count_turn(now)
            self._perform(turn, now)
        except EngineError as error:
            self.broke = error

    def _perform(self, turn: Turn, now: Instant) -> None:
        life = self._life
        for action in turn.actions:
            self._act(action, now)
            if self._life != life or self._engine is None:
                return  # killed on the way: what it meant to do next is not done
        self._set_wake(turn.wait_until_us)

    def _act(self, action: Action, now: Instant) -> None:
        match action:
            case Send():
                self._new_id(action.id, f"an answer from {action.hub}")
                self._send(action, now)
            case CallParty():
                self._new_id(action.id, f"{action.party}.{action.operation}")
                self._call(action, now)
            case WriteJournal():
                self._new_id(action.id, "the journal")
                self._write_journal(action, now)
            case Believe():
                self._world.believe(action, now)
            case ClaimOutcome():
                if self.has_claimed:
                    raise EngineError("it claimed an outcome twice for one Installation")
                self._world.outcome(action, now)
                self.has_claimed = True

    def _send(self, action: Send, now: Instant) -> None:
        message_id = self._world.send(action, now)
        life = self._life

        def time_out(at: Instant) -> None:
            if self._life == life and self._pending.pop(action.id, None) is not None:
                if self._sends.get(message_id) == action.id:
                    del self._sends[message_id]  # a second send of it goes on waiting
                self.tell(TimedOut(to=action.id), at)

        self._pending[action.id] = self._agenda.at(after(now, action.timeout_us), time_out)
        if message_id != NO_MESSAGE_ID:
            self._sends[message_id] = action.id

    def _call(self, action: CallParty, now: Instant) -> None:
        device = action.arguments.get("device", "")
        self.last_call = f"{action.party} {action.operation} {device}"
        reply = self._world.call(action, now)
        if reply.is_answered:
            answer = Answer(
                to=action.id, result=reply.result, error=reply.error, detail=reply.detail
            )
            self._answer_later(answer, after(now, reply.delay_us))

    def _write_journal(self, action: WriteJournal, now: Instant) -> None:
        self.journal_writes += 1
        verdict = self._world.journal(self.journal_writes, action.entry, now)
        match verdict:
            case JournalVerdict.DURABLE:
                self.journal.append(action.entry)
                self._answer_later(Answer(to=action.id, result={}), after(now, JOURNAL_LATENCY_US))
                return
            case JournalVerdict.KILLED_TORN:
                self.journal.append({"torn": str(action.entry)[: len(str(action.entry)) // 2]})
            case JournalVerdict.KILLED_AFTER:
                self.journal.append(action.entry)
            case JournalVerdict.KILLED_BEFORE:
                pass
        self._kill(f"{verdict.value} journal write {self.journal_writes}", now)

    def _kill(self, where: str, now: Instant) -> None:
        self._world.crashed(where, now)
        self._end("crash", "kill")
        self._life += 1
        life = self._life
        self.in_flight += 1

        def restart(at: Instant) -> None:
            self.in_flight -= 1
            if self._life != life:
                return  # a new attempt began in the meantime
            assert self._authorisation is not None, "a killed engine had been started"
            entries = tuple(self.journal)
            recovered = Recovered(authorisation=self._authorisation, journal=entries)
            self._begin_life(recovered, at)

        self._agenda.at(after(now, RESTART_DELAY_US), restart)

    def _answer_later(self, answer: Answer, when: Instant) -> None:
        life = self._life
        self.in_flight += 1

        def deliver(at: Instant) -> None:
            self.in_flight -= 1
            if self._life == life and answer.to in self._pending:
                del self._pending[answer.to]
                self.tell(answer, at)

        self._agenda.at(when, deliver)

    def _set_wake(self, wait_until_us: int | None) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        if wait_until_us is None:
            return

        def wake(at: Instant) -> None:
            self._wake = None
            self.tell(Woken(), at)

        self._wake = self._agenda.at(Instant(wait_until_us), wake)

    def _new_id(self, action_id: int, what: str) -> None:
        if action_id in self._pending:
            raise EngineError(f"it used the action id {action_id} while that one still waits")
        self._pending[action_id] = None
        self._waits[action_id] = what

    def _count_turn(self, now: Instant) -> None:
        self._turns += 1
        instant, count = self._turns_at
        self._turns_at = (now, count + 1) if instant == now else (now, 1)
        if self._turns > TURNS_MAX:
            raise EngineError(
                f"more than {TURNS_MAX} turns in one migration", reason=Breakage.FLOODS
            )
        if self._turns_at[1] > TURNS_PER_INSTANT_MAX:
            raise EngineError(
                f"more than {TURNS_PER_INSTANT_MAX} turns at one instant", reason=Breakage.SPINS
            )


def waits_for_nothing(session: EngineSession) -> EngineError:
    """Name the verdict of an engine that waits, and that nothing left can wake."""
    return EngineError(
        f"waits for {session.waits_for}; nothing left can wake it", reason=Breakage.WAITS
    )


def _checked(turn: Turn | Mapping[str, object]) -> Turn:
    """Refuse what is not a turn; an engine may hand back a plain mapping."""
    try:
        checked = turn if isinstance(turn, Turn) else TURNS.validate_python(turn)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise EngineError(f"{where or 'turn'}: {first['msg']}") from error
    if len(checked.actions) > ACTIONS_PER_TURN_MAX:
        raise EngineError(f"{len(checked.actions)} actions in one turn", reason=Breakage.FLOODS)
    return checked

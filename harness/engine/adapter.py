"""An engine written as straight-line `async` code, in the shape of the engine port.

    async def migrate(port: Port) -> None:
        result = await port.party("SMSO", "hand_over", device="gsme")
        ...

    engine = AsyncEngine(migrate)

The coroutine and the tasks it starts run on a virtual loop of their own inside a turn; the turn
ends when all of them wait. `asyncio.sleep`, `asyncio.timeout` and `asyncio.TaskGroup` work in
virtual time.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from hanbench.emulator.instant import SECOND_US
from hanbench.harness.clock import VirtualLoop, VirtualTask
from hanbench.harness.engine.mailbox import Alert, Mailbox, plain
from hanbench.harness.engine.port import (
    Authorisation,
    Believe,
    CallParty,
    Candidate,
    ClaimOutcome,
    EndState,
    EngineEvent,
    Json,
    KeyBelief,
    Recovered,
    Send,
    Started,
    Turn,
    WriteJournal,
)
from hanbench.harness.engine.tracebacks import describe_failure
from hanbench.harness.errors import Breakage, EngineError, HarnessError, NoAnswer, PartyRefused

__all__ = ["Alert", "AsyncEngine", "Migration", "NoAnswer", "PartyRefused", "Port"]

CALLBACKS_PER_TURN_MAX = 100_000
"""Steps of its tasks in one turn after which an engine spins, whatever the speed of the machine."""


class Port:
    """What an engine can ask of the bench; `AsyncEngine` makes it."""

    def __init__(
        self, mailbox: Mailbox, authorisation: Authorisation, recovered: tuple[Json, ...] | None
    ) -> None:
        self.authorisation = authorisation
        """What the engine is asked to migrate."""
        self.recovered = recovered
        """The journal of the life before, oldest first; None when this life is the first."""
        self._mailbox = mailbox

    @property
    def now_us(self) -> int:
        """The present instant, in microseconds since the scenario began."""
        return self._mailbox.loop.now_us

    @property
    def stop_reason(self) -> str | None:
        """Why a stop or a roll-back was asked for; None when it was not."""
        return self._mailbox.stop_reason

    @property
    def stop_requested(self) -> bool:
        """Whether a stop or a roll-back was asked for."""
        return self._mailbox.stop_reason is not None

    async def party(self, name: str, operation: str, /, **arguments: object) -> Json:
        """Call an operation of a party and return its result.

        Raises:
            PartyRefused: the party answered with an error of its catalogue.
        """
        action_id = self._mailbox.new_id()
        self._mailbox.act(
            CallParty(id=action_id, party=name, operation=operation, arguments=plain(arguments))
        )
        return await self._mailbox.result_of(action_id)

    async def send(self, hub: str, envelope: str, timeout_us: int) -> str:
        """Transmit an envelope (hex) and return the answering one.

        Raises:
            NoAnswer: none came within `timeout_us`; what was sent may still arrive.
        """
        action_id = self._mailbox.new_id()
        self._mailbox.act(Send(id=action_id, hub=hub, envelope=envelope, timeout_us=timeout_us))
        return await self._mailbox.envelope_for(action_id)

    async def journal(self, entry: Json) -> None:
        """Write one journal entry, and return when it is durable."""
        action_id = self._mailbox.new_id()
        self._mailbox.act(WriteJournal(id=action_id, entry=plain(entry)))
        await self._mailbox.result_of(action_id)

    def believe(
        self,
        device: str,
        key: KeyBelief,
        evidence: str,
        candidates: tuple[Candidate, ...] = (),
    ) -> None:
        """State what the engine takes the device's key to be, and why."""
        self._mailbox.act(Believe(device=device, key=key, evidence=evidence, candidates=candidates))

    def outcome(self, installation: str, end_state: EndState, detail: str = "") -> None:
        """State how the migration of the Installation ended."""
        self._mailbox.act(
            ClaimOutcome(installation=installation, end_state=end_state, detail=detail)
        )

    async def sleep_until(self, when_us: int) -> None:
        """Return at `when_us`; at once if that has passed."""
        await asyncio.sleep(max(0, when_us - self.now_us) / SECOND_US)

    def take_unsolicited(self) -> tuple[str, ...]:
        """Return the envelopes (hex) of the alerts and late answers that are here, once."""
        envelopes = tuple(alert.envelope for alert in self._mailbox.alerts)
        self._mailbox.alerts.clear()
        return envelopes

    async def next_alert(self) -> Alert:
        """Return the next alert or late answer, waiting for one if none is here."""
        while not self._mailbox.alerts:
            await self._mailbox.news()
        return self._mailbox.alerts.popleft()

    async def until_stopped(self) -> str:
        """Return the reason once a stop or a roll-back is asked for."""
        while (reason := self._mailbox.stop_reason) is None:
            await self._mailbox.news()
        return reason


class Migration(Protocol):
    """What a class given to `AsyncEngine` offers; it is made with the port."""

    async def migrate(self) -> None:
        """Migrate the Installation that the port asks for."""


class AsyncEngine:
    """Runs a coroutine as an engine: a stretch of it for each event."""

    def __init__(self, migration: Callable[[Port], Coroutine[Any, Any, None] | Migration]) -> None:
        self._migration = migration
        self._life: tuple[Mailbox, VirtualTask[None]] | None = None
        self._failures: list[BaseException] = []
        """Errors of callbacks, and of tasks that nobody awaits any more."""
        self.is_finished = False
        """Whether its coroutine has ended; later events are passed over."""

    def turn(self, event: EngineEvent, now_us: int) -> Turn:
        """Take one event, run until all of the engine waits, and return what it asks for.

        Raises:
            EngineError: its code raised, or does not come to rest; the engine is dead then.
            HarnessError: the bench broke the contract of the port.
        """
        if self.is_finished:
            return Turn()
        turn = None
        try:
            turn = self._run(event, now_us)
        except SystemExit as error:
            raise _broken(error) from error
        finally:
            if turn is None:
                self.kill()
        return turn

    def kill(self) -> None:
        """End it as a crash would: what its cleanup still asks for is dropped."""
        self.is_finished = True
        if self._life is not None:
            self._life[0].loop.close()
            # A task that is over must not lie in asyncio's set of all tasks: those of a day have
            # the same hash, being the first of their loops.
            self._life = None

    def describe_waiting(self) -> tuple[str, ...]:
        """Name its tasks that wait, and where, in the order in which they were made."""
        if self._life is None or self.is_finished:
            return ()
        return self._life[0].loop.stuck_tasks()

    def _run(self, event: EngineEvent, now_us: int) -> Turn:
        if self._life is None:
            self._life = self._begin(event, now_us)
        else:
            self._life[0].take(event)
        mailbox, main = self._life
        is_at_rest = mailbox.loop.step_until_idle(now_us, callbacks_max=CALLBACKS_PER_TURN_MAX)
        error = self._failure_of(main)
        if error is not None:
            raise _broken(error) from error
        if not is_at_rest:
            raise EngineError(
                f"{CALLBACKS_PER_TURN_MAX} steps in one turn, and its tasks do not rest",
                reason=Breakage.SPINS,
            )
        if main.done():
            self.kill()  # ends what it left running, as `asyncio.run` would
            return Turn.model_construct(actions=mailbox.take_actions())
        # Not validated once more: each action was when it was made.
        return Turn.model_construct(
            actions=mailbox.take_actions(), wait_until_us=mailbox.loop.next_timer_us()
        )

    def _begin(self, event: EngineEvent, now_us: int) -> tuple[Mailbox, VirtualTask[None]]:
        if not isinstance(event, Started | Recovered):
            raise HarnessError(f"the engine was told `{event.type}` before it was started")
        recovered = event.journal if isinstance(event, Recovered) else None
        mailbox = Mailbox(VirtualLoop(now_us))
        mailbox.loop.set_exception_handler(self._note_failure)
        port = Port(mailbox, event.authorisation, recovered)
        return mailbox, mailbox.loop.create_task(self._migrate(port), name="migrate")

    async def _migrate(self, port: Port) -> None:
        made = self._migration(port)
        await (made if isinstance(made, Coroutine) else made.migrate())

    def _failure_of(self, main: VirtualTask[None]) -> BaseException | None:
        if main.cancelled():
            return asyncio.CancelledError("it cancelled its own main task")
        error = main.exception() if main.done() else None
        return error or next(iter(self._failures), None)

    def _note_failure(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self._failures.append(error)


def _broken(error: BaseException) -> EngineError:
    if isinstance(error, EngineError):
        return error
    return EngineError(describe_failure(error), reason=Breakage.RAISED)

"""What lies between the turns of the port and the coroutines of an engine written with `async`.

Actions gather until the turn ends; each call waits on a future that a later event settles. Data is
copied as JSON on its way, as over a pipe, so that neither side can change what the other holds.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TypeGuard, TypeVar

from hanbench.harness.clock import VirtualLoop
from hanbench.harness.engine.port import (
    Action,
    Answer,
    EngineEvent,
    Json,
    Received,
    Recovered,
    Started,
    Stop,
    TimedOut,
    Woken,
)
from hanbench.harness.errors import Breakage, EngineError, HarnessError, NoAnswer, PartyRefused

_T = TypeVar("_T")

ACTIONS_PER_TURN_MAX = 1_000
"""No migration needs so many at one instant; an engine that asks for more floods."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An envelope that answers nothing the engine still waits for: an alert, or a late answer."""

    hub: str
    envelope: str
    answers: int | None = None
    """The id of the send that it answers too late; None for an alert."""


class Mailbox:
    """The actions of a turn, the calls that wait, and what came unasked."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.alerts: deque[Alert] = deque()
        self.stop_reason: str | None = None
        self._actions: list[Action] = []
        self._ids = 0
        self._results: dict[int, asyncio.Future[Json]] = {}
        self._envelopes: dict[int, asyncio.Future[str]] = {}
        self._news: list[asyncio.Future[None]] = []

    def new_id(self) -> int:
        """Return the next action id; a plain counter, so equal runs have equal ids."""
        self._ids += 1
        return self._ids

    def act(self, action: Action) -> None:
        """Put down an action for the end of this turn.

        Raises:
            EngineError: there are more than any migration needs.
        """
        if len(self._actions) >= ACTIONS_PER_TURN_MAX:
            raise EngineError(
                f"more than {ACTIONS_PER_TURN_MAX} actions in one turn",
                reason=Breakage.FLOODS,
            )
        self._actions.append(action)

    def take_actions(self) -> tuple[Action, ...]:
        """Return the actions of this turn, in the order in which they were asked for."""
        actions = tuple(self._actions)
        self._actions.clear()
        return actions

    async def result_of(self, action_id: int) -> Json:
        """Return what answers a party call or a journal entry; raise `PartyRefused`."""
        future: asyncio.Future[Json] = self.loop.create_future()
        self._results[action_id] = future
        return await future

    async def envelope_for(self, action_id: int) -> str:
        """Return the envelope that answers a send; raise `NoAnswer` when none came in time."""
        future: asyncio.Future[str] = self.loop.create_future()
        self._envelopes[action_id] = future
        return await future

    async def news(self) -> None:
        """Return when an alert or a stop request has come."""
        future = self.loop.create_future()
        self._news.append(future)
        await future

    def take(self, event: EngineEvent) -> None:
        """Take in what the bench tells; an answer nobody waits for any more is passed over.

        Raises:
            HarnessError: the bench started the engine a second time.
        """
        match event:
            case Answer():
                self._answer(event)
            case TimedOut():
                waiting = self._envelopes.pop(event.to, None)
                if _is_open(waiting):
                    waiting.set_exception(NoAnswer(f"nothing answered send {event.to} in time"))
            case Received():
                self._receive(event)
            case Stop():
                self.stop_reason = event.reason
                self._tell_news()
            case Woken():
                pass  # the loop's own timer is due
            case Started() | Recovered():
                raise HarnessError(f"the engine was told `{event.type}` a second time")

    def _answer(self, event: Answer) -> None:
        waiting = self._results.pop(event.to, None)
        if not _is_open(waiting):
            return
        if event.error is None:
            waiting.set_result(plain(event.result or {}))
        else:
            waiting.set_exception(PartyRefused(event.error, event.detail))

    def _receive(self, event: Received) -> None:
        waiting = None if event.to is None else self._envelopes.pop(event.to, None)
        if _is_open(waiting):
            waiting.set_result(event.envelope)
        else:
            self.alerts.append(Alert(event.hub, event.envelope, event.to))
            self._tell_news()

    def _tell_news(self) -> None:
        for waiting in self._news:
            if _is_open(waiting):
                waiting.set_result(None)
        self._news.clear()


_WHOLE = frozenset((str, int, bool, type(None)))


def plain(value: Mapping[str, object]) -> Json:
    """Copy JSON data as a pipe would; raise TypeError or ValueError for anything else."""
    return {_key(key): _copied(part) for key, part in value.items()}


def _copied(value: object) -> object:
    if type(value) in _WHOLE:
        return value  # most of all there is
    match value:
        case None | bool() | int() | str():
            return value
        case float() if isfinite(value):
            return value
        case dict():
            return {_key(key): _copied(part) for key, part in value.items()}
        case list() | tuple():
            return [_copied(part) for part in value]
        case float():
            raise ValueError(f"{value} is no JSON number")
        case _:
            raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of JSON data is text, not {type(key).__name__}")
    return key


def _is_open(future: asyncio.Future[_T] | None) -> TypeGuard[asyncio.Future[_T]]:
    """Say whether a call still waits: it may have been cancelled, by a time-out of the engine's."""
    return future is not None and not future.done()

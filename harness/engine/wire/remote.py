"""Engines in another process, as the session sees them: each life is an `Engine`.

One process or server serves all cases of a worker, one after the other, and all Installations of a
case at once. It is reset whenever a life begins and none is open: between scenarios. A crash kills
a process of ours for good, if the life is the only one in it; else the engine is told to forget.
"""

import os
import uuid
from collections.abc import Callable

from hanbench.harness.engine.port import EngineEvent, Turn
from hanbench.harness.engine.wire.messages import (
    MESSAGE_OCTETS_MAX,
    START_LIMIT_S,
    Because,
    End,
    Hello,
    HelloReply,
    Limits,
    Reset,
    Tell,
    read_done,
    read_hello,
    read_turn,
)
from hanbench.harness.engine.wire.transport import Transport
from hanbench.harness.errors import Breakage, EngineError

BENCH = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
"""This worker's name towards a server that serves several; an engine draws nothing from it."""


class Peer:
    """The other process, started when it is first needed and again after it broke."""

    def __init__(self, connect: Callable[[], Transport], *, limit_s: float) -> None:
        self._connect = connect
        self.limit_s = limit_s
        self._transport: Transport | None = None
        self._lives = 0
        self._turns = 0
        self._open: set[int] = set()
        self._generation = 0
        """Counts the processes: a life of an earlier one is gone."""

    def hello(self) -> HelloReply:
        """Reach it, and return what it says of itself.

        Raises:
            EngineError: it is not there, does not answer, or speaks another version of the port.
        """
        self.close()
        self._transport = self._connect()
        asked = Hello(bench=BENCH, limits=Limits(turn_ms=round(self.limit_s * 1000)))
        octets = asked.model_dump_json().encode()
        limit_s = max(START_LIMIT_S, self.limit_s) if self._transport.is_ours else self.limit_s
        try:
            return read_hello(self._transport.ask("hello", octets, limit_s=limit_s))
        except EngineError:
            self.close()
            raise

    def begin(self) -> "RemoteEngine":
        """Begin a life."""
        if not self._open:
            self._reset()
        life = self._lives
        self._lives += 1
        self._open.add(life)
        return RemoteEngine(self, life, self._generation)

    def turn(self, life: int, generation: int, event: EngineEvent, now_us: int) -> Turn:
        """Take a turn of a life."""
        if self._transport is None or generation != self._generation:
            raise EngineError("the process that it lived in is gone", reason=Breakage.DIED)
        self._turns += 1
        told = Tell.model_construct(
            bench=BENCH, life=life, turn=self._turns, now_us=now_us, event=event
        )
        octets = told.model_dump_json().encode()
        if len(octets) > MESSAGE_OCTETS_MAX:
            says = f"its journal and the event have more than {MESSAGE_OCTETS_MAX} octets"
            raise EngineError(says, reason=Breakage.FLOODS)
        try:
            return read_turn(self._transport.ask("turn", octets, limit_s=self.limit_s), self._turns)
        except EngineError as error:
            self.close()
            raise EngineError(
                f"turn {self._turns} (`{event.type}`): {error.detail}", reason=error.reason
            ) from None

    def end(self, life: int, generation: int, because: Because) -> None:
        """End a life."""
        if self._transport is None or generation != self._generation or life not in self._open:
            return
        self._open.discard(life)
        if because == "crash" and self._transport.is_ours and not self._open:
            self.close()
            return
        octets = End(bench=BENCH, life=life, because=because).model_dump_json().encode()
        try:
            read_done("end", self._transport.ask("end", octets, limit_s=self.limit_s))
        except EngineError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the other process, and of all lives in it."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        self._open.clear()
        self._generation += 1

    def _reset(self) -> None:
        """Have it forget everything; one that ended between two scenarios is started again."""
        is_reused = self._transport is not None
        if not is_reused:
            self.hello()
        assert self._transport is not None, "hello has reached it"
        octets = Reset(bench=BENCH).model_dump_json().encode()
        try:
            read_done("reset", self._transport.ask("reset", octets, limit_s=self.limit_s))
        except EngineError as error:
            self.close()
            if not is_reused or error.reason is not Breakage.DIED:
                raise
            self._reset()
        self._lives = 0
        self._turns = 0


class RemoteEngine:
    """One life of an engine in another process."""

    def __init__(self, peer: Peer, life: int, generation: int) -> None:
        self._peer = peer
        self._life = life
        self._generation = generation

    def turn(self, event: EngineEvent, now_us: int) -> Turn:
        """Take one event, and return what to do because of it."""
        return self._peer.turn(self._life, self._generation, event, now_us)

    def kill(self) -> None:
        """End it in good order: its Installation is done with."""
        self._peer.end(self._life, self._generation, "over")

    def crash(self) -> None:
        """End it as a power cut would."""
        self._peer.end(self._life, self._generation, "crash")

"""The other side of the wire: engines written in Python, served message by message."""

from collections.abc import Callable

from pydantic import BaseModel, ValidationError

from hanbench.harness.engine.port import PORT_VERSION, Engine
from hanbench.harness.engine.wire.messages import (
    BENCH_MESSAGES,
    End,
    EndReply,
    ErrorReply,
    Hello,
    HelloReply,
    Reset,
    ResetReply,
    Tell,
    TurnReply,
)
from hanbench.harness.errors import Breakage, EngineError

_TOLD = frozenset({Breakage.RAISED, Breakage.SPINS, Breakage.FLOODS, Breakage.NONSENSE})


class Service:
    """All lives of an engine, for as many workers of benches as ask."""

    def __init__(self, make_engine: Callable[[], Engine], name: str) -> None:
        self._make_engine = make_engine
        self._name = name
        self._lives: dict[tuple[str, int], Engine] = {}

    def answer(self, message: bytes) -> bytes:
        """Answer one message; what goes wrong is answered too, and ends the case there."""
        return self._reply(message).model_dump_json().encode()

    def _reply(self, octets: bytes) -> BaseModel:
        try:
            message = BENCH_MESSAGES.validate_json(octets)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            return ErrorReply(reason="nonsense", detail=f"told {where}: {first['msg']}")
        match message:
            case Hello():
                return HelloReply(port=PORT_VERSION, engine=self._name)
            case Reset():
                for bench, life in list(self._lives):
                    if bench == message.bench:
                        self._end(bench, life)
                return ResetReply()
            case End():
                self._end(message.bench, message.life)
                return EndReply()
            case Tell():
                return self._turn(message)

    def _turn(self, told: Tell) -> BaseModel:
        who = (told.bench, told.life)
        try:
            engine = self._lives.get(who)
            if engine is None:
                engine = self._lives[who] = self._make_engine()
            turn = engine.turn(told.event, told.now_us)
        except EngineError as error:
            reason = error.reason if error.reason in _TOLD else Breakage.RAISED
            return ErrorReply.model_validate({"reason": reason.value, "detail": error.detail})
        return TurnReply.model_construct(
            turn=told.turn, actions=turn.actions, wait_until_us=turn.wait_until_us
        )

    def _end(self, bench: str, life: int) -> None:
        engine = self._lives.pop((bench, life), None)
        kill = getattr(engine, "kill", None)
        if kill is not None:
            kill()

"""The messages of the engine port between processes, version 1.

UTF-8 JSON, one object a message: a line over stdio, a body over HTTP. The bench asks, the engine
answers each message once, in order. `docs/engine-port.md` is the specification for users; the JSON
Schemas and the OpenAPI document are written from this module.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from hanbench.harness.engine.port import PORT_VERSION, Action, EngineEvent, Turn
from hanbench.harness.errors import Breakage, EngineError

REPLY_OCTETS_MAX = 1 << 20
"""Of an engine's answer: a turn of the reference engine has under 2 kB."""
MESSAGE_OCTETS_MAX = 16 << 20
"""Of what the bench sends: `recovered` holds the whole journal."""
START_LIMIT_S = 30.0
"""Real time from the start of a process to its `hello`."""
TEXT_MAX = 2_000
"""Characters of what an engine says of itself, or of its failure."""
_SHOWN = 80
_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"

Because = Literal["over", "crash"]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Message):
    """What the bench puts up with, for an engine that wants to know."""

    reply_octets: int = REPLY_OCTETS_MAX
    turn_ms: int


class Hello(_Message):
    """The first message to a process or server: which version of the port, and who asks."""

    type: Literal["hello"] = "hello"
    port: int = PORT_VERSION
    bench: str
    """Names one worker of the bench: what it begins is its own. Means nothing else."""
    limits: Limits


class Reset(_Message):
    """A scenario begins: forget every life of this bench."""

    type: Literal["reset"] = "reset"
    bench: str


class Tell(_Message):
    """One turn: an event, and the present instant."""

    type: Literal["turn"] = "turn"
    bench: str
    life: int
    """Which engine is told. Life 0 is the first since the reset; each Installation, each attempt
    and each restart has one of its own."""
    turn: int
    """Counts the turns since the reset, from 1, over all lives."""
    now_us: int
    event: EngineEvent


class End(_Message):
    """A life is over: `crash` says that the engine is killed, and may keep its journal alone."""

    type: Literal["end"] = "end"
    bench: str
    life: int
    because: Because


BenchMessage = Annotated[Hello | Reset | Tell | End, Field(discriminator="type")]
BENCH_MESSAGES: TypeAdapter[BenchMessage] = TypeAdapter(BenchMessage)


class HelloReply(_Message):
    """The version that the engine speaks, and how it calls itself."""

    type: Literal["hello"] = "hello"
    port: int
    engine: str = ""


class ResetReply(_Message):
    """Done: nothing of an earlier scenario is left."""

    type: Literal["reset"] = "reset"


class TurnReply(_Message):
    """What to do because of the event; `turn` is the number of the turn that it answers."""

    type: Literal["turn"] = "turn"
    turn: int
    actions: tuple[Action, ...] = ()
    wait_until_us: int | None = None


class EndReply(_Message):
    """Done: the life is forgotten."""

    type: Literal["end"] = "end"


class ErrorReply(_Message):
    """In place of any answer: the engine cannot go on, and says why. The case fails."""

    type: Literal["error"] = "error"
    detail: str
    reason: Literal["raised", "spins", "floods", "nonsense"] = "raised"


Reply = Annotated[
    HelloReply | ResetReply | TurnReply | EndReply | ErrorReply, Field(discriminator="type")
]
Kind = Literal["hello", "reset", "turn", "end"]
REPLIES: dict[Kind, type[BaseModel]] = {
    "hello": HelloReply,
    "reset": ResetReply,
    "turn": TurnReply,
    "end": EndReply,
}


def read_hello(octets: bytes) -> HelloReply:
    """Read the answer to `hello`.

    Raises:
        EngineError: it is none, or the engine speaks another version of the port.
    """
    reply = _read("hello", octets)
    assert isinstance(reply, HelloReply), "the table says so"
    if reply.port != PORT_VERSION:
        raise EngineError(
            f"it speaks version {reply.port} of the engine port, the bench {PORT_VERSION}",
            reason=Breakage.VERSION,
        )
    return reply


def read_done(kind: Literal["reset", "end"], octets: bytes) -> None:
    """Read the answer to `reset` or `end`; raise `EngineError` if it is none."""
    _read(kind, octets)


def read_turn(octets: bytes, turn: int) -> Turn:
    """Read the answer to turn number `turn`.

    Raises:
        EngineError: it is none, or that of another turn.
    """
    reply = _read("turn", octets)
    assert isinstance(reply, TurnReply), "the table says so"
    if reply.turn == turn:
        return Turn.model_construct(actions=reply.actions, wait_until_us=reply.wait_until_us)
    if reply.turn == turn - 1:
        raise EngineError(f"it answered turn {reply.turn} twice", reason=Breakage.TWICE)
    raise EngineError(
        f"it answered turn {reply.turn} when it was told turn {turn}", reason=Breakage.ORDER
    )


def shown(octets: bytes) -> str:
    """Return the beginning of what an engine sent, in a form that can be printed."""
    return printable(octets[: 4 * _SHOWN].decode("utf-8", "replace"), _SHOWN)


def printable(text: str, characters_max: int = TEXT_MAX) -> str:
    """Return what an engine said without what would move a terminal's cursor, and not too long."""
    clean = "".join(sign if sign.isprintable() else _UNPRINTABLE for sign in text)
    return f"{clean[:characters_max]}..." if len(clean) > characters_max else clean


def _read(kind: Kind, octets: bytes) -> BaseModel:
    try:
        reply = REPLIES[kind].model_validate_json(octets, strict=True)
        if b"NaN" in octets or b"Infinity" in octets:
            from_json(octets, allow_inf_nan=False)  # neither is JSON; in a text both may stand
    except ValidationError as error:
        raise _other(kind, octets, error) from None
    except ValueError:
        raise EngineError(f"not JSON: `{shown(octets)}`") from None
    return reply


def _other(kind: Kind, octets: bytes, error: ValidationError) -> EngineError:
    """Say what came in place of the answer to a message."""
    try:
        said = ErrorReply.model_validate_json(octets)
    except ValidationError:
        pass
    else:
        return EngineError(printable(said.detail), reason=Breakage(said.reason))
    type_ = _type_of(octets)
    # Neither can be an answer to anything else, however late the second one comes.
    twice = {"turn": "its last turn", "hello": "`hello`"}.get(str(type_))
    if twice is not None and type_ != kind:
        return EngineError(f"it answered {twice} twice: `{shown(octets)}`", reason=Breakage.TWICE)
    if type_ in REPLIES and type_ != kind:
        return EngineError(f"it answered `{type_}` to `{kind}`", reason=Breakage.ORDER)
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    says = f"{where}: {first['msg']}" if where else first["msg"]
    return EngineError(f"{says}, in `{shown(octets)}`")


def _type_of(octets: bytes) -> Any:
    try:
        read = from_json(octets)
    except ValueError:
        return None
    found = read.get("type") if isinstance(read, dict) else None
    return found if isinstance(found, str) else None

"""The engine under test, named on the command line.

`reference` is ours. `MODULE:NAME` is a user's own, found as Python finds modules, the folder that
the command was typed in included: a class or function that returns an `Engine`, or straight-line
code: an `async def migrate(port)`, or a class that is made with the port and has `migrate()`.
`exec:COMMAND` is a program of any language that speaks the port over stdin and stdout, and
`http://HOST:PORT` a server that does (`docs/engine-port.md`).
"""

import inspect
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeGuard

from hanbench.harness.engine.port import Engine, EngineEvent, Turn
from hanbench.harness.engine.tracebacks import describe_failure
from hanbench.harness.errors import Breakage, EngineError, ScenarioError

MakeEngine = Callable[[], Engine]
TURN_LIMIT_S = 10.0
ELSEWHERE = ("exec:", "http://", "https://")
"""How the names of engines in another process begin."""

REFERENCE = "hanbench.harness.engine.reference:reference_engine"


def load_engine(spec: str, *, turn_limit_s: float = TURN_LIMIT_S) -> MakeEngine:
    """Return what makes a fresh engine for each of its lives.

    `turn_limit_s` is the real time that one in another process has for its answer to a turn; code
    in this one is interrupted by the watchdog.

    Raises:
        ScenarioError: the name is none, or nothing callable is found there.
        EngineError: the user's module raised while it was imported.
    """
    if spec.startswith(ELSEWHERE):
        # Late: a parent that only starts workers needs none of it.
        from hanbench.harness.engine.wire.reach import peer_of  # noqa: PLC0415

        return peer_of(spec, turn_limit_s=turn_limit_s).begin
    found = find_object(REFERENCE if spec == "reference" else spec, option="--engine")
    return maker_of(found, f"--engine {spec}")


def maker_of(found: object, called: str) -> MakeEngine:
    """Return what makes an engine of a user's object, which messages call `called`.

    Raises:
        ScenarioError: it makes none.
    """
    if _is_straight_line(found):
        from hanbench.harness.engine.adapter import AsyncEngine  # noqa: PLC0415  (slow to import)

        return lambda: AsyncEngine(found)
    if not callable(found):
        raise ScenarioError(f"{called}: expected a class or function that makes an engine")
    return lambda: _made(found)


def _is_straight_line(found: object) -> TypeGuard[Callable[[Any], Any]]:
    """Whether it is code for the adapter: awaited, and told no turns."""
    if inspect.isclass(found):
        is_awaited = inspect.iscoroutinefunction(getattr(found, "migrate", None))
        return is_awaited and not hasattr(found, "turn")
    called = getattr(found, "__call__", None)  # noqa: B004  (an object may be called and awaited)
    return inspect.iscoroutinefunction(found) or inspect.iscoroutinefunction(called)


def check_engine(spec: str, *, turn_limit_s: float = TURN_LIMIT_S) -> str:
    """Find out before anything runs that an engine is there; return how it calls itself.

    Raises:
        ScenarioError: it is not there, or does not speak this version of the port.
        EngineError: the user's module raised while it was imported.
    """
    if spec.startswith(ELSEWHERE):
        from hanbench.harness.engine.wire.reach import greet  # noqa: PLC0415

        return greet(spec, turn_limit_s=turn_limit_s)
    load_engine(spec)
    return ""


def find_object(spec: str, *, option: str) -> object:
    """Import `MODULE:NAME` and return what it names.

    Raises:
        ScenarioError: it is not of that form, or there is no such module or name.
        EngineError: the module raised while it was imported.
    """
    module_name, _, name = spec.partition(":")
    if not name or not module_name:
        raise ScenarioError(f"{option} {spec}: expected MODULE:NAME, such as my_package.parts:new")
    see_working_folder()
    try:
        found: object = import_module(module_name)
    except ModuleNotFoundError as error:
        raise ScenarioError(f"{option} {spec}: no module {error.name!r} is installed") from error
    except Exception as error:
        says = f"{option} {spec}: importing {module_name} raised {type(error).__name__}: {error}"
        raise EngineError(says, reason=Breakage.RAISED) from error
    for part in name.split("."):
        if not hasattr(found, part):
            raise ScenarioError(f"{option} {spec}: {module_name} has no {name!r}")
        found = getattr(found, part)
    return found


def see_working_folder() -> None:
    """Let a user's own modules be found from where the command was typed, after all others."""
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.append(here)


class GuardedEngine:
    """A user's engine: whatever its code raises is its own failure, and named as such."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def turn(self, event: EngineEvent, now_us: int) -> Turn:
        """Take one event; raise `EngineError` if the engine's code raises anything."""
        try:
            return self._engine.turn(event, now_us)
        except EngineError:
            raise
        except (Exception, SystemExit) as error:
            raise EngineError(describe_failure(error), reason=Breakage.RAISED) from error

    def kill(self) -> None:
        """End its life, if it holds anything that has to be let go."""
        kill = getattr(self._engine, "kill", None)
        if kill is not None:
            kill()


def _made(factory: Callable[[], object]) -> Engine:
    try:
        engine = factory()
    except (Exception, SystemExit) as error:
        says = f"making the engine: {describe_failure(error)}"
        raise EngineError(says, reason=Breakage.RAISED) from error
    if not callable(getattr(engine, "turn", None)):
        raise EngineError(f"a {type(engine).__name__} is no engine: it has no method `turn`")
    return GuardedEngine(engine)  # type: ignore[arg-type]  # checked by what it can do

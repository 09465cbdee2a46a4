"""Which classes a world is made of: ours, or others that a user names as MODULE:NAME.

A part is given by its class, so that a device of another make (or with a mistake) is a subclass,
and the worlds that are made of ours know nothing of it.
"""

from dataclasses import dataclass, fields

from hanbench.emulator.hub.comms_hub import CommsHub
from hanbench.emulator.hub.gas_mirror import GasMirror
from hanbench.emulator.parties.smso import Smso
from hanbench.emulator.sua.gate import SuaGate
from hanbench.harness.engines import find_object
from hanbench.harness.errors import Breakage, EngineError, ScenarioError


@dataclass(frozen=True, slots=True)
class Parts:
    """The classes."""

    gate: type[SuaGate] = SuaGate
    """The SUA gate of both meters: checks, keys, counters, answers."""
    hub: type[CommsHub] = CommsHub
    mirror: type[GasMirror] = GasMirror
    """Where a hub keeps what waits for the gas meter."""
    smso: type[Smso] = Smso


OURS = Parts()


def load_parts(spec: str) -> Parts:
    """Return the parts that a case names; ours for an empty name.

    Raises:
        ScenarioError: there are none of that name, or one of them is no subclass of ours.
        EngineError: the module raised while it was imported, or the function that returns them.
    """
    if not spec:
        return OURS
    found = find_object(spec, option="--parts")
    parts = found if isinstance(found, Parts) else _made(found, spec)
    if not isinstance(parts, Parts):
        raise ScenarioError(f"--parts {spec}: expected Parts, or a function that returns them")
    for field in fields(OURS):
        given, ours = getattr(parts, field.name), getattr(OURS, field.name)
        if not (isinstance(given, type) and issubclass(given, ours)):
            raise ScenarioError(f"--parts {spec}: {field.name}: no subclass of {ours.__name__}")
    return parts


def _made(found: object, spec: str) -> object:
    """Call what returns parts; a device's own class, named in their place, is not called."""
    is_a_part = isinstance(found, type) and not issubclass(found, Parts)
    if not callable(found) or is_a_part:
        return None
    try:
        return found()
    except (Exception, SystemExit) as error:
        says = f"--parts {spec}: it raised {type(error).__name__}: {error}"
        raise EngineError(says, reason=Breakage.RAISED) from error

"""Which classes a world is made of: ours, or others that a user names as MODULE:NAME.

A part is given by its class, so that a device of another make (or with a mistake) is a subclass,
and the worlds that are made of ours know nothing of it.
"""

from dataclasses import dataclass

from hanbench.emulator.hub.comms_hub import CommsHub
from hanbench.emulator.hub.gas_mirror import GasMirror
from hanbench.emulator.parties.smso import Smso
from hanbench.emulator.sua.gate import SuaGate
from hanbench.harness.engines import find_object
from hanbench.harness.errors import ScenarioError


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
        ScenarioError: there are none of that name.
        EngineError: the module raised while it was imported.
    """
    if not spec:
        return OURS
    found = find_object(spec, option="--parts")
    parts = found if isinstance(found, Parts) else found() if callable(found) else None
    if not isinstance(parts, Parts):
        raise ScenarioError(f"--parts {spec}: expected Parts, or a function that returns them")
    return parts

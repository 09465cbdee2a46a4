"""All specimens of the zoo."""

from types import ModuleType

from hanbench.harness.zoo import beliefs, codes, hubs, meters, outcomes, process
from hanbench.harness.zoo.specimen import FaultyEngine, FaultyPart, Specimen

_ROOMS = (beliefs, codes, outcomes, process, meters, hubs)


def specimens() -> tuple[Specimen, ...]:
    """Return every specimen, engines first, each room in the order of its module."""
    return tuple(one for room in _ROOMS for one in _in(room))


def _in(room: ModuleType) -> tuple[Specimen, ...]:
    return tuple(one for one in vars(room).values() if isinstance(one, FaultyEngine | FaultyPart))

"""Where something can go wrong in a run that was recorded, and what is known of each place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from hanbench.emulator.instant import Instant
from hanbench.harness.faults.point_grammar import Point, parse_point
from hanbench.harness.faults.points import PointSeen
from hanbench.harness.parties.authorisation import authorisation_of
from hanbench.harness.running.case import Case

UNANNOUNCED = "/unannounced#"
"""In the name of a point of an envelope that the bench did not see being sent: none to come by."""


@dataclass(frozen=True, slots=True)
class Place:
    """A fault point that a run passed for the first time."""

    name: str
    at: Instant
    patience_us: int = 0
    """How long the engine waits for the answer of this try; 0 where it waits for none."""
    state: str = ""
    """A digest of what the world was like then: see `state`."""

    @property
    def point(self) -> Point:
        """The point, taken apart."""
        return _parsed(self.name)


@dataclass(frozen=True, slots=True)
class Premises:
    """What of an Installation decides which faults make sense in it."""

    installation: str
    hub: str
    routers: Mapping[str, str]
    """By device: whom it joined through, where that is not the hub."""
    wake_us: Mapping[str, int]
    """By meter: how often it wakes; 0 for one that always listens."""
    failure_limits: Mapping[str, int]
    """By meter: wrong SUA codes in a row before it locks."""
    others: Mapping[str, "Premises"] = field(default_factory=dict)
    """The other Installations of the same world, by their names."""

    def of(self, installation: str) -> "Premises":
        """Return what is said of an Installation of this world."""
        return self.others.get(installation, self)


def premises_of(case: Case) -> Premises:
    """Return what a case says of its Installation, and of those beside it."""
    others = {one.installation.name: premises_of(one) for one in case.companions}
    authorisation = authorisation_of(case)
    return Premises(
        installation=authorisation.installation,
        hub=authorisation.hub,
        routers={
            name: entry.via
            for name, entry in case.installation.devices.items()
            if entry.via and entry.via != authorisation.hub
        },
        wake_us={meter.name: meter.wake_interval_us for meter in authorisation.meters},
        failure_limits={meter.name: meter.failure_limit for meter in authorisation.meters},
        others=others,
    )


def places_of(seen: Sequence[PointSeen], patience_us: Mapping[str, int]) -> tuple[Place, ...]:
    """Return each point once, in the order in which a run first passed it.

    A fault strikes at the first passing of its point, so a point that was passed before is none.
    """
    first: dict[str, PointSeen] = {}
    for point in seen:
        first.setdefault(point.name, point)
    return tuple(
        Place(name, point.at, patience_us.get(_try_of(name), 0), point.state)
        for name, point in first.items()
        if UNANNOUNCED not in name
    )


@lru_cache(maxsize=50_000)
def _parsed(name: str) -> Point:
    """Take a point apart once: every hazard asks for it, in every run that passes it."""
    return parse_point(name)


def _try_of(point: str) -> str:
    """Return the name of the try that a point is in: its first four parts."""
    return "/".join(point.split("/")[:4])

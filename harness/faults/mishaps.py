"""What has befallen a world and is not undone: a battery that ended, an engine too many."""

from dataclasses import dataclass, field

from hanbench.emulator.instant import Instant
from hanbench.harness.session import EngineSession


@dataclass(slots=True)
class Mishaps:
    """What has befallen a world for good."""

    dead: dict[str, None] = field(default_factory=dict)
    """The devices whose battery has ended, or whose power is gone for good."""
    dark_until: dict[str, Instant] = field(default_factory=dict)
    """When a device has its power back that a fault has taken away."""
    second: EngineSession | None = None
    """An engine that somebody started for the same Installation by mistake."""

    @property
    def is_second_at_work(self) -> bool:
        """Whether there is such an engine, and it has not come to its end."""
        return self.second is not None and not self.second.is_over

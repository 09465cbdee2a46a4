"""What can go wrong, as a scenario says it: the kinds of faults, and one fault."""

import enum
from dataclasses import dataclass

from typing_extensions import override

from hanbench.emulator.durations import format_duration


class FaultKind(enum.StrEnum):
    """What a fault does; each makes sense at some points only."""

    DROP = "drop"
    DELAY = "delay"
    DUPLICATE = "duplicate"
    CORRUPT = "corrupt"
    CORRUPT_PAST_MAC = "corrupt-past-mac"
    PARTITION = "partition"
    POWER_CUT = "power-cut"
    CRASH = "crash"
    FAIL = "fail"
    NEVER = "never"
    LATE = "late"
    UNAVAILABLE = "unavailable"
    REORDER = "reorder"
    TRUNCATE = "truncate"
    TWICE = "twice"
    SILENCE = "silence"
    RESTART = "restart"
    BATTERY_END = "battery-end"
    POWER_OFF = "power-off"
    LOCK_OUT = "lock-out"
    STUCK_COUNTER = "stuck-counter"
    CLOCK_JUMP = "clock-jump"
    CLOCK_SKEW = "clock-skew"
    SECOND_ENGINE = "second-engine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: at a named point, or from an instant until another."""

    does: FaultKind
    at: str = ""
    by_us: int = 0
    """Delay, lateness, or distance of a second copy."""
    of: str = ""
    """What it happens to: a device's name, or `wan` for a partition."""
    for_us: int | None = None
    """How long a partition lasts; None: for good."""
    when: str = ""
    """`before`, `torn` or `after` a commit or a journal write; `ahead` or `back` of a clock."""
    heard: str = ""
    """Which of two results of a party's operation the engine hears: `first` or `second`."""
    error: str = "UNAVAILABLE"
    party: str = ""
    from_us: int | None = None
    until_us: int | None = None

    @property
    def lasts_us(self) -> int:
        """How long after it struck it still has an effect of its own; 0 for what lasts for ever."""
        if self.from_us is not None and self.until_us is not None:
            return self.until_us - self.from_us
        return self.for_us or self.by_us

    @override
    def __str__(self) -> str:
        """Say it as a tester would."""
        where = self.at or f"from {self.from_us} us until {self.until_us} us"
        length = f"by {format_duration(self.by_us)}" if self.by_us else ""
        length = length if self.for_us is None else f"for {format_duration(self.for_us)}"
        heard = f"({self.heard} heard)" if self.heard else ""
        words = (self.does.value, self.when, self.of, self.party, length, heard)
        what = " ".join(part for part in words if part)
        return f"{what} at {where}"

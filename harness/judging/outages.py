"""When the power of a home's devices was off, by the steps of a scenario that took it and gave it.

What a meter says of an outage is held against this, and not against what the meter has measured.
"""

from collections.abc import Iterator, Sequence

from hanbench.emulator.instant import Instant, after
from hanbench.harness.files.han_steps import PowerOff, PowerOn
from hanbench.harness.steps.taken_step import TakenStep


class Outages:
    """The outages of one home."""

    def __init__(self, taken: Sequence[TakenStep]) -> None:
        self._of: dict[str, list[tuple[Instant, Instant | None]]] = {}
        """By device, each outage: its start, and its end; None: it lasts."""
        for one in sorted(taken, key=lambda it: it.at or 0):
            if one.at is not None and isinstance(one.step, PowerOff | PowerOn):
                self._switch(one.step, one.at)

    def told_of(self, device: str, boot_us: int, until: Instant) -> Iterator[tuple[Instant, int]]:
        """Return the outages that a meter has come to tell of: when it had booted, how long."""
        spans = self._of.get(device, [])
        for place, (off, on) in enumerate(spans):
            if on is None:
                continue
            booted_at = after(on, boot_us)
            goes_off_again = place + 1 < len(spans) and spans[place + 1][0] < booted_at
            if booted_at <= until and not goes_off_again:
                yield booted_at, on - off

    def is_dark(self, device: str, at: Instant, boot_us: int) -> bool:
        """Whether a device had no power at an instant, or had not booted yet."""
        return any(
            off <= at and (on is None or at < after(on, boot_us))
            for off, on in self._of.get(device, [])
        )

    def _switch(self, step: PowerOff | PowerOn, at: Instant) -> None:
        spans = self._of.setdefault(step.device, [])
        lasts = bool(spans) and spans[-1][1] is None
        if isinstance(step, PowerOff) and not lasts:
            spans.append((at, None))
        elif isinstance(step, PowerOn) and lasts:
            spans[-1] = (spans[-1][0], at)

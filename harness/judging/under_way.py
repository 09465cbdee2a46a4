"""Which rotations can still move a meter: what is on the WAN or in the mirror, and not fenced off.

A certainty of OLD is premature while one of these lives (domain.md 10.3: a probe that answers OLD
is conclusive only once the queued rotation is expired, cancelled or fenced).
"""

from collections.abc import Iterable

from hanbench.emulator.events import WanPassed
from hanbench.emulator.instant import Instant
from hanbench.emulator.sua.memory import KeyTruth
from hanbench.harness.envelope_names import code_of, read_envelope, role_of
from hanbench.harness.judging.oracle import ROTATING


class UnderWay:
    """Rotations that went down, by device, with the instant at which the last copy arrives."""

    def __init__(self) -> None:
        self._sent: dict[str, list[tuple[Instant, bytes]]] = {}

    def passed(self, event: WanPassed) -> None:
        """Take note of what the WAN carries down, every copy of it."""
        if event.direction != "down" or event.summary not in ROTATING:
            return
        arrivals = [Instant(event.at + delay_us) for delay_us in event.delays_us]
        if arrivals:
            self._sent.setdefault(event.device, []).append((max(arrivals), event.envelope))

    def count(self, device: str, now: Instant) -> int:
        """Return how many rotations for a device are still on the WAN."""
        return sum(at > now for at, _ in self._sent.get(device, ()))

    def can_move(
        self, device: str, truth: KeyTruth, mirrored: Iterable[bytes], now: Instant
    ) -> bool:
        """Whether a rotation is alive that the meter would execute as it is now."""
        on_the_wan = [octets for at, octets in self._sent.get(device, ()) if at > now]
        return any(is_alive(octets, truth) for octets in (*on_the_wan, *mirrored))


def is_alive(octets: bytes, truth: KeyTruth) -> bool:
    """Whether an envelope is a rotation that the meter would execute as it is now."""
    envelope = read_envelope(octets)
    if envelope is None or role_of(envelope)[0] not in ROTATING:
        return False
    version, counter = code_of(envelope)
    if version is not None and version == truth.staged_version:
        return True
    is_current = version is not None and version == truth.current_version
    return is_current and counter is not None and counter > truth.last_counter

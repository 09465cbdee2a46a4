"""What the management of a node is given by its surroundings: chance, a record, and its names.

A device never draws: it is given a function from the purpose and the occurrence to a number, so
that adding a draw moves no other (architecture.md, determinism rule 1).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from hanbench.emulator.events import HanChanged, KeyMade, LogWritten, PanMoved, Recorder
from hanbench.emulator.instant import Instant
from hanbench.protocol.identifiers import Eui64, PanId
from hanbench.protocol.keys import Key

Lots = Callable[[str, int], int]
"""Purpose and occurrence to a number of 256 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where a node is, and who it is there."""

    name: str
    installation: str
    record: Recorder
    lots: Lots
    name_of: Callable[[Eui64], str]

    def note(self, change: str, now: Instant, detail: str = "", device: str = "") -> None:
        """Record that something about who is on the HAN has changed."""
        who = device or self.name
        self.record(HanChanged(now, self.installation, who, change, detail))

    def log_security(self, code: int, text: str, now: Instant) -> None:
        """Write a line into the node's security log."""
        self.record(LogWritten(now, self.installation, self.name, "security", f"{code:04X}", text))

    def note_pan(self, pan: PanId, now: Instant) -> None:
        """Record that the network has another PAN id: who reads its frames must know."""
        self.record(PanMoved(now, self.installation, pan))

    def note_key(
        self, key: Key, now: Instant, *, usage: str, sequence: int = 0, peers: tuple[int, int]
    ) -> None:
        """Record a key that came to be, if it may be written down at all."""
        if key.is_test_material:
            self.record(
                KeyMade(now, self.installation, self.name, usage, sequence, peers, key.value)
            )


def silent(_event: object) -> None:
    """Record nothing."""


def nowhere(me: Eui64) -> Surroundings:
    """Return the surroundings of a node that stands alone, as in a test."""

    def lots(purpose: str, occurrence: int) -> int:
        return hash_of(f"{me:x}|{purpose}|{occurrence}")

    return Surroundings(
        name=f"{me:x}",
        installation="",
        record=silent,
        lots=lots,
        name_of=lambda eui64: f"{eui64:x}",
    )


def hash_of(text: str) -> int:
    """Return a number of 256 bits that follows from a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")

"""Tells when somebody troubles a node: frames that are malformed, forged or replayed.

Source: GBCS alert 8F60, "unusual numbers of malformed, out-of-order or unexpected commands
received" (domain.md 3.3); what is unusual is modelled [M]: the tenth such frame, the hundredth, and
so on, so that a flood fills no log.
"""

from collections.abc import Mapping
from typing import Final

from hanbench.emulator.node.drops import Drop

UNUSUAL: Final = 0x8F60
FIRST = 10
SUSPICIOUS: Final = frozenset(
    {
        Drop.MALFORMED,
        Drop.NOT_SECURED,
        Drop.UNKNOWN_KEY,
        Drop.BAD_MIC,
        Drop.REPLAYED,
        Drop.REFUSED,
    }
)
"""What a good neighbour does not do; damage on the air and frames for others are nobody's fault."""


class Suspicion:
    """Counts the frames of one node that nobody should have sent."""

    def __init__(self) -> None:
        self._next = FIRST

    def due(self, dropped: Mapping[Drop, int]) -> str:
        """Return what to write into the security log now; empty for nothing."""
        found = {reason: count for reason, count in dropped.items() if reason in SUSPICIOUS}
        total = sum(found.values())
        if total < self._next:
            return ""
        while self._next <= total:
            self._next *= FIRST
        said = ", ".join(f"{count} {reason.value}" for reason, count in found.items())
        return f"{total} frames dropped: {said}"

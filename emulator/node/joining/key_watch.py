"""Notices that the network key has moved on without us: frames come under a key that we lack.

Source: none, how a device finds that out is its maker's affair [M]. Anybody may forge such frames,
so it takes several, and not again for a while: a forger must not make devices chatter.
"""

from hanbench.emulator.instant import MINUTE_US, Instant, after

UNKNOWN_KEYS_MAX = 3
"""So many frames under a network key that is not known mean that it was changed [M]."""
INTERVAL_US = 15 * MINUTE_US
"""How often a device asks for the network key at most [M]."""


class KeyWatch:
    """Counts the frames of one node that came under an unknown network key."""

    def __init__(self) -> None:
        self._unknown = 0
        self._told_at: Instant | None = None

    def unknown(self, now: Instant) -> bool:
        """Count one more; True if the key counts as lost now."""
        self._unknown += 1
        is_soon = self._told_at is not None and now < after(self._told_at, INTERVAL_US)
        return self._unknown >= UNKNOWN_KEYS_MAX and not is_soon

    def told(self, now: Instant) -> None:
        """Begin to count anew, since something is done about it."""
        self._unknown, self._told_at = 0, now

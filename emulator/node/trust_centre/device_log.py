"""The device log of a hub: who may join from now on, and by which key.

Source: DUIST CCS01 and CCS02 and GBCS alert 8F12, as collected in domain.md 6.5: a device that is
not on the log gets no HAN communication; adding one that is on it changes nothing; removing one
moves its trust centre link key to a historic log of 15, first in first out; a device that comes
back joins with its old key in the first half of the window and with its install code in the second.
Those that had joined when migration began need no entry (domain.md 10.8); one that is put on the
log all the same (it was exchanged, or set back) has the key that the hub holds for its old one.
"""

from collections import deque
from dataclasses import dataclass

from hanbench.emulator.instant import Instant
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key

HISTORIC_MAX = 15


@dataclass(slots=True)
class LogEntry:
    """One device on the log."""

    install_key: Key
    link_key: Key | None = None
    """The trust centre link key that it has established; None: none yet."""
    window_from: Instant = Instant(0)  # noqa: RUF009  (a NewType of int)
    window_until: Instant = Instant(0)  # noqa: RUF009


class DeviceLog:
    """Who may join a HAN."""

    def __init__(self) -> None:
        self._entries: dict[Eui64, LogEntry] = {}
        self._historic: deque[tuple[Eui64, Key]] = deque(maxlen=HISTORIC_MAX)

    def __contains__(self, eui64: object) -> bool:
        return eui64 in self._entries

    @property
    def historic(self) -> tuple[Eui64, ...]:
        """Those whose keys are kept though they were taken off, oldest first."""
        return tuple(eui64 for eui64, _ in self._historic)

    @property
    def entries(self) -> tuple[tuple[Eui64, LogEntry], ...]:
        """Everybody on the log, first added first."""
        return tuple(self._entries.items())

    def add(
        self,
        eui64: Eui64,
        install_key: Key,
        now: Instant,
        until: Instant,
        link_key: Key | None = None,
    ) -> bool:
        """Add a device and open its window; False if it was there, and keeps its key.

        `link_key` is the one that a member has which was never on the log.
        """
        known = self._entries.get(eui64)
        if known is not None:
            known.window_from, known.window_until = now, until
            return False
        entry = LogEntry(install_key, link_key or self._recalled(eui64), now, until)
        self._entries[eui64] = entry
        return True

    def remove(self, eui64: Eui64) -> bool:
        """Take a device off; its link key goes to the historic log. False if it was not on."""
        entry = self._entries.pop(eui64, None)
        if entry is None:
            return False
        if entry.link_key is not None:
            self._historic.append((eui64, entry.link_key))
        return True

    def key_for(self, eui64: Eui64, now: Instant) -> Key | None:
        """Return the key that a device is let in with at this instant; None: it is not let in."""
        entry = self._entries.get(eui64)
        if entry is None:
            return None
        half = (entry.window_from + entry.window_until) // 2
        if entry.link_key is not None and now < half:
            return entry.link_key
        return entry.install_key

    def established(self, eui64: Eui64, key: Key) -> None:
        """Note the link key that a logged device has established."""
        entry = self._entries.get(eui64)
        if entry is not None:
            entry.link_key = key

    def _recalled(self, eui64: Eui64) -> Key | None:
        for held, key in reversed(self._historic):
            if held == eui64:
                return key
        return None

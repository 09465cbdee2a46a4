"""Whom a trust centre has put out and who has not said yet that it left.

Source: none, how a trust centre keeps at it is modelled [M] (the device may sleep for half an
hour). The list is in memory that needs no power: whoever was put out stays so when the hub
restarts. A list that a power cut has torn is put together again from what else is kept, the link
keys of those who are no members (`trust_centre.py`).
"""

from collections.abc import Iterable

from hanbench.emulator.fates import Phase
from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.nvm import Nvm, Slot, Torn
from hanbench.protocol.identifiers import Eui64

LEAVE_AGAIN_US = 10 * SECOND_US
"""How soon one that was put out, and is still heard, is told so again [M]."""
PUT_OUT_MAX = 16
"""How many the list has room for [M]: as many as a HAN has members. The oldest gives way."""

_LIST: Slot[tuple[Eui64, ...]] = Slot("put-out", ())


class PutOut:
    """The list of one trust centre."""

    def __init__(self, nvm: Nvm) -> None:
        self._nvm = nvm
        self._told_at: dict[Eui64, Instant] = {}

    def __contains__(self, device: object) -> bool:
        return device in self.listed

    @property
    def listed(self) -> tuple[Eui64, ...]:
        """Everybody on the list, first put out first; nobody on one that is torn."""
        kept = self._nvm.read(_LIST)
        return () if isinstance(kept, Torn) else kept

    def add(self, device: Eui64, now: Instant) -> Eui64 | None:
        """Put a device on the list; return whom it took the place of.

        Raises:
            PowerCut: the memory took the power with it.
        """
        others = [one for one in self.listed if one != device]
        kept = (*others[-(PUT_OUT_MAX - 1) :], device)
        phase = Phase.COMMIT_MEMBERSHIP
        self._nvm.commit(_LIST, kept, phase=phase, cause=None, now=now)
        return others[0] if len(others) >= PUT_OUT_MAX else None

    def drop(self, device: Eui64) -> bool:
        """Take a device off the list; False if it was not on it."""
        self._told_at.pop(device, None)
        if device not in self.listed:
            return False
        self._nvm.write(_LIST, tuple(one for one in self.listed if one != device))
        return True

    def told(self, device: Eui64, now: Instant) -> None:
        """Note that it has just been told to leave."""
        self._told_at[device] = now

    def is_due(self, device: Eui64, now: Instant) -> bool:
        """Whether it is time to tell it again."""
        at = self._told_at.get(device)
        return at is None or now >= after(at, LEAVE_AGAIN_US)

    def restart(self, if_torn: Iterable[Eui64]) -> None:
        """Go by the memory; by what else is known where that is torn."""
        self._told_at.clear()
        kept = self._nvm.read(_LIST)
        if isinstance(kept, Torn):
            self._nvm.write(_LIST, tuple(if_torn)[-PUT_OUT_MAX:])

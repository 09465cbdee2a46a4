"""Devices that ask for a place without the network key: what is kept of them until they prove it.

Modelled [M]. Anybody may ask to join or to come back, in any name, without any key (ZigBee
specification 05-3474, 3.6.1.4: the requests are not secured). So what is known of a member stays as
it is, its address, the way to it and its link key, until it speaks under the network key that only
it could read.

    asks ──> kept here ──announces itself under the network key──> believed
                 └──a minute, or too many after it──> forgotten
"""

from typing import Generic, TypeVar

from hanbench.emulator.instant import MINUTE_US, Instant, after
from hanbench.emulator.node.bounded import remember
from hanbench.protocol.identifiers import Eui64, ShortAddress

PROOF_US = MINUTE_US
"""How long one has time to prove who it is."""
UNPROVEN_MAX = 16
"""How many are kept at a time; the first gives way."""

Kept = TypeVar("Kept")


class Unproven(Generic[Kept]):
    """Who has asked, what place it was given, and what is to be done when it proves itself."""

    def __init__(self) -> None:
        self._asked: dict[Eui64, tuple[ShortAddress, Kept, Instant]] = {}

    def keep(self, device: Eui64, short: ShortAddress, kept: Kept, now: Instant) -> None:
        """Keep one who has asked."""
        self._asked.pop(device, None)
        remember(self._asked, device, (short, kept, after(now, PROOF_US)), UNPROVEN_MAX)

    def short_of(self, device: Eui64) -> ShortAddress | None:
        """Return the address that one was given; None if it did not ask."""
        asked = self._asked.get(device)
        return None if asked is None else asked[0]

    def has_given(self, short: ShortAddress) -> bool:
        """Whether somebody here was given an address."""
        return any(given == short for given, _, _ in self._asked.values())

    def proven(self, device: Eui64, short: ShortAddress, now: Instant) -> Kept | None:
        """Take that a device speaks under the network key; return what was kept for it."""
        asked = self._asked.get(device)
        if asked is None or asked[0] != short:
            return None
        del self._asked[device]
        return asked[1] if now < asked[2] else None

    def drop(self, device: Eui64) -> None:
        """Forget one."""
        self._asked.pop(device, None)

    def clear(self) -> None:
        """Forget everybody."""
        self._asked.clear()

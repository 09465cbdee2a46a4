"""Where the devices of a HAN are, as far as the trust centre believes it.

Source: ZigBee specification (05-3474) sections 4.6.3.2 (joining) and 3.6.1.4.2 (rejoining). A
secured rejoin is believed at once, for only a member has the network key; what was asked for in
clear is believed when the device has announced itself under that key (`unproven.py`).
"""

from typing import NamedTuple

from hanbench.emulator.instant import Instant
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.node_security import KeyOrigin
from hanbench.emulator.node.parent.parenting import Parenting
from hanbench.emulator.node.parent.unproven import Unproven
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.keys import Key


class _Asked(NamedTuple):
    """What is to be believed of a device when it has shown that it holds the network key."""

    via: Eui64 | None
    install_key: Key | None
    """The link key of one who joins; None: it keeps the one that it has."""


class Places:
    """Who is where, and who has only asked to be."""

    def __init__(self, management: Management, parenting: Parenting) -> None:
        self._management = management
        self._parenting = parenting
        self._asked: Unproven[_Asked] = Unproven()

    def asked(
        self, device: Eui64, short: ShortAddress, via: Eui64 | None, key: Key | None, now: Instant
    ) -> None:
        """Keep one who has asked in clear, here or at a router (`via`), with its first link key."""
        self._asked.keep(device, short, _Asked(via, key), now)

    def proven(self, device: Eui64, short: ShortAddress, now: Instant) -> None:
        """Take that a device has announced itself under the network key: perhaps one who asked."""
        self._parenting.proven(device, short, now)
        asked = self._asked.proven(device, short, now)
        if asked is None:
            return
        if asked.install_key is not None:
            origin = KeyOrigin.INSTALL_CODE
            self._management.security.set_link_key(device, asked.install_key, origin)
        self.moved(device, short, asked.via, now)

    def moved(self, child: Eui64, short: ShortAddress, via: Eui64 | None, now: Instant) -> None:
        """Know a device at its new place, and the way to it over its parent."""
        me, routes = self._management.membership, self._management.mesh.routes
        if self._management.mesh.conflicts.is_one(child, short):
            self._management.mesh.in_conflict(short, now)
            return
        me.vouch(child, short)
        if via is None:
            return
        self._parenting.children.release(child)
        over = routes.to(me.short_of[via]) if via in me.short_of else None
        routes.forget(short)
        if over is not None:
            routes.learn(short, over.next_hop, over.cost + 1)

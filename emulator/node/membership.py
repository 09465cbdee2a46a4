"""What a node knows of the network that it is on: its addresses, its parent, who is who.

Source: ZigBee specification (05-3474) section 3.5.2 (NIB) and 2.2.7.1.1 (address map). A node that
has joined nothing has the short address 0xFFFE and no PAN, and hears nobody's data.
"""

from hanbench.emulator.node.neighbourhood import Neighbourhood
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.ieee802154 import BROADCAST_PAN

NO_SHORT = ShortAddress(0xFFFE)
"""The short address of a node that has none."""
COORDINATOR = ShortAddress(0)
FIRST_SHORT, LAST_SHORT = ShortAddress(1), ShortAddress(0xFFF7)
"""The short addresses that may be given to devices."""
HEARSAY_MAX = 32
"""How many are known by their own word alone [M]: neither provisioned nor placed by a parent or the
trust centre. The first heard of is forgotten first."""


class Membership:
    """One node's place on its network; it changes when the node joins, moves or leaves."""

    __slots__ = (
        "depth",
        "eui64_of",
        "extended_pan",
        "hearsay",
        "is_router",
        "is_sleepy",
        "me",
        "pan",
        "parent",
        "short",
        "short_of",
        "sleepers",
        "sleeping_children",
        "trust_centre",
        "update_id",
    )

    def __init__(self, me: Eui64, *, is_router: bool, is_sleepy: bool = False) -> None:
        self.me = me
        self.is_router = is_router
        """Whether it relays for others: what is mains-powered does."""
        self.is_sleepy = is_sleepy
        self.pan = BROADCAST_PAN
        self.extended_pan = Eui64(0)
        self.trust_centre = Eui64(0)
        self.update_id = 0
        """How often the parameters of the network have changed, modulo 256: beacons tell it."""
        self.short = NO_SHORT
        self.parent: Eui64 | None = None
        """Whom it joined through; None for the coordinator, and for one that has not joined."""
        self.depth = 0
        self.short_of: dict[Eui64, ShortAddress] = {}
        self.eui64_of: dict[ShortAddress, Eui64] = {}
        self.hearsay: dict[Eui64, None] = {}
        """Those that are known by their own word alone."""
        self.sleepers: dict[Eui64, None] = {}
        """Those that are known to poll for their frames."""
        self.sleeping_children: dict[Eui64, None] = {}
        """Those of them that poll here."""

    @property
    def is_joined(self) -> bool:
        """Whether it has a place on a network."""
        return self.short != NO_SHORT

    @property
    def is_coordinator(self) -> bool:
        """Whether it made the network."""
        return self.short == COORDINATOR

    @property
    def broadcasts_over(self) -> Eui64 | None:
        """Who is sent what is meant for all; None: everybody in range.

        A child that sleeps hands it to its parent, who has the time to repeat it (3.6.5).
        """
        return self.parent if self.is_sleepy and self.parent in self.short_of else None

    def provision(self, home: Neighbourhood) -> None:
        """Take the place that it has in a home which has run for months."""
        self.pan, self.extended_pan = home.pan, home.extended_pan
        self.trust_centre = home.trust_centre
        for address in home.addresses:
            self.learn(address.eui64, address.short)
        self.sleepers = dict.fromkeys(home.sleepers)
        self.short = self.short_of[self.me]
        self.parent = home.parent_of(self.me)
        self.depth = home.depth_of(self.me)

    def learn(self, eui64: Eui64, short: ShortAddress) -> None:
        """Note who has a short address; whoever had it before has lost it."""
        before = self.short_of.get(eui64)
        if before == short:
            return
        if before is not None:
            self.eui64_of.pop(before, None)
        evicted = self.eui64_of.get(short)
        if evicted is not None:
            self.short_of.pop(evicted, None)
            if evicted in self.hearsay:
                self.forget(evicted)
        self.short_of[eui64] = short
        self.eui64_of[short] = eui64

    def hear_of(self, eui64: Eui64, short: ShortAddress) -> None:
        """Note who says that it has a short address; such words have room for a few alone."""
        if eui64 not in self.short_of:
            if len(self.hearsay) >= HEARSAY_MAX:
                self.forget(next(iter(self.hearsay)))
            self.hearsay[eui64] = None
        self.learn(eui64, short)

    def vouch(self, eui64: Eui64, short: ShortAddress) -> None:
        """Note who has a short address by the word of a parent or the trust centre."""
        self.hearsay.pop(eui64, None)
        self.learn(eui64, short)

    def forget(self, eui64: Eui64) -> None:
        """Forget a device that has left."""
        short = self.short_of.pop(eui64, None)
        if short is not None:
            self.eui64_of.pop(short, None)
        self.sleepers.pop(eui64, None)
        self.hearsay.pop(eui64, None)

    def move_to(self, short: ShortAddress, parent: Eui64, depth: int) -> None:
        """Take a place below a parent, with a short address of its giving."""
        self.short, self.parent, self.depth = short, parent, depth
        self.learn(self.me, short)

    def leave(self) -> None:
        """Be on no network any more; what is known of others is forgotten."""
        self.pan, self.extended_pan, self.short = BROADCAST_PAN, Eui64(0), NO_SHORT
        self.parent, self.depth, self.update_id = None, 0, 0
        self.short_of.clear()
        self.eui64_of.clear()
        self.sleepers.clear()
        self.sleeping_children.clear()
        self.hearsay.clear()

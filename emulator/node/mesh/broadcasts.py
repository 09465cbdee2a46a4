"""Broadcasts: heard once, repeated once, and again while a neighbour has not repeated them.

Source: ZigBee specification (05-3474) section 3.6.5 and Table 3.58 (NIB): the broadcast transaction
table, nwkPassiveAckTimeout 0.5 s, nwkMaxBroadcastRetries 2, nwkNetworkBroadcastDeliveryTime 9 s,
nwkcMaxBroadcastJitter 64 ms, as collected in han.md section 2. How many broadcasts a node remembers
is modelled [M]; what comes when that is full is dropped, which bounds what a flood can do.

    ours, or heard for the first time ──> remembered for 9 s ──jitter──> sent ──0.5 s──> sent again
    heard again ──> a neighbour has it; dropped as a duplicate
"""

from collections.abc import Callable

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import MILLISECOND_US, SECOND_US, Instant, after
from hanbench.emulator.node.drops import Counters, Drop
from hanbench.emulator.node.membership import Membership
from hanbench.emulator.node.mesh.repeats import Key, Plan, Repeats
from hanbench.emulator.node.mesh.routes import Routes
from hanbench.emulator.node.nwk_layer import NwkLayer
from hanbench.emulator.node.outgoing import Outgoing
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee.nwk import NwkFrame

DELIVERY_US = 9 * SECOND_US
JITTER_US = 64 * MILLISECOND_US
RETRIES = Plan(tries=3, interval_us=500 * MILLISECOND_US)
"""The first and nwkMaxBroadcastRetries (2) more, nwkPassiveAckTimeout apart."""
TRANSACTIONS_MAX = 32
"""How many broadcasts are remembered at a time [M]."""

Jitter = Callable[[int], int]
"""Most microseconds to wait, to how many to wait: 0 where nothing draws lots."""


class Broadcasts:
    """The broadcast transaction table of one node."""

    def __init__(
        self,
        membership: Membership,
        layer: NwkLayer,
        counters: Counters,
        routes: Routes,
        repeats: Repeats,
        jitter: Jitter,
    ) -> None:
        self._membership = membership
        self._layer = layer
        self._counters = counters
        self._routes = routes
        self._repeats = repeats
        self._jitter = jitter
        self._expires_at: dict[Key, Instant] = {}

    def launch(self, out: Outgoing, now: Instant) -> list[Transmission]:
        """Return a broadcast of our own on its way; a child that sleeps hands it to its parent."""
        over = self._membership.broadcasts_over
        if over is not None or not self._membership.is_router or out.frame.radius <= 1:
            once = self._layer.to_air(out.frame, over, out.kind, out.cause)
            return [once, *self._to_sleepers(out)]
        if not self._has_room(now):
            self._counters.drop(Drop.NO_ROOM)
            return []
        key = _key(out.frame)
        self._expires_at[key] = after(now, DELIVERY_US)
        sent = self._repeats.begin(key, out, now, RETRIES, awaited=self.routers_but(None))
        return [*self.to_air(sent), *self._to_sleepers(out)]

    def take(self, frame: NwkFrame, hop: Eui64 | None, now: Instant) -> Drop | None:
        """Take a broadcast; return why it is dropped, None if it is new and remembered now."""
        key = _key(frame)
        expires_at = self._expires_at.get(key)
        if expires_at is not None and now < expires_at:
            if hop is not None:
                self._repeats.heard(key, hop)
            return Drop.DUPLICATE
        if frame.source == self._membership.short:
            return Drop.DUPLICATE
        if not self._has_room(now):
            return Drop.NO_ROOM
        self._expires_at[key] = after(now, DELIVERY_US)
        return None

    def relay(self, out: Outgoing, hop: Eui64 | None, now: Instant) -> list[Transmission]:
        """Return a broadcast that came from `hop` on its way, or send it after a little while."""
        sent = self._repeats.begin(
            _key(out.frame),
            out,
            now,
            RETRIES,
            awaited=self.routers_but(hop),
            delay_us=self._jitter(JITTER_US),
        )
        return [*self.to_air(sent), *self._to_sleepers(out)]

    def routers_but(self, hop: Eui64 | None) -> dict[Eui64, None]:
        """Return the routers in reach who are to be heard repeating what came from `hop`.

        The parent is one, though it has not told its link status yet.
        """
        awaited: dict[Eui64, None] = dict.fromkeys(self._routes.neighbours)
        if self._membership.parent is not None:
            awaited[self._membership.parent] = None
        if hop is not None:
            awaited.pop(hop, None)
        return awaited

    def to_air(self, sent: list[Outgoing]) -> list[Transmission]:
        """Seal frames for all in range."""
        return [self._layer.to_air(one.frame, None, one.kind, one.cause) for one in sent]

    def restart(self) -> None:
        """Forget what was heard."""
        self._expires_at.clear()

    def _to_sleepers(self, out: Outgoing) -> list[Transmission]:
        # Once, whatever is repeated: each copy waits for its child's poll.
        return self._layer.to_sleepers(out.frame, out.kind, out.cause)

    def _has_room(self, now: Instant) -> bool:
        if len(self._expires_at) < TRANSACTIONS_MAX:
            return True
        kept = {key: at for key, at in self._expires_at.items() if now < at}
        self._expires_at = kept
        return len(kept) < TRANSACTIONS_MAX


def _key(frame: NwkFrame) -> Key:
    return "broadcast", frame.source, frame.sequence

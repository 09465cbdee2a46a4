"""Another network with our PAN id: told to the coordinator, who gives the network another.

Source: ZigBee specification (05-3474) sections 3.4.9 (network report), 3.4.10 (network update) and
3.6.1.13 (PAN id conflicts), read second-hand: a router that hears the beacon of a network with our
PAN id and another extended PAN id reports it to the network manager, with the PAN ids in use around
it; the manager draws one that is free and tells all; everybody changes when
nwkNetworkBroadcastDeliveryTime (9 s) has passed since. How often a router reports and the network
changes, that the coordinator writes down what it has told, and that it alone is believed, are
modelled [M]: anybody may send beacons.

    router ──beacon of another network, our PAN id──> Network Report ──> coordinator
    coordinator ──Network Update to all──┬──9 s──> has the new PAN id
    all others ──────────────────────────┴──9 s──> have it; who missed it searches by the name
"""

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import MINUTE_US, Instant, after
from hanbench.emulator.node.bounded import remember
from hanbench.emulator.node.device_object import HeardNwk
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.membership import COORDINATOR
from hanbench.emulator.node.mesh.broadcasts import DELIVERY_US
from hanbench.emulator.node.surroundings import Surroundings
from hanbench.protocol import ieee802154_commands
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import PanId
from hanbench.protocol.ieee802154 import BROADCAST_PAN, MacFrame
from hanbench.protocol.zigbee import nwk
from hanbench.protocol.zigbee.nwk_commands import NetworkReport, NetworkUpdate

REPORTS_APART_US = MINUTE_US
"""How often a router reports at most [M]."""
CHANGES_APART_US = 10 * MINUTE_US
"""How often the coordinator changes the PAN id at most [M]."""
AROUND_MAX = 16
"""How many PAN ids of others are remembered [M]; a report has room for 31."""
UPDATE_MODULUS = 256
_HALF = UPDATE_MODULUS // 2


def is_newer(update_id: int, than: int) -> bool:
    """Whether one set of parameters of a network came after another; the number comes round."""
    return 0 < (update_id - than) % UPDATE_MODULUS < _HALF


class PanChange:
    """What one node does about the PAN id of its network."""

    def __init__(self, management: Management, surroundings: Surroundings) -> None:
        self.deadline: Instant | None = None
        """When the PAN id changes; None: it stays."""
        self._management = management
        self._surroundings = surroundings
        self._around: dict[PanId, None] = {}
        """PAN ids that other networks have, as far as their beacons were heard."""
        self._quiet_until: Instant | None = None
        self._next: NetworkUpdate | None = None
        self._drawn = 0

    def heard_beacon(self, mac: MacFrame, now: Instant) -> list[Transmission]:
        """Take a beacon: of our network, of another, or of another with our PAN id."""
        me = self._management.membership
        if not me.is_router or not me.is_joined or mac.source_pan is None:
            return []
        try:
            beacon = ieee802154_commands.decode_beacon(mac.payload)
        except DecodeError:
            return []
        if beacon.extended_pan == me.extended_pan:
            return []
        remember(self._around, mac.source_pan, None, AROUND_MAX)
        if mac.source_pan != me.pan or self._is_quiet(now):
            return []
        return self._resolve(now) if me.is_coordinator else self._report(now)

    def take(self, heard: HeardNwk, now: Instant) -> list[Transmission]:
        """Take a report, as the coordinator, or another PAN id from it."""
        me = self._management.membership
        match heard.command:
            case NetworkReport(extended_pan=name, pans=pans):
                if not me.is_coordinator or name != me.extended_pan:
                    return []
                for pan in pans:
                    remember(self._around, pan, None, AROUND_MAX)
                is_conflict = me.pan in pans and not self._is_quiet(now)
                return self._resolve(now) if is_conflict else []
            case NetworkUpdate(extended_pan=name) as update:
                is_its_word = heard.source == COORDINATOR and heard.source_eui64 == me.trust_centre
                if is_its_word and not me.is_coordinator and name == me.extended_pan:
                    self._follow(update, now)
                return []
            case _:
                return []

    def wake(self, now: Instant) -> None:
        """Have the new PAN id when it is time."""
        if self.deadline is not None and self.deadline <= now:
            self._change(now)

    def restart(self, now: Instant) -> None:
        """Forget what is volatile; the coordinator has written down what it told."""
        self._around.clear()
        self._quiet_until = None
        if self._next is not None and self._management.membership.is_coordinator:
            self._change(now)
        self.stop()

    def stop(self) -> None:
        """Change nothing any more: we are on no network, or found it anew."""
        self.deadline, self._next = None, None

    def _is_quiet(self, now: Instant) -> bool:
        return self._quiet_until is not None and now < self._quiet_until

    def _report(self, now: Instant) -> list[Transmission]:
        self._quiet_until = after(now, REPORTS_APART_US)
        report = NetworkReport(self._management.membership.extended_pan, tuple(self._around))
        return self._management.nwk_command(report, COORDINATOR, "network-report", now)

    def _resolve(self, now: Instant) -> list[Transmission]:
        me = self._management.membership
        self._quiet_until = after(now, CHANGES_APART_US)
        update = NetworkUpdate(
            me.extended_pan, (me.update_id + 1) % UPDATE_MODULUS, self._free_pan()
        )
        self._surroundings.note("pan-conflict", now, f"{me.pan:#06x} is another network's too")
        self._follow(update, now)
        return self._management.nwk_command(update, nwk.ALL_DEVICES, "network-update", now)

    def _follow(self, update: NetworkUpdate, now: Instant) -> None:
        held = self._management.membership.update_id
        held = held if self._next is None else self._next.update_id
        if is_newer(update.update_id, held):
            self._next, self.deadline = update, after(now, DELIVERY_US)

    def _change(self, now: Instant) -> None:
        assert self._next is not None, "the deadline comes with it"
        me = self._management.membership
        before, me.pan, me.update_id = me.pan, self._next.pan, self._next.update_id
        self.stop()
        self._surroundings.note("pan-changed", now, f"from {before:#06x} to {me.pan:#06x}")
        if me.is_coordinator:
            self._surroundings.note_pan(me.pan, now)

    def _free_pan(self) -> PanId:
        held = self._management.membership.pan
        taken = (held, *self._around)
        self._drawn += 1
        # From where it is: homes that draw alike have different PAN ids all the same.
        drawn = held + self._surroundings.lots("PAN id", self._drawn)
        numbers = range(drawn, drawn + len(taken) + 1)
        pans = (PanId(1 + number % (BROADCAST_PAN - 1)) for number in numbers)
        return next(pan for pan in pans if pan not in taken)

"""How a device finds its network, joins it, comes back to it, and leaves.

Source: ZigBee specification (05-3474) sections 3.6.1.4 (joining), 3.6.1.4.2 (rejoining) and
3.6.1.10 (leaving), ZigBee Smart Energy Standard (07-5356) section 5.4.7 (joining with an install
code) and the rejoin policy read second-hand (han.md section 5): three scans a second apart, again
within a minute, then with growing intervals of up to 15 min. How long each answer may take is
modelled [M].

    OFF ─begin─> SCANNING ─beacon─> ASSOCIATING ─> AWAITING_KEY ─> MATCHING ─> ESTABLISHING ─>
    JOINED
      nothing heard, refused or late ──> WAITING ──> SCANNING
    JOINED ─parent lost, key lost─> SCANNING for the own network ─> REJOINING ─> JOINED
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import MILLISECOND_US, MINUTE_US, SECOND_US, Instant, after
from hanbench.emulator.node.bounded import remember
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.endpoints import capability_of
from hanbench.emulator.node.joining.pan_change import is_newer
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.surroundings import Surroundings
from hanbench.protocol import ieee802154_commands as mac_commands
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.ieee802154 import BROADCAST_PAN, BROADCAST_SHORT, FrameType, MacFrame
from hanbench.protocol.ieee802154_commands import (
    AssociationRequest,
    AssociationResponse,
    AssociationStatus,
    Beacon,
    BeaconRequest,
    DataRequest,
)
from hanbench.protocol.zigbee import nwk, nwk_commands
from hanbench.protocol.zigbee.nwk_commands import RejoinRequest, RejoinResponse

SCAN_US = 500 * MILLISECOND_US
RESPONSE_WAIT_US = 490 * MILLISECOND_US
"""macResponseWaitTime, about (han.md section 1)."""
ANSWER_US = SECOND_US
KEY_WAIT_US = 10 * SECOND_US
SCANS_IN_A_ROW = 3
SCAN_INTERVAL_US = SECOND_US
CANDIDATES_MAX = 16
"""How many parents are remembered at a time [M]: anybody may send beacons, under any name."""
BACK_OFF_US = (MINUTE_US, 2 * MINUTE_US, 4 * MINUTE_US, 8 * MINUTE_US, 15 * MINUTE_US)


class Phase(enum.Enum):
    """Where a device is on its way in."""

    OFF = "off"
    SCANNING = "scanning"
    ASSOCIATING = "associating"
    AWAITING_SHORT = "awaiting-short"
    AWAITING_KEY = "awaiting-key"
    REJOINING = "rejoining"
    SECURING = "securing"
    """It has the network key, and finds and makes what else it needs."""
    JOINED = "joined"
    WAITING = "waiting"


class Purpose(enum.Enum):
    """Why it looks for a network."""

    JOIN = "join"
    SECURED_REJOIN = "secured"
    TRUST_CENTRE_REJOIN = "trust-centre"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A parent that was heard."""

    sender: Eui64
    pan: PanId
    short: ShortAddress
    beacon: Beacon


class Joiner:
    """The way of one device into its network."""

    def __init__(
        self,
        management: Management,
        surroundings: Surroundings,
        *,
        is_joined: bool,
        rejoined: Callable[[Instant], list[Transmission]],
    ) -> None:
        self.phase = Phase.JOINED if is_joined else Phase.OFF
        self.deadline: Instant | None = None
        self._management = management
        self._surroundings = surroundings
        self._rejoined = rejoined
        self.purpose = Purpose.JOIN
        self._heard: dict[Eui64, Candidate] = {}
        self._parent: Candidate | None = None
        self._scans = 0
        self._failures = 0
        self._disappointed: dict[Eui64, int] = {}
        """How often each parent was tried in vain, since the device began to look."""
        self._home: Eui64 | None = None
        """Extended PAN of the network that it was on: what a rejoin looks for."""
        self._last_short = ShortAddress(0xFFFF)

    @property
    def is_busy(self) -> bool:
        """Whether it is on its way in, and so listens whatever its habits are."""
        return self.phase not in (Phase.OFF, Phase.JOINED, Phase.WAITING)

    @property
    def parent(self) -> Eui64 | None:
        """Through whom it is on the network."""
        return self._management.membership.parent

    def begin(self, now: Instant) -> list[Transmission]:
        """Look for a network that lets us join."""
        self._begin_for(Purpose.JOIN)
        self._home = None
        return self._scan(now)

    def rejoin(
        self, purpose: Purpose, now: Instant, in_vain: Mapping[Eui64, int] | None = None
    ) -> list[Transmission]:
        """Look for the network that we were on, by its key or through the trust centre.

        `in_vain` says how often each parent was of no use before, to one that searches again.
        """
        me = self._management.membership
        if me.is_joined:
            self._home, self._last_short = me.extended_pan, me.short
        self._begin_for(purpose)
        self._disappointed.update(in_vain or {})
        return self._scan(now)

    def resume(self, now: Instant) -> None:
        """Go on after the power came back: what was under way begins anew."""
        if self.is_busy:
            self.phase, self.deadline = Phase.WAITING, after(now, SCAN_INTERVAL_US)

    def off(self) -> None:
        """Stop, whatever was under way."""
        self.phase, self.deadline = Phase.OFF, None

    def take_beacon(self, mac: MacFrame, sender: Eui64) -> None:
        """Note a parent that was heard."""
        if self.phase is not Phase.SCANNING or mac.source_short is None or mac.source_pan is None:
            return
        try:
            beacon = mac_commands.decode_beacon(mac.payload)
        except DecodeError:
            return
        candidate = Candidate(sender, mac.source_pan, mac.source_short, beacon)
        remember(self._heard, sender, candidate, CANDIDATES_MAX)

    def take_association(
        self, response: AssociationResponse, parent: Eui64, now: Instant
    ) -> list[Transmission]:
        """Take the parent's answer."""
        if self.phase not in (Phase.ASSOCIATING, Phase.AWAITING_SHORT) or self._parent is None:
            return []
        if response.status is not AssociationStatus.SUCCESS:
            return self._failed(now, response.status.name.lower().replace("_", " "))
        self._enter(response.short, self._parent, parent)
        self.phase, self.deadline = Phase.AWAITING_KEY, after(now, KEY_WAIT_US)
        return []

    def take_rejoin(
        self, response: RejoinResponse, now: Instant, *, is_secured: bool
    ) -> list[Transmission]:
        """Take the answer to a rejoin, protected as the request was."""
        if self.purpose is Purpose.SECURED_REJOIN and not is_secured:
            self._management.counters.drop(Drop.NOT_SECURED)
            return []
        if self.phase is not Phase.REJOINING or self._parent is None:
            return []
        if response.status != AssociationStatus.SUCCESS:
            return self._failed(now, "rejoin refused")
        self._enter(response.short, self._parent, self._parent.sender)
        if self.purpose is Purpose.TRUST_CENTRE_REJOIN:
            self.phase, self.deadline = Phase.AWAITING_KEY, after(now, KEY_WAIT_US)
            return []
        return self._back(now)

    def has_key(self, now: Instant) -> list[Transmission]:
        """Go on, now that the network key is here."""
        if self.phase is not Phase.AWAITING_KEY:
            return []
        if self.purpose is Purpose.JOIN:
            self.phase, self.deadline = Phase.SECURING, None
            return []
        return self._back(now)

    def secured(self) -> None:
        """Be joined: the link key is made."""
        self.phase, self.deadline = Phase.JOINED, None

    def wake(self, now: Instant) -> list[Transmission]:
        """Go on, or give up what took too long."""
        if self.deadline is None or self.deadline > now:
            return []
        match self.phase:
            case Phase.SCANNING:
                return self._scanned(now)
            case Phase.ASSOCIATING:
                return self._ask_for_short(now)
            case Phase.WAITING:
                return self._scan(now)
            case _:
                return self._failed(now, f"{self.phase.value} took too long")

    def refuse(self, now: Instant, why: str) -> list[Transmission]:
        """Give up this try, and begin again later."""
        return self._failed(now, why)

    def _begin_for(self, purpose: Purpose) -> None:
        self.purpose, self._disappointed = purpose, {}
        self._scans = self._failures = 0

    def _scan(self, now: Instant) -> list[Transmission]:
        self._heard, self._parent = {}, None
        self.phase, self.deadline = Phase.SCANNING, after(now, SCAN_US)
        request = MacFrame(
            frame_type=FrameType.COMMAND,
            sequence=0,
            payload=mac_commands.encode(BeaconRequest()),
            target_pan=BROADCAST_PAN,
            target_short=BROADCAST_SHORT,
        )
        return [self._management.mac(request, None, "beacon-request")]

    def _scanned(self, now: Instant) -> list[Transmission]:
        suitable = [one for one in self._heard.values() if self._suits(one)]
        if not suitable:
            return self._failed(now, "no network heard")
        self._parent = min(suitable, key=self._reluctance)
        if self.purpose is Purpose.JOIN:
            return self._associate(self._parent, now)
        return self._ask_to_rejoin(self._parent, now)

    def _reluctance(self, candidate: Candidate) -> tuple[int, bool, int]:
        """Least for who disappointed least, is up to date and near the coordinator, first heard."""
        often = self._disappointed.get(candidate.sender, 0)
        return often, self._is_outdated(candidate.beacon), candidate.beacon.depth

    def _is_outdated(self, beacon: Beacon) -> bool:
        """Whether another parent of the same network knows of newer parameters (3.6.1.4.1)."""
        return any(
            one.beacon.extended_pan == beacon.extended_pan
            and is_newer(one.beacon.update_id, beacon.update_id)
            for one in self._heard.values()
        )

    def _suits(self, candidate: Candidate) -> bool:
        if self.purpose is Purpose.JOIN:
            return candidate.beacon.permits_joining
        return candidate.beacon.extended_pan == self._home

    def _associate(self, parent: Candidate, now: Instant) -> list[Transmission]:
        me = self._management.membership
        request = MacFrame(
            frame_type=FrameType.COMMAND,
            sequence=0,
            payload=mac_commands.encode(AssociationRequest(capability_of(is_router=me.is_router))),
            target_pan=parent.pan,
            target_short=parent.short,
            source_pan=BROADCAST_PAN,
            source_eui64=me.me,
            ack_request=True,
        )
        self.phase, self.deadline = Phase.ASSOCIATING, after(now, RESPONSE_WAIT_US)
        return [self._management.mac(request, parent.sender, "association")]

    def _ask_for_short(self, now: Instant) -> list[Transmission]:
        assert self._parent is not None, "it was associated with somebody"
        request = MacFrame(
            frame_type=FrameType.COMMAND,
            sequence=0,
            payload=mac_commands.encode(DataRequest()),
            target_pan=self._parent.pan,
            target_short=self._parent.short,
            source_eui64=self._management.membership.me,
            ack_request=True,
        )
        self.phase, self.deadline = Phase.AWAITING_SHORT, after(now, ANSWER_US)
        return [self._management.mac(request, self._parent.sender, "data-request")]

    def _ask_to_rejoin(self, parent: Candidate, now: Instant) -> list[Transmission]:
        me, is_secured = self._management.membership, self.purpose is Purpose.SECURED_REJOIN
        # It speaks from the place that it had; the parent may give it another.
        self._settle(parent)
        me.move_to(self._last_short, parent.sender, parent.beacon.depth + 1)
        me.vouch(parent.sender, parent.short)
        self.phase, self.deadline = Phase.REJOINING, after(now, ANSWER_US)
        return [
            self._management.nwk_to_hop(
                RejoinRequest(capability_of(is_router=me.is_router)),
                parent.sender,
                parent.short,
                "rejoin",
                is_secured=is_secured,
            )
        ]

    def _enter(self, short: ShortAddress, parent: Candidate, sender: Eui64) -> None:
        """Take the place that the parent gave us."""
        me, routes = self._management.membership, self._management.mesh.routes
        self._settle(parent)
        me.vouch(sender, parent.short)
        me.move_to(short, sender, parent.beacon.depth + 1)
        self._home, self._last_short = me.extended_pan, short
        routes.clear()
        routes.learn(parent.short, sender, 1)
        if parent.short != 0:
            routes.learn(ShortAddress(0), sender, 2)

    def _settle(self, parent: Candidate) -> None:
        """Be on the network of a parent, as its beacon told."""
        me = self._management.membership
        me.pan, me.extended_pan = parent.pan, parent.beacon.extended_pan
        me.update_id = parent.beacon.update_id

    def _back(self, now: Instant) -> list[Transmission]:
        me = self._management.membership
        self.phase, self.deadline = Phase.JOINED, None
        through = "" if me.parent is None else self._surroundings.name_of(me.parent)
        self._surroundings.note("rejoined", now, f"{self.purpose.value}, through {through}")
        return self._rejoined(now)

    def _failed(self, now: Instant, why: str) -> list[Transmission]:
        self._scans += 1
        self.phase = Phase.WAITING
        if self._parent is not None:
            tried = self._parent.sender
            often = self._disappointed.get(tried, 0) + 1
            remember(self._disappointed, tried, often, CANDIDATES_MAX)
        if self.purpose is Purpose.JOIN:
            # A place without the network key is none.
            self._management.membership.leave()
        if self._scans < SCANS_IN_A_ROW:
            self.deadline = after(now, SCAN_INTERVAL_US)
            return []
        self._surroundings.note("gave-up", now, why)
        self._scans = 0
        interval = BACK_OFF_US[min(self._failures, len(BACK_OFF_US) - 1)]
        self._failures += 1
        if self.purpose is Purpose.SECURED_REJOIN:
            # Perhaps the network key has moved on: ask the trust centre for it.
            self.purpose = Purpose.TRUST_CENTRE_REJOIN
        self.deadline = after(now, interval)
        return []


def leave_command(management: Management, *, rejoin: bool) -> Transmission:
    """Return the broadcast by which a node tells its neighbours that it leaves."""
    return management.nwk_broadcast(
        nwk_commands.Leave(rejoin=rejoin), nwk.ALL_LISTENING, "leave", radius=1
    )

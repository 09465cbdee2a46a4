"""What a router or the hub does for those who join through it.

Source: IEEE 802.15.4-2011 sections 5.1.2.1 (beacons) and 5.1.3 (association), ZigBee specification
(05-3474) sections 3.6.1.4 (joining), 3.6.1.4.2 (rejoining) and 4.6.3 (keys for joiners); as
collected in han.md section 5. A joiner is given a place here, and a key by the trust centre alone.
Who has been silent for too long is a child no more (`children.py`), and is told so when it polls.
Until it speaks under that key it is a guest: whose name it bears keeps what it had.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hanbench.emulator.device import Transmission
from hanbench.emulator.durations import format_duration
from hanbench.emulator.instant import SECOND_US, START, Instant, after
from hanbench.emulator.node.bounded import remember
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.membership import FIRST_SHORT, LAST_SHORT
from hanbench.emulator.node.parent.children import Children
from hanbench.emulator.node.parent.unproven import Unproven
from hanbench.emulator.node.surroundings import Surroundings
from hanbench.protocol import ieee802154_commands as mac_commands
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.ieee802154 import FrameType, MacFrame
from hanbench.protocol.ieee802154_commands import (
    ROUTER_CAPABILITY,
    AssociationRequest,
    AssociationResponse,
    AssociationStatus,
    Beacon,
    BeaconRequest,
    DataRequest,
    MacCommand,
)
from hanbench.protocol.zigbee.aps_commands import DeviceStatus
from hanbench.protocol.zigbee.nwk_commands import (
    EndDeviceTimeoutRequest,
    EndDeviceTimeoutResponse,
    KeepAlive,
    Leave,
    NwkCommand,
    RejoinRequest,
    RejoinResponse,
    TimeoutStatus,
)

RX_ON_WHEN_IDLE = 0x08
"""Bit of the capability information; a device without it polls."""
PENDING_US = 10 * SECOND_US
"""How long an association response waits to be asked for [M]."""
TOLD_AGAIN_US = SECOND_US
"""How soon one that polls and is no child is told so again [M]: it may not heed it."""
PENDING_MAX = 16
"""How many wait at a time [M]: anybody may ask, without any key, under any name."""

Arrived = Callable[[Eui64, ShortAddress, DeviceStatus, Instant], list[Transmission]]
"""Tells the trust centre, here or elsewhere, of a child that has come."""
MayJoin = Callable[[Eui64, Instant], bool]
HasRoom = Callable[[Eui64, Instant], bool]


@dataclass(frozen=True, slots=True)
class _Pending:
    response: AssociationResponse
    capability: int
    expires_at: Instant


class Parenting:
    """The children of one router, and those who want to be."""

    def __init__(
        self,
        management: Management,
        surroundings: Surroundings,
        arrived: Arrived,
        may_join: MayJoin,
    ) -> None:
        self.permitted_until: Instant = START
        self.has_room: HasRoom = lambda _joiner, _now: True
        """Whether the HAN has room for one more. The trust centre sets it where it is the parent;
        a router asks by Update Device, and is told to put the joiner out."""
        self.children = Children(management.membership)
        self._management = management
        self._surroundings = surroundings
        self._arrived = arrived
        self._may_join = may_join
        self._pending: dict[Eui64, _Pending] = {}
        self._guests: Unproven[int] = Unproven()
        """Children that have no network key yet, with their capability information."""
        self._told_at: dict[Eui64, Instant] = {}
        self._allocated = 0

    def permit(self, seconds: int, now: Instant) -> None:
        """Let devices join for some seconds; 0 ends it."""
        self.permitted_until = after(now, seconds * SECOND_US)

    def is_permitted(self, now: Instant) -> bool:
        """Whether devices may join now."""
        return now < self.permitted_until

    def take_mac(
        self, command: MacCommand, source: Eui64 | None, now: Instant
    ) -> list[Transmission]:
        """Take a MAC command of one who wants to join."""
        match command:
            case BeaconRequest():
                return self.beacon(now)
            case AssociationRequest() if source is not None:
                self.associate(source, command, now)
                return []
            case DataRequest() if source is not None:
                return self.polled(source, now)
            case _:
                return []

    def beacon(self, now: Instant) -> list[Transmission]:
        """Answer a beacon request."""
        me = self._management.membership
        if not me.is_joined:
            return []
        beacon = Beacon(
            is_coordinator=me.is_coordinator,
            permits_joining=self.is_permitted(now),
            extended_pan=me.extended_pan,
            depth=me.depth,
            update_id=me.update_id,
        )
        frame = MacFrame(
            frame_type=FrameType.BEACON,
            sequence=0,
            payload=mac_commands.encode_beacon(beacon),
            source_pan=me.pan,
            source_short=me.short,
        )
        return [self._management.mac(frame, None, "beacon")]

    def associate(self, joiner: Eui64, request: AssociationRequest, now: Instant) -> None:
        """Take an association request; its answer waits to be asked for."""
        me = self._management.membership
        if not me.is_joined:
            return
        is_allowed = self.is_permitted(now) and self._may_join(joiner, now)
        short, status = me.short_of.get(joiner), AssociationStatus.SUCCESS
        if not is_allowed:
            short, status = ShortAddress(0xFFFF), AssociationStatus.PAN_ACCESS_DENIED
        elif not (self.children.has_room(joiner) and self.has_room(joiner, now)):
            short, status = ShortAddress(0xFFFF), AssociationStatus.PAN_AT_CAPACITY
        elif short is None:
            short = self.allocate()
        assert short is not None, "it was given one"
        self._pending = {who: one for who, one in self._pending.items() if now < one.expires_at}
        if len(self._pending) >= PENDING_MAX and joiner not in self._pending:
            return
        self._pending[joiner] = _Pending(
            AssociationResponse(short, status), request.capability, after(now, PENDING_US)
        )

    def has_pending(self, child: Eui64, now: Instant) -> bool:
        """Whether an association response waits for one that polls."""
        waiting = self._pending.get(child)
        return waiting is not None and now < waiting.expires_at

    def polled(self, child: Eui64, now: Instant) -> list[Transmission]:
        """Hand out an association response, and tell the trust centre of a new child."""
        waiting = self._pending.pop(child, None)
        if waiting is None or now >= waiting.expires_at:
            return []
        sent = [self._response(child, waiting.response)]
        if waiting.response.status is AssociationStatus.SUCCESS:
            short = waiting.response.short
            self._guests.keep(child, short, waiting.capability, now)
            sent += self._arrived(child, short, DeviceStatus.UNSECURED_JOIN, now)
        return sent

    def rejoin(
        self,
        child: Eui64,
        short: ShortAddress,
        request: RejoinRequest,
        now: Instant,
        *,
        is_secured: bool,
    ) -> list[Transmission]:
        """Take a device back that was on the network before."""
        me = self._management.membership
        if not me.is_joined:
            return []
        given = short
        known = me.eui64_of.get(short)
        if not FIRST_SHORT <= short <= LAST_SHORT or (known is not None and known != child):
            given = self.allocate()
        status = DeviceStatus.SECURED_REJOIN if is_secured else DeviceStatus.TRUST_CENTRE_REJOIN
        if not is_secured and not self._may_join(child, now):
            return []
        if not self.children.has_room(child):
            full = RejoinResponse(short, AssociationStatus.PAN_AT_CAPACITY)
            return [self._to_child(full, child, short, "rejoin", is_secured=is_secured)]
        if is_secured:
            self.adopt(child, given, request.capability, now)
        else:
            self._guests.keep(child, given, request.capability, now)
        welcome = RejoinResponse(given, AssociationStatus.SUCCESS)
        response = self._to_child(welcome, child, short, "rejoin", is_secured=is_secured)
        return [response, *self._arrived(child, given, status, now)]

    def proven(self, child: Eui64, short: ShortAddress, now: Instant) -> None:
        """Take that a device has announced itself under the network key: perhaps a guest."""
        capability = self._guests.proven(child, short, now)
        if capability is not None:
            self.adopt(child, short, capability, now)

    def adopt(self, child: Eui64, short: ShortAddress, capability: int, now: Instant) -> None:
        """Know a child and the way to it."""
        me = self._management.membership
        me.vouch(child, short)
        polls = is_sleepy(capability)
        self.children.adopt(child, short, now, polls=polls)
        if polls:
            me.sleepers[child] = None
        self._management.mesh.routes.forget(short)
        self._management.mesh.routes.learn(short, child, 1)

    def move(self, child: Eui64, short: ShortAddress) -> None:
        """Know a child by another short address; all else stays as it was agreed."""
        before = self.children.move(child, short)
        if before is None:
            return
        self._management.membership.vouch(child, short)
        self._management.mesh.routes.forget(before)
        self._management.mesh.routes.learn(short, child, 1)

    def heard_announced(self, child: Eui64, hop: Eui64, now: Instant) -> None:
        """Let go of a child that polls, if it tells of itself through somebody else.

        It has another parent then (from memory of the specification [M]): what is for it goes
        there, and nothing is held for it here. One that we took back in just now is a guest, or
        speaks to us first.
        """
        if child not in self._management.membership.sleeping_children or hop == child:
            return
        short = self.children.release(child)
        if short is not None:
            self._management.mesh.routes.forget(short)
            self._surroundings.note("moved-away", now, device=self._surroundings.name_of(child))

    def release(self, child: Eui64) -> bool:
        """Forget a child that has left or was put out; False if it was none."""
        self._guests.drop(child)
        short = self.children.release(child)
        if short is None:
            return False
        self._management.mesh.routes.forget(short)
        self._management.membership.forget(child)
        return True

    def heard_poll(self, child: Eui64, short: ShortAddress, now: Instant) -> list[Transmission]:
        """Keep a child that polls; tell one that is none (any more) to come back in.

        `short` is the address that it polls under: another than the one it was given is told so.
        """
        me = self._management.membership
        is_member = me.is_joined and self._management.security.has_network_key
        is_guest = self._guests.short_of(child) is not None
        if is_guest or not is_member:
            return []
        given = self.children.short_of(child)
        if given is not None:
            self.children.keep(child, now)
            if given == short:
                return []
        told_at = self._told_at.get(child)
        if told_at is not None and now < after(told_at, TOLD_AGAIN_US):
            return []
        remember(self._told_at, child, now, PENDING_MAX)
        if given is not None:
            # It was given another address while it slept, and the word was not held for so long.
            moved = RejoinResponse(given, AssociationStatus.SUCCESS)
            return [self._to_child(moved, child, short, "rejoin", is_secured=True)]
        again = Leave(is_request=True, rejoin=True)
        return [self._to_child(again, child, short, "leave", is_secured=True)]

    def take_timeout(
        self, request: EndDeviceTimeoutRequest, child: Eui64, short: ShortAddress, now: Instant
    ) -> list[Transmission]:
        """Take how long a child wants to be silent, and answer it."""
        if child not in self.children:
            return self.heard_poll(child, short, now)
        status = TimeoutStatus.SUCCESS
        if request.configuration or not self.children.agree(child, request.timeout, now):
            status = TimeoutStatus.INCORRECT_VALUE
        keep_alive = KeepAlive.DATA_POLL | KeepAlive.TIMEOUT_REQUEST
        answer = EndDeviceTimeoutResponse(status, int(keep_alive))
        return self._management.nwk_command(answer, short, "timeout", now)

    def wake(self, now: Instant) -> None:
        """Let go of the children that were silent for too long."""
        for child in self.children.expired(now):
            timeout_us = self.children.timeout_us(child) or 0
            name = self._surroundings.name_of(child)
            words = f"silent for {format_duration(timeout_us)}"
            self._surroundings.note("aged-out", now, words, device=name)
            self.release(child)

    def pass_on(self, target: Eui64, frame: bytes) -> list[Transmission]:
        """Give a joiner below us what the trust centre tunnelled for it."""
        short = self._guests.short_of(target) or self.children.short_of(target)
        if short is None:
            return []
        return [self._management.aps_to_joiner(frame, target, short, "transport-key")]

    def put_out(self, target: Eui64) -> list[Transmission]:
        """Tell a child to leave, and know it no more."""
        short = self._guests.short_of(target) or self.children.short_of(target)
        if short is None:
            return []
        sent = self._to_child(Leave(is_request=True), target, short, "leave", is_secured=True)
        self.release(target)
        return [sent]

    def restart(self, now: Instant) -> None:
        """Forget who was about to join; children have their time anew."""
        self._pending.clear()
        self.children.restart(now)
        self._guests.clear()

    def allocate(self) -> ShortAddress:
        """Draw a short address that nobody has."""
        taken = self._management.membership.eui64_of
        while True:
            self._allocated += 1
            number = self._surroundings.lots("short address", self._allocated)
            short = ShortAddress(FIRST_SHORT + number % (LAST_SHORT - FIRST_SHORT + 1))
            if short not in taken and not self._guests.has_given(short):
                return short

    def _to_child(
        self, command: NwkCommand, child: Eui64, short: ShortAddress, kind: str, *, is_secured: bool
    ) -> Transmission:
        return self._management.nwk_to_hop(command, child, short, kind, is_secured=is_secured)

    def _response(self, child: Eui64, response: AssociationResponse) -> Transmission:
        me = self._management.membership
        frame = MacFrame(
            frame_type=FrameType.COMMAND,
            sequence=0,
            payload=mac_commands.encode(response),
            target_pan=me.pan,
            target_eui64=child,
            source_eui64=me.me,
            ack_request=True,
        )
        return self._management.mac(frame, child, "association")


def is_sleepy(capability: int) -> bool:
    """Whether a device of this capability information polls for its frames."""
    return not capability & RX_ON_WHEN_IDLE


def routes(capability: int) -> bool:
    """Whether a device of this capability information can be a router."""
    return capability & ROUTER_CAPABILITY == ROUTER_CAPABILITY

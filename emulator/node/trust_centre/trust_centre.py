"""The trust centre: who gets the network key, which link key replaces the first, when keys change.

Source: ZigBee specification (05-3474) sections 4.6.3.2 (authentication of joiners), 4.6.3.4
(network key update) and 4.6.3.6 (leaving); ZigBee Smart Energy Standard (07-5356) section 5.4.7; as
collected in han.md sections 3 and 5. Permit joining is broadcast for 254 s at most and repeated
every 240 s. That the switch to a new key waits for those who sleep, and for how long, is modelled
[M].
"""

from collections.abc import Callable

from hanbench.emulator.device import BROADCAST, Packet, Transmission
from hanbench.emulator.instant import MINUTE_US, SECOND_US, Instant, after
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.node_security import SEQUENCE_MODULUS, KeyOrigin
from hanbench.emulator.node.parent.parenting import Parenting
from hanbench.emulator.node.surroundings import Surroundings
from hanbench.emulator.node.trust_centre.device_log import DeviceLog
from hanbench.emulator.node.trust_centre.join_table import JoinTable, Member, MemberKind
from hanbench.emulator.node.trust_centre.key_hand_out import KeyHandOut
from hanbench.emulator.node.trust_centre.places import Places
from hanbench.emulator.node.trust_centre.put_out import PutOut
from hanbench.emulator.node.zdo.server import zdo_packet
from hanbench.emulator.nvm import Nvm
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.keys import KEY_OCTETS, Key, KeyUsage
from hanbench.protocol.zigbee import nwk, zdo
from hanbench.protocol.zigbee.aps_commands import (
    ApsCommand,
    DeviceStatus,
    RemoveDevice,
    RequestApplicationLinkKey,
    SwitchKey,
    TransportApplicationLinkKey,
    UpdateDevice,
)
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.security import KeyId

PERMIT_S_MAX = 254
PERMIT_REPEAT_US = 240 * SECOND_US
SWITCH_SOONEST_US = 10 * SECOND_US
SWITCH_LATEST_US = 35 * MINUTE_US
"""A little more than a gas meter sleeps."""

ESTABLISH_US = 20 * MINUTE_US
"""How long a joiner has until it begins to make its link key (han.md section 5)."""

SendPacket = Callable[[Packet, Instant], list[Transmission]]
Who = Callable[[Eui64], tuple[str, MemberKind]]


class TrustCentre:
    """The trust centre of one HAN."""

    def __init__(
        self,
        management: Management,
        surroundings: Surroundings,
        parenting: Parenting,
        *,
        joined: JoinTable,
        log: DeviceLog,
        who: Who,
        send: SendPacket,
        nvm: Nvm,
    ) -> None:
        self.on_joined: Callable[[Member], None] = lambda _: None
        """Told of a member that has made its link key."""
        self.on_gone: Callable[[Eui64, Instant], None] = lambda _, __: None
        """Told of one that has left, or was put out."""
        self.deadline: Instant | None = None
        self._management = management
        self._surroundings = surroundings
        self._parenting = parenting
        self._joined = joined
        self._log = log
        self._who = who
        self._send = send
        self._permit_until: Instant | None = None
        self._permit_again: Instant | None = None
        self._switch_at: Instant | None = None
        self._latest_switch: Instant | None = None
        self._next_sequence = 0
        self._without_new_key: dict[Eui64, None] = {}
        self._keys = KeyHandOut(management)
        self._keys_made = 0
        self._on_their_way: dict[Eui64, Instant] = {}
        """Who has the network key and no link key of its own, and until when it may take."""
        self.places = Places(management, parenting)
        self._put_out = PutOut(nvm)
        parenting.has_room = self.has_room

    def may_join(self, joiner: Eui64, now: Instant) -> bool:
        """Whether a device gets a place at all: it is on the log, or was here before."""
        return self._log.key_for(joiner, now) is not None or self._joined.of(joiner) is not None

    def key_of_member(self, device: Eui64) -> Key | None:
        """Return the link key that a member has made with us; None: it has none, or is none."""
        security = self._management.security
        if self._joined.of(device) is None or security.is_preconfigured(device):
            return None
        return security.link_key(device)

    def has_room(self, joiner: Eui64, now: Instant) -> bool:
        """Whether the HAN has room for a joiner beside its members and those on their way in."""
        self._on_their_way = {
            eui64: until for eui64, until in self._on_their_way.items() if now < until
        }
        if self._joined.of(joiner) is not None or joiner in self._on_their_way:
            return True
        return self._joined.room > len(self._on_their_way)

    def arrived(
        self,
        child: Eui64,
        short: ShortAddress,
        status: DeviceStatus,
        now: Instant,
        via: Eui64 | None = None,
    ) -> list[Transmission]:
        """Take that a device has come, here or at a router (`via`), or has gone."""
        match status:
            case DeviceStatus.UNSECURED_JOIN:
                return self._admit(child, short, now, via)
            case DeviceStatus.TRUST_CENTRE_REJOIN:
                return self._readmit(child, short, now, via)
            case DeviceStatus.SECURED_REJOIN:
                self.places.moved(child, short, via, now)
                return []
            case DeviceStatus.LEFT:
                self.gone(child, now)
                return []

    def gone(self, child: Eui64, now: Instant) -> None:
        """Take that a member has left."""
        if self._put_out.drop(child):
            self._management.security.forget_link_key(child)
        self._unjoin(child, now)

    def established(self, peer: Eui64, key: Key, suite: Suite, now: Instant) -> None:
        """Take the link key that a device has made with us: only now is it a member."""
        origin = KeyOrigin.CBKE_1 if suite is Suite.SUITE_1 else KeyOrigin.CBKE_2
        self._management.security.set_link_key(peer, key, origin)
        self._log.established(peer, key)
        me = self._management.membership.me
        self._surroundings.note_key(key, now, usage="link", peers=(peer, me))
        name, kind = self._who(peer)
        self._on_their_way.pop(peer, None)
        self._joined.join(name, peer, kind, is_in_device_log=peer in self._log)
        member = self._joined.of(peer)
        if member is not None:
            self.on_joined(member)

    def permit(self, seconds: int, now: Instant) -> list[Transmission]:
        """Open the network for joiners, here and at every router; 0 closes it."""
        self._permit_until = after(now, seconds * SECOND_US)
        self._surroundings.note("permit-joining", now, f"{seconds} s")
        return self._permit_broadcast(now)

    def update_network_key(self, now: Instant) -> list[Transmission]:
        """Make a new network key and hand it out; it is used from the switch on."""
        security = self._management.security
        self._next_sequence = (security.active_sequence + 1) % SEQUENCE_MODULUS
        key = self._new_key(KeyUsage.NETWORK, is_test=security.network_key.is_test_material)
        security.add_network_key(key, self._next_sequence)
        self._surroundings.note_key(
            key, now, usage="network", sequence=self._next_sequence, peers=(0, 0)
        )
        self._switch_at = after(now, SWITCH_SOONEST_US)
        self._latest_switch = after(now, SWITCH_LATEST_US)
        self._without_new_key = dict.fromkeys(member.eui64 for member in self._joined.members)
        sent: list[Transmission] = []
        for member in [*self._without_new_key]:
            sent += self._hand_new_key(member, now)
        # One that polls soon fetches it from its parent, and may never say anything; one that
        # sleeps for long does not, and is handed it again when it is heard.
        sleepers = self._management.membership.sleepers
        self._without_new_key = {
            member.eui64: None for member in self._joined.members if member.eui64 in sleepers
        }
        self._plan()
        return sent

    def heard_from(self, device: Eui64, now: Instant) -> list[Transmission]:
        """Use that a sleeper is awake: it may lack the key that all will switch to."""
        if device in self._put_out:
            is_due = self._put_out.is_due(device, now)
            return self._tell_to_leave(device, now) if is_due else []
        if device not in self._without_new_key:
            return []
        sent = self._hand_new_key(device, now)
        if self._switch_at is not None:
            # It is held for its next poll: were all to switch at once, it would come too late.
            self._switch_at = max(self._switch_at, after(now, SWITCH_SOONEST_US))
        self._plan()
        return sent

    def take_aps(
        self, command: ApsCommand, source: Eui64, key_id: KeyId | None, now: Instant
    ) -> list[Transmission]:
        """Take an APS command of a member; what its link key does not protect is ignored."""
        if key_id is not KeyId.LINK:
            return []
        match command:
            case UpdateDevice(device=device, short=short, status=status):
                return self.arrived(device, short, status, now, via=source)
            case RequestApplicationLinkKey(partner):
                return self._introduce(source, partner, now)
            case _:
                return []

    def remove(self, device: Eui64, now: Instant) -> list[Transmission]:
        """Put a member out: it is told to leave, again whenever it is heard, until it has gone.

        Its link key is kept till then: without it nothing that it says would be heard at all.

        Raises:
            PowerCut: the memory took the power with it.
        """
        me = self._management.membership
        if device not in me.short_of:
            return []
        pushed_off = self._put_out.add(device, now)
        if pushed_off is not None:
            self._management.security.forget_link_key(pushed_off)
        self._unjoin(device, now)
        return self._tell_to_leave(device, now)

    def restart(self, now: Instant) -> None:
        """Be what the memory says: whom it has put out is no member, whatever the join table says.

        Of a list that is torn so much is left: whoever made a link key with us and is no member was
        put out. The one whose removal was cut short is a member still.
        """
        self._put_out.restart(
            peer
            for peer in self._management.security.peers
            if self._joined.of(peer) is None
            and not self._management.security.is_preconfigured(peer)
        )
        for device in self._put_out.listed:
            self._unjoin(device, now)

    def wake(self, now: Instant) -> list[Transmission]:
        """Repeat the permission to join, and switch keys when it is time."""
        sent: list[Transmission] = []
        if self._permit_again is not None and self._permit_again <= now:
            sent += self._permit_broadcast(now)
        if self._is_time_to_switch(now):
            sent += self._switch(now)
        self._plan()
        return sent

    def _unjoin(self, device: Eui64, now: Instant) -> None:
        self._on_their_way.pop(device, None)
        if self._joined.unjoin(device):
            self._surroundings.note("left", now, device=self._surroundings.name_of(device))
            self.on_gone(device, now)

    def _tell_to_leave(self, device: Eui64, now: Instant) -> list[Transmission]:
        self._put_out.told(device, now)
        request = zdo.ZdoFrame(0, zdo.LeaveRequest(device, 0))
        return self._send(zdo_packet(self._management.membership.me, device, request), now)

    def _admit(
        self, child: Eui64, short: ShortAddress, now: Instant, via: Eui64 | None
    ) -> list[Transmission]:
        key = self._log.key_for(child, now)
        held = self.key_of_member(child)
        # Grandfathered and not on the log: it comes back with the key that it has (domain.md 10.8).
        key = held if key is None else key
        name = self._surroundings.name_of(child)
        refusal = "not on the device log" if key is None else ""
        if key is not None and not self.has_room(child, now):
            refusal = "the HAN is full"
        if key is None or refusal:
            self._surroundings.note("refused", now, refusal, name)
            self._management.counters.drop(Drop.REFUSED)
            return [] if via is None else self._keys.to_router(RemoveDevice(child), via, now)
        self._put_out.drop(child)
        if self._joined.of(child) is None:
            self._on_their_way[child] = after(now, ESTABLISH_US)
        me = self._management.membership.me
        self._surroundings.note_key(key, now, usage="link", peers=(child, me))
        # Anybody may knock in a member's name: its own key stays until another is established.
        first = key if held is None else None
        self.places.asked(child, short, via, first, now)
        return self._keys.give_network_key(child, short, now, via, key)

    def _readmit(
        self, child: Eui64, short: ShortAddress, now: Instant, via: Eui64 | None
    ) -> list[Transmission]:
        if self._joined.of(child) is None:
            name = self._surroundings.name_of(child)
            self._surroundings.note("refused", now, "a rejoin of one who is no member", name)
            return [] if via is None else self._keys.to_router(RemoveDevice(child), via, now)
        self.places.asked(child, short, via, None, now)
        return self._keys.give_network_key(child, short, now, via)

    def _introduce(self, one: Eui64, other: Eui64, now: Instant) -> list[Transmission]:
        """Make a link key for two members who want to speak with each other."""
        security = self._management.security
        keys = security.link_key(one), security.link_key(other)
        if None in keys or self._joined.of(other) is None:
            return []
        is_test = all(key is not None and key.is_test_material for key in keys)
        key = self._new_key(KeyUsage.LINK, is_test=is_test)
        self._surroundings.note_key(key, now, usage="link", peers=(one, other))
        secret = key.require(KeyUsage.LINK)
        first = TransportApplicationLinkKey(key=secret, partner=other, is_initiator=True)
        second = TransportApplicationLinkKey(key=secret, partner=one, is_initiator=False)
        return [
            *self._keys.to_member(first, one, KeyId.KEY_LOAD, "transport-key", now),
            *self._keys.to_member(second, other, KeyId.KEY_LOAD, "transport-key", now),
        ]

    def _hand_new_key(self, member: Eui64, now: Instant) -> list[Transmission]:
        self._without_new_key.pop(member, None)
        command = self._keys.transport(member, self._next_sequence)
        return self._keys.to_member(command, member, KeyId.KEY_TRANSPORT, "transport-key", now)

    def _is_time_to_switch(self, now: Instant) -> bool:
        if self._switch_at is None or now < self._switch_at:
            return False
        assert self._latest_switch is not None, "both are set together"
        return not self._without_new_key or now >= self._latest_switch

    def _switch(self, now: Instant) -> list[Transmission]:
        self._switch_at = self._latest_switch = None
        self._without_new_key = {}
        octets = self._management.seal_aps(
            SwitchKey(self._next_sequence), self._management.membership.me, None
        )
        assert not isinstance(octets, Drop), "it goes under the network key alone"
        sent = self._management.aps_octets(octets, nwk.ALL_DEVICES, "switch-key", now)
        self._management.security.switch_network_key(self._next_sequence)
        self._surroundings.note("key-switched", now, f"sequence {self._next_sequence}")
        return sent

    def _permit_broadcast(self, now: Instant) -> list[Transmission]:
        assert self._permit_until is not None, "somebody opened it"
        left_s = min(PERMIT_S_MAX, max(0, (self._permit_until - now) // SECOND_US))
        self._parenting.permit(left_s, now)
        again = after(now, PERMIT_REPEAT_US)
        self._permit_again = again if again < self._permit_until else None
        self._plan()
        request = zdo.ZdoFrame(0, zdo.PermitJoiningRequest(left_s))
        return self._send(zdo_packet(self._management.membership.me, BROADCAST, request), now)

    def _new_key(self, usage: KeyUsage, *, is_test: bool) -> Key:
        self._keys_made += 1
        number = self._surroundings.lots(f"{usage.value} key", self._keys_made)
        return Key(usage, number.to_bytes(32, "big")[:KEY_OCTETS], is_test_material=is_test)

    def _plan(self) -> None:
        switch = self._latest_switch if self._without_new_key else self._switch_at
        due = [at for at in (self._permit_again, switch) if at is not None]
        self.deadline = min(due, default=None)

"""The device object of a node: ties together its joiner, its children, its keys, its descriptors.

Source: ZigBee specification (05-3474) sections 2.5 (ZDO) and 4.6 (security services), ZigBee Smart
Energy Standard (07-5356) section 5.4.7. What a device does once it has joined is the device's: it
is told by `on_joined`.

    Transport Key ─> announce ─> Match_Desc for 0x0800 ─> key establishment ─> joined
"""

from collections.abc import Callable, Mapping

from hanbench.emulator.device import BROADCAST, Packet, Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.device_object import HeardAps, HeardNwk
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.endpoints import SMART_ENERGY, Endpoint, capability_of
from hanbench.emulator.node.joining.address_change import AddressChange
from hanbench.emulator.node.joining.cbke_session import Failure
from hanbench.emulator.node.joining.credentials import Credentials
from hanbench.emulator.node.joining.joiner import Joiner, Phase, Purpose
from hanbench.emulator.node.joining.key_establishment import KeyEstablishment
from hanbench.emulator.node.joining.key_intake import KeyIntake
from hanbench.emulator.node.joining.key_watch import KeyWatch
from hanbench.emulator.node.joining.leaving import Leaving
from hanbench.emulator.node.joining.securing import Securing
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.nwk_commands_taken import NwkCommandsTaken
from hanbench.emulator.node.parent.child_timeout import ChildTimeout
from hanbench.emulator.node.parent.children import TIMEOUT_DEFAULT
from hanbench.emulator.node.parent.parenting import Parenting
from hanbench.emulator.node.surroundings import Surroundings
from hanbench.emulator.node.suspicion import UNUSUAL, Suspicion
from hanbench.emulator.node.trust_centre.device_log import DeviceLog
from hanbench.emulator.node.trust_centre.join_table import JoinTable
from hanbench.emulator.node.trust_centre.trust_centre import SendPacket, TrustCentre, Who
from hanbench.emulator.node.zdo.exchange import ZdoExchange
from hanbench.emulator.node.zdo.server import PROFILES, ZdoServer
from hanbench.emulator.nvm import Nvm
from hanbench.protocol import ieee802154, ieee802154_commands
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.ieee802154_commands import AssociationResponse
from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee import zdo
from hanbench.protocol.zigbee.aps_commands import (
    ApsCommand,
    DeviceStatus,
    RemoveDevice,
    RequestApplicationLinkKey,
    SwitchKey,
    TransportApplicationLinkKey,
    TransportNetworkKey,
    Tunnel,
    UpdateDevice,
)
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.security import KeyId


class NodeObject:
    """The management of one node."""

    def __init__(
        self,
        management: Management,
        surroundings: Surroundings,
        credentials: Credentials,
        endpoints: tuple[Endpoint, ...],
        send: SendPacket,
        nvm: Nvm,
        *,
        is_joined: bool,
        timeout: int = TIMEOUT_DEFAULT,
    ) -> None:
        self.surroundings = surroundings
        self.parenting = Parenting(management, surroundings, self._arrived, self._may_join)
        self.server = ZdoServer(management, endpoints, lambda: self.parenting.children.places)
        self.joiner = Joiner(management, surroundings, is_joined=is_joined, rejoined=self._is_in)
        self.timeout = ChildTimeout(management, timeout)
        self.keys = KeyEstablishment(
            management.membership.me,
            credentials,
            surroundings,
            established=self._established,
            failed=self._failed,
        )
        self.leaving = Leaving(management, nvm, self._forget, is_joined=is_joined)
        self.addresses = AddressChange(management, surroundings, self.parenting, self._announce)
        self._nwk_commands = self._make_nwk_commands(management)
        self.exchange = ZdoExchange(management, self.server, self.parenting, self.leaving, send)
        self.securing = self._make_securing(management, credentials)
        self.intake = KeyIntake(management, surroundings, credentials, self.joiner)
        self.trust_centre: TrustCentre | None = None
        self.on_joined: Callable[[Instant], list[Transmission]] = lambda _: []
        self.on_introduced: Callable[[Eui64, Instant], list[Transmission]] = lambda _, __: []
        self.on_answer: Callable[[Eui64, zdo.Message, Instant], list[Transmission]] | None = None
        """Takes ZDO responses that are not about joining."""
        self._management = management
        self._nvm = nvm
        self.send = send
        self.eui64 = management.membership.me
        self._key_watch = KeyWatch()
        self._suspicion = Suspicion()
        self._after_joining: list[Transmission] = []

    @property
    def deadline(self) -> Instant | None:
        """When `wake` is next due."""
        first = self.joiner.deadline
        trust_centre = None if self.trust_centre is None else self.trust_centre.deadline
        for other in (
            self.keys.deadline,
            self.securing.deadline,
            self.leaving.deadline,
            self.timeout.deadline,
            self.parenting.children.deadline,
            self._nwk_commands.pan_change.deadline,
            trust_centre,
        ):
            if other is not None and (first is None or other < first):
                first = other
        return first

    @property
    def is_busy(self) -> bool:
        """Whether it is on its way in: its receiver is on then, whatever its habits."""
        return self.joiner.is_busy or self.leaving.is_parting or self.timeout.is_waiting

    def take_mac(self, mac: MacFrame, sender: Eui64, now: Instant) -> list[Transmission]:
        """Take a beacon or a MAC command."""
        if mac.frame_type is ieee802154.FrameType.BEACON:
            self.joiner.take_beacon(mac, sender)
            return self._nwk_commands.pan_change.heard_beacon(mac, now)
        try:
            command = ieee802154_commands.decode(mac.payload)
        except DecodeError:
            self._management.counters.drop(Drop.MALFORMED)
            return []
        if isinstance(command, AssociationResponse) and mac.source_eui64 is not None:
            return self.joiner.take_association(command, mac.source_eui64, now)
        if not self._management.membership.is_router:
            return []
        return self.parenting.take_mac(command, mac.source_eui64, now)

    def take_nwk(self, heard: HeardNwk, now: Instant) -> list[Transmission]:
        """Take a NWK command that is not about routes."""
        return self._nwk_commands.take(heard, now)

    def take_aps(self, heard: HeardAps, now: Instant) -> list[Transmission]:
        """Take an APS command; a joiner is let in or put out by the trust centre's word (4.4)."""
        command = heard.command
        is_its_word = heard.source == self._management.membership.trust_centre
        if self.trust_centre is not None:
            return self.trust_centre.take_aps(command, heard.source, heard.key_id, now)
        match command:
            case TransportNetworkKey():
                return self._take_network_key(command, heard, now)
            case SwitchKey(sequence):
                self.intake.switch(sequence, heard, now)
                return []
            case TransportApplicationLinkKey():
                is_ours = self.intake.link_key(command, heard) and command.is_initiator
                return self.on_introduced(command.partner, now) if is_ours else []
            case Tunnel(target, frame) if is_its_word and heard.is_nwk_secured:
                return self.parenting.pass_on(target, frame)
            case RemoveDevice(target) if is_its_word and heard.key_id is KeyId.LINK:
                return self.parenting.put_out(target)
            case _:
                return []

    def serves(self, packet: Packet) -> bool:
        """Whether the endpoint is there that a packet of an application is for."""
        return packet.target_endpoint in self.server.numbers and packet.profile in PROFILES

    def take_packet(self, packet: Packet, now: Instant, hop: Eui64) -> list[Transmission] | None:
        """Take a ZDO or key establishment packet; None: it is the application's."""
        if packet.cluster == ClusterId.KEY_ESTABLISHMENT and packet.profile == SMART_ENERGY:
            return self._sent(self.keys.take(packet, now), now)
        if packet.profile != 0:
            return None
        try:
            frame = zdo.decode(packet.cluster, packet.payload)
        except DecodeError:
            return self.exchange.refuse(packet, now)
        message = frame.message
        if isinstance(message, zdo.MatchDescriptorResponse) and self.joiner.phase is Phase.SECURING:
            return self._sent(self.securing.matched(message, packet.source, now), now)
        taken = self.exchange.take(packet, frame, hop, now)
        if taken is not None:
            return taken
        return [] if self.on_answer is None else self.on_answer(packet.source, message, now)

    def heard_from(self, source: Eui64, now: Instant) -> list[Transmission]:
        """Take that a member sent something: it is awake."""
        return [] if self.trust_centre is None else self.trust_centre.heard_from(source, now)

    def parent_lost(self, now: Instant) -> list[Transmission]:
        """Look for another parent."""
        if self.joiner.phase is not Phase.JOINED:
            return []
        self.surroundings.note("parent-lost", now)
        return self.joiner.rejoin(Purpose.SECURED_REJOIN, now)

    def route_repaired(self, target: Eui64 | None, hop: Eui64, now: Instant) -> None:
        """Record that a destination whose route broke is reached another way."""
        if target is not None:
            name = self.surroundings.name_of
            self.surroundings.note("route-repaired", now, f"to {name(target)}, over {name(hop)}")

    def address_taken(self, short: ShortAddress, now: Instant) -> list[Transmission]:
        """Take that two devices have a short address, ours or a child's."""
        return self.addresses.taken(short, now)

    def heard_poll(self, child: Eui64, short: ShortAddress, now: Instant) -> list[Transmission]:
        """Take that a child has polled; return what one is told that is none."""
        return self.parenting.heard_poll(child, short, now)

    def key_unknown(self, now: Instant) -> list[Transmission]:
        """Take that a frame came under a network key that is not known here."""
        is_member = self.joiner.phase is Phase.JOINED and self.trust_centre is None
        if not self._key_watch.unknown(now) or not is_member:
            return []
        self._key_watch.told(now)
        self.surroundings.note("key-lost", now)
        return self.joiner.rejoin(Purpose.TRUST_CENTRE_REJOIN, now)

    def troubled(self, dropped: Mapping[Drop, int], now: Instant) -> None:
        """Write into the security log when the frames that nobody should send grow many."""
        text = self._suspicion.due(dropped)
        if text:
            self.surroundings.log_security(UNUSUAL, text, now)

    def has_pending(self, child: Eui64, now: Instant) -> bool:
        """Whether an association response waits for one that asks."""
        return self.parenting.has_pending(child, now)

    def wake(self, now: Instant) -> list[Transmission]:
        """Do what fell due."""
        sent = self.joiner.wake(now)
        sent += self._sent(self.keys.wake(now), now)
        sent += self.securing.wake(now)
        sent += self.leaving.wake(now)
        sent += self.timeout.wake(now)
        self.parenting.wake(now)
        self._nwk_commands.pan_change.wake(now)
        if self.trust_centre is not None:
            sent += self.trust_centre.wake(now)
        return sent

    def restart(self, now: Instant) -> None:
        """Lose what is volatile: what was under way begins anew."""
        self.parenting.restart(now)
        self._nwk_commands.pan_change.restart(now)
        self.timeout.stop()
        self.keys.restart()
        self.securing.stop()
        self.joiner.resume(now)
        self.leaving.restart(now)
        if self.trust_centre is not None:
            self.trust_centre.restart(now)

    def become_trust_centre(self, joined: JoinTable, log: DeviceLog, who: Who) -> TrustCentre:
        """Be the trust centre of the network from now on."""
        self.trust_centre = TrustCentre(
            self._management,
            self.surroundings,
            self.parenting,
            joined=joined,
            log=log,
            who=who,
            send=self.send,
            nvm=self._nvm,
        )
        self.exchange.on_announced = self.trust_centre.places.proven
        return self.trust_centre

    def leave(self, now: Instant) -> list[Transmission]:
        """Leave the network by itself, and say so."""
        return self.leaving.leave(now)

    def reset(self, now: Instant) -> None:
        """Be as it left the factory: off the network, without any key of its own; tell nobody."""
        self.leaving.forget(now)
        for peer in self._management.security.peers:
            self._management.security.forget_link_key(peer)

    def request(self, message: zdo.Message, target: Eui64, now: Instant) -> list[Transmission]:
        """Send a ZDO request."""
        return self.exchange.request(message, target, now)

    def has_link_key(self, partner: Eui64) -> bool:
        """Whether we share a link key with another member."""
        return self._management.security.link_key(partner) is not None

    def request_link_key(self, partner: Eui64, now: Instant) -> list[Transmission]:
        """Ask the trust centre for a link key with another member."""
        return self._tell_trust_centre(RequestApplicationLinkKey(partner), now)

    def _make_nwk_commands(self, management: Management) -> NwkCommandsTaken:
        return NwkCommandsTaken(
            management,
            self.surroundings,
            self.parenting,
            self.joiner,
            self.leaving,
            self.timeout,
            self.addresses,
            has_left=self._has_left,
        )

    def _make_securing(self, management: Management, credentials: Credentials) -> Securing:
        return Securing(
            management,
            self.surroundings,
            credentials,
            self.joiner,
            self.keys,
            ask=self.request,
            leave=self.leaving.part,
        )

    def _has_left(self, device: Eui64, short: ShortAddress, now: Instant) -> list[Transmission]:
        was_child = self.parenting.release(device)
        if self.trust_centre is not None:
            self.trust_centre.gone(device, now)
            return []
        left = UpdateDevice(device=device, short=short, status=DeviceStatus.LEFT)
        return self._tell_trust_centre(left, now) if was_child else []

    def _take_network_key(
        self, command: TransportNetworkKey, heard: HeardAps, now: Instant
    ) -> list[Transmission]:
        if not self.intake.network_key(command, heard):
            return []
        self.leaving.entered()
        sent = self.joiner.has_key(now)
        if self.joiner.phase is Phase.SECURING:
            sent += [*self._is_in(now), *self.securing.begin(now)]
        return sent

    def _established(self, peer: Eui64, key: Key, suite: Suite, now: Instant) -> None:
        if self.trust_centre is not None:
            self.trust_centre.established(peer, key, suite, now)
            return
        self.securing.established(peer, key, suite, now)
        self._after_joining = self.on_joined(now)

    def _failed(self, peer: Eui64, failure: Failure, now: Instant) -> None:
        if self.trust_centre is None and self.joiner.phase is Phase.SECURING:
            self.securing.failed(failure, now)
        about = self.surroundings.name_of(peer)
        self.surroundings.note("key-establishment-failed", now, f"{failure.words}, with {about}")

    def _arrived(
        self, child: Eui64, short: ShortAddress, status: DeviceStatus, now: Instant
    ) -> list[Transmission]:
        if self.trust_centre is not None:
            return self.trust_centre.arrived(child, short, status, now)
        return self._tell_trust_centre(UpdateDevice(device=child, short=short, status=status), now)

    def _tell_trust_centre(self, command: ApsCommand, now: Instant) -> list[Transmission]:
        trust_centre = self._management.membership.trust_centre
        octets = self._management.seal_aps(command, trust_centre, KeyId.LINK)
        if isinstance(octets, Drop):
            self._management.counters.drop(octets)
            return []
        return self._management.aps_octets(octets, ShortAddress(0), "aps-command", now)

    def _may_join(self, joiner: Eui64, now: Instant) -> bool:
        return self.trust_centre is None or self.trust_centre.may_join(joiner, now)

    def _is_in(self, now: Instant) -> list[Transmission]:
        """Say where we are, and agree with the parent how long we may be silent."""
        return [*self._announce(now), *self.timeout.begin(now)]

    def _announce(self, now: Instant) -> list[Transmission]:
        me = self._management.membership
        announcement = zdo.DeviceAnnounce(me.short, me.me, capability_of(is_router=me.is_router))
        return self.request(announcement, BROADCAST, now)

    def _sent(self, packets: list[Packet], now: Instant) -> list[Transmission]:
        sent = [one for packet in packets for one in self.send(packet, now)]
        following, self._after_joining = self._after_joining, []
        return sent + following

    def _forget(self, now: Instant) -> None:
        self.joiner.off()
        self.keys.restart()
        self.securing.stop()
        self.timeout.stop()
        self._nwk_commands.pan_change.stop()
        self.parenting.children.clear()
        self._management.mesh.routes.clear()
        self._management.security.forget_network()
        self._management.membership.leave()
        self.surroundings.note("left", now)

"""How a trust centre hands out keys: to joiners, through routers, to members.

Source: ZigBee specification (05-3474) sections 4.4.2 (transport key), 4.4.6 (tunnel), 4.6.3.2; as
collected in han.md section 3. A joiner's first network key goes without NWK security, under the
key-transport key of its link key; through a router it goes in a Tunnel command.
"""

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.management import Management
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.zigbee.aps_commands import ApsCommand, TransportNetworkKey, Tunnel
from hanbench.protocol.zigbee.security import KeyId


class KeyHandOut:
    """The sending side of one trust centre."""

    def __init__(self, management: Management) -> None:
        self._management = management

    def give_network_key(
        self,
        child: Eui64,
        short: ShortAddress,
        now: Instant,
        via: Eui64 | None,
        key: Key | None = None,
    ) -> list[Transmission]:
        """Hand the network key to a child, under its link key unless another is given."""
        command = self.transport(child, self._management.security.active_sequence)
        octets = self._management.seal_aps(command, child, KeyId.KEY_TRANSPORT, key)
        if isinstance(octets, Drop):
            self._management.counters.drop(octets)
            return []
        if via is None:
            return [self._management.aps_to_joiner(octets, child, short, "transport-key")]
        return self.to_router(Tunnel(child, octets), via, now)

    def transport(self, target: Eui64, sequence: int) -> TransportNetworkKey:
        """Return the command that hands out the network key of a number."""
        return TransportNetworkKey(
            key=self._management.security.network_key_of(sequence).require(KeyUsage.NETWORK),
            key_sequence=sequence,
            target=target,
            source=self._management.membership.me,
        )

    def to_router(self, command: ApsCommand, router: Eui64, now: Instant) -> list[Transmission]:
        """Send a router what it is to do, or to pass on."""
        key_id = None if isinstance(command, Tunnel) else KeyId.LINK
        return self.to_member(command, router, key_id, "aps-command", now)

    def to_member(
        self, command: ApsCommand, member: Eui64, key_id: KeyId | None, kind: str, now: Instant
    ) -> list[Transmission]:
        """Send a member an APS command; None: under the network key alone."""
        short = self._management.membership.short_of.get(member)
        octets = self._management.seal_aps(command, member, key_id)
        if short is None or isinstance(octets, Drop):
            self._management.counters.drop(Drop.UNKNOWN_ADDRESS)
            return []
        return self._management.aps_octets(octets, short, kind, now)

"""What the management of a node sends: MAC commands, NWK commands, keys.

Source: ZigBee specification (05-3474) sections 3.2.2 (NLME) and 4.4 (APSME): joining, leaving and
key transport are no business of an application, and some of it goes out before a node has a key at
all.
"""

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.aps_layer import ApsLayer
from hanbench.emulator.node.drops import Counters, Drop
from hanbench.emulator.node.membership import Membership
from hanbench.emulator.node.mesh.mesh import Mesh
from hanbench.emulator.node.node_security import NodeSecurity
from hanbench.emulator.node.nwk_layer import NwkLayer
from hanbench.emulator.node.outgoing import Outgoing
from hanbench.protocol import ieee802154
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee import aps, aps_commands, nwk, nwk_commands
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.aps_commands import ApsCommand
from hanbench.protocol.zigbee.nwk_commands import NwkCommand
from hanbench.protocol.zigbee.security import KeyId


class Management:
    """The sending side of a node's device object."""

    def __init__(
        self,
        membership: Membership,
        security: NodeSecurity,
        layer: NwkLayer,
        aps_layer: ApsLayer,
        mesh: Mesh,
        counters: Counters,
    ) -> None:
        self.membership = membership
        self.security = security
        self.mesh = mesh
        self.counters = counters
        self._nwk = layer
        self._aps = aps_layer

    def mac(self, frame: MacFrame, receiver: Eui64 | None, kind: str) -> Transmission:
        """Return a MAC frame of the node's management, with the next sequence number."""
        numbered = frame._replace(sequence=self._nwk.next_mac_sequence())
        octets = ieee802154.encode(numbered)
        self.counters.sent += 1
        return Transmission(self.membership.me, receiver, octets, kind)

    def nwk_command(
        self, command: NwkCommand, target: ShortAddress, kind: str, now: Instant
    ) -> list[Transmission]:
        """Return a secured NWK command on its way."""
        return self.mesh.command(command, target, kind, now)

    def nwk_broadcast(
        self, command: NwkCommand, target: ShortAddress, kind: str, *, radius: int
    ) -> Transmission:
        """Return a secured NWK command to all in range of a kind."""
        frame = self._nwk.frame(nwk.FrameType.COMMAND, target, nwk_commands.encode(command))
        told = frame._replace(radius=radius, source_eui64=self.membership.me)
        self.counters.sent += 1
        return self._nwk.to_air(told, self.membership.broadcasts_over, kind, None)

    def nwk_to_hop(
        self,
        command: NwkCommand,
        hop: Eui64,
        hop_short: ShortAddress,
        kind: str,
        *,
        is_secured: bool,
    ) -> Transmission:
        """Return a NWK command to a neighbour, which the address map need not know."""
        frame = self._nwk.frame(nwk.FrameType.COMMAND, hop_short, nwk_commands.encode(command))
        addressed = frame._replace(
            radius=1,
            discovers_route=False,
            source_eui64=self.membership.me,
            target_eui64=hop,
        )
        self.counters.sent += 1
        return self._nwk.to_air(
            addressed, hop, kind, None, hop_short=hop_short, is_secured=is_secured
        )

    def seal_aps(
        self, command: ApsCommand, peer: Eui64, key_id: KeyId | None, key: Key | None = None
    ) -> bytes | Drop:
        """Return an APS command in octets, protected by a key derived from the peer's link key."""
        frame = ApsFrame(
            frame_type=aps.FrameType.COMMAND,
            counter=self._aps.next_counter(),
            payload=aps_commands.encode(command),
        )
        if key_id is None:
            return aps.encode(frame)
        return self.security.seal_aps(frame, peer, key_id, key)

    def aps_octets(
        self, octets: bytes, target: ShortAddress, kind: str, now: Instant
    ) -> list[Transmission]:
        """Return an APS command, ready in octets, on its way under the network key."""
        frame = self._nwk.frame(nwk.FrameType.DATA, target, octets)
        self.counters.sent += 1
        return self.mesh.launch(Outgoing(frame, kind, None), now)

    def aps_to_joiner(
        self, octets: bytes, joiner: Eui64, short: ShortAddress, kind: str
    ) -> Transmission:
        """Return an APS command to a child that has no network key: no NWK security."""
        frame = self._nwk.frame(nwk.FrameType.DATA, short, octets)
        plain = frame._replace(radius=1, discovers_route=False)
        self.counters.sent += 1
        return self._nwk.to_air(plain, joiner, kind, None, hop_short=short, is_secured=False)

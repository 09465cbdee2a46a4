"""What a stack hands to the management of its node, the ZigBee device object (ZDO).

Source: ZigBee specification (05-3474) section 2.5 (ZDO) and 4.6 (security services). Everything
that is about the node and not about its application comes here: beacons and MAC commands, leaving
and rejoining, keys, ZDO requests, key establishment. A node without one ignores all of it.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from hanbench.emulator.device import Packet, Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.drops import Drop
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.zigbee.aps_commands import ApsCommand
from hanbench.protocol.zigbee.nwk_commands import NwkCommand
from hanbench.protocol.zigbee.security import KeyId


class HeardNwk(NamedTuple):
    """A NWK command that is not about routes."""

    command: NwkCommand
    source: ShortAddress
    source_eui64: Eui64 | None
    transmission: Transmission
    is_secured: bool
    """Under the network key; a rejoin through the trust centre is not."""


class HeardAps(NamedTuple):
    """An APS command, opened."""

    command: ApsCommand
    source: Eui64
    key_id: KeyId | None
    """By which derived key it was protected; None: by the network key alone, or not at all."""
    is_nwk_secured: bool


class DeviceObject(Protocol):
    """The management of a node."""

    @property
    def deadline(self) -> Instant | None:
        """When `wake` is next due."""

    def take_mac(self, mac: MacFrame, sender: Eui64, now: Instant) -> list[Transmission]:
        """Take a beacon or a MAC command."""

    def take_nwk(self, heard: HeardNwk, now: Instant) -> list[Transmission]:
        """Take a NWK command."""

    def take_aps(self, heard: HeardAps, now: Instant) -> list[Transmission]:
        """Take an APS command."""

    def take_packet(self, packet: Packet, now: Instant, hop: Eui64) -> list[Transmission] | None:
        """Take a ZDO or key establishment packet; None: it is the application's.

        `hop` is who sent it over the last hop.
        """

    def serves(self, packet: Packet) -> bool:
        """Whether the endpoint is there that a packet of an application is for."""

    def heard_from(self, source: Eui64, now: Instant) -> list[Transmission]:
        """Take that a member sent something."""

    def troubled(self, dropped: Mapping[Drop, int], now: Instant) -> None:
        """Take that a frame was dropped that nobody should have sent; `dropped` is the count."""

    def key_unknown(self, now: Instant) -> list[Transmission]:
        """Take that a frame came under a network key that is not known here."""

    def has_pending(self, child: Eui64, now: Instant) -> bool:
        """Whether something of the management waits for one that asks."""

    def heard_poll(self, child: Eui64, short: ShortAddress, now: Instant) -> list[Transmission]:
        """Take that a child has polled; return what one is told that is none."""

    @property
    def is_busy(self) -> bool:
        """Whether it is on its way into a network."""

    def parent_lost(self, now: Instant) -> list[Transmission]:
        """Take the stack's word that the parent does not answer any more."""

    def route_repaired(self, target: Eui64 | None, hop: Eui64, now: Instant) -> None:
        """Take the stack's word that a route which broke leads over `hop` now."""

    def address_taken(self, short: ShortAddress, now: Instant) -> list[Transmission]:
        """Take that two devices have a short address, ours or a child's."""

    def wake(self, now: Instant) -> list[Transmission]:
        """Do what fell due."""

    def restart(self, now: Instant) -> None:
        """Lose what is volatile."""


class NoDeviceObject:
    """The management of a node that has none: whatever comes is ignored."""

    deadline: Instant | None = None
    is_busy = False

    def take_mac(self, mac: MacFrame, sender: Eui64, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Ignore it."""
        return []

    def take_nwk(self, heard: HeardNwk, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Ignore it."""
        return []

    def take_aps(self, heard: HeardAps, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Ignore it."""
        return []

    def take_packet(self, packet: Packet, now: Instant, hop: Eui64) -> list[Transmission] | None:  # noqa: ARG002
        """Leave it to the application."""
        return None

    def serves(self, packet: Packet) -> bool:  # noqa: ARG002
        """Leave it to the application."""
        return True

    def heard_from(self, source: Eui64, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Do nothing."""
        return []

    def troubled(self, dropped: Mapping[Drop, int], now: Instant) -> None:
        """Keep no log."""

    def key_unknown(self, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Do nothing."""
        return []

    def has_pending(self, child: Eui64, now: Instant) -> bool:  # noqa: ARG002
        """Hold nothing."""
        return False

    def heard_poll(self, child: Eui64, short: ShortAddress, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Tell nobody anything."""
        return []

    def parent_lost(self, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Stay where it is."""
        return []

    def route_repaired(self, target: Eui64 | None, hop: Eui64, now: Instant) -> None:
        """Keep no record."""

    def address_taken(self, short: ShortAddress, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Stay with the address."""
        return []

    def wake(self, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Do nothing."""
        return []

    def restart(self, now: Instant) -> None:
        """Do nothing."""

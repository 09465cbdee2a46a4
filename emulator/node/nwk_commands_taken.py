"""What a node does with the NWK commands that are not about routes.

Source: ZigBee specification (05-3474) sections 3.4.4 (leave), 3.4.6 and 3.4.7 (rejoin), 3.4.11 and
3.4.12 (end device timeout), 3.4.9 and 3.4.10 (PAN ids), 3.6.1.9 (address conflicts). What the
network key does not protect is a rejoin through the trust centre, and nothing else.
"""

from collections.abc import Callable

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.device_object import HeardNwk
from hanbench.emulator.node.joining.address_change import AddressChange
from hanbench.emulator.node.joining.joiner import Joiner, Phase, Purpose
from hanbench.emulator.node.joining.leaving import Leaving
from hanbench.emulator.node.joining.pan_change import PanChange
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.parent.child_timeout import ChildTimeout
from hanbench.emulator.node.parent.parenting import Parenting
from hanbench.emulator.node.surroundings import Surroundings
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee.nwk_commands import (
    EndDeviceTimeoutRequest,
    EndDeviceTimeoutResponse,
    Leave,
    NetworkReport,
    NetworkStatus,
    NetworkUpdate,
    RejoinRequest,
    RejoinResponse,
)

HasLeft = Callable[[Eui64, ShortAddress, Instant], list[Transmission]]
"""Takes that a neighbour has said that it leaves."""


class NwkCommandsTaken:
    """The receiving side of one node's network management."""

    def __init__(
        self,
        management: Management,
        surroundings: Surroundings,
        parenting: Parenting,
        joiner: Joiner,
        leaving: Leaving,
        timeout: ChildTimeout,
        addresses: AddressChange,
        *,
        has_left: HasLeft,
    ) -> None:
        self.pan_change = PanChange(management, surroundings)
        """What becomes of the PAN id."""
        self._membership = management.membership
        self._surroundings = surroundings
        self._parenting = parenting
        self._joiner = joiner
        self._leaving = leaving
        self._timeout = timeout
        self._addresses = addresses
        self._has_left = has_left

    def take(self, heard: HeardNwk, now: Instant) -> list[Transmission]:
        """Take a command; what is not for a node of our kind is ignored."""
        match heard.command:
            case RejoinRequest() if self._membership.is_router and heard.source_eui64 is not None:
                return self._parenting.rejoin(
                    heard.source_eui64,
                    heard.source,
                    heard.command,
                    now,
                    is_secured=heard.is_secured,
                )
            case RejoinResponse() if heard.is_secured and self._joiner.phase is Phase.JOINED:
                return self._addresses.given(heard.command, heard.source_eui64, now)
            case RejoinResponse():
                return self._joiner.take_rejoin(heard.command, now, is_secured=heard.is_secured)
            case _ if heard.is_secured:
                return self._take_secured(heard, now)
            case _:
                return []

    def _take_secured(self, heard: HeardNwk, now: Instant) -> list[Transmission]:
        me, source = self._membership, heard.source_eui64
        match heard.command:
            case Leave() if source is not None:
                return self._take_leave(heard.command, source, heard.source, now)
            case EndDeviceTimeoutRequest() if source is not None and me.is_router:
                return self._parenting.take_timeout(heard.command, source, heard.source, now)
            case EndDeviceTimeoutResponse() if source == me.parent:
                self._timeout.answered(heard.command)
                return []
            case NetworkStatus(target=target):
                return self._addresses.taken(target, now)
            case NetworkReport() | NetworkUpdate():
                return self.pan_change.take(heard, now)
            case _:
                return []

    def _take_leave(
        self, leave: Leave, source: Eui64, short: ShortAddress, now: Instant
    ) -> list[Transmission]:
        if not leave.is_request:
            return self._has_left(source, short, now)
        if source != self._membership.parent:
            return []
        if not leave.rejoin:
            return self._leaving.part(now)
        if self._joiner.phase is not Phase.JOINED:
            return []
        # The parent has forgotten us: we were silent for longer than it keeps a child.
        self._surroundings.note("told-to-rejoin", now)
        return self._joiner.rejoin(Purpose.SECURED_REJOIN, now)

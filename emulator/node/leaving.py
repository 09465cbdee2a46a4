"""Leaving a network: by oneself, told to, and what a parent makes of a child that goes.

Source: ZigBee specification (05-3474) sections 3.6.1.10 (leaving), 2.4.3.3.5 (Mgmt_Leave_req) and
4.6.3.6 (Remove Device), as collected in han.md section 5.
"""

from collections.abc import Callable

from hanbench.emulator.device import Packet, Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.device_object import HeardNwk
from hanbench.emulator.node.joiner import leave_command
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.parenting import Parenting
from hanbench.emulator.node.surroundings import Surroundings
from hanbench.emulator.node.trust_centre import TrustCentre
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zdo
from hanbench.protocol.zigbee.aps_commands import ApsCommand, DeviceStatus, UpdateDevice
from hanbench.protocol.zigbee.nwk_commands import Leave


class Leaving:
    """How one node leaves, and takes the leave of others."""

    def __init__(
        self,
        management: Management,
        surroundings: Surroundings,
        parenting: Parenting,
        stop: Callable[[], None],
        tell_trust_centre: Callable[[ApsCommand, Instant], list[Transmission]],
    ) -> None:
        self._management = management
        self._surroundings = surroundings
        self._parenting = parenting
        self._stop = stop
        self._tell_trust_centre = tell_trust_centre

    def leave(self, now: Instant) -> list[Transmission]:
        """Leave the network, and say so."""
        if not self._management.membership.is_joined:
            return []
        sent = [leave_command(self._management, rejoin=False)]
        self._stop()
        self._management.mesh.routes.clear()
        self._management.security.forget_network()
        self._management.membership.leave()
        self._surroundings.note("left", now)
        return sent

    def take(
        self, leave: Leave, heard: HeardNwk, trust_centre: TrustCentre | None, now: Instant
    ) -> list[Transmission]:
        """Take that a neighbour leaves, or that the parent tells us to."""
        source = heard.source_eui64
        if source is None:
            return []
        if leave.is_request:
            return self.leave(now) if source == self._management.membership.parent else []
        was_child = self._parenting.release(source)
        if trust_centre is not None:
            trust_centre.gone(source, now)
        if trust_centre is not None or not was_child:
            return []
        return self._tell_trust_centre(
            UpdateDevice(device=source, short=heard.source, status=DeviceStatus.LEFT), now
        )

    def may_tell(self, packet: Packet, eui64: Eui64) -> zdo.ZdoStatus:
        """Return the answer to a request that we leave: only the trust centre may ask for it."""
        me = self._management.membership
        may = packet.source == me.trust_centre and eui64 in (me.me, Eui64(0))
        return zdo.ZdoStatus.SUCCESS if may else zdo.ZdoStatus.NOT_AUTHORISED

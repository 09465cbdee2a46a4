"""What a hub tells its displays unasked: texts, prices, that there is firmware for them.

Source: ZigBee Smart Energy Standard (07-5356), section D.5, as collected in han.md section 6.
"""

from hanbench.emulator.device import Packet
from hanbench.emulator.hub.esi_services import EsiServices
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.trust_centre.join_table import JoinTable, MemberKind
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.zigbee.clusters.catalogue import ClusterCommand
from hanbench.protocol.zigbee.clusters.cluster import ClusterId

DISPLAYS = (MemberKind.PPMID, MemberKind.IHD, MemberKind.CAD, MemberKind.THIRD_PARTY)


class EsiPublisher:
    """The sending side of the ESI endpoint of a hub."""

    def __init__(self, services: EsiServices, joined: JoinTable, sender: ZclSender) -> None:
        self._services = services
        self._joined = joined
        self._sender = sender

    def publish(
        self,
        cluster: int,
        command: ClusterCommand,
        *,
        kind: str,
        endpoints: tuple[int, int] = (1, 1),
    ) -> list[Packet]:
        """Return what tells every display of the HAN something."""
        return [
            self._sender.command(member.eui64, cluster, command, kind=kind, endpoints=endpoints)
            for member in self._joined.members
            if member.kind in DISPLAYS
        ]

    def image_notices(self) -> list[Packet]:
        """Tell each display for which there is newer firmware than it runs."""
        displays = [one.eui64 for one in self._joined.members if one.kind in DISPLAYS]
        return [
            self._sender.command(device, ClusterId.OTA_UPGRADE, notice, kind="image-notify")
            for device, notice in self._services.images.notices(displays)
        ]

    def image_blocks(self, now: Instant) -> list[Packet]:
        """Send the blocks of pages that are due."""
        return [
            self._sender.command(device, ClusterId.OTA_UPGRADE, block, kind="firmware")
            for device, block in self._services.images.page_blocks(now)
        ]

    def message(self, text: str, now: Instant, number: int = 1) -> list[Packet]:
        """Show a text on the displays of the home, until it is confirmed or cancelled."""
        message = self._services.message(text, now, number=number)
        return self.publish(ClusterId.MESSAGING, message, kind="message")

    def cancel_message(self) -> list[Packet]:
        """Take the text away again."""
        cancelled = self._services.cancel()
        if cancelled is None:
            return []
        return self.publish(ClusterId.MESSAGING, cancelled, kind="message")

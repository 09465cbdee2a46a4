"""What a sleeping meter says to the hub to have a mirror, and what the mirror tells it.

Source: ZigBee Smart Energy Standard (07-5356) section D.3 (Request Mirror, Remove Mirror, Mirror
Report Attribute Response), as collected in han.md section 6. That a meter without a mirror asks at
each wake is modelled [M].
"""

from hanbench.emulator.device import Packet
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import metering
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.metering import (
    MirrorRemoved,
    MirrorReportAttributeResponse,
    RemoveMirror,
    RequestMirror,
    RequestMirrorResponse,
)

NO_MIRROR = 0xFFFF
KIND = "mirror"

Heard = MirrorReportAttributeResponse | RequestMirrorResponse | MirrorRemoved


class OwnMirror:
    """The mirror of one meter, as that meter knows it."""

    def __init__(self, hub: Eui64, sender: ZclSender, endpoint: int | None) -> None:
        self.endpoint = endpoint
        """Where the hub stands in for it; None: nowhere."""
        self._hub = hub
        self._sender = sender

    def request(self) -> Packet:
        """Ask for one."""
        return self._command(RequestMirror())

    def remove(self) -> Packet | None:
        """Give it back; None: there is none."""
        return None if self.endpoint is None else self._command(RemoveMirror())

    def heard(self, packet: Packet) -> Heard | None:
        """Take what the hub says about it; None: the packet is about something else."""
        if packet.cluster != ClusterId.METERING or packet.source != self._hub:
            return None
        try:
            command = metering.COMMANDS.decode(zcl.decode(packet.payload))
        except DecodeError:
            return None
        if not packet.is_secured or not isinstance(command, Heard):
            return None
        match command:
            case RequestMirrorResponse(endpoint=endpoint):
                self.endpoint = None if endpoint == NO_MIRROR else endpoint
            case MirrorRemoved():
                self.endpoint = None
            case MirrorReportAttributeResponse():
                pass
        return command

    def _command(self, command: RequestMirror | RemoveMirror) -> Packet:
        packet = self._sender.command(self._hub, ClusterId.METERING, command, kind=KIND)
        return packet._replace(wants_ack=True)

"""What a device that has joined reads of its hub first: the time, and how to check for the hub.

Sources: ZigBee Smart Energy Standard (07-5356) section 5.12 (time from the ESI) and Annex A.3 (Keep
Alive), as collected in han.md sections 5 and 6. That the time is read once, and that the device's
clock follows the hub's from then on whatever was read, is modelled [M]. Keep-Alive is read over and
over where the periodic traffic runs (`keep_alive_watch.py`).
"""

from typing import Final

from hanbench.emulator.device import Packet
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee.clusters import keep_alive
from hanbench.protocol.zigbee.clusters import time as time_cluster
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.zcl import Direction
from hanbench.protocol.zigbee.zcl_general import ReadAttributes

KIND = "read"
TIME: Final = ReadAttributes(
    (int(time_cluster.AttributeId.TIME), int(time_cluster.AttributeId.TIME_STATUS))
)
KEEP_ALIVE: Final = ReadAttributes(
    (int(keep_alive.AttributeId.BASE_MINUTES), int(keep_alive.AttributeId.JITTER_SECONDS))
)


def time_read(sender: ZclSender, hub: Eui64) -> Packet:
    """Return the question for the time."""
    return _read(sender, hub, ClusterId.TIME, TIME)


def keep_alive_read(sender: ZclSender, hub: Eui64) -> Packet:
    """Return the question how often the hub wants to be checked for."""
    return _read(sender, hub, ClusterId.KEEP_ALIVE, KEEP_ALIVE)


def _read(sender: ZclSender, hub: Eui64, cluster: ClusterId, command: ReadAttributes) -> Packet:
    return sender.general(hub, cluster, command, direction=Direction.CLIENT_TO_SERVER, kind=KIND)

"""From an opened APS message to the packet that a device sees."""

from hanbench.emulator.device import Packet, Transmission
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zdo
from hanbench.protocol.zigbee.aps import ApsFrame

ZDO_PROFILE = 0


def announced_by(message: ApsFrame) -> Eui64 | None:
    """Return the device that a Device_annce is about; None for any other message."""
    if message.profile != ZDO_PROFILE or message.cluster != zdo.ANNOUNCEMENT or message.security:
        return None
    try:
        announcement = zdo.decode(zdo.ANNOUNCEMENT, message.payload).message
    except DecodeError:
        return None
    return announcement.eui64 if isinstance(announcement, zdo.DeviceAnnounce) else None


def packet_of(
    source: Eui64, target: Eui64, message: ApsFrame, payload: bytes, transmission: Transmission
) -> Packet:
    """Return the packet in a message that came from `source` in this transmission."""
    assert message.cluster is not None, "an APS data frame has its addressing"
    assert message.profile is not None
    assert message.source_endpoint is not None
    return Packet(
        source=source,
        target=target,
        cluster=message.cluster,
        payload=payload,
        profile=message.profile,
        source_endpoint=message.source_endpoint,
        target_endpoint=message.target_endpoint or 0,
        is_secured=message.security is not None,
        frame_kind=transmission.frame_kind,
        cause=transmission.cause,
    )

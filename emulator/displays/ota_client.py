"""A display takes new firmware: it asks, fetches block by block, checks, ends, and starts anew.

Source: ZigBee Cluster Library specification (075123), section 11.13, as collected in han.md
section 6. How long it waits for a block, and how often it asks again, are modelled [M].

    notified ─> Query Next Image ─> offered ─> block, block, ... ─> whole ─> Upgrade End ─> restart
                                                 └── nothing for 10 s, three times ─> given up
"""

from collections import deque

from hanbench.emulator.device import Packet
from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.errors import ProtocolError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import ota_file, zcl
from hanbench.protocol.zigbee.clusters import ota_upgrade
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.ota_upgrade import (
    NEWEST_ON_REQUEST,
    Block,
    ImageBlockRequest,
    ImageBlockResponse,
    ImageId,
    ImageNotify,
    Later,
    OfferedImage,
    OtaStatus,
    QueryNextImageRequest,
    QueryNextImageResponse,
    UpgradeEndRequest,
    UpgradeEndResponse,
)

BLOCK_OCTETS = 40
PATIENCE_US = 10 * SECOND_US
TRIES_MAX = 3
FAILURES_MAX = 16
IMAGE_OCTETS_MAX = 1 << 20
"""More does not fit into such a display [M]."""


class OtaClient:
    """The firmware of one display."""

    def __init__(self, running: ImageId, hub: Eui64, sender: ZclSender) -> None:
        self.running = running
        self.failures: deque[OtaStatus] = deque(maxlen=FAILURES_MAX)
        """How the last downloads ended that came to nothing."""
        self._hub = hub
        self._sender = sender
        self._offered: OfferedImage | None = None
        self._fetched = bytearray()
        self._last: ota_upgrade.Command | None = None
        self._due: Instant | None = None
        self._tries = 0
        self._install_at: Instant | None = None

    @property
    def deadline(self) -> Instant | None:
        """When `wake` is next due."""
        return self._due if self._install_at is None else self._install_at

    @property
    def line(self) -> str:
        """What it runs, and how far it has come with what it fetches."""
        told = f"firmware {self.running.version}"
        if self._offered is None:
            return told
        image, whole = self._offered.image, self._offered.size
        return f"{told}, fetching {image.version}: {len(self._fetched)} of {whole}"

    def restart(self) -> None:
        """Lose a download that is not whole; what runs is kept."""
        self._offered, self._last, self._due = None, None, None
        self._install_at = None
        self._fetched.clear()

    def query(self, now: Instant) -> None:
        """Ask by itself whether there is something newer, from now on."""
        self._last, self._tries, self._due = QueryNextImageRequest(0, self.running), 0, now

    def take(self, packet: Packet, now: Instant) -> list[Packet]:
        """Take what the hub says about firmware; return what is said to it."""
        if packet.source != self._hub or packet.cluster != ClusterId.OTA_UPGRADE:
            return []
        try:
            command = ota_upgrade.COMMANDS.decode(zcl.decode(packet.payload))
        except ProtocolError:
            return []
        match command:
            case ImageNotify() if self._offered is None and self._is_for_us(command):
                return self._say(QueryNextImageRequest(0, self.running), now)
            case QueryNextImageResponse(offered=offered) if self._offered is None:
                return self._begin(offered, now)
            case ImageBlockResponse():
                return self._block(command, now)
            case UpgradeEndResponse(image=image) if self._is_offered(image):
                self._plan(command, now)
                return []
            case _:
                return []

    def wake(self, now: Instant) -> list[Packet]:
        """Ask once more for what did not come, or give up."""
        if self._due is None or self._due > now or self._install_at is not None:
            return []
        if self._last is None or self._tries >= TRIES_MAX:
            return self._give_up(OtaStatus.ABORT, now)
        self._tries += 1
        self._due = after(now, PATIENCE_US)
        return [self._packet(self._last)]

    def installs(self, now: Instant) -> bool:
        """Whether it is time to run the new firmware; it is the one that runs from then on."""
        if self._install_at is None or self._install_at > now or self._offered is None:
            return False
        self.running = self._offered.image
        self.restart()
        return True

    def _is_for_us(self, notice: ImageNotify) -> bool:
        ours = self.running
        is_other = notice.manufacturer not in (None, ours.manufacturer)
        is_other = is_other or notice.image_type not in (None, ours.image_type)
        return not is_other and notice.version != ours.version

    def _is_offered(self, image: ImageId) -> bool:
        return self._offered is not None and self._offered.image == image

    def _begin(self, offered: OfferedImage | None, now: Instant) -> list[Packet]:
        if offered is None or not 0 < offered.size <= IMAGE_OCTETS_MAX:
            self.restart()
            return []
        self._offered = offered
        self._fetched.clear()
        return self._next(now)

    def _block(self, response: ImageBlockResponse, now: Instant) -> list[Packet]:
        content = response.content
        match content:
            case Block(image=image, offset=offset, data=data) if self._is_offered(image):
                if offset != len(self._fetched) or not data:
                    return []  # an answer to a question that was asked twice
                self._fetched += data
                return self._next(now)
            case Later() if self._offered is not None:
                wait_s = max(1, content.request_utc - content.current_utc)
                self._due, self._tries = after(now, wait_s * SECOND_US), 0
                return []
            case None if self._offered is not None:
                return self._give_up(response.status, now)
            case _:
                return []

    def _next(self, now: Instant) -> list[Packet]:
        """Ask for the next block, or end a download that is whole."""
        assert self._offered is not None
        image, size = self._offered.image, self._offered.size
        if len(self._fetched) >= size:
            return self._whole(now)
        return self._say(
            ImageBlockRequest(
                field_control=0,
                image=image,
                offset=len(self._fetched),
                size_max=min(BLOCK_OCTETS, size - len(self._fetched)),
            ),
            now,
        )

    def _whole(self, now: Instant) -> list[Packet]:
        assert self._offered is not None
        try:
            is_good = ota_file.decode(bytes(self._fetched)).image == self._offered.image
        except ProtocolError:
            is_good = False
        if not is_good:
            return self._give_up(OtaStatus.INVALID_IMAGE, now)
        return self._say(UpgradeEndRequest(OtaStatus.SUCCESS, self._offered.image), now)

    def _give_up(self, status: OtaStatus, now: Instant) -> list[Packet]:
        offered = self._offered
        self.failures.append(status)
        self.restart()
        if offered is None:
            return []
        del now
        return [self._packet(UpgradeEndRequest(status, offered.image))]

    def _plan(self, response: UpgradeEndResponse, now: Instant) -> None:
        self._due = None
        if response.upgrade_utc != NEWEST_ON_REQUEST:
            wait_s = max(0, response.upgrade_utc - response.current_utc)
            self._install_at = after(now, max(1, wait_s * SECOND_US))

    def _say(self, command: ota_upgrade.Command, now: Instant) -> list[Packet]:
        self._last, self._tries = command, 1
        self._due = after(now, PATIENCE_US)
        return [self._packet(command)]

    def _packet(self, command: ota_upgrade.Command) -> Packet:
        return self._sender.command(self._hub, ClusterId.OTA_UPGRADE, command, kind="firmware")

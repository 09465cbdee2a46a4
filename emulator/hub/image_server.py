"""The firmware that a hub offers: who is told of it, what is asked, block by block, to the end.

Source: ZigBee Cluster Library specification (075123), section 11.13, as collected in han.md
section 6. The hub knows what a device runs by its last query, or from before the home began; it
tells who has a newer image waiting, again each day until it runs [M].
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hanbench.emulator.instant import DAY_US, MILLISECOND_US, SECOND_US, Instant, after
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee.clusters import ota_upgrade
from hanbench.protocol.zigbee.clusters.ota_upgrade import (
    Block,
    ImageBlockRequest,
    ImageBlockResponse,
    ImageId,
    ImageNotify,
    ImagePageRequest,
    NotifyPayload,
    OfferedImage,
    OtaStatus,
    QueryNextImageRequest,
    QueryNextImageResponse,
    QuerySpecificFileRequest,
    QuerySpecificFileResponse,
    UpgradeEndRequest,
    UpgradeEndResponse,
)
from hanbench.protocol.zigbee.zcl import ZclStatus

BLOCK_OCTETS_MAX = 40
"""The largest part of an image in one frame [M]."""
EVERYBODY = 100
"""As a query jitter: all of them are to ask."""
NOTICE_AFTER_US = 30 * SECOND_US
NOTICE_EVERY_US = DAY_US
"""When devices are told that there is an image for them [M]."""


@dataclass(frozen=True, slots=True)
class Image:
    """Firmware that the hub offers, and to whom; None: to all whose it is."""

    id: ImageId
    octets: bytes
    only_for: Eui64 | None = None


SPACING_MS_MIN = 50
"""How far apart the blocks of a page are at least, whatever was asked for [M]."""


@dataclass(slots=True)
class _Page:
    """What is left of a page that a device asked for."""

    asked: ImagePageRequest
    offset: int
    due: Instant

    @property
    def end(self) -> int:
        return self.asked.offset + self.asked.page_size


@dataclass(slots=True)
class ImageServer:
    """The images of one hub."""

    images: tuple[Image, ...] = ()
    running: dict[Eui64, ImageId] = field(default_factory=dict)
    """What each device runs, as far as the hub knows."""
    _pages: dict[Eui64, _Page] = field(default_factory=dict)
    """The pages under way, one a device."""

    @property
    def deadline(self) -> Instant | None:
        """When the next block of a page is due."""
        return min((page.due for page in self._pages.values()), default=None)

    def restart(self) -> None:
        """Forget the pages under way: the device asks again for what did not come."""
        self._pages.clear()

    def page(
        self, asked: ImagePageRequest, source: Eui64, now: Instant
    ) -> ImageBlockResponse | ZclStatus:
        """Return the first block of a page; the others follow by themselves (11.13.7)."""
        self._pages.pop(source, None)
        if not asked.page_size:
            return ZclStatus.MALFORMED_COMMAND
        first = self._block(_part_of(asked, asked.offset), source)
        if isinstance(first, ImageBlockResponse) and isinstance(first.content, Block):
            page = _Page(asked, asked.offset + len(first.content.data), now)
            self._go_on(page, source, now)
        return first

    def page_blocks(self, now: Instant) -> list[tuple[Eui64, ImageBlockResponse]]:
        """Return the blocks of pages that are due, and to whom they go."""
        blocks = []
        for source, page in [*self._pages.items()]:
            if page.due > now:
                continue
            del self._pages[source]
            block = self._block(_part_of(page.asked, page.offset), source)
            if not isinstance(block, ImageBlockResponse) or not isinstance(block.content, Block):
                continue
            page.offset += len(block.content.data)
            self._go_on(page, source, now)
            blocks.append((source, block))
        return blocks

    def _go_on(self, page: _Page, source: Eui64, now: Instant) -> None:
        image = self._held(page.asked.image, source, is_specific=False)
        if image is None or page.offset >= min(page.end, len(image.octets)):
            return
        spacing_ms = max(SPACING_MS_MIN, page.asked.spacing_ms)
        page.due = after(now, spacing_ms * MILLISECOND_US)
        self._pages[source] = page

    def take(
        self, command: ota_upgrade.Command, source: Eui64, utc: int
    ) -> ota_upgrade.Command | ZclStatus:
        """Return what answers a device; `utc` is the time of the hub, from 2000."""
        match command:
            case QueryNextImageRequest(running=running):
                self.running[source] = running
                image = self._newest(running, source)
                if image is None:
                    return QueryNextImageResponse(OtaStatus.NO_IMAGE_AVAILABLE)
                return QueryNextImageResponse(OtaStatus.SUCCESS, _offered(image))
            case QuerySpecificFileRequest(node=node, image=asked):
                image = self._held(asked, Eui64(node), is_specific=True)
                if image is None or node != source:
                    return QuerySpecificFileResponse(OtaStatus.NO_IMAGE_AVAILABLE)
                return QuerySpecificFileResponse(OtaStatus.SUCCESS, _offered(image))
            case ImageBlockRequest():
                self._pages.pop(source, None)
                return self._block(command, source)
            case UpgradeEndRequest(status=OtaStatus.SUCCESS, image=ended):
                self.running[source] = ended
                return UpgradeEndResponse(ended, utc, utc)
            case UpgradeEndRequest():
                return ZclStatus.SUCCESS
            case _:
                return ZclStatus.UNSUPPORTED_CLUSTER_COMMAND

    def notices(self, devices: Iterable[Eui64]) -> list[tuple[Eui64, ImageNotify]]:
        """Return whom to tell, and what: those that run something older than what is here."""
        found = []
        for device in devices:
            running = self.running.get(device)
            image = None if running is None else self._newest(running, device)
            if image is not None:
                notice = ImageNotify(
                    names=NotifyPayload.VERSION,
                    query_jitter=EVERYBODY,
                    manufacturer=image.id.manufacturer,
                    image_type=image.id.image_type,
                    version=image.id.version,
                )
                found.append((device, notice))
        return found

    def _newest(self, running: ImageId, device: Eui64) -> Image | None:
        newer = [
            image
            for image in self.images
            if image.only_for in (None, device) and _is_newer(image.id, running)
        ]
        return max(newer, key=lambda image: image.id.version, default=None)

    def _held(self, asked: ImageId, device: Eui64, *, is_specific: bool) -> Image | None:
        allowed = (device,) if is_specific else (None, device)
        matching = (
            image for image in self.images if image.id == asked and image.only_for in allowed
        )
        return next(matching, None)

    def _block(self, asked: ImageBlockRequest, source: Eui64) -> ImageBlockResponse | ZclStatus:
        image = self._held(asked.image, source, is_specific=False)
        if image is None:
            return ImageBlockResponse(OtaStatus.NO_IMAGE_AVAILABLE)
        if asked.offset >= len(image.octets) or not asked.size_max:
            return ZclStatus.MALFORMED_COMMAND
        end = asked.offset + min(asked.size_max, BLOCK_OCTETS_MAX)
        block = Block(image.id, asked.offset, image.octets[asked.offset : end])
        return ImageBlockResponse(OtaStatus.SUCCESS, block)


def _part_of(asked: ImagePageRequest, offset: int) -> ImageBlockRequest:
    """Return the request for the block of a page that begins here; it ends with the page."""
    left = asked.offset + asked.page_size - offset
    return ImageBlockRequest(
        field_control=0, image=asked.image, offset=offset, size_max=min(asked.size_max, left)
    )


def _offered(image: Image) -> OfferedImage:
    return OfferedImage(image.id, len(image.octets))


def _is_newer(offered: ImageId, running: ImageId) -> bool:
    is_for_it = (offered.manufacturer, offered.image_type) == (
        running.manufacturer,
        running.image_type,
    )
    return is_for_it and offered.version > running.version

"""A display takes firmware from its hub: whole and right, or not at all."""

from collections.abc import Callable

import pytest
from tests.emulator.home_bench import HUB, IHD
from tests.emulator.meter_bench import POLICY

from hanbench.emulator.device import Packet
from hanbench.emulator.displays.ota_client import (
    FAILURES_MAX,
    IMAGE_OCTETS_MAX,
    PATIENCE_US,
    TRIES_MAX,
    OtaClient,
)
from hanbench.emulator.hub.image_server import Image, ImageServer
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.zcl_sender import ZclSender
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
from hanbench.protocol.zigbee.ota_file import OtaFile
from hanbench.protocol.zigbee.zcl import ZclStatus

OLD, NEW = ImageId(0x10C7, 0x0502, 1), ImageId(0x10C7, 0x0502, 2)
FILE = ota_file.encode(OtaFile(NEW, "IHD 2", bytes(range(200))))
NOTICE = ImageNotify(
    names=NotifyPayload.VERSION,
    query_jitter=100,
    manufacturer=NEW.manufacturer,
    image_type=NEW.image_type,
    version=NEW.version,
)
OFFER = QueryNextImageResponse(OtaStatus.SUCCESS, OfferedImage(NEW, len(FILE)))
Hub = Callable[[ota_upgrade.Command], "ota_upgrade.Command | ZclStatus"]


def client() -> OtaClient:
    return OtaClient(OLD, HUB, ZclSender(IHD, POLICY))


def tell(
    one: OtaClient, command: ota_upgrade.Command, now: int = 0, source: Eui64 = HUB
) -> list[ota_upgrade.Command]:
    packet = ZclSender(source, POLICY).command(IHD, ClusterId.OTA_UPGRADE, command, kind="x")
    return [said(packet) for packet in one.take(packet, Instant(now))]


def said(packet: Packet) -> ota_upgrade.Command:
    command: ota_upgrade.Command = ota_upgrade.COMMANDS.decode(zcl.decode(packet.payload))
    return command


def hub_of(octets: bytes = FILE) -> Hub:
    server = ImageServer((Image(NEW, octets),))
    return lambda command: server.take(command, IHD, 1_000)


def converse(one: OtaClient, hub: Hub, now: int = 0) -> list[ota_upgrade.Command]:
    """Let both talk until there is nothing more to say; return what the display said."""
    spoken, waiting = [], tell(one, NOTICE, now)
    while waiting:
        command = waiting.pop()
        spoken.append(command)
        answer = hub(command)
        if not isinstance(answer, ZclStatus):
            waiting += tell(one, answer, now)
    return spoken


def test_a_display_that_is_told_fetches_all_blocks_ends_and_runs_the_new_firmware() -> None:
    one = client()

    spoken = converse(one, hub_of())

    assert spoken[0] == QueryNextImageRequest(0, OLD)
    offsets = [command.offset for command in spoken if isinstance(command, ImageBlockRequest)]
    assert offsets == list(range(0, len(FILE), 40))
    assert spoken[-1] == UpgradeEndRequest(OtaStatus.SUCCESS, NEW)
    assert one.running == OLD, "until it is time"
    assert one.deadline == 1
    assert not one.installs(Instant(0))
    assert one.installs(Instant(1))
    assert (one.running, one.line, one.deadline) == (NEW, "firmware 2", None)


def test_a_damaged_image_ends_with_that_status_and_is_not_run() -> None:
    one = client()

    spoken = converse(one, hub_of(FILE[:-1] + bytes([FILE[-1] ^ 1])))

    assert spoken[-1] == UpgradeEndRequest(OtaStatus.INVALID_IMAGE, NEW)
    failed = [OtaStatus.INVALID_IMAGE]
    assert (one.running, [*one.failures], one.deadline) == (OLD, failed, None)


def test_an_image_of_another_kind_inside_the_file_is_not_run() -> None:
    foreign = ota_file.encode(OtaFile(ImageId(1, 2, 3), "x", b"firmware"))
    one = client()

    assert converse(one, hub_of(foreign))[-1] == UpgradeEndRequest(OtaStatus.INVALID_IMAGE, NEW)


def test_a_block_that_does_not_come_is_asked_for_again_and_then_given_up() -> None:
    one = client()
    tell(one, NOTICE)
    (first,) = tell(one, OFFER)

    again = [
        [said(packet) for packet in one.wake(Instant(number * PATIENCE_US))]
        for number in range(1, TRIES_MAX + 1)
    ]

    assert again[:-1] == [[first]] * (TRIES_MAX - 1)
    assert again[-1] == [UpgradeEndRequest(OtaStatus.ABORT, NEW)]
    assert [*one.failures] == [OtaStatus.ABORT]
    assert one.deadline is None


def test_a_query_that_nobody_answers_is_given_up_in_silence() -> None:
    one = client()
    one.query(Instant(0))

    asked = [one.wake(Instant(number * PATIENCE_US)) for number in range(TRIES_MAX + 1)]

    assert [len(packets) for packets in asked] == [1] * TRIES_MAX + [0]
    assert one.deadline is None


def test_an_answer_that_comes_twice_and_one_from_elsewhere_change_nothing() -> None:
    one = client()
    tell(one, NOTICE)
    tell(one, OFFER)
    block = ImageBlockResponse(OtaStatus.SUCCESS, Block(NEW, 0, FILE[:40]))

    assert len(tell(one, block)) == 1
    assert tell(one, block) == []
    assert tell(one, ImageBlockResponse(OtaStatus.SUCCESS, Block(OLD, 40, b"x"))) == []
    assert tell(one, ImageBlockResponse(OtaStatus.SUCCESS, Block(NEW, 40, b""))) == []
    assert tell(one, NOTICE) == []
    assert tell(one, block, source=IHD) == []
    assert one.line == f"firmware 1, fetching 2: 40 of {len(FILE)}"


def test_who_is_told_to_wait_waits() -> None:
    one = client()
    tell(one, NOTICE)
    tell(one, OFFER)

    assert tell(one, ImageBlockResponse(OtaStatus.WAIT_FOR_DATA, Later(100, 160, 0))) == []
    assert one.deadline == 60 * SECOND_US
    (asked,) = one.wake(Instant(60 * SECOND_US))
    assert isinstance(said(asked), ImageBlockRequest)


def test_an_aborted_download_is_over() -> None:
    one = client()
    tell(one, NOTICE)
    tell(one, OFFER)

    (end,) = tell(one, ImageBlockResponse(OtaStatus.ABORT))

    assert end == UpgradeEndRequest(OtaStatus.ABORT, NEW)
    assert one.line == "firmware 1"


def test_a_restart_loses_what_was_fetched_and_keeps_what_runs() -> None:
    one = client()
    tell(one, NOTICE)
    tell(one, OFFER)

    one.restart()

    assert (one.line, one.deadline, one.running) == ("firmware 1", None, OLD)


@pytest.mark.parametrize(
    "notice",
    [
        ImageNotify(names=NotifyPayload.MANUFACTURER, query_jitter=1, manufacturer=1),
        ImageNotify(
            names=NotifyPayload.IMAGE_TYPE, query_jitter=1, manufacturer=0x10C7, image_type=1
        ),
        ImageNotify(
            names=NotifyPayload.VERSION,
            query_jitter=1,
            manufacturer=0x10C7,
            image_type=0x0502,
            version=1,
        ),
    ],
)
def test_a_notice_for_others_or_for_what_runs_is_passed_over(notice: ImageNotify) -> None:
    assert tell(client(), notice) == []


def test_a_notice_that_names_nothing_is_for_everybody() -> None:
    everybody = ImageNotify(names=NotifyPayload.JITTER, query_jitter=100)

    assert tell(client(), everybody) == [QueryNextImageRequest(0, OLD)]


def test_nothing_to_fetch_or_too_much_of_it_is_not_fetched() -> None:
    for answer in (
        QueryNextImageResponse(OtaStatus.NO_IMAGE_AVAILABLE),
        QueryNextImageResponse(OtaStatus.SUCCESS, OfferedImage(NEW, 0)),
        QueryNextImageResponse(OtaStatus.SUCCESS, OfferedImage(NEW, 1 << 21)),
    ):
        one = client()
        tell(one, NOTICE)
        assert tell(one, answer) == []
        assert one.deadline is None


def test_a_display_waits_for_the_time_of_the_upgrade_or_until_it_is_told() -> None:
    later, told = client(), client()
    for one, at in ((later, 1_060), (told, NEWEST_ON_REQUEST)):
        tell(one, NOTICE)
        tell(one, OFFER)
        tell(one, UpgradeEndResponse(NEW, 1_000, at))

    assert later.deadline == 60 * SECOND_US
    assert told.deadline is None
    assert tell(client(), UpgradeEndResponse(NEW, 0, 0)) == []


def test_noise_and_other_clusters_say_nothing() -> None:
    one = client()
    noise = Packet(HUB, IHD, ClusterId.OTA_UPGRADE, b"\xff")
    price = Packet(HUB, IHD, ClusterId.PRICE, b"")

    assert one.take(noise, Instant(0)) == one.take(price, Instant(0)) == []
    assert tell(one, ImageBlockResponse(OtaStatus.ABORT)) == []
    assert tell(one, UpgradeEndRequest(OtaStatus.SUCCESS, NEW)) == []


# The hub's side


def test_only_who_runs_something_older_is_told_and_until_it_does_not() -> None:
    server = ImageServer((Image(NEW, FILE),), {IHD: OLD})
    stranger = Eui64(9)

    assert server.notices([IHD, stranger]) == [(IHD, NOTICE)]
    server.take(UpgradeEndRequest(OtaStatus.SUCCESS, NEW), IHD, 0)
    assert server.notices([IHD, stranger]) == []
    server.take(QueryNextImageRequest(0, OLD), stranger, 0)
    assert server.notices([IHD, stranger]) == [(stranger, NOTICE)]


def test_the_newest_of_several_images_is_offered() -> None:
    newest = ImageId(0x10C7, 0x0502, 5)
    server = ImageServer((Image(newest, b"new"), Image(NEW, FILE)))

    assert server.take(QueryNextImageRequest(0, OLD), IHD, 0) == QueryNextImageResponse(
        OtaStatus.SUCCESS, OfferedImage(newest, 3)
    )


def test_a_specific_file_is_for_its_device_alone() -> None:
    log = ImageId(0x10C7, 0xFFC1, 1)
    server = ImageServer((Image(log, b"log", only_for=IHD), Image(NEW, FILE)))
    other = Eui64(9)

    def asked(node: Eui64, source: Eui64, image: ImageId = log) -> object:
        request = QuerySpecificFileRequest(node=node, image=image, stack_version=2)
        return server.take(request, source, 0)

    assert asked(IHD, IHD) == QuerySpecificFileResponse(OtaStatus.SUCCESS, OfferedImage(log, 3))
    none = QuerySpecificFileResponse(OtaStatus.NO_IMAGE_AVAILABLE)
    assert asked(other, other) == none
    assert asked(IHD, other) == none
    assert asked(IHD, IHD, NEW) == none, "what is for everybody is asked for otherwise"
    block = ImageBlockRequest(field_control=0, image=log, offset=0, size_max=10)
    assert server.take(block, other, 0) == ImageBlockResponse(OtaStatus.NO_IMAGE_AVAILABLE)
    assert server.take(block, IHD, 0) == ImageBlockResponse(
        OtaStatus.SUCCESS, Block(log, 0, b"log")
    )


def test_a_page_is_not_served() -> None:
    page = ota_upgrade.ImagePageRequest(
        field_control=0, image=NEW, offset=0, size_max=40, page_size=80, spacing_ms=0
    )

    assert hub_of()(page) is ZclStatus.UNSUPPORTED_CLUSTER_COMMAND


def page(
    offset: int = 0, size: int = 100, block: int = 30, spacing_ms: int = 200
) -> ota_upgrade.ImagePageRequest:
    return ota_upgrade.ImagePageRequest(
        field_control=0,
        image=NEW,
        offset=offset,
        size_max=block,
        page_size=size,
        spacing_ms=spacing_ms,
    )


def pages(server: ImageServer, until_ms: int = 5_000) -> list[tuple[int, int, int]]:
    """The blocks that follow by themselves: when (ms), where, and how long."""
    found = []
    while (due := server.deadline) is not None and due <= until_ms * 1_000:
        for device, response in server.page_blocks(due):
            assert device == IHD
            assert isinstance(response.content, Block)
            part = response.content
            assert part.data == FILE[part.offset : part.offset + len(part.data)]
            found.append((due // 1_000, part.offset, len(part.data)))
    return found


def test_a_page_is_sent_block_by_block_at_the_pace_that_was_asked_for() -> None:
    server = ImageServer((Image(NEW, FILE),))

    first = server.page(page(), IHD, Instant(0))

    assert isinstance(first, ImageBlockResponse)
    assert first.content == Block(NEW, 0, FILE[:30])
    assert pages(server) == [(200, 30, 30), (400, 60, 30), (600, 90, 10)]
    assert server.deadline is None


def test_the_last_page_ends_with_the_image() -> None:
    server = ImageServer((Image(NEW, FILE),))
    server.page(page(offset=len(FILE) - 45, size=0xFFFF, spacing_ms=0), IHD, Instant(0))

    assert pages(server) == [(50, len(FILE) - 15, 15)]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (page(size=0), ZclStatus.MALFORMED_COMMAND),
        (page(block=0), ZclStatus.MALFORMED_COMMAND),
        (page(offset=len(FILE)), ZclStatus.MALFORMED_COMMAND),
    ],
)
def test_a_page_that_cannot_be_sent_is_refused(
    asked: ota_upgrade.ImagePageRequest, answer: ZclStatus
) -> None:
    server = ImageServer((Image(NEW, FILE),))

    assert server.page(asked, IHD, Instant(0)) is answer
    assert server.deadline is None


def test_there_is_no_page_of_an_image_that_is_not_here_or_is_gone() -> None:
    server = ImageServer(())
    gone = ImageServer((Image(NEW, FILE),))
    gone.page(page(), IHD, Instant(0))
    gone.images = ()

    assert server.page(page(), IHD, Instant(0)) == ImageBlockResponse(OtaStatus.NO_IMAGE_AVAILABLE)
    assert pages(gone) == []


@pytest.mark.parametrize("how", ["block", "restart", "page"])
def test_a_page_ends_when_something_else_is_asked_for(how: str) -> None:
    server = ImageServer((Image(NEW, FILE),))
    server.page(page(), IHD, Instant(0))

    if how == "block":
        asked = ImageBlockRequest(field_control=0, image=NEW, offset=0, size_max=10)
        server.take(asked, IHD, 0)
    elif how == "restart":
        server.restart()
    else:
        server.page(page(offset=0, size=30), IHD, Instant(0))

    assert server.deadline is None


def test_a_display_takes_no_image_that_is_larger_than_its_memory() -> None:
    one = client()
    tell(one, NOTICE)

    huge = OfferedImage(NEW, IMAGE_OCTETS_MAX + 1)

    assert tell(one, QueryNextImageResponse(OtaStatus.SUCCESS, huge)) == []
    assert one.deadline is None


def test_a_display_remembers_so_many_failures() -> None:
    one = client()
    for _ in range(3 * FAILURES_MAX):
        tell(one, NOTICE)
        tell(one, OFFER)
        tell(one, ImageBlockResponse(OtaStatus.ABORT))

    assert [*one.failures] == [OtaStatus.ABORT] * FAILURES_MAX

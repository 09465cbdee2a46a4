"""What a hub serves as the ESI: texts, calendars, names, firmware; and proper statuses else."""

import pytest
from tests.emulator.home_bench import IHD, HomeBench, home_bench

from hanbench.emulator.device import Packet, Transmission
from hanbench.emulator.hub.clusters import HubClusters
from hanbench.emulator.hub.esi_services import CONFIRMED_MAX, EsiServices
from hanbench.emulator.hub.image_server import BLOCK_OCTETS_MAX, Image
from hanbench.emulator.instant import MINUTE_US, SECOND_US, Instant
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.clusters import (
    calendar,
    catalogue,
    device_management,
    events,
    messaging,
    ota_upgrade,
    price,
)
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.ota_upgrade import ImageId, OtaStatus
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import DefaultResponse

HUB, DISPLAY = Eui64(2), Eui64(4)
RUNNING = ImageId(manufacturer=0x10C7, image_type=1, version=5)
NEWER = ImageId(manufacturer=0x10C7, image_type=1, version=6)
FIRMWARE = bytes(range(256)) * 2
WEEK = calendar.PublishWeekProfile(
    provider_id=1, issuer_event_id=1, calendar_id=9, week=2, days=(1, 1, 1, 1, 1, 2, 2)
)
DAYS = tuple(
    calendar.PublishDayProfile(
        provider_id=1,
        issuer_event_id=1,
        calendar_id=9,
        day=day,
        entries_total=1,
        index=0,
        index_total=1,
        type=calendar.CalendarType.DELIVERED,
        entries=(calendar.ScheduleEntry(0, day),),
    )
    for day in (1, 2)
)
SEASONS = calendar.PublishSeasons(
    provider_id=1, issuer_event_id=1, calendar_id=9, index=0, index_total=1, seasons=()
)
SITE = device_management.UpdateSiteId(
    issuer_event_id=1, implementation_utc=0, provider_id=1, site_id=b"1012345678901"
)


def hub() -> HubClusters:
    return HubClusters(lambda now: 1_600_000_000 + now // SECOND_US, "skyline-i-510", "Secure")


def packet_of(cluster: int, frame: ZclFrame, endpoint: int = 1) -> Packet:
    return Packet(
        source=DISPLAY,
        target=HUB,
        cluster=cluster,
        payload=zcl.encode(frame),
        target_endpoint=endpoint,
    )


def served(
    clusters: HubClusters, cluster: int, command: catalogue.ClusterCommand, now: int = 0
) -> catalogue.Command | None:
    frame = catalogue.COMMAND_SETS[cluster].encode(
        command, sequence=7, disable_default_response=False
    )
    answer = clusters.serve(packet_of(cluster, frame), Instant(now))
    if answer is None:
        return None
    assert answer.sequence == 7
    return catalogue.decode(cluster, answer)


def status_of(answer: catalogue.Command | None) -> ZclStatus:
    assert isinstance(answer, DefaultResponse)
    return answer.status


@pytest.mark.parametrize(
    ("cluster", "command"),
    [
        (ClusterId.MESSAGING, messaging.GetLastMessage()),
        (ClusterId.MESSAGING, messaging.GetMessageCancellation(earliest_utc=0)),
        (ClusterId.PRICE, price.GetCurrentPrice(options=0)),
        (ClusterId.CALENDAR, calendar.GetSeasons(1, 9)),
        (ClusterId.CALENDAR, calendar.GetCalendarCancellation()),
        (ClusterId.DEVICE_MANAGEMENT, device_management.GetChangeOfSupplier()),
        (ClusterId.DEVICE_MANAGEMENT, device_management.GetSiteId()),
        (
            ClusterId.EVENTS,
            events.GetEventLog(
                control_and_log=0, event_id=0, start_utc=0, end_utc=1, count_max=0, offset=0
            ),
        ),
    ],
)
def test_what_the_hub_does_not_hold_is_not_found(
    cluster: ClusterId, command: catalogue.ClusterCommand
) -> None:
    assert status_of(served(hub(), cluster, command)) is ZclStatus.NOT_FOUND


def test_the_last_message_can_be_fetched_until_its_time_is_over() -> None:
    clusters = hub()
    shown = clusters.esi.message("Prices rise", Instant(0), minutes=60)

    assert served(clusters, ClusterId.MESSAGING, messaging.GetLastMessage()) == shown
    late = served(clusters, ClusterId.MESSAGING, messaging.GetLastMessage(), 60 * MINUTE_US)
    assert status_of(late) is ZclStatus.NOT_FOUND


def test_a_confirmation_is_kept_and_a_cancelled_message_is_gone() -> None:
    clusters = hub()
    clusters.esi.message("Prices rise", Instant(0), number=4)
    confirmation = messaging.MessageConfirmation(4, 0)

    assert status_of(served(clusters, ClusterId.MESSAGING, confirmation)) is ZclStatus.SUCCESS
    assert [*clusters.esi.confirmed] == [4]
    assert clusters.esi.cancel() == messaging.CancelMessage(4, 0)
    assert clusters.esi.cancel() is None
    assert (
        status_of(served(clusters, ClusterId.MESSAGING, messaging.GetLastMessage()))
        is ZclStatus.NOT_FOUND
    )


def test_the_parts_of_a_calendar_are_found_by_its_number() -> None:
    clusters = hub()
    clusters.esi.held = (WEEK, *DAYS, SEASONS)

    def fetched(command: calendar.Command) -> catalogue.Command | None:
        return served(clusters, ClusterId.CALENDAR, command)

    assert fetched(calendar.GetDayProfiles(1, 9, first_day=0, count_max=0)) == DAYS[0]
    assert fetched(calendar.GetDayProfiles(1, 9, first_day=2, count_max=0)) == DAYS[1]
    assert fetched(calendar.GetWeekProfiles(1, 9, first_week=1, count_max=0)) == WEEK
    assert fetched(calendar.GetSeasons(1, 9)) == SEASONS
    for missing in (
        calendar.GetDayProfiles(1, 8, first_day=0, count_max=0),
        calendar.GetWeekProfiles(1, 9, first_week=3, count_max=0),
        calendar.GetSeasons(1, 8),
    ):
        assert status_of(fetched(missing)) is ZclStatus.NOT_FOUND


def test_the_site_id_is_served_as_it_was_put_there() -> None:
    clusters = hub()
    clusters.esi.held = (SITE,)

    answer = served(clusters, ClusterId.DEVICE_MANAGEMENT, device_management.GetSiteId())

    assert answer == SITE


def test_firmware_is_handed_out_block_by_block_to_its_end() -> None:
    clusters = hub()
    clusters.esi.images.images = (Image(NEWER, FIRMWARE),)
    query = ota_upgrade.QueryNextImageRequest(0, RUNNING)

    offer = served(clusters, ClusterId.OTA_UPGRADE, query)
    fetched = b""
    while len(fetched) < len(FIRMWARE):
        request = ota_upgrade.ImageBlockRequest(
            field_control=0, image=NEWER, offset=len(fetched), size_max=255
        )
        block = served(clusters, ClusterId.OTA_UPGRADE, request)
        assert isinstance(block, ota_upgrade.ImageBlockResponse)
        assert isinstance(block.content, ota_upgrade.Block)
        assert 0 < len(block.content.data) <= BLOCK_OCTETS_MAX
        fetched += block.content.data
    end = served(
        clusters, ClusterId.OTA_UPGRADE, ota_upgrade.UpgradeEndRequest(OtaStatus.SUCCESS, NEWER)
    )

    assert offer == ota_upgrade.QueryNextImageResponse(
        OtaStatus.SUCCESS, ota_upgrade.OfferedImage(NEWER, len(FIRMWARE))
    )
    assert fetched == FIRMWARE
    assert isinstance(end, ota_upgrade.UpgradeEndResponse)


@pytest.mark.parametrize(
    "image",
    [
        None,
        Image(RUNNING, FIRMWARE),
        Image(ImageId(manufacturer=1, image_type=1, version=9), FIRMWARE),
    ],
)
def test_no_image_is_offered_that_is_not_newer_and_for_the_device(image: Image | None) -> None:
    clusters = hub()
    clusters.esi.images.images = () if image is None else (image,)

    query = served(clusters, ClusterId.OTA_UPGRADE, ota_upgrade.QueryNextImageRequest(0, RUNNING))
    block = served(
        clusters,
        ClusterId.OTA_UPGRADE,
        ota_upgrade.ImageBlockRequest(field_control=0, image=NEWER, offset=0, size_max=10),
    )

    assert query == ota_upgrade.QueryNextImageResponse(OtaStatus.NO_IMAGE_AVAILABLE)
    assert block == ota_upgrade.ImageBlockResponse(OtaStatus.NO_IMAGE_AVAILABLE)


def test_a_block_behind_the_end_is_malformed_and_a_failed_upgrade_is_taken_note_of() -> None:
    clusters = hub()
    clusters.esi.images.images = (Image(NEWER, FIRMWARE),)
    behind = ota_upgrade.ImageBlockRequest(
        field_control=0, image=NEWER, offset=len(FIRMWARE), size_max=10
    )
    failed = ota_upgrade.UpgradeEndRequest(OtaStatus.INVALID_IMAGE, NEWER)

    assert status_of(served(clusters, ClusterId.OTA_UPGRADE, behind)) is ZclStatus.MALFORMED_COMMAND
    assert status_of(served(clusters, ClusterId.OTA_UPGRADE, failed)) is ZclStatus.SUCCESS


def test_what_the_hub_does_not_serve_gets_a_status_and_noise_gets_nothing() -> None:
    clusters = hub()
    unknown = ZclFrame(FrameType.CLUSTER, Direction.CLIENT_TO_SERVER, 7, 0x77)
    cut_short = ZclFrame(FrameType.CLUSTER, Direction.CLIENT_TO_SERVER, 7, 0x01, b"\x01")
    password = device_management.RequestNewPassword(password_type=1)
    answer = clusters.serve(packet_of(ClusterId.MESSAGING, unknown), Instant(0))
    malformed = clusters.serve(packet_of(ClusterId.MESSAGING, cut_short), Instant(0))
    noise = Packet(source=DISPLAY, target=HUB, cluster=ClusterId.PRICE, payload=b"\xff")
    wrong_way = unknown._replace(direction=Direction.SERVER_TO_CLIENT)

    assert answer is not None
    assert malformed is not None
    assert status_of(zcl_general.decode(answer)) is ZclStatus.UNSUPPORTED_CLUSTER_COMMAND
    assert status_of(zcl_general.decode(malformed)) is ZclStatus.MALFORMED_COMMAND
    assert (
        status_of(served(clusters, ClusterId.DEVICE_MANAGEMENT, password))
        is ZclStatus.UNSUPPORTED_CLUSTER_COMMAND
    )
    assert clusters.serve(noise, Instant(0)) is None
    assert clusters.serve(packet_of(ClusterId.MESSAGING, wrong_way), Instant(0)) is None


def test_attributes_are_discovered_on_the_hub_too_and_a_log_is_not_emptied() -> None:
    clusters = hub()
    discover = zcl_general.encode(
        zcl_general.DiscoverAttributes(0, 9), Direction.CLIENT_TO_SERVER, sequence=7
    )

    found = clusters.serve(packet_of(ClusterId.METERING, discover, MIRROR_ENDPOINT), Instant(0))

    assert found is not None
    listed = zcl_general.decode(found)
    assert isinstance(listed, zcl_general.DiscoverAttributesResponse)
    assert [one.id for one in listed.attributes] == [0x0306]
    assert served(
        clusters, ClusterId.EVENTS, events.ClearEventLog(events.LogId.ALL)
    ) == events.ClearEventLogResponse(0)


def test_a_service_without_a_message_has_nothing_confirmed() -> None:
    assert not EsiServices(utc_s=lambda _: 0).confirmed


def test_a_message_goes_to_every_display_and_so_does_its_cancellation() -> None:
    bench: HomeBench = home_bench()
    publisher = bench.hub.han.publisher

    shown = bench.hub.tell(publisher.message("Prices rise", Instant(0)), Instant(0))
    cancelled = bench.hub.tell(publisher.cancel_message(), Instant(1))

    receivers = [one.receiver for one in shown if isinstance(one, Transmission)]
    assert IHD in receivers
    assert len(set(receivers)) == len(receivers) == len(cancelled)
    assert publisher.cancel_message() == []


def test_a_hub_remembers_so_many_confirmations() -> None:
    clusters = hub()

    for number in range(3 * CONFIRMED_MAX):
        served(clusters, ClusterId.MESSAGING, messaging.MessageConfirmation(number, 0))

    assert [*clusters.esi.confirmed] == [*range(2 * CONFIRMED_MAX, 3 * CONFIRMED_MAX)]

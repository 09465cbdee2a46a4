"""Makes the commands and images that a hub holds of what an installation file says.

A firmware file holds octets that are derived from the seed: they are nobody's program.
"""

from collections.abc import Iterator, Mapping

from hanbench.emulator.hub.esi_services import EsiContent
from hanbench.emulator.hub.image_server import Image
from hanbench.emulator.meters.commands import TENTHS_OF_PENNY_DIGITS, TIER
from hanbench.emulator.node.endpoints import ENDPOINTS, MANUFACTURER
from hanbench.harness.files.esi_entry import (
    EsiEntry,
    FirmwareEntry,
    TariffEntry,
    TierEntry,
    minute_of,
)
from hanbench.harness.files.installation import DeviceEntry
from hanbench.harness.running.case import Case
from hanbench.harness.streams import draw
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import ota_file
from hanbench.protocol.zigbee.clusters import calendar, device_management, price
from hanbench.protocol.zigbee.clusters import time as time_cluster
from hanbench.protocol.zigbee.clusters.calendar import (
    DAYS_A_WEEK,
    CalendarType,
    Date,
    ScheduleEntry,
    Season,
    TimeReference,
)
from hanbench.protocol.zigbee.clusters.catalogue import ClusterCommand
from hanbench.protocol.zigbee.clusters.device_management import TariffType
from hanbench.protocol.zigbee.clusters.metering_attributes import UnitOfMeasure
from hanbench.protocol.zigbee.clusters.ota_upgrade import ImageId
from hanbench.protocol.zigbee.ota_file import OtaFile

PROVIDER = 1
CALENDAR = 1
ANY = 0xFF
WORKING_DAYS = 5
DRAW_OCTETS = 32


def esi_content(case: Case) -> EsiContent:
    """Return what the hub of a case holds as its home begins."""
    entry = case.installation.esi
    if entry is None:
        return EsiContent(gas_price=_gas_price(case))
    issued = max(0, time_cluster.from_unix(int(case.scenario.epoch.timestamp())))
    return EsiContent(
        held=tuple(_held(entry, issued)),
        images=tuple(_image(case, one) for one in entry.firmware),
        running=_running(case.installation.devices),
        message=entry.message,
        gas_price=_gas_price(case),
    )


def _gas_price(case: Case) -> price.PublishPrice | None:
    """What the gas meter of a home that has run for months has told the hub."""
    for name, entry in case.installation.devices.items():
        if entry.type == "GSME" and entry.joined:
            issued = max(0, time_cluster.from_unix(int(case.scenario.epoch.timestamp())))
            return price.PublishPrice(
                provider_id=0,
                rate_label=entry.tariff.encode("ascii"),
                issuer_event_id=issued,
                current_utc=issued,
                unit_of_measure=UnitOfMeasure.CUBIC_METRE,
                digit_and_tier=TENTHS_OF_PENNY_DIGITS << 4 | TIER,
                tiers_and_register=TIER << 4 | TIER,
                start_utc=issued,
                price=meter_price(case, name),
            )
    return None


def firmware_of(entry: DeviceEntry) -> ImageId | None:
    """Return what a display runs; None for one of another maker, which nobody here updates."""
    if entry.third_party or entry.type not in ("PPMID", "IHD", "CAD"):
        return None
    return ImageId(MANUFACTURER, image_type(entry.type), entry.firmware)


def image_type(device_type: str) -> int:
    """Return the image type of a type of device: its Smart Energy device id [M]."""
    return ENDPOINTS[device_type][0].device_id


def meter_price(case: Case, name: str) -> int:
    """Return the price of a unit that a meter begins with, in tenths of a penny."""
    stated = case.installation.devices[name].price_tenth_pence
    model = case.profiles[name].meter
    assert model is not None, "a meter model has the group `meter`"
    return model.price_tenth_pence if stated is None else stated


def _running(devices: Mapping[str, DeviceEntry]) -> dict[Eui64, ImageId]:
    found = {entry.eui64: firmware_of(entry) for entry in devices.values() if entry.joined}
    return {eui64: image for eui64, image in found.items() if image is not None}


def _image(case: Case, entry: FirmwareEntry) -> Image:
    image = ImageId(MANUFACTURER, image_type(entry.type), entry.version)
    number, octets = 0, b""
    while len(octets) < entry.octets:
        number += 1
        lot = draw(case.seed, f"{entry.type} {entry.version}", "firmware", number, bits=256)
        octets += lot.to_bytes(DRAW_OCTETS, "big")
    text = f"{entry.type} {entry.version}, synthetic"
    return Image(image, ota_file.encode(OtaFile(image, text, octets[: entry.octets])))


def _held(entry: EsiEntry, issued: int) -> Iterator[ClusterCommand]:
    if entry.supplier is not None:
        yield device_management.PublishChangeOfSupplier(
            current_provider_id=PROVIDER,
            issuer_event_id=issued,
            tariff_type=TariffType.DELIVERED,
            proposed_provider_id=PROVIDER,
            implementation_utc=issued,
            control=0,
            provider_name=entry.supplier.name.encode("ascii"),
            contact=entry.supplier.contact.encode("ascii"),
        )
    if entry.site_id:
        yield device_management.UpdateSiteId(
            issuer_event_id=issued,
            implementation_utc=issued,
            provider_id=PROVIDER,
            site_id=entry.site_id.encode("ascii"),
        )
    if entry.customer_id:
        yield device_management.UpdateCin(
            issuer_event_id=issued,
            implementation_utc=issued,
            provider_id=PROVIDER,
            customer_id=entry.customer_id.encode("ascii"),
        )
    if entry.tariff is not None:
        yield from _tariff(entry.tariff, issued)


def _tariff(entry: TariffEntry, issued: int) -> Iterator[ClusterCommand]:
    days = [entry.weekdays, *([entry.weekend] if entry.weekend else [])]
    yield calendar.PublishCalendar(
        provider_id=PROVIDER,
        issuer_event_id=issued,
        calendar_id=CALENDAR,
        start_utc=issued,
        type=CalendarType.DELIVERED,
        time_reference=TimeReference.UTC,
        name=entry.name.encode("ascii"),
        seasons=1,
        weeks=1,
        days=len(days),
    )
    yield from (_day(number, day, issued) for number, day in enumerate(days, 1))
    week = [1] * WORKING_DAYS + [len(days)] * (DAYS_A_WEEK - WORKING_DAYS)
    yield calendar.PublishWeekProfile(
        provider_id=PROVIDER,
        issuer_event_id=issued,
        calendar_id=CALENDAR,
        week=1,
        days=tuple(week),
    )
    yield calendar.PublishSeasons(
        provider_id=PROVIDER,
        issuer_event_id=issued,
        calendar_id=CALENDAR,
        index=0,
        index_total=1,
        seasons=(Season(Date(ANY, 1, 1, ANY), 1),),
    )


def _day(number: int, entries: tuple[TierEntry, ...], issued: int) -> calendar.PublishDayProfile:
    return calendar.PublishDayProfile(
        provider_id=PROVIDER,
        issuer_event_id=issued,
        calendar_id=CALENDAR,
        day=number,
        entries_total=len(entries),
        index=0,
        index_total=1,
        type=CalendarType.DELIVERED,
        entries=tuple(ScheduleEntry(minute_of(one.starts), one.tier) for one in entries),
    )

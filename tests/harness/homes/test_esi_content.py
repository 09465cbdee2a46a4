"""What an installation file puts on a hub is what its displays are answered with."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from tests.suite_cases import changed, world_of

from hanbench.harness.files.esi_entry import EsiEntry
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.homes.esi_content import esi_content, firmware_of
from hanbench.harness.running.case import Case, expand
from hanbench.protocol.zigbee import ota_file
from hanbench.protocol.zigbee.clusters import calendar, device_management
from hanbench.protocol.zigbee.clusters.ota_upgrade import ImageId

PATH = fixtures_folder("scenarios") / "han" / "display-fetches-from-hub.yaml"
CASE = expand(Library().scenario(PATH, name="han/display-fetches-from-hub"))[0]
TARIFF = {"name": "x", "weekdays": [{"starts": "00:00", "tier": 1}]}


def entry(**given: object) -> EsiEntry:
    return TypeAdapter(EsiEntry).validate_json(TypeAdapter(Any).dump_json(given))


def with_esi(esi: EsiEntry | None) -> Case:
    installation = CASE.installation.model_copy(update={"esi": esi})
    return replace(CASE, home=replace(CASE.home, installation=installation, parsed={}))


def test_each_entry_becomes_the_command_that_publishes_it() -> None:
    content = esi_content(CASE)

    kinds = [type(command) for command in content.held]
    assert kinds == [
        device_management.PublishChangeOfSupplier,
        device_management.UpdateSiteId,
        device_management.UpdateCin,
        calendar.PublishCalendar,
        calendar.PublishDayProfile,
        calendar.PublishDayProfile,
        calendar.PublishWeekProfile,
        calendar.PublishSeasons,
    ]
    assert content.message == "Works in your street on Monday"


def test_the_images_are_files_that_verify_and_the_same_for_the_same_seed() -> None:
    images, again = esi_content(CASE).images, esi_content(CASE).images

    assert images == again
    assert [image.id for image in images] == [
        ImageId(0x10C7, 0x0502, 2),
        ImageId(0x10C7, 0x0506, 3),
    ]
    for image in images:
        file = ota_file.decode(image.octets)
        assert file.image == image.id
    assert [len(ota_file.decode(image.octets).firmware) for image in images] == [1000, 400]
    assert esi_content(changed(CASE, seed=CASE.seed + 1)).images != images


def test_the_hub_knows_what_its_displays_run_and_tells_the_older_ones() -> None:
    devices = CASE.installation.devices
    hub = world_of(CASE).home.hub

    assert firmware_of(devices["shelf-display"]) is None
    told = [packet.target for packet in hub.han.publisher.image_notices()]
    assert told == [devices["ihd"].eui64]


def test_an_empty_entry_and_none_hold_nothing() -> None:
    assert esi_content(with_esi(None)).held == ()
    assert world_of(with_esi(None)).home.hub.han.publisher.image_notices() == []
    bare = esi_content(with_esi(EsiEntry()))
    assert (bare.held, bare.images, bare.message) == ((), (), "")


def test_a_tariff_without_a_weekend_has_one_day() -> None:
    content = esi_content(with_esi(entry(tariff=TARIFF)))

    week = next(one for one in content.held if isinstance(one, calendar.PublishWeekProfile))
    assert week.days == (1,) * 7


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"tariff": {**TARIFF, "weekdays": [{"starts": "07:00", "tier": 1}]}}, "begins at 00:00"),
        (
            {
                "tariff": {
                    **TARIFF,
                    "weekend": [{"starts": "00:00", "tier": 1}, {"starts": "00:00", "tier": 2}],
                }
            },
            "weekend begins at 00:00",
        ),
        ({"tariff": {**TARIFF, "weekdays": [{"starts": "24:00", "tier": 1}]}}, "no time of day"),
        ({"tariff": {**TARIFF, "weekdays": []}}, "at least 1 item"),
        ({"message": "Zähler"}, "match pattern"),
        ({"firmware": [{"type": "CHF", "version": 1}]}, "PPMID"),
        ({"supplier": {"name": ""}}, "at least 1 character"),
        ({"colour": "red"}, "not permitted"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(given: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        entry(**given)

"""What the head-end has put on a hub, in an installation file: names, a tariff, a text, firmware.

Source: ZigBee Smart Energy Standard (07-5356), sections D.5, D.9 and D.10, and ZCL (075123) section
11.13, whose commands the entries become (`esi_content.py`).
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from hanbench.harness.files.file_fields import Entry

MINUTES_A_DAY = 1_440
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def _minute(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError(f"{text!r} is no time of day such as 07:30")
    return text


def minute_of(text: str) -> int:
    """Return the minute of the day of a time such as 07:30."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


Ascii = Annotated[str, Field(pattern=r"^[ -~]*$")]
TimeOfDay = Annotated[str, AfterValidator(_minute)]


class SupplierName(Entry):
    """Whose energy it is, and where a customer asks."""

    name: Annotated[Ascii, Field(min_length=1, max_length=19)]
    contact: Annotated[Ascii, Field(max_length=18)] = ""


class TierEntry(Entry):
    """From a time of the day on, a tier."""

    starts: TimeOfDay
    tier: Annotated[int, Field(ge=1, le=48)]


class TariffEntry(Entry):
    """A calendar with a schedule for working days and one for the weekend."""

    name: Annotated[Ascii, Field(min_length=1, max_length=12)]
    weekdays: Annotated[tuple[TierEntry, ...], Field(min_length=1, max_length=8)]
    weekend: Annotated[tuple[TierEntry, ...], Field(max_length=8)] = ()
    """Empty: as on weekdays."""

    @model_validator(mode="after")
    def _is_in_order(self) -> "TariffEntry":
        for name, entries in (("weekdays", self.weekdays), ("weekend", self.weekend)):
            minutes = [minute_of(entry.starts) for entry in entries]
            if entries and (minutes[0] != 0 or minutes != sorted(set(minutes))):
                raise ValueError(f"{name} begins at 00:00 and goes on in the order of the day")
        return self


class FirmwareEntry(Entry):
    """An image that the hub offers to each device of a type."""

    type: Literal["PPMID", "IHD", "CAD"]
    version: Annotated[int, Field(ge=1, lt=1 << 32)]
    octets: Annotated[int, Field(ge=1, le=65_536)] = 400
    """How long the firmware is; the file around it has 84 more."""


class EsiEntry(Entry):
    """All that it holds; what is left out it does not hold."""

    supplier: SupplierName | None = None
    tariff: TariffEntry | None = None
    message: Annotated[Ascii, Field(max_length=40)] = ""
    """A text that stands on the displays as the home begins."""
    site_id: Annotated[Ascii, Field(max_length=32)] = ""
    customer_id: Annotated[Ascii, Field(max_length=24)] = ""
    firmware: tuple[FirmwareEntry, ...] = ()

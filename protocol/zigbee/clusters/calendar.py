"""Calendar cluster (0x0707): when which tier of a tariff holds.

Source: ZigBee Smart Energy Standard (07-5356), section D.9, as collected in han.md section 6; the
layouts of what han.md only names are from memory of it and were read back by tshark 4.0.17.
Little-endian. A calendar comes in parts: itself, then its day profiles, its weeks, its seasons.
"""

import enum
from dataclasses import dataclass

import construct as c

from hanbench.protocol.layout import enumerated
from hanbench.protocol.zigbee import fields
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, SERVER, ClusterId, CommandSet

CLUSTER = ClusterId.CALENDAR
ANY_PROVIDER = 0xFFFF_FFFF
"""As a provider in a request: whoever it is."""
DAYS_A_WEEK = 7


class CalendarType(enum.IntEnum):
    """What a calendar is for."""

    DELIVERED = 0
    RECEIVED = 1
    DELIVERED_AND_RECEIVED = 2
    FRIENDLY_CREDIT = 3
    AUXILIARY_LOAD_SWITCH = 4


class TimeReference(enum.IntEnum):
    """Which clock its times are told by."""

    UTC = 0
    STANDARD = 1
    LOCAL = 2


@dataclass(frozen=True, slots=True)
class Date:
    """A day: the year from 1900, the month, the day of the month and of the week; FF is any."""

    year: int
    month: int
    day: int
    weekday: int


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """From a minute of the day on: the tier, 0 or 1, or the switches, by the calendar's type."""

    start_minute: int
    value: int


@dataclass(frozen=True, slots=True)
class Season:
    """From a day on: the week profile."""

    start: Date
    week: int


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that has a profile of its own."""

    date: Date
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishCalendar:
    """Announce a calendar and how many parts it has."""

    provider_id: int
    issuer_event_id: int
    calendar_id: int
    start_utc: int
    type: CalendarType
    time_reference: TimeReference
    name: bytes
    seasons: int
    weeks: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishDayProfile:
    """State one day's schedule, or one part of it."""

    provider_id: int
    issuer_event_id: int
    calendar_id: int
    day: int
    entries_total: int
    index: int
    index_total: int
    type: CalendarType
    entries: tuple[ScheduleEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishWeekProfile:
    """State which day profile each day of a week has, Monday first: always seven."""

    provider_id: int
    issuer_event_id: int
    calendar_id: int
    week: int
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSeasons:
    """State the seasons, or one part of them."""

    provider_id: int
    issuer_event_id: int
    calendar_id: int
    index: int
    index_total: int
    seasons: tuple[Season, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSpecialDays:
    """State the special days, or one part of them."""

    provider_id: int
    issuer_event_id: int
    calendar_id: int
    start_utc: int
    type: CalendarType
    days_total: int
    index: int
    index_total: int
    days: tuple[SpecialDay, ...]


@dataclass(frozen=True, slots=True)
class CancelCalendar:
    """Withdraw a calendar."""

    provider_id: int
    calendar_id: int
    type: CalendarType


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCalendar:
    """Ask for calendars from a time on; 0 of them are all."""

    earliest_utc: int
    least_issuer_event_id: int
    count_max: int
    type: int
    """FF: any."""
    provider_id: int


@dataclass(frozen=True, slots=True)
class GetDayProfiles:
    """Ask for day profiles from one on; 0 of them are all."""

    provider_id: int
    calendar_id: int
    first_day: int
    count_max: int


@dataclass(frozen=True, slots=True)
class GetWeekProfiles:
    """Ask for week profiles from one on; 0 of them are all."""

    provider_id: int
    calendar_id: int
    first_week: int
    count_max: int


@dataclass(frozen=True, slots=True)
class GetSeasons:
    """Ask for the seasons."""

    provider_id: int
    calendar_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSpecialDays:
    """Ask for special days from a time on; 0 of them are all."""

    start_utc: int
    count_max: int
    type: int
    """FF: any."""
    provider_id: int
    calendar_id: int


@dataclass(frozen=True, slots=True)
class GetCalendarCancellation:
    """Ask for the last withdrawal."""


Command = (
    PublishCalendar
    | PublishDayProfile
    | PublishWeekProfile
    | PublishSeasons
    | PublishSpecialDays
    | CancelCalendar
    | GetCalendar
    | GetDayProfiles
    | GetWeekProfiles
    | GetSeasons
    | GetSpecialDays
    | GetCalendarCancellation
)

_TYPE = enumerated(CalendarType, fields.U8)
_DATE = fields.record(
    Date,
    c.Struct("year" / fields.U8, "month" / fields.U8, "day" / fields.U8, "weekday" / fields.U8),
)
_ENTRY = fields.record(ScheduleEntry, c.Struct("start_minute" / fields.U16, "value" / fields.U8))
_SEASON = fields.record(Season, c.Struct("start" / _DATE, "week" / fields.U8))
_SPECIAL_DAY = fields.record(SpecialDay, c.Struct("date" / _DATE, "day" / fields.U8))
_ISSUED = (
    "provider_id" / fields.U32,
    "issuer_event_id" / fields.U32,
    "calendar_id" / fields.U32,
)
_NAMED = ("provider_id" / fields.U32, "calendar_id" / fields.U32)
_PART = ("index" / fields.U8, "index_total" / fields.U8)

COMMANDS: CommandSet[Command] = CommandSet(
    CLUSTER,
    {
        (SERVER, 0x00): (
            PublishCalendar,
            c.Struct(
                *_ISSUED,
                "start_utc" / fields.UTC,
                "type" / _TYPE,
                "time_reference" / enumerated(TimeReference, fields.U8),
                "name" / fields.OCTETS,
                "seasons" / fields.U8,
                "weeks" / fields.U8,
                "days" / fields.U8,
            ),
        ),
        (SERVER, 0x01): (
            PublishDayProfile,
            c.Struct(
                *_ISSUED,
                "day" / fields.U8,
                "entries_total" / fields.U8,
                *_PART,
                "type" / _TYPE,
                "entries" / fields.until_end(_ENTRY),
            ),
        ),
        (SERVER, 0x02): (
            PublishWeekProfile,
            c.Struct(
                *_ISSUED,
                "week" / fields.U8,
                "days" / fields.exactly(DAYS_A_WEEK, fields.U8),
            ),
        ),
        (SERVER, 0x03): (
            PublishSeasons,
            c.Struct(*_ISSUED, *_PART, "seasons" / fields.until_end(_SEASON)),
        ),
        (SERVER, 0x04): (
            PublishSpecialDays,
            c.Struct(
                *_ISSUED,
                "start_utc" / fields.UTC,
                "type" / _TYPE,
                "days_total" / fields.U8,
                *_PART,
                "days" / fields.until_end(_SPECIAL_DAY),
            ),
        ),
        (SERVER, 0x05): (CancelCalendar, c.Struct(*_NAMED, "type" / _TYPE)),
        (CLIENT, 0x00): (
            GetCalendar,
            c.Struct(
                "earliest_utc" / fields.UTC,
                "least_issuer_event_id" / fields.U32,
                "count_max" / fields.U8,
                "type" / fields.U8,
                "provider_id" / fields.U32,
            ),
        ),
        (CLIENT, 0x01): (
            GetDayProfiles,
            c.Struct(*_NAMED, "first_day" / fields.U8, "count_max" / fields.U8),
        ),
        (CLIENT, 0x02): (
            GetWeekProfiles,
            c.Struct(*_NAMED, "first_week" / fields.U8, "count_max" / fields.U8),
        ),
        (CLIENT, 0x03): (GetSeasons, c.Struct(*_NAMED)),
        (CLIENT, 0x04): (
            GetSpecialDays,
            c.Struct(
                "start_utc" / fields.UTC,
                "count_max" / fields.U8,
                "type" / fields.U8,
                *_NAMED,
            ),
        ),
        (CLIENT, 0x05): (GetCalendarCancellation, c.Struct()),
    },
)

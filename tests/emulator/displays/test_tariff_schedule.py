"""Which tier holds: only when all parts of the calendar are there, and by the right day."""

from hanbench.emulator.device import Packet
from hanbench.emulator.displays.tariff_schedule import Schedule
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import calendar
from hanbench.protocol.zigbee.clusters.calendar import (
    ANY_PROVIDER,
    CalendarType,
    Date,
    GetDayProfiles,
    GetSeasons,
    GetWeekProfiles,
    PublishCalendar,
    PublishDayProfile,
    PublishSeasons,
    PublishWeekProfile,
    ScheduleEntry,
    Season,
    TimeReference,
)
from hanbench.protocol.zigbee.clusters.cluster import ClusterId

MONDAY_S = 1_595_203_200
"""2020-07-20 00:00:00 UTC, a Monday."""
HOUR_S, DAY_S = 3600, 86_400
ISSUED = {"provider_id": 0, "issuer_event_id": 1, "calendar_id": 7}


def announced(calendar_id: int = 7, *, days: int = 2) -> PublishCalendar:
    return PublishCalendar(
        provider_id=0,
        issuer_event_id=1,
        calendar_id=calendar_id,
        start_utc=0,
        type=CalendarType.DELIVERED,
        time_reference=TimeReference.UTC,
        name=b"Two rates",
        seasons=2,
        weeks=2,
        days=days,
    )


def day(number: int, *entries: tuple[int, int], calendar_id: int = 7) -> PublishDayProfile:
    return PublishDayProfile(
        provider_id=0,
        issuer_event_id=1,
        calendar_id=calendar_id,
        day=number,
        entries_total=len(entries),
        index=0,
        index_total=1,
        type=CalendarType.DELIVERED,
        entries=tuple(ScheduleEntry(*entry) for entry in entries),
    )


def week(number: int, *days: int) -> PublishWeekProfile:
    return PublishWeekProfile(**ISSUED, week=number, days=days)


SEASONS = PublishSeasons(
    **ISSUED,
    index=0,
    index_total=1,
    seasons=(
        Season(Date(0xFF, 1, 1, 0xFF), 1),
        Season(Date(0xFF, 10, 1, 0xFF), 2),
    ),
)
PARTS = (
    announced(),
    day(1, (0, 1), (7 * 60, 2)),
    day(2, (0, 3)),
    week(1, 1, 1, 1, 1, 1, 2, 2),
    week(2, *[2] * 7),
    SEASONS,
)


def told(schedule: Schedule, *commands: calendar.Command) -> Schedule:
    for command in commands:
        payload = zcl.encode(calendar.COMMANDS.encode(command, sequence=1))
        schedule.take(Packet(Eui64(1), Eui64(2), ClusterId.CALENDAR, payload))
    return schedule


def test_the_parts_are_asked_for_one_after_the_other() -> None:
    schedule = Schedule()
    wanted = []
    for part in PARTS:
        wanted.append(schedule.wanted)
        assert schedule.tier(MONDAY_S) is None
        told(schedule, part)

    assert wanted == [
        None,
        GetDayProfiles(ANY_PROVIDER, 7, 1, 0),
        GetDayProfiles(ANY_PROVIDER, 7, 2, 0),
        GetWeekProfiles(ANY_PROVIDER, 7, 1, 0),
        GetWeekProfiles(ANY_PROVIDER, 7, 2, 0),
        GetSeasons(ANY_PROVIDER, 7),
    ]
    assert schedule.wanted is None


def test_the_tier_goes_by_the_minute_the_day_of_the_week_and_the_season() -> None:
    schedule = told(Schedule(), *PARTS)
    saturday_s = MONDAY_S + 5 * DAY_S
    october_s = MONDAY_S + 75 * DAY_S

    assert schedule.name == "Two rates"
    assert schedule.tier(MONDAY_S) == 1
    assert schedule.tier(MONDAY_S + 7 * HOUR_S - 1) == 1
    assert schedule.tier(MONDAY_S + 7 * HOUR_S) == 2
    assert schedule.tier(saturday_s + 7 * HOUR_S) == 3
    assert schedule.tier(october_s) == 3


def test_before_the_first_entry_of_a_day_there_is_no_tier() -> None:
    late = day(1, (60, 1))
    schedule = told(Schedule(), announced(), late, *PARTS[2:])

    assert schedule.tier(MONDAY_S) is None
    assert schedule.tier(MONDAY_S + HOUR_S) == 1


def test_a_part_of_another_calendar_or_before_any_is_none_of_ours() -> None:
    schedule = told(Schedule(), day(1, (0, 1)))
    assert schedule.wanted is None
    told(schedule, announced(), day(1, (0, 1), calendar_id=8), calendar.GetSeasons(0, 7))
    assert schedule.wanted == GetDayProfiles(ANY_PROVIDER, 7, 1, 0)


def test_a_new_calendar_replaces_the_old_one_and_the_same_again_does_not() -> None:
    schedule = told(Schedule(), *PARTS, announced())
    assert schedule.tier(MONDAY_S) == 1

    told(schedule, announced(8))
    assert schedule.tier(MONDAY_S) is None


def test_what_is_malformed_changes_nothing() -> None:
    schedule = told(Schedule(), *PARTS)
    schedule.take(Packet(Eui64(1), Eui64(2), ClusterId.CALENDAR, b"\x09\x01\x00\x01"))

    assert schedule.tier(MONDAY_S) == 1

"""Which tier of a tariff holds at an hour, put together from the parts of a calendar.

Source: ZigBee Smart Energy Standard (07-5356), section D.9: a calendar has seasons, a season a week
profile, a week seven day profiles, a day tiers from minutes on. A display asks for the parts that
it lacks. Times are UTC here, whatever reference the calendar names [M].
"""

from datetime import UTC, datetime

from hanbench.emulator.device import Packet
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import calendar
from hanbench.protocol.zigbee.clusters.calendar import (
    ANY_PROVIDER,
    GetDayProfiles,
    GetSeasons,
    GetWeekProfiles,
    PublishCalendar,
    PublishDayProfile,
    PublishSeasons,
    PublishWeekProfile,
    ScheduleEntry,
    Season,
)

ALL = 0
"""As a number of parts in a request."""
FIRST_YEAR = 1900
ANY = 0xFF
"""In a date: whatever it is."""

Part = GetDayProfiles | GetWeekProfiles | GetSeasons


class Schedule:
    """One calendar, as far as it is known."""

    def __init__(self) -> None:
        self.name = ""
        self._calendar: PublishCalendar | None = None
        self._days: dict[int, tuple[ScheduleEntry, ...]] = {}
        self._weeks: dict[int, tuple[int, ...]] = {}
        self._seasons: tuple[Season, ...] = ()

    @property
    def wanted(self) -> Part | None:
        """What to ask for next; None: nothing is known to be missing."""
        of = self._calendar
        if of is None:
            return None
        # Parts are numbered from 1 without a gap (D.9), so the first that is missing is known.
        if len(self._days) < of.days:
            return GetDayProfiles(ANY_PROVIDER, of.calendar_id, len(self._days) + 1, ALL)
        if len(self._weeks) < of.weeks:
            return GetWeekProfiles(ANY_PROVIDER, of.calendar_id, len(self._weeks) + 1, ALL)
        if len(self._seasons) < of.seasons:
            return GetSeasons(ANY_PROVIDER, of.calendar_id)
        return None

    def take(self, packet: Packet) -> None:
        """Take a part; one of another calendar than the last that was announced is none of ours."""
        try:
            command = calendar.COMMANDS.decode(zcl.decode(packet.payload))
        except DecodeError:
            return
        if isinstance(command, PublishCalendar):
            self._announced(command)
            return
        held = self._calendar
        parts = PublishDayProfile | PublishWeekProfile | PublishSeasons
        if held is None or not isinstance(command, parts):
            return
        if command.calendar_id != held.calendar_id:
            return
        match command:
            case PublishDayProfile(day=day, entries=entries):
                self._days[day] = entries
            case PublishWeekProfile(week=week, days=days):
                self._weeks[week] = days
            case PublishSeasons(seasons=seasons):
                self._seasons = seasons

    def tier(self, utc_s: int) -> int | None:
        """Return the tier that holds; None while parts are missing."""
        if self._calendar is None or self.wanted is not None:
            return None
        at = datetime.fromtimestamp(utc_s, UTC)
        begun = [one for one in self._seasons if _has_begun(one, at)]
        season = max(begun or self._seasons, key=_start_of, default=None)
        week = self._weeks.get(season.week if season is not None else 1)
        day = self._days.get(week[at.weekday()]) if week is not None else None
        minute = at.hour * 60 + at.minute
        passed = [entry for entry in day or () if entry.start_minute <= minute]
        return passed[-1].value if passed else None

    def _announced(self, command: PublishCalendar) -> None:
        if self._calendar is None or command.calendar_id != self._calendar.calendar_id:
            self._days, self._weeks, self._seasons = {}, {}, ()
        self._calendar = command
        self.name = command.name.decode("ascii", "replace")


def _start_of(season: Season) -> tuple[int, int, int]:
    start = season.start
    return (start.year % ANY, start.month % ANY, start.day % ANY)


def _has_begun(season: Season, at: datetime) -> bool:
    today = (at.year - FIRST_YEAR, at.month, at.day)
    year, month, day = _start_of(season)
    this_year = today[0] if season.start.year == ANY else year
    return (this_year, month, day) <= today

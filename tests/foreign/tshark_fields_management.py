"""The fields of the commands of Calendar and Device Management in tshark 4.0."""

from collections.abc import Callable
from typing import Any

from tests.foreign.tshark_fields import Said, Say, Table, each, plain, text

from hanbench.protocol.zigbee.clusters import calendar, device_management

CALENDAR, DM = "zbee_zcl_se.calendar.", "zbee_zcl_se.device_management."
ISSUED = plain(
    CALENDAR,
    provider_id="provider_id",
    issuer_event_id="issuer_event_id",
    issuer_calendar_id="calendar_id",
)
ASKED = plain(CALENDAR, provider_id="provider_id", issuer_calendar_id="calendar_id")
INDEX = plain(CALENDAR, command_index="index", total_number_of_commands="index_total")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEAR_0 = 1900


def _weekday(number: int) -> Say:
    return lambda it: it.days[number]


def _dates(rows: str, name: str) -> dict[str, Say]:
    """Say the date of each row."""
    return {
        f"{CALENDAR}date.year": each(rows, lambda it: getattr(it, name).year + YEAR_0),
        f"{CALENDAR}date.month": each(rows, lambda it: getattr(it, name).month),
        f"{CALENDAR}date.month_day": each(rows, lambda it: getattr(it, name).day),
        f"{CALENDAR}date.week_day": each(rows, lambda it: getattr(it, name).weekday),
    }


CALENDARS: dict[type, Table] = {
    calendar.PublishCalendar: Table(
        {
            **ISSUED,
            **plain(
                CALENDAR,
                start_time="start_utc",
                type="type",
                time_reference="time_reference",
                number_of_seasons="seasons",
                number_of_week_profiles="weeks",
                number_of_day_profiles="days",
            ),
            f"{CALENDAR}name": text("name"),
        }
    ),
    calendar.PublishDayProfile: Table(
        {
            **ISSUED,
            **INDEX,
            **plain(
                CALENDAR,
                day_id="day",
                total_number_of_schedule_entries="entries_total",
                type="type",
            ),
            f"{CALENDAR}schedule_entry.start_time": each("entries", lambda it: it.start_minute),
            f"{CALENDAR}schedule_entry.price_tier": each("entries", lambda it: it.value),
        }
    ),
    calendar.PublishWeekProfile: Table(
        {
            **ISSUED,
            f"{CALENDAR}week_id": lambda it: it.week,
            **{
                f"{CALENDAR}day_id_ref_{day}": _weekday(number)
                for number, day in enumerate(WEEKDAYS)
            },
        }
    ),
    calendar.PublishSeasons: Table(
        {
            **ISSUED,
            **INDEX,
            **_dates("seasons", "start"),
            f"{CALENDAR}week_id_ref": each("seasons", lambda it: it.week),
        }
    ),
    calendar.PublishSpecialDays: Table(
        {
            **ISSUED,
            **INDEX,
            **plain(
                CALENDAR,
                start_time="start_utc",
                type="type",
                total_number_of_special_days="days_total",
            ),
            **_dates("days", "date"),
            f"{CALENDAR}day_id_ref": each("days", lambda it: it.day),
        }
    ),
    calendar.CancelCalendar: Table({**ASKED, f"{CALENDAR}type": lambda it: it.type}),
    calendar.GetCalendar: Table(
        plain(
            CALENDAR,
            earliest_start_time="earliest_utc",
            min_issuer_event_id="least_issuer_event_id",
            number_of_calendars="count_max",
            type="type",
            provider_id="provider_id",
        )
    ),
    calendar.GetDayProfiles: Table(
        {**ASKED, **plain(CALENDAR, start_day_id="first_day", number_of_days="count_max")}
    ),
    calendar.GetWeekProfiles: Table(
        {**ASKED, **plain(CALENDAR, start_week_id="first_week", number_of_weeks="count_max")}
    ),
    calendar.GetSeasons: Table(ASKED),
    calendar.GetSpecialDays: Table(
        {
            **ASKED,
            **plain(CALENDAR, start_time="start_utc", number_of_events="count_max", type="type"),
        }
    ),
    calendar.GetCalendarCancellation: Table({}),
}


def _reversed(octets: int, name: str) -> Say:
    """Say a number as tshark reads it that takes its octets the wrong way round."""
    return lambda it: int.from_bytes(getattr(it, name).to_bytes(octets, "little"), "big")


def _selected(
    message: device_management.SetEventConfiguration, by: int, say: Callable[[Any], Said]
) -> Said:
    return say(message.selectors) if message.apply_to == by else None


CONFIGURED = f"{DM}set_event_configuration."
MANAGEMENT: dict[type, Table] = {
    device_management.GetChangeOfTenancy: Table({}),
    device_management.GetChangeOfSupplier: Table({}),
    device_management.RequestNewPassword: Table(plain(DM, password_type="password_type")),
    device_management.GetSiteId: Table({}),
    device_management.GetCin: Table({}),
    device_management.ReportEventConfiguration: Table(
        {
            **plain(DM, command_index="index", total_commands="index_total"),
            f"{DM}event_id": each("events", lambda it: it.event_id),
            f"{DM}event_configuration": each("events", lambda it: it.configuration),
        }
    ),
    device_management.PublishChangeOfTenancy: Table(
        {
            **plain(
                f"{DM}publish_change_of_tenancy.",
                provider_id="provider_id",
                issuer_event_id="issuer_event_id",
                tariff_type="tariff_type",
                implementation_date="implementation_utc",
            ),
            f"{DM}publish_change_of_tenancy.proposed_tenancy_change_control": _reversed(
                4, "control"
            ),
        }
    ),
    device_management.PublishChangeOfSupplier: Table(
        {
            **plain(
                f"{DM}publish_change_of_supplier.",
                current_provider_id="current_provider_id",
                issuer_event_id="issuer_event_id",
                tariff_type="tariff_type",
                proposed_provider_id="proposed_provider_id",
                provider_change_implementation_time="implementation_utc",
                provider_change_control="control",
            ),
            f"{DM}publish_change_of_supplier.provider_proposed_provider_name": text(
                "provider_name"
            ),
            f"{DM}publish_change_of_supplier.provider_proposed_provider_contact_details": text(
                "contact"
            ),
        }
    ),
    device_management.RequestNewPasswordResponse: Table(
        {
            **plain(DM, password_type="password_type"),
            **plain(
                f"{DM}request_new_password.",
                issuer_event_id="issuer_event_id",
                implementation_date="implementation_utc",
            ),
            f"{DM}request_new_password.duration_in_minutes": _reversed(2, "duration_minutes"),
            f"{DM}request_new_password.password": text("password"),
        }
    ),
    device_management.UpdateSiteId: Table(
        {
            **plain(
                f"{DM}update_site_id.",
                issuer_event_id="issuer_event_id",
                site_id_time="implementation_utc",
                provider_id="provider_id",
            ),
            f"{DM}update_site_id.site_id": text("site_id"),
        }
    ),
    device_management.SetEventConfiguration: Table(
        {
            **plain(
                CONFIGURED,
                issuer_event_id="issuer_event_id",
                start_time="start_utc",
                configuration_control="apply_to",
            ),
            f"{DM}event_configuration": lambda it: it.configuration,
            f"{CONFIGURED}event_configuration.number_of_events": lambda it: _selected(it, 0, len),
            f"{CONFIGURED}event_configuration.event_id": lambda it: _selected(it, 0, tuple),
            f"{CONFIGURED}event_configuration.log_id": lambda it: _selected(it, 2, tuple),
        }
    ),
    device_management.GetEventConfiguration: Table(
        plain(f"{DM}get_event_configuration.", event_id="event_id")
    ),
    device_management.UpdateCin: Table(
        {
            **plain(
                f"{DM}update_cin.",
                issuer_event_id="issuer_event_id",
                cin_implementation_time="implementation_utc",
                provider_id="provider_id",
            ),
            f"{DM}update_cin.customerid_number": text("customer_id"),
        }
    ),
}
TABLES: dict[type, Table] = {**CALENDARS, **MANAGEMENT}
BITS = (
    f"{DM}event_configuration.",
    f"{DM}publish_change_of_tenancy.proposed_tenancy_change_control.",
)
"""How the fields begin that are bits of a number that is compared as a whole."""

"""One example of each cluster command that is supported, for the tests of the clusters."""

import pytest

from hanbench.protocol.zigbee.clusters import (
    basic,
    calendar,
    demand_response,
    device_management,
    events,
    key_establishment,
    messaging,
    metering,
    ota_upgrade,
    prepayment,
    price,
    tunnelling,
)
from hanbench.protocol.zigbee.clusters.catalogue import ClusterCommand
from hanbench.protocol.zigbee.clusters.cluster import ClusterId

NOON_UTC = 0x2D24_BD00 + 43_200
"""2024-01-01 12:00."""

IMAGE = ota_upgrade.ImageId(manufacturer=0x10C7, image_type=1, version=0x0102_0304)
ANY_DAY = calendar.Date(year=124, month=1, day=1, weekday=0xFF)
ISSUED = {"provider_id": 7, "issuer_event_id": 8, "calendar_id": 9}

CALENDAR: list[calendar.Command] = [
    calendar.PublishCalendar(
        **ISSUED,
        start_utc=NOON_UTC,
        type=calendar.CalendarType.DELIVERED,
        time_reference=calendar.TimeReference.LOCAL,
        name=b"E7",
        seasons=1,
        weeks=1,
        days=2,
    ),
    calendar.PublishDayProfile(
        **ISSUED,
        day=1,
        entries_total=2,
        index=0,
        index_total=1,
        type=calendar.CalendarType.DELIVERED,
        entries=(calendar.ScheduleEntry(0, 2), calendar.ScheduleEntry(420, 1)),
    ),
    calendar.PublishWeekProfile(**ISSUED, week=1, days=(1, 1, 1, 1, 1, 2, 2)),
    calendar.PublishSeasons(
        **ISSUED, index=0, index_total=1, seasons=(calendar.Season(ANY_DAY, week=1),)
    ),
    calendar.PublishSpecialDays(
        **ISSUED,
        start_utc=NOON_UTC,
        type=calendar.CalendarType.DELIVERED,
        days_total=1,
        index=0,
        index_total=1,
        days=(calendar.SpecialDay(ANY_DAY, day=2),),
    ),
    calendar.CancelCalendar(7, 9, calendar.CalendarType.DELIVERED),
    calendar.GetCalendar(
        earliest_utc=0, least_issuer_event_id=0, count_max=0, type=0xFF, provider_id=7
    ),
    calendar.GetDayProfiles(7, 9, first_day=1, count_max=0),
    calendar.GetWeekProfiles(7, 9, first_week=1, count_max=0),
    calendar.GetSeasons(7, 9),
    calendar.GetSpecialDays(start_utc=NOON_UTC, count_max=0, type=0, provider_id=7, calendar_id=9),
    calendar.GetCalendarCancellation(),
]
DEVICE_MANAGEMENT: list[device_management.Command] = [
    device_management.GetChangeOfTenancy(),
    device_management.GetChangeOfSupplier(),
    device_management.RequestNewPassword(password_type=1),
    device_management.GetSiteId(),
    device_management.ReportEventConfiguration(
        0,
        1,
        (
            device_management.ConfiguredEvent(0x8F3D, 0x04),
            device_management.ConfiguredEvent(0x8F3E, 0x04),
        ),
    ),
    device_management.GetCin(),
    device_management.PublishChangeOfTenancy(
        provider_id=7,
        issuer_event_id=8,
        tariff_type=device_management.TariffType.DELIVERED,
        implementation_utc=NOON_UTC,
        control=0x200,
    ),
    device_management.PublishChangeOfSupplier(
        current_provider_id=7,
        issuer_event_id=8,
        tariff_type=device_management.TariffType.DELIVERED,
        proposed_provider_id=9,
        implementation_utc=NOON_UTC,
        control=1,
        provider_name=b"New Supplier",
        contact=b"0800 000000",
    ),
    device_management.RequestNewPasswordResponse(
        issuer_event_id=8,
        implementation_utc=NOON_UTC,
        duration_minutes=60,
        password_type=1,
        password=b"1234",
    ),
    device_management.UpdateSiteId(
        issuer_event_id=8, implementation_utc=NOON_UTC, provider_id=7, site_id=b"1012345678901"
    ),
    device_management.SetEventConfiguration(
        issuer_event_id=8,
        start_utc=NOON_UTC,
        configuration=4,
        apply_to=device_management.ApplyTo.EVENTS,
        selectors=(0x8F3D, 0x8F3E),
    ),
    device_management.SetEventConfiguration(
        issuer_event_id=8,
        start_utc=NOON_UTC,
        configuration=4,
        apply_to=device_management.ApplyTo.LOG,
        selectors=(4,),
    ),
    device_management.GetEventConfiguration(event_id=0x8F3D),
    device_management.UpdateCin(
        issuer_event_id=8, implementation_utc=NOON_UTC, provider_id=7, customer_id=b"C-1"
    ),
]
OTA_UPGRADE: list[ota_upgrade.Command] = [
    ota_upgrade.ImageNotify(names=ota_upgrade.NotifyPayload.JITTER, query_jitter=100),
    ota_upgrade.ImageNotify(
        names=ota_upgrade.NotifyPayload.VERSION,
        query_jitter=100,
        manufacturer=IMAGE.manufacturer,
        image_type=IMAGE.image_type,
        version=IMAGE.version,
    ),
    ota_upgrade.QueryNextImageRequest(ota_upgrade.IS_HARDWARE_STATED, IMAGE, hardware=3),
    ota_upgrade.QueryNextImageRequest(0, IMAGE),
    ota_upgrade.QueryNextImageResponse(
        ota_upgrade.OtaStatus.SUCCESS, ota_upgrade.OfferedImage(IMAGE, size=4_096)
    ),
    ota_upgrade.QueryNextImageResponse(ota_upgrade.OtaStatus.NO_IMAGE_AVAILABLE),
    ota_upgrade.ImageBlockRequest(field_control=0, image=IMAGE, offset=48, size_max=48),
    ota_upgrade.ImageBlockRequest(
        field_control=ota_upgrade.IS_NODE_STATED | ota_upgrade.IS_DELAY_STATED,
        image=IMAGE,
        offset=48,
        size_max=48,
        node=0x0CA2_F400_0000_0001,
        delay_ms=250,
    ),
    ota_upgrade.ImagePageRequest(
        field_control=0, image=IMAGE, offset=0, size_max=48, page_size=512, spacing_ms=100
    ),
    ota_upgrade.ImageBlockResponse(
        ota_upgrade.OtaStatus.SUCCESS, ota_upgrade.Block(IMAGE, 48, bytes(range(48)))
    ),
    ota_upgrade.ImageBlockResponse(
        ota_upgrade.OtaStatus.WAIT_FOR_DATA, ota_upgrade.Later(NOON_UTC, NOON_UTC + 60, 250)
    ),
    ota_upgrade.ImageBlockResponse(ota_upgrade.OtaStatus.ABORT),
    ota_upgrade.UpgradeEndRequest(ota_upgrade.OtaStatus.SUCCESS, IMAGE),
    ota_upgrade.UpgradeEndResponse(IMAGE, NOON_UTC, NOON_UTC + 3_600),
    ota_upgrade.QuerySpecificFileRequest(node=0x00DB1234567890A5, image=IMAGE, stack_version=2),
    ota_upgrade.QuerySpecificFileResponse(
        ota_upgrade.OtaStatus.SUCCESS, ota_upgrade.OfferedImage(IMAGE, 484)
    ),
    ota_upgrade.QuerySpecificFileResponse(ota_upgrade.OtaStatus.NO_IMAGE_AVAILABLE),
]
DEMAND_RESPONSE: list[demand_response.Command] = [
    demand_response.LoadControlEvent(
        issuer_event_id=8,
        device_class=0x0004,
        group=0,
        start_utc=NOON_UTC,
        duration_minutes=30,
        criticality=1,
        cooling_offset=0xFF,
        heating_offset=0xFF,
        cooling_set_point=-0x8000,
        heating_set_point=-0x8000,
        load_adjustment_percent=-50,
        duty_cycle_percent=0xFF,
        control=0,
    ),
    demand_response.CancelLoadControlEvent(
        issuer_event_id=8, device_class=0x0004, group=0, control=0, effective_utc=0
    ),
    demand_response.CancelAllLoadControlEvents(control=1),
    demand_response.ReportEventStatus(
        issuer_event_id=8,
        status=1,
        status_utc=NOON_UTC,
        criticality=1,
        cooling_set_point=-0x8000,
        heating_set_point=-0x8000,
        load_adjustment_percent=-128,
        duty_cycle_percent=0xFF,
        control=0,
    ),
    demand_response.GetScheduledEvents(NOON_UTC, 0, 1),
]

EXAMPLES: list[tuple[ClusterId, ClusterCommand]] = [
    (ClusterId.BASIC, basic.ResetToFactoryDefaults()),
    (ClusterId.PRICE, price.GetCurrentPrice(options=1)),
    (ClusterId.PRICE, price.GetScheduledPrices(start_utc=NOON_UTC, count_max=2)),
    (
        ClusterId.PRICE,
        price.PriceAcknowledgement(
            provider_id=7, issuer_event_id=8, acknowledged_utc=NOON_UTC, control=1
        ),
    ),
    (
        ClusterId.PRICE,
        price.PublishPrice(
            provider_id=7,
            rate_label=b"NIGHT",
            issuer_event_id=9,
            current_utc=NOON_UTC,
            unit_of_measure=0,
            digit_and_tier=0x21,
            tiers_and_register=0x21,
            start_utc=NOON_UTC,
            price=1234,
            tail=price.PriceTail(control=1),
        ),
    ),
    (
        ClusterId.METERING,
        metering.GetProfile(channel=0, end_utc=NOON_UTC, count=3),
    ),
    (
        ClusterId.METERING,
        metering.GetProfileResponse(
            end_utc=NOON_UTC, status=0, interval_period=1, intervals=(1, 2, 0xFFFFFF)
        ),
    ),
    (ClusterId.METERING, metering.RequestMirror()),
    (ClusterId.METERING, metering.RequestMirrorResponse(endpoint=10)),
    (ClusterId.METERING, metering.RemoveMirror()),
    (ClusterId.METERING, metering.MirrorRemoved(endpoint=10)),
    (
        ClusterId.METERING,
        metering.MirrorReportAttributeResponse(scheme=1, flags=(0x20, 0)),
    ),
    (ClusterId.METERING, metering.RequestFastPollMode(period_s=2, duration_minutes=15)),
    (ClusterId.METERING, metering.RequestFastPollModeResponse(period_s=2, end_utc=NOON_UTC)),
    (ClusterId.METERING, metering.TakeSnapshot(cause=metering.SnapshotCause.CHANGE_OF_SUPPLIER)),
    (ClusterId.METERING, metering.TakeSnapshotResponse(snapshot_id=5, confirmation=0)),
    (
        ClusterId.METERING,
        metering.GetSnapshot(earliest_utc=0, latest_utc=NOON_UTC, offset=0, cause=1),
    ),
    (
        ClusterId.METERING,
        metering.PublishSnapshot(
            snapshot_id=5,
            taken_utc=NOON_UTC,
            found_total=1,
            index=0,
            index_total=1,
            cause=1,
            payload_type=0,
            payload=b"\x01\x02\x03",
        ),
    ),
    (
        ClusterId.METERING,
        metering.GetSampledData(sample_id=0, earliest_utc=NOON_UTC, sample_type=0, count=2),
    ),
    (
        ClusterId.METERING,
        metering.GetSampledDataResponse(
            sample_id=0, start_utc=NOON_UTC, sample_type=0, interval_s=1800, samples=(250, 251)
        ),
    ),
    (ClusterId.METERING, metering.ResetLoadLimitCounter(provider_id=7, issuer_event_id=1)),
    (
        ClusterId.METERING,
        metering.ChangeSupply(
            provider_id=7,
            issuer_event_id=1,
            request_utc=NOON_UTC,
            implementation_utc=NOON_UTC,
            proposed=metering.SupplyStatus.ARMED,
            control=1,
        ),
    ),
    (ClusterId.METERING, metering.LocalChangeSupply(metering.SupplyStatus.ON)),
    (
        ClusterId.METERING,
        metering.SetSupplyStatus(
            issuer_event_id=1, on_tamper=0, on_depletion=1, on_uncontrolled_flow=2, on_load_limit=0
        ),
    ),
    (
        ClusterId.METERING,
        metering.SupplyStatusResponse(
            provider_id=7,
            issuer_event_id=1,
            implementation_utc=NOON_UTC,
            status=metering.SupplyStatus.OFF,
        ),
    ),
    (
        ClusterId.MESSAGING,
        messaging.DisplayMessage(
            message_id=1,
            control=messaging.MessageControl.CONFIRMATION,
            start_utc=NOON_UTC,
            duration_minutes=60,
            text="Prices rise",
            extended_control=0,
        ),
    ),
    (
        ClusterId.MESSAGING,
        messaging.DisplayProtectedMessage(
            message_id=2,
            control=0,
            start_utc=NOON_UTC,
            duration_minutes=60,
            text="£5 left",
            extended_control=0,
        ),
    ),
    (ClusterId.MESSAGING, messaging.CancelMessage(message_id=1, control=0)),
    (ClusterId.MESSAGING, messaging.CancelAllMessages(implementation_utc=NOON_UTC)),
    (ClusterId.MESSAGING, messaging.GetLastMessage()),
    (
        ClusterId.MESSAGING,
        messaging.MessageConfirmation(
            1, NOON_UTC, messaging.Confirmation(control=1, response=b"yes")
        ),
    ),
    (ClusterId.MESSAGING, messaging.GetMessageCancellation(earliest_utc=NOON_UTC)),
    (
        ClusterId.TUNNELLING,
        tunnelling.RequestTunnel(protocol=tunnelling.TunnelProtocol.MANUFACTURER_DEFINED),
    ),
    (
        ClusterId.TUNNELLING,
        tunnelling.RequestTunnelResponse(3, tunnelling.TunnelStatus.SUCCESS),
    ),
    (ClusterId.TUNNELLING, tunnelling.CloseTunnel(3)),
    (ClusterId.TUNNELLING, tunnelling.TunnelClosed(3)),
    (ClusterId.TUNNELLING, tunnelling.TransferToServer(3, b"\x00\x05\x00\x00hello")),
    (ClusterId.TUNNELLING, tunnelling.TransferToClient(3, b"\x00\x05\x00\x00hello")),
    (
        ClusterId.TUNNELLING,
        tunnelling.TransferErrorToServer(3, tunnelling.TransferStatus.NO_SUCH_TUNNEL),
    ),
    (
        ClusterId.TUNNELLING,
        tunnelling.TransferErrorToClient(3, tunnelling.TransferStatus.DATA_OVERFLOW),
    ),
    (ClusterId.TUNNELLING, tunnelling.GetProtocols(offset=0)),
    (
        ClusterId.TUNNELLING,
        tunnelling.SupportedProtocols(
            is_complete=True,
            protocols=(
                tunnelling.SupportedProtocol(0xFFFF, tunnelling.TunnelProtocol.DLMS_COSEM),
                tunnelling.SupportedProtocol(
                    0x1234, tunnelling.TunnelProtocol.MANUFACTURER_DEFINED
                ),
            ),
        ),
    ),
    (
        ClusterId.PREPAYMENT,
        prepayment.SelectEmergencyCredit(NOON_UTC, prepayment.OriginatingDevice.IN_HOME_DISPLAY),
    ),
    (
        ClusterId.PREPAYMENT,
        prepayment.ChangeDebt(
            issuer_event_id=1,
            label=b"gas debt",
            amount=-500,
            method=0,
            amount_type=0,
            recovery_start_utc=NOON_UTC,
            collection_minutes=120,
            frequency=1,
            recovery_amount=50,
            top_up_percentage=1000,
        ),
    ),
    (
        ClusterId.PREPAYMENT,
        prepayment.EmergencyCreditSetup(
            issuer_event_id=1, start_utc=NOON_UTC, limit=1000, threshold=200
        ),
    ),
    (
        ClusterId.PREPAYMENT,
        prepayment.ConsumerTopUp(
            prepayment.OriginatingDevice.IN_HOME_DISPLAY, b"00000285770438722302"
        ),
    ),
    (
        ClusterId.PREPAYMENT,
        prepayment.ConsumerTopUpResponse(
            prepayment.TopUpResult.ACCEPTED, 1000, prepayment.OriginatingDevice.METER, -20
        ),
    ),
    (
        ClusterId.PREPAYMENT,
        prepayment.CreditAdjustment(
            issuer_event_id=1, start_utc=NOON_UTC, adjustment_type=1, value=-100
        ),
    ),
    (
        ClusterId.PREPAYMENT,
        prepayment.ChangePaymentMode(
            provider_id=7, issuer_event_id=1, implementation_utc=NOON_UTC, control=2, cut_off=-100
        ),
    ),
    (
        ClusterId.PREPAYMENT,
        prepayment.ChangePaymentModeResponse(
            friendly_credit=1,
            friendly_credit_calendar_id=3,
            emergency_credit_limit=1000,
            emergency_credit_threshold=200,
        ),
    ),
    (
        ClusterId.PREPAYMENT,
        prepayment.GetPrepaySnapshot(earliest_utc=0, latest_utc=NOON_UTC, offset=0, cause=1),
    ),
    (
        ClusterId.PREPAYMENT,
        prepayment.PublishPrepaySnapshot(
            snapshot_id=5,
            taken_utc=NOON_UTC,
            found_total=1,
            index=0,
            index_total=1,
            cause=1,
            payload_type=0,
            payload=b"\x01\x02\x03",
        ),
    ),
    (ClusterId.PREPAYMENT, prepayment.GetTopUpLog(latest_utc=NOON_UTC, count=5)),
    (
        ClusterId.PREPAYMENT,
        prepayment.PublishTopUpLog(
            0, 1, (prepayment.LoggedTopUp(b"00000285770438722302", 1000, NOON_UTC),)
        ),
    ),
    (ClusterId.PREPAYMENT, prepayment.SetLowCreditWarning(level=300)),
    (
        ClusterId.PREPAYMENT,
        prepayment.GetDebtRepaymentLog(latest_utc=NOON_UTC, count=5, debt_type=0),
    ),
    (
        ClusterId.PREPAYMENT,
        prepayment.PublishDebtLog(0, 1, (prepayment.Repayment(NOON_UTC, 50, 0, 450),)),
    ),
    (
        ClusterId.PREPAYMENT,
        prepayment.SetMaximumCreditLimit(
            provider_id=7,
            issuer_event_id=1,
            implementation_utc=NOON_UTC,
            credit_max=2_147_400,
            top_up_max=50_000,
        ),
    ),
    (
        ClusterId.PREPAYMENT,
        prepayment.SetOverallDebtCap(
            provider_id=7, issuer_event_id=1, implementation_utc=NOON_UTC, cap=1000
        ),
    ),
    (
        ClusterId.EVENTS,
        events.GetEventLog(
            control_and_log=0x04,
            event_id=0,
            start_utc=0,
            end_utc=NOON_UTC,
            count_max=0,
            offset=0,
        ),
    ),
    (ClusterId.EVENTS, events.ClearEventLog(events.LogId.TAMPER)),
    (
        ClusterId.EVENTS,
        events.PublishEvent(
            log=events.LogId.SECURITY_EVENT,
            event_id=0x8F3D,
            event_utc=NOON_UTC,
            control=events.EventControl.REPORT_TO_HEAD_END,
            data=b"\x01",
        ),
    ),
    (
        ClusterId.EVENTS,
        events.PublishEventLog(
            matching_total=2,
            index=0,
            index_total=1,
            count_and_control=0x20,
            events=(
                events.LoggedEvent(events.LogId.SECURITY_EVENT, 0x8F3D, NOON_UTC),
                events.LoggedEvent(events.LogId.NETWORK_EVENT, 1, NOON_UTC, b"x"),
            ),
        ),
    ),
    (ClusterId.EVENTS, events.ClearEventLogResponse(cleared_logs=0x02)),
    *((ClusterId.CALENDAR, command) for command in CALENDAR),
    *((ClusterId.DEVICE_MANAGEMENT, command) for command in DEVICE_MANAGEMENT),
    *((ClusterId.OTA_UPGRADE, command) for command in OTA_UPGRADE),
    *((ClusterId.DEMAND_RESPONSE, command) for command in DEMAND_RESPONSE),
    *(
        (ClusterId.KEY_ESTABLISHMENT, command)
        for command in (
            key_establishment.InitiateRequest(
                suites=1, ephemeral_data_s=3, confirm_key_s=6, certificate=bytes(48)
            ),
            key_establishment.InitiateResponse(
                suites=2, ephemeral_data_s=3, confirm_key_s=6, certificate=bytes(74)
            ),
            key_establishment.EphemeralDataRequest(b"\x02" + bytes(21)),
            key_establishment.EphemeralDataResponse(b"\x03" + bytes(21)),
            key_establishment.ConfirmKeyRequest(bytes(16)),
            key_establishment.ConfirmKeyResponse(bytes(16)),
            key_establishment.TerminateByClient(
                key_establishment.TerminateStatus.UNKNOWN_ISSUER, 10, 1
            ),
            key_establishment.TerminateByServer(
                key_establishment.TerminateStatus.BAD_MESSAGE, 10, 3
            ),
        )
    ),
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test that takes a `cluster` and a `command` all the examples in turn."""
    if "command" in metafunc.fixturenames:
        names = [
            f"{cluster.name.lower()}-{type(command).__name__}" for cluster, command in EXAMPLES
        ]
        metafunc.parametrize(("cluster", "command"), EXAMPLES, ids=names)


@pytest.fixture
def examples() -> list[tuple[ClusterId, ClusterCommand]]:
    return EXAMPLES

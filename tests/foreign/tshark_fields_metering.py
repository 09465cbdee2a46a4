"""The fields of the commands of Metering, Prepayment and Demand Response in tshark 4.0."""

from tests.foreign.tshark_fields import Say, Table, plain

from hanbench.protocol.zigbee.clusters import demand_response as drlc
from hanbench.protocol.zigbee.clusters import metering, prepayment

MET, PP, DRLC = "zbee_zcl_se.met.", "zbee_zcl_se.pp.", "zbee_zcl_se.drlc."
UNIX_S = 946_684_800


def _command(prefix: str, command: str, **names: str) -> Table:
    return Table(plain(f"{prefix}{command}.", **names))


def _octets_with_length(name: str) -> Say:
    return lambda it: bytes([len(getattr(it, name))]) + getattr(it, name)


METERING: dict[type, Table] = {
    metering.GetProfile: _command(
        MET,
        "get_profile",
        interval_channel="channel",
        end_time="end_utc",
        number_of_periods="count",
    ),
    metering.GetProfileResponse: Table(
        {
            **plain(
                f"{MET}get_profile_response.",
                end_time="end_utc",
                status="status",
                profile_interval_period="interval_period",
                intervals="intervals",
            ),
            f"{MET}get_profile_response.number_of_periods_delivered": (
                lambda it: len(it.intervals)
            ),
        }
    ),
    metering.RequestMirror: Table({}),
    metering.RequestMirrorResponse: _command(MET, "request_mirror_rsp", endpoint_id="endpoint"),
    metering.RemoveMirror: Table({}),
    metering.MirrorRemoved: _command(MET, "mirror_removed", removed_endpoint_id="endpoint"),
    metering.MirrorReportAttributeResponse: Table(
        {
            f"{MET}mirror_report_attribute_response.notification_scheme": lambda it: it.scheme,
            # Of the other flags of the scheme tshark shows nothing.
            f"{MET}attr.func_noti_flag": lambda it: it.flags[0] if it.flags else None,
        }
    ),
    metering.RequestFastPollMode: _command(
        MET,
        "request_fast_poll_mode",
        fast_poll_update_period="period_s",
        duration="duration_minutes",
    ),
    metering.RequestFastPollModeResponse: Table(
        {
            f"{MET}request_fast_poll_mode_response.applied_update_period": lambda it: it.period_s,
            # tshark takes this one for seconds from 1970.
            f"{MET}request_fast_poll_mode_response.fast_poll_mode_end_time": (
                lambda it: it.end_utc - UNIX_S
            ),
        }
    ),
    metering.TakeSnapshot: _command(MET, "take_snapshot", snapshot_cause="cause"),
    metering.TakeSnapshotResponse: _command(
        MET,
        "take_snapshot_response",
        snapshot_id="snapshot_id",
        snapshot_confirmation="confirmation",
    ),
    metering.GetSnapshot: _command(
        MET,
        "get_snapshot",
        start_time="earliest_utc",
        end_time="latest_utc",
        snapshot_offset="offset",
        snapshot_cause="cause",
    ),
    metering.PublishSnapshot: _command(
        MET,
        "publish_snapshot",
        snapshot_id="snapshot_id",
        snapshot_time="taken_utc",
        snapshots_found="found_total",
        command_index="index",
        total_commands="index_total",
        snapshot_cause="cause",
        payload_type="payload_type",
        sub_payload="payload",
    ),
    metering.GetSampledData: _command(
        MET,
        "get_sampled_data",
        sample_id="sample_id",
        sample_start_time="earliest_utc",
        sample_type="sample_type",
        number_of_samples="count",
    ),
    metering.GetSampledDataResponse: Table(
        {
            **plain(
                f"{MET}get_sampled_data_rsp.",
                sample_id="sample_id",
                sample_start_time="start_utc",
                sample_type="sample_type",
                sample_request_interval="interval_s",
                samples="samples",
            ),
            f"{MET}get_sampled_data_rsp.number_of_samples": lambda it: len(it.samples),
        }
    ),
    metering.ResetLoadLimitCounter: _command(
        MET,
        "reset_load_limit_counter",
        provider_id="provider_id",
        issuer_event_id="issuer_event_id",
    ),
    metering.ChangeSupply: _command(
        MET,
        "change_supply",
        provider_id="provider_id",
        issuer_event_id="issuer_event_id",
        request_date_time="request_utc",
        implementation_date_time="implementation_utc",
        proposed_supply_status="proposed",
        supply_control_bits="control",
    ),
    metering.LocalChangeSupply: _command(
        MET, "local_change_supply", proposed_supply_status="proposed"
    ),
    metering.SetSupplyStatus: _command(
        MET,
        "set_supply_status",
        issuer_event_id="issuer_event_id",
        supply_tamper_state="on_tamper",
        supply_depletion_state="on_depletion",
        supply_uncontrolled_flow_state="on_uncontrolled_flow",
        load_limit_supply_state="on_load_limit",
    ),
    metering.SupplyStatusResponse: _command(
        MET,
        "supply_status_response",
        provider_id="provider_id",
        issuer_event_id="issuer_event_id",
        implementation_date_time="implementation_utc",
        supply_status_after_implementation="status",
    ),
}
PREPAYMENT: dict[type, Table] = {
    prepayment.SelectEmergencyCredit: _command(
        PP, "select_available_emc", cmd_issue_date_time="issued_utc", originating_device="origin"
    ),
    prepayment.ChangeDebt: Table(
        {
            **plain(
                f"{PP}change_debt.",
                issuer_event_id="issuer_event_id",
                debt_amount="amount",
                recovery_method="method",
                amount_type="amount_type",
                recovery_start_time="recovery_start_utc",
                recovery_collection_time="collection_minutes",
                recovery_frequency="frequency",
                recovery_amount="recovery_amount",
            ),
            f"{PP}change_debt.debt_label": _octets_with_length("label"),
            # tshark takes the first of two octets.
            f"{PP}change_debt.recovery_balance_percentage": (
                lambda it: it.top_up_percentage & 0xFF
            ),
        }
    ),
    prepayment.EmergencyCreditSetup: _command(
        PP,
        "emc_setup",
        issuer_event_id="issuer_event_id",
        start_time="start_utc",
        emc_limit="limit",
        emc_threshold="threshold",
    ),
    prepayment.ConsumerTopUp: _command(
        PP, "consumer_top_up", originating_device="origin", top_up_code="code"
    ),
    prepayment.ConsumerTopUpResponse: _command(
        PP,
        "consumer_top_up_response",
        result_type="result",
        top_up_value="value",
        source_of_top_up="origin",
        credit_remaining="credit_remaining",
    ),
    prepayment.CreditAdjustment: _command(
        PP,
        "credit_adjustment",
        issuer_event_id="issuer_event_id",
        start_time="start_utc",
        credit_adjustment_type="adjustment_type",
        credit_adjustment_value="value",
    ),
    prepayment.ChangePaymentMode: _command(
        PP,
        "change_payment_mode",
        provider_id="provider_id",
        issuer_event_id="issuer_event_id",
        implementation_date_time="implementation_utc",
        payment_control_configuration="control",
        cut_off_value="cut_off",
    ),
    prepayment.ChangePaymentModeResponse: _command(
        PP,
        "change_payment_mode_response",
        friendly_credit="friendly_credit",
        friendly_credit_calendar_id="friendly_credit_calendar_id",
        emc_limit="emergency_credit_limit",
        emc_threshold="emergency_credit_threshold",
    ),
    prepayment.GetPrepaySnapshot: _command(
        PP,
        "get_prepay_snapshot",
        earliest_start_time="earliest_utc",
        latest_end_time="latest_utc",
        snapshot_offset="offset",
        snapshot_cause="cause",
    ),
    prepayment.PublishPrepaySnapshot: _command(
        PP,
        "publish_prepay_snapshot",
        snapshot_id="snapshot_id",
        snapshot_time="taken_utc",
        total_snapshots_found="found_total",
        command_index="index",
        total_number_of_commands="index_total",
        snapshot_cause="cause",
        snapshot_payload_type="payload_type",
        snapshot_payload="payload",
    ),
    prepayment.GetTopUpLog: _command(
        PP, "get_top_up_log", latest_end_time="latest_utc", number_of_records="count"
    ),
    prepayment.PublishTopUpLog: Table(
        {
            **plain(
                f"{PP}publish_top_up_log.",
                command_index="index",
                total_number_of_commands="index_total",
            ),
            f"{PP}publish_top_up_log.top_up_code": lambda it: [one.code for one in it.top_ups],
            f"{PP}publish_top_up_log.top_up_amount": lambda it: [one.amount for one in it.top_ups],
            f"{PP}publish_top_up_log.top_up_time": (
                lambda it: [one.entered_utc for one in it.top_ups]
            ),
        }
    ),
    prepayment.SetLowCreditWarning: _command(
        PP, "set_low_credit_warning_level", low_credit_warning_level="level"
    ),
    prepayment.GetDebtRepaymentLog: _command(
        PP,
        "get_debt_repayment_log",
        latest_end_time="latest_utc",
        number_of_records="count",
        debt_type="debt_type",
    ),
    prepayment.PublishDebtLog: Table(
        {
            **plain(
                f"{PP}publish_debt_log.",
                command_index="index",
                total_number_of_commands="index_total",
            ),
            f"{PP}publish_debt_log.collection_time": (
                lambda it: [one.collected_utc for one in it.repayments]
            ),
            f"{PP}publish_debt_log.amount_collected": (
                lambda it: [one.amount for one in it.repayments]
            ),
            f"{PP}publish_debt_log.debt_type": lambda it: [one.debt_type for one in it.repayments],
            f"{PP}publish_debt_log.outstanding_debt": (
                lambda it: [one.outstanding for one in it.repayments]
            ),
        }
    ),
    prepayment.SetMaximumCreditLimit: _command(
        PP,
        "set_maximum_credit_limit",
        provider_id="provider_id",
        issuer_event_id="issuer_event_id",
        implementation_date_time="implementation_utc",
        max_credit_level="credit_max",
        max_credit_per_top_up="top_up_max",
    ),
    prepayment.SetOverallDebtCap: _command(
        PP,
        "set_overall_debt_cap_limit",
        provider_id="provider_id",
        issuer_event_id="issuer_event_id",
        implementation_date_time="implementation_utc",
        overall_debt_cap="cap",
    ),
}
DEMAND_RESPONSE: dict[type, Table] = {
    drlc.LoadControlEvent: Table(
        plain(
            DRLC,
            issuer_id="issuer_event_id",
            device_class="device_class",
            utility_enrollment_group="group",
            start_time="start_utc",
            duration_in_minutes="duration_minutes",
            criticality_level="criticality",
            cooling_temperature_offset="cooling_offset",
            heating_temperature_offset="heating_offset",
            cooling_temperature_set_point="cooling_set_point",
            heating_temperature_set_point="heating_set_point",
            average_load_adjustment_percentage="load_adjustment_percent",
            duty_cycle="duty_cycle_percent",
            event_control="control",
        )
    ),
    drlc.CancelLoadControlEvent: Table(
        {
            **plain(
                DRLC,
                issuer_id="issuer_event_id",
                device_class="device_class",
                utility_enrollment_group="group",
                cancel_control="control",
            ),
            # tshark takes the bits that are reserved in the octet before it.
            f"{DRLC}effective_time": lambda it: (it.effective_utc & 0xFE) >> 1,
        }
    ),
    drlc.CancelAllLoadControlEvents: Table(plain(DRLC, cancel_control="control")),
    drlc.ReportEventStatus: _command(
        DRLC,
        "report_event",
        issuer_id="issuer_event_id",
        event_status="status",
        event_status_time="status_utc",
        criticality_level_applied="criticality",
        cooling_temperature_set_point_applied="cooling_set_point",
        heating_temperature_set_point_applied="heating_set_point",
        average_load_adjustment_percentage_applied="load_adjustment_percent",
        duty_cycle_applied="duty_cycle_percent",
        event_control="control",
        signature_type="signature_type",
        signature="signature",
    ),
    drlc.GetScheduledEvents: Table(
        {
            **plain(
                f"{DRLC}get_scheduled_events.",
                start_time="start_utc",
                numbers_of_events="count_max",
            ),
            # tshark takes the first of four octets.
            f"{DRLC}get_scheduled_events.issuer_event_id": (
                lambda it: (
                    None if it.least_issuer_event_id is None else it.least_issuer_event_id & 0xFF
                )
            ),
        }
    ),
}
TABLES: dict[type, Table] = {**METERING, **PREPAYMENT, **DEMAND_RESPONSE}
BITS = (
    *(f"{MET}attr.func_noti_flag.", f"{MET}snapshot_cause.", f"{PP}snapshot_payload_cause."),
    *(f"{PP}attr.payment_control_configuration.", f"{DRLC}device_class."),
    *(f"{DRLC}cancel_control.", f"{DRLC}randomize_", f"{DRLC}reserved"),
)
"""How the fields begin that are bits of a number that is compared as a whole."""

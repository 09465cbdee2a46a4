"""Prepayment cluster (0x0705): credit, emergency credit, debt and top-ups.

Source: ZigBee Smart Energy Standard (07-5356), section D.7, as collected in han.md section 6;
command layouts agree with the fields that tshark 4.0.17 names. Little-endian; money in the smallest
unit of the currency (pence).
"""

import enum
from dataclasses import dataclass

import construct as c

from hanbench.protocol.layout import enumerated
from hanbench.protocol.zigbee import fields
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, SERVER, ClusterId, CommandSet

CLUSTER = ClusterId.PREPAYMENT


class OriginatingDevice(enum.IntEnum):
    """Where a top-up or a request came from."""

    ENERGY_SERVICE_INTERFACE = 0
    METER = 1
    IN_HOME_DISPLAY = 2


class TopUpResult(enum.IntEnum):
    """What became of a top-up (names from memory of it)."""

    ACCEPTED = 0
    REJECTED_INVALID = 1
    REJECTED_DUPLICATE = 2
    REJECTED_ERROR = 3
    REJECTED_MAX_CREDIT_REACHED = 4
    REJECTED_KEYPAD_LOCKED = 5
    REJECTED_TOO_LARGE = 6


@dataclass(frozen=True, slots=True)
class SelectEmergencyCredit:
    """Take the emergency credit that is on offer."""

    issued_utc: int
    origin: OriginatingDevice


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDebt:
    """Change one of the debts, and how it is recovered."""

    issuer_event_id: int
    label: bytes
    amount: int
    method: int
    amount_type: int
    recovery_start_utc: int
    collection_minutes: int
    frequency: int
    recovery_amount: int
    top_up_percentage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyCreditSetup:
    """Set the emergency credit and the balance at which it is offered."""

    issuer_event_id: int
    start_utc: int
    limit: int
    threshold: int


@dataclass(frozen=True, slots=True)
class ConsumerTopUp:
    """Enter a top-up code, as ASCII digits."""

    origin: OriginatingDevice
    code: bytes


@dataclass(frozen=True, slots=True)
class ConsumerTopUpResponse:
    """What became of a top-up code."""

    result: TopUpResult
    value: int
    origin: OriginatingDevice
    credit_remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditAdjustment:
    """Change the credit without a code; type 0 adds, 1 sets."""

    issuer_event_id: int
    start_utc: int
    adjustment_type: int
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePaymentMode:
    """Change between credit and prepayment at a time."""

    provider_id: int
    issuer_event_id: int
    implementation_utc: int
    control: int
    cut_off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePaymentModeResponse:
    """What will hold in the new mode."""

    friendly_credit: int
    friendly_credit_calendar_id: int
    emergency_credit_limit: int
    emergency_credit_threshold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPrepaySnapshot:
    """Ask for snapshots between two times."""

    earliest_utc: int
    latest_utc: int
    offset: int
    cause: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPrepaySnapshot:
    """Give one snapshot; the layout of `payload` follows from its type."""

    snapshot_id: int
    taken_utc: int
    found_total: int
    index: int
    index_total: int
    cause: int
    payload_type: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class GetTopUpLog:
    """Ask for the last top-ups before a time."""

    latest_utc: int
    count: int


@dataclass(frozen=True, slots=True)
class LoggedTopUp:
    """One entry of the top-up log."""

    code: bytes
    amount: int
    entered_utc: int


@dataclass(frozen=True, slots=True)
class PublishTopUpLog:
    """Give one part of the top-up log, newest first."""

    index: int
    index_total: int
    top_ups: tuple[LoggedTopUp, ...]


@dataclass(frozen=True, slots=True)
class SetLowCreditWarning:
    """Set the balance below which the consumer is warned."""

    level: int


@dataclass(frozen=True, slots=True)
class GetDebtRepaymentLog:
    """Ask for the last repayments of a debt before a time."""

    latest_utc: int
    count: int
    debt_type: int


@dataclass(frozen=True, slots=True)
class Repayment:
    """One entry of the debt log."""

    collected_utc: int
    amount: int
    debt_type: int
    outstanding: int


@dataclass(frozen=True, slots=True)
class PublishDebtLog:
    """Give one part of the debt log, newest first."""

    index: int
    index_total: int
    repayments: tuple[Repayment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMaximumCreditLimit:
    """Set the largest balance and the largest single top-up."""

    provider_id: int
    issuer_event_id: int
    implementation_utc: int
    credit_max: int
    top_up_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOverallDebtCap:
    """Set how much debt may be recovered in a week, over all debts."""

    provider_id: int
    issuer_event_id: int
    implementation_utc: int
    cap: int


Command = (
    SelectEmergencyCredit
    | ChangeDebt
    | EmergencyCreditSetup
    | ConsumerTopUp
    | ConsumerTopUpResponse
    | CreditAdjustment
    | ChangePaymentMode
    | ChangePaymentModeResponse
    | GetPrepaySnapshot
    | PublishPrepaySnapshot
    | GetTopUpLog
    | PublishTopUpLog
    | SetLowCreditWarning
    | GetDebtRepaymentLog
    | PublishDebtLog
    | SetMaximumCreditLimit
    | SetOverallDebtCap
)

_ORIGIN = enumerated(OriginatingDevice, fields.U8)
_ADDRESSED = (
    "provider_id" / fields.U32,
    "issuer_event_id" / fields.U32,
    "implementation_utc" / fields.UTC,
)
_LOGGED_TOP_UP = fields.record(
    LoggedTopUp,
    c.Struct("code" / fields.OCTETS, "amount" / fields.I32, "entered_utc" / fields.UTC),
)
_REPAYMENT = fields.record(
    Repayment,
    c.Struct(
        "collected_utc" / fields.UTC,
        "amount" / fields.I32,
        "debt_type" / fields.U8,
        "outstanding" / fields.U32,
    ),
)

COMMANDS: CommandSet[Command] = CommandSet(
    CLUSTER,
    {
        (CLIENT, 0x00): (
            SelectEmergencyCredit,
            c.Struct("issued_utc" / fields.UTC, "origin" / _ORIGIN),
        ),
        (CLIENT, 0x02): (
            ChangeDebt,
            c.Struct(
                "issuer_event_id" / fields.U32,
                "label" / fields.OCTETS,
                "amount" / fields.I32,
                "method" / fields.U8,
                "amount_type" / fields.U8,
                "recovery_start_utc" / fields.UTC,
                "collection_minutes" / fields.U16,
                "frequency" / fields.U8,
                "recovery_amount" / fields.I32,
                "top_up_percentage" / fields.U16,
            ),
        ),
        (CLIENT, 0x03): (
            EmergencyCreditSetup,
            c.Struct(
                "issuer_event_id" / fields.U32,
                "start_utc" / fields.UTC,
                "limit" / fields.U32,
                "threshold" / fields.U32,
            ),
        ),
        (CLIENT, 0x04): (ConsumerTopUp, c.Struct("origin" / _ORIGIN, "code" / fields.OCTETS)),
        (CLIENT, 0x05): (
            CreditAdjustment,
            c.Struct(
                "issuer_event_id" / fields.U32,
                "start_utc" / fields.UTC,
                "adjustment_type" / fields.U8,
                "value" / fields.I32,
            ),
        ),
        (CLIENT, 0x06): (
            ChangePaymentMode,
            c.Struct(*_ADDRESSED, "control" / fields.U16, "cut_off" / fields.I32),
        ),
        (CLIENT, 0x07): (
            GetPrepaySnapshot,
            c.Struct(
                "earliest_utc" / fields.UTC,
                "latest_utc" / fields.UTC,
                "offset" / fields.U8,
                "cause" / fields.U32,
            ),
        ),
        (CLIENT, 0x08): (GetTopUpLog, c.Struct("latest_utc" / fields.UTC, "count" / fields.U8)),
        (CLIENT, 0x09): (SetLowCreditWarning, c.Struct("level" / fields.U32)),
        (CLIENT, 0x0A): (
            GetDebtRepaymentLog,
            c.Struct("latest_utc" / fields.UTC, "count" / fields.U8, "debt_type" / fields.U8),
        ),
        (CLIENT, 0x0B): (
            SetMaximumCreditLimit,
            c.Struct(*_ADDRESSED, "credit_max" / fields.U32, "top_up_max" / fields.U32),
        ),
        (CLIENT, 0x0C): (SetOverallDebtCap, c.Struct(*_ADDRESSED, "cap" / fields.I32)),
        (SERVER, 0x01): (
            PublishPrepaySnapshot,
            c.Struct(
                "snapshot_id" / fields.U32,
                "taken_utc" / fields.UTC,
                "found_total" / fields.U8,
                "index" / fields.U8,
                "index_total" / fields.U8,
                "cause" / fields.U32,
                "payload_type" / fields.U8,
                "payload" / c.GreedyBytes,
            ),
        ),
        (SERVER, 0x02): (
            ChangePaymentModeResponse,
            c.Struct(
                "friendly_credit" / fields.U8,
                "friendly_credit_calendar_id" / fields.U32,
                "emergency_credit_limit" / fields.U32,
                "emergency_credit_threshold" / fields.U32,
            ),
        ),
        (SERVER, 0x03): (
            ConsumerTopUpResponse,
            c.Struct(
                "result" / enumerated(TopUpResult, fields.U8),
                "value" / fields.I32,
                "origin" / _ORIGIN,
                "credit_remaining" / fields.I32,
            ),
        ),
        (SERVER, 0x05): (
            PublishTopUpLog,
            c.Struct(
                "index" / fields.U8,
                "index_total" / fields.U8,
                "top_ups" / fields.until_end(_LOGGED_TOP_UP),
            ),
        ),
        (SERVER, 0x06): (
            PublishDebtLog,
            c.Struct(
                "index" / fields.U8,
                "index_total" / fields.U8,
                "repayments" / fields.until_end(_REPAYMENT),
            ),
        ),
    },
)

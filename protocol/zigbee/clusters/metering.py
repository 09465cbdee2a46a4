"""Metering cluster (0x0702): registers, supply state, profiles, and the gas mirror's housekeeping.

Source: ZigBee Smart Energy Standard (07-5356), section D.3, as collected in han.md section 6;
command layouts agree with the fields that tshark 4.0.17 names. Little-endian.

A register's value is raw x multiplier / divisor. Of the commands, those for scheduled snapshots and
for notification schemes are left out: no device here sends them.
"""

import enum
from dataclasses import dataclass

import construct as c

from hanbench.protocol.layout import enumerated
from hanbench.protocol.zigbee import fields
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, SERVER, ClusterId, CommandSet

CLUSTER = ClusterId.METERING


class SupplyStatus(enum.IntEnum):
    """Whether energy flows; ARMED waits for the consumer at the meter."""

    OFF = 0
    ARMED = 1
    ON = 2


class NotificationScheme(enum.IntEnum):
    """Which flags a mirror sends, and in which order; higher numbers are a meter's own [M]."""

    NONE = 0
    FUNCTIONAL_FLAGS_ALONE = 1
    ALL_FLAGS = 2


class FunctionalFlag(enum.IntFlag):
    """What a mirror has for its meter (FunctionalNotificationFlags); bits as tshark names them."""

    NEW_OTA_FIRMWARE = 0x0000_0001
    CBKE_UPDATE_REQUEST = 0x0000_0002
    TIME_SYNC = 0x0000_0004
    STAY_AWAKE_REQUEST_HAN = 0x0000_0010
    STAY_AWAKE_REQUEST_WAN = 0x0000_0020
    TUNNEL_MESSAGE_PENDING = 0x0020_0000


class SnapshotCause(enum.IntFlag):
    """Why a snapshot was taken; the bits that a migration meets."""

    GENERAL = 0x0000_0001
    END_OF_BILLING_PERIOD = 0x0000_0002
    CHANGE_OF_TARIFF = 0x0000_0008
    MANUAL = 0x0000_0400
    CHANGE_OF_TENANCY = 0x0000_1000
    CHANGE_OF_SUPPLIER = 0x0000_2000
    CHANGE_OF_METER_MODE = 0x0000_4000


@dataclass(frozen=True, slots=True, kw_only=True)
class GetProfile:
    """Ask for intervals up to a time; channel 0 is delivered energy, end 0 the newest."""

    channel: int
    end_utc: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetProfileResponse:
    """Give intervals, newest first."""

    end_utc: int
    status: int
    interval_period: int
    intervals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RequestMirror:
    """A sleepy meter asks the hub for a mirror endpoint."""


@dataclass(frozen=True, slots=True)
class RequestMirrorResponse:
    """The endpoint of the mirror; FFFF when there is none to give."""

    endpoint: int


@dataclass(frozen=True, slots=True)
class RemoveMirror:
    """A meter gives its mirror back."""


@dataclass(frozen=True, slots=True)
class MirrorRemoved:
    """The mirror is gone."""

    endpoint: int


@dataclass(frozen=True, slots=True)
class MirrorReportAttributeResponse:
    """The mirror answers a report with what waits for the meter, as notification flags."""

    scheme: int
    flags: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RequestFastPollMode:
    """Ask the meter to refresh every `period_s` for some minutes."""

    period_s: int
    duration_minutes: int


@dataclass(frozen=True, slots=True)
class RequestFastPollModeResponse:
    """The period that the meter took, and until when."""

    period_s: int
    end_utc: int


@dataclass(frozen=True, slots=True)
class TakeSnapshot:
    """Take a snapshot of the registers now."""

    cause: int


@dataclass(frozen=True, slots=True)
class TakeSnapshotResponse:
    """The number of the snapshot; confirmation 0 is accepted."""

    snapshot_id: int
    confirmation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSnapshot:
    """Ask for snapshots between two times."""

    earliest_utc: int
    latest_utc: int
    offset: int
    cause: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSnapshot:
    """Give one snapshot; the layout of `payload` follows from its type."""

    snapshot_id: int
    taken_utc: int
    found_total: int
    index: int
    index_total: int
    cause: int
    payload_type: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSampledData:
    """Ask for samples (daily reads, half-hourly profile) from a time on."""

    sample_id: int
    earliest_utc: int
    sample_type: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSampledDataResponse:
    """Give samples, oldest first."""

    sample_id: int
    start_utc: int
    sample_type: int
    interval_s: int
    samples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ResetLoadLimitCounter:
    """Set the count of load limit events back to nothing."""

    provider_id: int
    issuer_event_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSupply:
    """Turn the supply off, arm it or turn it on at a time."""

    provider_id: int
    issuer_event_id: int
    request_utc: int
    implementation_utc: int
    proposed: SupplyStatus
    control: int


@dataclass(frozen=True, slots=True)
class LocalChangeSupply:
    """Do the same now, from a display in the home."""

    proposed: SupplyStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSupplyStatus:
    """State what the supply does on tamper, empty credit, unexpected flow and overload."""

    issuer_event_id: int
    on_tamper: int
    on_depletion: int
    on_uncontrolled_flow: int
    on_load_limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyStatusResponse:
    """What the supply will be after a change."""

    provider_id: int
    issuer_event_id: int
    implementation_utc: int
    status: SupplyStatus


Command = (
    GetProfile
    | GetProfileResponse
    | RequestMirror
    | RequestMirrorResponse
    | RemoveMirror
    | MirrorRemoved
    | MirrorReportAttributeResponse
    | RequestFastPollMode
    | RequestFastPollModeResponse
    | TakeSnapshot
    | TakeSnapshotResponse
    | GetSnapshot
    | PublishSnapshot
    | GetSampledData
    | GetSampledDataResponse
    | ResetLoadLimitCounter
    | ChangeSupply
    | LocalChangeSupply
    | SetSupplyStatus
    | SupplyStatusResponse
)

_SUPPLY_STATUS = enumerated(SupplyStatus, fields.U8)

COMMANDS: CommandSet[Command] = CommandSet(
    CLUSTER,
    {
        (CLIENT, 0x00): (
            GetProfile,
            c.Struct("channel" / fields.U8, "end_utc" / fields.UTC, "count" / fields.U8),
        ),
        (CLIENT, 0x01): (RequestMirrorResponse, c.Struct("endpoint" / fields.U16)),
        (CLIENT, 0x02): (MirrorRemoved, c.Struct("endpoint" / fields.U16)),
        (CLIENT, 0x03): (
            RequestFastPollMode,
            c.Struct("period_s" / fields.U8, "duration_minutes" / fields.U8),
        ),
        (CLIENT, 0x05): (TakeSnapshot, c.Struct("cause" / fields.U32)),
        (CLIENT, 0x06): (
            GetSnapshot,
            c.Struct(
                "earliest_utc" / fields.UTC,
                "latest_utc" / fields.UTC,
                "offset" / fields.U8,
                "cause" / fields.U32,
            ),
        ),
        (CLIENT, 0x08): (
            GetSampledData,
            c.Struct(
                "sample_id" / fields.U16,
                "earliest_utc" / fields.UTC,
                "sample_type" / fields.U8,
                "count" / fields.U16,
            ),
        ),
        (CLIENT, 0x09): (
            MirrorReportAttributeResponse,
            c.Struct("scheme" / fields.U8, "flags" / fields.until_end(fields.U32)),
        ),
        (CLIENT, 0x0A): (
            ResetLoadLimitCounter,
            c.Struct("provider_id" / fields.U32, "issuer_event_id" / fields.U32),
        ),
        (CLIENT, 0x0B): (
            ChangeSupply,
            c.Struct(
                "provider_id" / fields.U32,
                "issuer_event_id" / fields.U32,
                "request_utc" / fields.UTC,
                "implementation_utc" / fields.UTC,
                "proposed" / _SUPPLY_STATUS,
                "control" / fields.U8,
            ),
        ),
        (CLIENT, 0x0C): (LocalChangeSupply, c.Struct("proposed" / _SUPPLY_STATUS)),
        (CLIENT, 0x0D): (
            SetSupplyStatus,
            c.Struct(
                "issuer_event_id" / fields.U32,
                "on_tamper" / fields.U8,
                "on_depletion" / fields.U8,
                "on_uncontrolled_flow" / fields.U8,
                "on_load_limit" / fields.U8,
            ),
        ),
        (SERVER, 0x00): (
            GetProfileResponse,
            c.Struct(
                "end_utc" / fields.UTC,
                "status" / fields.U8,
                "interval_period" / fields.U8,
                "intervals" / fields.counted(fields.U8, fields.U24),
            ),
        ),
        (SERVER, 0x01): (RequestMirror, c.Struct()),
        (SERVER, 0x02): (RemoveMirror, c.Struct()),
        (SERVER, 0x03): (
            RequestFastPollModeResponse,
            c.Struct("period_s" / fields.U8, "end_utc" / fields.UTC),
        ),
        (SERVER, 0x05): (
            TakeSnapshotResponse,
            c.Struct("snapshot_id" / fields.U32, "confirmation" / fields.U8),
        ),
        (SERVER, 0x06): (
            PublishSnapshot,
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
        (SERVER, 0x07): (
            GetSampledDataResponse,
            c.Struct(
                "sample_id" / fields.U16,
                "start_utc" / fields.UTC,
                "sample_type" / fields.U8,
                "interval_s" / fields.U16,
                "samples" / fields.counted(fields.U16, fields.U24),
            ),
        ),
        (SERVER, 0x0C): (
            SupplyStatusResponse,
            c.Struct(
                "provider_id" / fields.U32,
                "issuer_event_id" / fields.U32,
                "implementation_utc" / fields.UTC,
                "status" / _SUPPLY_STATUS,
            ),
        ),
    },
)

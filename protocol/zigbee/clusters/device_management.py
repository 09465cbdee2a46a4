"""Device Management cluster (0x0708): changes of tenancy and supplier, names, event configuration.

Source: ZigBee Smart Energy Standard (07-5356), section D.10, as collected in han.md section 6; the
layouts of what han.md only names are from memory of it and were read back by tshark 4.0.17.
Little-endian.
"""

import enum
from dataclasses import dataclass

import construct as c

from hanbench.protocol.layout import enumerated
from hanbench.protocol.zigbee import fields
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, SERVER, ClusterId, CommandSet

CLUSTER = ClusterId.DEVICE_MANAGEMENT


class TariffType(enum.IntEnum):
    """Which way the energy flows that a tariff is for."""

    DELIVERED = 0
    RECEIVED = 1
    DELIVERED_AND_RECEIVED = 2


class ApplyTo(enum.IntEnum):
    """What the selectors of an event configuration are."""

    EVENTS = 0
    GROUP = 1
    LOG = 2
    MATCHING = 3
    """Events whose configuration has a value."""


@dataclass(frozen=True, slots=True)
class GetChangeOfTenancy:
    """Ask for a pending change of tenancy."""


@dataclass(frozen=True, slots=True)
class GetChangeOfSupplier:
    """Ask for a pending change of supplier."""


@dataclass(frozen=True, slots=True)
class RequestNewPassword:
    """Ask for a password that the device has not."""

    password_type: int


@dataclass(frozen=True, slots=True)
class GetSiteId:
    """Ask for the site id (an MPAN or MPRN in Britain)."""


@dataclass(frozen=True, slots=True)
class GetCin:
    """Ask for the customer id number."""


@dataclass(frozen=True, slots=True)
class ConfiguredEvent:
    """What is done about an event, by the bits of SE D.10."""

    event_id: int
    configuration: int


@dataclass(frozen=True, slots=True)
class ReportEventConfiguration:
    """Answer what is done about events, or one part of it."""

    index: int
    index_total: int
    events: tuple[ConfiguredEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishChangeOfTenancy:
    """Announce that the customer changes at a time."""

    provider_id: int
    issuer_event_id: int
    tariff_type: TariffType
    implementation_utc: int
    control: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishChangeOfSupplier:
    """Announce that the supplier changes at a time."""

    current_provider_id: int
    issuer_event_id: int
    tariff_type: TariffType
    proposed_provider_id: int
    implementation_utc: int
    control: int
    provider_name: bytes
    contact: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestNewPasswordResponse:
    """Hand a password over."""

    issuer_event_id: int
    implementation_utc: int
    duration_minutes: int
    password_type: int
    password: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSiteId:
    """State the site id from a time on."""

    issuer_event_id: int
    implementation_utc: int
    provider_id: int
    site_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEventConfiguration:
    """State what is done about events; a group, a log or a value to match is a single selector."""

    issuer_event_id: int
    start_utc: int
    configuration: int
    apply_to: ApplyTo
    selectors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GetEventConfiguration:
    """Ask what is done about an event."""

    event_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCin:
    """State the customer id number from a time on."""

    issuer_event_id: int
    implementation_utc: int
    provider_id: int
    customer_id: bytes


Command = (
    GetChangeOfTenancy
    | GetChangeOfSupplier
    | RequestNewPassword
    | GetSiteId
    | ReportEventConfiguration
    | GetCin
    | PublishChangeOfTenancy
    | PublishChangeOfSupplier
    | RequestNewPasswordResponse
    | UpdateSiteId
    | SetEventConfiguration
    | GetEventConfiguration
    | UpdateCin
)

_TARIFF_TYPE = enumerated(TariffType, fields.U8)
_CONFIGURED = fields.record(
    ConfiguredEvent, c.Struct("event_id" / fields.U16, "configuration" / fields.U8)
)
_SELECTORS = c.Switch(
    c.this.apply_to,
    {
        ApplyTo.EVENTS: fields.counted(fields.U8, fields.U16),
        ApplyTo.GROUP: fields.exactly(1, fields.U16),
        ApplyTo.LOG: fields.exactly(1, fields.U8),
        ApplyTo.MATCHING: fields.exactly(1, fields.U8),
    },
)

COMMANDS: CommandSet[Command] = CommandSet(
    CLUSTER,
    {
        (CLIENT, 0x00): (GetChangeOfTenancy, c.Struct()),
        (CLIENT, 0x01): (GetChangeOfSupplier, c.Struct()),
        (CLIENT, 0x02): (RequestNewPassword, c.Struct("password_type" / fields.U8)),
        (CLIENT, 0x03): (GetSiteId, c.Struct()),
        (CLIENT, 0x04): (
            ReportEventConfiguration,
            c.Struct(
                "index" / fields.U8,
                "index_total" / fields.U8,
                "events" / fields.until_end(_CONFIGURED),
            ),
        ),
        (CLIENT, 0x05): (GetCin, c.Struct()),
        (SERVER, 0x00): (
            PublishChangeOfTenancy,
            c.Struct(
                "provider_id" / fields.U32,
                "issuer_event_id" / fields.U32,
                "tariff_type" / _TARIFF_TYPE,
                "implementation_utc" / fields.UTC,
                "control" / fields.U32,
            ),
        ),
        (SERVER, 0x01): (
            PublishChangeOfSupplier,
            c.Struct(
                "current_provider_id" / fields.U32,
                "issuer_event_id" / fields.U32,
                "tariff_type" / _TARIFF_TYPE,
                "proposed_provider_id" / fields.U32,
                "implementation_utc" / fields.UTC,
                "control" / fields.U32,
                "provider_name" / fields.OCTETS,
                "contact" / fields.OCTETS,
            ),
        ),
        (SERVER, 0x02): (
            RequestNewPasswordResponse,
            c.Struct(
                "issuer_event_id" / fields.U32,
                "implementation_utc" / fields.UTC,
                "duration_minutes" / fields.U16,
                "password_type" / fields.U8,
                "password" / fields.OCTETS,
            ),
        ),
        (SERVER, 0x03): (
            UpdateSiteId,
            c.Struct(
                "issuer_event_id" / fields.U32,
                "implementation_utc" / fields.UTC,
                "provider_id" / fields.U32,
                "site_id" / fields.OCTETS,
            ),
        ),
        (SERVER, 0x04): (
            SetEventConfiguration,
            c.Struct(
                "issuer_event_id" / fields.U32,
                "start_utc" / fields.UTC,
                "configuration" / fields.U8,
                "apply_to" / enumerated(ApplyTo, fields.U8),
                "selectors" / _SELECTORS,
            ),
        ),
        (SERVER, 0x05): (GetEventConfiguration, c.Struct("event_id" / fields.U16)),
        (SERVER, 0x06): (
            UpdateCin,
            c.Struct(
                "issuer_event_id" / fields.U32,
                "implementation_utc" / fields.UTC,
                "provider_id" / fields.U32,
                "customer_id" / fields.OCTETS,
            ),
        ),
    },
)

"""Demand Response and Load Control cluster (0x0701): events that ask for less load.

Source: ZigBee Smart Energy Standard (07-5356), section D.2, as collected in han.md section 6; the
status report is from memory of it and was read back by tshark 4.0.17. Little-endian; temperatures
in hundredths of a degree Celsius, offsets in tenths. No device of a SMETS1 home serves it: a bench
must still read what it sees.
"""

from dataclasses import dataclass

import construct as c

from hanbench.protocol.zigbee import fields
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, SERVER, ClusterId, CommandSet

CLUSTER = ClusterId.DEMAND_RESPONSE
SIGNATURE_OCTETS = 42
NO_SIGNATURE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadControlEvent:
    """Ask devices of a class to use less from a time on."""

    issuer_event_id: int
    device_class: int
    group: int
    start_utc: int
    duration_minutes: int
    criticality: int
    cooling_offset: int
    heating_offset: int
    cooling_set_point: int
    heating_set_point: int
    load_adjustment_percent: int
    duty_cycle_percent: int
    control: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelLoadControlEvent:
    """Withdraw one event."""

    issuer_event_id: int
    device_class: int
    group: int
    control: int
    effective_utc: int


@dataclass(frozen=True, slots=True)
class CancelAllLoadControlEvents:
    """Withdraw all events."""

    control: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEventStatus:
    """Tell what a device made of an event."""

    issuer_event_id: int
    status: int
    status_utc: int
    criticality: int
    cooling_set_point: int
    heating_set_point: int
    load_adjustment_percent: int
    duty_cycle_percent: int
    control: int
    signature_type: int = NO_SIGNATURE
    signature: bytes = bytes(SIGNATURE_OCTETS)


@dataclass(frozen=True, slots=True)
class GetScheduledEvents:
    """Ask for events from a time on; 0 of them are all."""

    start_utc: int
    count_max: int
    least_issuer_event_id: int | None = None
    """None as in SE 1.0."""


Command = (
    LoadControlEvent
    | CancelLoadControlEvent
    | CancelAllLoadControlEvents
    | ReportEventStatus
    | GetScheduledEvents
)

COMMANDS: CommandSet[Command] = CommandSet(
    CLUSTER,
    {
        (SERVER, 0x00): (
            LoadControlEvent,
            c.Struct(
                "issuer_event_id" / fields.U32,
                "device_class" / fields.U16,
                "group" / fields.U8,
                "start_utc" / fields.UTC,
                "duration_minutes" / fields.U16,
                "criticality" / fields.U8,
                "cooling_offset" / fields.U8,
                "heating_offset" / fields.U8,
                "cooling_set_point" / fields.I16,
                "heating_set_point" / fields.I16,
                "load_adjustment_percent" / fields.I8,
                "duty_cycle_percent" / fields.U8,
                "control" / fields.U8,
            ),
        ),
        (SERVER, 0x01): (
            CancelLoadControlEvent,
            c.Struct(
                "issuer_event_id" / fields.U32,
                "device_class" / fields.U16,
                "group" / fields.U8,
                "control" / fields.U8,
                "effective_utc" / fields.UTC,
            ),
        ),
        (SERVER, 0x02): (CancelAllLoadControlEvents, c.Struct("control" / fields.U8)),
        (CLIENT, 0x00): (
            ReportEventStatus,
            c.Struct(
                "issuer_event_id" / fields.U32,
                "status" / fields.U8,
                "status_utc" / fields.UTC,
                "criticality" / fields.U8,
                "cooling_set_point" / fields.I16,
                "heating_set_point" / fields.I16,
                "load_adjustment_percent" / fields.I8,
                "duty_cycle_percent" / fields.U8,
                "control" / fields.U8,
                "signature_type" / fields.U8,
                "signature" / c.Bytes(SIGNATURE_OCTETS),
            ),
        ),
        (CLIENT, 0x01): (
            GetScheduledEvents,
            c.Struct(
                "start_utc" / fields.UTC,
                "count_max" / fields.U8,
                fields.optional("least_issuer_event_id", fields.U32),
            ),
        ),
    },
)

"""Events cluster (0x0709): a device's logs, read or published.

Source: ZigBee Smart Energy Standard (07-5356), section D.11, as collected in han.md section 6; the
Clear Event Log Response is from memory of it and was read back by tshark 4.0.17. Little-endian.
"""

import enum
from dataclasses import dataclass

import construct as c

from hanbench.protocol.layout import enumerated, sequence_of
from hanbench.protocol.zigbee import fields
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, SERVER, ClusterId, CommandSet

CLUSTER = ClusterId.EVENTS


class LogId(enum.IntEnum):
    """The logs of a device."""

    ALL = 0
    TAMPER = 1
    FAULT = 2
    GENERAL_EVENT = 3
    SECURITY_EVENT = 4
    NETWORK_EVENT = 5


class EventControl(enum.IntFlag):
    """What the receiver does with a published event."""

    REPORT_TO_HAN = 0x01
    REPORT_TO_HEAD_END = 0x02


@dataclass(frozen=True, slots=True, kw_only=True)
class GetEventLog:
    """Ask for the events of a log between two times; event 0 is any, 0 events are all.

    `control_and_log` is the control (bits 4 to 7) and the log (0 to 3).
    """

    control_and_log: int
    event_id: int
    start_utc: int
    end_utc: int
    count_max: int
    offset: int


@dataclass(frozen=True, slots=True)
class ClearEventLog:
    """Empty a log."""

    log: LogId


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishEvent:
    """Tell about one event."""

    log: LogId
    event_id: int
    event_utc: int
    control: int = 0
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One entry of a published log."""

    log: LogId
    event_id: int
    event_utc: int
    data: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishEventLog:
    """Answer a request with one part of the log.

    `count_and_control` is the number of events in this part (bits 4 to 7), which must be true, and
    the control (0 to 3).
    """

    matching_total: int
    index: int
    index_total: int
    count_and_control: int
    events: tuple[LoggedEvent, ...]


@dataclass(frozen=True, slots=True)
class ClearEventLogResponse:
    """Say which logs were emptied, one bit a log."""

    cleared_logs: int


Command = GetEventLog | ClearEventLog | PublishEvent | PublishEventLog | ClearEventLogResponse

_LOG = enumerated(LogId, fields.U8)
_EVENT = fields.record(
    LoggedEvent,
    c.Struct(
        "log" / _LOG,
        "event_id" / fields.U16,
        "event_utc" / fields.UTC,
        "data" / fields.OCTETS,
    ),
)

COMMANDS: CommandSet[Command] = CommandSet(
    CLUSTER,
    {
        (CLIENT, 0x00): (
            GetEventLog,
            c.Struct(
                "control_and_log" / fields.U8,
                "event_id" / fields.U16,
                "start_utc" / fields.UTC,
                "end_utc" / fields.UTC,
                "count_max" / fields.U8,
                "offset" / fields.U16,
            ),
        ),
        (CLIENT, 0x01): (ClearEventLog, c.Struct("log" / _LOG)),
        (SERVER, 0x00): (
            PublishEvent,
            c.Struct(
                "log" / _LOG,
                "event_id" / fields.U16,
                "event_utc" / fields.UTC,
                "control" / fields.U8,
                "data" / fields.OCTETS,
            ),
        ),
        (SERVER, 0x01): (
            PublishEventLog,
            c.Struct(
                "matching_total" / fields.U16,
                "index" / fields.U8,
                "index_total" / fields.U8,
                "count_and_control" / fields.U8,
                "events" / sequence_of(c.Array(c.this.count_and_control >> 4, _EVENT)),
            ),
        ),
        (SERVER, 0x02): (ClearEventLogResponse, c.Struct("cleared_logs" / fields.U8)),
    },
)

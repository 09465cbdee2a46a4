"""Messaging cluster (0x0703): texts for the display, and their confirmation.

Source: ZigBee Smart Energy Standard (07-5356), section D.5, as collected in han.md section 6.
Little-endian; durations in minutes, FFFF until cancelled.
"""

import enum
from dataclasses import dataclass

import construct as c

from hanbench.protocol.zigbee import fields
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, SERVER, ClusterId, CommandSet

CLUSTER = ClusterId.MESSAGING


class MessageControl(enum.IntFlag):
    """Bits of the message control octet; importance is two bits."""

    INTER_PAN_AND_NORMAL = 0x01
    INTER_PAN_ONLY = 0x02
    IMPORTANCE_MEDIUM = 0x04
    IMPORTANCE_HIGH = 0x08
    ENHANCED_CONFIRMATION = 0x20
    CONFIRMATION = 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayMessage:
    """Show a text."""

    message_id: int
    control: int
    start_utc: int
    duration_minutes: int
    text: str
    extended_control: int | None = None
    """None as in SE 1.0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayProtectedMessage:
    """Show a text behind a password."""

    message_id: int
    control: int
    start_utc: int
    duration_minutes: int
    text: str
    extended_control: int | None = None


@dataclass(frozen=True, slots=True)
class CancelMessage:
    """Take one text away."""

    message_id: int
    control: int


@dataclass(frozen=True, slots=True)
class CancelAllMessages:
    """Take all texts away at a time."""

    implementation_utc: int


@dataclass(frozen=True, slots=True)
class GetLastMessage:
    """Ask for the last text."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the enhanced confirmation adds."""

    control: int
    response: bytes


@dataclass(frozen=True, slots=True)
class MessageConfirmation:
    """Say that the consumer has seen a text."""

    message_id: int
    confirmed_utc: int
    enhanced: Confirmation | None = None


@dataclass(frozen=True, slots=True)
class GetMessageCancellation:
    """Ask for cancellations from a time on."""

    earliest_utc: int


Command = (
    DisplayMessage
    | DisplayProtectedMessage
    | CancelMessage
    | CancelAllMessages
    | GetLastMessage
    | MessageConfirmation
    | GetMessageCancellation
)

_DISPLAY = c.Struct(
    "message_id" / fields.U32,
    "control" / fields.U8,
    "start_utc" / fields.UTC,
    "duration_minutes" / fields.U16,
    "text" / fields.TEXT,
    fields.optional("extended_control", fields.U8),
)
_CONFIRMATION = fields.record(
    Confirmation, c.Struct("control" / fields.U8, "response" / fields.OCTETS)
)

COMMANDS: CommandSet[Command] = CommandSet(
    CLUSTER,
    {
        (SERVER, 0x00): (DisplayMessage, _DISPLAY),
        (SERVER, 0x01): (CancelMessage, c.Struct("message_id" / fields.U32, "control" / fields.U8)),
        (SERVER, 0x02): (DisplayProtectedMessage, _DISPLAY),
        (SERVER, 0x03): (CancelAllMessages, c.Struct("implementation_utc" / fields.UTC)),
        (CLIENT, 0x00): (GetLastMessage, c.Struct()),
        (CLIENT, 0x01): (
            MessageConfirmation,
            c.Struct(
                "message_id" / fields.U32,
                "confirmed_utc" / fields.UTC,
                fields.optional("enhanced", _CONFIRMATION),
            ),
        ),
        (CLIENT, 0x02): (GetMessageCancellation, c.Struct("earliest_utc" / fields.UTC)),
    },
)

"""What a head-end asks of the hub itself, what the hub answers, and alerts.

Source: modelled [M] (domain.md 10.3, 10.8: an Instruction that waits in the gas mirror can be
cancelled, and "cancelled" may be answered after the fetch has happened). Each message begins with a
kind octet; big-endian. These travel under the transport MAC alone: none needs a SUA code.
"""

from dataclasses import asdict, dataclass

import construct as c

from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.layout import Layout, OneOf, sequence_of
from hanbench.protocol.layout_trace import Trace

EVERY_MESSAGE = 0
"""As the message id of a cancellation: all that wait for the target."""


@dataclass(frozen=True, slots=True)
class CancelBuffered:
    """Drop one Instruction (or all) waiting for a device."""

    target: Eui64
    message_id: int = EVERY_MESSAGE


@dataclass(frozen=True, slots=True)
class ListBuffered:
    """Tell what waits for a device."""

    target: Eui64


@dataclass(frozen=True, slots=True)
class ClearBuffered:
    """Drop what waits for every device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDevice:
    """Put a device on the device log and open the window for it (8.11 Add)."""

    device: Eui64
    window_s: int
    """JoinTimePeriod, 1 to 3600 s."""
    install_code: bytes
    """With its CRC."""


@dataclass(frozen=True, slots=True)
class UnlogDevice:
    """Take a device off the device log (8.11 Remove)."""

    device: Eui64


HubCommand = CancelBuffered | ListBuffered | ClearBuffered | LogDevice | UnlogDevice


@dataclass(frozen=True, slots=True)
class Cancelled:
    """This many were dropped before a device had fetched any part of them."""

    count: int


@dataclass(frozen=True, slots=True)
class TooLate:
    """The device has fetched it, or may have."""


@dataclass(frozen=True, slots=True)
class NotFound:
    """Nothing of that id is known for that device."""


@dataclass(frozen=True, slots=True)
class Buffered:
    """The message ids that wait, in the order in which the device will be offered them."""

    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Logged:
    """The device is on the log: 1 if it is new there, 0 if it was, and its key is untouched."""

    is_new: int


@dataclass(frozen=True, slots=True)
class Unlogged:
    """The device is off the log."""


@dataclass(frozen=True, slots=True)
class BadInstallCode:
    """The install code is none: which part of it is wrong."""

    field: str


HubAnswer = Cancelled | TooLate | NotFound | Buffered | Logged | Unlogged | BadInstallCode


@dataclass(frozen=True, slots=True)
class Alert:
    """What a device tells the head-end unasked."""

    code: int
    """Alert code of domain.md 3.3, e.g. 0x8F3D."""
    text: str


_COMMANDS: OneOf[HubCommand] = OneOf(
    "hub command",
    {
        b"\x01": (CancelBuffered, c.Struct("target" / c.Int64ub, "message_id" / c.Int32ub)),
        b"\x02": (ListBuffered, c.Struct("target" / c.Int64ub)),
        b"\x03": (ClearBuffered, c.Struct()),
        b"\x04": (
            LogDevice,
            c.Struct(
                "device" / c.Int64ub,
                "window_s" / c.Int16ub,
                "install_code" / c.Prefixed(c.Int8ub, c.GreedyBytes),
            ),
        ),
        b"\x05": (UnlogDevice, c.Struct("device" / c.Int64ub)),
    },
)
_ANSWERS: OneOf[HubAnswer] = OneOf(
    "hub answer",
    {
        b"\x01": (Cancelled, c.Struct("count" / c.Int16ub)),
        b"\x02": (TooLate, c.Struct()),
        b"\x03": (NotFound, c.Struct()),
        b"\x04": (
            Buffered,
            c.Struct("message_ids" / sequence_of(c.PrefixedArray(c.Int16ub, c.Int32ub))),
        ),
        b"\x05": (Logged, c.Struct("is_new" / c.Int8ub)),
        b"\x06": (Unlogged, c.Struct()),
        b"\x07": (BadInstallCode, c.Struct("field" / c.PascalString(c.Int8ub, "utf-8"))),
    },
)
_ALERT = Layout(
    "alert",
    c.Struct("code" / c.Int16ub, "text" / c.PascalString(c.Int8ub, "utf-8"), c.Terminated),
)


def encode_command(command: HubCommand) -> bytes:
    """Write the payload of a HUB_COMMAND envelope."""
    return _COMMANDS.encode(command)


def decode_command(data: bytes) -> HubCommand:
    """Read the payload of a HUB_COMMAND envelope; raise `DecodeError` if it is not one."""
    return _COMMANDS.decode(data)


def encode_answer(answer: HubAnswer) -> bytes:
    """Write the payload of a HUB_ANSWER envelope."""
    return _ANSWERS.encode(answer)


def decode_answer(data: bytes) -> HubAnswer:
    """Read the payload of a HUB_ANSWER envelope; raise `DecodeError` if it is not one."""
    return _ANSWERS.decode(data)


def encode_alert(alert: Alert) -> bytes:
    """Write the payload of an ALERT envelope; raise `EncodeError` if the text is too long."""
    return _ALERT.encode(asdict(alert))


def decode_alert(data: bytes) -> Alert:
    """Read the payload of an ALERT envelope; raise `DecodeError` if it is not one."""
    raw = _ALERT.decode(data)
    return Alert(raw.code, raw.text)


def trace_command(payload: bytes) -> tuple[str, Trace]:
    """Name a command, and say where each field lies, as far as it can be read."""
    return _COMMANDS.trace(payload)


def trace_answer(payload: bytes) -> tuple[str, Trace]:
    """Name an answer, and say where each field lies, as far as it can be read."""
    return _ANSWERS.trace(payload)


def trace_alert(data: bytes) -> Trace:
    """Say where each field of an alert lies, as far as it can be read."""
    return _ALERT.trace(data)

"""Answers of a device to an Instruction, and the payloads in them.

Source: modelled [M] (domain.md 10.2, 10.8). An answer is MACed by `SuaScheme.answer_mac` under the
SUA key that the device holds, and names that key's version: belief about a key follows the MAC,
never the outcome alone. A device without a key answers with version 0 and an empty MAC. The payload
of an accepted ROTATE or PROVE is the proof of the new key as it is, without a layout of its own.
All fields are big-endian.
"""

import enum
import functools
import struct
from dataclasses import asdict, dataclass

import construct as c

from hanbench.protocol.instruction import Register
from hanbench.protocol.layout import DECODED_KEPT, Layout, enumerated, sequence_of
from hanbench.protocol.layout_trace import Trace


class Outcome(enum.IntEnum):
    """What a device made of an Instruction, in the order of its checks where there is one."""

    ACCEPTED = 0
    MALFORMED = 1
    NOT_FOR_THIS_DEVICE = 2
    WRONG_KEY_VERSION = 3
    LOCKED_OUT = 4
    BAD_CODE = 5
    REPLAYED = 6
    OUT_OF_WINDOW = 7
    BAD_KEY_WRAP = 8
    """The wrapped key does not unwrap, or is not the one of the check value."""
    STALE_VERSION = 9
    """The version of the new key is not above the highest that the device has held."""
    NOTHING_STAGED = 10
    NO_KEY = 11
    """The key slot is torn: the device can authenticate nobody."""
    REFUSED = 12
    """Authentic, but the device will not do it; the payload says why where there is one."""
    UNAUTHORISED = 13
    """A guarded Instruction came without a code."""

    @property
    def words(self) -> str:
        """The outcome as a story prints it: `wrong-key-version`."""
        return self.name.lower().replace("_", "-")


class UtrnResult(enum.IntEnum):
    """What a meter says to a native UTRN (Liberty 100 manual: the words of its display)."""

    ACCEPTED = 0
    DUPLICATE = 1
    INVALID = 2
    INCORRECT = 3
    INCOMPLETE = 4
    ACCOUNT_HIGH = 5
    ACCOUNT_LOW = 6
    KEY_LOCKED = 7

    @property
    def words(self) -> str:
        """The result as a story prints it: `account-high`."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class AnswerMessage:
    """What an ANSWER envelope carries. Its MAC also covers the digest of the request."""

    outcome: Outcome
    key_version: int
    """The version that the device holds as current; 0: none."""
    last_counter: int
    """The last counter spent under that version."""
    payload: bytes = b""
    mac: bytes = b""


@dataclass(frozen=True, slots=True)
class RegisterReading:
    """The payload of an accepted READ_REGISTER; the unit is in the name of the register."""

    register: Register
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SuaStatus:
    """The payload of READ_SUA_STATUS; a version of 0 means that there is no such key."""

    current_version: int
    staged_version: int
    max_version: int
    """The highest version ever held: a successor must be above it."""
    last_counter: int
    failures: int
    locked_remaining_s: int


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry of a device's log; code 0 for an entry without one."""

    utc_s: int
    code: int
    """Alert or event code of domain.md 3.3, e.g. 0x8F3D."""
    text: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """The payload of an accepted READ_LOG, newest entry first."""

    total: int
    """How many entries the log holds."""
    lines: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True)
class UtrnAnswer:
    """The payload of ADD_CREDIT_UTRN, accepted or refused."""

    result: UtrnResult
    pence: int
    """What was added, or taken when negative; 0 when refused."""
    balance_pence: int


# Strict UTF-8: each text has one encoding and each encoding one text.
_TEXT = c.PascalString(c.Int8ub, "utf-8")

_ANSWER = Layout(
    "answer",
    c.Struct(
        "outcome" / enumerated(Outcome, c.Int8ub),
        "key_version" / c.Int32ub,
        "last_counter" / c.Int64ub,
        "payload" / c.Prefixed(c.Int16ub, c.GreedyBytes),
        "mac" / c.Prefixed(c.Int8ub, c.GreedyBytes),
        c.Terminated,
    ),
)
_HEAD, _LENGTH = struct.Struct(">BIQH"), struct.Struct("B")
"""The same up to the payload, and the length of the MAC: a tenth of the time."""
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_READING = Layout(
    "register reading",
    c.Struct("register" / enumerated(Register, c.Int8ub), "value" / c.Int64sb, c.Terminated),
)
_STATUS = Layout(
    "SUA status",
    c.Struct(
        "current_version" / c.Int32ub,
        "staged_version" / c.Int32ub,
        "max_version" / c.Int32ub,
        "last_counter" / c.Int64ub,
        "failures" / c.Int8ub,
        "locked_remaining_s" / c.Int32ub,
        c.Terminated,
    ),
)
_LINE = c.Struct("utc_s" / c.Int64ub, "code" / c.Int16ub, "text" / _TEXT)
_PAGE = Layout(
    "log page",
    c.Struct(
        "total" / c.Int16ub,
        "lines" / sequence_of(c.PrefixedArray(c.Int8ub, _LINE)),
        c.Terminated,
    ),
)
_UTRN = Layout(
    "UTRN answer",
    c.Struct(
        "result" / enumerated(UtrnResult, c.Int8ub),
        "pence" / c.Int32sb,
        "balance_pence" / c.Int32sb,
        c.Terminated,
    ),
)


def encode(answer: AnswerMessage) -> bytes:
    """Write an answer; raise `EncodeError` if a part is too long."""
    payload, mac = answer.payload, answer.mac
    try:
        head = _HEAD.pack(answer.outcome, answer.key_version, answer.last_counter, len(payload))
        return b"".join((head, payload, _LENGTH.pack(len(mac)), mac))
    except struct.error:
        return _ANSWER.encode(asdict(answer))  # it says which field does not fit


@functools.lru_cache(maxsize=DECODED_KEPT)
def decode(data: bytes) -> AnswerMessage:
    """Read an answer, its MAC unchecked; raise `DecodeError` if it is not one."""
    return _decode_common(data) or _decode_any(data)


def _decode_common(data: bytes) -> AnswerMessage | None:
    if len(data) < _HEAD.size:
        return None
    outcome, key_version, last_counter, length = _HEAD.unpack_from(data)
    end = _HEAD.size + length
    if outcome not in _OUTCOMES or end >= len(data) or data[end] != len(data) - end - 1:
        return None
    payload, mac = data[_HEAD.size : end], data[end + 1 :]
    return AnswerMessage(_OUTCOMES[outcome], key_version, last_counter, payload, mac)


def _decode_any(data: bytes) -> AnswerMessage:
    """Read it field by field: of octets that are no answer it says which one is wrong."""
    raw = _ANSWER.decode(data)
    return AnswerMessage(raw.outcome, raw.key_version, raw.last_counter, raw.payload, raw.mac)


def encode_reading(reading: RegisterReading) -> bytes:
    """Write the payload of READ_REGISTER."""
    return _READING.encode(asdict(reading))


def decode_reading(data: bytes) -> RegisterReading:
    """Read the payload of READ_REGISTER; raise `DecodeError` if it is not one."""
    raw = _READING.decode(data)
    return RegisterReading(raw.register, raw.value)


def encode_status(status: SuaStatus) -> bytes:
    """Write the payload of READ_SUA_STATUS."""
    return _STATUS.encode(asdict(status))


def decode_status(data: bytes) -> SuaStatus:
    """Read the payload of READ_SUA_STATUS; raise `DecodeError` if it is not one."""
    raw = _STATUS.decode(data)
    return SuaStatus(
        current_version=raw.current_version,
        staged_version=raw.staged_version,
        max_version=raw.max_version,
        last_counter=raw.last_counter,
        failures=raw.failures,
        locked_remaining_s=raw.locked_remaining_s,
    )


def encode_log_page(page: LogPage) -> bytes:
    """Write the payload of READ_LOG; raise `EncodeError` if a text is over 255 octets."""
    return _PAGE.encode(asdict(page))


def decode_log_page(data: bytes) -> LogPage:
    """Read the payload of READ_LOG; raise `DecodeError` if it is not one."""
    raw = _PAGE.decode(data)
    return LogPage(raw.total, tuple(LogLine(it.utc_s, it.code, it.text) for it in raw.lines))


def encode_utrn(answer: UtrnAnswer) -> bytes:
    """Write the payload of ADD_CREDIT_UTRN."""
    return _UTRN.encode(asdict(answer))


def decode_utrn(data: bytes) -> UtrnAnswer:
    """Read the payload of ADD_CREDIT_UTRN; raise `DecodeError` if it is not one."""
    raw = _UTRN.decode(data)
    return UtrnAnswer(raw.result, raw.pence, raw.balance_pence)


def trace(data: bytes) -> Trace:
    """Say where each field of an answer lies, as far as it can be read."""
    return _ANSWER.trace(data)


def trace_reading(data: bytes) -> Trace:
    """Say where each field of the payload of READ_REGISTER lies, as far as it can be read."""
    return _READING.trace(data)


def trace_status(data: bytes) -> Trace:
    """Say where each field of the payload of READ_SUA_STATUS lies, as far as it can be read."""
    return _STATUS.trace(data)


def trace_log_page(data: bytes) -> Trace:
    """Say where each field of the payload of READ_LOG lies, as far as it can be read."""
    return _PAGE.trace(data)


def trace_utrn(data: bytes) -> Trace:
    """Say where each field of the payload of ADD_CREDIT_UTRN lies, as far as it can be read."""
    return _UTRN.trace(data)

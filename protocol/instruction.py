"""Instructions to a device, and their canonical bytes; `command` has what carries one.

Source: modelled [M] (domain.md 10.2); no schema of a Secure Instruction is public. Canonical bytes:
`type u8 | request_id u32 | parameters`, big-endian; the SHA-256 of them is what a SUA code and an
answer MAC are bound to. Which types a GroupID "DA" device guards with a SUA is not public either:
here every one that changes state, except adding credit by native UTRN, which authenticates itself.
"""

import enum
import functools
import hashlib
from dataclasses import dataclass
from typing import ClassVar

import construct as c

from hanbench.protocol import command
from hanbench.protocol.layout import DECODED_KEPT, OneOf, enumerated

WRAPPED_KEY_OCTETS = 24
CHECK_VALUE_OCTETS = 3
NONCE_OCTETS = 16
UTRN_LENGTHS = (20, 40, 60)
"""Decimal digits of one, two or three native codes entered as one."""


class InstructionType(enum.IntEnum):
    """What a device is told to do [M]."""

    READ_REGISTER = 0x01
    READ_SUA_STATUS = 0x02
    READ_LOG = 0x03
    SET_CLOCK = 0x10
    SET_TARIFF = 0x11
    SET_PAYMENT_MODE = 0x12
    ARM_SUPPLY = 0x20
    ENABLE_SUPPLY = 0x21
    DISABLE_SUPPLY = 0x22
    NO_OP = 0x30
    """Changes nothing but the counter: a probe, and a fence against older copies (10.8)."""
    ROTATE_SUA_KEY = 0x40
    PREPARE_ROTATION = 0x41
    PROVE_ROTATION = 0x42
    CONFIRM_ROTATION = 0x43
    ABORT_ROTATION = 0x44
    ADD_CREDIT_UTRN = 0x50

    @property
    def words(self) -> str:
        """The type as a story prints it: `rotate-sua-key`."""
        return self.name.lower().replace("_", "-")

    @property
    def is_guarded(self) -> bool:
        """Whether a device wants a SUA code with it."""
        return self not in _FREE


_FREE = frozenset(
    {
        InstructionType.READ_REGISTER,
        InstructionType.READ_SUA_STATUS,
        InstructionType.READ_LOG,
        InstructionType.ADD_CREDIT_UTRN,
    }
)


class Register(enum.IntEnum):
    """What `ReadRegister` reads; the last word of a name is the unit of the value."""

    IMPORT_WH = 1
    EXPORT_WH = 2
    GAS_VOLUME_DM3 = 3
    ACTIVE_POWER_W = 4
    METER_BALANCE_PENCE = 5
    EMERGENCY_CREDIT_PENCE = 6
    ACCUMULATED_DEBT_PENCE = 7
    STANDING_CHARGE_TENTH_PENCE = 8
    UNIT_RATE_TENTH_PENCE = 9
    CLOCK_UTC_S = 10
    SUPPLY_STATE = 11
    """0 disabled, 1 armed, 2 enabled (SupplyState of the DUIS schema, domain.md 3.1)."""
    PAYMENT_MODE = 12
    """A `PaymentMode`."""


class PaymentMode(enum.IntEnum):
    """PaymentMode of the DUIS schema (domain.md 3.1)."""

    CREDIT = 0
    PREPAYMENT = 1


class LogName(enum.IntEnum):
    """Which log of a device is read."""

    EVENT = 1
    SECURITY = 2
    UTRN = 3


@dataclass(frozen=True, slots=True)
class ReadRegister:
    """Read one register."""

    type: ClassVar[InstructionType] = InstructionType.READ_REGISTER
    request_id: int
    register: Register


@dataclass(frozen=True, slots=True)
class ReadSuaStatus:
    """Read the key versions, the last counter and the lock-out; the answer is MACed."""

    type: ClassVar[InstructionType] = InstructionType.READ_SUA_STATUS
    request_id: int


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Read `count` entries of a log, the newest being number 0."""

    type: ClassVar[InstructionType] = InstructionType.READ_LOG
    request_id: int
    log: LogName
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class SetClock:
    """Set the clock to seconds since 1970-01-01 UTC."""

    type: ClassVar[InstructionType] = InstructionType.SET_CLOCK
    request_id: int
    utc_s: int


@dataclass(frozen=True, slots=True)
class SetTariff:
    """Set the standing charge a day and the one rate a kWh, in tenths of a penny."""

    type: ClassVar[InstructionType] = InstructionType.SET_TARIFF
    request_id: int
    standing_charge_tenth_pence: int
    unit_rate_tenth_pence: int


@dataclass(frozen=True, slots=True)
class SetPaymentMode:
    """Change between credit and prepayment."""

    type: ClassVar[InstructionType] = InstructionType.SET_PAYMENT_MODE
    request_id: int
    mode: PaymentMode


@dataclass(frozen=True, slots=True)
class ArmSupply:
    """Let the consumer close the supply at the meter."""

    type: ClassVar[InstructionType] = InstructionType.ARM_SUPPLY
    request_id: int


@dataclass(frozen=True, slots=True)
class EnableSupply:
    """Close the supply (electricity only: gas is never opened remotely, domain.md 3.2)."""

    type: ClassVar[InstructionType] = InstructionType.ENABLE_SUPPLY
    request_id: int


@dataclass(frozen=True, slots=True)
class DisableSupply:
    """Open the contactor or close the valve."""

    type: ClassVar[InstructionType] = InstructionType.DISABLE_SUPPLY
    request_id: int


@dataclass(frozen=True, slots=True)
class NoOp:
    """Spend a counter and answer: a probe of the key, and a fence."""

    type: ClassVar[InstructionType] = InstructionType.NO_OP
    request_id: int


@dataclass(frozen=True, slots=True)
class RotateSuaKey:
    """Single-shot: replace the key at once; the code is under the key that goes."""

    type: ClassVar[InstructionType] = InstructionType.ROTATE_SUA_KEY
    request_id: int
    version: int
    wrapped_key: bytes
    check_value: bytes


@dataclass(frozen=True, slots=True)
class PrepareRotation:
    """Two-phase: stage a key; the current one stays valid, and the code is under it."""

    type: ClassVar[InstructionType] = InstructionType.PREPARE_ROTATION
    request_id: int
    version: int
    wrapped_key: bytes
    check_value: bytes


@dataclass(frozen=True, slots=True)
class ProveRotation:
    """Two-phase: prove the staged key over a nonce; the code is under the staged key."""

    type: ClassVar[InstructionType] = InstructionType.PROVE_ROTATION
    request_id: int
    version: int
    nonce: bytes


@dataclass(frozen=True, slots=True)
class ConfirmRotation:
    """Two-phase: make the staged key current; the code is under the staged key."""

    type: ClassVar[InstructionType] = InstructionType.CONFIRM_ROTATION
    request_id: int
    version: int


@dataclass(frozen=True, slots=True)
class AbortRotation:
    """Two-phase: drop the staged key that it names; the code is under the current key."""

    type: ClassVar[InstructionType] = InstructionType.ABORT_ROTATION
    request_id: int
    version: int


@dataclass(frozen=True, slots=True)
class AddCreditUtrn:
    """Enter 20, 40 or 60 digits of native UTRN, as at the keypad."""

    type: ClassVar[InstructionType] = InstructionType.ADD_CREDIT_UTRN
    request_id: int
    digits: str


Instruction = (
    ReadRegister
    | ReadSuaStatus
    | ReadLog
    | SetClock
    | SetTariff
    | SetPaymentMode
    | ArmSupply
    | EnableSupply
    | DisableSupply
    | NoOp
    | RotateSuaKey
    | PrepareRotation
    | ProveRotation
    | ConfirmRotation
    | AbortRotation
    | AddCreditUtrn
)


_REQUEST = "request_id" / c.Int32ub
_BARE = c.Struct(_REQUEST)
_NAMES_VERSION = c.Struct(_REQUEST, "version" / c.Int32ub)
_SUCCESSOR = c.Struct(
    _REQUEST,
    "version" / c.Int32ub,
    "wrapped_key" / c.Bytes(WRAPPED_KEY_OCTETS),
    "check_value" / c.Bytes(CHECK_VALUE_OCTETS),
)
_PROVE = c.Struct(_REQUEST, "version" / c.Int32ub, "nonce" / c.Bytes(NONCE_OCTETS))
_REGISTER = c.Struct(_REQUEST, "register" / enumerated(Register, c.Int8ub))
_LOG = c.Struct(
    _REQUEST,
    "log" / enumerated(LogName, c.Int8ub),
    "first" / c.Int16ub,
    "count" / c.Int8ub,
)
_CLOCK = c.Struct(_REQUEST, "utc_s" / c.Int64ub)
_TARIFF = c.Struct(
    _REQUEST,
    "standing_charge_tenth_pence" / c.Int32ub,
    "unit_rate_tenth_pence" / c.Int32ub,
)
_MODE = c.Struct(_REQUEST, "mode" / enumerated(PaymentMode, c.Int8ub))
_DIGITS = c.ExprValidator(
    # Latin-1 maps every octet, so that a strange digit is refused here and not by the text codec.
    c.PascalString(c.Int8ub, "latin-1"),
    lambda digits, _: digits.isascii() and digits.isdigit() and len(digits) in UTRN_LENGTHS,
)
_UTRN = c.Struct(_REQUEST, "digits" / _DIGITS)

_INSTRUCTIONS: OneOf[Instruction] = OneOf(
    "instruction",
    {
        bytes([kind.type]): (kind, layout)
        for kind, layout in (
            (ReadRegister, _REGISTER),
            (ReadSuaStatus, _BARE),
            (ReadLog, _LOG),
            (SetClock, _CLOCK),
            (SetTariff, _TARIFF),
            (SetPaymentMode, _MODE),
            (ArmSupply, _BARE),
            (EnableSupply, _BARE),
            (DisableSupply, _BARE),
            (NoOp, _BARE),
            (RotateSuaKey, _SUCCESSOR),
            (PrepareRotation, _SUCCESSOR),
            (ProveRotation, _PROVE),
            (ConfirmRotation, _NAMES_VERSION),
            (AbortRotation, _NAMES_VERSION),
            (AddCreditUtrn, _UTRN),
        )
    },
)

trace = _INSTRUCTIONS.trace  # where each field lies

# Who makes or reads an Instruction nearly always needs the Command that carries it.
Authorisation = command.Authorisation
Command = command.Command
encode_command = command.encode_command
decode_command = command.decode_command
trace_command = command.trace_command


@functools.lru_cache(maxsize=DECODED_KEPT)
def encode(instruction: Instruction) -> bytes:
    """Write the canonical bytes; raise `EncodeError` if a parameter does not fit."""
    return _INSTRUCTIONS.encode(instruction)


@functools.lru_cache(maxsize=DECODED_KEPT)
def decode(data: bytes) -> Instruction:
    """Read canonical bytes; raise `DecodeError` unless every octet is accounted for."""
    return _INSTRUCTIONS.decode(data)


@functools.lru_cache(maxsize=DECODED_KEPT)
def digest(instruction_bytes: bytes) -> bytes:
    """Return the SHA-256 that SUA codes and answer MACs are bound to."""
    return hashlib.sha256(instruction_bytes).digest()

"""The Command that carries an Instruction to a device, with the SUA code that guards it.

Source: modelled [M] (domain.md 10.2). Big-endian:

    length u16 | canonical bytes of the Instruction | is_authorised u8
    and if it is 1: key_version u32 | counter u64 | length u8 | code
"""

import functools
import struct
from dataclasses import asdict, dataclass

import construct as c

from hanbench.protocol.layout import DECODED_KEPT, Layout


@dataclass(frozen=True, slots=True)
class Authorisation:
    """A SUA code with the key version and the counter that it was issued for."""

    key_version: int
    counter: int
    code: bytes


@dataclass(frozen=True, slots=True)
class Command:
    """What an INSTRUCTION envelope carries: canonical Instruction bytes, and a code if guarded."""

    instruction: bytes
    authorisation: Authorisation | None = None


_AUTHORISATION = c.Struct(
    "key_version" / c.Int32ub,
    "counter" / c.Int64ub,
    "code" / c.Prefixed(c.Int8ub, c.GreedyBytes),
)
_COMMAND = Layout(
    "command",
    c.Struct(
        "instruction" / c.Prefixed(c.Int16ub, c.GreedyBytes),
        # Not `Flag`, which reads any octet as true: one message would have many encodings.
        "is_authorised" / c.OneOf(c.Int8ub, [0, 1]),
        "authorisation" / c.If(c.this.is_authorised, _AUTHORISATION),
        c.Terminated,
    ),
)
_LENGTH, _CODE = struct.Struct(">H"), struct.Struct(">IQB")
"""The parts of a command in one `struct` each: a tenth of the time."""
trace_command = _COMMAND.trace  # where each field lies


def encode_command(command: Command) -> bytes:
    """Write what an INSTRUCTION envelope carries; raise `EncodeError` if a part is too long."""
    code = command.authorisation
    try:
        octets = _LENGTH.pack(len(command.instruction)) + command.instruction
        if code is None:
            return octets + b"\0"
        numbers = _CODE.pack(code.key_version, code.counter, len(code.code))
        return b"".join((octets, b"\1", numbers, code.code))
    except struct.error:
        return _encode_any(command)  # it says which part does not fit


def _encode_any(command: Command) -> bytes:
    code = command.authorisation
    return _COMMAND.encode(
        {
            "instruction": command.instruction,
            "is_authorised": int(code is not None),
            "authorisation": asdict(code) if code is not None else None,
        }
    )


@functools.lru_cache(maxsize=DECODED_KEPT)
def decode_command(data: bytes) -> Command:
    """Read a command, the Instruction in it still encoded; raise `DecodeError` as `decode` does."""
    return _decode_common(data) or _decode_any(data)


def _decode_common(data: bytes) -> Command | None:
    """Read a command with a code."""
    begins = _LENGTH.size + int.from_bytes(data[: _LENGTH.size], "big")
    ends = begins + 1 + _CODE.size
    if len(data) < ends or data[begins] != 1 or data[ends - 1] != len(data) - ends:
        return None
    key_version, counter, _ = _CODE.unpack_from(data, begins + 1)
    code = Authorisation(key_version, counter, data[ends:])
    return Command(data[_LENGTH.size : begins], code)


def _decode_any(data: bytes) -> Command:
    raw = _COMMAND.decode(data)
    if raw.authorisation is None:
        return Command(raw.instruction)
    code = raw.authorisation
    return Command(raw.instruction, Authorisation(code.key_version, code.counter, code.code))

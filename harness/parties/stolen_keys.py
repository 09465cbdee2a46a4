"""What an SMSO can do that kept more than it should: the caveat of P7, made to happen.

Source: modelled [M] (domain.md 10.6): the new key travels wrapped under the per-device master key.
Whoever kept that key and saw the rotation on the WAN unwraps it, and commands the meter for ever
after, in either profile. With the old key and the master key alone nothing can be read.
"""

from collections.abc import Iterable

from hanbench.harness.envelope_names import read_envelope
from hanbench.protocol import instruction as instructions
from hanbench.protocol import wan
from hanbench.protocol.errors import ProtocolError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import (
    Authorisation,
    Command,
    Instruction,
    PrepareRotation,
    RotateSuaKey,
)
from hanbench.protocol.keys import Key
from hanbench.protocol.sua import SuaScheme, SuaScope
from hanbench.protocol.sua_rotation import open_successor, successor_of
from hanbench.protocol.wan import Envelope, EnvelopeKind


def read_transcript(
    scheme: SuaScheme, master: Key, envelopes: Iterable[bytes], eui64: Eui64
) -> dict[int, Key]:
    """Return the keys that rotations in the transcript carried to a device, by version."""
    keys: dict[int, Key] = {}
    for octets in envelopes:
        rotation = _rotation_in(octets, eui64)
        if rotation is None:
            continue
        try:
            key = open_successor(scheme, master, successor_of(rotation), eui64)
        except ProtocolError:
            continue  # wrapped under another master key
        keys[rotation.version] = key
    return keys


def command_under(
    scheme: SuaScheme, key: Key, scope: SuaScope, instruction: Instruction
) -> Command:
    """Return an Instruction with a code under a key that the caller should not have."""
    octets = instructions.encode(instruction)
    code = scheme.issue(key, scope)
    return Command(octets, Authorisation(scope.key_version, scope.counter, code))


def enveloped(
    command: Command, *, sender: Eui64, target: Eui64, message_id: int, transport: Key
) -> bytes:
    """Frame a Command as a head-end does."""
    envelope = Envelope(
        kind=EnvelopeKind.INSTRUCTION,
        originator=sender,
        target=target,
        message_id=message_id,
        originator_counter=message_id,
        payload=instructions.encode_command(command),
    )
    return wan.encode(envelope, transport)


def _rotation_in(octets: bytes, eui64: Eui64) -> RotateSuaKey | PrepareRotation | None:
    envelope = read_envelope(octets)
    if envelope is None or envelope.target != eui64:
        return None
    if envelope.kind is not EnvelopeKind.INSTRUCTION:
        return None
    try:
        held = instructions.decode(instructions.decode_command(envelope.payload).instruction)
    except ProtocolError:
        return None
    return held if isinstance(held, RotateSuaKey | PrepareRotation) else None

"""Reads from an envelope what the bench calls it by: role, digest, code."""

from hanbench.protocol import hub_command, wan
from hanbench.protocol import instruction as instructions
from hanbench.protocol.errors import DecodeError, ProtocolError
from hanbench.protocol.hub_command import CancelBuffered, ClearBuffered, HubCommand, ListBuffered
from hanbench.protocol.instruction import Authorisation
from hanbench.protocol.keys import KeyStore, KeyUsage
from hanbench.protocol.wan import Envelope, EnvelopeKind

_HUB_ROLES: dict[type[HubCommand], str] = {
    CancelBuffered: "cancel-buffered",
    ListBuffered: "list-buffered",
    ClearBuffered: "clear-buffered",
}


def read_envelope(octets: bytes) -> Envelope | None:
    """Return the envelope, unverified; None if it is none."""
    try:
        return wan.decode(octets)
    except DecodeError:
        return None


def is_intact(octets: bytes, keys: KeyStore) -> bool:
    """Whether the transport MAC of an envelope from a meter to a head-end verifies."""
    envelope = read_envelope(octets)
    if envelope is None:
        return False
    try:
        wan.verify(octets, keys.key(envelope.originator, KeyUsage.TRANSPORT, envelope.target))
    except ProtocolError:
        return False
    return True


def role_of(envelope: Envelope) -> tuple[str, bytes]:
    """Return what an envelope asks for in words, and what tells it from others of its kind."""
    try:
        if envelope.kind is EnvelopeKind.INSTRUCTION:
            octets = instructions.decode_command(envelope.payload).instruction
            return instructions.decode(octets).type.words, instructions.digest(octets)
        if envelope.kind is EnvelopeKind.HUB_COMMAND:
            command = hub_command.decode_command(envelope.payload)
            return _HUB_ROLES[type(command)], envelope.message_id.to_bytes(4, "big")
    except DecodeError:
        pass  # whoever sent it may send anything; it goes by its message id
    return "unreadable", envelope.message_id.to_bytes(4, "big")


def code_of(envelope: Envelope) -> tuple[int | None, int | None]:
    """Return key version and counter of the SUA code in it; None and None where there is none."""
    code = _authorisation_in(envelope)
    return (None, None) if code is None else (code.key_version, code.counter)


def code_octets_of(envelope: Envelope) -> bytes | None:
    """Return the SUA code itself; None where there is none."""
    code = _authorisation_in(envelope)
    return None if code is None else code.code


def _authorisation_in(envelope: Envelope) -> Authorisation | None:
    if envelope.kind is not EnvelopeKind.INSTRUCTION:
        return None
    try:
        return instructions.decode_command(envelope.payload).authorisation
    except DecodeError:
        return None

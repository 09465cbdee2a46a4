"""What an envelope is called by, and that no octets break the calling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.harness.envelope_names import code_of, read_envelope, role_of
from hanbench.protocol import hub_command, wan
from hanbench.protocol import instruction as instructions
from hanbench.protocol.hub_command import CancelBuffered, ClearBuffered, HubCommand, ListBuffered
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import Authorisation, Command, NoOp, ReadSuaStatus
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.wan import Envelope, EnvelopeKind

KEY = derive_test_key("names", KeyUsage.TRANSPORT)
CODE = Authorisation(key_version=3, counter=17, code=bytes(8))


def envelope(payload: bytes, kind: EnvelopeKind = EnvelopeKind.INSTRUCTION) -> Envelope:
    return Envelope(
        kind=kind,
        originator=Eui64(1),
        target=Eui64(2),
        message_id=258,
        originator_counter=1,
        payload=payload,
    )


def guarded() -> bytes:
    return instructions.encode_command(Command(instructions.encode(NoOp(request_id=1)), CODE))


def free() -> bytes:
    return instructions.encode_command(Command(instructions.encode(ReadSuaStatus(request_id=1))))


def test_an_instruction_goes_by_its_type_and_digest() -> None:
    digest = instructions.digest(instructions.encode(NoOp(request_id=1)))

    assert role_of(envelope(guarded())) == ("no-op", digest)


@pytest.mark.parametrize(
    ("command", "role"),
    [
        (CancelBuffered(Eui64(2)), "cancel-buffered"),
        (ListBuffered(Eui64(2)), "list-buffered"),
        (ClearBuffered(), "clear-buffered"),
    ],
)
def test_a_hub_command_goes_by_its_name_and_message_id(command: HubCommand, role: str) -> None:
    payload = hub_command.encode_command(command)

    assert role_of(envelope(payload, EnvelopeKind.HUB_COMMAND)) == (role, b"\0\0\1\2")


@pytest.mark.parametrize("kind", list(EnvelopeKind))
def test_what_cannot_be_read_goes_by_its_message_id(kind: EnvelopeKind) -> None:
    assert role_of(envelope(b"\xff\xff", kind)) == ("unreadable", b"\0\0\1\2")


def test_the_code_of_a_guarded_instruction_is_read() -> None:
    assert code_of(envelope(guarded())) == (3, 17)


@pytest.mark.parametrize(
    "given_envelope",
    [
        envelope(free()),
        envelope(b"\xff"),
        envelope(guarded(), EnvelopeKind.ANSWER),
    ],
)
def test_where_there_is_no_code_there_is_none(given_envelope: Envelope) -> None:
    assert code_of(given_envelope) == (None, None)


def test_an_envelope_is_read_unverified() -> None:
    octets = bytearray(wan.encode(envelope(guarded()), KEY))
    octets[-1] ^= 1

    assert read_envelope(bytes(octets)) == envelope(guarded())


@given(st.binary(max_size=80), st.sampled_from(EnvelopeKind))
def test_no_octets_break_the_naming(octets: bytes, kind: EnvelopeKind) -> None:
    read = read_envelope(octets)
    sent = envelope(octets, kind)

    assert read is None or isinstance(read, Envelope)
    assert len(role_of(sent)[1]) in (4, 32)
    assert len(code_of(sent)) == 2

"""HAN-WAN-M1 envelopes: there and back, and no bit of one can be changed unseen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol import wan
from hanbench.protocol.errors import DecodeError, EncodeError, SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage, derive_test_key
from hanbench.protocol.wan import Envelope, EnvelopeKind

KEY = Key(KeyUsage.TRANSPORT, bytes(range(16)), is_test_material=True)
KNOWN = Envelope(
    kind=EnvelopeKind.INSTRUCTION,
    originator=Eui64(0x00DB00000000F00D),
    target=Eui64(0x00DB1234567890A1),
    message_id=0x01020304,
    originator_counter=9,
    payload=b"abc",
)
# Made here (synthetic model); the MAC by the openssl command line, not by the code under test.
KNOWN_HEX = "010100db00000000f00d00db1234567890a101020304000000000000000900036162636b47cb0e44921668"
U64 = st.integers(0, 2**64 - 1)
ENVELOPES = st.builds(
    Envelope,
    kind=st.sampled_from(EnvelopeKind),
    originator=U64.map(Eui64),
    target=U64.map(Eui64),
    message_id=st.integers(0, 2**32 - 1),
    originator_counter=U64,
    payload=st.binary(max_size=60),
)


def test_the_known_envelope_has_the_published_bytes() -> None:
    assert wan.encode(KNOWN, KEY).hex() == KNOWN_HEX
    assert wan.verify(bytes.fromhex(KNOWN_HEX), KEY) == KNOWN


@given(ENVELOPES)
def test_an_envelope_survives_its_bytes(envelope: Envelope) -> None:
    data = wan.encode(envelope, KEY)

    assert wan.decode(data) == envelope
    assert wan.verify(data, KEY) == envelope


@given(ENVELOPES)
def test_every_truncation_and_every_trailing_octet_is_refused(envelope: Envelope) -> None:
    data = wan.encode(envelope, KEY)

    for length in range(len(data)):
        with pytest.raises(DecodeError):
            wan.decode(data[:length])
    with pytest.raises(DecodeError):
        wan.decode(data + b"\0")


@given(st.binary(max_size=80) | st.binary(max_size=70).map(lambda tail: b"\x01\x01" + tail))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    try:
        envelope = wan.decode(data)
    except DecodeError:
        return
    assert wan.encode(envelope, KEY)[:-8] == data[:-8]


def test_no_bit_of_an_envelope_can_be_changed() -> None:
    data = bytes.fromhex(KNOWN_HEX)

    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises((SecurityError, DecodeError)):
            wan.verify(bytes(changed), KEY)


def test_another_transport_key_does_not_verify() -> None:
    with pytest.raises(SecurityError, match="MAC"):
        wan.verify(bytes.fromhex(KNOWN_HEX), derive_test_key("other", KeyUsage.TRANSPORT))


@pytest.mark.parametrize("usage", [it for it in KeyUsage if it is not KeyUsage.TRANSPORT])
def test_a_key_of_another_use_is_refused_though_its_octets_are_right(usage: KeyUsage) -> None:
    same_octets = Key(usage, KEY.value)

    with pytest.raises(SecurityError, match="transport"):
        wan.verify(bytes.fromhex(KNOWN_HEX), same_octets)
    with pytest.raises(SecurityError, match="transport"):
        wan.encode(KNOWN, same_octets)


def test_another_version_is_refused_by_name() -> None:
    with pytest.raises(DecodeError) as caught:
        wan.decode(b"\x02" + bytes.fromhex(KNOWN_HEX)[1:])

    assert caught.value.field == "envelope.version"


def test_a_payload_over_65535_octets_has_no_bytes() -> None:
    too_long = Envelope(
        kind=EnvelopeKind.ALERT,
        originator=Eui64(1),
        target=Eui64(2),
        message_id=1,
        originator_counter=1,
        payload=bytes(65_536),
    )

    with pytest.raises(EncodeError, match="payload"):
        wan.encode(too_long, KEY)


def test_kinds_are_printed_in_words() -> None:
    assert EnvelopeKind.HUB_COMMAND.words == "hub-command"

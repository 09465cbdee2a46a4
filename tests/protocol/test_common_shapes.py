"""The common shapes that one struct reads and writes: the layouts agree with every one of them.

A fast path that read a frame otherwise than the layout would be a second protocol.
"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol import answer, command, ieee802154, tunnel_segments, wan
from hanbench.protocol.answer import AnswerMessage, Outcome
from hanbench.protocol.command import Authorisation, Command
from hanbench.protocol.errors import EncodeError, SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.migration import signature
from hanbench.protocol.migration.signature import Signature
from hanbench.protocol.tunnel_segments import Segment
from hanbench.protocol.wan import Envelope, EnvelopeKind
from hanbench.protocol.zigbee import aps, attributes, nwk, zcl, zcl_general
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.security import AuxHeader, KeyId
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    Attribute,
    GeneralCommand,
    ReadAttributes,
    ReadAttributesResponse,
    ReadResult,
    ReportAttributes,
)

U8, U16, U32, U64 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 32, 64))
COUNTER = st.integers(0, 0xFFFF_FFFE)
PAYLOAD = st.binary(max_size=40)
NONE = st.none()
"""Said for each field that stays out: of a tuple, Hypothesis would fill in all of them."""

MAC = st.builds(
    MacFrame,
    frame_type=st.just(ieee802154.FrameType.DATA),
    sequence=U8,
    payload=PAYLOAD,
    target_pan=U16,
    target_short=U16,
    source_short=U16,
    ack_request=st.booleans(),
    frame_pending=st.booleans(),
    target_eui64=NONE,
    source_pan=NONE,
    source_eui64=NONE,
    version=st.integers(0, 1),
)
NETWORK_AUX = st.builds(
    AuxHeader,
    key_id=st.just(KeyId.NETWORK),
    frame_counter=COUNTER,
    source=U64,
    key_sequence=U8,
    requires_verified_counter=st.just(False),
)
NWK = st.builds(
    NwkFrame,
    frame_type=st.sampled_from(nwk.FrameType),
    target=U16,
    source=U16,
    radius=U8,
    sequence=U8,
    payload=PAYLOAD,
    source_eui64=st.none() | U64,
    discovers_route=st.booleans(),
    is_end_device_initiator=st.booleans(),
    security=NETWORK_AUX,
    target_eui64=NONE,
    multicast=NONE,
    relays=NONE,
    relay_index=NONE,
)
LINK_AUX = st.builds(
    AuxHeader,
    key_id=st.just(KeyId.LINK),
    frame_counter=COUNTER,
    source=U64,
    key_sequence=NONE,
    requires_verified_counter=st.just(False),
)
APS = st.builds(
    ApsFrame,
    frame_type=st.sampled_from([aps.FrameType.DATA, aps.FrameType.ACK]),
    counter=U8,
    payload=PAYLOAD,
    target_endpoint=U8,
    cluster=U16,
    profile=U16,
    source_endpoint=U8,
    ack_request=st.booleans(),
    security=st.none() | LINK_AUX,
    delivery=st.just(aps.Delivery.UNICAST),
    group=NONE,
    fragment=NONE,
)
ZCL = st.builds(
    ZclFrame,
    frame_type=st.sampled_from(FrameType),
    direction=st.sampled_from(Direction),
    sequence=U8,
    command_id=U8,
    payload=PAYLOAD,
    disable_default_response=st.booleans(),
    manufacturer=NONE,
)


def _value(shape: attributes.NumberShape) -> st.SearchStrategy[AttributeValue]:
    bits = 8 * shape.octets
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if shape.is_signed else (0, (1 << bits) - 1)
    return st.builds(AttributeValue, st.just(shape.type), st.integers(low, high))


NUMBER = st.sampled_from(sorted(attributes.NUMBERS)).flatmap(
    lambda number: _value(attributes.NUMBERS[number])
)
FAILED = st.sampled_from([one for one in ZclStatus if one is not ZclStatus.SUCCESS])
RESULT = st.builds(ReadResult, U16, st.just(ZclStatus.SUCCESS), NUMBER) | st.builds(
    ReadResult, U16, FAILED, NONE
)
REPORT = st.lists(st.builds(Attribute, U16, NUMBER), min_size=1, max_size=6).map(
    lambda found: ReportAttributes(tuple(found))
)
RESPONSE = st.lists(RESULT, min_size=1, max_size=6).map(
    lambda found: ReadAttributesResponse(tuple(found))
)
READ = st.lists(U16, max_size=6).map(lambda found: ReadAttributes(tuple(found)))
COMMAND = REPORT | RESPONSE | READ
NEARLY = st.tuples(COMMAND, st.integers(0, 40)).map(
    lambda drawn: zcl_general._COMMANDS.encode(drawn[0])[1 : 1 + drawn[1]]
)
"""The payload of a command, cut short as a rule."""


ENVELOPE = st.builds(
    Envelope,
    kind=st.sampled_from(EnvelopeKind),
    originator=U64,
    target=U64,
    message_id=U32,
    originator_counter=U64,
    payload=PAYLOAD,
)
ANSWER = st.builds(AnswerMessage, st.sampled_from(Outcome), U32, U64, PAYLOAD, PAYLOAD)
CODE = st.builds(Authorisation, U32, U64, PAYLOAD)
CARRIED = st.builds(Command, PAYLOAD, st.none() | CODE)
SCALAR = st.integers(0, (1 << 256) - 1)
SIGNATURE = st.builds(Signature, U64, SCALAR, SCALAR)
SEGMENT = st.integers(1, 40).flatmap(
    lambda size: st.builds(
        Segment,
        st.integers(1_000, 0xFFFF),
        st.integers(0, 900),
        st.binary(min_size=1, max_size=size),
    )
)
TRANSPORT = Key(KeyUsage.TRANSPORT, bytes(range(16)), is_test_material=True)


@given(ENVELOPE)
def test_an_envelope_is_read_as_by_the_layout(envelope: Envelope) -> None:
    octets = wan.encode(envelope, TRANSPORT)

    assert wan._decode_common(octets) == wan._decode_any(octets) == envelope


@given(ANSWER)
def test_an_answer_is_read_as_by_the_layout(message: AnswerMessage) -> None:
    octets = answer.encode(message)

    assert answer._decode_common(octets) == answer._decode_any(octets) == message


@given(CARRIED)
def test_a_command_is_read_and_written_as_by_the_layout(carried: Command) -> None:
    octets = command.encode_command(carried)

    assert command._encode_any(carried) == octets
    assert command._decode_any(octets) == carried
    assert command._decode_common(octets) == (carried if carried.authorisation else None)


@given(SIGNATURE)
def test_a_signature_is_read_as_by_the_layout(made: Signature) -> None:
    octets = signature.encode(made)

    assert signature._decode_common(octets) == signature._decode_any(octets) == made


@given(SEGMENT)
def test_a_segment_is_read_as_by_the_layout(segment: Segment) -> None:
    octets = tunnel_segments.encode(segment)

    assert tunnel_segments._read(octets) == tunnel_segments._read_any(octets) == segment


CODECS = [
    (wan._decode_common, wan._decode_any, ENVELOPE.map(lambda it: wan.encode(it, TRANSPORT))),
    (answer._decode_common, answer._decode_any, ANSWER.map(answer.encode)),
    (
        command._decode_common,
        command._decode_any,
        CARRIED.map(command.encode_command),
    ),
    (signature._decode_common, signature._decode_any, SIGNATURE.map(signature.encode)),
]


@pytest.mark.parametrize(("fast", "by_layout", "message"), CODECS)
@given(st.data())
def test_octets_with_a_damage_are_never_read_otherwise_than_by_the_layout(
    fast: Callable[[bytes], object],
    by_layout: Callable[[bytes], object],
    message: st.SearchStrategy[bytes],
    data: st.DataObject,
) -> None:
    octets = bytearray(data.draw(message))
    octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(U8)
    damaged = bytes(octets[: data.draw(st.integers(0, len(octets)))]) + data.draw(
        st.binary(max_size=2)
    )

    read = fast(damaged)

    if read is None:
        return  # what one `struct` leaves alone is for the layout to read or to refuse
    assert by_layout(damaged) == read


@pytest.mark.parametrize(
    "carried",
    [
        Command(bytes(0x1_0000)),
        Command(b"", Authorisation(1 << 32, 0, b"")),
        Command(b"", Authorisation(0, 0, bytes(256))),
    ],
)
def test_a_command_with_a_part_that_does_not_fit_is_refused_by_name(carried: Command) -> None:
    with pytest.raises(EncodeError, match="command"):
        command.encode_command(carried)


def test_numbers_that_do_not_fit_are_refused_by_name() -> None:
    with pytest.raises(EncodeError, match=r"signature\.r"):
        signature.encode(Signature(Eui64(0), 1 << 256, 0))
    with pytest.raises(EncodeError, match=r"segment\.total"):
        tunnel_segments.encode(Segment(0x1_0000, 0, b"1"))


@given(MAC)
def test_a_mac_frame_within_a_pan_is_read_and_written_as_by_the_layout(frame: MacFrame) -> None:
    octets = ieee802154.encode(frame)

    body = octets[: -ieee802154.FCS_OCTETS]
    assert ieee802154._encode_any(frame, ieee802154._control(frame)) == body
    assert ieee802154._decode_common(body) == ieee802154._decode_any(body) == frame


@given(NWK)
def test_a_sealed_nwk_frame_is_read_and_written_as_by_the_layout(frame: NwkFrame) -> None:
    octets = nwk.encode(frame)

    assert nwk._encode_any(frame, frame.security, frame.payload) == octets
    assert nwk._decode_any(octets) == frame
    assert nwk._decode_common(octets) in (frame, None)


@given(APS)
def test_an_aps_frame_between_endpoints_is_read_and_written_as_by_the_layout(
    frame: ApsFrame,
) -> None:
    octets = aps.encode(frame)

    assert aps._encode_any(frame, frame.security, frame.payload) == octets
    assert aps._decode_common(octets) == aps._decode_any(octets) == frame


@given(ZCL)
def test_a_zcl_frame_without_a_manufacturer_is_read_as_by_the_layout(frame: ZclFrame) -> None:
    octets = zcl.encode(frame)

    assert zcl._decode_common(octets) == zcl._decode_any(octets) == frame


@given(COMMAND)
def test_numbers_are_read_and_written_as_by_the_layout(command: GeneralCommand) -> None:
    octets = zcl_general._COMMANDS.encode(command)

    assert zcl_general._encode_plain(command) == octets
    assert zcl_general._decode_plain(octets[0], octets[1:]) == command
    assert zcl_general._COMMANDS.decode(octets) == command


@given(st.sampled_from([0x00, 0x01, 0x0A]), st.binary(max_size=24) | NEARLY)
def test_what_is_no_message_is_never_read_by_the_fast_path(number: int, payload: bytes) -> None:
    read = zcl_general._decode_plain(number, payload)

    if read is not None:
        assert zcl_general._COMMANDS.decode(bytes([number]) + payload) == read


@pytest.mark.parametrize(
    "report",
    [
        ReportAttributes((Attribute(0x1_0000, AttributeValue(DataType.UINT8, 1)),)),
        ReportAttributes((Attribute(0, AttributeValue(DataType.UINT8, 256)),)),
        ReportAttributes((Attribute(0, AttributeValue(DataType.UINT8, "one")),)),
        ReadAttributes((0x1_0000,)),
    ],
)
def test_a_command_that_does_not_fit_is_refused_by_name(report: GeneralCommand) -> None:
    with pytest.raises(EncodeError):
        zcl_general.encode(report, Direction.SERVER_TO_CLIENT, sequence=1)


def test_a_report_of_text_is_left_to_the_layout() -> None:
    report = ReportAttributes((Attribute(4, AttributeValue(DataType.TEXT, "Secure")),))

    frame = zcl_general.encode(report, Direction.SERVER_TO_CLIENT, sequence=1)

    assert zcl_general._encode_plain(report) is None
    assert zcl_general._decode_plain(0x0A, frame.payload) is None
    assert zcl_general.decode(frame) == report


def test_a_response_of_text_is_left_to_the_layout() -> None:
    text = AttributeValue(DataType.TEXT, "Secure")
    response = ReadAttributesResponse((ReadResult(4, ZclStatus.SUCCESS, text),))

    frame = zcl_general.encode(response, Direction.SERVER_TO_CLIENT, sequence=1)

    assert zcl_general._encode_plain(response) is None
    assert zcl_general._decode_plain(0x01, frame.payload) is None
    assert zcl_general.decode(frame) == response


@pytest.mark.parametrize(
    ("number", "payload"),
    [
        (0x0A, b"\x00\x00\x25\x01"),
        (0x0A, b"\x00\x00"),
        (0x0A, b""),
        (0x00, b"\x00\x00\x01"),
        (0x01, b"\x00\x00\x00\x25\x01"),
        (0x01, b"\x00\x00"),
        (0x01, b"\x00\x00\x42"),
    ],
)
def test_what_is_cut_short_or_unknown_is_left_to_the_layout(number: int, payload: bytes) -> None:
    assert zcl_general._decode_plain(number, payload) is None


@pytest.mark.parametrize(
    "aux",
    [
        AuxHeader(key_id=KeyId.KEY_LOAD, frame_counter=1, source=1),
        AuxHeader(key_id=KeyId.LINK, frame_counter=1),
        AuxHeader(key_id=KeyId.LINK, frame_counter=1, source=1, requires_verified_counter=True),
    ],
)
def test_an_uncommon_aps_security_header_is_left_to_the_layout(aux: AuxHeader) -> None:
    frame = ApsFrame(
        frame_type=aps.FrameType.DATA,
        counter=1,
        target_endpoint=1,
        cluster=2,
        profile=3,
        source_endpoint=4,
        security=aux,
    )

    octets = aps.encode(frame)

    assert aps._encode_common(frame, aux, b"") is None
    assert aps._decode_common(octets) is None
    assert aps.decode(octets) == frame


def test_a_link_key_header_with_a_key_sequence_is_refused() -> None:
    aux = AuxHeader(key_id=KeyId.LINK, frame_counter=1, source=1, key_sequence=0)
    frame = ApsFrame(
        frame_type=aps.FrameType.DATA,
        counter=1,
        target_endpoint=1,
        cluster=2,
        profile=3,
        source_endpoint=4,
        security=aux,
    )

    with pytest.raises(EncodeError):
        aps.encode(frame)


def test_a_key_for_another_use_is_refused() -> None:
    with pytest.raises(SecurityError, match="offered as"):
        Key(KeyUsage.LINK, bytes(16)).require(KeyUsage.SUA)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(SecurityError, match="octets, not 16"):
        Key(KeyUsage.LINK, bytes(15))


def test_a_mac_number_that_does_not_fit_is_refused_by_name() -> None:
    frame = MacFrame(
        frame_type=ieee802154.FrameType.DATA,
        sequence=256,
        target_pan=1,
        target_short=2,
        source_short=3,
    )

    with pytest.raises(EncodeError, match="sequence"):
        ieee802154.encode(frame)

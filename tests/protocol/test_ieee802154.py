"""MAC frames: every frame there and back, damage is noticed, contradictions have no octets."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol import ieee802154
from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.ieee802154 import FrameType, MacFrame

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"
FCS = json.loads((VECTORS / "crc.json").read_text())["fcs_802154"]

shorts = st.integers(0, 0xFFFF)
longs = st.integers(0, 2**64 - 1)


@st.composite
def frames(draw: st.DrawFn) -> MacFrame:
    target = draw(st.sampled_from(["none", "short", "long"]))
    source = draw(st.sampled_from(["none", "short", "long"]))
    has_source_pan = source != "none" and (target == "none" or draw(st.booleans()))
    return MacFrame(
        frame_type=draw(st.sampled_from(FrameType)),
        sequence=draw(st.integers(0, 255)),
        payload=draw(st.binary(max_size=80)),
        target_pan=draw(shorts) if target != "none" else None,
        target_short=draw(shorts) if target == "short" else None,
        target_eui64=draw(longs) if target == "long" else None,
        source_pan=draw(shorts) if has_source_pan else None,
        source_short=draw(shorts) if source == "short" else None,
        source_eui64=draw(longs) if source == "long" else None,
        ack_request=draw(st.booleans()),
        frame_pending=draw(st.booleans()),
        version=draw(st.integers(0, 1)),
    )


@pytest.mark.parametrize("vector", FCS, ids=[vector["data"][:12] for vector in FCS])
def test_the_frame_check_sequence_is_that_of_the_published_vectors(vector: dict[str, str]) -> None:
    assert ieee802154.fcs(bytes.fromhex(vector["data"])).hex() == vector["fcs_on_air"]


@given(frames())
def test_every_frame_comes_back_as_it_was(frame: MacFrame) -> None:
    assert ieee802154.decode(ieee802154.encode(frame)) == frame


@given(st.binary(max_size=40))
def test_any_octets_decode_or_are_refused_and_what_decodes_is_written_alike(body: bytes) -> None:
    data = body + ieee802154.fcs(body)
    try:
        frame = ieee802154.decode(data)
    except DecodeError:
        return
    assert ieee802154.encode(frame) == data


@given(frames(), st.data())
def test_one_flipped_bit_is_damage(frame: MacFrame, data: st.DataObject) -> None:
    octets = bytearray(ieee802154.encode(frame))
    bit = data.draw(st.integers(0, 8 * len(octets) - 1))
    octets[bit // 8] ^= 1 << bit % 8

    with pytest.raises(DecodeError) as refusal:
        ieee802154.decode(bytes(octets))

    assert refusal.value.field == ieee802154.FCS_FIELD


@given(frames())
def test_a_header_cut_short_is_refused_and_names_its_field(frame: MacFrame) -> None:
    header = ieee802154.encode(frame)[: -ieee802154.FCS_OCTETS - len(frame.payload) or None]
    for length in range(len(header)):
        cut = header[:length]
        with pytest.raises(DecodeError, match=r"^mac\.\w+: "):
            ieee802154.decode(cut + ieee802154.fcs(cut))


@pytest.mark.parametrize(
    ("control", "why"),
    [
        (0x8869, "leaves clear"),
        (0x88E1, "leaves clear"),
        (0xA861, "leaves clear"),
        (0x8865, "leaves clear"),
        (0x8461, "reserved address mode"),
        (0x4861, "reserved address mode"),
        (0x0841, "two addresses"),
    ],
)
def test_a_control_field_that_zigbee_does_not_use_is_refused(control: int, why: str) -> None:
    body = control.to_bytes(2, "little") + bytes(20)
    with pytest.raises(DecodeError, match=why):
        ieee802154.decode(body + ieee802154.fcs(body))


@pytest.mark.parametrize("pending", [False, True])
def test_an_acknowledgement_is_five_octets_and_says_whether_more_is_held(pending: bool) -> None:
    frame = ieee802154.decode(ieee802154.acknowledgement(0x56, pending=pending))

    assert frame == MacFrame(frame_type=FrameType.ACK, sequence=0x56, frame_pending=pending)


CONTRADICTIONS = {
    "both target addresses": MacFrame(
        frame_type=FrameType.DATA, sequence=0, target_pan=1, target_short=2, target_eui64=3
    ),
    "a PAN without an address": MacFrame(frame_type=FrameType.DATA, sequence=0, target_pan=1),
    "an address without a PAN": MacFrame(frame_type=FrameType.DATA, sequence=0, target_short=1),
    "a source PAN alone": MacFrame(frame_type=FrameType.DATA, sequence=0, source_pan=1),
    "compression without a target": MacFrame(frame_type=FrameType.DATA, sequence=0, source_short=1),
    "a later frame version": MacFrame(frame_type=FrameType.DATA, sequence=0, version=2),
    "a sequence of nine bits": MacFrame(frame_type=FrameType.DATA, sequence=256),
    "too much payload": MacFrame(frame_type=FrameType.DATA, sequence=0, payload=bytes(123)),
}


@pytest.mark.parametrize("frame", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_frame_that_contradicts_itself_has_no_octets(frame: MacFrame) -> None:
    with pytest.raises(EncodeError, match=r"^mac"):
        ieee802154.encode(frame)


def test_a_frame_longer_than_the_radio_allows_is_refused() -> None:
    with pytest.raises(DecodeError, match="more than 127"):
        ieee802154.decode(bytes(128))

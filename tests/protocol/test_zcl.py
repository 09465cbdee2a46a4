"""ZCL frames: the known octets, every frame there and back, and what is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.zigbee import zcl

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors" / "zcl_se.json"
FRAMES = [
    row for row in json.loads(VECTORS.read_text())["frames"] if row["aps_header"][8:12] == "0901"
]

frames = st.builds(
    zcl.ZclFrame,
    frame_type=st.sampled_from(zcl.FrameType),
    direction=st.sampled_from(zcl.Direction),
    sequence=st.integers(0, 255),
    command_id=st.integers(0, 255),
    payload=st.binary(max_size=80),
    manufacturer=st.none() | st.integers(0, 0xFFFF),
    disable_default_response=st.booleans(),
)


@pytest.mark.parametrize("row", FRAMES, ids=[row["name"] for row in FRAMES])
def test_a_known_frame_is_read_as_tshark_reads_it(row: dict[str, str]) -> None:
    octets = bytes.fromhex(row["zcl_or_zdo"])
    tree = "\n".join(row["tshark_tree"])

    frame = zcl.decode(octets)

    assert zcl.encode(frame) == octets
    assert f"Sequence Number: {frame.sequence}\n" in tree
    assert f"Disable Default Response: {frame.disable_default_response}" in tree
    is_from_server = frame.direction is zcl.Direction.SERVER_TO_CLIENT
    assert ("Direction: Server to Client" in tree) == is_from_server
    assert ("Frame Type: Cluster-specific" in tree) == (frame.frame_type is zcl.FrameType.CLUSTER)
    command = next(line for line in row["tshark_tree"] if line.startswith("    Command: "))
    assert command.endswith(f"(0x{frame.command_id:02x})")


@given(frames)
def test_a_frame_comes_back_from_the_wire(frame: zcl.ZclFrame) -> None:
    assert zcl.decode(zcl.encode(frame)) == frame


@given(st.binary(max_size=12))
def test_whatever_decodes_is_written_alike_again(data: bytes) -> None:
    try:
        frame = zcl.decode(data)
    except DecodeError:
        return
    assert zcl.encode(frame) == data


@pytest.mark.parametrize(
    ("octets", "field"),
    [
        ("", "zcl.control"),
        ("04 34", "zcl.manufacturer"),
        ("00", "zcl.sequence"),
        ("00 2a", "zcl.command_id"),
        ("02 2a 00", "zcl.control"),
        ("20 2a 00", "zcl.control"),
    ],
)
def test_a_refusal_names_the_field(octets: str, field: str) -> None:
    with pytest.raises(DecodeError) as refusal:
        zcl.decode(bytes.fromhex(octets))

    assert refusal.value.field == field


def test_a_sequence_over_one_octet_does_not_encode() -> None:
    frame = zcl.ZclFrame(
        frame_type=zcl.FrameType.GENERAL,
        direction=zcl.Direction.CLIENT_TO_SERVER,
        sequence=256,
        command_id=0,
    )

    with pytest.raises(EncodeError):
        zcl.encode(frame)

"""Frames on another PAN: only PAN and FCS change, and damage stays damage."""

import json
from pathlib import Path

import pytest

from hanbench.harness.captures.pan_moves import PAN_LAST, PanAllotment, moved
from hanbench.harness.errors import HarnessError
from hanbench.protocol import ieee802154
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import PanId

VECTORS = Path(__file__).parents[3] / "fixtures" / "vectors" / "han_frames_generated.json"
FRAMES = [bytes.fromhex(row["frame_with_fcs"]) for row in json.loads(VECTORS.read_text())["frames"]]
HERE, THERE = PanId(0x5342), PanId(0x1234)


def test_the_second_run_of_a_pan_gets_the_next_free_one() -> None:
    allotment = PanAllotment()

    assert [allotment.allot(PanId(pan)) for pan in (5, 6, 5, 5)] == [5, 6, 7, 8]


def test_the_search_for_a_free_pan_passes_over_the_broadcast_pan_and_zero() -> None:
    allotment = PanAllotment()

    assert [allotment.allot(PanId(PAN_LAST)) for _ in range(2)] == [PAN_LAST, 1]


def test_when_every_pan_is_taken_it_says_so() -> None:
    allotment = PanAllotment()
    for pan in range(1, PAN_LAST + 1):
        allotment.allot(PanId(pan))

    with pytest.raises(HarnessError, match="no PAN is left"):
        allotment.allot(PanId(1))


@pytest.mark.parametrize("frame", FRAMES)
def test_a_moved_frame_differs_in_its_pan_alone(frame: bytes) -> None:
    before = ieee802154.decode(frame)

    after = ieee802154.decode(moved(frame, {HERE: THERE}))

    expected = {None: None, HERE: THERE, 0xFFFF: 0xFFFF}
    assert after.target_pan == expected[before.target_pan]
    assert after.source_pan == expected[before.source_pan]
    assert after._replace(target_pan=None, source_pan=None) == before._replace(
        target_pan=None, source_pan=None
    )


@pytest.mark.parametrize("frame", FRAMES)
def test_a_frame_comes_back_to_its_octets(frame: bytes) -> None:
    assert moved(moved(frame, {HERE: THERE}), {THERE: HERE}) == frame


def test_a_damaged_frame_stays_damaged() -> None:
    damaged = bytearray(max(FRAMES, key=len))
    damaged[len(damaged) // 2] ^= 1

    there = moved(bytes(damaged), {HERE: THERE})

    assert there != bytes(damaged)
    with pytest.raises(DecodeError):
        ieee802154.decode(there)

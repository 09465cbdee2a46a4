"""The trace and its two hashes: one of every octet, one of what happened."""

import dataclasses
import json

import pytest

from hanbench.emulator.events import Event, FrameSent, InstructionJudged, PacketPassed, WanPassed
from hanbench.emulator.instant import Instant
from hanbench.harness.trace import Trace, story_record, trace_record

HOME = "home-1"
FRAME = FrameSent(Instant(1), HOME, "gsme", "hub", b"\x01\x02", "tunnel")
PACKET = PacketPassed(Instant(1), HOME, "gsme", "hub", 0x0704, b"\x01\x02", "tunnel")
ENVELOPE = WanPassed(
    Instant(2), HOME, "down", "gsme", 7, "instruction", "no-op", 2, (0, 5), b"\xaa\xbb"
)
JUDGED = InstructionJudged(Instant(3), HOME, "gsme", 7, "no-op", "ff", "accepted", None, 5, True)


def hashes(*events: Event) -> tuple[str, str]:
    trace = Trace()
    for event in events:
        trace.append(event)
    return trace.trace_hash, trace.story_hash


def test_events_are_kept_in_the_order_in_which_they_came() -> None:
    trace = Trace()
    for event in (JUDGED, FRAME, ENVELOPE, FRAME):
        trace.append(event)

    assert trace.events == [JUDGED, FRAME, ENVELOPE, FRAME]
    assert trace.frames_by_kind == {"tunnel": 2}


def test_equal_events_have_equal_hashes_and_their_order_counts() -> None:
    assert hashes(ENVELOPE, JUDGED) == hashes(ENVELOPE, dataclasses.replace(JUDGED))
    assert hashes(ENVELOPE, JUDGED)[0] != hashes(JUDGED, ENVELOPE)[0]
    assert hashes(ENVELOPE, JUDGED)[1] != hashes(JUDGED, ENVELOPE)[1]


def test_octets_are_of_the_trace_and_not_of_the_story() -> None:
    other = dataclasses.replace(ENVELOPE, envelope=b"\xaa\xbc")

    assert hashes(ENVELOPE)[0] != hashes(other)[0]
    assert hashes(ENVELOPE)[1] == hashes(other)[1]


@pytest.mark.parametrize("carried", [FRAME, PACKET])
def test_what_is_carried_on_the_han_is_of_the_trace_and_not_of_the_story(carried: Event) -> None:
    assert hashes(JUDGED, carried)[0] != hashes(JUDGED)[0]
    assert hashes(JUDGED, carried)[1] == hashes(JUDGED)[1]


@pytest.mark.parametrize(
    "other", [dataclasses.replace(FRAME, at=Instant(2)), dataclasses.replace(FRAME, frame=b"\x01")]
)
def test_instant_and_octets_of_a_frame_are_hashed(other: FrameSent) -> None:
    assert hashes(FRAME)[0] != hashes(other)[0]


@pytest.mark.parametrize(
    "changed",
    [
        {"at": Instant(4)},
        {"device": "esme"},
        {"outcome": "replayed"},
        {"key_version": 1},
        {"counter": None},
        {"executed": False},
    ],
)
def test_every_field_of_an_event_is_of_the_story(changed: dict[str, object]) -> None:
    other = dataclasses.replace(JUDGED, **changed)  # type: ignore[arg-type]

    assert hashes(JUDGED)[0] != hashes(other)[0]
    assert hashes(JUDGED)[1] != hashes(other)[1]


def test_a_hash_can_be_read_at_any_time_and_the_trace_goes_on() -> None:
    trace = Trace()
    before = trace.trace_hash
    trace.append(JUDGED)

    assert trace.trace_hash != before
    assert len(trace.trace_hash) == len(trace.story_hash) == 64


def test_a_record_has_every_field_with_octets_in_hex_and_a_story_has_none() -> None:
    record = trace_record(ENVELOPE)

    assert record == {
        "kind": "wan",
        "at": 2,
        "installation": HOME,
        "direction": "down",
        "device": "gsme",
        "message_id": 7,
        "envelope_kind": "instruction",
        "summary": "no-op",
        "copies": 2,
        "delays_us": (0, 5),
        "envelope": "aabb",
    }
    assert json.loads(json.dumps(record))["delays_us"] == [0, 5]
    assert story_record(ENVELOPE) == {k: v for k, v in record.items() if k != "envelope"}

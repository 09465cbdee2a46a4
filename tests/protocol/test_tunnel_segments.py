"""Tunnel segments: every envelope arrives whole, whatever is repeated, lost, mixed up or forged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol import tunnel_segments
from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.tunnel_segments import Reassembly, Segment

ENVELOPE = bytes(range(100))
OTHER = bytes(reversed(range(100)))


def arrive(*octets: bytes, state: Reassembly | None = None) -> tuple[Reassembly, list[bytes]]:
    """Take segments one after another; return the state and the envelopes that came out."""
    state = Reassembly() if state is None else state
    envelopes = []
    for data in octets:
        state, envelope = state.take(tunnel_segments.decode(data))
        envelopes += [envelope] if envelope is not None else []
    return state, envelopes


def test_a_segment_is_total_offset_and_octets() -> None:
    first, second, third = tunnel_segments.segment(ENVELOPE)

    assert first == bytes.fromhex("0064 0000") + ENVELOPE[:40]
    assert second == bytes.fromhex("0064 0028") + ENVELOPE[40:80]
    assert third == bytes.fromhex("0064 0050") + ENVELOPE[80:]


@given(st.binary(min_size=1, max_size=300), st.integers(1, 80))
def test_an_envelope_in_segments_arrives_whole(envelope: bytes, chunk_octets: int) -> None:
    state, envelopes = arrive(*tunnel_segments.segment(envelope, chunk_octets))

    assert envelopes == [envelope]
    assert state == Reassembly()


@given(st.binary(min_size=30, max_size=200), st.data())
def test_order_and_repeats_behind_the_first_segment_do_not_matter(
    envelope: bytes, data: st.DataObject
) -> None:
    first, *rest = tunnel_segments.segment(envelope, 10)
    shuffled = data.draw(st.permutations([first, *rest[:-1], *rest[:-1]]))

    _, envelopes = arrive(first, *shuffled, rest[-1])

    assert envelopes == [envelope]


def test_nothing_comes_out_while_a_segment_is_missing() -> None:
    first, _, third = tunnel_segments.segment(ENVELOPE)

    state, envelopes = arrive(first, third, third)

    assert envelopes == []
    assert arrive(tunnel_segments.segment(ENVELOPE)[1], state=state) == (Reassembly(), [ENVELOPE])


def test_a_new_beginning_starts_anew() -> None:
    first, second, _ = tunnel_segments.segment(ENVELOPE)

    _, envelopes = arrive(first, second, *tunnel_segments.segment(OTHER))

    assert envelopes == [OTHER]


def test_a_new_beginning_with_another_total_starts_anew() -> None:
    first, second, _ = tunnel_segments.segment(ENVELOPE)

    _, envelopes = arrive(first, second, *tunnel_segments.segment(ENVELOPE[:60]))

    assert envelopes == [ENVELOPE[:60]]


def test_segments_of_an_envelope_whose_beginning_was_lost_are_ignored() -> None:
    _, second, third = tunnel_segments.segment(ENVELOPE)

    assert arrive(second, third) == (Reassembly(), [])


def test_a_segment_with_another_total_is_ignored() -> None:
    first, second, third = tunnel_segments.segment(ENVELOPE)
    stray = tunnel_segments.segment(OTHER[:70])[1]

    _, envelopes = arrive(first, stray, second, third)

    assert envelopes == [ENVELOPE]


def test_overlapping_segments_that_agree_are_joined() -> None:
    overlapping = [Segment(100, 0, ENVELOPE[:60]), Segment(100, 30, ENVELOPE[30:])]

    _, envelopes = arrive(*map(tunnel_segments.encode, overlapping))

    assert envelopes == [ENVELOPE]


def test_octets_that_contradict_those_held_drop_the_envelope() -> None:
    first, second, third = tunnel_segments.segment(ENVELOPE)
    forged = tunnel_segments.encode(Segment(100, 40, OTHER[40:80]))

    assert arrive(first, second, forged, third) == (Reassembly(), [])


@given(st.binary(max_size=50))
def test_whatever_decodes_is_written_alike_again(data: bytes) -> None:
    try:
        segment = tunnel_segments.decode(data)
    except DecodeError:
        return
    assert tunnel_segments.encode(segment) == data


@pytest.mark.parametrize("octets", ["", "0064", "0064 00", "0064 0000", "0003 0000 01020304"])
def test_a_segment_that_is_cut_short_empty_or_too_long_is_refused(octets: str) -> None:
    with pytest.raises(DecodeError):
        tunnel_segments.decode(bytes.fromhex(octets))


@pytest.mark.parametrize(
    "segment", [Segment(4, 0, b""), Segment(4, 2, b"abc"), Segment(70_000, 0, b"a")]
)
def test_a_segment_that_could_not_be_read_does_not_encode(segment: Segment) -> None:
    with pytest.raises(EncodeError):
        tunnel_segments.encode(segment)


@pytest.mark.parametrize(("envelope", "chunk_octets"), [(b"", 40), (bytes(65_536), 40), (b"a", 0)])
def test_what_cannot_be_cut_is_refused(envelope: bytes, chunk_octets: int) -> None:
    with pytest.raises(EncodeError):
        tunnel_segments.segment(envelope, chunk_octets)

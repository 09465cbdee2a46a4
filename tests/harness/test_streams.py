"""Named random streams."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.harness.streams import draw, draw_bytes, uniform_us

NAMES = st.tuples(st.integers(), st.text(), st.text(), st.integers(min_value=0))


def test_a_draw_is_sha_256_over_the_parts_with_their_lengths() -> None:
    parts = b"".join(
        len(part).to_bytes(4, "big") + part for part in (b"7", b"gsme", b"jitter", b"3")
    )
    expected = hashlib.sha256(b"hanbench draw 1" + bytes(4) + parts).digest()

    assert draw_bytes(7, "gsme", "jitter", 3) == expected
    assert draw(7, "gsme", "jitter", 3) == int.from_bytes(expected[:8], "big")


@given(NAMES, NAMES)
def test_two_names_draw_alike_only_if_they_are_the_same(
    one: tuple[int, str, str, int], other: tuple[int, str, str, int]
) -> None:
    assert (draw_bytes(*one) == draw_bytes(*other)) == (one == other)


def test_parts_that_run_together_are_kept_apart() -> None:
    assert draw(1, "ab", "c") != draw(1, "a", "bc")
    assert draw(1, "a", "1", 1) != draw(11, "a", "", 1)


def test_more_octets_than_a_block_go_on_from_the_shorter_draw() -> None:
    long = draw_bytes(1, "dco", "key", length=80)

    assert len(long) == 80
    assert long.startswith(draw_bytes(1, "dco", "key", length=33))
    assert draw_bytes(1, "dco", "key", length=0) == b""


@given(NAMES, st.integers(1, 256))
def test_a_draw_fits_its_bits(name: tuple[int, str, str, int], bits: int) -> None:
    assert 0 <= draw(*name, bits=bits) < 1 << bits


@pytest.mark.parametrize("bits", [0, 257])
def test_a_number_of_bits_that_cannot_be_drawn_is_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="1 to 256 bits"):
        draw(1, "a", "b", bits=bits)


@given(NAMES, st.integers(-1000, 1000), st.integers(0, 1000))
def test_a_uniform_duration_lies_within_both_ends(
    name: tuple[int, str, str, int], low_us: int, width_us: int
) -> None:
    drawn_us = uniform_us(*name, low_us=low_us, high_us=low_us + width_us)

    assert low_us <= drawn_us <= low_us + width_us


def test_both_ends_of_a_uniform_duration_are_reached() -> None:
    drawn = {uniform_us(1, "gsme", "jitter", n, low_us=5, high_us=7) for n in range(50)}

    assert drawn == {5, 6, 7}


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ValueError, match="no duration from 2 us to 1 us"):
        uniform_us(1, "a", "b", low_us=2, high_us=1)

"""Binary curves: field and group laws, compressed points, and what is no point."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanbench.protocol.errors import DecodeError
from hanbench.protocol.zigbee.binary_curve import SECT163K1, SECT283K1, Curve, Point

CURVES = pytest.mark.parametrize("curve", [SECT163K1, SECT283K1], ids=lambda curve: curve.name)
SCALARS = st.integers(min_value=1, max_value=1 << 283)


def multiple(curve: Curve, scalar: int) -> Point:
    point = curve.multiply(scalar, curve.generator)
    assert point is not None
    return point


def is_on(curve: Curve, point: Point) -> bool:
    multiply, square = curve.field.multiply, curve.field.square
    left = square(point.y) ^ multiply(point.x, point.y)
    right = multiply(square(point.x), point.x ^ curve.a) ^ 1
    return left == right


@CURVES
def test_the_generator_has_the_order_that_is_stated(curve: Curve) -> None:
    negative = Point(curve.generator.x, curve.generator.x ^ curve.generator.y)

    assert is_on(curve, curve.generator)
    assert curve.multiply(curve.order, curve.generator) is None
    assert curve.multiply(curve.order - 1, curve.generator) == negative
    assert curve.add(negative, curve.generator) is None


@CURVES
@settings(max_examples=10)
@given(one=SCALARS, other=SCALARS)
def test_multiples_add_up(curve: Curve, one: int, other: int) -> None:
    left, right = multiple(curve, one), multiple(curve, other)

    assert is_on(curve, left)
    assert curve.add(left, right) == curve.multiply((one + other) % curve.order, curve.generator)
    assert curve.add(left, left) == curve.multiply(2 * one % curve.order, curve.generator)
    assert curve.add(left, right) == curve.add(right, left)


@CURVES
def test_infinity_is_the_neutral_element(curve: Curve) -> None:
    assert curve.add(None, curve.generator) == curve.generator
    assert curve.add(curve.generator, None) == curve.generator
    assert curve.multiply(0, curve.generator) is None
    assert curve.multiply(7, None) is None


@CURVES
def test_the_point_of_order_two_is_its_own_negative(curve: Curve) -> None:
    lone = Point(0, 1)

    assert curve.add(lone, lone) is None
    assert curve.multiply(3, lone) == lone
    assert curve.multiply(4, lone) is None
    assert curve.decode(curve.encode(lone)) == lone


@CURVES
@settings(max_examples=20)
@given(scalar=SCALARS)
def test_a_point_is_the_same_after_compression(curve: Curve, scalar: int) -> None:
    point = multiple(curve, scalar)
    data = curve.encode(point)

    assert len(data) == curve.point_octets
    assert curve.decode(data) == point
    other = curve.decode(bytes((data[0] ^ 1,)) + data[1:])
    assert other == Point(point.x, point.x ^ point.y)


@CURVES
@settings(max_examples=50)
@given(number=st.integers(0, (1 << 163) - 1), is_odd=st.booleans())
def test_any_x_is_that_of_a_point_or_a_named_error(curve: Curve, number: int, is_odd: bool) -> None:
    octets = bytes((2 | (is_odd and number != 0),)) + number.to_bytes(curve.field.octets, "big")
    found = point_or_error(curve, octets)

    if isinstance(found, DecodeError):
        assert found.field == "point"
    else:
        assert is_on(curve, found)
        assert curve.encode(found) == octets


def point_or_error(curve: Curve, octets: bytes) -> Point | DecodeError:
    try:
        return curve.decode(octets)
    except DecodeError as error:
        return error


@CURVES
def test_what_is_no_point_is_refused_by_name(curve: Curve) -> None:
    good = curve.encode(curve.generator)

    for bad in (good[:-1], good + b"\x00", b"\x04" + good[1:], b"\x02" + b"\xff" * (len(good) - 1)):
        with pytest.raises(DecodeError) as caught:
            curve.decode(bad)
        assert caught.value.field == "point"


@CURVES
@settings(max_examples=20)
@given(number=st.integers(min_value=1, max_value=(1 << 163) - 1), other=st.integers(1, 1 << 162))
def test_the_field_is_a_field(curve: Curve, number: int, other: int) -> None:
    field = curve.field
    one, two = field.spread(number), field.spread(other)

    assert field.gather(one) == number
    assert field.multiply(one, field.invert(one)) == 1
    assert field.multiply(one, two) == field.multiply(two, one)
    assert field.square(one ^ two) == field.square(one) ^ field.square(two)
    assert field.square_often(one, curve.field.bits) == one

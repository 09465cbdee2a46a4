"""The curves of key establishment, sect163k1 and sect283k1: points, and multiples of points.

Source: SEC 2 v1.0 sections 3.2.1 and 3.7.1 (parameters), SEC 1 v2.0 sections 2.3.3 and 2.3.4
(compressed points); the ladder is that of Lopez and Dahab (CHES 1999). A compressed point is 02 or
03 and x, big-endian; the lowest bit of the first octet is that of y/x.

    y^2 + xy = x^3 + ax^2 + 1
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from hanbench.protocol.errors import DecodeError
from hanbench.protocol.zigbee.binary_field import BinaryField

_EVEN, _ODD = 0x02, 0x03


class Point(NamedTuple):
    """A point that is not at infinity; both coordinates are spread (`binary_field`)."""

    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One curve and its group."""

    name: str
    field: BinaryField
    a: int
    """0 or 1."""
    order: int
    cofactor: int
    generator_x: int
    generator_y: int

    @property
    def generator(self) -> Point:
        """The generator of the group."""
        return Point(self.field.spread(self.generator_x), self.field.spread(self.generator_y))

    @property
    def point_octets(self) -> int:
        """The length of a compressed point."""
        return 1 + self.field.octets

    def add(self, left: Point | None, right: Point | None) -> Point | None:
        """Return the sum of two points; None is the point at infinity."""
        if left is None or right is None:
            return right if left is None else left
        if left.x == right.x:
            return self._double(left) if left.y == right.y else None
        multiply = self.field.multiply
        slope = multiply(left.y ^ right.y, self.field.invert(left.x ^ right.x))
        x = self.field.square(slope) ^ slope ^ left.x ^ right.x ^ self.a
        return Point(x, multiply(slope, left.x ^ x) ^ x ^ left.y)

    def multiply(self, scalar: int, point: Point | None) -> Point | None:
        """Return a multiple of a point, by a ladder that does the same for every bit."""
        scalar %= self.order * self.cofactor
        if point is None or scalar == 0:
            return None
        if point.x == 0:
            return None if scalar % 2 == 0 else point  # its order is 2
        multiply, square = self.field.multiply, self.field.square
        x = point.x
        x1, z1 = x, 1
        z2 = square(x)
        x2 = square(z2) ^ 1
        for bit in format(scalar, "b")[1:]:
            if bit == "0":
                x1, z1, x2, z2 = x2, z2, x1, z1
            # (x1, z1) becomes the sum, (x2, z2) its double.
            left, right = multiply(x1, z2), multiply(x2, z1)
            z1 = square(left ^ right)
            x1 = multiply(x, z1) ^ multiply(left, right)
            x_squared, z_squared = square(x2), square(z2)
            x2, z2 = square(x_squared) ^ square(z_squared), multiply(x_squared, z_squared)
            if bit == "0":
                x1, z1, x2, z2 = x2, z2, x1, z1
        return self._recovered(point, (x1, z1), (x2, z2))

    def encode(self, point: Point) -> bytes:
        """Write a point in its compressed form."""
        gather = self.field.gather
        ratio = 0 if point.x == 0 else self.field.multiply(point.y, self.field.invert(point.x))
        x = gather(point.x).to_bytes(self.field.octets, "big")
        return bytes((_EVEN | gather(ratio) & 1,)) + x

    def decode(self, data: bytes) -> Point:
        """Read a compressed point.

        Raises:
            DecodeError: the length, the first octet or x is wrong, or no point has this x.
        """
        if len(data) != self.point_octets:
            raise DecodeError(f"{len(data)} octets are no point of {self.name}", field="point")
        number = int.from_bytes(data[1:], "big")
        if data[0] not in (_EVEN, _ODD) or number >= 1 << self.field.bits:
            raise DecodeError(f"{data[:2].hex()} begins no point of {self.name}", field="point")
        x = self.field.spread(number)
        if x == 0:
            return Point(0, 1)
        inverse = self.field.invert(x)
        wanted = x ^ self.a ^ self.field.square(inverse)
        ratio = self.field.half_trace(wanted)
        if self.field.square(ratio) ^ ratio != wanted:
            raise DecodeError(f"no point of {self.name} has this x", field="point")
        if self.field.gather(ratio) & 1 != data[0] & 1:
            ratio ^= 1
        return Point(x, self.field.multiply(ratio, x))

    def x_octets(self, point: Point) -> bytes:
        """Return the x coordinate, big-endian."""
        return self.field.gather(point.x).to_bytes(self.field.octets, "big")

    def _double(self, point: Point) -> Point | None:
        if point.x == 0:
            return None
        slope = point.x ^ self.field.multiply(point.y, self.field.invert(point.x))
        x = self.field.square(slope) ^ slope ^ self.a
        return Point(x, self.field.square(point.x) ^ self.field.multiply(slope ^ 1, x))

    def _recovered(
        self, point: Point, multiple: tuple[int, int], following: tuple[int, int]
    ) -> Point | None:
        """Find y of a multiple from it and the one that follows."""
        (x1, z1), (x2, z2) = multiple, following
        if z1 == 0:
            return None
        if z2 == 0:
            return Point(point.x, point.x ^ point.y)
        multiply, square = self.field.multiply, self.field.square
        z = multiply(z1, z2)
        inverse = self.field.invert(multiply(point.x, z))
        # 1/z1 = inverse * x * z2
        x = multiply(x1, multiply(inverse, multiply(point.x, z2)))
        first, second = x1 ^ multiply(point.x, z1), x2 ^ multiply(point.x, z2)
        inner = multiply(first, second) ^ multiply(square(point.x) ^ point.y, z)
        return Point(x, multiply(multiply(point.x ^ x, inner), inverse) ^ point.y)


SECT163K1: Final = Curve(
    name="sect163k1",
    field=BinaryField(163, (3, 6, 7), base_log2=4, digits=2),
    a=1,
    order=0x4_0000_0000_0000_0000_0002_0108_A2E0_CC0D_99F8_A5EF,
    cofactor=2,
    generator_x=0x2_FE13_C053_7BBC_11AC_AA07_D793_DE4E_6D5E_5C94_EEE8,
    generator_y=0x2_8907_0FB0_5D38_FF58_321F_2E80_0536_D538_CCDA_A3D9,
)
SECT283K1: Final = Curve(
    name="sect283k1",
    field=BinaryField(283, (5, 7, 12), base_log2=3, digits=3),
    a=0,
    order=0x1FF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF_E9AE_2ED0_7577_265D_FF7F_9445_1E06_1E16_3C61,
    cofactor=4,
    generator_x=0x503_213F_78CA_4488_3F1A_3B81_62F1_88E5_53CD_265F_23C1_567A_1687_6913_B0C2_AC24_5849_2836,
    generator_y=0x1CC_DA38_0F1C_9E31_8D90_F95D_07E5_426F_E87E_45C0_E818_4698_E459_6236_4E34_1161_77DD_2259,
)

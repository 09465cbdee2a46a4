"""Arithmetic in GF(2^m), the field that the curves of key establishment are over.

Source: SEC 1 v2.0 section 2.1.2 and SEC 2 v1.0 sections 3.2.1 and 3.7.1 (reduction polynomials).
The libraries have no point arithmetic on binary curves and are dropping the curves, so this is
ours.

The idea: an element is kept *spread*, each bit in a digit of its own that is wide enough to count
to m. Then one multiplication of whole numbers does all partial products, and a mask takes each
digit's parity: carry-less multiplication at the speed of Python's big integers.
"""


class BinaryField:
    """GF(2^m) with the polynomial x^m + sum of x^e + 1."""

    def __init__(self, bits: int, exponents: tuple[int, ...], base_log2: int, digits: int) -> None:
        """Each bit takes `digits` digits of base 2^`base_log2`."""
        width = base_log2 * digits
        assert bits < 1 << width, "a digit must count all partial products"
        self.bits = bits
        self.octets = (bits + 7) // 8
        self._digits = digits
        self._base = 1 << base_log2
        self._format = {3: "o", 4: "x"}[base_log2]
        self._top = bits * width
        self._mask = sum(1 << (place * width) for place in range(bits))
        self._mask_of_product = sum(1 << (place * width) for place in range(2 * bits))
        self._shifts = tuple(exponent * width for exponent in exponents)

    def spread(self, number: int) -> int:
        """Return an element from its ordinary form, a polynomial as a number."""
        assert 0 <= number < 1 << self.bits, "it is not of this field"
        pad = "0" * (self._digits - 1)
        return int(format(number, "b").replace("0", f"{pad}0").replace("1", f"{pad}1"), self._base)

    def gather(self, element: int) -> int:
        """Return the ordinary form of an element."""
        return int(format(element, self._format)[:: -self._digits][::-1], 2)

    def multiply(self, left: int, right: int) -> int:
        """Return the product of two elements."""
        product = left * right & self._mask_of_product
        while True:
            high = product >> self._top
            if not high:
                return product
            product = (product & self._mask) ^ high
            for shift in self._shifts:
                product ^= high << shift

    def square(self, element: int) -> int:
        """Return the square of an element."""
        return self.multiply(element, element)

    def square_often(self, element: int, times: int) -> int:
        """Return an element to the power of 2^times."""
        for _ in range(times):
            element = self.multiply(element, element)
        return element

    def invert(self, element: int) -> int:
        """Return the inverse of an element that is not 0, as its power 2^m - 2.

        By the addition chain of Itoh and Tsujii: a number of multiplications like log2(m).
        """
        assert element, "0 has no inverse"
        power, length = element, 1  # power = element^(2^length - 1)
        for bit in format(self.bits - 1, "b")[1:]:
            power = self.multiply(self.square_often(power, length), power)
            length *= 2
            if bit == "1":
                power = self.multiply(self.square(power), element)
                length += 1
        return self.square(power)

    def half_trace(self, element: int) -> int:
        """Return z with z^2 + z = element, if there is one: half the trace, m being odd."""
        total = element
        for _ in range((self.bits - 1) // 2):
            element = self.square_often(element, 2)
            total ^= element
        return total

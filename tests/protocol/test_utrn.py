"""Native UTRNs: the published codes, and every way in which a wrong one is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol import utrn, utrn_gbcs
from hanbench.protocol.errors import DecodeError, EncodeError, SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.utrn import Issuer, NativeCode, NativeType, ParsedNative, Rejection

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors" / "native_utrn.json"
KNOWN = json.loads(VECTORS.read_text())["vectors"]

KEY = Key(KeyUsage.VEND, bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"), is_test_material=True)
METER = Eui64(0x00DB1234567890A1)
TEN_POUNDS = NativeCode(NativeType.VEND_ADD, 1, 1000)
TEN_POUNDS_DIGITS = "00000285770438722302"
SUPPLIER_SAMPLE = "41951-13009-20081-87302"
"""A real customer example on a supplier's page (domain.md section 4): shape only."""

codes = st.builds(
    NativeCode, st.sampled_from(NativeType), st.integers(0, 0x7FFF), st.integers(0, 0xFFFF)
)
known = pytest.mark.parametrize("row", KNOWN, ids=[row["why"] for row in KNOWN])


def codes_of(row: dict[str, Any]) -> tuple[NativeCode, ...]:
    return tuple(
        NativeCode(NativeType[code["type"]], code["sequence"], code["value"])
        for code in row["codes"]
    )


def test_ten_pounds_with_sequence_1_is_the_code_of_the_domain_notes() -> None:
    assert utrn.issue(KEY, METER, TEN_POUNDS) == TEN_POUNDS_DIGITS


@known
def test_a_published_entry_is_issued_and_verified(row: dict[str, Any]) -> None:
    key = Key(KeyUsage.VEND, bytes.fromhex(row["vend_key"]), is_test_material=True)
    meter = Eui64(int(row["eui64"], 16))

    assert utrn.issue_entry(key, meter, codes_of(row)) == row["digits"]
    entry = utrn.parse_entry(row["digits"])
    assert tuple(parsed.code for parsed in entry) == codes_of(row)
    utrn.verify(key, meter, entry)


@given(codes)
def test_a_code_comes_back_and_is_no_gbcs_utrn(code: NativeCode) -> None:
    digits = utrn.issue(KEY, METER, code)

    parsed = utrn.parse(digits)

    assert parsed.code == code
    assert utrn.encode(parsed) == digits
    assert not utrn.is_gbcs_range(digits)
    utrn.verify(KEY, METER, [parsed])


@given(st.integers(0, 10**20 - 1))
def test_whatever_parses_is_written_alike_again(number: int) -> None:
    digits = f"{number:020}"
    try:
        parsed = utrn.parse(digits)
    except DecodeError:
        assert number >= 1 << 66
        return
    assert utrn.encode(parsed) == digits


@given(codes, st.integers(0, 65))
def test_no_bit_of_a_code_can_be_flipped(code: NativeCode, bit: int) -> None:
    flipped = f"{int(utrn.issue(KEY, METER, code)) ^ 1 << bit:020}"

    assert utrn.judge(KEY, METER, flipped) is Rejection.INCORRECT


def test_a_code_holds_for_one_meter_and_one_key() -> None:
    parsed = utrn.parse(TEN_POUNDS_DIGITS)

    with pytest.raises(SecurityError):
        utrn.verify(KEY, Eui64(METER - 1), [parsed])
    with pytest.raises(SecurityError):
        utrn.verify(Key(KeyUsage.VEND, bytes(16)), METER, [parsed])


def test_an_entry_of_no_codes_is_not_authentic() -> None:
    with pytest.raises(SecurityError):
        utrn.verify(KEY, METER, [])


def test_a_key_for_another_use_neither_issues_nor_judges() -> None:
    sua_key = Key(KeyUsage.SUA, KEY.value, is_test_material=True)

    with pytest.raises(SecurityError):
        utrn.issue(sua_key, METER, TEN_POUNDS)
    with pytest.raises(SecurityError):
        utrn.judge(sua_key, METER, TEN_POUNDS_DIGITS)


def test_every_gbcs_utrn_lies_above_every_native_code() -> None:
    greatest_native = f"{(1 << 66) - 1:020}"

    assert utrn_gbcs.UTRN_MIN == 73941569907863060480
    assert int(greatest_native) < utrn_gbcs.UTRN_MIN
    assert utrn.parse(greatest_native).code == NativeCode(NativeType.RESERVED, 0x7FFF, 0xFFFF)
    with pytest.raises(DecodeError):
        utrn.parse(f"{1 << 66:020}")


def test_a_gbcs_utrn_typed_into_the_meter_is_invalid() -> None:
    with pytest.raises(DecodeError, match="GBCS"):
        utrn.parse("73943333457189043313")
    assert utrn.is_gbcs_range("73943333457189043313")
    assert utrn.judge(KEY, METER, "73943333457189043313") is Rejection.INVALID


@pytest.mark.parametrize("number", [1 << 66, utrn_gbcs.UTRN_MAX + 1])
def test_a_number_in_neither_range_is_invalid(number: int) -> None:
    assert not utrn.is_gbcs_range(f"{number:020}")
    assert utrn.judge(KEY, METER, f"{number:020}") is Rejection.INVALID


@pytest.mark.parametrize("length", [0, 1, 19, 21, 39, 41, 59, 61, 80])
def test_an_entry_of_another_length_is_incomplete(length: int) -> None:
    assert utrn.judge(KEY, METER, "0" * length) is Rejection.INCOMPLETE


def test_a_code_alone_has_20_digits() -> None:
    with pytest.raises(DecodeError):
        utrn.parse("0" * 40)


@pytest.mark.parametrize("keyed", ["0000028577043872230x", "0000028577043872230\u0662"])
def test_a_character_that_is_no_digit_is_invalid(keyed: str) -> None:
    assert utrn.judge(KEY, METER, keyed) is Rejection.INVALID


def test_an_entry_may_be_typed_as_it_is_printed() -> None:
    assert utrn.judge(KEY, METER, "00000-28577-04387-22302") == (TEN_POUNDS,)
    assert utrn.judge(KEY, METER, "0000 0285 7704 3872 2302") == (TEN_POUNDS,)
    assert len(utrn.parse_entry(SUPPLIER_SAMPLE)) == 1


def test_an_authentic_code_of_the_reserved_type_is_invalid() -> None:
    digits = utrn.issue(KEY, METER, NativeCode(NativeType.RESERVED, 1, 0))

    assert utrn.judge(KEY, METER, digits) is Rejection.INVALID


def test_a_large_balance_is_set_by_two_codes() -> None:
    pence = 2_147_400

    entry = utrn.vend_set(pence, [12, 14])

    assert [code.sequence for code in entry] == [12, 14]
    assert utrn.vend_set_pence(entry) == pence
    assert utrn.judge(KEY, METER, utrn.issue_entry(KEY, METER, entry)) == entry


@pytest.mark.parametrize(("pence", "sequences"), [(0, [2]), (65_535, [2]), (65_536, [2, 4])])
def test_a_balance_takes_two_codes_above_65_535_pence(pence: int, sequences: list[int]) -> None:
    assert utrn.vend_set_pence(utrn.vend_set(pence, sequences)) == pence
    with pytest.raises(EncodeError):
        utrn.vend_set(pence, [*sequences, 6])


@pytest.mark.parametrize("pence", [-1, 1 << 32])
def test_a_balance_beyond_two_codes_does_not_encode(pence: int) -> None:
    with pytest.raises(EncodeError):
        utrn.vend_set(pence, [2, 4])


def test_the_codes_of_an_entry_hold_together_only() -> None:
    entry = utrn.issue_entry(KEY, METER, utrn.vend_set(2_147_400, [12, 14]))
    other = utrn.issue_entry(KEY, METER, utrn.vend_set(1_000_000, [16, 18]))
    high, low = entry[:20], entry[20:]

    for mixed in [high, low, low + high, high + high, high + other[20:], entry + low]:
        assert utrn.judge(KEY, METER, mixed) is Rejection.INCORRECT


def test_codes_issued_one_by_one_are_no_entry() -> None:
    one_by_one = "".join(
        utrn.issue(KEY, METER, code) for code in utrn.vend_set(2_147_400, [12, 14])
    )

    assert utrn.judge(KEY, METER, one_by_one) is Rejection.INCORRECT


@pytest.mark.parametrize(
    ("types", "is_known"),
    [
        ([NativeType.VEND_AND_TARIFF], False),
        ([NativeType.VEND_AND_TARIFF] * 2, True),
        ([NativeType.VEND_AND_TARIFF] * 3, True),
        ([NativeType.VEND_SET] * 3, False),
        ([NativeType.VEND_ADD] * 2, False),
        ([NativeType.VEND_AND_TARIFF, NativeType.VEND_ADD], False),
    ],
)
def test_only_some_kinds_of_code_make_a_longer_entry(
    types: list[NativeType], *, is_known: bool
) -> None:
    entry = tuple(NativeCode(kind, 2 * place, 1) for place, kind in enumerate(types, start=1))

    judged = utrn.judge(KEY, METER, utrn.issue_entry(KEY, METER, entry))

    assert judged == (entry if is_known else Rejection.INVALID)


@pytest.mark.parametrize("count", [0, 4])
def test_an_entry_has_one_to_three_codes(count: int) -> None:
    with pytest.raises(EncodeError):
        utrn.issue_entry(KEY, METER, [TEN_POUNDS] * count)


@pytest.mark.parametrize(
    "code",
    [
        NativeCode(NativeType.VEND_ADD, 0x8000, 0),
        NativeCode(NativeType.VEND_ADD, -1, 0),
        NativeCode(NativeType.VEND_ADD, 1, 0x10000),
        NativeCode(NativeType.VEND_DEDUCT, 1, -1),
    ],
)
def test_a_sequence_that_wraps_or_a_value_that_does_not_fit_does_not_encode(
    code: NativeCode,
) -> None:
    with pytest.raises(EncodeError):
        utrn.issue(KEY, METER, code)


def test_a_mac_of_another_length_does_not_encode() -> None:
    with pytest.raises(EncodeError):
        utrn.encode(ParsedNative(TEN_POUNDS, bytes(5)))


@pytest.mark.parametrize(
    ("last", "issuer", "following"),
    [
        (0, Issuer.SMSO, 2),
        (0, Issuer.S1SP, 1),
        (2, Issuer.SMSO, 4),
        (2, Issuer.S1SP, 3),
        (3, Issuer.S1SP, 5),
        (0x7FFD, Issuer.S1SP, 0x7FFF),
    ],
)
def test_sequences_are_split_by_issuer(last: int, issuer: Issuer, following: int) -> None:
    assert utrn.next_sequence(last, issuer) == following


@pytest.mark.parametrize(("last", "issuer"), [(0x7FFF, Issuer.S1SP), (0x7FFE, Issuer.SMSO)])
def test_a_wrapping_sequence_is_an_error_at_the_issuer(last: int, issuer: Issuer) -> None:
    with pytest.raises(EncodeError):
        utrn.next_sequence(last, issuer)

"""GBCS UTRNs: the public vectors as far as public numbers go, and every field there and back.

The RTDS vectors' MACs were computed with RTDS test keys that this repository does not hold. So
their check digits and fields are checked here, and the MAC and the key derivation by answers made
here. The last vector is an example of the check digit alone: its MAC is zero, its class reserved.
"""

import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol import utrn_gbcs
from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.utrn_gbcs import GbcsUtrn, ValueClass

ORIGINATOR = Eui64(0x90B3D51F30010000)
METER = Eui64(0x00DB1234567890A0)
SHARED_SECRET = bytes(range(32))
KEY = bytes.fromhex("2686f3f54bd911de1f406d973c33b8cb")
COUNTER = 1 << 32

# domain.md section 4: UTRN, bits of the counter, class, value, MAC as it stands in the digits.
PUBLIC = [
    ("73943333457189043313", 1, ValueClass.POUNDS, 100, "d51ca60b"),
    ("73947252416745201637", 4, ValueClass.PENCE, 1234, "3855d663"),
    ("73946144332040217315", 3, ValueClass.POUNDS, 10, "9cd029e3"),
    ("74301825837596672005", 255, ValueClass.RESERVED_3, 7446, "00000000"),
]

utrns = st.builds(
    GbcsUtrn,
    counter_bits=st.integers(0, 0x3FF),
    value_class=st.sampled_from(ValueClass),
    value=st.integers(0, 0x1FFF),
    mac=st.binary(min_size=4, max_size=4),
)


@pytest.mark.parametrize(("digits", "counter_bits", "value_class", "value", "mac"), PUBLIC)
def test_a_public_utrn_has_the_stated_fields_and_check_digit(
    digits: str, counter_bits: int, value_class: ValueClass, value: int, mac: str
) -> None:
    decoded = utrn_gbcs.decode(digits)

    assert utrn_gbcs.check_digit(digits[:-1]) == digits[-1]
    assert decoded.counter_bits == counter_bits
    assert decoded.value_class is value_class
    assert decoded.value == value
    assert decoded.mac.hex() == mac
    assert utrn_gbcs.encode(decoded) == digits


def test_a_native_code_of_a_supplier_has_another_check_digit() -> None:
    assert utrn_gbcs.check_digit("4195113009200818730") == "7"


@given(utrns)
def test_a_utrn_comes_back(utrn: GbcsUtrn) -> None:
    digits = utrn_gbcs.encode(utrn)

    assert utrn_gbcs.decode(digits) == utrn
    assert digits[:2] in ("73", "74", "75")
    assert utrn_gbcs.UTRN_MIN <= int(digits) <= utrn_gbcs.UTRN_MAX


@given(utrns, st.integers(0, 19), st.integers(1, 9))
def test_no_single_digit_can_be_changed(utrn: GbcsUtrn, place: int, step: int) -> None:
    digits = utrn_gbcs.encode(utrn)
    wrong = str((int(digits[place]) + step) % 10)

    with pytest.raises(DecodeError):
        utrn_gbcs.decode(digits[:place] + wrong + digits[place + 1 :])


@given(st.integers(0, 10**19 - 1))
def test_whatever_decodes_is_written_alike_again(pptd: int) -> None:
    digits = f"{pptd:019}" + utrn_gbcs.check_digit(f"{pptd:019}")
    try:
        utrn = utrn_gbcs.decode(digits)
    except DecodeError:
        assert not utrn_gbcs.UTRN_MIN <= int(digits) <= utrn_gbcs.UTRN_MAX
        return
    assert utrn_gbcs.encode(utrn) == digits


@pytest.mark.parametrize(
    ("digits", "field"),
    [
        ("7394333345718904331", "utrn.digits"),
        ("7394333345718904331x", "utrn.digits"),
        ("7394333345718904331\u0663", "utrn.digits"),
        ("73943333457189043314", "utrn.check-digit"),
    ],
)
def test_a_refusal_names_what_is_wrong(digits: str, field: str) -> None:
    with pytest.raises(DecodeError) as refusal:
        utrn_gbcs.decode(digits)

    assert refusal.value.field == field


def test_the_key_is_the_hash_of_secret_algorithm_and_both_ends() -> None:
    material = (
        "00000001" + SHARED_SECRET.hex() + "60857406080300"
        "90b3d51f30010000" + "0901" + "0000000100000000" + "00db1234567890a0"
    )

    key = utrn_gbcs.derive_key(SHARED_SECRET, ORIGINATOR, METER, COUNTER)

    assert key == hashlib.sha256(bytes.fromhex(material)).digest()[:16]
    assert key == KEY


def test_the_mac_is_the_end_of_a_gcm_tag_over_the_stated_octets() -> None:
    encryptor = Cipher(AES(KEY), GCM(bytes.fromhex("90b3d51f30010000 00000000"))).encryptor()
    encryptor.authenticate_additional_data(
        bytes.fromhex("110000000000 90b3d51f30010000 00db1234567890a0 01 0000000100000000 0000a064")
    )
    encryptor.finalize()

    mac = utrn_gbcs.ptut_mac(KEY, ORIGINATOR, METER, COUNTER, ValueClass.POUNDS, 100)

    assert mac == encryptor.tag[-4:]


def test_a_top_up_made_here_has_a_known_utrn() -> None:
    digits = utrn_gbcs.issue(KEY, ORIGINATOR, METER, COUNTER, ValueClass.POUNDS, 100)

    assert digits == "73943333458633554879"


@given(st.integers(0, (1 << 32) - 1), st.integers(0, 0x1FFF))
def test_ten_bits_of_the_counter_travel(high_word: int, value: int) -> None:
    digits = utrn_gbcs.issue(KEY, ORIGINATOR, METER, high_word << 32, ValueClass.PENCE, value)

    assert utrn_gbcs.decode(digits).counter_bits == high_word & 0x3FF
    assert utrn_gbcs.decode(digits).value == value


@pytest.mark.parametrize("counter", [1, COUNTER + 1, 1 << 64, -COUNTER])
def test_a_counter_with_low_bits_or_too_long_is_refused(counter: int) -> None:
    with pytest.raises(EncodeError):
        utrn_gbcs.issue(KEY, ORIGINATOR, METER, counter, ValueClass.PENCE, 1)
    with pytest.raises(EncodeError):
        utrn_gbcs.derive_key(SHARED_SECRET, ORIGINATOR, METER, counter)


@pytest.mark.parametrize(
    ("counter_bits", "value", "mac"),
    [(0x400, 0, bytes(4)), (0, 0x2000, bytes(4)), (0, -1, bytes(4)), (0, 0, bytes(3))],
)
def test_a_field_that_does_not_fit_does_not_encode(
    counter_bits: int, value: int, mac: bytes
) -> None:
    utrn = GbcsUtrn(counter_bits=counter_bits, value_class=ValueClass.PENCE, value=value, mac=mac)

    with pytest.raises(EncodeError):
        utrn_gbcs.encode(utrn)

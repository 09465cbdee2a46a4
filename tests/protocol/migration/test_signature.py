"""Detached signatures: the same octets every time, and over these octets alone."""

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.migration import messages

from hanbench.protocol.errors import DecodeError, EncodeError, SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.migration import common_file, signature
from hanbench.protocol.migration.signature import Signature, Signer

# The P-256 key of RFC 6979, appendix A.2.5.
RFC6979_KEY = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
SIGNER = Signer(messages.SENDER, ec.derive_private_key(RFC6979_KEY, ec.SECP256R1()))
TRUSTED = {SIGNER.eui64: SIGNER.private_key.public_key()}
CANONICAL = common_file.encode(messages.COMMON)
SCALARS = st.integers(0, 2**256 - 1)


def test_the_nonce_is_that_of_rfc_6979() -> None:
    made = signature.sign(b"sample", SIGNER)

    assert made.r == 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    assert made.s == 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8


def test_a_signature_holds_over_the_file_that_was_signed() -> None:
    made = signature.sign(CANONICAL, SIGNER)

    signature.verify(CANONICAL, made, TRUSTED, file="mcf.xml")
    assert len(signature.encode(made)) == 85


def test_a_signature_over_other_octets_is_refused() -> None:
    other = common_file.encode(dataclasses.replace(messages.COMMON, name="MCF-2"))
    made = signature.sign(other, SIGNER)

    with pytest.raises(SecurityError) as caught:
        signature.verify(CANONICAL, made, TRUSTED, file="mcf.xml")

    says = "mcf.xml:1: signature: does not verify over the canonical octets of this file"
    assert str(caught.value) == says


def test_a_signer_that_nobody_knows_is_refused() -> None:
    stranger = Signer(Eui64(7), SIGNER.private_key)

    with pytest.raises(SecurityError, match=r"mcf\.xml:1: certificate: 00-00-00-00-00-00-00-07"):
        signature.verify(CANONICAL, signature.sign(CANONICAL, stranger), TRUSTED, file="mcf.xml")


@given(st.builds(Signature, st.integers(0, 2**64 - 1).map(Eui64), SCALARS, SCALARS))
def test_a_signature_survives_its_octets(made) -> None:
    data = signature.encode(made)

    assert signature.decode(data) == made
    for length in range(0, len(data), 7):
        with pytest.raises(DecodeError):
            signature.decode(data[:length])
    with pytest.raises(DecodeError):
        signature.decode(data + b"\0")


@given(SCALARS, SCALARS)
def test_no_made_up_signature_holds(r, s) -> None:
    with pytest.raises(SecurityError):
        signature.verify(CANONICAL, Signature(SIGNER.eui64, r, s), TRUSTED, file="mcf.xml")


@given(st.binary(max_size=100))
def test_arbitrary_octets_are_no_signature(data) -> None:
    with pytest.raises(DecodeError):
        signature.decode(data)


def test_a_number_that_does_not_fit_is_not_written() -> None:
    with pytest.raises(EncodeError):
        signature.encode(Signature(SIGNER.eui64, 2**256, 1))

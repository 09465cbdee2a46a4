"""Install codes: the published codes and their link keys, and what is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.zigbee import install_code
from hanbench.protocol.zigbee.install_code import InstallCode

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"
CODES = json.loads((VECTORS / "install_codes.json").read_text())
CRCS = json.loads((VECTORS / "crc.json").read_text())["crc_x25"]


@pytest.mark.parametrize("row", CRCS, ids=[row["data"] for row in CRCS])
def test_the_crc_is_the_published_one(row: dict[str, str]) -> None:
    assert install_code.crc_x25(bytes.fromhex(row["data"])) == int(row["crc"], 16)


@pytest.mark.parametrize("row", CODES["valid"], ids=[str(row["bits"]) for row in CODES["valid"]])
def test_a_published_code_gives_its_link_key(row: dict[str, str]) -> None:
    octets = bytes.fromhex(row["code_with_crc"])

    code = install_code.decode(octets)

    assert install_code.encode(code) == octets
    key = install_code.link_key(code, is_test_material=True)
    assert key.require(KeyUsage.LINK).hex() == row["link_key"]
    assert key.is_test_material


def test_a_link_key_is_not_test_material_unless_said_so() -> None:
    assert not install_code.link_key(InstallCode(bytes(6))).is_test_material


@pytest.mark.parametrize("row", CODES["invalid"], ids=[row["why"] for row in CODES["invalid"]])
def test_a_code_with_a_wrong_crc_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(DecodeError) as refusal:
        install_code.decode(bytes.fromhex(row["code_with_crc"]))

    assert refusal.value.field == "install-code.crc"


@given(
    st.sampled_from(install_code.CODE_OCTETS).flatmap(lambda n: st.binary(min_size=n, max_size=n))
)
def test_a_code_comes_back(code: bytes) -> None:
    octets = install_code.encode(InstallCode(code))

    assert install_code.decode(octets) == InstallCode(code)
    for wrong in [*(octets[:length] for length in range(len(octets))), octets + b"\x00"]:
        with pytest.raises(DecodeError):
            install_code.decode(wrong)


def test_a_code_of_another_length_does_not_encode() -> None:
    with pytest.raises(EncodeError):
        install_code.encode(InstallCode(bytes(7)))

"""AES-MMO, its HMAC, and the derived keys, against the specification's own vectors."""

import json
from pathlib import Path
from typing import Any

import pytest

from hanbench.protocol.zigbee import mmo

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"
HASHES = json.loads((VECTORS / "mmo_hmac.json").read_text())
DERIVED = json.loads((VECTORS / "key_derivation.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", HASHES["mmo"], ids=lambda vector: vector["data"])
def test_the_hash_is_that_of_annex_c(vector: dict[str, str]) -> None:
    assert mmo.mmo_hash(bytes.fromhex(vector["data"])).hex() == vector["digest"]


@pytest.mark.parametrize("vector", HASHES["mmo_long"], ids=lambda vector: str(vector["length"]))
def test_a_long_input_ends_in_a_longer_length(vector: dict[str, Any]) -> None:
    data = bytes(i % 256 for i in range(vector["length"]))

    assert mmo.mmo_hash(data).hex() == vector["digest"]


@pytest.mark.parametrize("vector", HASHES["hmac"], ids=lambda vector: vector["key"][:16])
def test_the_keyed_hash_is_that_of_annex_c(vector: dict[str, str]) -> None:
    mac = mmo.hmac_mmo(bytes.fromhex(vector["key"]), bytes.fromhex(vector["data"]))

    assert mac.hex() == vector["mac"]


@pytest.mark.parametrize("vector", DERIVED, ids=lambda vector: vector["label"])
def test_the_derived_keys_are_those_that_open_captures(vector: dict[str, str]) -> None:
    link_key = bytes.fromhex(vector["link_key"])

    assert mmo.key_transport_key(link_key).hex() == vector["key_transport_key"]
    assert mmo.key_load_key(link_key).hex() == vector["key_load_key"]
    assert mmo.verify_key_hash(link_key).hex() == vector["verify_key_hash"]

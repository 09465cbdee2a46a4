"""The test keys that migration files are signed with.

Test material throughout: the private keys lie in `fixtures/keys/migration-signers.json`, for
everybody to read, so that an engine of any language can sign a Migration Common File.
"""

import functools
import json
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import ec

from hanbench.harness.errors import HarnessError
from hanbench.harness.files.loader import fixtures_folder
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import parse_eui64
from hanbench.protocol.migration.signature import PublicKeys, Signer

FILE = "migration-signers.json"
REQUESTING_PARTY = "REQUESTING_PARTY"
"""Writes the Migration Common File, on the DCC's behalf."""
S1SP = "S1SP"
"""Signs its Commissioning Files."""
COMMISSIONING_PARTY = "COMMISSIONING_PARTY"
"""Signs the commissioning outcomes."""
SUPPLIER = "SUPPLIER"
"""Signs the Pre-Commands of critical service requests."""


@functools.cache
def test_signers() -> Mapping[str, Signer]:
    """Read the signers that travel with the bench, by role.

    Raises:
        HarnessError: the file is not one of migration signers, version 1.
    """
    path = fixtures_folder("keys") / FILE
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["migration_signers"] != 1:
            raise HarnessError(f"{FILE}: version {held['migration_signers']}, expected 1")
        return {entry["role"]: _signer(entry) for entry in held["signers"]}
    except (KeyError, ValueError, DecodeError) as error:
        raise HarnessError(f"{FILE}: {error}") from error


@functools.cache
def trusted_signers() -> PublicKeys:
    """Return the keys that a Migration Common File may be signed with."""
    signer = test_signers()[REQUESTING_PARTY]
    return {signer.eui64: signer.private_key.public_key()}


@functools.cache
def supplier_keys() -> PublicKeys:
    """Return the keys that a Pre-Command may be signed with."""
    signer = test_signers()[SUPPLIER]
    return {signer.eui64: signer.private_key.public_key()}


@functools.cache
def s1sp_keys() -> PublicKeys:
    """Return the key that an S1SP Commissioning File may be signed with."""
    signer = test_signers()[S1SP]
    return {signer.eui64: signer.private_key.public_key()}


@functools.cache
def commissioning_party_keys() -> PublicKeys:
    """Return the key that commissioning outcomes may be signed with."""
    signer = test_signers()[COMMISSIONING_PARTY]
    return {signer.eui64: signer.private_key.public_key()}


def _signer(entry: Mapping[str, str]) -> Signer:
    private = ec.derive_private_key(int(entry["private"], 16), ec.SECP256R1())
    return Signer(parse_eui64(entry["eui64"]), private)

"""The signature of a migration file on disk: by whom it is, and whether it is over this file.

Source: `protocol/migration/signature.py`. It lies beside the file under its name and `.sig`, or is
named (modelled). Who signs which file is modelled too.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from hanbench.harness.errors import ScenarioError
from hanbench.harness.parties.migration_signers import (
    COMMISSIONING_PARTY,
    REQUESTING_PARTY,
    S1SP,
    test_signers,
)
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, format_eui64, parse_eui64
from hanbench.protocol.migration import signature
from hanbench.protocol.migration.formats import XmlFormat

SUFFIX = ".sig"
SIGNED_BY: Mapping[str, str] = {
    "MigrationCommonFile": REQUESTING_PARTY,
    "S1SPRequiredFileSet": REQUESTING_PARTY,
    "DCORequiredFileSet": REQUESTING_PARTY,
    "S1SPCommissioningFile": S1SP,
    "CommissioningOutcomes": COMMISSIONING_PARTY,
}
"""By root element, the party that signs such files [M]."""
_READ_AT_MOST = 1024
"""Octets of a signature file: it has 85, and one that has more is refused by its layout."""

SignerKeys = Mapping[str, tuple[Eui64, ec.EllipticCurvePublicKey]]
"""By role, the address and the key of who signs."""


def signer_keys(path: Path | None) -> SignerKeys:
    """Return the keys that signatures are held to: a file of public keys, or the test keys.

    Raises:
        ScenarioError: the file is none of migration signers, version 1.
    """
    if path is None:
        return {
            role: (one.eui64, one.private_key.public_key()) for role, one in test_signers().items()
        }
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["migration_signers"] != 1:
            raise ScenarioError(f"{path}: version {held['migration_signers']}, expected 1")
        return {
            str(entry["role"]): (parse_eui64(entry["eui64"]), _key(entry["public"]))
            for entry in held["signers"]
        }
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from error
    except (KeyError, TypeError, AttributeError, ValueError, DecodeError) as error:
        says = f"no file of migration signers: {type(error).__name__} {error}"
        raise ScenarioError(f"{path}: {says}") from error


def signer_of(
    form: XmlFormat, data: bytes, path: Path, given: Path | None, keys: SignerKeys
) -> str:
    """Return the role that signed a file which was read before; "" if nobody did.

    Raises:
        ScenarioError: there is a signature, and it does not hold: file, line and rule.
        SecurityError: it does not verify, or nobody knows its signer.
    """
    file = given or path.with_name(path.name + SUFFIX)
    if given is None and not file.exists():
        return ""
    made = read_signature(file)
    known = dict(keys.values())
    signature.verify(form.again(data), made, known, file=path.name)
    role = next(role for role, (eui64, _) in keys.items() if eui64 == made.signer)
    wanted = SIGNED_BY[form.shape.name]
    if role != wanted:
        says = f"signed by {role}; a {form.shape.name} is signed by {wanted}"
        raise ScenarioError(f"{path.name}:1: certificate: {says}")
    return role


def read_signature(file: Path) -> signature.Signature:
    """Read a signature file.

    Raises:
        ScenarioError: it cannot be read, or its octets are no signature.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(_READ_AT_MOST)
    except OSError as error:
        raise ScenarioError(f"{file}: cannot be read: {error.strerror}") from error
    try:
        return signature.decode(data)
    except DecodeError as error:
        raise ScenarioError(f"{file.name}:1: signature: {error}") from error


def words_of(file: Path, keys: SignerKeys) -> str:
    """Say whose signature a file is by itself: over what, only the signed file can tell."""
    made = read_signature(file)
    roles = [role for role, (eui64, _) in keys.items() if eui64 == made.signer]
    return f"signature by {roles[0] if roles else format_eui64(made.signer)}"


def _key(text: str) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(text))

"""A migration file on disk: known by its name or root element, and read by its own rules.

A protected Migration Authorisation is opened by the file MAPASSWORD_... that lies beside it, or by
the one that is named. The signature of an XML file lies beside it as well, see `file_signature`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.files.file_signature import SUFFIX, signer_keys, signer_of, words_of
from hanbench.protocol.errors import FileError, SecurityError
from hanbench.protocol.migration import (
    authorisation,
    demand,
    dormant_schedule,
    file_names,
    protected_file,
)
from hanbench.protocol.migration.file_names import FileType, StampedName
from hanbench.protocol.migration.file_text import FILE_OCTETS_MAX
from hanbench.protocol.migration.formats import XML_FORMATS

PASSWORD_FILE = FileType.PASSWORD.value
_ROOT = re.compile(rb"<([A-Za-z][A-Za-z0-9]*)[\s/>]")


def _read_password(data: bytes, name: str) -> object:
    """Read a password file by itself: which Authorisation it is of, its own name says."""
    stamped = file_names.parse_stamped(name)
    return protected_file.decode_password(
        data, name=name, authorisation=replace(stamped, type=FileType.AUTHORISATION)
    )


_CSV: Mapping[str, tuple[str, Callable[[bytes, str], object]]] = {
    "MA_": ("migration-authorisation", lambda data, name: authorisation.decode(data, name=name)),
    "MAPASSWORD_": (
        "migration-authorisation-password",
        _read_password,
    ),
    "DC-": ("demand-commit", lambda data, name: demand.decode(data, name=name)),
    "DR_": ("demand-return", lambda data, name: demand.decode(data, name=name)),
    "DFU_": (
        "dormant-firmware-schedule",
        lambda data, name: dormant_schedule.decode_firmware(data, name=name),
    ),
    "DMS_": (
        "dormant-migration-schedule",
        lambda data, name: dormant_schedule.decode_migration(data, name=name),
    ),
}


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to a file and may lie elsewhere, and what is asked of it."""

    password: Path | None = None
    """The password file of a protected Migration Authorisation."""
    signature: Path | None = None
    signers: Path | None = None
    """Public keys of those who sign; None: the test keys."""
    has_to_be_signed: bool = False


def check_file(path: Path, beside: Beside = Beside()) -> str:
    """Return the kind of a file that keeps the rules of its kind, and who signed it.

    Raises:
        ScenarioError: it cannot be read, is of no known kind, or breaks rules: file, line and rule
            of each.
    """
    if path.suffix == SUFFIX:
        return words_of(path, signer_keys(beside.signers))
    data = _octets(path)
    try:
        if protected_file.is_protected(data):
            return _check_protected(data, path, beside.password)
        if path.suffix == ".xml":
            return _check_xml(data, path, beside)
        return _check_csv(data, path, beside)
    except (FileError, SecurityError) as error:
        # Called by the name alone within, since that is part of the rules of a csv file.
        raise ScenarioError(str(error)) from error


def _octets(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(FILE_OCTETS_MAX + 1)
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from error


def _check_protected(data: bytes, path: Path, password: Path | None) -> str:
    name = file_names.parse_stamped(path.name)
    companion = password or _companion(path, name)
    if companion is None:
        says = f"protected; its password is looked for in {PASSWORD_FILE}_... beside it"
        raise ScenarioError(f"{path.name}:1: password: {says}, or in --password-file")
    given = protected_file.decode_password(
        _octets(companion), name=companion.name, authorisation=name
    )
    authorisation.decode(protected_file.unprotect(data, name, given), name=path.name)
    return f"migration-authorisation, opened by {companion.name}"


def _companion(path: Path, name: StampedName) -> Path | None:
    """Find the password file beside a Migration Authorisation: the case of tags may differ."""
    for one in sorted(path.parent.glob(f"{PASSWORD_FILE}_*")):
        try:
            if file_names.parse_stamped(one.name).is_password_of(name):
                return one
        except FileError:
            continue
    return None


def _check_xml(data: bytes, path: Path, beside: Beside) -> str:
    by_name = {one.shape.name: one for one in XML_FORMATS}
    root = _ROOT.search(data)
    name = root.group(1).decode() if root is not None else ""
    form = by_name.get(name)
    if root is None:
        # No root can be made out: the reader says why, a byte-order mark or no XML at all.
        XML_FORMATS[0].read(data, path.name)
    if form is None:
        hint = did_you_mean(name, tuple(by_name))
        raise ScenarioError(f"{path}:1: schema: unknown root element {name!r}; {hint}")
    form.read(data, path.name)
    signer = signer_of(form, data, path, beside.signature, signer_keys(beside.signers))
    if not signer and beside.has_to_be_signed:
        says = f"not signed; its signature is looked for in {path.name}{SUFFIX} beside it"
        raise ScenarioError(f"{path.name}:1: signature: {says}, or in --signature")
    return f"{name}, signed by {signer}" if signer else f"{name}, not signed"


def _check_csv(data: bytes, path: Path, beside: Beside) -> str:
    if beside.signature is not None:
        raise ScenarioError(f"{path.name}:1: signature: no file of this kind is signed")
    for prefix, (kind, decode) in _CSV.items():
        if path.name.startswith(prefix):
            decode(data, path.name)
            return kind
    known = ", ".join(f"{prefix}..." for prefix in _CSV)
    raise ScenarioError(f"{path}: name: expected {known}, or a file that ends in .xml")

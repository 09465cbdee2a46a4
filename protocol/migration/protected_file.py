"""A Migration Authorisation under a password, and the file that tells the password.

Source: the DCC's samples have a file `MAPASSWORD_...` beside `MA_...` of the same stamp; that it
gives the password of a protected MA is inferred, and how the MA is protected is modelled [M]:

    tag "HAN-MA-PROTECTED-M1" 00 | salt 16 | nonce 12 | AES-256-GCM of the content, its tag 16

The key is PBKDF2-HMAC-SHA256(password, salt, 10,000 rounds); the file's name is authenticated with
it. Salt and nonce are arguments, drawn by the caller. The password file is a csv of one record.
"""

import construct as c
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from hanbench.protocol.errors import EncodeError, FileError, FileProblem, SecurityError
from hanbench.protocol.migration import csv_table
from hanbench.protocol.migration.csv_table import Column, Table
from hanbench.protocol.migration.file_names import (
    FileType,
    StampedName,
    format_stamped,
    parse_stamped,
)
from hanbench.protocol.migration.file_text import FILE_OCTETS_MAX
from hanbench.protocol.migration.value_kinds import FILE_NAME, ValueKind

ROUNDS = 10_000
SALT_OCTETS = 16
NONCE_OCTETS = 12
_TAG = b"HAN-MA-PROTECTED-M1\0"
_GCM_TAG_OCTETS = 16
_LAYOUT = c.Struct(
    "tag" / c.Const(_TAG),
    "salt" / c.Bytes(SALT_OCTETS),
    "nonce" / c.Bytes(NONCE_OCTETS),
    "sealed" / c.GreedyBytes,
)
_HEAD_OCTETS = len(_TAG) + SALT_OCTETS + NONCE_OCTETS

PASSWORD = ValueKind(
    "a password of 12 to 64 letters, digits, '.', '_' or '-'", "[A-Za-z0-9._-]{12,64}"
)
TABLE = Table(
    "migration-authorisation-password",
    "1",
    (
        Column("file", FILE_NAME, "the name of the Migration Authorisation"),
        Column("password", PASSWORD, "its password"),
    ),
)


def is_protected(data: bytes) -> bool:
    """Whether these octets claim to be a protected file."""
    return data.startswith(_TAG)


def protect(
    content: bytes, name: StampedName, password: str, *, salt: bytes, nonce: bytes
) -> bytes:
    """Put the content of a Migration Authorisation under a password.

    Raises:
        EncodeError: the password, salt or nonce is not of its kind.
    """
    if problem := PASSWORD.problem(password):
        raise EncodeError(f"password: {problem.split(' is not ', 1)[1]} is expected")
    if (len(salt), len(nonce)) != (SALT_OCTETS, NONCE_OCTETS):
        raise EncodeError(f"salt of {SALT_OCTETS} and nonce of {NONCE_OCTETS} octets are expected")
    sealed = AESGCM(_key(password, salt)).encrypt(nonce, content, _bound_to(name))
    return _TAG + salt + nonce + sealed


def unprotect(data: bytes, name: StampedName, password: str) -> bytes:
    """Return the content.

    Raises:
        FileError: this is no protected file.
        SecurityError: it was not protected under this password and this name.
    """
    file = format_stamped(name)
    if not is_protected(data) or len(data) < _HEAD_OCTETS + _GCM_TAG_OCTETS:
        says = "not a whole protected Migration Authorisation"
        raise FileError(FileProblem(file, 1, "protection", says))
    if len(data) > FILE_OCTETS_MAX:
        raise FileError(FileProblem(file, 1, "size", f"at most {FILE_OCTETS_MAX} octets are read"))
    raw = _LAYOUT.parse(data)
    try:
        return AESGCM(_key(password, raw.salt)).decrypt(raw.nonce, raw.sealed, _bound_to(name))
    except InvalidTag as error:
        reason = f"{file}:1: password: does not open the file, or the file was changed"
        raise SecurityError(reason) from error


def encode_password(name: StampedName, password: str) -> bytes:
    """Write the password file of a Migration Authorisation."""
    return csv_table.write(TABLE, [{"file": format_stamped(name), "password": password}])


def decode_password(data: bytes, *, name: str, authorisation: StampedName) -> str:
    """Read the password of this Migration Authorisation from its companion.

    Raises:
        FileError: the names do not belong together, or a rule of the file is broken.
    """
    stamped = parse_stamped(name)
    wanted = format_stamped(authorisation)
    if stamped.type is not FileType.PASSWORD or not stamped.is_password_of(authorisation):
        raise FileError(FileProblem(name, 1, "name", f"not the password file of {wanted}"))
    records = csv_table.read(TABLE, data, file=name)
    if len(records) != 1:
        raise FileError(FileProblem(name, 3, "records", f"{len(records)} records; one is expected"))
    inside = parse_stamped(records[0].values["file"])
    if not stamped.is_password_of(inside):
        says = f"the record is about {records[0].values['file']}, not {wanted}"
        raise FileError(FileProblem(name, records[0].line, "name", says))
    return records[0].values["password"]


def _bound_to(name: StampedName) -> bytes:
    # The case of the tag differs between samples of one sender: it must not keep a file shut.
    return format_stamped(name).upper().encode()


def _key(password: str, salt: bytes) -> bytes:
    kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=ROUNDS)
    return kdf.derive(password.encode())

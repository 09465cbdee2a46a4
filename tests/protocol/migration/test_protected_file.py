"""Migration Authorisations under a password, and their companions."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.protocol.migration import messages

from hanbench.protocol.errors import EncodeError, FileError, SecurityError
from hanbench.protocol.migration import authorisation, protected_file
from hanbench.protocol.migration.file_names import FileType, format_stamped, parse_stamped
from hanbench.protocol.migration.file_text import FILE_OCTETS_MAX
from hanbench.protocol.migration.formats import AUTHORISATION_NAME, PASSWORD_NAME

PASSWORD = "test-password-1"
SALT, NONCE = bytes(16), bytes(12)
CONTENT = authorisation.encode(messages.AUTHORISATION)
SEALED = protected_file.protect(CONTENT, messages.MA_NAME, PASSWORD, salt=SALT, nonce=NONCE)
COMPANION = protected_file.encode_password(messages.MA_NAME, PASSWORD)


def test_a_protected_authorisation_opens_with_the_password_of_its_companion() -> None:
    password = protected_file.decode_password(
        COMPANION, name=PASSWORD_NAME, authorisation=messages.MA_NAME
    )

    assert protected_file.is_protected(SEALED)
    assert not protected_file.is_protected(CONTENT)
    assert protected_file.unprotect(SEALED, messages.MA_NAME, password) == CONTENT


def test_the_case_of_the_tag_does_not_keep_a_file_shut() -> None:
    upper = dataclasses.replace(messages.MA_NAME, tag="CGI")

    assert protected_file.unprotect(SEALED, upper, PASSWORD) == CONTENT


@settings(max_examples=20)
@given(st.binary(max_size=100))
def test_every_content_comes_back(content) -> None:
    data = protected_file.protect(content, messages.MA_NAME, PASSWORD, salt=SALT, nonce=NONCE)

    assert protected_file.unprotect(data, messages.MA_NAME, PASSWORD) == content


def test_a_wrong_password_another_name_and_a_changed_octet_are_refused() -> None:
    later = dataclasses.replace(
        messages.MA_NAME, written_at=messages.MA_NAME.written_at.replace(second=4)
    )
    for data, name, password in (
        (SEALED, messages.MA_NAME, "test-password-2"),
        (SEALED, later, PASSWORD),
        (SEALED[:-1] + bytes([SEALED[-1] ^ 1]), messages.MA_NAME, PASSWORD),
    ):
        with pytest.raises(SecurityError) as caught:
            protected_file.unprotect(data, name, password)
        says = "1: password: does not open the file, or the file was changed"
        assert str(caught.value) == f"{format_stamped(name)}:{says}"


def test_what_is_no_protected_file_is_refused() -> None:
    for data in (b"", CONTENT, SEALED[:63]):
        with pytest.raises(FileError, match="1: protection: not a whole protected"):
            protected_file.unprotect(data, messages.MA_NAME, PASSWORD)
    with pytest.raises(FileError, match="1: size: at most"):
        protected_file.unprotect(SEALED + bytes(FILE_OCTETS_MAX), messages.MA_NAME, PASSWORD)


def test_a_poor_password_or_a_short_salt_is_not_used() -> None:
    with pytest.raises(EncodeError, match="password: a password of 12") as caught:
        protected_file.protect(b"", messages.MA_NAME, "letmein", salt=SALT, nonce=NONCE)
    assert "letmein" not in str(caught.value)
    with pytest.raises(EncodeError, match="salt of 16 and nonce of 12"):
        protected_file.protect(b"", messages.MA_NAME, PASSWORD, salt=b"", nonce=NONCE)


def test_the_companion_of_another_file_is_refused() -> None:
    other = dataclasses.replace(messages.MA_NAME, sender=messages.HUB)
    row = COMPANION.splitlines(keepends=True)[2]
    twice = COMPANION.replace(row, row * 2).replace(b"TRAILER,1", b"TRAILER,2")
    for data, name, wanted, says in (
        (COMPANION, AUTHORISATION_NAME, messages.MA_NAME, "1: name: not the password file of MA_"),
        (COMPANION, PASSWORD_NAME, other, "1: name: not the password file of MA_"),
        (
            protected_file.encode_password(other, PASSWORD),
            PASSWORD_NAME,
            messages.MA_NAME,
            "3: name: the record is about MA_cgI_00-DB",
        ),
        (twice, PASSWORD_NAME, messages.MA_NAME, "3: records: 2 records; one is expected"),
    ):
        with pytest.raises(FileError) as caught:
            protected_file.decode_password(data, name=name, authorisation=wanted)
        assert str(caught.value).startswith(f"{name}:{says}")


@given(messages.stamped(FileType.AUTHORISATION))
def test_a_name_survives_its_text_whatever_the_case_of_its_tag(name) -> None:
    text = format_stamped(name)

    assert parse_stamped(text) == name
    assert parse_stamped(f"{text}.csv") == name
    assert name.is_from(name.tag.swapcase())

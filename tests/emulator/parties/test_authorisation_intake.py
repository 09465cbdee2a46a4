"""Migration Authorisations are taken whole or not at all, by the octets that a supplier sends."""

import pytest
from tests.protocol.migration import messages

from hanbench.emulator.parties.authorisation_intake import (
    AuthorisationIntake,
    AuthorisationSubmission,
)
from hanbench.emulator.parties.operation import PartyError
from hanbench.emulator.parties.premises import Home, Premises, PremisesDevice
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.migration import authorisation, protected_file
from hanbench.protocol.migration.file_names import format_stamped
from hanbench.protocol.migration.formats import PASSWORD_NAME

MESSAGE = messages.AUTHORISATION
NAME = format_stamped(MESSAGE.name)
CONTENT = authorisation.encode(MESSAGE)
PASSWORD = "synthetic-password-1"
HOMES = tuple(
    Home(
        name=one.installation,
        supplier="A",
        devices=(PremisesDevice(name="hub", eui64=Eui64(number), type="CHF"),),
    )
    for number, one in enumerate(MESSAGE.installations)
)


@pytest.fixture
def intake():
    return AuthorisationIntake(Premises(HOMES))


def submit(intake, content=CONTENT, name=NAME, **more):
    return intake.submit(AuthorisationSubmission(name=name, file=content.hex(), **more))


def test_a_file_in_order_covers_its_installations_and_no_others(intake):
    taken = submit(intake)

    assert taken.installations == tuple(one.installation for one in MESSAGE.installations)
    assert taken.day == "2019-04-15"
    assert intake.covers(taken.installations[0])
    assert not intake.covers("another")
    assert intake.received() == (MESSAGE,)
    assert intake.files_of(taken.installations[0]) == (NAME,)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"2019-04-15", b"2019-02-30", f"{NAME}:3: date: "),
        (b"home-2", b"home 2", f"{NAME}:4: value: "),
        (b"home-2", b"home-9", f"{NAME}:4: records: no Installation 'home-9'"),
        (b"TRAILER,2", b"TRAILER,3", f"{NAME}:5: truncated: "),
        (b"home-2", b"home\xff", f"{NAME}:4: encoding: "),
    ],
)
def test_one_wrong_line_refuses_the_whole_file(intake, old, new, says):
    refused = submit(intake, CONTENT.replace(old, new, 1))

    assert isinstance(refused, PartyError)
    assert (refused.code, refused.detail[: len(says)]) == ("FILE_REFUSED", says)
    assert intake.received() == ()
    assert not any(intake.covers(home.name) for home in HOMES)


def test_the_same_file_is_taken_twice_and_another_of_its_name_is_not(intake):
    other = authorisation.encode(MESSAGE).replace(b"dormant", b"active")

    assert submit(intake) == submit(intake)
    refused = submit(intake, other)

    assert isinstance(refused, PartyError)
    assert "name: another file of this name was accepted before" in refused.detail
    assert intake.received() == (MESSAGE,)


def protected(password=PASSWORD, companion=PASSWORD_NAME):
    sealed = protected_file.protect(
        CONTENT, MESSAGE.name, PASSWORD, salt=bytes(16), nonce=bytes(12)
    )
    given = protected_file.encode_password(MESSAGE.name, password)
    return {
        "content": sealed,
        "password_name": companion,
        "password_file": given.hex(),
    }


def test_a_protected_file_is_opened_by_its_password_alone(intake):
    wrong = submit(intake, **protected("synthetic-password-2"))
    elsewhere = submit(intake, **protected(companion=PASSWORD_NAME.replace("182503", "182504")))
    without = submit(intake, protected()["content"])

    assert isinstance(wrong, PartyError)
    assert f"{NAME}:1: password: does not open" in wrong.detail
    assert isinstance(elsewhere, PartyError)
    assert "not the password file of" in elsewhere.detail
    assert isinstance(without, PartyError)
    assert intake.received() == ()
    assert submit(intake, **protected()).authorisation == NAME

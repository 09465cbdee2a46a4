"""How the DCC takes Migration Authorisations: the real csv, whole, or not at all.

Source: TMAD v5.1 conclusions: a Responsible Supplier authorises Installations for a day by a file;
who reads it, and what is checked, is modelled [M]. Nothing of a refused file is kept: none of its
Installations is authorised by it, however good their own records are. What has been accepted is
what the Commissioning Party holds a Migration Common File against.
"""

from typing import Annotated

from pydantic import Field

from hanbench.emulator.parties.operation import (
    FileHex,
    Hex,
    Name,
    Operation,
    PartyError,
    Schema,
)
from hanbench.emulator.parties.premises import Premises
from hanbench.emulator.parties.signed_file import FILE_REFUSED
from hanbench.protocol.errors import FileError, SecurityError
from hanbench.protocol.migration import authorisation, protected_file
from hanbench.protocol.migration.authorisation import MigrationAuthorisation
from hanbench.protocol.migration.file_names import format_stamped, parse_stamped

FileName = Annotated[str, Field(min_length=1, max_length=128)]


class AuthorisationSubmission(Schema):
    """A Migration Authorisation, and where it is protected the file of its password."""

    name: FileName
    """Its name: who sent it and when is read from that."""
    file: FileHex
    password_name: FileName | None = None
    password_file: Hex | None = None


class AuthorisationAccepted(Schema):
    """What it authorises."""

    authorisation: FileName
    day: str
    """The day of it, `2021-03-01`."""
    installations: tuple[Name, ...]


SUBMIT_AUTHORISATION = Operation(
    name="submit_authorisation",
    purpose="Submit a Migration Authorisation file, as a supplier sends it.",
    arguments=AuthorisationSubmission,
    result=AuthorisationAccepted,
    errors=(FILE_REFUSED,),
    stated="A csv file of one supplier for one day, named after its sender and instant; one that "
    "is protected comes with a file that gives its password (TMAD v5.1 conclusions, samples).",
    modelled="Columns and protection (`docs/migration-files.md`). It is taken whole or not at all; "
    "the same file is taken twice, another under a name that is taken is refused.",
    example=(
        {"name": "MA_CGI_70-B3-D5-1F-30-00-A0-08_20190407_182503", "file": "48414e"},
        {
            "authorisation": "MA_CGI_70-B3-D5-1F-30-00-A0-08_20190407_182503",
            "day": "2019-04-15",
            "installations": ["home-1"],
        },
    ),
)


class AuthorisationIntake:
    """The Migration Authorisations that were accepted."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._accepted: dict[str, MigrationAuthorisation] = {}
        self._files: dict[str, dict[str, bool]] = {}
        """By Installation, the names of the files that it stands in."""

    def received(self) -> tuple[MigrationAuthorisation, ...]:
        """Return the accepted ones, in the order in which they came."""
        return tuple(self._accepted.values())

    def covers(self, installation: str) -> bool:
        """Whether any of them names this Installation."""
        return installation in self._files

    def files_of(self, installation: str) -> tuple[str, ...]:
        """Name the accepted files that an Installation stands in."""
        return tuple(self._files.get(installation, ()))

    def submit(self, asked: AuthorisationSubmission) -> AuthorisationAccepted | PartyError:
        """Take a file, or say which rules it breaks."""
        try:
            message = self._read(asked)
        except (FileError, SecurityError) as error:
            return PartyError(FILE_REFUSED.code, str(error))
        name = format_stamped(message.name)
        unknown = self._unknown(message)
        if unknown:
            return PartyError(FILE_REFUSED.code, f"{name}:{unknown}")
        if self._accepted.get(name.upper(), message) != message:
            says = f"{name}:1: name: another file of this name was accepted before"
            return PartyError(FILE_REFUSED.code, says)
        self._accepted[name.upper()] = message
        names = tuple(one.installation for one in message.installations)
        for one in names:
            self._files.setdefault(one, {})[name] = True
        return AuthorisationAccepted(
            authorisation=name, day=message.day.isoformat(), installations=names
        )

    @staticmethod
    def _read(asked: AuthorisationSubmission) -> MigrationAuthorisation:
        data = bytes.fromhex(asked.file)
        if protected_file.is_protected(data):
            name = parse_stamped(asked.name)
            password = protected_file.decode_password(
                bytes.fromhex(asked.password_file or ""),
                name=asked.password_name or asked.name,
                authorisation=name,
            )
            data = protected_file.unprotect(data, name, password)
        return authorisation.decode(data, name=asked.name)

    def _unknown(self, message: MigrationAuthorisation) -> str:
        for place, one in enumerate(message.installations):
            if isinstance(self._premises.home(one.installation), PartyError):
                return f"{place + 3}: records: no Installation {one.installation!r}"
        return ""

"""Migration Authorisation: a Responsible Supplier names the Installations that may move on a day.

Source: TMAD v5.1 conclusions and the DCC's pages: a csv file (format v0.6, whose columns are not
public) by one supplier for one day, which may carry network certificates. Columns are modelled [M].
A record names the meters that are this supplier's: in a home of two suppliers, one of them.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from hanbench.protocol.errors import EncodeError, FileError, FileProblem
from hanbench.protocol.identifiers import Eui64, format_eui64, parse_eui64
from hanbench.protocol.migration import csv_table
from hanbench.protocol.migration.csv_table import Column, Record, Table
from hanbench.protocol.migration.file_names import (
    FileType,
    StampedName,
    format_stamped,
    parse_stamped,
)
from hanbench.protocol.migration.value_kinds import DATE, EUI64, MODE, NAME, SERIAL

Mode = Literal["active", "dormant"]

TABLE = Table(
    "migration-authorisation",
    "1",
    (
        Column("installation", NAME, "the name of the Installation"),
        Column("migration_date", DATE, "the day; the same in every record"),
        Column("supplier", EUI64, "the Responsible Supplier; the sender of the file name"),
        Column("chf", EUI64, "the communications hub"),
        Column("esme", EUI64, "the electricity meter, if it is this supplier's", is_optional=True),
        Column("esme_mode", MODE, "Active or Dormant; with esme", is_optional=True),
        Column("gsme", EUI64, "the gas meter, if it is this supplier's", is_optional=True),
        Column("gsme_mode", MODE, "Active or Dormant; with gsme", is_optional=True),
        Column(
            "dno_certificate",
            SERIAL,
            "serial number of the electricity network operator's certificate",
            is_optional=True,
        ),
        Column(
            "gt_certificate",
            SERIAL,
            "serial number of the gas transporter's certificate",
            is_optional=True,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter that may move."""

    eui64: Eui64
    mode: Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedInstallation:
    """What one record authorises."""

    installation: str
    chf: Eui64
    esme: Meter | None = None
    gsme: Meter | None = None
    dno_certificate: str = ""
    gt_certificate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationAuthorisation:
    """The Installations of one supplier that may move on one day."""

    name: StampedName
    day: datetime.date
    installations: tuple[AuthorisedInstallation, ...]
    """At least one."""

    @property
    def supplier(self) -> Eui64:
        """The supplier that authorises: who sends the file."""
        return self.name.sender


def encode(message: MigrationAuthorisation) -> bytes:
    """Write the content of the file.

    Raises:
        EncodeError: a value does not fit, or the message breaks a rule of the file.
    """
    data = csv_table.write(TABLE, (_row(message, it) for it in message.installations))
    try:
        decode(data, name=format_stamped(message.name))
    except FileError as error:
        raise EncodeError(str(error)) from error
    return data


def decode(data: bytes, *, name: str) -> MigrationAuthorisation:
    """Read a file under its name, whole or not at all.

    Raises:
        FileError: every rule that the name or the content breaks.
    """
    stamped = parse_stamped(name)
    if stamped.type is not FileType.AUTHORISATION:
        says = f"a name that begins with {stamped.type}; expected MA"
        raise FileError(FileProblem(name, 1, "name", says))
    records = csv_table.read(TABLE, data, file=name)
    problems = list(_problems(records, stamped, name))
    if problems:
        raise FileError(*sorted(problems, key=lambda it: it.line))
    return MigrationAuthorisation(
        name=stamped,
        day=datetime.date.fromisoformat(records[0].values["migration_date"]),
        installations=tuple(_authorised(record.values) for record in records),
    )


def require_tag(message: MigrationAuthorisation, tag: str) -> None:
    """Refuse a file whose name has another sender's tag.

    Raises:
        FileError: rule `tag`; upper and lower case are the same.
    """
    if not message.name.is_from(tag):
        says = f"the name has the tag {message.name.tag}; this sender's is {tag.upper()}"
        raise FileError(FileProblem(format_stamped(message.name), 1, "tag", says))


def _problems(records: tuple[Record, ...], name: StampedName, file: str) -> Iterator[FileProblem]:
    if not records:
        yield FileProblem(file, 3, "empty", "no record; at least one Installation is expected")
        return
    yield from csv_table.differences(records, "migration_date", file=file, rule="one-day")
    yield from csv_table.differences(records, "supplier", file=file, rule="one-supplier")
    for column in ("installation", "chf", "esme", "gsme"):
        yield from csv_table.repeats(records, column, file=file)
    sender = format_eui64(name.sender)
    if records[0].values["supplier"] != sender:
        says = f"{records[0].values['supplier']}; the name of the file has {sender}"
        yield FileProblem(file, records[0].line, "sender", f"supplier {says}")
    for record in records:
        yield from _meter_problems(record, file)


def _meter_problems(record: Record, file: str) -> Iterator[FileProblem]:
    values = record.values
    if not values["esme"] and not values["gsme"]:
        yield FileProblem(file, record.line, "meters", "neither esme nor gsme is named")
    for meter in ("esme", "gsme"):
        if bool(values[meter]) is not bool(values[f"{meter}_mode"]):
            says = f"{meter} and {meter}_mode are both given or both empty"
            yield FileProblem(file, record.line, "meters", says)


def _row(message: MigrationAuthorisation, it: AuthorisedInstallation) -> Mapping[str, str]:
    return {
        "installation": it.installation,
        "migration_date": message.day.isoformat(),
        "supplier": format_eui64(message.supplier),
        "chf": format_eui64(it.chf),
        "esme": format_eui64(it.esme.eui64) if it.esme else "",
        "esme_mode": it.esme.mode if it.esme else "",
        "gsme": format_eui64(it.gsme.eui64) if it.gsme else "",
        "gsme_mode": it.gsme.mode if it.gsme else "",
        "dno_certificate": it.dno_certificate,
        "gt_certificate": it.gt_certificate,
    }


def _authorised(values: Mapping[str, str]) -> AuthorisedInstallation:
    return AuthorisedInstallation(
        installation=values["installation"],
        chf=parse_eui64(values["chf"]),
        esme=_meter(values, "esme"),
        gsme=_meter(values, "gsme"),
        dno_certificate=values["dno_certificate"],
        gt_certificate=values["gt_certificate"],
    )


def _meter(values: Mapping[str, str], name: str) -> Meter | None:
    if not values[name]:
        return None
    return Meter(parse_eui64(values[name]), cast("Mode", values[f"{name}_mode"]))

"""Demand commit and demand return: how many Installations a supplier means to move on which day.

Source: the DCC's samples name the files (`DC-AAA123_...`, `DR_AAA123_...`) and the migration
scaling methodology (TMAD 4.12(b)) the purpose: its V4.0 has at least 100 Installations a day
(DMIN). The contents are not public: modelled [M]. A return answers each day of a commit with what
the DCC grants.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from hanbench.protocol.errors import EncodeError, FileError, FileProblem
from hanbench.protocol.migration import csv_table
from hanbench.protocol.migration.csv_table import Column, Table
from hanbench.protocol.migration.file_names import (
    DemandName,
    FileType,
    format_demand,
    parse_demand,
)
from hanbench.protocol.migration.value_kinds import COUNT, DATE

_DAY = Column("day", DATE, "the day of migration")
_TABLES = {
    FileType.DEMAND_COMMIT: Table(
        "demand-commit",
        "1",
        (
            _DAY,
            Column("active", COUNT, "Installations with an Active meter asked for"),
            Column("dormant", COUNT, "all-Dormant Installations asked for"),
        ),
    ),
    FileType.DEMAND_RETURN: Table(
        "demand-return",
        "1",
        (
            _DAY,
            Column("active", COUNT, "Installations with an Active meter granted"),
            Column("dormant", COUNT, "all-Dormant Installations granted"),
        ),
    ),
}
COMMIT_TABLE = _TABLES[FileType.DEMAND_COMMIT]
RETURN_TABLE = _TABLES[FileType.DEMAND_RETURN]


@dataclass(frozen=True, slots=True)
class DayDemand:
    """How many Installations on one day."""

    day: datetime.date
    active: int
    dormant: int


@dataclass(frozen=True, slots=True)
class Demand:
    """A commit or a return: the name's type tells which."""

    name: DemandName
    days: tuple[DayDemand, ...]


def encode(demand: Demand) -> bytes:
    """Write the content of the file.

    Raises:
        EncodeError: a count does not fit, or a day is named twice.
    """
    data = csv_table.write(_TABLES[demand.name.type], (_row(day) for day in demand.days))
    try:
        decode(data, name=format_demand(demand.name))
    except FileError as error:
        raise EncodeError(str(error)) from error
    return data


def decode(data: bytes, *, name: str) -> Demand:
    """Read a file under its name, whole or not at all.

    Raises:
        FileError: every rule that the name or the content breaks.
    """
    parsed = parse_demand(name)
    records = csv_table.read(_TABLES[parsed.type], data, file=name)
    problems = tuple(csv_table.repeats(records, "day", file=name))
    if problems:
        raise FileError(*problems)
    return Demand(parsed, tuple(_day(record.values) for record in records))


def require_answers(answer: Demand, commit: Demand) -> None:
    """Refuse a return that grants other days than were asked for, or more than was.

    Raises:
        FileError: rule `demand`, with the line of the return.
    """
    asked = {day.day: day for day in commit.days}
    file = format_demand(answer.name)
    problems: list[FileProblem] = []
    for line, day in enumerate(answer.days, 3):
        wanted = asked.get(day.day)
        if wanted is None:
            says = f"{day.day.isoformat()} was not asked for"
        elif day.active > wanted.active or day.dormant > wanted.dormant:
            says = f"{day.day.isoformat()} is granted more than was asked for"
        else:
            continue
        problems.append(FileProblem(file, line, "demand", says))
    if problems:
        raise FileError(*problems)


def _row(day: DayDemand) -> Mapping[str, str]:
    return {"day": day.day.isoformat(), "active": str(day.active), "dormant": str(day.dormant)}


def _day(values: Mapping[str, str]) -> DayDemand:
    return DayDemand(
        datetime.date.fromisoformat(values["day"]), int(values["active"]), int(values["dormant"])
    )

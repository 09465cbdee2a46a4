"""Csv files of a migration: a version line, a header line, records, and a trailer that counts them.

Source: that Migration Authorisations are csv is public, their columns are not: modelled [M]. The
layout is RFC 4180 without quotes, since no field needs any: every line ends in CRLF, the last one
too, so that one content has one form. The trailer tells a file that was cut between two lines from
a whole one.

    HANBENCH-SYNTHETIC,<title>,<version>
    <column>,<column>,...
    <value>,<value>,...
    TRAILER,<number of records>
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hanbench.protocol.errors import EncodeError, FileError, FileProblem
from hanbench.protocol.migration.file_text import text_of
from hanbench.protocol.migration.value_kinds import ValueKind

MARK = "HANBENCH-SYNTHETIC"
TRAILER = "TRAILER"
RECORDS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what it may hold, and what it means."""

    name: str
    kind: ValueKind
    meaning: str
    is_optional: bool = False
    """Whether it may be empty."""


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of csv file."""

    title: str
    version: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One record, and the line that it stands in."""

    line: int
    values: Mapping[str, str]


def write(table: Table, records: Iterable[Mapping[str, str]]) -> bytes:
    """Write a file.

    Raises:
        EncodeError: a value is not of its column's kind.
    """
    rows = list(records)
    for number, row in enumerate(rows, 3):
        problems = list(_value_problems(table, row, "", number))
        if problems:
            raise EncodeError(f"{table.title}: {problems[0].reason}")
    lines = [
        f"{MARK},{table.title},{table.version}",
        ",".join(column.name for column in table.columns),
        *(",".join(row[column.name] for column in table.columns) for row in rows),
        f"{TRAILER},{len(rows)}",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


def read(table: Table, data: bytes, *, file: str) -> tuple[Record, ...]:
    """Read a file, whole or not at all.

    Raises:
        FileError: every rule that it breaks; of those that keep it from being read, the first.
    """
    lines = _lines(text_of(data, file=file), file)
    _require_head(table, lines, file)
    rows = lines[2:-1]
    _require_trailer(lines, len(rows), file)
    if len(rows) > RECORDS_MAX:
        raise _error(file, 3, "size", f"{len(rows)} records; at most {RECORDS_MAX} are read")
    records: list[Record] = []
    problems: list[FileProblem] = []
    for number, row in enumerate(rows, 3):
        fields = row.split(",")
        if len(fields) != len(table.columns):
            says = f"{len(fields)} fields; the header has {len(table.columns)}"
            problems.append(FileProblem(file, number, "columns", says))
            continue
        values = {column.name: text for column, text in zip(table.columns, fields, strict=True)}
        problems += _value_problems(table, values, file, number)
        records.append(Record(number, values))
    if problems:
        raise FileError(*problems)
    return tuple(records)


def repeats(
    records: Iterable[Record], column: str, *, file: str, rule: str = "duplicate"
) -> Iterator[FileProblem]:
    """Find the values of a column that stand in more than one record."""
    first: dict[str, int] = {}
    for record in records:
        text = record.values[column]
        if text and text in first:
            says = f"{column} {text} stands in line {first[text]} already"
            yield FileProblem(file, record.line, rule, says)
        first.setdefault(text, record.line)


def differences(
    records: tuple[Record, ...], column: str, *, file: str, rule: str
) -> Iterator[FileProblem]:
    """Find the records whose value of a column is not that of the first."""
    for record in records[1:]:
        text, first = record.values[column], records[0].values[column]
        if text != first:
            says = f"{column} {text}; line {records[0].line} has {first}"
            yield FileProblem(file, record.line, rule, says)


def _lines(text: str, file: str) -> list[str]:
    if not text.endswith("\n"):
        says = "the last line does not end; the file is cut short"
        raise _error(file, text.count("\n") + 1, "truncated", says)
    lines = text.split("\n")[:-1]
    for number, line in enumerate(lines, 1):
        if not line.endswith("\r"):
            says = "the line ends in LF; every line of this file ends in CRLF (RFC 4180)"
            raise _error(file, number, "line-ends", says)
        bare = line[:-1]
        if "\r" in bare:
            raise _error(file, number, "line-ends", "a CR within the line, and no LF after it")
        if '"' in bare:
            raise _error(file, number, "quotes", "a quote; no field of this file needs any")
        lines[number - 1] = bare
    return lines


def _require_head(table: Table, lines: list[str], file: str) -> None:
    mark = f"{MARK},{table.title},{table.version}"
    if lines[0] != mark:
        raise _error(file, 1, "version", f"{lines[0][:80]!r}; expected {mark!r}")
    wanted = [column.name for column in table.columns]
    found = lines[1].split(",") if len(lines) > 1 else []
    if found == wanted:
        return
    unknown = [name for name in found if name not in wanted]
    missing = [name for name in wanted if name not in found]
    says = "; ".join(
        f"{word} {', '.join(name[:40] or 'without a name' for name in names)}"
        for word, names in (("unknown", unknown), ("missing", missing))
        if names
    )
    raise _error(file, 2, "columns", says or f"out of order; expected {','.join(wanted)}")


def _require_trailer(lines: list[str], records: int, file: str) -> None:
    found = lines[-1]
    if len(lines) < 3 or not found.startswith(f"{TRAILER},"):
        says = f"the last line is not a trailer: {found[:80]!r}; the file is cut short"
        raise _error(file, len(lines), "truncated", says)
    if found != f"{TRAILER},{records}":
        says = f"{found[:80]!r}, but there are {records} records"
        raise _error(file, len(lines), "truncated", says)


def _value_problems(
    table: Table, values: Mapping[str, str], file: str, line: int
) -> Iterator[FileProblem]:
    for column in table.columns:
        text = values[column.name]
        if not text and column.is_optional:
            continue
        if says := column.kind.problem(text):
            yield FileProblem(file, line, column.kind.rule, f"{column.name}: {says}")


def _error(file: str, line: int, rule: str, reason: str) -> FileError:
    return FileError(FileProblem(file, line, rule, reason))

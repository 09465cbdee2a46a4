"""Schedule notifications for Dormant meters: when the DCC upgrades firmware, when it migrates.

Source: the DCC lists "Dormant Meter Firmware Upgrade Schedule Notification" v0.3 and "Dormant Meter
Migration Schedule Notification" v0.5; neither layout is public: modelled [M]. Both are sent by the
DCC to the Responsible Suppliers, so the sender of the name is the DCC.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
from hanbench.protocol.migration.value_kinds import DATE, EUI64, FIRMWARE, NAME

FIRMWARE_TABLE = Table(
    "dormant-firmware-schedule",
    "1",
    (
        Column("installation", NAME, "the name of the Installation"),
        Column("device", EUI64, "the device to be upgraded"),
        Column("day", DATE, "the day of the upgrade"),
        Column("from_firmware", FIRMWARE, "the version that it has"),
        Column("to_firmware", FIRMWARE, "the version that it gets; another"),
    ),
)
MIGRATION_TABLE = Table(
    "dormant-migration-schedule",
    "1",
    (
        Column("installation", NAME, "the name of the Installation; once a file"),
        Column("day", DATE, "the day of the migration"),
        Column("supplier", EUI64, "the Responsible Supplier that is told"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareUpgrade:
    """One upgrade of one device."""

    installation: str
    device: Eui64
    day: datetime.date
    from_firmware: str
    to_firmware: str


@dataclass(frozen=True, slots=True)
class FirmwareSchedule:
    """Upgrades in the order in which they are made."""

    name: StampedName
    upgrades: tuple[FirmwareUpgrade, ...]


@dataclass(frozen=True, slots=True)
class DormantMigration:
    """One Installation and its day."""

    installation: str
    day: datetime.date
    supplier: Eui64


@dataclass(frozen=True, slots=True)
class MigrationSchedule:
    """The Dormant Installations that the DCC means to migrate."""

    name: StampedName
    migrations: tuple[DormantMigration, ...]


def encode_firmware(schedule: FirmwareSchedule) -> bytes:
    """Write a firmware upgrade schedule.

    Raises:
        EncodeError: a value does not fit, or the message breaks a rule of the file.
    """
    data = csv_table.write(FIRMWARE_TABLE, (_upgrade_row(it) for it in schedule.upgrades))
    try:
        decode_firmware(data, name=format_stamped(schedule.name))
    except FileError as error:
        raise EncodeError(str(error)) from error
    return data


def decode_firmware(data: bytes, *, name: str) -> FirmwareSchedule:
    """Read a firmware upgrade schedule, whole or not at all.

    Raises:
        FileError: every rule that the name or the content breaks.
    """
    stamped = _require_type(name, FileType.DORMANT_FIRMWARE)
    records = csv_table.read(FIRMWARE_TABLE, data, file=name)
    problems = tuple(_upgrade_problems(records, name))
    if problems:
        raise FileError(*problems)
    return FirmwareSchedule(stamped, tuple(_upgrade(record.values) for record in records))


def encode_migration(schedule: MigrationSchedule) -> bytes:
    """Write a migration schedule.

    Raises:
        EncodeError: a value does not fit, or an Installation is named twice.
    """
    rows = (
        {
            "installation": it.installation,
            "day": it.day.isoformat(),
            "supplier": format_eui64(it.supplier),
        }
        for it in schedule.migrations
    )
    data = csv_table.write(MIGRATION_TABLE, rows)
    try:
        decode_migration(data, name=format_stamped(schedule.name))
    except FileError as error:
        raise EncodeError(str(error)) from error
    return data


def decode_migration(data: bytes, *, name: str) -> MigrationSchedule:
    """Read a migration schedule, whole or not at all.

    Raises:
        FileError: every rule that the name or the content breaks.
    """
    stamped = _require_type(name, FileType.DORMANT_MIGRATION)
    records = csv_table.read(MIGRATION_TABLE, data, file=name)
    problems = tuple(csv_table.repeats(records, "installation", file=name))
    if problems:
        raise FileError(*problems)
    migrations = tuple(
        DormantMigration(
            record.values["installation"],
            datetime.date.fromisoformat(record.values["day"]),
            parse_eui64(record.values["supplier"]),
        )
        for record in records
    )
    return MigrationSchedule(stamped, migrations)


def _require_type(name: str, wanted: FileType) -> StampedName:
    stamped = parse_stamped(name)
    if stamped.type is not wanted:
        says = f"a name that begins with {stamped.type}; expected {wanted}"
        raise FileError(FileProblem(name, 1, "name", says))
    return stamped


def _upgrade_problems(records: tuple[Record, ...], file: str) -> Iterator[FileProblem]:
    """Find the upgrades that lead nowhere, and those that do not go on where the last one ended."""
    has: dict[str, str] = {}
    for record in records:
        device, before, after = (
            record.values[it] for it in ("device", "from_firmware", "to_firmware")
        )
        if before == after:
            yield FileProblem(file, record.line, "firmware", f"{device} has {after} already")
        if has.get(device, before) != before:
            says = f"{device} has {has[device]} by then, not {before}"
            yield FileProblem(file, record.line, "sequence", says)
        has[device] = after


def _upgrade_row(it: FirmwareUpgrade) -> Mapping[str, str]:
    return {
        "installation": it.installation,
        "device": format_eui64(it.device),
        "day": it.day.isoformat(),
        "from_firmware": it.from_firmware,
        "to_firmware": it.to_firmware,
    }


def _upgrade(values: Mapping[str, str]) -> FirmwareUpgrade:
    return FirmwareUpgrade(
        installation=values["installation"],
        device=parse_eui64(values["device"]),
        day=datetime.date.fromisoformat(values["day"]),
        from_firmware=values["from_firmware"],
        to_firmware=values["to_firmware"],
    )

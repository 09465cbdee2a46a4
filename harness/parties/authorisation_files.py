"""The Migration Authorisation files of a scenario: one for each supplier and day, as real csv.

Source: `protocol/migration/authorisation.py`. Each supplier sends the Installations that it has on
a day in one file; in a home of two suppliers each names its own meter. Senders' addresses and tags
are modelled [M]: numbers from the DCC's published test address on, and three letters of the name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from hanbench.emulator.instant import DAY_US, Instant
from hanbench.harness.running.case import Case
from hanbench.harness.streams import draw_bytes
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.migration import authorisation, protected_file
from hanbench.protocol.migration.authorisation import (
    AuthorisedInstallation,
    Meter,
    MigrationAuthorisation,
)
from hanbench.protocol.migration.file_names import FileType, StampedName, format_stamped
from hanbench.protocol.migration.protected_file import NONCE_OCTETS, SALT_OCTETS

FIRST_SUPPLIER = 0x90B3D51F30010000
"""The DCC's published test address of a supplier; others count on from it."""
NOON = timedelta(hours=12)
PASSWORD = "synthetic-password-1"  # noqa: S105 - test material
WRONG_PASSWORD = "synthetic-password-2"  # noqa: S105 - test material
_TAG_LETTERS = 3


@dataclass(frozen=True, slots=True)
class AuthorisationFile:
    """One file, before it is sent."""

    supplier: str
    day: int
    message: MigrationAuthorisation

    @property
    def group(self) -> tuple[str, int]:
        """Supplier and day: there is one file for each."""
        return self.supplier, self.day

    @property
    def name(self) -> str:
        """The name of the file."""
        return format_stamped(self.message.name)

    @property
    def octets(self) -> bytes:
        """Its content."""
        return authorisation.encode(self.message)


def authorisation_files(
    case: Case, written_at: Mapping[tuple[str, int], datetime] | None = None
) -> tuple[AuthorisationFile, ...]:
    """Return the files of a world in the order of its Installations.

    `written_at` moves the instant in a name, by supplier and day; else it is noon the day before.
    """
    cases = (case, *case.companions)
    numbers = _numbers(cases)
    grouped: dict[tuple[str, int], list[AuthorisedInstallation]] = {}
    for one in cases:
        for supplier, entry in _entries(one):
            grouped.setdefault((supplier, day_of(one)), []).append(entry)
    epoch = case.scenario.epoch.replace(tzinfo=None)
    moved = written_at or {}
    return tuple(
        _file(supplier, numbers[supplier], epoch, day, entries, moved.get((supplier, day)))
        for (supplier, day), entries in grouped.items()
    )


def group_of(case: Case, installation: str) -> tuple[str, int]:
    """Return supplier and day of an Installation's Authorisation."""
    cases = (case, *case.companions)
    one = next(it for it in cases if it.installation.name == installation)
    return one.installation.supplier.name, day_of(one)


def day_of(case: Case) -> int:
    """Return the day of a case's Migration Authorisation; day 0 is that of the epoch."""
    authorised = case.scenario.authorised
    if authorised.day is not None:
        return authorised.day
    into_day = case.scenario.epoch - case.scenario.epoch.replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return (authorised.at_us + into_day // timedelta(microseconds=1)) // DAY_US


def protected(file: AuthorisationFile, octets: bytes, seed: int) -> bytes:
    """Put the content of a file under the password of the scenario."""
    return protected_file.protect(
        octets,
        file.message.name,
        PASSWORD,
        salt=draw_bytes(seed, "supplier", "ma-salt", 0, length=SALT_OCTETS),
        nonce=draw_bytes(seed, "supplier", "ma-nonce", 0, length=NONCE_OCTETS),
    )


def password_file(file: AuthorisationFile, *, is_right: bool) -> tuple[str, bytes]:
    """Return name and content of the companion that gives the password, or a wrong one."""
    name = file.message.name
    companion = StampedName(
        type=FileType.PASSWORD, tag=name.tag, sender=name.sender, written_at=name.written_at
    )
    password = PASSWORD if is_right else WRONG_PASSWORD
    return format_stamped(companion), protected_file.encode_password(name, password)


def stamp(case: Case, now: Instant) -> datetime:
    """Return the instant that a file written now has in its name."""
    return (case.scenario.epoch + timedelta(microseconds=now)).replace(tzinfo=None, microsecond=0)


def _file(
    supplier: str,
    number: int,
    epoch: datetime,
    day: int,
    entries: Sequence[AuthorisedInstallation],
    written_at: datetime | None,
) -> AuthorisationFile:
    midnight = datetime(epoch.year, epoch.month, epoch.day) + timedelta(days=day)  # noqa: DTZ001 - names have no time zone
    name = StampedName(
        type=FileType.AUTHORISATION,
        tag=_tag(supplier),
        sender=Eui64(FIRST_SUPPLIER + number),
        written_at=written_at or midnight - NOON,
    )
    message = MigrationAuthorisation(name=name, day=midnight.date(), installations=tuple(entries))
    return AuthorisationFile(supplier, day, message)


def _numbers(cases: Sequence[Case]) -> dict[str, int]:
    suppliers = dict.fromkeys(supplier for one in cases for supplier, _ in _entries(one))
    return {supplier: number for number, supplier in enumerate(suppliers)}


def _entries(case: Case) -> Iterator[tuple[str, AuthorisedInstallation]]:
    """Yield what each supplier of a home says of it."""
    installation = case.installation
    chf = installation.devices[installation.hub_name].eui64
    given = case.scenario.authorised.certificates
    by_supplier: dict[str, dict[str, Meter]] = {}
    for name in installation.meter_names:
        entry = installation.devices[name]
        is_gas = entry.type == "GSME"
        supplier = (case.gas_supplier if is_gas else "") or installation.supplier.name
        meter = Meter(entry.eui64, entry.mode or "active")
        by_supplier.setdefault(supplier, {})["gsme" if is_gas else "esme"] = meter
    for supplier, meters in by_supplier.items():
        yield (
            supplier,
            AuthorisedInstallation(
                installation=installation.name,
                chf=chf,
                esme=meters.get("esme"),
                gsme=meters.get("gsme"),
                dno_certificate=given.get("DNO", "") if "esme" in meters else "",
                gt_certificate=given.get("GT", "") if "gsme" in meters else "",
            ),
        )


@cache
def _tag(supplier: str) -> str:
    letters = [letter for letter in supplier.upper() if "A" <= letter <= "Z"]
    return "".join(letters)[:_TAG_LETTERS].ljust(_TAG_LETTERS, "X")

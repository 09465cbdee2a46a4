"""Required File Sets: what S1SP and DCO have in common when they process one.

Source: TMAD v5.1 conclusions, 5.27(c)(iii) and 16.4, 16.5: what is checked is not public, that a
failed check ends it for this Installation is. So the checks are run in order, up to the first that
fails, and a failure of the one Installation that was asked about is an error: it cannot be
overlooked. A signed file set is about many: those that fail are told, and the others go on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from hanbench.emulator.parties.operation import (
    ErrorMeaning,
    FileHex,
    Hex,
    Name,
    Names,
    OfInstallation,
    Operation,
    PartyError,
    Schema,
)
from hanbench.emulator.parties.premises import PremisesDevice
from hanbench.emulator.parties.signed_file import FILE_REFUSED
from hanbench.protocol.identifiers import Eui64, format_eui64

FILE_SET_FAILED = ErrorMeaning(
    "FILE_SET_FAILED",
    "A check failed: the file set is not processed for this Installation, and its data is "
    "discarded. The detail names the check.",
)
FILE_SET_STATED = (
    "A failed check stops the processing of that Installation within that file set, and its data "
    "is discarded; S1SP and DCO follow different conditions (TMAD 5.27(c)(iii), 16.4, 16.5)."
)


class FileSet(OfInstallation):
    """The devices of the file set; the communications hub is always among them."""

    devices: Names


class FileSetCheck(Schema):
    """One check that was passed."""

    name: Name
    device: Name | None


class FileSetReport(Schema):
    """The checks that were passed: all of them."""

    checks: tuple[FileSetCheck, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that was run, and what is wrong, or ""."""

    name: str
    device: str | None
    problem: str


def report(findings: tuple[Finding, ...]) -> FileSetReport | PartyError:
    """Return the report of the checks, or the error of the first that failed."""
    for finding in findings:
        if finding.problem:
            at = f"{finding.device}: " if finding.device else ""
            return PartyError(FILE_SET_FAILED.code, f"{finding.name}: {at}{finding.problem}")
    checks = tuple(FileSetCheck(name=it.name, device=it.device) for it in findings)
    return FileSetReport(checks=checks)


class SignedFileSet(Schema):
    """A Required File Set of many Installations (`docs/migration-files.md`)."""

    installation: Name | None = None
    """On whose behalf it is sent, for the record; what is processed is what stands in the file."""
    file: FileHex
    """The octets of the file."""
    signature: Hex
    """Its detached signature."""


class ProcessedInstallation(Schema):
    """How the processing of one Installation of the set ended."""

    installation: Name
    passed: bool
    failed_check: str
    """The first check that failed, or ""."""
    detail: str
    discarded: tuple[str, ...]
    """What was dropped after a failure."""


class ProcessedFileSet(Schema):
    """How every Installation of the set ended, in the order of the file."""

    file_set: Annotated[str, Field(min_length=1, max_length=128)]
    installations: tuple[ProcessedInstallation, ...]


@dataclass(frozen=True, slots=True)
class FileSetConditions:
    """In what S1SP and DCO differ [M]: the text of TMAD 16.4 and 16.5 is not public."""

    party: Literal["S1SP", "DCO"]
    clause: Literal["16.4", "16.5"]
    keeps: str
    """What a failure never discards, in words; empty: nothing is kept."""

    @property
    def check(self) -> str:
        """The name of the check that stands for the conditions of the clause."""
        return f"conditions-{self.clause}"


S1SP_CONDITIONS = FileSetConditions("S1SP", "16.4", keeps="")
DCO_CONDITIONS = FileSetConditions(
    "DCO", "16.5", keeps="candidate keys in escrow: a meter may hold one (domain.md 10.8)"
)


def process(
    installations: Iterable[str],
    check: Callable[[str], tuple[Finding, ...]],
    discard: Callable[[str], tuple[str, ...]],
) -> tuple[ProcessedInstallation, ...]:
    """Process each Installation; one that fails is discarded, and the others go on.

    `discard` drops what this file set brought about one Installation, and says what that was.
    """
    results: list[ProcessedInstallation] = []
    for name in installations:
        failed = next((it for it in check(name) if it.problem), None)
        at = f"{failed.device}: " if failed is not None and failed.device else ""
        results.append(
            ProcessedInstallation(
                installation=name,
                passed=failed is None,
                failed_check="" if failed is None else failed.name,
                detail="" if failed is None else f"{at}{failed.problem}",
                discarded=() if failed is None else discard(name),
            )
        )
    return tuple(results)


def record_finding(name: str, eui64: Eui64, record: PremisesDevice | PartyError) -> Finding:
    """Check that a device of a file set stands on record under its name and address."""
    if isinstance(record, PartyError):
        return Finding("records", name, record.detail)
    if record.eui64 != eui64:
        return Finding("records", name, f"{format_eui64(record.eui64)} is on record")
    return Finding("records", name, "")


def signed_file_set_operation(
    conditions: FileSetConditions,
) -> Operation[SignedFileSet, ProcessedFileSet]:
    """Declare how a party processes a signed file set."""
    kept = f" It keeps {conditions.keeps}." if conditions.keeps else ""
    return Operation(
        name="process_signed_file_set",
        purpose=f"Process a signed {conditions.party} Required File Set, Installation by "
        "Installation.",
        arguments=SignedFileSet,
        result=ProcessedFileSet,
        errors=(FILE_REFUSED,),
        stated=FILE_SET_STATED,
        modelled=f"The layout of the file, and its checks: records, then those of "
        f"process_file_set. After a failure the {conditions.party} drops what it holds of that "
        f"Installation; what other parties hold stays.{kept}",
        example=(
            {"file": "3c3f", "signature": "48414e"},
            {
                "file_set": f"{conditions.party}-RFS-1",
                "installations": [
                    {
                        "installation": "home-1",
                        "passed": False,
                        "failed_check": conditions.check,
                        "detail": "fails by the scenario",
                        "discarded": ["esme", "gsme"],
                    }
                ],
            },
        ),
    )

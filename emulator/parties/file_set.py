"""Required File Sets: what S1SP and DCO have in common when they process one.

Source: TMAD v5.1 conclusions, 5.27(c)(iii) and 16.4, 16.5: what is checked is not public, that a
failed check ends it for this Installation is. So the checks are run in order, up to the first that
fails, and a failure is an error: it cannot be overlooked.
"""

from dataclasses import dataclass

from hanbench.emulator.parties.operation import (
    ErrorMeaning,
    Name,
    Names,
    OfInstallation,
    PartyError,
    Schema,
)

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

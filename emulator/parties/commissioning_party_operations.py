"""The catalogue of the Commissioning Party.

Source: TMAD v5.1 conclusions: the Commissioning Party receives the Migration Common File, acts as
Authenticator and runs the checks of Table 5.9. Neither the file's layout nor the steps of the table
are public, so the checks here are modelled on what is stated elsewhere.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hanbench.emulator.parties.commissioning_by_file import (
    NO_SIGNER,
    CommissioningAnswer,
    CommissioningSubmission,
)
from hanbench.emulator.parties.operation import (
    NO_SUCH_INSTALLATION,
    UNKNOWN_NAMES,
    Catalogue,
    ErrorMeaning,
    FileHex,
    Hex,
    Name,
    Names,
    OfInstallation,
    Operation,
    Schema,
)
from hanbench.emulator.parties.signed_file import FILE_REFUSED

Profile = Literal["all-active", "all-dormant", "mixed"]

FileName = Annotated[str, Field(min_length=1, max_length=128)]
ErrorCode = Annotated[str, Field(pattern="^CP-[A-Z-]+$")]

NO_COMMON_FILE = ErrorMeaning(
    "NO_COMMON_FILE", "No Migration Common File has been submitted for the Installation."
)
CHECKS_NOT_PASSED = ErrorMeaning(
    "CHECKS_NOT_PASSED", "The Migration Common File has not been checked, or did not pass."
)
NOT_IN_COMMON_FILE = ErrorMeaning(
    "NOT_IN_COMMON_FILE", "A device is not in the Migration Common File."
)
NOT_STARTED = ErrorMeaning("NOT_STARTED", "The Installation does not stand on the DCC account.")
NOT_ACTIVE = ErrorMeaning(
    "NOT_ACTIVE", "The DCO has not confirmed a key of its own as the active one of a meter."
)
REFUSED = ErrorMeaning("REFUSED", "The Commissioning Party refuses, for a reason of its own.")


class CommonFileSubmission(OfInstallation):
    """A signed file, or the names of the devices that are to stand in one."""

    devices: Names | None = None
    """The devices to migrate; the communications hub is always among them, named or not."""
    profile: Profile | None = None
    """With `devices`; left out: as the modes of the meters are."""
    group_id: Name = "DA"
    """With `devices`."""
    file: FileHex | None = None
    """A MigrationCommonFile (`docs/migration-files.md`), in which the Installation stands."""
    signature: Hex | None = None
    """The detached signature of `file`."""

    @model_validator(mode="after")
    def _is_one_form(self) -> Self:
        is_signed = self.file is not None and self.signature is not None
        if (self.file is None) is not (self.signature is None):
            raise ValueError("`file` and `signature` come together")
        if is_signed is (self.devices is not None):
            raise ValueError("expected `devices`, or `file` and `signature`")
        return self


class CommonFileAccepted(Schema):
    """The name of the submitted file."""

    common_file: FileName
    installations: tuple[Name, ...]
    """The Installations in it."""


class CheckResult(Schema):
    """One check and its result."""

    name: Name
    code: ErrorCode
    """The error code that stands for its failure."""
    step: str
    """Its step in the Table-5.9-like list."""
    source: str
    """The clause behind the check."""
    passed: bool
    detail: str


class CheckReport(Schema):
    """All checks; one that failed does not keep the others from being run."""

    common_file: FileName
    passed: bool
    checks: tuple[CheckResult, ...]


class Commissioning(OfInstallation):
    """Which devices are to be commissioned: all of the file, or electricity alone."""

    devices: Names
    """The hub is commissioned with the first of them, named or not."""


class CommissionedDevice(Schema):
    """A device and its SMI status."""

    device: Name
    status: Literal["Commissioned"]


class Commissioned(Schema):
    """The devices that are commissioned now."""

    devices: tuple[CommissionedDevice, ...]


SUBMIT_COMMON_FILE = Operation(
    name="submit_common_file",
    purpose="Submit the Migration Common File of an Installation; a later one replaces it.",
    arguments=CommonFileSubmission,
    result=CommonFileAccepted,
    errors=(*UNKNOWN_NAMES, FILE_REFUSED, NOT_IN_COMMON_FILE),
    stated="At most one PPMID, one IHD and one CAD, the last joined to the HAN, stand in the file "
    "(TMAD 4.34A all-Dormant, 4.44A otherwise); one that lacks data is left out.",
    modelled="The layout of the file, its signature (ECDSA P-256, nonce by RFC 6979) and the short "
    "form by names. A file of many Installations is submitted once. Whether it is submitted before "
    "or after the start of migration is not public, so both are accepted.",
    example=(
        {
            "installation": "home-1",
            "devices": ["esme", "gsme", "ppmid"],
            "profile": "all-active",
        },
        {"common_file": "MCF/home-1/1", "installations": ["home-1"]},
    ),
)
CHECK = Operation(
    name="check",
    purpose="Run the checks over the Migration Common File of an Installation.",
    arguments=OfInstallation,
    result=CheckReport,
    errors=(NO_SUCH_INSTALLATION, NO_COMMON_FILE),
    stated="The checks of TMAD Table 5.9, its step 5.9.10 removed for Group DA; the steps "
    "themselves are not public.",
    modelled="The list of checks, their steps and error codes: "
    "`fixtures/checks/commissioning-party.yaml`, printed in `docs/migration-files.md`. A failed "
    "check of stage `file` fails for every Installation of the file; one of stage `installation` "
    "lets the others go on. Those of stage `submission` are reported for signed files.",
    example=(
        {"installation": "home-1"},
        {
            "common_file": "MCF/home-1/1",
            "passed": True,
            "checks": [
                {
                    "name": "group-id",
                    "code": "CP-GROUP-ID",
                    "step": "5.9.6",
                    "source": "TMAD 5.9 [M]",
                    "passed": True,
                    "detail": "",
                }
            ],
        },
    ),
)
COMMISSION = Operation(
    name="commission",
    purpose="Commission devices of the Migration Common File: all of those named, or none.",
    arguments=Commissioning,
    result=Commissioned,
    errors=(
        *UNKNOWN_NAMES,
        NO_COMMON_FILE,
        CHECKS_NOT_PASSED,
        NOT_IN_COMMON_FILE,
        NOT_STARTED,
        NOT_ACTIVE,
        REFUSED,
    ),
    stated="",
    modelled="A meter is commissioned only when the DCO has confirmed the new key; naming the "
    "electricity side alone is how a home like GT01 is migrated.",
    example=(
        {"installation": "home-1", "devices": ["esme"]},
        {
            "devices": [
                {"device": "hub", "status": "Commissioned"},
                {"device": "esme", "status": "Commissioned"},
            ]
        },
    ),
)

COMMISSION_BY_FILE = Operation(
    name="commission_by_file",
    purpose="Commission the devices of an S1SP Commissioning File: all of them, or none.",
    arguments=CommissioningSubmission,
    result=CommissioningAnswer,
    errors=(NO_SUCH_INSTALLATION, NO_COMMON_FILE, FILE_REFUSED, NO_SIGNER),
    stated="The Commissioning Party receives an S1SP Commissioning File (TMAD v5.1 conclusions).",
    modelled="That it answers with a signed file of outcomes. A file that is not in order is "
    "refused; one that is, and whose devices must not be commissioned, has the outcome refused "
    "with the error code of `commission`.",
    example=(
        {"installation": "home-1", "file": "3c3f", "signature": "48414e"},
        {"outcome": "commissioned", "error": "", "file": "3c3f", "signature": "48414e"},
    ),
)

CATALOGUE: Catalogue = (
    SUBMIT_COMMON_FILE,
    CHECK,
    COMMISSION,
    COMMISSION_BY_FILE,
)

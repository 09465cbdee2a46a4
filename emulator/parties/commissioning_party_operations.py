"""The catalogue of the Commissioning Party.

Source: TMAD v5.1 conclusions: the Commissioning Party receives the Migration Common File, acts as
Authenticator and runs the checks of Table 5.9. Neither the file's layout nor the steps of the table
are public, so the checks here are modelled on what is stated elsewhere.
"""

from typing import Literal

from hanbench.emulator.parties.operation import (
    NO_SUCH_INSTALLATION,
    UNKNOWN_NAMES,
    Catalogue,
    ErrorMeaning,
    Name,
    Names,
    OfInstallation,
    Operation,
    Schema,
)

Profile = Literal["all-active", "all-dormant", "mixed"]

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
    """What stands in the Migration Common File."""

    devices: Names
    """The devices to migrate; the communications hub is always among them, named or not."""
    profile: Profile | None = None
    """Left out: as the modes of the meters are."""
    group_id: Name = "DA"


class CommonFileAccepted(Schema):
    """The name of the submitted file."""

    common_file: Name


class CheckResult(Schema):
    """One check and its result."""

    name: Name
    source: str
    """The clause behind the check."""
    passed: bool
    detail: str


class CheckReport(Schema):
    """All checks; one that failed does not keep the others from being run."""

    common_file: Name
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
    errors=UNKNOWN_NAMES,
    stated="At most one PPMID, one IHD and one CAD, the last joined to the HAN, stand in the file "
    "(TMAD 4.34A all-Dormant, 4.44A otherwise); one that lacks data is left out.",
    modelled="Contents are named devices; the XML is not modelled. Whether it is submitted before "
    "or after the start of migration is not public, so both are accepted.",
    example=(
        {
            "installation": "home-1",
            "devices": ["esme", "gsme", "ppmid"],
            "profile": "all-active",
        },
        {"common_file": "MCF/home-1/1"},
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
    modelled="The list of checks: group-id, eligible-model, duplicates, "
    "electricity-meter, last-joined, required-data, third-party, profile.",
    example=(
        {"installation": "home-1"},
        {
            "common_file": "MCF/home-1/1",
            "passed": True,
            "checks": [
                {"name": "group-id", "source": "TMAD 5.9 [M]", "passed": True, "detail": ""}
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

CATALOGUE: Catalogue = (
    SUBMIT_COMMON_FILE,
    CHECK,
    COMMISSION,
)

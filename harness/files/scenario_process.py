"""The parts of a scenario file that concern the process: when, whom, other homes, the DCC's part.

`also` puts more Installations into the same world, from templates: a thousand homes are a few
lines. Instants count from the scenario's epoch, days are UTC days and day 0 is that of the epoch.
"""

from typing import Annotated, Literal

from pydantic import Field

from hanbench.emulator.parties.configuration import Setting, SettingValue
from hanbench.emulator.parties.inventory_operations import SmiStatus
from hanbench.emulator.parties.premises import Cohort
from hanbench.emulator.parties.service_requests import Reference, Role
from hanbench.harness.files.file_fields import ClauseAddress, Duration, Entry, Name
from hanbench.harness.files.scenario_conduct import SmsoBehaviour, Supplier
from hanbench.harness.files.scenario_governance import GovernanceStep
from hanbench.harness.steps.timing import TimedStep
from hanbench.protocol.migration.value_kinds import SERIAL

HOMES_MAX = 5_000
Serial = Annotated[str, Field(pattern=f"^({SERIAL.pattern})$")]


class Authorised(Entry):
    """When the engine is given an Installation, and for which day it is authorised."""

    at_us: Duration = Field(default=0, alias="at")
    day: Annotated[int, Field(ge=0)] | None = None
    """The day of its Migration Authorisation; None: that of `at`, and any day will do."""
    certificates: dict[Literal["DNO", "GT"], Serial] = Field(default_factory=dict)
    """Serial numbers of network certificates that the Authorisation carries."""


class Also(Entry):
    """More Installations in the same world, all from one template."""

    installation: str = Field(description="the template: an installation, or the path of its file")
    name: Name = Field(description="the name; with `count` above 1, home-1, home-2, ... of it")
    count: Annotated[int, Field(ge=1, le=HOMES_MAX)] = 1
    supplier: Supplier | None = None
    gas_supplier: Supplier | None = None
    """Of the gas meter, in a home with two suppliers."""
    at_us: Duration = Field(default=0, alias="at")
    every_us: Duration = Field(default=0, alias="every")
    """How long after one the next is given to its engine."""
    day: Annotated[int, Field(ge=0)] | None = None
    smso: SmsoBehaviour = SmsoBehaviour()
    cohort: Cohort = "DA"
    """Of another cohort: it stands among the parties, and no engine is given it."""
    end_state: str = "commissioned"
    """What their engines should claim."""
    clause: ClauseAddress | None = None
    """The clause that another end state of theirs breaks; None: that of the expectation."""

    def names(self) -> tuple[str, ...]:
        """Return the name of each of them."""
        if self.count == 1:
            return (self.name,)
        return tuple(f"{self.name}-{number}" for number in range(1, self.count + 1))


class TextChange(Entry):
    """A change to the content of a file before it is sent."""

    old: Annotated[str, Field(min_length=1)]
    new: str


class SubmitAuthorisation(TimedStep):
    """A supplier sends the Migration Authorisation of a day: only now, and perhaps not in order.

    The Installations of that supplier and day are not authorised before it.
    """

    do: Literal["submit-authorisation"]
    of: Name = Field(description="one of the supplier's Installations of that day")
    change: tuple[TextChange, ...] = ()
    """What is written otherwise than it should be."""
    opened_by: Literal["anybody", "its-password", "another-password", "no-password"] = "anybody"
    """Whether the file is protected, and what its password file says."""
    certificates: dict[Literal["DNO", "GT"], Serial] | None = None
    """Network certificates that it carries for `of`; None: those of `authorised`."""
    expect: str = "accepted"
    """Or `refused`, with the line and the rule: `refused: 3: eui64`."""


Damage = Literal[
    "other-octets",
    "another-signer",
    "another-namespace",
    "entity-bomb",
    "external-entity",
    "another-encoding",
    "declared-encoding",
    "comment",
    "cut-short",
    "oversize",
]


class HandInFile(TimedStep):
    """A migration file about the Installation reaches a party, spoilt in one way."""

    do: Literal["hand-in-file"]
    file: Literal["MigrationCommonFile", "S1SPRequiredFileSet", "DCORequiredFileSet"]
    damage: Damage
    """What is wrong with it; `other-octets`: the signature is over others."""
    expect: str = Field(description="such as `refused: 1: doctype`: the line and the rule")


class RequiredFileSet(TimedStep):
    """One Required File Set about several Installations reaches S1SP or DCO, signed and right."""

    do: Literal["required-file-set"]
    party: Literal["S1SP", "DCO"]
    homes: Annotated[tuple[Name, ...], Field(min_length=1)]
    """The Installations of the set, in its order; for one of the DCO's the SMSO seals the keys."""
    expect: str = Field(
        description="such as `home-1 passed, home-2 failed conditions-16.4`, in that order"
    )


Mistake = Literal[
    "none",
    "names",
    "leaves-out",
    "another-address",
    "same-name",
    "another-group",
    "another-authorisation",
    "another-supplier",
    "another-profile",
    "installation-twice",
    "address-in-two",
    "certificate-not-carried",
    "certificate-twice",
]


class FileMistake(TimedStep):
    """A Migration Common File is handed in that is signed well and has one mistake in it."""

    do: Literal["file-mistake"]
    mistake: Mistake
    """`none`: the right file, under another name."""
    device: Name | Literal[""] = ""
    """The device that the file names or leaves out beside the others, or whose address is wrong."""
    expect: str = Field(description="such as `fails: CP-CARDINALITY`, `refused: CP-FILE-NAME`")


class StopRequest(TimedStep):
    """A supplier asks the MCC not to start its Installations of a day (TMAD 4.23A)."""

    do: Literal["request-stop"]
    of: Name = Field(description="one of the supplier's Installations of that day")
    meter: Name | None = None
    """In a home of two suppliers, the meter whose supplier asks."""
    expect: str = ""
    """Such as `3 stopped`; empty: not looked at."""


class SuspendDormant(TimedStep):
    """The DCC suspends the migration of Dormant Meters."""

    do: Literal["suspend-dormant"]


class ResumeDormant(TimedStep):
    """The DCC ends the suspension."""

    do: Literal["resume-dormant"]


class EpclEntry(TimedStep):
    """A device model is put on the EPCL."""

    do: Literal["epcl-entry"]
    model: str
    way: Literal["migration", "PPCT"] = "migration"
    approved: bool = True
    """Whether the Secretary of State approves it at once."""
    expect: Literal["effective", "waiting"] = "effective"


class Separation(TimedStep):
    """A look at the date of the Separation (TMAD 3.14E)."""

    do: Literal["check-separation"]
    expect: str = Field(description="the date, such as 2022-06-01, or `open`")


class ChangeSupplier(TimedStep):
    """Another supplier becomes responsible for the Installation, or for one of its meters."""

    do: Literal["change-supplier"]
    of: Name
    to: Supplier
    meter: Name | None = None
    """None: of the whole Installation."""
    arrangement: bool = True
    """Whether the new supplier has an arrangement with the Secure SMSO."""


class GoDormant(TimedStep):
    """A meter that was Active when it was authorised is Dormant from now on."""

    do: Literal["go-dormant"]
    of: Name
    meter: Name


class AuthoriseAgain(TimedStep):
    """A further Migration Authorisation of an Installation is received."""

    do: Literal["authorise-again"]
    of: Name
    day: Annotated[int, Field(ge=0)]
    supplier: Supplier | None = None
    """Who gives it; None: the supplier that is responsible now."""
    expect: Literal["accepted", "NOT_RESPONSIBLE"] = "accepted"


class GiveAgain(TimedStep):
    """The engine is given the Installation once more, under a further Authorisation."""

    do: Literal["give-again"]
    expect: Literal["started", "under-way"] = "started"
    """`under-way`: the engine has not ended yet, and hears nothing of it."""


class CheckClearance(TimedStep):
    """A look at what the MCC says of an Installation."""

    do: Literal["check-clearance"]
    of: Name
    expect: str = Field(description="`cleared`, or the reasons with a comma between them")


class TypeCode(TimedStep):
    """Somebody types digits into a meter's keypad."""

    do: Literal["type-code"]
    device: Name = Field(description="the name of a meter")
    digits: Annotated[str, Field(pattern="^[0-9]{1,60}$")]
    expect: str = Field(description="what the meter makes of it, such as `incorrect`")


class CheckSupply(TimedStep):
    """A look at the valve or the contactor of a meter."""

    do: Literal["check-supply"]
    device: Name = Field(description="the name of a meter")
    expect: Literal["enabled", "armed", "disabled"]


class AddCertificate(TimedStep):
    """A supplier adds the certificate of a network operator after the migration."""

    do: Literal["add-certificate"]
    role: Literal["DNO", "GT"]
    serial: Serial
    sender: Supplier | None = None
    """None: the Responsible Supplier."""
    expect: Literal["added", "NOT_RESPONSIBLE", "NOT_COMMISSIONED"] = "added"


class CheckCertificate(TimedStep):
    """A look at which certificate the S1SP goes by."""

    do: Literal["check-certificate"]
    role: Literal["DNO", "GT"]
    expect: str = Field(description="the serial number and how it came, or `absent`")


class CheckFirmware(TimedStep):
    """A look at the firmware of a meter."""

    do: Literal["check-firmware"]
    device: Name = Field(description="the name of a meter")
    expect: str = Field(description="8 hex digits")


class CheckConfiguration(TimedStep):
    """A look at what a meter is configured to."""

    do: Literal["check-configuration"]
    device: Name = Field(description="the name of a meter")
    setting: Setting
    expect: SettingValue


class CheckStep(TimedStep):
    """A look at one step of the Commissioning Party's checks."""

    do: Literal["check-step"]
    step: str = Field(description="its number, such as 5.9.9")
    expect: Literal["passed", "failed", "absent"]


class HandIn(TimedStep):
    """A service user hands in a service request, and waits for its result.

    A critical one is handed in twice: its Pre-Command is made, signed and sent back.
    """

    do: Literal["service-request"]
    request: Reference
    device: Name = Field(description="the device that is added")
    role: Role = "IS"
    sender: Supplier | None = None
    """None: the Responsible Supplier of the Installation."""
    variant: Annotated[int, Field(ge=1, le=8)] | None = None
    """None: the right one, or for a critical request the right ones one after the other."""
    other: Name | None = None
    """8.7.1, 8.7.2: the device that it is joined to; None: the ESME."""
    type: str | None = None
    """12.2: the type that is notified; None: the device's own."""
    signs: Literal["SUPPLIER", "REQUESTING_PARTY"] = "SUPPLIER"
    """Whose key signs the Pre-Command."""
    again: bool = False
    """Whether the same Signed Pre-Command is handed in once more when its result has come."""
    expect: Annotated[str, Field(pattern=r"^(I0|no-result|[A-Z][A-Z0-9_]+)$")] = "I0"
    """`I0`, a response code that refuses it, or `no-result`."""


class SmiUpdate(TimedStep):
    """An update of a device's status reaches the inventory."""

    do: Literal["smi-update"]
    device: Name
    status: SmiStatus
    effective_us: Duration | None = Field(default=None, alias="effective")
    """The instant at which it became true; None: it is not dated."""
    expect: Literal["applied", "overtaken", "WRONG_ORDER", "NOT_REGISTERED"] = "applied"


class CheckSmi(TimedStep):
    """A look at a device's status in the inventory."""

    do: Literal["check-smi"]
    device: Name
    expect: SmiStatus | Literal["absent"]


ANY_DEVICE = ("service-request", "smi-update", "check-smi", "check-log", "file-mistake")
"""The steps here whose `device` may be any of the Installation, not a meter alone."""

ProcessStep = (
    StopRequest
    | SubmitAuthorisation
    | HandInFile
    | RequiredFileSet
    | FileMistake
    | SuspendDormant
    | ResumeDormant
    | EpclEntry
    | Separation
    | ChangeSupplier
    | GoDormant
    | AuthoriseAgain
    | GiveAgain
    | CheckClearance
    | TypeCode
    | CheckSupply
    | AddCertificate
    | CheckCertificate
    | CheckFirmware
    | CheckConfiguration
    | CheckStep
    | HandIn
    | SmiUpdate
    | CheckSmi
    | GovernanceStep
)

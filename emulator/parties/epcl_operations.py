"""The catalogue of the Eligible Product Combinations List (EPCL).

Source: TMAD v5.1 conclusions, 4.8: the Secretary of State gives the final approval of entries
during migration, but not of those that went through the PPCT (clause 3.7); and 4.3: the Separation
of clause 3.14E is due 15 months after the last Secure entry: a standstill of 12 months, and 3 more.
"""

from typing import Literal

from hanbench.emulator.parties.operation import (
    NO_SUCH_INSTALLATION,
    Catalogue,
    ErrorMeaning,
    InstantUs,
    Name,
    OfInstallation,
    Operation,
    Schema,
)

Way = Literal["migration", "PPCT"]

NOT_PROPOSED = ErrorMeaning("NOT_PROPOSED", "No entry of this model waits for approval.")


class Eligibility(Schema):
    """One meter or hub, and whether its model has an effective entry."""

    device: Name
    model: str
    is_eligible: bool
    is_uneconomic: bool = False
    """Whether its model is an excluded category: not worth its testing (DMCT process)."""


class EligibilityReport(Schema):
    """The devices of an Installation that need an entry."""

    devices: tuple[Eligibility, ...]
    is_eligible: bool
    """Whether all of them have one."""


class Proposal(Schema):
    """A device model combination that is put forward."""

    model: Name
    way: Way = "migration"


class Approval(Schema):
    """Which entry the Secretary of State approves."""

    model: Name


class Entry(Schema):
    """An entry, and since when it is effective; None: it waits for approval."""

    model: Name
    way: Way
    effective_since_us: InstantUs | None


class Nothing(Schema):
    """No arguments."""


class SeparationDate(Schema):
    """When the SMSO's and the S1SP's systems are due to be separate."""

    last_entry_us: InstantUs | None
    """The entry that the standstill counts from; None: none was made since the scenario began."""
    standstill_ends_us: InstantUs | None
    separation_us: InstantUs | None


CHECK = Operation(
    name="check",
    purpose="Ask whether the meters and the hub of an Installation have entries on the EPCL.",
    arguments=OfInstallation,
    result=EligibilityReport,
    errors=(NO_SUCH_INSTALLATION,),
    stated="The trigger for the use of the migration solution is the approval of device models "
    "onto the EPCL (TMAD v5.1 conclusions, 4.9).",
    modelled="An entry is a model, and where a scenario says so a model with some firmware.",
    example=(
        {"installation": "home-1"},
        {
            "devices": [
                {
                    "device": "esme",
                    "model": "liberty-100",
                    "is_eligible": True,
                    "is_uneconomic": False,
                }
            ],
            "is_eligible": True,
        },
    ),
)
PROPOSE = Operation(
    name="propose",
    purpose="Put a device model forward for the EPCL.",
    arguments=Proposal,
    result=Entry,
    errors=(),
    stated="The Secretary of State gives no final approval of entries that went through the PPCT "
    "(TMAD 3.7).",
    modelled="An entry by the PPCT is effective at once, any other once it is approved.",
    example=(
        {"model": "liberty-100", "way": "PPCT"},
        {"model": "liberty-100", "way": "PPCT", "effective_since_us": 0},
    ),
)
APPROVE = Operation(
    name="approve",
    purpose="Have the Secretary of State approve an entry that waits.",
    arguments=Approval,
    result=Entry,
    errors=(NOT_PROPOSED,),
    stated="The Secretary of State gives the final approval during migration (TMAD 3.7).",
    modelled="It takes effect at once.",
    example=(
        {"model": "liberty-100"},
        {"model": "liberty-100", "way": "migration", "effective_since_us": 60000000},
    ),
)
SEPARATION = Operation(
    name="separation",
    purpose="Reckon when SMSO and S1SP are due to be separate, from the last entry.",
    arguments=Nothing,
    result=SeparationDate,
    errors=(),
    stated="15 months after the last Secure EPCL entry: 12 months of standstill and 3 (TMAD "
    "3.14E).",
    modelled="Calendar months in UTC; a day that a month lacks becomes its last. An entry after a "
    "standstill that was completed is an entry, and moves no date.",
    example=(
        {},
        {"last_entry_us": None, "standstill_ends_us": None, "separation_us": None},
    ),
)

CATALOGUE: Catalogue = (CHECK, PROPOSE, APPROVE, SEPARATION)

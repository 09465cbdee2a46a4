"""The catalogue of the DCC's Migration Control Centre (MCC).

Source: TMAD v5.1 conclusions, 4.1 and 4.4: stop requests under 4.23A are e-mailed to the MCC; the
DCC may suspend the migration of Dormant Meters. SEED0 says neither how the MCC tells an engine nor
what it keeps, so the operations are modelled [M].
"""

from typing import Annotated, Literal

from pydantic import Field

from hanbench.emulator.parties.authorisation_intake import SUBMIT_AUTHORISATION
from hanbench.emulator.parties.governance import DECIDE, DECOMMISSION, REFER
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

Reason = Literal[
    "stop-requested",
    "dormant-suspended",
    "not-authorised-today",
    "no-authorisation",
    "daily-limit",
    "supplier-changed",
    "active-to-dormant",
    "already-migrated",
    "requesting-party-gone",
    "not-resubmitted",
]
Text = Annotated[str, Field(max_length=1000)]

NOT_RESPONSIBLE = ErrorMeaning(
    "NOT_RESPONSIBLE", "The sender is not a Responsible Supplier of the Installation now."
)


class Clearance(Schema):
    """Whether an Installation may be started now."""

    is_cleared: bool
    reasons: tuple[Reason, ...]
    """What stands in the way; empty when it is cleared."""


class ReceivedAuthorisation(OfInstallation):
    """A Migration Authorisation, as far as it concerns one Installation."""

    supplier: Name
    """Who gives it."""
    day: Annotated[int, Field(ge=0)]
    """The day that it is for; 0 is that of the epoch."""


class AuthorisedDay(Schema):
    """For which day the Installation is authorised now."""

    day: int


class Suspension(Schema):
    """Why."""

    reason: Text = ""


class Suspended(Schema):
    """Whether Dormant migrations are suspended, and since when."""

    is_suspended: bool
    since_us: InstantUs | None


CLEARANCE = Operation(
    name="clearance",
    purpose="Ask whether the migration of an Installation may be started now.",
    arguments=OfInstallation,
    result=Clearance,
    errors=(NO_SUCH_INSTALLATION,),
    stated="A supplier's request stops its Installations of that day that have not started (TMAD "
    "4.23A); the DCC may suspend Dormant migrations on a significant issue; a Migration "
    "Authorisation is for a day (TMAD v5.1 conclusions).",
    modelled="One answer for all of it. The daily limit counts starts of a supplier's "
    "Installations on a UTC day. An Active Meter whose supplier has changed waits for an "
    "Authorisation of the new one; one that has gone Dormant is an excluded category (clause 18).",
    example=(
        {"installation": "home-1"},
        {"is_cleared": False, "reasons": ["stop-requested"]},
    ),
)
AUTHORISE = Operation(
    name="authorise",
    purpose="Receive a further Migration Authorisation of an Installation.",
    arguments=ReceivedAuthorisation,
    result=AuthorisedDay,
    errors=(NO_SUCH_INSTALLATION, NOT_RESPONSIBLE),
    stated="A Migration Authorisation is sent by the Responsible Supplier, for a day (TMAD v5.1 "
    "conclusions).",
    modelled="Of two Authorisations the one that was received last holds. One that names an "
    "Installation under way or migrated starts nothing.",
    example=({"installation": "home-1", "supplier": "supplier-a", "day": 2}, {"day": 2}),
)
SUSPEND_DORMANT = Operation(
    name="suspend_dormant",
    purpose="Have the DCC suspend the migration of Installations with a Dormant Meter.",
    arguments=Suspension,
    result=Suspended,
    errors=(),
    stated="The DCC may suspend Dormant migrations on a significant issue (TMAD v5.1 conclusions).",
    modelled="It covers all-Dormant and Mixed Installations that have not started.",
    example=({"reason": "firmware"}, {"is_suspended": True, "since_us": 0}),
)
RESUME_DORMANT = Operation(
    name="resume_dormant",
    purpose="End a suspension of Dormant migrations.",
    arguments=Suspension,
    result=Suspended,
    errors=(),
    stated="",
    modelled="It takes effect at once.",
    example=({"reason": ""}, {"is_suspended": False, "since_us": None}),
)

CATALOGUE: Catalogue = (
    CLEARANCE,
    SUBMIT_AUTHORISATION,
    AUTHORISE,
    SUSPEND_DORMANT,
    RESUME_DORMANT,
    DECOMMISSION,
    DECIDE,
    REFER,
)

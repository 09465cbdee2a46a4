"""The catalogue of the Responsible Supplier.

Source: TMAD v5.1 conclusions: clause 4.23A and its notice (stop requests), rollback (resubmission
of Active Devices), UTRN cut-over (commercial arrangements with the Secure SMSO).
"""

from typing import Annotated, Literal

from pydantic import Field

from hanbench.emulator.parties.operation import (
    NO_SUCH_INSTALLATION,
    UNKNOWN_NAMES,
    Catalogue,
    ErrorMeaning,
    InstantUs,
    Name,
    OfInstallation,
    Operation,
    Schema,
)

OutcomeWords = Literal[
    "commissioned",
    "commissioned-electricity-only",
    "rolled-back-sua-intact",
    "rolled-back-limited",
    "unresolved",
    "excluded",
    "not-started",
]
"""The end states of the engine port; the oracle alone may say `stranded`."""
Text = Annotated[str, Field(max_length=1000)]

DORMANT = ErrorMeaning(
    "DORMANT", "No meter of the Installation is Active: retrying a Dormant one is the DCC's part."
)
NOT_RETURNED = ErrorMeaning(
    "NOT_RETURNED", "The Installation does not stand on the Supplier Account."
)
EXCLUDED = ErrorMeaning("EXCLUDED", "Five or more attempts have been made.")


class Notice(OfInstallation):
    """How a migration ended, in the engine's words."""

    outcome: OutcomeWords
    detail: Text = ""
    supplier: Name | None = None
    """Who is told; left out: the Responsible Supplier as it stands now."""


class Notified(Schema):
    """When the supplier was told, and how often so far about this Installation."""

    notified_at_us: InstantUs
    notices: int
    supplier: Name
    """Who was told."""


class Arrangement(Schema):
    """Whether the supplier has a commercial arrangement with the Secure SMSO."""

    supplier: Name
    has_arrangement: bool


class ArrangementChange(OfInstallation):
    """Whether there is to be an arrangement from now on."""

    has_arrangement: bool


class Resubmission(Schema):
    """The attempt that a resubmission asks for."""

    attempt: int
    meters: tuple[Name, ...]
    """The Active meters that it covers."""


class StopRequest(OfInstallation):
    """Ask the DCC not to start."""

    meter: Name | None = None
    """In a home of two suppliers, the meter whose supplier asks; left out: the Installation's."""
    reason: Text = ""


class Stopped(Schema):
    """What a stop request covers."""

    requested_at_us: InstantUs
    stopped: tuple[Name, ...]
    """The supplier's Installations of that day that had not started."""
    already_started: tuple[Name, ...]
    """The supplier's Installations of that day that had: they run to their end."""
    missed: tuple[Name, ...] = ()
    """Those for which a late request was in vain, after all reasonable steps."""


class StopState(Schema):
    """Whether a request keeps an Installation from being started."""

    is_stopped: bool
    requested_at_us: InstantUs | None


NOTIFY = Operation(
    name="notify",
    purpose="Tell the supplier how the migration of an Installation ended.",
    arguments=Notice,
    result=Notified,
    errors=(NO_SUCH_INSTALLATION,),
    stated="",
    modelled="The message itself; its outcomes are those of the engine port. Whoever is the "
    "supplier when it is told, not who was when the migration was authorised, is the right one.",
    example=(
        {"installation": "home-1", "outcome": "commissioned", "detail": "both meters"},
        {"notified_at_us": 7200000000, "notices": 1, "supplier": "supplier-a"},
    ),
)
ARRANGEMENT = Operation(
    name="arrangement",
    purpose="Ask whether the supplier has a commercial arrangement with the Secure SMSO for UTRNs.",
    arguments=OfInstallation,
    result=Arrangement,
    errors=(NO_SUCH_INSTALLATION,),
    stated="Commercial arrangements are needed from the start of migration until DUIS is the only "
    "route for top-ups (TMAD v5.1 conclusions, 4.2).",
    modelled="One arrangement a supplier.",
    example=(
        {"installation": "home-1"},
        {"supplier": "supplier-a", "has_arrangement": True},
    ),
)
SET_ARRANGEMENT = Operation(
    name="set_arrangement",
    purpose="Make or end the supplier's arrangement with the Secure SMSO.",
    arguments=ArrangementChange,
    result=Arrangement,
    errors=(NO_SUCH_INSTALLATION,),
    stated="Suppliers can make independent arrangements with Secure for devices rolled back "
    "(TMAD v5.1 conclusions).",
    modelled="It takes effect at once.",
    example=(
        {"installation": "home-1", "has_arrangement": False},
        {"supplier": "supplier-a", "has_arrangement": False},
    ),
)
RESUBMIT = Operation(
    name="resubmit",
    purpose="Have the supplier submit a rolled-back Installation again; this lifts a stop request.",
    arguments=OfInstallation,
    result=Resubmission,
    errors=(NO_SUCH_INSTALLATION, DORMANT, NOT_RETURNED, EXCLUDED),
    stated="After a rollback an Active Device is for its supplier to arrange with Secure, a "
    "Dormant one for the DCC to retry (TMAD v5.1 conclusions). Five or more attempts exclude an "
    "Installation (DCC consultation on the expiry of the TMAD).",
    modelled="An attempt counts when the migration was started; cancelled ones do not count.",
    example=({"installation": "home-1"}, {"attempt": 2, "meters": ["esme", "gsme"]}),
)
REQUEST_STOP = Operation(
    name="request_stop",
    purpose="Have the supplier ask that its Installations of that day are not started.",
    arguments=StopRequest,
    result=Stopped,
    errors=UNKNOWN_NAMES,
    stated="Group DA: one request, and the DCC starts none of the supplier's Installations of that "
    "day that have not started, under all of its authorisations; those started run to the end "
    "and later days go ahead (TMAD 4.23A). Before 16:30 on the day before is sufficient notice; "
    "it is not a cut-off.",
    modelled="Heard at once. 16:30 is London's time, and the days are those of UTC. What becomes "
    "of a late request is the scenario's: it is kept as one in time, or it is in vain.",
    example=(
        {"installation": "home-1", "reason": "wrong tariff"},
        {
            "requested_at_us": 0,
            "stopped": ["home-1", "home-2"],
            "already_started": [],
            "missed": [],
        },
    ),
)
STOP_STATE = Operation(
    name="stop_state",
    purpose="Ask whether a stop request keeps an Installation from being started.",
    arguments=OfInstallation,
    result=StopState,
    errors=(NO_SUCH_INSTALLATION,),
    stated="TMAD 4.23A.",
    modelled="",
    example=({"installation": "home-1"}, {"is_stopped": True, "requested_at_us": 0}),
)

CATALOGUE: Catalogue = (
    NOTIFY,
    ARRANGEMENT,
    SET_ARRANGEMENT,
    RESUBMIT,
    REQUEST_STOP,
    STOP_STATE,
)

"""The catalogue of the PSP, where customers pay for top-ups.

Source: TMAD v5.1 conclusions, 4.2 (UTRN cut-over). Which route a PSP takes is the supplier's
choice; here the caller makes it.
"""

from typing import Literal

from hanbench.emulator.parties.operation import (
    UNKNOWN_NAMES,
    Catalogue,
    ErrorMeaning,
    Operation,
    Schema,
    Utrn,
)
from hanbench.emulator.parties.s1sp_operations import NOT_YET
from hanbench.emulator.parties.smso_operations import (
    NO_ARRANGEMENT,
    SEQUENCES_SPENT,
    UTRN_PERIOD_OVER,
    TopUp,
)

Route = Literal["smso", "dcc"]

N55_LOST = ErrorMeaning(
    "N55_LOST", "The request was acknowledged, but no N55 came: the customer has no code yet."
)


class TopUpByRoute(TopUp):
    """For which meter, how much, and by which route."""

    route: Route


class PaidTopUp(Schema):
    """The code that the customer is given."""

    utrn: Utrn
    route: Route


TOP_UP = Operation(
    name="top_up",
    purpose="Take a customer's money and return the native UTRN for it.",
    arguments=TopUpByRoute,
    result=PaidTopUp,
    errors=(
        *UNKNOWN_NAMES,
        NO_ARRANGEMENT,
        UTRN_PERIOD_OVER,
        NOT_YET,
        SEQUENCES_SPENT,
        N55_LOST,
    ),
    stated="Before migration: the SMSO route. From its start: the same, given an arrangement. In "
    "the UTRN Period of 336 hours: both routes. Afterwards: the DCC route only (TMAD v5.1 "
    "conclusions, 4.2).",
    modelled="That the DCC route opens with the UTRN Period and not before.",
    example=(
        {"installation": "home-1", "device": "gsme", "pence": 1000, "route": "smso"},
        {"utrn": "00000285770438722302", "route": "smso"},
    ),
)

CATALOGUE: Catalogue = (TOP_UP,)

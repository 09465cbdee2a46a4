"""The UTRN Period, and which way a customer's top-up may go.

Source: TMAD v5.1 conclusions, definition "UTRN Period" and section 4.2: per ESME or GSME, from the
moment when the step of clause 3.14C(a) succeeds for that Device, 336 hours. [M, domain.md 10.8]
that step is the Device's first authenticated answer under a key of the DCO's own; the hours are
elapsed hours. The table of the cut-over is domain.md 1.6, written here as data.
"""

import enum
from dataclasses import dataclass

from hanbench.emulator.instant import HOUR_US, Instant
from hanbench.emulator.parties.accounts import Account

UTRN_PERIOD_US = 336 * HOUR_US


class Phase(enum.Enum):
    """The rows of the cut-over table, and the one of a migration that did not complete."""

    BEFORE_MIGRATION = "before-migration"
    MIGRATING = "migrating"
    UTRN_PERIOD = "utrn-period"
    DCC_ONLY = "dcc-only"
    ROLLED_BACK = "rolled-back"


class SmsoRoute(enum.Enum):
    """Whether the PSP may top up by the SMSO."""

    OPEN = "open"
    BY_ARRANGEMENT = "by-arrangement"
    """Only where the Supplier has a commercial arrangement with the Secure SMSO."""
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Routes:
    """One row: which of the three ways is open."""

    web_vend: bool
    smso: SmsoRoute
    dcc: bool


CUT_OVER: dict[Phase, Routes] = {
    Phase.BEFORE_MIGRATION: Routes(web_vend=True, smso=SmsoRoute.OPEN, dcc=False),
    Phase.MIGRATING: Routes(web_vend=False, smso=SmsoRoute.BY_ARRANGEMENT, dcc=False),
    Phase.UTRN_PERIOD: Routes(web_vend=False, smso=SmsoRoute.BY_ARRANGEMENT, dcc=True),
    Phase.DCC_ONLY: Routes(web_vend=False, smso=SmsoRoute.OVER, dcc=True),
    # "If a migration is not completed and the device is rendered stranded, any arrangements with
    # Secure to process UTRNs should not be affected by this" (TMAD v5.1 conclusions, 4.2).
    Phase.ROLLED_BACK: Routes(web_vend=False, smso=SmsoRoute.BY_ARRANGEMENT, dcc=False),
}


def phase(account: Account, started_at: Instant | None, now: Instant) -> Phase:
    """Return the row that holds for one meter at `now`; the period's end is no longer in it."""
    match account:
        case Account.SUPPLIER:
            return Phase.BEFORE_MIGRATION
        case Account.HELD_BY_SECURE:
            return Phase.ROLLED_BACK
        case Account.DCC:
            if started_at is None:
                return Phase.MIGRATING
            return Phase.UTRN_PERIOD if now - started_at < UTRN_PERIOD_US else Phase.DCC_ONLY

"""What of the governance of the migration an Installation can feel: an end, and a term.

Sources: TMAD v5.1 conclusions, 4.3: clauses 7.1 to 7.4 concern the role of the Requesting Party,
whose decommissioning has a timetable of its own, apart from the Separation of clause 3.14E. The
DCC's consultation "Unblocking" (clause 8.9): a supplier may refer a matter to the Secretary of
State within 14 days. What the decommissioning ends, and what the 14 days run from, is modelled [M].
"""

from typing import Annotated

from pydantic import Field

from hanbench.emulator.instant import DAY_US, Instant, after
from hanbench.emulator.parties.operation import (
    NO_SUCH_INSTALLATION,
    ErrorMeaning,
    InstantUs,
    Name,
    OfInstallation,
    Operation,
    PartyError,
    Schema,
)
from hanbench.emulator.parties.premises import Premises

REFERRAL_US = 14 * DAY_US
"""Clause 8.9."""

NO_SUCH_MATTER = ErrorMeaning(
    "NO_SUCH_MATTER", "The DCC has decided no matter of this number about the Installation."
)
TOO_LATE = ErrorMeaning("TOO_LATE", "The 14 days of clause 8.9 are over.")


class Nothing(Schema):
    """No arguments."""


class Decommissioned(Schema):
    """Since when the Requesting Party is gone."""

    since_us: InstantUs


class Decision(OfInstallation):
    """What the DCC has decided about an Installation."""

    matter: Annotated[str, Field(max_length=1000)]


class DecidedMatter(Schema):
    """The number of the matter, and until when it may be referred."""

    number: int
    decided_at_us: InstantUs
    refer_until_us: InstantUs


class Referral(OfInstallation):
    """Which matter goes to the Secretary of State, and who refers it."""

    number: Annotated[int, Field(ge=1)]
    supplier: Name


class Referred(Schema):
    """When the matter was referred."""

    referred_at_us: InstantUs


DECOMMISSION = Operation(
    name="decommission_requesting_party",
    purpose="Have the Requesting Party of the Secure SMSO decommissioned.",
    arguments=Nothing,
    result=Decommissioned,
    errors=(),
    stated="Clauses 7.1 to 7.4 concern the role of the Requesting Party and stand apart from the "
    "Separation of clause 3.14E (TMAD v5.1 conclusions, 4.3).",
    modelled="Nothing is started after it, and what has started runs to its end. It moves no date "
    "of the Separation.",
    example=({}, {"since_us": 0}),
)
DECIDE = Operation(
    name="decide_matter",
    purpose="Have the DCC tell the suppliers of an Installation what it has decided.",
    arguments=Decision,
    result=DecidedMatter,
    errors=(NO_SUCH_INSTALLATION,),
    stated="A supplier may refer a matter to the Secretary of State within 14 days (clause 8.9).",
    modelled="They run from the decision.",
    example=(
        {"installation": "home-1", "matter": "firmware of a Dormant Meter"},
        {"number": 1, "decided_at_us": 0, "refer_until_us": 1209600000000},
    ),
)
REFER = Operation(
    name="refer_matter",
    purpose="Refer what the DCC has decided to the Secretary of State.",
    arguments=Referral,
    result=Referred,
    errors=(NO_SUCH_INSTALLATION, NO_SUCH_MATTER, TOO_LATE),
    stated="Within 14 days (clause 8.9).",
    modelled="At the end of the fourteenth day it is too late.",
    example=(
        {"installation": "home-1", "number": 1, "supplier": "supplier-a"},
        {"referred_at_us": 60000000},
    ),
)


class Governance:
    """What was decided, and whether the Requesting Party is still there."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._decided: dict[str, list[Instant]] = {}
        self.gone_since: Instant | None = None
        """When the Requesting Party was decommissioned."""

    def decommission(self, _asked: Nothing, now: Instant) -> Decommissioned:
        """Let the Requesting Party be gone; a second time changes nothing."""
        if self.gone_since is None:
            self.gone_since = now
        return Decommissioned(since_us=self.gone_since)

    def decide(self, asked: Decision, now: Instant) -> DecidedMatter | PartyError:
        """Number a decision, and begin its term."""
        home = self._premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        decided = self._decided.setdefault(home.name, [])
        decided.append(now)
        until = after(now, REFERRAL_US)
        return DecidedMatter(number=len(decided), decided_at_us=now, refer_until_us=until)

    def refer(self, asked: Referral, now: Instant) -> Referred | PartyError:
        """Take a referral in its term."""
        home = self._premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        decided = self._decided.get(home.name, [])
        if asked.number > len(decided) or asked.supplier not in home.suppliers:
            return PartyError(NO_SUCH_MATTER.code, f"{asked.supplier}: {asked.number}")
        if now >= after(decided[asked.number - 1], REFERRAL_US):
            return PartyError(TOO_LATE.code, f"matter {asked.number} of {home.name}")
        return Referred(referred_at_us=now)

"""Steps of a scenario about governance: the Requesting Party's end, a referral, a new supplier."""

from typing import Annotated, Literal

from pydantic import Field

from hanbench.harness.files.file_fields import Name
from hanbench.harness.files.scenario_conduct import Supplier
from hanbench.harness.steps.timing import TimedStep


class Decommission(TimedStep):
    """The Requesting Party of the Secure SMSO is decommissioned (TMAD 7.1 to 7.4)."""

    do: Literal["decommission-requesting-party"]


class DecideMatter(TimedStep):
    """The DCC tells the suppliers of the Installation what it has decided."""

    do: Literal["decide-matter"]
    matter: str = Field(description="in words")


class ReferMatter(TimedStep):
    """A supplier refers what was decided to the Secretary of State (TMAD 8.9)."""

    do: Literal["refer-matter"]
    number: Annotated[int, Field(ge=1)] = 1
    supplier: Supplier | None = None
    """None: the Responsible Supplier."""
    expect: Literal["referred", "TOO_LATE", "NO_SUCH_MATTER"] = "referred"


class UpdateCos(TimedStep):
    """The CoS party replaces the credentials of a meter's supplier (S1SR 11.2(a))."""

    do: Literal["update-cos-credentials"]
    device: Name = Field(description="the name of a meter")
    supplier: Supplier
    counter: Annotated[int, Field(ge=1)]
    expect: Literal["updated", "COUNTER_NOT_ABOVE"] = "updated"


GovernanceStep = Decommission | DecideMatter | ReferMatter | UpdateCos

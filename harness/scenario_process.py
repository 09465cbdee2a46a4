"""The parts of a scenario file that concern the process: when, whom, other homes, the DCC's part.

`also` puts more Installations into the same world, from templates: a thousand homes are a few
lines. Instants count from the scenario's epoch, days are UTC days and day 0 is that of the epoch.
"""

from typing import Annotated, Literal

from pydantic import Field

from hanbench.harness.file_fields import Duration, Entry, Name
from hanbench.harness.scenario_conduct import SmsoBehaviour, Supplier
from hanbench.harness.step_timing import TimedStep

HOMES_MAX = 5_000


class Authorised(Entry):
    """When the engine is given an Installation, and for which day it is authorised."""

    at_us: Duration = Field(default=0, alias="at")
    day: Annotated[int, Field(ge=0)] | None = None
    """The day of its Migration Authorisation; None: that of `at`, and any day will do."""


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
    end_state: str = "commissioned"
    """What their engines should claim."""

    def names(self) -> tuple[str, ...]:
        """Return the name of each of them."""
        if self.count == 1:
            return (self.name,)
        return tuple(f"{self.name}-{number}" for number in range(1, self.count + 1))


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


ProcessStep = StopRequest | SuspendDormant | ResumeDormant | EpclEntry | Separation

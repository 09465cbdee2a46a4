"""When a step of a scenario is taken, and in which home.

It is taken at an instant, or some time after a point or the outcome: the outcome of the home that
the step concerns.
"""

from typing import Annotated, Self

from pydantic import AfterValidator, Field
from pydantic import model_validator as validates

from hanbench.harness.faults.point_grammar import parse_point
from hanbench.harness.files.file_fields import ClauseAddress, Duration, Entry, Name

AFTER_OUTCOME = "outcome"


def _point_or_outcome(text: str) -> str:
    if text != AFTER_OUTCOME:
        parse_point(text)
    return text


class TimedStep(Entry):
    """What all steps share."""

    at_us: Duration | None = Field(default=None, alias="at")
    after: Annotated[str, AfterValidator(_point_or_outcome)] | None = None
    delay_us: Duration = Field(default=0, alias="delay")
    clause: ClauseAddress | None = None
    """The clause that is broken if it comes out otherwise."""
    installation: Name | None = None
    """The home that it concerns, one of the scenario's, or of `also`; None: the scenario's own."""

    @validates(mode="after")
    def _is_timed_once(self) -> Self:
        if (self.at_us is None) == (self.after is None):
            raise ValueError(
                "a step needs either `at`, an instant, or `after`, `outcome` or a point"
            )
        if self.at_us is not None and self.delay_us:
            raise ValueError("`delay` goes with `after`")
        return self

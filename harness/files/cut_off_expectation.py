"""What a scenario expects of the times without a way to top up (domain.md 10.8)."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from hanbench.emulator.instant import MINUTE_US
from hanbench.harness.files.file_fields import Duration, Entry, Name


class ExpectedCutOff(Entry):
    """One time without a way to top up: whose, by whom, why, and from when until when.

    A scenario that states any states all of them, those of the homes of `also` too.
    """

    device: Name = Field(description="the meter that nobody could vend for")
    installation: Name | None = None
    """The home, one of `also`; None: the scenario's own."""
    by: Annotated[str, Field(pattern=r"^(device|[A-Z][A-Z0-9_]*)$")]
    """Who caused it: a party such as `SUPPLIER`, or `device`."""
    because: str = ""
    """Words that the reason must hold, such as `no arrangement`; empty: not looked at."""
    since_us: Duration | None = Field(default=None, alias="since")
    """The instant from which on; None: not looked at."""
    until_us: Duration | None = Field(default=None, alias="until")
    """The instant at which there was a way again; None: not looked at."""
    lasts: bool = False
    """Whether it goes on to the end of the run."""
    within_us: Duration = Field(default=MINUTE_US, alias="within")
    """How far the instants may lie from those that are stated."""

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        if self.lasts and self.until_us is not None:
            raise ValueError("`lasts` and `until` exclude each other")
        return self

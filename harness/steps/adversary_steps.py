"""The step `attack`: one of the adversaries of domain.md 10.6 sends what it can to a meter."""

import enum
from typing import Annotated, Literal

from pydantic import Field

from hanbench.harness.files.file_fields import Name
from hanbench.harness.steps.timing import TimedStep


class Adversary(enum.StrEnum):
    """Who attacks, by what they hold or do; what each sends is in `adversaries`."""

    OLD_KEY = "smso-with-old-key"
    """P7: an SMSO that kept the key that it handed over."""
    MASTER_KEY = "smso-with-master-key"
    """P7: that kept the per-device master key too, and saw nothing."""
    TRANSCRIPT = "smso-with-transcript"
    """P7, the caveat: that kept both keys and saw the rotation on the WAN."""
    CHANGED_SCOPE = "changed-scope"
    """P3: a true code of the DCO, with one thing changed that it is bound to."""
    OTHER_KEYS = "other-keys"
    """P5: codes made with the other keys of the meter."""
    UNKNOWN_VERSION = "unknown-version"
    """P11: any number of codes under a version that the meter does not hold."""


class Attack(TimedStep):
    """An adversary sends Instructions that it is not entitled to send."""

    do: Literal["attack"]
    by: Adversary
    device: Name = Field(description="the name of a meter")
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    """How many times over."""
    expect: Literal["refused", "executed", "nothing-to-send"] = "refused"
    """`refused`: all of it arrived and none was executed."""

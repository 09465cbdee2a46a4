"""Steps of a scenario about a meter: an Instruction, a look into its logs, a code typed late."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from hanbench.emulator.meters.at_the_meter import Happening
from hanbench.emulator.meters.logs import ROUTES
from hanbench.harness.files.file_fields import Duration, Name
from hanbench.harness.steps.timing import TimedStep

Route = Literal["smso-web", "psp-smso", "dcc"]
"""Who vends (domain.md 1.6): the SMSO's web page, a PSP by the SMSO, or the DCC."""

_OF_THE_HUB = ("8F12", "819D")


def _known_code(text: str) -> str:
    if text not in ROUTES and text not in _OF_THE_HUB:
        raise ValueError(f"{text!r} is no alert or event code of a device here")
    return text


class Instruct(TimedStep):
    """The DCC sends an Instruction: the DCO makes its code, the S1SP frames it."""

    do: Literal["instruct"]
    device: Name = Field(description="the name of a meter")
    what: Literal[
        "no-op",
        "arm-supply",
        "enable-supply",
        "disable-supply",
        "read-sua-status",
        "set-clock",
        "credit-mode",
        "prepayment-mode",
    ]
    ahead_us: Duration = Field(default=0, alias="ahead")
    """set-clock: by how much the time that is sent is ahead of the true one."""
    expect: Literal["executed", "not-executed"] = "executed"


class CheckLog(TimedStep):
    """Whether a device has raised an alert, or written into a log, by now."""

    do: Literal["check-log"]
    device: Name
    code: Annotated[str, AfterValidator(_known_code)]
    """The alert or event code, such as `8F3D`."""
    expect: Literal["noted", "not-noted", "alerted", "in-log", "not-in-log"] = "noted"
    """`noted`: in a log or as an alert so far; `alerted`: as an alert that went up.

    `in-log`: it stands in a log of the meter now, and may have been emptied out of it before.
    """


class TypeVended(TimedStep):
    """A customer types a code that was vended before into the keypad of a meter."""

    do: Literal["type-vended"]
    device: Name = Field(description="the name of a meter")
    code: Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$")]
    """The name that `vend` gave it."""
    expect: str = "accepted"


class ReceiveN55(TimedStep):
    """The supplier looks up which N55 alerts about a meter have come, and notes their codes."""

    do: Literal["receive-n55"]
    device: Name = Field(description="the name of a meter")
    code: Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$")]
    """The name of the last one's code; with `-1`, `-2`, ... behind it, of each."""
    expect: Annotated[int, Field(ge=0)] = 1
    """How many have come."""


class TypeMany(TimedStep):
    """A customer buys many codes one after the other, and types each at once."""

    do: Literal["type-many"]
    device: Name = Field(description="the name of a meter")
    count: Annotated[int, Field(gt=0, le=1000)]
    pence: Annotated[int, Field(gt=0, le=65_535)] = 1
    route: Route = "dcc"
    expect: Annotated[int, Field(ge=0)]
    """How many are accepted."""


class PressMeter(TimedStep):
    """Somebody presses a button of a meter; B soon after A closes a supply that is armed."""

    do: Literal["press-meter"]
    device: Name = Field(description="the name of a meter")
    button: Literal["A", "B"]


class AtTheMeter(TimedStep):
    """Something happens to a meter where it hangs: a cover, a tap, its battery, its buttons."""

    do: Literal["at-the-meter"]
    device: Name = Field(description="the name of a meter")
    what: Happening


class TypeMade(TimedStep):
    """Somebody types a native code of some kind that was made for the meter, whoever made it."""

    do: Literal["type-made"]
    device: Name = Field(description="the name of a meter")
    kind: Literal["vend-set", "vend-deduct", "vend-and-tariff", "engineering", "supply-connection"]
    value: Annotated[int, Field(ge=0, le=2_147_483_647)]
    """In pence, or the number of the service; a vend-set above 65,535 takes two codes."""
    sequence: Annotated[int, Field(ge=0, le=0x7FF0)]
    """Of its first code."""
    unit_tenth_pence: Annotated[int, Field(ge=0, le=65_535)] = 0
    """vend-and-tariff: the price in its second code."""
    expect: str = "accepted"


class CheckBalance(TimedStep):
    """A look at the balance of a meter, as it was when it was settled last."""

    do: Literal["check-balance"]
    device: Name = Field(description="the name of a meter")
    expect: int = Field(description="in pence")


MeterStep = (
    CheckLog
    | TypeVended
    | ReceiveN55
    | TypeMany
    | PressMeter
    | AtTheMeter
    | TypeMade
    | CheckBalance
)

"""The steps of a scenario file: what people do to the home while the engine works.

Routes and entries of a top-up are those of domain.md 1.6; what becomes of a code is in the words of
the meter's display (Liberty 100 manual), what becomes of an Instruction in those of the model.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from hanbench.harness.files.file_fields import Name
from hanbench.harness.files.han_steps import HanStep
from hanbench.harness.files.scenario_meter import Instruct, MeterStep
from hanbench.harness.files.scenario_process import ProcessStep
from hanbench.harness.steps.adversary_steps import Attack
from hanbench.harness.steps.timing import TimedStep
from hanbench.protocol.answer import Outcome, UtrnResult

TOP_UP_RESULTS = (*(result.name.lower().replace("_", "-") for result in UtrnResult), "refused")
"""`refused`: nobody vends a code by that route."""
REPLAY_RESULTS = ("executed", "not-executed", *(outcome.words for outcome in Outcome))
"""`not-executed`: whatever the answer, nothing happened a second time."""


def _top_up_result(text: str) -> str:
    return _one_of(text, TOP_UP_RESULTS)


def _replay_result(text: str) -> str:
    return _one_of(text, REPLAY_RESULTS)


def _one_of(text: str, words: tuple[str, ...]) -> str:
    if text not in words:
        raise ValueError(f"{text!r} is no result; expected one of {', '.join(words)}")
    return text


class TopUp(TimedStep):
    """A customer buys credit by some route and enters the code."""

    do: Literal["top-up"]
    device: Name = Field(description="the name of a meter")
    pence: Annotated[int, Field(gt=0, le=65_535)]
    route: Literal["smso-web", "psp-smso", "dcc"]
    """Who vends (domain.md 1.6): the SMSO's web page, a PSP by the SMSO, or the DCC."""
    entry: Literal["keypad", "ppmid", "wan"] = "keypad"
    expect: Annotated[str, AfterValidator(_top_up_result)] = "accepted"
    """What becomes of the code."""


class Vend(TimedStep):
    """A customer buys a code and keeps it for later."""

    do: Literal["vend"]
    device: Name = Field(description="the name of a meter")
    pence: Annotated[int, Field(gt=0, le=65_535)]
    route: Literal["smso-web", "psp-smso", "dcc"]
    code: Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$")]
    """Its name: `press` types it as `$name`."""
    expect: Literal["sold", "refused"] = "sold"


class SetTariff(TimedStep):
    """The SMSO changes the tariff of a meter by an Instruction, under the key that it holds."""

    do: Literal["set-tariff"]
    device: Name = Field(description="the name of a meter")
    unit_tenth_pence: Annotated[int, Field(ge=0, le=65_535)]
    standing_tenth_pence: Annotated[int, Field(ge=0, le=65_535)] = 0
    """A day."""
    expect: Annotated[str, AfterValidator(_replay_result)] = "executed"


class RequestRollback(TimedStep):
    """The Responsible Supplier or the DCC asks for a rollback."""

    do: Literal["request-rollback"]


class WrongCodes(TimedStep):
    """Somebody sends Instructions with wrong SUA codes."""

    do: Literal["wrong-codes"]
    device: Name = Field(description="the name of a meter")
    count: Annotated[int, Field(gt=0, le=1000)]


class Resubmit(TimedStep):
    """The Installation is authorised once more after a rollback."""

    do: Literal["resubmit"]
    by: Literal["DCC", "supplier"]


class Replay(TimedStep):
    """Somebody sends an envelope once more, octet for octet, that went down before."""

    do: Literal["replay"]
    device: Name = Field(description="the name of a meter")
    of: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*#[1-9][0-9]*(/try#[1-9][0-9]*)?$")] = Field(
        description="the Instruction, such as no-op#1"
    )
    expect: Annotated[str, AfterValidator(_replay_result)]


class ActAlone(TimedStep):
    """S1SP or DCO alone sends an Instruction, without what the other one adds (P8)."""

    do: Literal["act-alone"]
    party: Literal["S1SP", "DCO"]
    """The S1SP has no SUA code to put in; the DCO has one, and no transport key."""
    device: Name = Field(description="the name of a meter")
    expect: Literal["refused", "executed"] = "refused"


class Check(TimedStep):
    """A look into a meter; what is left out is not looked at."""

    do: Literal["check"]
    device: Name = Field(description="the name of a meter")
    locked: bool | None = None
    """Whether it is locked out after too many wrong SUA codes."""
    failures: Annotated[int, Field(ge=0)] | None = None
    """How many wrong SUA codes it has counted."""
    last_counter: Annotated[int, Field(ge=0)] | None = None
    """The last counter that was spent on it: that of the installation, if nobody commanded it."""


Step = Annotated[
    TopUp
    | Vend
    | SetTariff
    | RequestRollback
    | WrongCodes
    | Resubmit
    | Replay
    | ActAlone
    | Attack
    | Check
    | Instruct
    | MeterStep
    | ProcessStep
    | HanStep,
    Field(discriminator="do"),
]

"""A scenario file: one reproducible question to an engine, format version 1.

`installation`, `faults` and `steps` say what happens, `expect` what should come of it. A variant
replaces whole keys of the scenario; the scenario itself is a case too.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from hanbench.emulator.instant import DAY_US
from hanbench.harness.files.cut_off_expectation import ExpectedCutOff
from hanbench.harness.files.file_fields import ClauseAddress, Duration, Entry, Name
from hanbench.harness.files.han_expectation import HanExpectation
from hanbench.harness.files.han_steps import NEED_FRAMES
from hanbench.harness.files.scenario_conduct import Parties
from hanbench.harness.files.scenario_faults import FaultEntry
from hanbench.harness.files.scenario_process import Also, Authorised
from hanbench.harness.files.scenario_steps import Step

Traffic = Literal["full", "instruction", "off"]
Profile = Literal["single-shot", "two-phase"]
KeyTruth = Literal["OLD", "NEW", "NEITHER"]
Belief = Literal["OLD", "NEW", "UNKNOWN"]
EndState = Literal[
    "commissioned",
    "commissioned-electricity-only",
    "rolled-back-sua-intact",
    "rolled-back-limited",
    "unresolved",
    "excluded",
    "not-started",
    "stranded",
    "any",
]
"""What an engine may claim; `stranded`, which only the oracle says; and `any`: whatever is true."""

ReportNumber = Literal[
    "S1MIG-001",
    "S1MIG-002",
    "S1MIG-003",
    "S1MIG-004",
    "S1MIG-005",
    "S1MIG-006",
    "S1MIG-010",
]

VIRTUAL_US_DEFAULT = 60 * DAY_US
EVENTS_DEFAULT = 2_000_000
CUT_OFF = ("customer-cut-off", "domain/10.8-top-up")
"""The finding that a time without a way to top up is, and its clause."""
DEFAULT_EPOCH = datetime(2021, 3, 1, 9, tzinfo=UTC)


def _verdict(text: str) -> str:
    if text in ("pass", "fail", "inconclusive", "not-applicable"):
        return text
    if text.removeprefix("violated:").strip() and text.startswith("violated:"):
        return text
    raise ValueError(
        f"{text!r} is not a verdict; expected pass, fail, inconclusive, not-applicable, "
        'or "violated: NAME" in quotes'
    )


def _format_epoch(epoch: datetime) -> str:
    return epoch.astimezone(UTC).isoformat().replace("+00:00", "Z")


Epoch = Annotated[
    AwareDatetime,
    PlainSerializer(_format_epoch, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
VerdictWord = Annotated[str, AfterValidator(_verdict)]
PartyFaultText = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9-]*(/[A-Za-z0-9().:-]+)+ by [A-Z0-9_]+$")
]
"""Such as `tmad/4.23A by MCC`."""


class ExpectedDevice(Entry):
    """What a meter should hold at the end; what is left out is not checked."""

    truth: KeyTruth | None = None
    belief: Belief | None = None
    supply_state: Literal["enabled", "armed", "disabled"] | None = None
    balance_pence: int | None = None
    clause: ClauseAddress | None = None
    """The clause that another state of it breaks; None: that of the expectation."""


class Expect(Entry):
    """What should come of the scenario."""

    end_state: EndState | None = Field(
        default=None,
        description="the end state that the engine should claim; left out where nothing migrates",
    )
    devices: dict[Name, ExpectedDevice] = Field(default_factory=dict)
    han: dict[Name, HanExpectation] = Field(default_factory=dict)
    """What devices should show on their HAN at the end."""
    clause: ClauseAddress | None = None
    """The clause that another end state, or another state of a device, breaks."""
    verdict: VerdictWord = "pass"
    party_faults: tuple[PartyFaultText, ...] = ()
    """What parties do wrong in it, each with its clause; any other is a finding."""
    reports: dict[ReportNumber, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """By migration report, how many attempts stand in it at the end of the run."""
    cut_off: tuple[ExpectedCutOff, ...] = ()
    """All times in which a customer had no way to top up; empty: not looked at."""
    all_faults_fire: bool = True
    all_comes_true: bool = Field(
        default=True,
        description="false: steps may fail to be taken or come out otherwise than they say, and "
        "parties may leave undone what they do wrong, as with faults that nobody had in mind",
    )
    within_us: Duration | None = Field(
        default=None,
        alias="within",
        description="how long after the last fault has passed the outcome must have been claimed",
    )

    @model_validator(mode="after")
    def _says_that_a_customer_was_cut_off(self) -> Self:
        """Stating the times excuses nothing: the verdict says what they break."""
        if self.cut_off and self.violated not in CUT_OFF:
            raise ValueError(f'cut_off: goes with `verdict: "violated: {CUT_OFF[0]}"`')
        return self

    @property
    def violated(self) -> str:
        """The name or clause of the finding that is expected; empty if none is."""
        return self.verdict.removeprefix("violated:").strip() if ":" in self.verdict else ""


class Limits(Entry):
    """Where a run is stopped, so that nothing hangs."""

    virtual_us: Duration = Field(default=VIRTUAL_US_DEFAULT, alias="virtual")
    events: Annotated[int, Field(gt=0)] = EVENTS_DEFAULT


ParameterValue = str | int | bool


class Variant(Entry):
    """Keys that replace the scenario's."""

    installation: str | None = None
    seed: Annotated[int, Field(ge=0)] | None = None
    traffic: Traffic | None = None
    profile: Profile | None = None
    order: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    parties: Parties | None = None
    parameters: dict[Name, dict[str, ParameterValue]] | None = None
    faults: tuple[FaultEntry, ...] | None = None
    steps: tuple[Step, ...] | None = None
    authorised: Authorised | None = None
    also: tuple[Also, ...] | None = None
    expect: Expect | None = None
    lasts_us: Duration | None = Field(default=None, alias="lasts")


class Scenario(Entry):
    """One scenario file."""

    scenario: Literal[1] = Field(description="the version of the file format, 1")
    title: str = Field(description="one sentence that says what happens", min_length=1)
    clauses: tuple[ClauseAddress, ...] = ()
    phases: tuple[Literal["MDUST", "UIT-A"], ...] = ()
    """The test phases that it belongs to."""
    if_it_went_wrong: str = ""
    installation: str = Field(description="the name of an installation, or the path of its file")
    epoch: Epoch = DEFAULT_EPOCH
    seed: Annotated[int, Field(ge=0)] = 1
    traffic: Traffic = "instruction"
    profile: Profile = "single-shot"
    order: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """In which order the meters' keys are rotated; None: gas first, as far as there is any."""
    parties: Parties = Parties()
    parameters: dict[Name, dict[str, ParameterValue]] = Field(default_factory=dict)
    """Parameters of a device's model that this scenario changes: `gsme: {sua.nvm: torn}`."""
    authorised: Authorised = Authorised()
    """When the engine is given the Installation, and for which day."""
    also: tuple[Also, ...] = ()
    """More Installations in the same world."""
    migrates: bool = True
    """Whether an engine is started at all; without one the scenario is about the HAN alone."""
    lasts_us: Duration = Field(default=0, alias="lasts")
    """How long the home is watched at least; it is watched until all steps are taken anyway."""
    faults: tuple[FaultEntry, ...] = ()
    steps: tuple[Step, ...] = ()
    variants: dict[Name, Variant] = Field(default_factory=dict)
    sweep: Literal["journal"] | None = None
    limits: Limits = Limits()
    expect: Expect = Field(description="what should come of it, at least `end_state`")

    @property
    def needs_frames(self) -> str:
        """The first step that does nothing without frames on the HAN; empty if there is none."""
        return next((step.do for step in self.steps if step.do in NEED_FRAMES), "")

    @model_validator(mode="after")
    def _has_frames_for_its_steps(self) -> Self:
        """Without frames nothing joins, leaves or changes keys."""
        if (step := self.needs_frames) and self.traffic == "off":
            raise ValueError(f"traffic: the step {step!r} needs frames; off has none")
        return self

    @model_validator(mode="after")
    def _names_the_clauses_of_its_parts(self) -> Self:
        """What a step or an expectation is about, the scenario is about."""
        steps = [*self.steps, *(step for one in self.variants.values() for step in one.steps or ())]
        expects = [self.expect, *(one.expect for one in self.variants.values() if one.expect)]
        devices = [device for one in expects for device in one.devices.values()]
        groups = [*self.also, *(also for one in self.variants.values() for also in one.also or ())]
        for part in (*steps, *expects, *devices, *groups):
            if part.clause is not None and part.clause not in self.clauses:
                raise ValueError(f"clauses: {part.clause} is not among them, and a part names it")
        return self

    @model_validator(mode="after")
    def _says_how_it_ends(self) -> Self:
        """An engine that is started must be expected to end somewhere, and none that is not."""
        stated = {"expect": self.expect} | {
            f"variants.{name}.expect": variant.expect
            for name, variant in self.variants.items()
            if variant.expect is not None
        }
        for where, expect in stated.items():
            if self.migrates and expect.end_state is None:
                raise ValueError(f"{where}: missing key 'end_state'; which should be claimed?")
            if not self.migrates and expect.end_state is not None:
                raise ValueError(f"{where}: `end_state` goes with a migration; `migrates` is false")
        return self

    def resolved(self, variant: Variant | None = None) -> Self:
        """Return the scenario of one case: what the variant states replaces what stands here."""
        replaced: dict[str, Any] = {"variants": {}, "sweep": None}
        if variant is not None:
            replaced |= {name: getattr(variant, name) for name in sorted(variant.model_fields_set)}
        return self.model_copy(update=replaced)

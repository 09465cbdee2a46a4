"""What a run says: verdicts, findings with their evidence, and the result of one case.

A verdict is read from the devices' true state; an engine's own words are only ever compared with
it. Inconclusive never counts as a pass.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hanbench.emulator.events import Event
from hanbench.harness.captures.writing import CaptureRun

ANY = "any"
"""The end state that is expected where faults may end a migration anywhere: a true one."""


class Verdict(enum.StrEnum):
    """The verdict on one case."""

    PASS = "pass"  # noqa: S105  (a verdict, not a password)
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not-applicable"
    HARNESS_ERROR = "harness-error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be, and the evidence."""

    name: str
    """`confidently-wrong`, `needlessly-unknown`, `executed-twice`, `engine-broke`, ..."""
    detail: str
    """One sentence a tester can act on."""
    device: str = ""
    clause: str = ""
    """The address of the clause that it breaks, e.g. `property/P9`, `def/utrn-period`."""
    at_us: int | None = None
    expected: str = ""
    truth: str = ""
    """What the device truly holds."""
    believed: str = ""
    """What the engine believed, and why."""
    by: str = ""
    """Whose doing it is, where that is not the engine: a party by its name, or `device`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEnd:
    """How a meter's key ended: the truth beside the belief."""

    device: str
    truth: str
    """`OLD`, `NEW` or `NEITHER`."""
    truth_version: int | None
    belief: str
    """`OLD`, `NEW`, `UNKNOWN`, or empty if the engine never said."""
    evidence: str
    supply_state: str
    balance_pence: int
    installation: str = ""
    """Of a meter in a further Installation of the case; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """The result of one case: one scenario in one variant."""

    case: str
    """Unique and stable: `secure/rotation-response-lost[two-phase]`; no seed, no time in it."""
    title: str
    scenario_file: str
    variant: str
    verdict: Verdict
    expected_verdict: Verdict
    findings: tuple[Finding, ...]
    clauses: tuple[str, ...]
    if_it_went_wrong: str
    seed: int
    traffic: str
    profile: str
    claimed: str
    """The end state that the engine claimed; empty if none."""
    expected: str
    """The end state that the scenario expects."""
    stranded_by: str
    """`device`, `engine` or a party when a meter ended stranded, else empty."""
    devices: tuple[DeviceEnd, ...]
    faults: tuple[str, ...]
    """The faults of the scenario in words."""
    faults_fired: int
    trace_hash: str
    story_hash: str
    virtual_us: int
    wall_s: float
    events: int
    frames_by_kind: Mapping[str, int]
    other_devices: tuple[DeviceEnd, ...] = ()
    """The meters of the further Installations of the case."""
    party_faults: tuple[Finding, ...] = ()
    """What parties did wrong, each with its clause: no fault of the engine's."""
    assumptions: tuple[str, ...] = ()
    """Everything modelled that this case rests on, in words."""
    epoch: datetime | None = None
    """The calendar instant of time zero; None in results written before it was kept."""

    @property
    def expected_words(self) -> str:
        """The end state that is expected, as a person says it."""
        if self.expected == ANY:
            return "none prescribed: whichever is true of the meters"
        return self.expected or "none"

    @property
    def all_found(self) -> tuple[Finding, ...]:
        """The findings, and what parties did wrong beside them: each once, expected or not."""
        beside = tuple(one for one in self.party_faults if one not in self.findings)
        return (*self.findings, *beside)

    @property
    def is_as_expected(self) -> bool:
        """Whether the verdict is the one that the scenario asks for."""
        return self.verdict is self.expected_verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRun:
    """A result with its evidence: the trace, and what the capture needs."""

    result: CaseResult
    trace: tuple[Event, ...]
    capture: CaptureRun | None = None
    others: tuple[CaptureRun, ...] = ()
    """The captures of the other Installations of the case: each is a HAN of its own."""
    replay_faults: tuple[str, ...] = field(default=())

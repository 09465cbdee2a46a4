"""A profile file: what an engine claims to do, format version 1.

A scenario that asks for more is `not-applicable`: it is not run, and listed with what it asks for.
A claim that is left out is a claim to all there is, so that nothing is left out by forgetting.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from hanbench.harness.faults.plan import FaultKind
from hanbench.harness.faults.point_grammar import PointKind, parse_point
from hanbench.harness.files.file_fields import Entry
from hanbench.harness.files.file_problems import read_model
from hanbench.harness.files.scenario import Profile
from hanbench.harness.files.yaml_source import read_yaml
from hanbench.harness.running.case import Case
from hanbench.harness.running.results import unfinished
from hanbench.harness.verdict import CaseRun, Finding, Verdict

Fuel = Literal["electricity", "gas"]
Role = Literal[
    "MCC", "EPCL", "SMSO", "DCO", "S1SP", "COMMISSIONING_PARTY", "INVENTORY", "SUPPLIER", "PSP"
]
FUELS: dict[str, Fuel] = {"ESME": "electricity", "GSME": "gas"}
ROLES: tuple[Role, ...] = (
    "MCC",
    "EPCL",
    "SMSO",
    "DCO",
    "S1SP",
    "COMMISSIONING_PARTY",
    "INVENTORY",
    "SUPPLIER",
    "PSP",
)
_ASKS_FOR = {"request-stop": "MCC", "suspend-dormant": "MCC", "epcl-entry": "EPCL"}
"""Steps of a scenario that only an engine which asks this party can heed."""


class Claims(Entry):
    """What the engine does; what is left out it claims whole."""

    rotation_profiles: Annotated[tuple[Profile, ...], Field(min_length=1)] = (
        "single-shot",
        "two-phase",
    )
    """How it can rotate a SUA key."""
    fuels: Annotated[tuple[Fuel, ...], Field(min_length=1)] = ("electricity", "gas")
    """Which meters it migrates; a home with another one is not for it."""
    roles: tuple[Role, ...] = ROLES
    """The parties that it deals with; a scenario about another one is not for it."""
    retries: Annotated[int, Field(ge=0)] | None = None
    """How many attempts after the first it takes on; left out: any number."""
    crash_recovery: bool = True
    """Whether it goes on from its journal after it was killed."""


class EngineProfile(Entry):
    """The file."""

    profile: Literal[1] = Field(description="the version of the file format, 1")
    engine: str = Field(default="", description="how the engine is called, for the reader")
    claims: Claims = Claims()


def read_profile(path: Path) -> EngineProfile:
    """Read a profile file.

    Raises:
        ScenarioError: it cannot be read, or holds a key or a value that is none; says where.
    """
    return read_model(EngineProfile, read_yaml(path))


def objections(profile: EngineProfile, case: Case) -> tuple[str, ...]:
    """Say what a case asks for and the engine does not claim; nothing: the case is for it."""
    if not case.scenario.migrates:
        return ()
    return tuple(_objections(profile.claims, case))


def not_applicable(case: Case, reasons: tuple[str, ...]) -> CaseRun:
    """Make the result of a case that is outside the profile; it is as expected, and no pass."""
    finding = Finding(name="not-applicable", detail=f"outside the profile: {'; '.join(reasons)}")
    return unfinished(case, Verdict.NOT_APPLICABLE, finding, 0.0)


def _objections(claims: Claims, case: Case) -> Iterator[str]:
    homes = (case, *case.companions)
    if case.scenario.profile not in claims.rotation_profiles:
        yield f"{case.scenario.profile} rotation"
    fuels = {
        FUELS[entry.type]
        for home in homes
        for entry in home.installation.devices.values()
        if entry.is_meter
    }
    yield from (f"a meter for {fuel}" for fuel in FUELS.values() if fuel in fuels - {*claims.fuels})
    roles = frozenset(_roles(homes))
    yield from (f"the part of {role}" for role in ROLES if role in roles - {*claims.roles})
    retries = sum(step.do == "resubmit" for step in case.scenario.steps)
    if claims.retries is not None and retries > claims.retries:
        yield f"{retries} more {'attempt' if retries == 1 else 'attempts'}"
    crashes = any(fault.does is FaultKind.CRASH for home in homes for fault in home.faults)
    if not claims.crash_recovery and (crashes or case.sweep_kind == "journal"):
        yield "recovery after a crash"


def _roles(homes: tuple[Case, ...]) -> Iterator[str]:
    """Name the parties that a scenario is about."""
    for home in homes:
        for fault in home.faults:
            if fault.party:
                yield fault.party
            elif fault.at and parse_point(fault.at).kind is PointKind.CALLED:
                yield fault.at.split("/")[2]
        stated = home.scenario.parties
        for role, behaviour in (
            ("SMSO", stated.smso),
            ("SUPPLIER", stated.supplier),
            ("MCC", stated.mcc),
            ("EPCL", stated.epcl),
        ):
            if behaviour != type(behaviour)():
                yield role
    yield from (_ASKS_FOR[step.do] for step in homes[0].scenario.steps if step.do in _ASKS_FOR)

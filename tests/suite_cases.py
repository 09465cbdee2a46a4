"""Loads cases of the shipped suite, and runs them with an engine that a test has broken."""

from dataclasses import replace

from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.engines import MakeEngine
from hanbench.harness.fence import fence
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.files.scenario_faults import to_fault
from hanbench.harness.parties.rogue_smso import RogueSmso
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import drive, run_with
from hanbench.harness.running.sweep import expand_sweep
from hanbench.harness.steps.taking import StepPlan
from hanbench.harness.verdict import CaseResult
from hanbench.harness.world import World
from hanbench.protocol.sua import HAN_SUA_M1

_LIBRARY = Library()


def case_of(scenario: str, variant: str = "") -> Case:
    """Return one case of the suite `secure`."""
    path = fixtures_folder("scenarios") / "secure" / f"{scenario}.yaml"
    loaded = _LIBRARY.scenario(path, name=f"secure/{scenario}")
    return next(case for case in expand(loaded) if case.variant == variant)


def swept(scenario: str, variant: str = "") -> tuple[Case, ...]:
    """Return the cases that a sweep stands for."""
    return expand_sweep(case_of(scenario, variant))


def run(case: Case) -> CaseResult:
    """Run a case with the reference engine as it is now, broken or not."""
    return run_with(case, lambda: AsyncEngine(migrate), HAN_SUA_M1).result


def names(result: CaseResult) -> set[str]:
    """Return the names of the findings."""
    return {finding.name for finding in result.findings}


def changed(case: Case, **scenario: object) -> Case:
    """Return the case with keys of its scenario replaced, as a variant would replace them."""
    faults = [to_fault(entry) for entry in scenario.get("faults", case.scenario.faults)]  # type: ignore[attr-defined]
    return replace(case, scenario=case.scenario.model_copy(update=scenario), faults=tuple(faults))


def world_of(case: Case, engine: MakeEngine = lambda: AsyncEngine(migrate)) -> World:
    """Return the world of a case before anything happens in it."""
    return World(case, HAN_SUA_M1, engine)


def driven(
    case: Case, engine: MakeEngine = lambda: AsyncEngine(migrate)
) -> tuple[World, StepPlan, str]:
    """Return the world of a case after its run, its steps, and the limit that ended it."""
    world = world_of(case, engine)
    steps = StepPlan(world)
    RogueSmso(world)
    with fence(), world.session.watch.armed():
        stopped_because = drive(world, steps)
    world.session.close()
    return world, steps, stopped_because

"""Sweeps: one case that stands for as many as its unfaulted run has journal writes."""

from typing import Literal

from hanbench.harness.case import Case
from hanbench.harness.engines import load_engine
from hanbench.harness.fence import fence
from hanbench.harness.run_case import drive
from hanbench.harness.scenario_faults import CrashFault
from hanbench.harness.schemes import load_scheme
from hanbench.harness.steps import StepPlan
from hanbench.harness.world import World

WHENS: tuple[Literal["before", "torn", "after"], ...] = ("before", "torn", "after")


def expand_sweep(case: Case) -> tuple[Case, ...]:
    """Return a case for each journal write of the run without faults, and each way to die there."""
    home = case.installation.name
    return tuple(
        case.with_fault(
            f"journal#{number}/{when}",
            CrashFault(does="crash", at=f"{home}/engine/journal#{number}", when=when),
        )
        for number in range(1, count_journal_writes(case) + 1)
        for when in WHENS
    )


def count_journal_writes(case: Case) -> int:
    """Run a case once, and count what its engine journals."""
    engine, scheme = load_engine(case.engine), load_scheme(case.scheme)
    with fence():
        world = World(case, scheme, engine)
        with world.session.watch.armed():
            drive(world, StepPlan(world))
        world.session.close()
    return world.session.journal_writes

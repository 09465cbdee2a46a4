"""Sweeps: one case that stands for as many as its unfaulted run has journal writes."""

from typing import Literal

from hanbench.harness.engines import load_engine
from hanbench.harness.files.scenario_faults import CrashFault
from hanbench.harness.real_time import open_fence, pace_of
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_case import drive, world_of
from hanbench.harness.schemes import load_scheme
from hanbench.harness.steps.taking import StepPlan

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
    engine = load_engine(case.engine, turn_limit_s=case.turn_limit_s)
    scheme = load_scheme(case.scheme)
    with open_fence(case.real_time):
        world = world_of(case, scheme, engine)
        with world.session.watch.armed():
            drive(world, StepPlan(world), pace_of(case.real_time))
        world.session.close()
    return world.session.journal_writes

"""Runs one case from its start to its verdict; a failure of the bench itself is told apart."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hanbench.harness.captures.source import capture_of, captures_beside
from hanbench.harness.driving import SETTLE_US, PaceLike, drive
from hanbench.harness.engine.watchdog import TURN_LIMIT_S, TurnWatch
from hanbench.harness.engines import ELSEWHERE, MakeEngine, load_engine
from hanbench.harness.faults.strikes import Strikes
from hanbench.harness.judging.judge import judge
from hanbench.harness.parties.rogue_smso import RogueSmso
from hanbench.harness.real_time import asked_every_us, open_fence, pace_of
from hanbench.harness.running.case import Case
from hanbench.harness.schemes import load_scheme
from hanbench.harness.steps.taking import StepPlan
from hanbench.harness.verdict import CaseResult, CaseRun
from hanbench.harness.world import World
from hanbench.protocol.sua import SuaScheme

__all__ = [
    "SETTLE_US",
    "PaceLike",
    "Prepare",
    "drive",
    "run_case",
    "run_with",
    "run_world",
    "world_of",
]

TRANSPORT_MARGIN_S = 5.0
Prepare = Callable[[World], object]
"""Is given the world before anything happens in it."""


def run_case(case: Case, prepare: Prepare = lambda _: None) -> CaseRun:
    """Run a case with the engine and the scheme that it names, and judge it."""
    make_engine = load_engine(case.engine, turn_limit_s=case.turn_limit_s)
    return run_with(case, make_engine, load_scheme(case.scheme), prepare)


def run_with(
    case: Case,
    make_engine: MakeEngine,
    scheme: SuaScheme,
    prepare: Prepare = lambda _: None,
) -> CaseRun:
    """Run a case with this engine and this scheme, and judge it."""
    world, result = run_world(case, make_engine, scheme, prepare)
    trace = tuple(world.shared.trace.events)
    return CaseRun(
        result=result, trace=trace, capture=capture_of(world), others=captures_beside(world)
    )


def run_world(
    case: Case,
    make_engine: MakeEngine,
    scheme: SuaScheme,
    prepare: Prepare = lambda _: None,
    pace: PaceLike | None = None,
) -> tuple[World, CaseResult]:
    """Run a case and judge it; return the world as the run left it, too.

    `prepare` is given the world before anything happens in it; `pace` is asked before each event.
    """
    begun_s = time.perf_counter()
    with open_fence(case.real_time), rare_collections():
        world, steps = set_up(case, make_engine, scheme)
        prepare(world)
        with world.session.watch.armed():
            stopped_because = drive(world, steps, pace or pace_of(case.real_time))
        wind_up(world, steps)
    wall_s = time.perf_counter() - begun_s
    return world, judge(world, steps, stopped_because, wall_s)


def set_up(case: Case, make_engine: MakeEngine, scheme: SuaScheme) -> tuple[World, StepPlan]:
    """Build the world of a case, with all that its steps and faults need."""
    world = world_of(case, scheme, make_engine)
    steps = StepPlan(world)
    for one in (world, *world.companions):
        RogueSmso(one)
        Strikes(one, make_engine)
    return world, steps


def wind_up(world: World, steps: StepPlan) -> None:
    """Take the last look at a world that has run, and let its engines go."""
    steps.look_at_faces(world.now)
    for one in (world, *world.companions):
        close_engines(one)


def close_engines(world: World) -> None:
    """Let the engines of a world go: the one at work, and one that was started by mistake."""
    world.session.close()
    if world.mishaps.second is not None:
        world.mishaps.second.close()


def world_of(case: Case, scheme: SuaScheme, make_engine: MakeEngine) -> World:
    """Build the world of a case with all its Installations."""
    world = World(case, scheme, make_engine)
    world.companions = tuple(
        World(one, scheme, make_engine, world.shared) for one in case.companions
    )
    # A transport names an engine that hangs by itself, and sooner than the watch would.
    limit_s = max(TURN_LIMIT_S, case.turn_limit_s + TRANSPORT_MARGIN_S)
    watch = TurnWatch(limit_s if case.engine.startswith(ELSEWHERE) else TURN_LIMIT_S)
    for one in (world, *world.companions):
        one.session.watch = watch
        if case.real_time is not None:
            one.session.asked_every_us = asked_every_us(case.real_time)
    return world


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the cyclic collector look seldom: a run makes many events and hardly any cycles."""
    before = gc.get_threshold()
    gc.set_threshold(500_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)

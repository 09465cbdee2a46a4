"""Runs one case from its start to its verdict; a failure of the bench itself is told apart."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.harness.capture_source import capture_of
from hanbench.harness.case import Case
from hanbench.harness.engine.watchdog import TURN_LIMIT_S, TurnWatch
from hanbench.harness.engines import ELSEWHERE, MakeEngine, load_engine
from hanbench.harness.judge import judge
from hanbench.harness.real_time import asked_every_us, open_fence, pace_of
from hanbench.harness.rogue_smso import RogueSmso
from hanbench.harness.schemes import load_scheme
from hanbench.harness.session import waits_for_nothing
from hanbench.harness.steps import StepPlan
from hanbench.harness.strikes import Strikes
from hanbench.harness.verdict import CaseResult, CaseRun
from hanbench.harness.world import World
from hanbench.protocol.sua import SuaScheme

SETTLE_US = 45 * SECOND_US
"""How long nothing may be under way, after the claim, for a run to be over: a late exchange on the
HAN takes seconds."""

TRANSPORT_MARGIN_S = 5.0
Prepare = Callable[[World], object]
"""Is given the world before anything happens in it."""


class PaceLike(Protocol):
    """Who is asked before each event of the agenda."""

    def wait_until(self, due: Instant) -> None:
        """Return when the event that is due then may happen."""


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
    return CaseRun(result=result, trace=trace, capture=capture_of(world))


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
        world = world_of(case, scheme, make_engine)
        steps = StepPlan(world)
        for one in (world, *world.companions):
            RogueSmso(one)
            Strikes(one, make_engine)
        prepare(world)
        with world.session.watch.armed():
            stopped_because = drive(world, steps, pace or pace_of(case.real_time))
            steps.faces.look(world.now)
        for one in (world, *world.companions):
            one.session.close()
            if one.mishaps.second is not None:
                one.mishaps.second.close()
    wall_s = time.perf_counter() - begun_s
    return world, judge(world, steps, stopped_because, wall_s)


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
    gc.set_threshold(50_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def drive(world: World, steps: StepPlan, pace: PaceLike | None = None) -> str:
    """Run a world until it is over; return the limit that ended it, empty if none did.

    With a `pace`, each event waits until the wall clock has come to it.
    """
    homes = (world, *world.companions)
    for home in homes:
        _begin(home)
    quiet_since: Instant | None = None
    ahead = _Ahead(homes)
    while world.session.broke is None:
        reached = _limit_reached(world)
        if reached:
            return reached
        if ahead.is_busy() or steps.scheduled:
            quiet_since = None
        elif ahead.somebody_waits_for_nothing():
            return ""
        else:
            quiet_since = world.now if quiet_since is None else quiet_since
            if _is_settled(world, after(quiet_since, SETTLE_US)):
                return ""
        if not _step(world, pace):
            return ""
    return ""


def _step(world: World, pace: PaceLike | None) -> bool:
    """Let the next thing happen; return False when nothing is left."""
    due = None if pace is None else world.agenda.next_instant()
    if pace is not None and due is not None:
        pace.wait_until(due)
    return world.runner.step()


def _begin(home: World) -> None:
    """Give an Installation to its engine, at once or in its time."""
    scenario = home.case.scenario
    if not scenario.migrates:
        return
    if scenario.authorised.at_us:
        home.agenda.at(Instant(scenario.authorised.at_us), lambda _now: home.begin())
    else:
        home.begin()


class _Ahead:
    """Knows whether any home has something ahead of it; it seldom has to look at more than one."""

    def __init__(self, homes: tuple[World, ...]) -> None:
        self._homes = homes
        self._last_busy = 0

    def is_busy(self) -> bool:
        """Whether the run has to go on."""
        for offset in range(len(self._homes)):
            place = (self._last_busy + offset) % len(self._homes)
            home = self._homes[place]
            if home.session.broke is None and (_goes_on(home) or not home.is_quiet):
                self._last_busy = place
                return True
        return False

    def somebody_waits_for_nothing(self) -> bool:
        """Whether an engine has claimed nothing and never will; it is marked as broken."""
        stuck = [
            home
            for home in self._homes
            if home.case.scenario.migrates
            and not home.session.has_claimed
            and home.session.broke is None
        ]
        for home in stuck:
            home.session.broke = waits_for_nothing(home.session)
        return bool(stuck)


def _goes_on(world: World) -> bool:
    """Whether the run has to go on, however quiet the home is."""
    scenario = world.case.scenario
    if world.now < scenario.lasts_us or (scenario.migrates and not world.has_begun):
        return True
    is_over = world.session.has_claimed or world.session.is_waiting_for_nothing
    return scenario.migrates and not is_over


def _limit_reached(world: World) -> str:
    limits = world.case.scenario.limits
    if world.agenda.events_run > limits.events:
        return f"more than {limits.events} events"
    if world.now > limits.virtual_us:
        return f"more than {limits.virtual_us // SECOND_US} s of virtual time"
    return ""


def _is_settled(world: World, until: Instant) -> bool:
    """Whether nothing more happens before a quiet home counts as settled."""
    due = world.agenda.next_instant()
    return due is None or due > until

"""Drives a world until its case is over: all at once, or one event after the other.

A case is over when its engine broke, a limit was reached, or nothing has been under way for a
while after the claim. The rule is the same whoever drives, so that a case that is steered by hand
ends at the very event at which `hanbench run` ends it.
"""

from typing import Protocol

from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.harness.session import waits_for_nothing
from hanbench.harness.steps.taking import StepPlan
from hanbench.harness.world import World

SETTLE_US = 45 * SECOND_US
"""How long nothing may be under way, after the claim, for a run to be over: a late exchange on the
HAN takes seconds."""


class PaceLike(Protocol):
    """Who is asked before each event of the agenda."""

    def wait_until(self, due: Instant) -> None:
        """Return when the event that is due then may happen."""


def drive(world: World, steps: StepPlan, pace: PaceLike | None = None) -> str:
    """Run a world until it is over; return the limit that ended it, empty if none did.

    With a `pace`, each event waits until the wall clock has come to it.
    """
    driving = Driving(world, steps, pace)
    driving.begin()
    while driving.goes_on() and driving.step():
        pass
    return driving.stopped_because


class Driving:
    """One world being driven."""

    def __init__(self, world: World, steps: StepPlan, pace: PaceLike | None = None) -> None:
        self._world = world
        self._homes = (world, *world.companions)
        self._steps = steps
        self._pace = pace
        self._ahead = _Ahead(self._homes)
        self._quiet_since: Instant | None = None
        self.stopped_because = ""
        """The limit that ended the run; empty if none did."""

    def begin(self) -> None:
        """Give every Installation to its engine, at once or in its time."""
        for home in self._homes:
            home.top_ups.look(home.now)
            _begin(home)

    def goes_on(self) -> bool:
        """Whether something has to happen before the case is over; asked once between events."""
        world = self._world
        if world.session.broke is not None:
            return False
        self.stopped_because = _limit_reached(world)
        if self.stopped_because:
            return False
        if self._ahead.is_busy() or self._steps.scheduled:
            self._quiet_since = None
        elif self._ahead.somebody_waits_for_nothing():
            return False
        else:
            if self._quiet_since is None:
                self._quiet_since = world.now
            return not _is_settled(world, after(self._quiet_since, SETTLE_US))
        return True

    def step(self) -> bool:
        """Let the next thing happen; return False when nothing is left."""
        due = None if self._pace is None else self._world.agenda.next_instant()
        if self._pace is not None and due is not None:
            self._pace.wait_until(due)
        return self._world.runner.step()

    def disturbed(self) -> None:
        """Take note that somebody did something: it has not been quiet since before."""
        self._quiet_since = None


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
        count, first = len(self._homes), self._last_busy
        if _is_busy(self._homes[first]):
            return True
        for offset in range(1, count):
            place = (first + offset) % count
            if _is_busy(self._homes[place]):
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


def _is_busy(home: World) -> bool:
    return home.session.broke is None and (_goes_on(home) or not home.is_quiet)


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

"""A run as it is walked through: its events, the points that it passed, and states in between.

A case is run once, to its end. Going back must be quick, so the state of every device is recorded
at each event, as far as memory and patience allow: for `KEPT` events around the place. What is
farther away is recorded by running the case again to there, which is exact, since a run hangs on
nothing but its case; that it took the same way is checked. Running again for each step back was
simpler, and took as long as the run; recording all states took a minute for a day of full traffic.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from hanbench.emulator.events import Event
from hanbench.emulator.instant import Instant
from hanbench.harness.engines import load_engine
from hanbench.harness.errors import ReplayDivergence, ScenarioError
from hanbench.harness.inspection.reading import States, states_of
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_case import run_world
from hanbench.harness.schemes import load_scheme
from hanbench.harness.story_lines import story_line
from hanbench.harness.verdict import CaseResult
from hanbench.harness.world import World

KEPT = 512
BEHIND_PART = 8
"""Of a place that was gone forward to, one in so many of them lies behind it."""
OUTCOME = "outcome"
"""The one point that is no fault point: the engine claims its outcome."""
MeterKey = tuple[str, str]
"""Installation and meter."""


class TrueKey(NamedTuple):
    """What a meter truly holds as its current key."""

    truth: str
    """`OLD`, `NEW` or `NEITHER`."""
    version: int | None
    check_value: str

    @property
    def words(self) -> str:
        """The key as beliefs name their candidates: `2:888540`."""
        return "no key" if self.version is None else f"{self.version}:{self.check_value}"


class _Enough(Exception):
    """The run has come as far as it was wanted."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A point that the run passed: the next event is number `position`."""

    name: str
    position: int
    at: Instant


@dataclass(slots=True)
class _Probe:
    """Looks at a run as it goes, and changes nothing of it."""

    keep_from: int
    keep_to: int
    stop_at: int | None = None
    """The position after which the run is no longer wanted; None: to its end."""
    stop_at_point: str = ""
    stop_at_time: Instant | None = None
    events: list[Event] = field(default_factory=list)
    points: list[Passed] = field(default_factory=list)
    states: dict[int, States] = field(default_factory=dict)
    truths: list[tuple[tuple[MeterKey, TrueKey], ...]] = field(default_factory=list)
    """What each meter truly held, by position."""
    times: list[Instant] = field(default_factory=list)
    """How far time had come, by position."""
    here: States | None = None
    """The states where a point or an instant was wanted."""
    world: World | None = None
    _keys: dict[MeterKey, tuple[object, TrueKey]] = field(default_factory=dict)

    def prepare(self, world: World) -> None:
        """Begin to look."""
        self.world = world
        self._look()
        trace = world.shared.trace
        for event in tuple(trace.events):
            self.heard(event)
        trace.listener = self.heard
        for home in (world, *world.companions):
            home.plan.on_point = self._watch(home.plan.on_point)

    def heard(self, event: Event) -> None:
        """Take one event."""
        self.events.append(event)
        self._look()
        if self.stop_at is not None and len(self.events) > self.stop_at:
            raise _Enough

    def wait_until(self, due: Instant) -> None:
        """End the run before the first event after the instant that is wanted."""
        if self.stop_at_time is not None and due > self.stop_at_time:
            self._keep_here(self.stop_at_time)
            raise _Enough

    def _watch(
        self, inner: Callable[[str, Instant], None] | None
    ) -> Callable[[str, Instant], None]:
        def passed(name: str, now: Instant) -> None:
            # The claim alone is noted before its point; of all others the point comes first.
            comes_next = 0 if name == OUTCOME else 1
            self.points.append(Passed(name, len(self.events) + comes_next, now))
            if name == self.stop_at_point:
                self._keep_here(now)
                raise _Enough
            if inner is not None:
                inner(name, now)

        return passed

    def _keep_here(self, now: Instant) -> None:
        assert self.world is not None, "it is given before anything happens"
        self.here = states_of(self.world, now)

    def _look(self) -> None:
        assert self.world is not None, "it is given before anything happens"
        position = len(self.events)
        self.truths.append(self._truths(self.world))
        self.times.append(self.world.now)
        if self.keep_from <= position <= self.keep_to:
            states = states_of(self.world, self.world.now)
            self.states[position] = _shared(self.states.get(position - 1), states)

    def _truths(self, world: World) -> tuple[tuple[MeterKey, TrueKey], ...]:
        for home in (world, *world.companions):
            for name in home.case.installation.meter_names:
                keys = home.home.meters[name].core.gate.keys
                known = self._keys.get((home.installation, name))
                # The memory holds another object after each commit, and the same one until then.
                if known is None or known[0] is not keys:
                    held = home.home.meters[name].truth
                    truth = home.truth.of(name).value
                    true_key = TrueKey(truth, held.current_version, held.check_value)
                    self._keys[home.installation, name] = (keys, true_key)
        found = tuple((meter, truth) for meter, (_, truth) in self._keys.items())
        return self.truths[-1] if self.truths and self.truths[-1] == found else found


class Recording:
    """One case, run; positions go from 0 (before anything) to the number of its events."""

    def __init__(self, case: Case, kept: int = KEPT) -> None:
        """Run the case to its end.

        Raises:
            ScenarioError: its engine keeps a clock of its own, so no run is like the other.
            EngineError: its engine is not here.
        """
        if case.real_time is not None:
            says = "its engine keeps a clock of its own: no run of it is like the other"
            raise ScenarioError(f"{case.name}: {says}, so it cannot be stepped through")
        self.case = case
        self.reruns = 0
        """How often the case was run again for states that were not kept."""
        self._kept = kept
        self._make_engine = load_engine(case.engine, turn_limit_s=case.turn_limit_s)
        self._scheme = load_scheme(case.scheme)
        probe = _Probe(0, kept)
        self.world, self.result = self._run(probe)
        self.events = tuple(probe.events)
        self.points = tuple(probe.points)
        self.truths = tuple(probe.truths)
        self._times = tuple(probe.times)
        self._states = probe.states
        self.last_states = states_of(self.world, self.world.now)
        """Of the end of the run."""

    @property
    def last(self) -> int:
        """The last position: after the last event."""
        return len(self.events)

    def event(self, position: int) -> Event | None:
        """Return the event that a position lies behind; None at the start."""
        return self.events[position - 1] if position else None

    def at(self, position: int) -> Instant:
        """Return when a position is."""
        event = self.event(position)
        return Instant(0) if event is None else event.at

    def latest(self, position: int) -> Instant:
        """Return how far time had come at a position: frames are noted a little ahead of it."""
        return self._times[position]

    def states(self, position: int) -> States:
        """Return the state of every device right behind an event.

        Raises:
            ReplayDivergence: the case, run again, took another way.
        """
        if position not in self._states:
            self._record_around(position)
        return self._states[position]

    def states_at_point(self, passed: Passed) -> States:
        """Return the states as a point is passed, before what comes of it; raises as `states`."""
        return self._here(_Probe(1, 0, stop_at_point=passed.name))

    def states_at_time(self, at: Instant) -> States:
        """Return the states when all until an instant has happened; raises as `states`."""
        return self._here(_Probe(1, 0, stop_at_time=at))

    def truth(self, position: int) -> Mapping[MeterKey, TrueKey]:
        """Return what each meter truly holds at a position."""
        return dict(self.truths[position])

    def passed_before(self, position: int) -> tuple[Passed, ...]:
        """Return the points that were passed between the event before and this one."""
        first = bisect_left(self.points, position, key=lambda one: one.position)
        last = bisect_left(self.points, position + 1, key=lambda one: one.position)
        return self.points[first:last]

    def _record_around(self, position: int) -> None:
        # Whoever steps back comes from the other side of the window.
        came_from_behind = position + 1 in self._states
        behind = self._kept - 1 if came_from_behind else self._kept // BEHIND_PART
        first = max(0, position - behind)
        probe = _Probe(first, first + self._kept, stop_at=first + self._kept)
        self._run_partly(probe)
        self._states = probe.states

    def _here(self, probe: _Probe) -> States:
        self._run_partly(probe)
        return self.last_states if probe.here is None else probe.here

    def _run_partly(self, probe: _Probe) -> None:
        self.reruns += 1
        self._run(probe)
        for number, (then, now) in enumerate(zip(self.events, probe.events, strict=False), 1):
            if then != now:
                raise ReplayDivergence(number, story_line(then), story_line(now))

    def _run(self, probe: _Probe) -> tuple[World, CaseResult]:
        pace = None if probe.stop_at_time is None else probe
        try:
            return run_world(self.case, self._make_engine, self._scheme, probe.prepare, pace)
        except _Enough:
            assert probe.world is not None, "it was prepared, or nothing would have been enough"
            _close(probe.world)
            return probe.world, self.result


def _close(world: World) -> None:
    """End the engines of a run that was left in the middle."""
    for home in (world, *world.companions):
        home.session.close()
        if home.mishaps.second is not None:
            home.mishaps.second.close()


def _shared(before: States | None, now: States) -> States:
    """Keep one object of a state that has not changed: most have not."""
    if before is None:
        return now
    return {key: before[key] if before[key] == state else state for key, state in now.items()}

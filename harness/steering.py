"""A case that is steered by hand: run to a moment, acted upon, and run on.

Nothing here decides otherwise than `hanbench run` does. What is done by hand is written into the
case as it happens, each step with its instant and how long the home was watched, so that the case
as it ended is a scenario of its own: a replay file of it takes the same way without a hand.

An act falls one microsecond after the present, when all of the present is over: a step of a file
comes before whatever else is due at its instant, and so does this one.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from hanbench.emulator.instant import Instant, after
from hanbench.harness.captures.source import capture_of, captures_beside
from hanbench.harness.driving import Driving
from hanbench.harness.engines import MakeEngine
from hanbench.harness.files.scenario_steps import Step
from hanbench.harness.judging.judge import judge, under_way
from hanbench.harness.real_time import open_fence
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_case import rare_collections, set_up, wind_up
from hanbench.harness.steps.taken_step import TakenStep
from hanbench.harness.verdict import CaseResult, CaseRun, Finding
from hanbench.protocol.sua import SuaScheme

NOT_JUDGED = Finding(
    name="not-judged", detail="so it stood when the test failed; nothing was judged yet"
)


class SteeredCase:
    """One case, its world, and how far it has been run."""

    def __init__(self, case: Case, make_engine: MakeEngine, scheme: SuaScheme) -> None:
        self._wall_s = 0.0
        self._is_inside = False
        self.clock: Callable[[], Instant] = lambda: Instant(0)
        """Says how far time has come by whoever lets it pass; an async test's loop."""
        self._asked_for = Instant(0)
        """The instant to which somebody wanted it run; the last event may lie before it."""
        with self.inside():
            self.world, self.steps = set_up(case, make_engine, scheme)
            self.driving = Driving(self.world, self.steps)
        self.has_begun = False
        self.is_closed = False
        """Whether its engines were let go: it can be asked, and not run, after that."""
        self._judged: CaseRun | None = None
        self.has_raised = False
        """Whether something went wrong inside the run, and not in what was judged."""

    @property
    def case(self) -> Case:
        """The case with everything that was done to it so far."""
        return self.world.case

    @property
    def now(self) -> Instant:
        """How far virtual time has come."""
        return max(self.world.now, self._asked_for, self.clock())

    @property
    def is_stopped(self) -> bool:
        """Whether nothing may happen any more: the engine broke, or a limit is reached."""
        limits = self.case.scenario.limits
        return self.world.session.broke is not None or self.world.now > limits.virtual_us

    def begin(self) -> None:
        """Give the Installation to its engine, if that has not been done."""
        if not self.has_begun:
            self.has_begun = True
            with self.inside():
                self.driving.begin()

    def watch_until(self, instant: Instant) -> None:
        """Let the home be watched until an instant at least, whatever becomes of the migration."""
        self._asked_for = max(self._asked_for, instant)
        if self.case.scenario.lasts_us < instant:
            scenario = self.case.scenario.model_copy(update={"lasts_us": int(instant)})
            self.world.case = replace(self.case, scenario=scenario)

    def run_until(self, instant: Instant) -> bool:
        """Run to an instant; return False if the case ended before it."""
        self.begin()
        self.watch_until(instant)
        return self.run_while(lambda: (self.world.agenda.next_instant() or instant + 1) <= instant)

    def run_while(self, has_to: Callable[[], bool]) -> bool:
        """Let one thing happen after the other while `has_to`; False: it was over before that."""
        self.begin()
        with self.inside():
            while has_to():
                if not self.driving.goes_on() or not self.driving.step():
                    return False
        return True

    def next_event(self) -> bool:
        """Let the next thing happen; return False if the case is over."""
        self.begin()
        with self.inside():
            return self.driving.goes_on() and self.driving.step()

    def live_through(self, instant: Instant) -> None:
        """Let all that is due by an instant happen, whether the case is over or not."""
        with self.inside():
            while (due := self.world.agenda.next_instant()) is not None and due <= instant:
                if self.is_stopped or not self.driving.step():
                    break

    def act(self, make_step: Callable[[Instant], Step]) -> TakenStep:
        """Take a step a microsecond from now, and write it into the case."""
        self.begin()
        self.live_through(self.now)
        when = after(self.now, 1)
        step = make_step(when)
        scenario = self.case.scenario
        steps = (*scenario.steps, step)
        changed = scenario.model_copy(update={"steps": steps})
        self.world.case = replace(self.case, scenario=changed)
        self.world.agenda.now = when
        with self.inside():
            taken = self.steps.take_now(step, when)
            self.driving.disturbed()
        return taken

    def end(self) -> CaseRun:
        """Run to the end as `hanbench run` does, and judge it; again: the same judgement."""
        if self._judged is None:
            self.run_while(lambda: True)
            self._judged = self._judge(self.driving.stopped_because)
        return self._judged

    def as_it_stands(self) -> CaseResult:
        """Say what the devices hold now; a case that is under way is judged as nothing else."""
        if self._judged is not None:
            return self._judged.result
        return under_way(self.world, NOT_JUDGED, self._wall_s)

    def close(self) -> None:
        """Let its engines go; it can be asked and not run after that."""
        if not self.is_closed:
            self.is_closed = True
            with self.inside():
                wind_up(self.world, self.steps)

    def _judge(self, stopped_because: str) -> CaseRun:
        self.close()
        result = judge(self.world, self.steps, stopped_because, self._wall_s)
        trace = tuple(self.world.shared.trace.events)
        own, others = capture_of(self.world), captures_beside(self.world)
        return CaseRun(result=result, trace=trace, capture=own, others=others)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Be inside the run: fenced, watched, and on its own account of real time."""
        if self._is_inside:
            yield
            return
        began_s = time.perf_counter()
        self._is_inside = True
        try:
            with open_fence(None), rare_collections(), self._watched():
                yield
        except BaseException:
            self.has_raised = True
            raise
        finally:
            self._is_inside = False
            self._wall_s += time.perf_counter() - began_s

    @contextmanager
    def _watched(self) -> Iterator[None]:
        world = getattr(self, "world", None)
        if world is None:
            yield
            return
        with world.session.watch.armed():
            yield

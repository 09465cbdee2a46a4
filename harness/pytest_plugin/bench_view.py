"""The fixture `bench`: one case, run to its end or steered, and judged as `hanbench run` judges it.

It is a thin view: the world, the steps, the judge and the replay file are those of the bench.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hanbench.emulator.durations import parse_duration
from hanbench.emulator.events import Event
from hanbench.emulator.instant import Instant, after, format_instant
from hanbench.harness.errors import NotAsExpected
from hanbench.harness.files.engine_profile import objections
from hanbench.harness.pytest_plugin.attaching import REPLAY
from hanbench.harness.pytest_plugin.choosing import Choice, step_of
from hanbench.harness.pytest_plugin.engine_view import EngineView, as_view
from hanbench.harness.pytest_plugin.failures import (
    Failure,
    headline_of,
    is_good,
    keep_replay,
    retell,
)
from hanbench.harness.pytest_plugin.home_view import InstallationView
from hanbench.harness.pytest_plugin.options import Settings, settings_of
from hanbench.harness.pytest_plugin.party_view import DcoView, PartyView, SmsoView
from hanbench.harness.running.case import Case
from hanbench.harness.schemes import load_scheme
from hanbench.harness.steering import SteeredCase
from hanbench.harness.steps.taken_step import TakenStep
from hanbench.harness.story_lines import story_lines
from hanbench.harness.verdict import CaseResult, CaseRun
from hanbench.harness.world import World

if TYPE_CHECKING:
    from hanbench.harness.pytest_plugin.flow import Flow

Moment = str | int | timedelta | Callable[[], bool]
"""A fault point, `outcome`, a duration with its unit, microseconds, or a question to be asked."""
OUTCOME = "outcome"


class Bench:
    """One case of a test."""

    def __init__(self, item: pytest.Item, engine: EngineView, choice: Choice) -> None:
        self._item = item
        self._choice = choice
        self._case: Case | None = None
        self._steered: SteeredCase | None = None
        self._flow: Flow | None = None
        self._is_judged = False
        self._has_failed = False
        self._passed: dict[str, None] = {}
        self._points_read = 0
        self.asked: list[str] = []
        """The operations that the test itself asked parties for: a replay cannot do so."""
        self.engine = engine
        self.installation = InstallationView(self)
        self.dco = DcoView(self)
        self.smso = SmsoView(self)
        engine.bind(self)

    def load(self, scenario: str, variant: str = "", /, **changes: object) -> "Bench":
        """Take another scenario: a name, a path (also beside the test), and keys to replace.

        A case goes by the name that results give it, too: `secure/clean-two-fuel[two-phase]`.

        The keys are those of a scenario file, such as `profile="two-phase"`, `faults=[...]`,
        `expect={"end_state": "any"}`, `installation="two-fuel-dormant"`.

        Raises:
            ScenarioError: there is none, or a key is wrong.
        """
        self._before_it_begins()
        self._choice = self._choice.of(scenario, variant, changes)
        return self

    def faults(self, *faults: object, expect: str = "any") -> "Bench":
        """Add faults, in words or as a scenario file has them; `expect` is the end state then."""
        self._before_it_begins()
        self._choice = self._choice.with_faults(faults, expect)
        return self

    def party(self, name: str) -> PartyView:
        """Return a party by its name: S1SP, COMMISSIONING_PARTY, SUPPLIER, PSP, MCC, ..."""
        return PartyView(self, name)

    @property
    def case(self) -> Case:
        """The case, with what was done to it so far."""
        if self._steered is not None:
            return self._steered.case
        if self._case is None:
            self._case = self._choice.case(self._settings, self.engine.spec)
            profile = self._settings.profile()
            if profile is not None and (reasons := objections(profile, self._case)):
                pytest.skip(f"outside the profile of the engine: {'; '.join(reasons)}")
        return self._case

    @property
    def steered(self) -> SteeredCase:
        """The case as it runs."""
        if self._steered is None:
            case = self.case
            make = self.engine.maker(self._settings.found)
            self._steered = SteeredCase(case, make, load_scheme(case.scheme))
            self._flow = self._flow_of(self._steered)
        return self._steered

    @property
    def world(self) -> World:
        """The world, for what no view shows."""
        return self.steered.world

    @property
    def now(self) -> Instant:
        """How far virtual time has come, in microseconds since the scenario began."""
        return self.steered.now

    @property
    def trace(self) -> tuple[Event, ...]:
        """All events so far."""
        return tuple(self.world.shared.trace.events)

    @property
    def story(self) -> tuple[str, ...]:
        """The story so far, a line for each event."""
        return story_lines(self.trace)

    @property
    def points(self) -> tuple[str, ...]:
        """The fault points that were passed so far, in order."""
        return tuple(seen.name for seen in self.world.plan.seen)

    def begin(self) -> None:
        """Give the Installation to the engine, if that has not been done."""
        self.steered.begin()

    def run(self, *, check: bool = True) -> CaseResult:
        """Run to the end and judge; with `check`, fail unless it is as the scenario expects.

        Raises:
            NotAsExpected: it is not; an inconclusive run never is.
        """
        __tracebackhide__ = True
        self._not_in_a_loop("run()", "await bench.ended()")
        return self.judged(check=check)

    def run_until(self, moment: Moment) -> None:
        """Run to a fault point, `outcome`, an instant, or until a question is answered with yes.

        Raises:
            NotAsExpected: the run was over before that.
        """
        __tracebackhide__ = True
        self._not_in_a_loop("run_until()", "await bench.reached(...)")
        instant = instant_of(moment)
        if instant is not None:
            is_there = self.steered.run_until(instant)
        else:
            is_reached = self.question(moment)
            is_there = self.steered.run_while(lambda: not is_reached())
        if not is_there:
            self.never_reached(moment)

    def run_for(self, duration: str | timedelta) -> None:
        """Run on for a while, such as `2h`."""
        __tracebackhide__ = True
        self._not_in_a_loop("run_for()", "await asyncio.sleep(...)")
        self.run_until(after(self.now, instant_of(duration) or 0))

    def step(self) -> tuple[str, ...]:
        """Let happen what comes next in the story; return its lines, none when it is over."""
        self._not_in_a_loop("step()", "await asyncio.sleep(...)")
        told = len(self.story)
        while len(self.story) == told:
            if not self.steered.next_event():
                break
        return self.story[told:]

    async def ended(self, *, check: bool = True) -> CaseResult:
        """Wait, in an async test, for the end of the run, and judge it as `run` does."""
        __tracebackhide__ = True
        await self._flowing().until_over()
        return self.judged(check=check)

    async def reached(self, moment: Moment) -> None:
        """Wait, in an async test, for a moment, as `run_until` runs to one."""
        __tracebackhide__ = True
        flow, instant = self._flowing(), instant_of(moment)
        if instant is not None:
            await flow.until(instant)
        elif not await flow.until_true(self.question(moment)):
            self.never_reached(moment)

    def do(self, step: str, /, **keys: object) -> str:
        """Take a step of a scenario file now: `bench.do("vend", device="gsme", ...)`.

        Returns how it came out, as far as that is known at once.
        """
        return self.steered.steps.outcome(self.take(step, **keys))

    def take(self, step: str, /, **keys: object) -> TakenStep:
        """Take a step like `do`, and return it, to ask later how it came out."""
        steered = self.steered
        home = self.case.home
        taken = steered.act(lambda at: step_of(steered.case, home, step, keys, at))
        if self._flow is not None:
            self._flow.nudge()
        return taken

    def judged(self, *, check: bool) -> CaseResult:
        """Judge, running to the end first."""
        __tracebackhide__ = True
        run = self.steered.end()
        self._is_judged = True
        if check and not is_good(run.result):
            raise self._failure(run)
        return run.result

    def question(self, moment: Moment) -> Callable[[], bool]:
        """Return what is asked between events: whether a moment has come."""
        if callable(moment):
            return moment
        if moment == OUTCOME:
            return lambda: self.world.session.has_claimed
        point = self._choice.whole_point(str(moment), self.case)
        return lambda: self._has_passed(point)

    def never_reached(self, moment: Moment) -> None:
        """Fail: the run was over before a moment came."""
        __tracebackhide__ = True
        named = moment if isinstance(moment, str) else "what was waited for"
        when = format_instant(self.world.now)
        self._is_judged = True
        raise self._failure(self.steered.end(), f"the run was over at {when}, before {named}")

    def reported(
        self, report: pytest.TestReport, error: "pytest.ExceptionInfo[Any] | None"
    ) -> None:
        """Add to the report of a test that failed what the bench says, and write its replay."""
        if not report.failed or self._steered is None or report.when == "setup":
            return
        self._has_failed = True
        raised = error.value if error is not None else None
        if isinstance(raised, NotAsExpected):
            retell(report, raised)
        elif not self._steered.has_raised:
            # What the test saw is told; what is kept is the whole run, which can be compared.
            seen = self._steered.as_it_stands()
            kept = keep_replay(self._told, self.case, self._steered.end())
            report.sections.append(("hanbench", self._told.text(seen, kept)))
        self._note(report)

    def finish(self) -> None:
        """End it with its test: an engine that was never judged is judged now."""
        if self._steered is None:
            return
        session = self._steered.world.session
        try:
            has_come_to_something = session.has_claimed or session.broke is not None
            if has_come_to_something and not (self._is_judged or self._has_failed):
                self.judged(check=True)
        finally:
            self._steered.close()
            if not self._has_failed:
                self._told.forget()

    def _failure(self, run: CaseRun, because: str = "") -> NotAsExpected:
        path = keep_replay(self._told, self.case, run)
        text = self._told.text(run.result, path, because)
        return NotAsExpected(text, headline_of(run.result, because))

    @property
    def _told(self) -> Failure:
        return Failure(
            self._item.nodeid,
            self._settings,
            has_named_engine=bool(self.engine.spec),
            asked=tuple(self.asked),
        )

    def _note(self, report: pytest.TestReport) -> None:
        """Write into the report, and so into JUnit, what a machine wants to know of the run."""
        assert self._steered is not None
        result = self._steered.as_it_stands()
        stated = {
            "verdict": result.verdict.value,
            "seed": str(result.seed),
            "story_hash": result.story_hash,
        }
        if self._told.replay.is_file():
            stated[REPLAY] = os.path.relpath(self._told.replay, self._item.config.rootpath)
        known = {name for name, _ in self._item.user_properties}
        self._item.user_properties += [one for one in stated.items() if one[0] not in known]
        report.user_properties = list(self._item.user_properties)

    def _has_passed(self, point: str) -> bool:
        seen = self.world.plan.seen
        while self._points_read < len(seen):
            self._passed[seen[self._points_read].name] = None
            self._points_read += 1
        return point in self._passed

    def _before_it_begins(self) -> None:
        if self._steered is not None:
            raise RuntimeError("the world of this test is there already: choose before it is used")
        self._case = None

    def _flow_of(self, steered: SteeredCase) -> "Flow | None":
        from hanbench.harness.pytest_plugin.flow import flow_in_loop  # noqa: PLC0415

        return flow_in_loop(steered)

    def _flowing(self) -> "Flow":
        self.begin()
        if self._flow is None:
            raise RuntimeError("the world of this test was made outside its loop")
        return self._flow

    def _not_in_a_loop(self, what: str, instead: str) -> None:
        self.begin()
        if self._flow is not None:
            raise RuntimeError(
                f"this test is async, so time passes by itself: {instead}, not {what}"
            )

    @property
    def _settings(self) -> Settings:
        return settings_of(self._item.config)


def bench_of(item: pytest.Item, engine: object, scenario: object) -> Bench:
    """Make the bench of a test, by its marks."""
    folder = Path(item.path).parent
    return Bench(item, as_view(engine), Choice.by_marks(item, str(scenario), folder))


def instant_of(moment: Moment) -> Instant | None:
    """Return the instant that a moment names; None: it is a point or a question.

    Raises:
        ValueError: a duration without its unit.
    """
    match moment:
        case timedelta():
            return Instant(moment // timedelta(microseconds=1))
        case int():
            return Instant(moment)
        case str() if moment != OUTCOME and "/" not in moment:
            return Instant(parse_duration(moment))
        case _:
            return None

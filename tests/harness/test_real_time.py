"""Engines that keep their own clock; the wall clock of these tests is a number."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from tests.suite_cases import case_of

from hanbench.emulator.instant import HOUR_US, SECOND_US, Instant
from hanbench.harness.engine.adapter import AsyncEngine, Port
from hanbench.harness.engine.port import ClaimOutcome, EndState, EngineEvent, Turn, WriteJournal
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.judging.judge import judge
from hanbench.harness.real_time import Pace, asked_every_us, case_limit_s
from hanbench.harness.running.case import Case, RunOptions
from hanbench.harness.running.results import read_results
from hanbench.harness.running.run_case import drive, world_of
from hanbench.harness.running.run_request import RunRequest, execute
from hanbench.harness.steps.taking import StepPlan
from hanbench.harness.verdict import CaseResult, Verdict
from hanbench.protocol.sua import HAN_SUA_M1


class Wall:
    """A wall clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now_s = 500.0
        self.slept_s: list[float] = []

    def clock(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.slept_s.append(duration_s)
        self.now_s += duration_s


class OwnClock:
    """Waits for its own clock and never for the bench's: claims after an hour of the scaled one."""

    def __init__(self, wall: Wall, scale: float) -> None:
        self.wall, self.scale = wall, scale
        self.began_s: float | None = None
        self.asked = 0
        self.has_claimed = False

    def turn(self, event: EngineEvent, now_us: int) -> Turn:
        if self.began_s is None:
            self.began_s = self.wall.now_s
        self.asked += event.type == "woken"
        assert now_us == pytest.approx((self.wall.now_s - self.began_s) * self.scale * 1e6, abs=2e6)
        if (self.wall.now_s - self.began_s) * self.scale < 3600 or self.has_claimed:
            return Turn()
        self.has_claimed = True
        claim = ClaimOutcome(installation="home-1", end_state=EndState.NOT_STARTED)
        return Turn(actions=(WriteJournal(id=1, entry={}), claim))


def in_real_time(case: Case, engine: object, wall: Wall, scale: float) -> CaseResult:
    paced = replace(case, real_time=scale)
    world = world_of(paced, HAN_SUA_M1, lambda: engine)  # type: ignore[arg-type, return-value]
    steps = StepPlan(world)
    stopped = drive(world, steps, Pace(scale, wall.clock, wall.sleep))
    world.session.close()
    return judge(world, steps, stopped, 0.0)


@pytest.mark.parametrize("scale", [1.0, 60.0, 1000.0])
def test_virtual_time_is_held_to_the_wall_clock(scale: float) -> None:
    wall = Wall()
    engine = OwnClock(wall, scale)

    result = in_real_time(case_of("clean-two-fuel"), engine, wall, scale)

    assert result.claimed == "not-started"
    assert sum(wall.slept_s) == pytest.approx(result.virtual_us / 1e6 / scale, rel=0.01)
    assert engine.asked >= HOUR_US // asked_every_us(scale)
    assert result.virtual_us > HOUR_US


def test_an_engine_of_the_ports_own_time_runs_there_too() -> None:
    wall = Wall()

    result = in_real_time(case_of("clean-two-fuel"), AsyncEngine(migrate), wall, 1000.0)

    assert result.verdict is Verdict.PASS
    assert sum(wall.slept_s) == pytest.approx(result.virtual_us / 1e9, rel=0.01)


def test_questions_that_bring_nothing_are_no_part_of_the_story() -> None:
    wall = Wall()
    quick = in_real_time(case_of("clean-two-fuel"), AsyncEngine(migrate), wall, 1000.0)
    slow = in_real_time(case_of("clean-two-fuel"), AsyncEngine(migrate), wall, 50.0)

    assert quick.story_hash == slow.story_hash, "an engine without a clock is the same at any pace"


def test_the_result_says_that_it_is_not_deterministic() -> None:
    wall = Wall()

    result = in_real_time(case_of("clean-two-fuel"), AsyncEngine(migrate), wall, 250.0)

    assert result.assumptions[0].startswith("real time x250: the engine keeps its own clock")
    assert "not deterministic" in result.assumptions[0]


def test_an_engine_that_never_claims_ends_with_the_ceiling() -> None:
    wall = Wall()

    async def never(port: Port) -> None:
        await port.until_stopped()

    case = case_of("clean-two-fuel")
    limits = case.scenario.limits.model_copy(update={"virtual_us": HOUR_US})
    short = replace(case, scenario=case.scenario.model_copy(update={"limits": limits}))
    result = in_real_time(short, AsyncEngine(never), wall, 1000.0)

    assert "limit" in {finding.name for finding in result.findings}


def test_time_that_has_passed_is_not_waited_for() -> None:
    wall = Wall()
    pace = Pace(10.0, wall.clock, wall.sleep)

    pace.wait_until(Instant(0))
    pace.wait_until(Instant(20 * SECOND_US))
    pace.wait_until(Instant(15 * SECOND_US))

    assert wall.slept_s == [2.0]


def test_a_case_may_take_a_day_of_its_own() -> None:
    assert case_limit_s(None, 120.0) == 120.0
    assert case_limit_s(1.0, 120.0) == 86_520.0
    assert case_limit_s(1000.0, 120.0) == pytest.approx(206.4)


ENGINE = """
from time import monotonic
from hanbench.harness.engine.port import ClaimOutcome, EndState, Turn

class OwnClock:
    def __init__(self):
        self.began = monotonic()
        self.asked = 0

    def turn(self, event, now_us):
        self.asked += 1
        if self.asked != 3:
            return Turn()
        assert monotonic() >= self.began
        claim = ClaimOutcome(installation="home-1", end_state=EndState.NOT_STARTED)
        return Turn(actions=(claim,))
"""


def test_a_run_in_real_time_says_so_and_lets_the_engine_see_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_clock.py").write_text(ENGINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    console = Console(record=True, width=240, stderr=True)
    request = RunRequest(
        what=("clean-electricity-only",),
        options=RunOptions(engine="own_clock:OwnClock", real_time=1000.0),
        out=Path("run"),
        jobs=0,
        expression="not [",
        wants_capture=False,
    )

    execute(request, console=console)

    assert "real time x1000: the engine keeps its own clock" in console.export_text()
    results = read_results(Path("run/results.json"))
    assert results.run.real_time == 1000.0
    assert results.cases[0].claimed == "not-started"
    page = Path("run/report.html").read_text()
    assert "<b>Not deterministic.</b>" in page
    (failure,) = Path("run/failures").glob("*.html")
    assert "--real-time 1000" in failure.read_text()

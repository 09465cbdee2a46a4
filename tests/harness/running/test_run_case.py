"""A case from its start to its verdict: when a run is over, and what ends it too soon."""

import gc

import pytest
from tests.suite_cases import case_of, changed, driven, run

from hanbench.emulator.instant import HOUR_US
from hanbench.harness.captures.writing import CapturedFrame
from hanbench.harness.engine.adapter import AsyncEngine, Port
from hanbench.harness.engine.port import EndState, EngineEvent, Turn
from hanbench.harness.errors import Breakage
from hanbench.harness.events import OutcomeClaimed, StepTaken
from hanbench.harness.files.scenario import Limits
from hanbench.harness.files.scenario_steps import Check
from hanbench.harness.running.run_case import SETTLE_US, rare_collections, run_case
from hanbench.harness.verdict import Verdict

CLEAN = case_of("clean-two-fuel")


async def gives_up(port: Port) -> None:
    port.outcome(port.authorisation.installation, EndState.ROLLED_BACK_INTACT)


class Waiting:
    """An engine that waits for nothing."""

    def turn(self, event: EngineEvent, now_us: int) -> Turn:
        del event, now_us
        return Turn()


def test_a_case_runs_with_the_engine_and_the_scheme_that_it_names() -> None:
    by_name = run_case(CLEAN).result
    given = run(CLEAN)

    assert by_name.verdict is Verdict.PASS
    assert (by_name.trace_hash, by_name.story_hash) == (given.trace_hash, given.story_hash)


def test_a_run_settles_after_the_claim_and_then_ends() -> None:
    world, _, stopped_because = driven(CLEAN, lambda: AsyncEngine(gives_up))
    claimed_at = next(e.at for e in world.trace.events if isinstance(e, OutcomeClaimed))

    assert stopped_because == ""
    assert claimed_at <= world.now <= claimed_at + 2 * SETTLE_US


def test_a_run_goes_on_while_a_step_is_to_come() -> None:
    later = Check.model_validate(
        {"do": "check", "device": "gsme", "after": "outcome", "delay": "5h", "failures": 0}
    )

    world, _, _ = driven(changed(CLEAN, steps=(later,)))

    taken = [event for event in world.trace.events if isinstance(event, StepTaken)]
    claimed = [event for event in world.trace.events if isinstance(event, OutcomeClaimed)]
    assert taken[0].at == claimed[0].at + 5 * HOUR_US


def test_a_run_goes_on_while_an_instruction_waits_in_the_mirror() -> None:
    world, _, _ = driven(case_of("rotation-fetched-late"))

    assert world.is_quiet
    assert world.home.hub.mirror is not None
    assert world.home.hub.mirror.waiting == ()


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(events=50), "more than 50 events"),
        (Limits.model_validate({"virtual": "10min"}), "more than 600 s of virtual time"),
    ],
)
def test_a_limit_ends_a_run_and_is_no_breakage_of_the_engine(limits: Limits, says: str) -> None:
    case = changed(CLEAN, limits=limits)

    world, _, stopped_because = driven(case)

    assert stopped_because == says
    assert not world.session.has_claimed
    assert world.session.broke is None


def test_an_engine_that_nothing_can_wake_is_broken_and_not_the_bench() -> None:
    world, _, stopped_because = driven(CLEAN, Waiting)

    assert stopped_because == ""
    assert world.session.broke is not None
    assert world.session.broke.reason is Breakage.WAITS


@pytest.mark.parametrize(("traffic", "has_frames"), [("instruction", True), ("off", False)])
def test_the_capture_holds_the_wan_and_the_han_where_it_has_frames(
    traffic: str, *, has_frames: bool
) -> None:
    done = run_case(changed(CLEAN, traffic=traffic))

    assert done.capture is not None
    assert any(done.capture.envelopes)
    frames = [one for one in done.capture.frames if isinstance(one, CapturedFrame)]
    assert bool(frames) is has_frames
    assert done.result.events == len(done.trace)


def test_the_collector_looks_seldom_in_a_run_and_as_before_afterwards() -> None:
    before = gc.get_threshold()

    with rare_collections():
        assert gc.get_threshold()[0] > before[0]
    with pytest.raises(ZeroDivisionError), rare_collections():
        raise ZeroDivisionError

    assert gc.get_threshold() == before

"""The steps of a scenario: taken in their time, and what came of them told as it was."""

import pytest
from tests.suite_cases import case_of, changed, driven, world_of

from hanbench.emulator.events import InstructionJudged, UtrnEntered
from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US
from hanbench.harness.events import EngineTold, OutcomeClaimed, StepTaken
from hanbench.harness.files.han_steps import Press
from hanbench.harness.files.scenario_steps import (
    Check,
    Replay,
    RequestRollback,
    Resubmit,
    SetTariff,
    Step,
    TopUp,
    Vend,
    WrongCodes,
)
from hanbench.harness.steps.taking import StepPlan
from hanbench.harness.world import World

CLEAN = case_of("clean-two-fuel")
NEVER = "home-1/gsme/abort-rotation#1/try#1/request/wan"


def later(kind: type[Step], delay: str = "1h", **keys: object) -> Step:
    return kind.model_validate({"after": "outcome", "delay": delay, **keys})


def top_up(delay: str = "1h", **keys: object) -> Step:
    usual = {"do": "top-up", "device": "gsme", "pence": 500, "route": "psp-smso"}
    return later(TopUp, delay, **{**usual, **keys})


def check(delay: str = "2h", **keys: object) -> Step:
    return later(Check, delay, do="check", device="gsme", **keys)


def taken(*steps: Step, **scenario: object) -> tuple[World, StepPlan]:
    world, plan, _ = driven(changed(CLEAN, steps=steps, **scenario))
    return world, plan


def unmet(*steps: Step, **scenario: object) -> list[tuple[str, str]]:
    _, plan = taken(*steps, **scenario)
    assert plan.never_taken() == []
    return [(expected, found) for _, expected, found in plan.unmet()]


def told(world: World) -> list[StepTaken]:
    return [event for event in world.trace.events if isinstance(event, StepTaken)]


def test_a_step_is_taken_at_its_instant_or_its_time_after_the_outcome() -> None:
    early = RequestRollback.model_validate({"at": "1s", "do": "request-rollback"})

    world, plan = taken(early, check("3h", failures=0))

    claimed = next(event for event in world.trace.events if isinstance(event, OutcomeClaimed))
    assert [event.at for event in told(world)] == [SECOND_US, claimed.at + 3 * HOUR_US]
    assert [entry.at for entry in plan.taken] == [event.at for event in told(world)]
    assert plan.scheduled == 0


def test_a_step_after_a_point_is_taken_when_it_is_passed_and_once() -> None:
    step = RequestRollback.model_validate(
        {"after": "home-1/gsme/rotate-sua-key#1/try#1/reply/wan", "do": "request-rollback"}
    )

    world, _ = taken(step)

    asked = [e for e in world.trace.events if isinstance(e, EngineTold) and e.event == "stop"]
    assert len(told(world)) == len(asked) == 1


def test_a_step_whose_moment_never_comes_is_known_and_not_compared() -> None:
    step = WrongCodes.model_validate(
        {"after": NEVER, "do": "wrong-codes", "device": "gsme", "count": 1}
    )

    _, plan = taken(step)

    assert [entry.words for entry in plan.never_taken()] == ["wrong-codes gsme 1"]
    assert plan.unmet() == []


@pytest.mark.parametrize(
    ("route", "entry", "device"),
    [
        ("psp-smso", "keypad", "gsme"),
        ("psp-smso", "ppmid", "gsme"),
        ("psp-smso", "ppmid", "esme"),
        ("dcc", "keypad", "esme"),
        ("dcc", "wan", "esme"),
        ("dcc", "wan", "gsme"),
    ],
)
def test_a_top_up_comes_in_by_each_route_and_entry(route: str, entry: str, device: str) -> None:
    before = world_of(CLEAN).home.meters[device].metering.balance_pence
    world, plan = taken(top_up(route=route, entry=entry, device=device))

    assert plan.unmet() == []
    assert world.home.meters[device].metering.balance_pence > before


def test_the_smso_sells_on_the_web_no_more_after_the_start() -> None:
    assert unmet(top_up(route="smso-web", expect="refused")) == []
    assert unmet(top_up(route="smso-web")) == [("accepted", "refused")]


def test_what_came_of_a_top_up_is_found_and_not_what_was_expected() -> None:
    assert unmet(top_up(expect="duplicate")) == [("duplicate", "accepted")]
    assert unmet(top_up(entry="wan", device="esme", expect="duplicate")) == [
        ("duplicate", "accepted")
    ]


def test_what_came_of_an_earlier_top_up_is_not_taken_for_that_of_a_later_one() -> None:
    first = top_up("1h", device="esme", entry="ppmid")
    too_much = top_up("2h", device="esme", entry="ppmid", pence=60_000)

    ((expected, found),) = unmet(first, too_much)

    assert expected == "accepted"
    assert found != "refused"


@pytest.mark.parametrize(
    ("count", "failures", "locked"), [(0, 0, False), (4, 4, False), (5, 5, True)]
)
def test_wrong_codes_are_counted_and_lock_at_the_limit(
    count: int, failures: int, *, locked: bool
) -> None:
    codes = [later(WrongCodes, do="wrong-codes", device="gsme", count=count)] if count else []
    seen = check("100min", locked=locked, failures=failures)

    assert unmet(*codes, seen) == []


def test_a_check_that_does_not_hold_says_what_was_found() -> None:
    assert unmet(check(locked=True, failures=2)) == [
        ("locked True, failures 2", "locked False, failures 0")
    ]


def replay(of: str = "rotate-sua-key#1", **keys: object) -> Step:
    return later(Replay, do="replay", **{"device": "gsme", "of": of, "expect": "replayed", **keys})


def test_a_replay_arrives_and_is_not_executed() -> None:
    world, plan = taken(replay(expect="not-executed"))

    assert plan.unmet() == []
    judged = [
        event
        for event in world.trace.events
        if isinstance(event, InstructionJudged) and event.instruction == "rotate-sua-key"
    ]
    assert [event.executed for event in judged if event.device == "gsme"] == [True, False]


def test_a_replay_names_the_try_if_it_is_not_the_first() -> None:
    assert unmet(replay(of="rotate-sua-key#1/try#1", expect="not-executed")) == []


def test_a_replay_of_what_was_never_sent_never_arrives() -> None:
    assert unmet(replay(of="abort-rotation#1", expect="not-executed")) == [
        ("not-executed", "never arrived")
    ]


def test_a_replay_that_is_refused_otherwise_than_expected_is_told() -> None:
    assert unmet(replay(expect="bad-code")) == [("bad-code", "not-executed")]


@pytest.mark.parametrize("by", ["DCC", "supplier"])
def test_a_commissioned_installation_is_not_resubmitted(by: str) -> None:
    (expected, found), *_ = unmet(later(Resubmit, do="resubmit", by=by))

    assert expected == "started"
    assert found.startswith("refused: ")


def test_a_resubmission_begins_another_attempt() -> None:
    world, plan, _ = driven(case_of("active-resubmitted-by-supplier"))

    starts = [e for e in world.trace.events if isinstance(e, EngineTold) and e.event == "started"]
    assert plan.unmet() == []
    assert [entry.result for entry in plan.taken] == ["started"]
    assert len(starts) == 2
    assert len(world.claims) == 2


def test_words_of_a_step_are_a_testers() -> None:
    _, plan = taken(top_up(entry="ppmid"))

    assert plan.taken[0].words == "top-up gsme 500 psp-smso ppmid accepted"


def test_a_plan_is_made_before_anything_happens() -> None:
    world = world_of(changed(CLEAN, steps=(check(failures=0),)))
    plan = StepPlan(world)

    assert plan.scheduled == 0
    assert plan.never_taken() == plan.taken
    assert world.plan.on_point is not None


def at_home(*steps: Step) -> tuple[World, StepPlan]:
    """Take steps in a home that is not migrated."""
    return taken(*steps, migrates=False, lasts_us=5 * MINUTE_US)


def typed(*keys: str) -> tuple[Step, ...]:
    """Two codes bought at once, and some keys pressed after that."""
    bought = [
        Vend(do="vend", at="30s", device="esme", pence=pence, route="smso-web", code=code)
        for pence, code in ((1000, "a"), (500, "b"))
    ]
    return (*bought, Press(do="press", at="60s", device="ppmid", keys=keys))


def test_a_code_that_was_vended_is_typed_by_its_name() -> None:
    world, plan = at_home(*typed("$b", "ENTER"))

    assert plan.unmet() == []
    entered = [event for event in world.trace.events if isinstance(event, UtrnEntered)]
    assert [(event.origin, event.result, event.pence) for event in entered] == [
        ("ppmid", "accepted", 500)
    ]


def test_a_code_that_nobody_vended_is_said_to_be_missing() -> None:
    _, plan = at_home(*typed("$c", "ENTER"))

    assert [found for _, _, found in plan.unmet()] == ["no code $c has been vended"]


def test_a_tariff_is_set_by_an_instruction_and_the_meter_judges_it() -> None:
    step = SetTariff(do="set-tariff", at="30s", device="esme", unit_tenth_pence=315)
    world, plan = at_home(step)

    assert plan.unmet() == []
    assert world.home.meters["esme"].metering.account.price_tenth_pence == 315
    after_all = later(SetTariff, do="set-tariff", device="esme", unit_tenth_pence=315)
    assert unmet(after_all) == [("executed", "not-executed")]

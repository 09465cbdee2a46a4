"""Steps that concern another Installation of the same world: they act there and nowhere else."""

from pathlib import Path

import pytest

from hanbench.emulator.instant import HOUR_US
from hanbench.harness.driving import drive
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.errors import HarnessError, ScenarioError
from hanbench.harness.events import OutcomeClaimed, StepTaken
from hanbench.harness.fence import fence
from hanbench.harness.files.loader import Library
from hanbench.harness.files.scenario_steps import Check
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import run_with, set_up
from hanbench.harness.steps.taking import StepPlan
from hanbench.harness.world import World
from hanbench.protocol.sua import HAN_SUA_M1

HEAD = """\
scenario: 1
title: Two homes
installation: two-fuel-plain
traffic: "off"
expect: {end_state: commissioned}
"""
ALSO = "also: [{installation: electricity-only, name: next-door, at: 5h}]\n"
VEND = "do: top-up, device: esme, pence: 500, route: psp-smso"
LIBRARY = Library()


def case_with(tmp_path: Path, steps: str, also: str = ALSO) -> Case:
    path = tmp_path / "s.yaml"
    path.write_text(f"{HEAD}{also}{steps}\n", encoding="utf-8")
    return expand(LIBRARY.scenario(path, name="s", shown="s.yaml"))[0]


def taken(tmp_path: Path, steps: str, also: str = ALSO) -> tuple[World, World, StepPlan]:
    world, plan = set_up(case_with(tmp_path, steps, also), lambda: AsyncEngine(migrate), HAN_SUA_M1)
    with fence(), world.session.watch.armed():
        assert drive(world, plan) == ""
    (other,) = world.companions
    return world, other, plan


def refusal(tmp_path: Path, steps: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        case_with(tmp_path, steps)
    return str(caught.value)


def balance(world: World) -> int:
    return world.home.meters["esme"].metering.balance_pence


def test_a_step_acts_in_the_home_that_it_names_and_in_no_other(tmp_path: Path) -> None:
    alone = taken(tmp_path, "steps: []")[:2]

    own, other, plan = taken(tmp_path, f"steps: [{{at: 1h, installation: next-door, {VEND}}}]")

    assert plan.unmet() == []
    assert balance(own) == balance(alone[0])
    assert balance(other) == balance(alone[1]) + 500
    told = [event for event in other.trace.events if isinstance(event, StepTaken)]
    assert [(event.installation, event.at) for event in told] == [("next-door", HOUR_US)]


def test_the_outcome_is_that_of_the_home_that_the_step_names(tmp_path: Path) -> None:
    late = "{after: outcome, delay: 1h, installation: next-door, " + VEND + "}"
    early = "{after: outcome, delay: 1h, " + VEND + "}"

    own, other, plan = taken(tmp_path, f"steps: [{late}, {early}]")

    claimed = [
        next(event.at for event in world.trace.events if isinstance(event, OutcomeClaimed))
        for world in (other, own)
    ]
    assert claimed[0] > 5 * HOUR_US > claimed[1]
    assert [entry.at for entry in plan.taken] == [at + HOUR_US for at in claimed]


def test_a_step_can_wait_for_a_point_of_another_home(tmp_path: Path) -> None:
    point = "next-door/party/SMSO/start_migration#1"

    _, other, plan = taken(tmp_path, f"steps: [{{after: {point}, {VEND}}}]")

    assert plan.never_taken() == []
    assert plan.taken[0].at is not None
    assert plan.taken[0].at >= 5 * HOUR_US
    assert not any(isinstance(event, StepTaken) for event in other.trace.events)


def test_a_step_that_comes_out_otherwise_is_told_with_its_home(tmp_path: Path) -> None:
    step = f"{{at: 1h, installation: next-door, {VEND}, expect: duplicate}}"

    result = run_with(
        case_with(tmp_path, f"steps: [{step}]"), lambda: AsyncEngine(migrate), HAN_SUA_M1
    ).result

    (finding,) = result.findings
    assert finding.name == "step"
    assert "in next-door came out as accepted, not duplicate" in finding.detail


def test_a_service_request_in_another_home_is_waited_for(tmp_path: Path) -> None:
    also = "also: [{installation: two-fuel, name: next-door, at: 5h}]\n"
    step = (
        "{after: outcome, delay: 1h, installation: next-door, do: service-request, "
        'request: "12.2", device: shelf-display}'
    )

    _, other, plan = taken(tmp_path, f"steps: [{step}]", also)

    (entry,) = plan.taken
    assert entry.result == "I0"
    assert plan.scheduled == 0
    assert entry.at is not None
    assert other.now > entry.at


def test_who_steers_by_hand_hears_that_there_is_no_such_home(tmp_path: Path) -> None:
    case = case_with(tmp_path, "steps: []")
    world, plan = set_up(case, lambda: AsyncEngine(migrate), HAN_SUA_M1)
    step = Check.model_validate(
        {"do": "check", "at": "1h", "device": "esme", "installation": "across", "failures": 0}
    )

    with pytest.raises(HarnessError, match="no Installation 'across' in this case"):
        plan.take_now(step, world.now)

    assert plan.taken == []


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (f"at: 1h, installation: next-dor, {VEND}", "did you mean 'next-door'?"),
        ("at: 1h, do: request-stop, of: nextdoor", "steps[0].of: no Installation 'nextdoor' here"),
        (
            "at: 1h, installation: next-door, do: check, device: gsme, failures: 0",
            "steps[0].device: no meter 'gsme' in the Installation",
        ),
        (
            "at: 1h, installation: next-door, do: check-smi, device: shelf, expect: absent",
            "steps[0].device: no device 'shelf' in the Installation",
        ),
        (
            f"after: next-door/gsme/no-op#1/try#1/reply/wan, {VEND}",
            "steps[0].after: no device 'gsme' in the Installation",
        ),
        (
            f"after: across/gsme/no-op#1/try#1/reply/wan, {VEND}",
            "no Installation 'across' here; neither its own nor `also`",
        ),
    ],
)
def test_a_home_or_a_device_that_is_not_there_is_named_with_its_place(
    tmp_path: Path, step: str, says: str
) -> None:
    refused = refusal(tmp_path, f"steps: [{{{step}}}]")

    assert refused.startswith("s.yaml:7:")
    assert says in refused


def test_a_variant_with_other_homes_is_held_to_the_steps_that_it_inherits(tmp_path: Path) -> None:
    steps = f"steps: [{{at: 1h, installation: next-door, {VEND}}}]\n"
    variant = "variants: {alone: {also: []}}"

    refused = refusal(tmp_path, steps + variant)

    assert "variants.alone.steps[0].installation: no Installation 'next-door' here" in refused

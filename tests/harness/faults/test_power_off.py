"""A device that has no power by a fault: dark, and back in its time, or for good."""

import pytest
from tests.suite_cases import case_of

from hanbench.emulator.instant import SECOND_US
from hanbench.emulator.runner import Runner
from hanbench.harness.engines import load_engine
from hanbench.harness.files.scenario_faults import PowerOffFault
from hanbench.harness.running.run_case import run_world
from hanbench.protocol.sua import HAN_SUA_M1

TRY = "home-1/gsme/rotate-sua-key#1/try#1"


def off(point: str, lasts: str) -> PowerOffFault:
    given = {"does": "power-off", "of": "ppmid", "at": f"{TRY}/{point}", "for": lasts}
    return PowerOffFault.model_validate(given)


@pytest.mark.parametrize(
    ("faults", "comes_back"),
    [
        ((off("request/wan", "10s"),), [1]),
        ((off("request/wan", "forever"),), []),
        ((off("request/wan", "10s"), off("request/mirror", "forever")), []),
        ((off("request/wan", "10s"), off("request/mirror", "40s")), [4]),
        ((off("request/wan", "40s"), off("request/mirror", "10s")), [4]),
    ],
)
def test_power_is_back_when_the_longest_fault_says_so(faults, comes_back, monkeypatch):
    given: list[int] = []
    monkeypatch.setattr(Runner, "power_on", lambda runner, *_: given.append(runner.now))
    case = case_of("clean-two-fuel", "no-traffic")
    for number, one in enumerate(faults):
        case = case.with_fault(str(number), one)

    world, _ = run_world(case, load_engine("reference"), HAN_SUA_M1)

    assert len(world.plan.struck) == len(faults)
    first = world.plan.struck[0][1]
    assert [(at - first) // (10 * SECOND_US) for at in given] == comes_back

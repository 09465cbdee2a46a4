"""The suite `rules` beyond what its files expect; each file is a test of the pytest plugin."""

import pytest

from hanbench.harness.pytest_plugin.bench_view import Bench
from hanbench.harness.running.run_case import run_case

THOUSAND = "rules/day-of-a-thousand"


@pytest.fixture
def hanbench_scenario() -> str:
    return "rules/file-set-fails-at-dco"


def test_a_fault_strikes_in_the_home_that_its_point_names(bench: Bench) -> None:
    struck = [one.installation.name for one in bench.case.companions if one.faults]

    assert struck == ["rejected"]
    assert bench.case.faults == ()
    assert bench.run().faults_fired == 1


def test_the_homes_of_a_template_have_addresses_and_names_of_their_own(bench: Bench) -> None:
    case = bench.load(THOUSAND).case
    homes = (case, *case.companions)

    names = {one.installation.name for one in homes}
    addresses = {device.eui64 for one in homes for device in one.installation.devices.values()}

    assert len(homes) == len(names) == 1_000
    assert len(addresses) == sum(len(one.installation.devices) for one in homes)


def test_the_meters_of_every_home_stand_in_the_result(bench: Bench) -> None:
    result = bench.run()

    truths = {(end.installation, end.device): end.truth for end in result.other_devices}

    assert truths["rejected", "gsme"] == truths["rejected", "esme"] == "OLD"
    assert {truths[f"other-{number}", "gsme"] for number in range(1, 6)} == {"NEW"}
    assert {end.installation for end in result.devices} == {""}


def test_a_world_of_many_homes_is_the_same_in_every_run(bench: Bench) -> None:
    first = bench.load("rules/stop-on-the-day").run()

    second = run_case(bench.case).result

    assert first.trace_hash == second.trace_hash
    assert first.story_hash == second.story_hash

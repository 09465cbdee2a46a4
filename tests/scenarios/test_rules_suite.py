"""Every case of the suite `rules` comes out as it says, with the reference engine."""

import pytest

from hanbench.harness.case import Case, expand
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.loader import Library, fixtures_folder
from hanbench.harness.run_case import run_with
from hanbench.harness.verdict import CaseResult
from hanbench.protocol.sua import HAN_SUA_M1

LIBRARY = Library()
FILES = sorted((fixtures_folder("scenarios") / "rules").glob("*.yaml"))
CASES = {
    case.name: case
    for path in FILES
    for case in expand(LIBRARY.scenario(path, name=f"rules/{path.stem}"))
}
THOUSAND = "rules/day-of-a-thousand"


def run(case: Case) -> CaseResult:
    return run_with(case, lambda: AsyncEngine(migrate), HAN_SUA_M1).result


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name == THOUSAND)) for name in CASES],
)
def test_a_case_comes_out_as_it_says(name: str) -> None:
    result = run(CASES[name])

    assert result.is_as_expected, [finding.detail for finding in result.findings]


def test_a_fault_strikes_in_the_home_that_its_point_names() -> None:
    case = CASES["rules/file-set-fails-at-dco"]

    struck = [one.installation.name for one in case.companions if one.faults]

    assert struck == ["rejected"]
    assert case.faults == ()
    assert run(case).faults_fired == 1


def test_the_homes_of_a_template_have_addresses_and_names_of_their_own() -> None:
    case = CASES[THOUSAND]
    homes = (case, *case.companions)

    names = {one.installation.name for one in homes}
    addresses = {device.eui64 for one in homes for device in one.installation.devices.values()}

    assert len(homes) == len(names) == 1_000
    assert len(addresses) == sum(len(one.installation.devices) for one in homes)


def test_the_meters_of_every_home_stand_in_the_result() -> None:
    result = run(CASES["rules/file-set-fails-at-dco"])

    truths = {(end.installation, end.device): end.truth for end in result.other_devices}

    assert truths["rejected", "gsme"] == truths["rejected", "esme"] == "OLD"
    assert {truths[f"other-{number}", "gsme"] for number in range(1, 6)} == {"NEW"}
    assert {end.installation for end in result.devices} == {""}


def test_a_world_of_many_homes_is_the_same_in_every_run() -> None:
    case = CASES["rules/stop-on-the-day"]

    first, second = run(case), run(case)

    assert first.trace_hash == second.trace_hash
    assert first.story_hash == second.story_hash

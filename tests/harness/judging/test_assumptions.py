"""What a case rests on is said in words, and nothing modelled goes unsaid."""

from dataclasses import replace

import pytest
from tests.suite_cases import case_of, changed

from hanbench.harness.judging.assumptions import SCHEME, TRAFFIC, assumptions_of


def test_our_scheme_is_said_to_be_synthetic_and_another_is_only_named() -> None:
    case = case_of("clean-two-fuel")

    assert assumptions_of(case)[0] == SCHEME
    assert "not public" in SCHEME
    assert assumptions_of(replace(case, scheme="toy"))[0] == "SUA scheme: toy"


@pytest.mark.parametrize("traffic", TRAFFIC)
def test_what_the_traffic_leaves_out_is_said(traffic: str) -> None:
    case = changed(case_of("clean-two-fuel"), traffic=traffic)

    assert TRAFFIC[traffic] in assumptions_of(case)


@pytest.mark.parametrize("profile", ["single-shot", "two-phase"])
def test_the_rotation_profile_is_said(profile: str) -> None:
    case = changed(case_of("clean-two-fuel"), profile=profile)

    assert f"rotation profile: {profile} (domain model 10.3)" in assumptions_of(case)


def test_exactly_the_modelled_parameters_are_said_and_each_with_its_reason() -> None:
    case = case_of("clean-two-fuel")
    said = assumptions_of(case)

    rows = {
        (why.partition(":")[0], f"{profile.name}: {name} = {value}: {why}")
        for profile in case.profiles.values()
        for name, value, why in profile.reasons()
    }
    assert {kind for kind, _ in rows} == {"stated", "modelled"}
    assert set(said[4:]) == {line for kind, line in rows if kind == "modelled"}
    assert len(said) == len(set(said))


def test_a_parameter_of_the_scenario_is_said_as_it_is_in_that_case() -> None:
    case = changed(case_of("clean-two-fuel"), parameters={"gsme": {"sua.failure_limit": 3}})

    assert any("gsme-synthetic: sua.failure_limit = 3" in line for line in assumptions_of(case))

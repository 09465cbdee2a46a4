"""Profile files: what an engine claims, and what is therefore not for it."""

from pathlib import Path

import pytest
from rich.console import Console
from tests.suite_cases import case_of

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.engine_profile import (
    ROLES,
    Claims,
    EngineProfile,
    not_applicable,
    objections,
    read_profile,
)
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.results import EXIT_INCONCLUSIVE, EXIT_OK, read_results
from hanbench.harness.running.run_request import RunRequest, execute, list_cases
from hanbench.harness.verdict import Verdict

PAGE = (Path(__file__).parents[3] / "docs" / "engine-profile.md").read_text()


def claiming(**claims: object) -> EngineProfile:
    return EngineProfile(profile=1, claims=Claims.model_validate(claims, strict=False))


def rules(scenario: str) -> Case:
    path = fixtures_folder("scenarios") / "rules" / f"{scenario}.yaml"
    return expand(Library().scenario(path, name=f"rules/{scenario}"))[0]


@pytest.mark.parametrize(
    ("claims", "case", "says"),
    [
        ({"rotation_profiles": ["single-shot"]}, ("clean-two-fuel", "two-phase"), "two-phase"),
        ({"rotation_profiles": ["two-phase"]}, ("clean-two-fuel",), "single-shot rotation"),
        ({"fuels": ["electricity"]}, ("clean-two-fuel",), "a meter for gas"),
        ({"retries": 0}, ("dormant-retried-by-dcc",), "1 more attempt"),
        (
            {"crash_recovery": False},
            ("engine-crash-at-each-journal-write",),
            "recovery after a crash",
        ),
        (
            {"roles": [role for role in ROLES if role != "DCO"]},
            ("dco-unavailable-half-way",),
            "the part of DCO",
        ),
        (
            {"roles": [role for role in ROLES if role != "SMSO"]},
            ("smso-refuses-hand-over",),
            "the part of SMSO",
        ),
    ],
)
def test_what_is_not_claimed_is_not_applicable(
    claims: dict[str, object], case: tuple[str, ...], says: str
) -> None:
    found = case_of(*case)

    assert any(says in reason for reason in objections(claiming(**claims), found))
    assert objections(claiming(), found) == ()


@pytest.mark.parametrize(
    ("scenario", "role"), [("stop-on-the-day", "MCC"), ("no-epcl-entry", "EPCL")]
)
def test_a_scenario_about_a_party_wants_its_part(scenario: str, role: str) -> None:
    others = [one for one in ROLES if one != role]

    assert objections(claiming(roles=others), rules(scenario)) == (f"the part of {role}",)


def test_what_is_claimed_is_applicable() -> None:
    narrow = claiming(fuels=["electricity"], rotation_profiles=["single-shot"], retries=0, roles=[])

    assert objections(narrow, case_of("clean-electricity-only")) == ()


def test_a_result_that_is_not_applicable_is_as_expected_and_no_pass() -> None:
    result = not_applicable(case_of("clean-two-fuel"), ("a meter for gas",)).result

    assert result.verdict is Verdict.NOT_APPLICABLE
    assert result.is_as_expected
    assert result.findings[0].detail == "outside the profile: a meter for gas"


def written(folder: Path, text: str) -> Path:
    path = folder / "profile.yaml"
    path.write_text(text)
    return path


def test_the_example_of_the_page_is_read(tmp_path: Path) -> None:
    example = PAGE.split("```yaml\n")[1].split("```")[0]

    profile = read_profile(written(tmp_path, example))

    assert profile.engine == "cautious.py 1"
    assert profile.claims.retries == 4
    for claim in Claims.model_fields:
        assert f"`claims.{claim}`" in PAGE


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("profile: 1\nclaim: {}\n", "did you mean 'claims'"),
        ("profile: 1\nclaims: {fuel: [gas]}\n", "did you mean 'fuels'"),
        ("profile: 2\n", "profile"),
        ("profile: 1\nclaims: {fuels: [coal]}\n", "coal"),
        ("profile: 1\nclaims: {fuels: []}\n", "fuels"),
        ("profile: 1\nclaims: {retries: -1}\n", "retries"),
        ("claims: {}\n", "profile"),
    ],
)
def test_a_key_or_value_that_is_none_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_profile(written(tmp_path, text))

    assert says in str(caught.value)
    assert "profile.yaml" in str(caught.value)


def run(profile: EngineProfile, *what: str, out: Path) -> tuple[int, str]:
    console = Console(record=True, width=240, stderr=True)
    request = RunRequest(
        what=what, out=out, jobs=0, wants_capture=False, wants_report=False, profile=profile
    )
    return execute(request, console=console), console.export_text()


def test_a_run_lists_what_is_outside_and_runs_the_rest(tmp_path: Path) -> None:
    code, text = run(
        claiming(rotation_profiles=["single-shot"], crash_recovery=False),
        "clean-electricity-only",
        "engine-crash-at-each-journal-write",
        out=tmp_path / "run",
    )

    assert code == EXIT_OK
    assert (
        "not applicable  secure/engine-crash-at-each-journal-write: "
        "outside the profile: recovery after a crash"
    ) in text
    verdicts = {one.case: one.verdict for one in read_results(tmp_path / "run/results.json").cases}
    assert verdicts["secure/clean-electricity-only"] is Verdict.PASS
    assert verdicts["secure/engine-crash-at-each-journal-write"] is Verdict.NOT_APPLICABLE


def test_a_run_in_which_nothing_is_applicable_proves_nothing(tmp_path: Path) -> None:
    code, _ = run(claiming(fuels=["electricity"]), "clean-two-fuel", out=tmp_path / "run")

    assert code == EXIT_INCONCLUSIVE


def test_a_listing_marks_what_is_outside(capsys: pytest.CaptureFixture[str]) -> None:
    list_cases(RunRequest(what=("clean-two-fuel",), profile=claiming(fuels=["electricity"])))

    assert "secure/clean-two-fuel  (not applicable: a meter for gas)" in capsys.readouterr().out

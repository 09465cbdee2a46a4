"""What the arguments of `hanbench run` stand for."""

from pathlib import Path

import pytest
from scripted_cases import LIBRARY, SCENARIO

from hanbench.harness.errors import ScenarioError
from hanbench.harness.running.suites import select, suite_files


def names(*arguments: str) -> list[str]:
    return [loaded.name for loaded in select(arguments, LIBRARY)]


def test_without_arguments_the_whole_secure_suite_is_meant() -> None:
    assert names() == [file.name for file in suite_files("secure")]


@pytest.mark.parametrize("argument", ["clean-two-fuel", "secure/clean-two-fuel"])
def test_a_scenario_is_named_with_or_without_its_suite(argument: str) -> None:
    assert names(argument) == ["secure/clean-two-fuel"]


def test_a_clause_stands_for_every_scenario_that_names_it() -> None:
    chosen = select(("tmad/5.9",), LIBRARY)

    assert "secure/clean-two-fuel" in [loaded.name for loaded in chosen]
    assert all("tmad/5.9" in loaded.scenario.clauses for loaded in chosen)


def test_what_is_named_twice_runs_once() -> None:
    assert names("clean-two-fuel", "secure/clean-two-fuel") == ["secure/clean-two-fuel"]


def test_a_shipped_file_has_its_one_name_by_its_path_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = suite_files("secure")[0].path
    by_name, by_path = select((file.stem,), LIBRARY), select((str(file),), LIBRARY)

    assert by_path == by_name
    assert names(file.stem, str(file)) == [f"secure/{file.stem}"]
    monkeypatch.chdir(file.parent.parent)
    assert names(f"secure/../secure/{file.name}") == [f"secure/{file.stem}"]
    assert names("./secure/") == names("secure")
    copy = tmp_path / file.name
    copy.write_bytes(file.read_bytes())
    assert names(str(copy)) == [file.stem]


def test_a_users_file_and_folder_are_named_by_where_they_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "one.yaml").write_text(SCENARIO)
    (tmp_path / "mine" / "two.yaml").write_text(SCENARIO)
    monkeypatch.chdir(tmp_path)

    assert names("mine/one.yaml") == ["mine/one"]
    assert names("mine") == ["mine/one", "mine/two"]
    assert names(str(tmp_path / "mine" / "one.yaml")) == ["mine/one"]


def test_no_path_of_the_machine_stands_in_a_name(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(SCENARIO)

    (loaded,) = select((str(tmp_path / "one.yaml"),), LIBRARY)

    assert (loaded.name, loaded.file) == ("one", "one.yaml")


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("secrue", "did you mean 'secure'?"),
        ("clean-two-fule", "did you mean 'clean-two-fuel'?"),
        ("tmad/99.9", "is no suite, scenario, file or clause"),
        ("nowhere.yaml", "nowhere.yaml: cannot be read"),
    ],
)
def test_what_is_not_there_is_refused_and_suites_are_listed(argument: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        names(argument)

    assert says in str(caught.value)


def test_mistakes_in_several_arguments_are_listed_together(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("scenario: 1\n")

    with pytest.raises(ScenarioError) as caught:
        names(str(tmp_path / "one.yaml"), "secrue")

    assert "missing key 'title'" in str(caught.value)
    assert "secrue" in str(caught.value)


def test_two_files_that_would_be_told_apart_by_nothing_are_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.yaml").write_text(SCENARIO)
    (tmp_path / "a" / "one.yml").write_text(SCENARIO)

    with pytest.raises(ScenarioError, match="both called"):
        names(str(tmp_path / "a" / "one.yaml"), str(tmp_path / "a" / "one.yml"))

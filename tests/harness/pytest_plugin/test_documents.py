"""What docs/pytest-plugin.md shows works, and it names every option, mark and fixture there is."""

import re

import pytest
from tests.tracked_files import ROOT

from hanbench.harness.files.loader import fixtures_folder
from hanbench.harness.pytest_plugin import FIXTURES, MARKERS

PAGE = (ROOT / "docs" / "pytest-plugin.md").read_text()


def test_every_example_of_the_page_passes(project: pytest.Pytester) -> None:
    examples = re.findall(r"```python[^\n]*\n(.*?)```", PAGE, re.DOTALL)
    for number, example in enumerate(examples):
        (project.path / f"test_{number}.py").write_text(example)

    done = project.runpytest_inprocess()

    assert len(examples) == 5
    done.assert_outcomes(passed=len(examples) + 1)


def test_the_file_to_start_from_passes_and_has_the_promised_length(
    project: pytest.Pytester,
) -> None:
    start = fixtures_folder("pytest") / "test_my_engine.py"
    (project.path / start.name).write_text(start.read_text())

    project.runpytest_inprocess().assert_outcomes(passed=4)
    code = [line for line in start.read_text().splitlines() if line.strip()]
    assert len(code) <= 30


def test_the_page_names_what_there_is(project: pytest.Pytester) -> None:
    help_text = project.runpytest_inprocess("--help").stdout.str()
    options = set(re.findall(r"--hanbench-[a-z]+", help_text))

    missing = [name for name in (*FIXTURES, *options) if name not in PAGE]
    assert len(options) == 8
    assert missing == []
    assert [mark for mark in MARKERS if f"`{mark}" not in PAGE] == []

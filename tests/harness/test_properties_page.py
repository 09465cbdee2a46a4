"""The page of the twelve properties names what there is."""

import importlib
import re
from pathlib import Path

from hanbench.harness.files.loader import fixtures_folder
from hanbench.harness.judging.clauses import load_clauses
from hanbench.harness.steps.adversary_steps import Adversary

PAGE = (Path(__file__).parents[2] / "docs" / "properties.md").read_text(encoding="utf-8")


def test_each_of_the_twelve_has_its_row_and_its_clause() -> None:
    rows = re.findall(r"^\| (P\d+) ", PAGE, re.MULTILINE)

    assert rows == [f"P{number}" for number in range(1, 13)]
    assert {f"property/{row}" for row in rows} <= load_clauses().keys()


def test_every_scenario_on_it_ships_and_names_the_property() -> None:
    for row in re.findall(r"^\| (P\d+) .*$", PAGE, re.MULTILINE):
        line = next(one for one in PAGE.splitlines() if one.startswith(f"| {row} "))
        named = re.findall(r"`((?:secure|rules)/[a-z-]+)`", line)
        texts = [
            (fixtures_folder("scenarios") / f"{name}.yaml").read_text(encoding="utf-8")
            for name in named
        ]
        assert any(f"property/{row}" in text for text in texts), row


def test_every_invariant_on_it_exists() -> None:
    named = set(re.findall(r"`(\w+)\.(judge_\w+)`", PAGE))

    assert len(named) >= 7
    for module, function in named:
        there = importlib.import_module(f"hanbench.harness.judging.{module}")
        assert callable(getattr(there, function))


def test_every_adversary_is_on_it() -> None:
    assert [one.value for one in Adversary if f"`{one.value}`" not in PAGE] == []

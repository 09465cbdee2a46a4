"""The matrix of clauses: which scenarios exercise a clause, and what came of them last.

A clause without a scenario stands out as untested. Verdicts are those of the newest run folder,
as its `results.json` has them; a case that was not in that run has none.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hanbench.harness.case import LoadedScenario
from hanbench.harness.clauses import Clause, load_clauses
from hanbench.harness.errors import ScenarioError
from hanbench.harness.loader import Library
from hanbench.harness.suites import select, suite_names

LATEST = Path("runs") / "latest" / "results.json"
NOT_RUN = "not run"
UNTESTED = "untested"
_WORST_FIRST = ("fail", "harness-error", "inconclusive", "not-applicable", "pass")


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """One clause, its scenarios, and the last verdict on each."""

    address: str
    clause: Clause
    verdicts: Mapping[str, str]
    """By scenario: the worst of its cases, `as-expected` or `not run`."""

    @property
    def is_tested(self) -> bool:
        """Whether any scenario names it."""
        return bool(self.verdicts)


def clause_rows(results: Path = LATEST) -> tuple[ClauseRow, ...]:
    """Return a row for each clause of the catalogue, in its order."""
    scenarios = shipped_scenarios()
    last = last_verdicts(results)
    return tuple(
        ClauseRow(
            address,
            clause,
            {
                one.name: last.get(one.name, NOT_RUN)
                for one in scenarios
                if address in one.scenario.clauses
            },
        )
        for address, clause in load_clauses().items()
    )


def shipped_scenarios() -> tuple[LoadedScenario, ...]:
    """Load the scenarios of all suites."""
    return select(suite_names(), Library())


def unknown_clauses(scenarios: Sequence[LoadedScenario]) -> dict[str, tuple[str, ...]]:
    """Return the scenarios that name a clause which the catalogue lacks, with those clauses."""
    known = load_clauses()
    named = {
        one.name: tuple(clause for clause in one.scenario.clauses if clause not in known)
        for one in scenarios
    }
    return {name: clauses for name, clauses in named.items() if clauses}


def last_verdicts(results: Path) -> dict[str, str]:
    """Read what became of each scenario in the last run; none, if there was no run.

    Raises:
        ScenarioError: the file is no results file.
    """
    if not results.is_file():
        return {}
    try:
        cases = json.loads(results.read_text(encoding="utf-8"))["cases"]
        said = [(str(case["case"]), _word(case)) for case in cases]
    except (ValueError, KeyError, TypeError) as error:
        raise ScenarioError(f"{results}: not the results of a run") from error
    worst: dict[str, str] = {}
    for case, word in said:
        scenario = case.split("[")[0]
        worst[scenario] = min(worst.get(scenario, word), word, key=_severity)
    return worst


def _word(case: Mapping[str, object]) -> str:
    verdict, expected = str(case["verdict"]), str(case["expected_verdict"])
    return f"{verdict} (as expected)" if verdict == expected != "pass" else verdict


def _severity(word: str) -> int:
    return _WORST_FIRST.index(word) if word in _WORST_FIRST else len(_WORST_FIRST) - 2


def as_json(rows: Sequence[ClauseRow]) -> str:
    """Return the matrix both ways as JSON, format version 1."""
    by_scenario: dict[str, list[str]] = {}
    for row in rows:
        for scenario in row.verdicts:
            by_scenario.setdefault(scenario, []).append(row.address)
    return json.dumps(
        {
            "clauses_matrix": 1,
            "clauses": {
                row.address: {**row.clause.model_dump(), "scenarios": dict(row.verdicts)}
                for row in rows
            },
            "scenarios": dict(sorted(by_scenario.items())),
            "untested": [row.address for row in rows if not row.is_tested],
        },
        indent=2,
    )

"""The matrix of clauses: which scenarios exercise a clause, and what came of them last.

A clause without a scenario stands out as untested. Verdicts are those of one run: the newest run
folder, as its `results.json` has them, or the run that is being reported. A case that was not in
that run has none. The command `hanbench clauses` and the clause page both show this matrix.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.loader import Library
from hanbench.harness.judging.clauses import Clause, Outside, load_clauses
from hanbench.harness.running.case import LoadedScenario
from hanbench.harness.running.suites import select, suite_names
from hanbench.harness.verdict import CaseResult

LATEST = Path("runs") / "latest" / "results.json"
NOT_RUN = "not run"
UNTESTED = "untested"
BROKEN, IN_DOUBT, KEPT, PARTLY_RUN = "broken", "in doubt", "kept", "partly run"
STATES = (BROKEN, IN_DOUBT, UNTESTED, NOT_RUN, PARTLY_RUN, KEPT)
"""What may be said of a clause, the worst first."""
_WORST_FIRST = ("fail", "harness-error", "inconclusive", "not-applicable", "pass")
_PROVES_NOTHING = ("inconclusive", "not-applicable", "harness-error")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSeen:
    """What a run says of one case, as far as clauses go."""

    case: str
    verdict: str
    expected_verdict: str
    title: str = ""
    named: tuple[str, ...] = ()
    """The clauses that its scenario names."""
    broken: tuple[str, ...] = ()
    """The clauses that its findings name."""

    @property
    def scenario(self) -> str:
        """The scenario that it is a variant of."""
        return self.case.partition("[")[0]

    @property
    def is_good(self) -> bool:
        """Whether it came out as expected, and that proves something."""
        return self.verdict == self.expected_verdict and self.verdict not in _PROVES_NOTHING

    @property
    def word(self) -> str:
        """The verdict, and whether a bad one was asked for."""
        asked = self.verdict == self.expected_verdict != "pass"
        return f"{self.verdict} (as expected)" if asked else self.verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A scenario that exercises a clause, and what came of it."""

    scenario: str
    title: str
    cases: tuple[CaseSeen, ...]

    @property
    def verdict(self) -> str:
        """The worst of its cases, or `not run`."""
        return min((one.word for one in self.cases), key=_severity, default=NOT_RUN)

    @property
    def worst(self) -> CaseSeen | None:
        """The case with that verdict."""
        return min(self.cases, key=lambda one: _severity(one.word), default=None)


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """One clause and its scenarios."""

    address: str
    clause: Clause
    uses: tuple[Use, ...]
    """The scenarios that name it, and those in which it was found broken."""

    @property
    def verdicts(self) -> Mapping[str, str]:
        """By scenario: the worst of its cases, or `not run`."""
        return {use.scenario: use.verdict for use in self.uses}

    @property
    def is_tested(self) -> bool:
        """Whether any scenario names it."""
        return bool(self.uses)

    @property
    def state(self) -> str:
        """One of `STATES`."""
        cases = [case for use in self.uses for case in use.cases]
        bad = [case for case in cases if not case.is_good]
        if any(self.address in case.broken for case in bad):
            return BROKEN
        if bad:
            return IN_DOUBT
        if not self.uses:
            return UNTESTED
        ran = [bool(use.cases) for use in self.uses]
        return KEPT if all(ran) else PARTLY_RUN if any(ran) else NOT_RUN


def clause_rows(results: Path = LATEST) -> tuple[ClauseRow, ...]:
    """Return a row for each clause of the catalogue, with the verdicts of a results file."""
    return matrix(seen_in(results))


def matrix(seen: Sequence[CaseSeen]) -> tuple[ClauseRow, ...]:
    """Return a row for each clause of the catalogue, in its order.

    Scenarios of a user's own stand beside the shipped ones if they were run.
    """
    titles = {one.name: one.scenario.title for one in shipped_scenarios()}
    naming: dict[str, dict[str, bool]] = {}
    for one in shipped_scenarios():
        for address in one.scenario.clauses:
            naming.setdefault(address, {})[one.name] = True
    cases: dict[str, list[CaseSeen]] = {}
    for case in seen:
        titles.setdefault(case.scenario, case.title)
        cases.setdefault(case.scenario, []).append(case)
        for address in (*case.named, *case.broken):
            naming.setdefault(address, {})[case.scenario] = True
    return tuple(
        ClauseRow(
            address,
            clause,
            tuple(
                Use(scenario=name, title=titles[name], cases=tuple(cases.get(name, ())))
                for name in naming.get(address, {})
            ),
        )
        for address, clause in load_clauses().items()
    )


@cache
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


def seen_of(results: Iterable[CaseResult]) -> tuple[CaseSeen, ...]:
    """Take what a run in this process came to."""
    return tuple(
        CaseSeen(
            case=one.case,
            verdict=one.verdict.value,
            expected_verdict=one.expected_verdict.value,
            title=one.title,
            named=one.clauses,
            broken=tuple(finding.clause for finding in one.findings if finding.clause),
        )
        for one in results
    )


def seen_in(results: Path) -> tuple[CaseSeen, ...]:
    """Read what a run came to from its `results.json`; nothing, if there was no run.

    Raises:
        ScenarioError: the file is no results file.
    """
    if not results.is_file():
        return ()
    try:
        cases = json.loads(results.read_text(encoding="utf-8"))["cases"]
        return tuple(_case_seen(case) for case in cases)
    except (ValueError, KeyError, TypeError) as error:
        raise ScenarioError(f"{results}: not the results of a run") from error


def _case_seen(case: Mapping[str, object]) -> CaseSeen:
    named, findings = case.get("clauses", ()), case.get("findings", ())
    if not isinstance(named, list | tuple) or not isinstance(findings, list | tuple):
        raise TypeError("clauses and findings are lists")
    return CaseSeen(
        case=str(case["case"]),
        verdict=str(case["verdict"]),
        expected_verdict=str(case["expected_verdict"]),
        title=str(case.get("title", "")),
        named=tuple(map(str, named)),
        broken=tuple(str(one["clause"]) for one in findings if one.get("clause")),
    )


def last_verdicts(results: Path) -> dict[str, str]:
    """Read what became of each scenario in a run: the worst of its cases."""
    worst: dict[str, str] = {}
    for one in seen_in(results):
        worst[one.scenario] = min(worst.get(one.scenario, one.word), one.word, key=_severity)
    return worst


def _severity(word: str) -> int:
    return _WORST_FIRST.index(word) if word in _WORST_FIRST else len(_WORST_FIRST) - 2


def by_scenario(rows: Sequence[ClauseRow]) -> dict[str, tuple[Use, tuple[str, ...]]]:
    """Turn the matrix round: each scenario with the addresses of its clauses, by name."""
    uses: dict[str, Use] = {}
    addresses: dict[str, list[str]] = {}
    for row in rows:
        for use in row.uses:
            uses[use.scenario] = use
            addresses.setdefault(use.scenario, []).append(row.address)
    return {name: (uses[name], tuple(addresses[name])) for name in sorted(uses)}


def as_json(rows: Sequence[ClauseRow], outside: Mapping[str, Outside]) -> str:
    """Return the matrix both ways as JSON, format version 1."""
    return json.dumps(
        {
            "clauses_matrix": 1,
            "clauses": {
                row.address: {
                    **row.clause.model_dump(),
                    "state": row.state,
                    "scenarios": dict(row.verdicts),
                }
                for row in rows
            },
            "scenarios": {name: list(named) for name, (_, named) in by_scenario(rows).items()},
            "untested": [row.address for row in rows if not row.is_tested],
            "outside": {name: one.model_dump() for name, one in outside.items()},
        },
        indent=2,
    )

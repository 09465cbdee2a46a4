"""What changed from one run to another: verdicts, clauses, speed."""

from collections.abc import Mapping
from dataclasses import dataclass

from hanbench.harness.errors import ScenarioError
from hanbench.harness.gate.fingerprint import fingerprint, in_words
from hanbench.harness.running.results import Results
from hanbench.harness.verdict import CaseResult

SPEED_MATTERS = 1.5
"""How much slower or faster a run is before it is worth a line: machines are noisy."""


@dataclass(frozen=True, slots=True)
class Change:
    """One case that came out otherwise."""

    case: str
    before: str
    after: str
    is_worse: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that changed."""

    changes: tuple[Change, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]
    clauses: tuple[Change, ...]
    """By clause: whether all of its cases are as expected."""
    speed: float
    """How many times as long the cases took that both runs have."""

    @property
    def is_worse(self) -> bool:
        """Whether anything came out worse, or is gone."""
        return bool(self.gone) or any(one.is_worse for one in (*self.changes, *self.clauses))


def compare(before: Results, after: Results) -> Comparison:
    """Compare two runs of the same suite.

    Raises:
        ScenarioError: they are of different suites: what is gone would be all of it.
    """
    if before.run.suite != after.run.suite:
        raise ScenarioError(
            f"the runs are of different suites: {before.run.suite} and {after.run.suite}"
        )
    old = {one.case: one for one in before.cases}
    new = {one.case: one for one in after.cases}
    both = [case for case in old if case in new]
    took = [sum(run[case].wall_s for case in both) for run in (old, new)]
    return Comparison(
        changes=tuple(change for case in both if (change := _change(old[case], new[case]))),
        gone=tuple(case for case in old if case not in new),
        new=tuple(case for case in new if case not in old),
        clauses=_clauses(old, new),
        speed=took[1] / took[0] if took[0] else 1.0,
    )


def _change(before: CaseResult, after: CaseResult) -> Change | None:
    if fingerprint(before) == fingerprint(after):
        return None
    return Change(
        before.case,
        in_words(before),
        in_words(after),
        is_worse=not after.is_as_expected,
    )


def _clauses(old: Mapping[str, CaseResult], new: Mapping[str, CaseResult]) -> tuple[Change, ...]:
    before, after = _kept(old), _kept(new)
    return tuple(
        Change(clause, _word(before[clause]), _word(after[clause]), is_worse=before[clause])
        for clause in before
        if clause in after and before[clause] != after[clause]
    )


def _kept(cases: Mapping[str, CaseResult]) -> dict[str, bool]:
    kept: dict[str, bool] = {}
    for result in cases.values():
        for clause in result.clauses:
            kept[clause] = kept.get(clause, True) and result.is_as_expected
    return kept


def _word(is_kept: bool) -> str:  # noqa: FBT001
    return "kept" if is_kept else "broken"

"""A run by suite: how many cases, what came of them, and how fast they went."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hanbench.harness.report.spoken import spoken
from hanbench.harness.verdict import CaseResult, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteLine:
    """One suite."""

    name: str
    cases: int
    by_verdict: tuple[tuple[str, int], ...]
    """Every verdict, with how many cases have it."""
    unexpected: int
    virtual: str
    """The virtual time of all cases, one after the other."""
    wall_s: float
    """The real time of all cases, one after the other."""
    slowest: str
    slowest_s: float


def suite_lines(results: Sequence[CaseResult]) -> tuple[SuiteLine, ...]:
    """Put the cases together by suite; one of the user's own files goes by its folder."""
    members: dict[str, list[CaseResult]] = {}
    for result in results:
        name, slash, _ = result.case.partition("[")[0].rpartition("/")
        members.setdefault(name if slash else "", []).append(result)
    return tuple(_line(name or "by themselves", found) for name, found in members.items())


def _line(name: str, results: Sequence[CaseResult]) -> SuiteLine:
    number = Counter(result.verdict for result in results)
    slowest = max(results, key=lambda one: one.wall_s)
    return SuiteLine(
        name=name,
        cases=len(results),
        by_verdict=tuple((verdict.value, number[verdict]) for verdict in Verdict),
        unexpected=sum(not one.is_as_expected for one in results),
        virtual=spoken(sum(one.virtual_us for one in results)),
        wall_s=sum(one.wall_s for one in results),
        slowest=slowest.case,
        slowest_s=slowest.wall_s,
    )

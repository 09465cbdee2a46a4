"""Which cases share a row: those of a sweep that came out as expected. There are hundreds."""

from collections.abc import Sequence
from dataclasses import dataclass

from hanbench.harness.report.answer import SWEPT, needs_attention
from hanbench.harness.verdict import CaseResult


@dataclass(frozen=True, slots=True)
class Fold:
    """Cases of one sweep that all came out as expected."""

    cases: tuple[CaseResult, ...]
    variant: str

    @property
    def claimed(self) -> str:
        """What all of them claimed."""
        claims = {case.claimed or "nothing" for case in self.cases}
        return min(claims) if len(claims) == 1 else "various"


def folded(result: CaseResult) -> bool:
    """Whether a case shares a row with others of its sweep."""
    return SWEPT in result.variant and not needs_attention(result)


def folds_of(results: Sequence[CaseResult]) -> tuple[Fold, ...]:
    """Put the swept cases of a scenario together by what they sweep."""
    swept: dict[str, list[CaseResult]] = {}
    for result in results:
        if folded(result):
            swept.setdefault(result.variant.partition(SWEPT)[0], []).append(result)
    return tuple(
        Fold(tuple(members), f"{before}{SWEPT}*".strip()) for before, members in swept.items()
    )

"""What the gate says of a run: one line for each thing that keeps it shut, nothing else."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from hanbench.harness.gate.baseline import Baseline, KnownFailure, known_by_case
from hanbench.harness.gate.fingerprint import fingerprint, in_words
from hanbench.harness.running.results import Results
from hanbench.harness.verdict import CaseResult, Verdict


class Refusal(enum.StrEnum):
    """Why the gate stays shut."""

    NOTHING_RAN = "nothing-ran"
    ENDED_EARLY = "ended-early"
    NEW_FAILURE = "new-failure"
    OTHER_FAILURE = "other-failure"
    """The case is known to fail, but not in this way."""
    INCONCLUSIVE = "inconclusive"
    HARNESS_ERROR = "harness-error"
    VANISHED = "vanished"
    """A case that has to run did not."""
    PASSES_NOW = "passes-now"
    """Listed as a known failure, and it is none any more."""
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that keeps the gate shut."""

    why: Refusal
    case: str
    says: str
    result: CaseResult | None = None

    @property
    def text(self) -> str:
        """The line as it is printed."""
        return f"{self.why.value}: {self.case}: {self.says}" if self.case else self._bare

    @property
    def _bare(self) -> str:
        return f"{self.why.value}: {self.says}"


def refusals(results: Results, baseline: Baseline | None, today: date) -> tuple[Line, ...]:
    """Return what keeps the gate shut for this run; nothing: it is open.

    Raises:
        ScenarioError: the baseline contradicts itself.
    """
    return tuple(_lines(results, baseline or Baseline(baseline=1), today))


def _lines(results: Results, baseline: Baseline, today: date) -> Iterator[Line]:
    if not results.cases:
        yield Line(Refusal.NOTHING_RAN, "", "no case ran, so nothing is shown")
    if results.run.is_partial:
        ran = f"{len(results.cases)} of {results.run.selected} cases ran"
        yield Line(Refusal.ENDED_EARLY, "", ran)
    known = known_by_case(baseline.known)
    for result in results.cases:
        yield from _of_case(result, known.get(result.case), today)
    ran_cases = {result.case for result in results.cases}
    must_run = dict.fromkeys((*baseline.cases, *known))
    for case in must_run:
        if case not in ran_cases:
            yield Line(Refusal.VANISHED, case, "it has to run, and did not")


def _of_case(result: CaseResult, known: KnownFailure | None, today: date) -> Iterator[Line]:
    if result.is_as_expected:
        if known is not None:
            says = "it is a known failure no more: take it off the baseline"
            yield Line(Refusal.PASSES_NOW, result.case, says, result)
        return
    if known is None:
        yield Line(_why(result), result.case, in_words(result), result)
    elif known.fingerprint != fingerprint(result):
        says = f"{in_words(result)}; known was {known.what or known.fingerprint}"
        yield Line(Refusal.OTHER_FAILURE, result.case, says, result)
    elif known.expires < today:
        says = f"{in_words(result)}; accepted until {known.expires}: {known.reason}"
        yield Line(Refusal.EXPIRED, result.case, says, result)


def _why(result: CaseResult) -> Refusal:
    match result.verdict:
        case Verdict.INCONCLUSIVE:
            return Refusal.INCONCLUSIVE
        case Verdict.HARNESS_ERROR:
            return Refusal.HARNESS_ERROR
        case _:
            return Refusal.NEW_FAILURE

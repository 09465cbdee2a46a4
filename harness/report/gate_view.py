"""What the gate says of a run, as the landing page shows it.

Without a baseline every failure is a new one; `hanbench report RUN --baseline FILE` writes the page
with what is known.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hanbench.harness.gate.baseline import Baseline
from hanbench.harness.gate.judgement import Refusal, refusals
from hanbench.harness.running.results import make_results
from hanbench.harness.running.run_meta import RunMeta
from hanbench.harness.verdict import CaseResult

_WORDS = {
    Refusal.NOTHING_RAN: ("thing: nothing ran", ""),
    Refusal.ENDED_EARLY: ("thing: the run was ended early", ""),
    Refusal.NEW_FAILURE: ("new failure", "new failures"),
    Refusal.OTHER_FAILURE: ("known failure of another kind", "known failures of another kind"),
    Refusal.INCONCLUSIVE: ("inconclusive case", "inconclusive cases"),
    Refusal.HARNESS_ERROR: ("harness error", "harness errors"),
    Refusal.VANISHED: ("vanished case", "vanished cases"),
    Refusal.PASSES_NOW: ("known failure that passes now", "known failures that pass now"),
    Refusal.EXPIRED: ("accepted failure that has expired", "accepted failures that have expired"),
}
"""Why the gate is shut, for one case and for several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateView:
    """The gate of a run."""

    baseline: str
    """The file of known failures; empty: none was given."""
    known: int
    """How many failures the baseline accepts."""
    counts: tuple[tuple[int, str], ...]
    """How often, and why it is shut, in words; nothing: it is open."""
    without_case: tuple[str, ...]
    """Reasons that no case of the run shows: what vanished, that nothing ran."""
    why: dict[str, str]
    """By the name of a case, why it keeps the gate shut."""

    @property
    def is_open(self) -> bool:
        """Whether the run may pass."""
        return not self.counts

    @property
    def reasons(self) -> int:
        """How many things are against it."""
        return sum(number for number, _ in self.counts)


def gate_view(
    results: Sequence[CaseResult],
    meta: RunMeta,
    baseline: Baseline | None = None,
    name: str = "",
    today: date = date.min,
) -> GateView:
    """Judge a run as `hanbench gate` does; `today` matters to a baseline alone."""
    lines = refusals(make_results(meta, results), baseline, today)
    number = Counter(line.why for line in lines)
    ran = {result.case for result in results}
    return GateView(
        baseline=name,
        known=0 if baseline is None else len(baseline.known),
        counts=tuple((number[why], _words(why, number[why])) for why in Refusal if number[why]),
        without_case=tuple(line.text for line in lines if line.case not in ran),
        why={line.case: _WORDS[line.why][0] for line in lines if line.case in ran},
    )


def _words(why: Refusal, number: int) -> str:
    one, several = _WORDS[why]
    return one if number == 1 else several

"""What the landing page says: may it go out, what would truly hurt, and where to look first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hanbench.harness.report.gate_view import GateView
from hanbench.harness.report.spoken import plural
from hanbench.harness.running.run_meta import RunMeta
from hanbench.harness.verdict import CaseResult, Verdict

DEVICES = "stranded by the device"
SWEPT = "journal#"
"""In the variant of a case that stands for one journal write of many."""
_ORDER = (Verdict.FAIL, Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the question that brought the reader here."""

    word: str
    """`Yes`, `No` or `Not known`."""
    reason: str
    state: str
    """`good`, `poor` or `unsure`: how it is drawn."""


@dataclass(frozen=True, slots=True)
class Harm:
    """One kind of harm, and how many cases showed it."""

    name: str
    meaning: str
    cases: tuple[CaseResult, ...]
    is_engines: bool
    """Whether the engine did it."""


def answer(results: Sequence[CaseResult], meta: RunMeta, gate: GateView) -> Answer:
    """Answer as the exit code does, or as the gate does where there is a baseline.

    What is inconclusive or has not run is never a yes.
    """
    return _by_baseline(results, gate) if gate.baseline else _by_verdicts(results, meta)


def _by_baseline(results: Sequence[CaseResult], gate: GateView) -> Answer:
    against = ", ".join(f"{number} {words}" for number, words in gate.counts)
    if not gate.is_open:
        return Answer("No", f"{plural(gate.reasons, 'thing')} against it: {against}.", "poor")
    outside = sum(one.verdict is Verdict.NOT_APPLICABLE for one in results)
    if outside == len(results):
        return Answer("Not known", "no case applied to this engine.", "unsure")
    known = f", but for {plural(gate.known, 'known failure')}" if gate.known else ""
    rest = f"; {outside:,} more did not apply to this engine" if outside else ""
    said = f"{_all(len(results) - outside)} came out as expected{known}{rest}."
    return Answer("Yes", said, "good")


def _by_verdicts(results: Sequence[CaseResult], meta: RunMeta) -> Answer:
    urgent = [one for one in results if needs_attention(one)]
    unjudged = sum(one.verdict in _ORDER[1:] for one in urgent)
    failed = len(urgent) - unjudged
    total = plural(len(results), "case")
    if failed:
        more = f", and {unjudged} could not be judged" if unjudged else ""
        return Answer("No", f"{failed} of {total} did not come out as expected{more}.", "poor")
    if not results:
        return Answer("Not known", "nothing ran.", "unsure")
    if unjudged:
        return Answer("Not known", f"{unjudged} of {total} could not be judged.", "unsure")
    if meta.is_partial:
        return Answer("Not known", "the run was ended early.", "unsure")
    outside = sum(one.verdict is Verdict.NOT_APPLICABLE for one in results)
    if outside == len(results):
        return Answer("Not known", "no case applied to this engine.", "unsure")
    rest = f"; {outside:,} more did not apply to this engine" if outside else ""
    return Answer("Yes", f"{_all(len(results) - outside)} came out as expected{rest}.", "good")


def _all(number: int) -> str:
    return "The one case" if number == 1 else f"All {number:,} cases"


def needs_attention(result: CaseResult) -> bool:
    """Whether a reader has to look: it is not as expected, or proves nothing."""
    return not result.is_as_expected or result.verdict in _ORDER[1:]


def is_asked_for(result: CaseResult) -> bool:
    """Whether a scenario was written to show this failure, and does."""
    return result.is_as_expected and result.verdict is Verdict.FAIL


def by_urgency(results: Sequence[CaseResult]) -> list[CaseResult]:
    """Return what needs attention, failures first."""
    urgent = [one for one in results if needs_attention(one)]
    rank = {verdict: place for place, verdict in enumerate(_ORDER)}
    # One of a sweep of hundreds tells least of all.
    return sorted(urgent, key=lambda one: (rank.get(one.verdict, len(rank)), SWEPT in one.variant))


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which cases went wrong: by their first finding, or by their verdict."""

    name: str
    verdict: str
    says: str
    """The first case in a sentence."""
    cases: tuple[CaseResult, ...]


def ways(urgent: Sequence[CaseResult]) -> tuple[Way, ...]:
    """Put what went wrong together by how, in the order of urgency."""
    found: dict[tuple[str, str], list[CaseResult]] = {}
    for one in urgent:
        name = one.findings[0].name if one.findings else "no finding"
        found.setdefault((one.verdict.value, name), []).append(one)
    return tuple(
        Way(name, verdict, sentence(cases[0]), tuple(cases))
        for (verdict, name), cases in found.items()
    )


def sentence(result: CaseResult) -> str:
    """Say in one sentence what is wrong with a case, or what it was about."""
    if result.findings:
        said = result.findings[0].detail
        more = len(result.findings) - 1
        return f"{said} (and {plural(more, 'more finding')})" if more else said
    if not result.is_as_expected:
        return f"the verdict {result.expected_verdict.value} was expected"
    return result.title


def harms(results: Sequence[CaseResult]) -> tuple[Harm, ...]:
    """Return what would truly hurt, whether or not a scenario asked for it."""
    kinds: tuple[tuple[str, str, Callable[[CaseResult], bool]], ...] = (
        (
            "confidently wrong",
            "the engine was certain of a key that the meter does not hold",
            lambda one: _has(one, "confidently-wrong", "outcome-contradicts-truth"),
        ),
        (
            "stranded by the engine",
            "a meter holds a key that nobody has: a site visit",
            lambda one: one.stranded_by == "engine",
        ),
        (
            "code used twice",
            "a SUA code was offered again, or an Instruction ran twice",
            lambda one: _has(one, "code-reused", "executed-twice"),
        ),
        (
            "needlessly unknown",
            "proof had come, and the engine stayed unsure or silent",
            lambda one: _has(one, "needlessly-unknown", "silent-belief"),
        ),
        (
            DEVICES,
            "a torn commit left a meter without any key, whatever the engine did",
            lambda one: one.stranded_by == "device",
        ),
    )
    return tuple(
        Harm(name, meaning, tuple(one for one in results if shows(one)), name != DEVICES)
        for name, meaning, shows in kinds
    )


def _has(result: CaseResult, *names: str) -> bool:
    return any(finding.name in names for finding in result.findings)

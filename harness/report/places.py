"""Where things stand: each case on its page, each clause and scenario on theirs.

A case that a reader has to look at has a page of its own; the others of a scenario share one. The
places hang on the names and verdicts alone, so whoever has the results knows them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from hanbench.harness.judging.clause_matrix import CaseSeen
from hanbench.harness.running.run_folder import CLAUSES as CLAUSE_PAGE
from hanbench.harness.running.run_folder import FAILURE_PAGES, SCENARIO_PAGES, slug
from hanbench.harness.verdict import CaseResult, Verdict

__all__ = ["CLAUSE_PAGE", "Place", "clause_anchors", "has_own_page", "places_of", "places_of_seen"]

_UNJUDGED = (Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case stands."""

    page: str
    """Its path seen from the run folder."""
    anchor: str
    """The case on that page."""
    is_own: bool
    """Whether it has the page for itself."""

    @property
    def link(self) -> str:
        """The address of the case, seen from the run folder."""
        return self.page if self.is_own else f"{self.page}#{self.anchor}"


def has_own_page(verdict: str, expected_verdict: str) -> bool:
    """Whether a reader has to look: not as expected, not judged, or a fail that was asked for."""
    return verdict != expected_verdict or verdict == Verdict.FAIL or verdict in _UNJUDGED


def places_of(results: Iterable[CaseResult]) -> dict[str, Place]:
    """Give every case its place, by the name of the case."""
    return _places((one.case, one.verdict, one.expected_verdict) for one in results)


def places_of_seen(seen: Iterable[CaseSeen]) -> dict[str, Place]:
    """Give every case its place, from what is known of a run without its evidence."""
    return _places((one.case, one.verdict, one.expected_verdict) for one in seen)


def _places(cases: Iterable[tuple[str, str, str]]) -> dict[str, Place]:
    named = sorted(cases)
    anchors = _distinct(f"case-{slug(case)}" for case, _, _ in named)
    pages = _scenario_pages(case for case, _, _ in named)
    places = {}
    for (case, verdict, expected), anchor in zip(named, anchors, strict=True):
        is_own = has_own_page(verdict, expected)
        own = f"{FAILURE_PAGES}/{anchor.removeprefix('case-')}.html"
        page = own if is_own else pages[case.partition("[")[0]]
        places[case] = Place(page, anchor, is_own)
    return places


def _scenario_pages(cases: Iterable[str]) -> dict[str, str]:
    scenarios = list(dict.fromkeys(case.partition("[")[0] for case in cases))
    stems = _distinct(slug(scenario) for scenario in scenarios)
    pages = (f"{SCENARIO_PAGES}/{stem}.html" for stem in stems)
    return dict(zip(scenarios, pages, strict=True))


def clause_anchors(addresses: Iterable[str]) -> dict[str, str]:
    """Make a link target of each clause: `tmad-4.23A`."""
    named = list(addresses)
    return dict(zip(named, _distinct(slug(one) for one in named), strict=True))


def _distinct(stems: Iterable[str]) -> list[str]:
    seen: Counter[str] = Counter()
    anchors = []
    for stem in stems:
        seen[stem] += 1
        anchors.append(stem if seen[stem] == 1 else f"{stem}-{seen[stem]}")
    return anchors

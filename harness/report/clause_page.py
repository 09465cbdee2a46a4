"""The clause page of a run: every rule, who exercises it, what came of that, and the way back.

It is made of the same matrix as `hanbench clauses`, needs no script and no network, and stands
beside the report, whose cases are its evidence.
"""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hanbench.harness.judging.clause_matrix import (
    BROKEN,
    IN_DOUBT,
    KEPT,
    NOT_RUN,
    STATES,
    UNTESTED,
    CaseSeen,
    ClauseRow,
    Use,
    by_scenario,
    matrix,
)
from hanbench.harness.judging.clauses import Outside, load_clauses, load_outside
from hanbench.harness.report.places import CLAUSE_PAGE, clause_anchors, places_of_seen
from hanbench.harness.report.spoken import plural
from hanbench.harness.report.templates import write_page
from hanbench.harness.running.run_folder import REPORT, slug

_FAMILIES = {
    "def": "Definitions of the TMAD",
    "tmad": "TMAD, SEC Appendix AL",
    "seed0": "TMAD v5.1 conclusions for Secure",
    "seed3": "TMAD v0.3 conclusions",
    "var": "Consultations of the DCC",
    "dcc": "Exclusions from migration",
    "s1sr": "S1SR, SEC Appendix AM",
    "duis": "DUIS and MMC",
    "device": "Secure devices",
    "alert": "Alerts and events",
    "srv": "Service requests",
    "files": "Migration files",
    "han": "The HAN",
    "domain": "The synthetic model",
    "property": "Properties of the synthetic model",
}
_WORDS = {
    BROKEN: "broken: a finding of this run names it",
    IN_DOUBT: "in doubt: a case of it was not as expected",
    UNTESTED: "untested: no scenario exercises it",
    NOT_RUN: "not run",
    "partly run": "partly run, and kept so far",
    KEPT: "kept",
}


@dataclass(frozen=True, slots=True)
class ScenarioLink:
    """A scenario on the page."""

    use: Use
    anchor: str
    report: str
    """Where its worst case stands in the report; empty if it did not run."""
    state: str
    """`good`, `bad` or `none`: how its verdict is drawn."""
    clauses: tuple[tuple[str, str], ...] = ()
    """(address, anchor) of each of its clauses."""


@dataclass(frozen=True, slots=True)
class ClauseEntry:
    """A clause on the page."""

    row: ClauseRow
    anchor: str
    scenarios: tuple[ScenarioLink, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """The clauses of one source."""

    name: str
    anchor: str
    entries: tuple[ClauseEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClausePage:
    """The whole page."""

    title: str
    verdict: str
    state: str
    """`good`, `poor` or `unsure`."""
    counts: tuple[tuple[str, str, int], ...]
    """(state, what it means, how many), the worst first."""
    urgent: tuple[ClauseEntry, ...]
    """Broken, in doubt and untested ones."""
    families: tuple[Family, ...]
    scenarios: tuple[ScenarioLink, ...]
    outside: tuple[tuple[str, Outside], ...]
    """(address, why) of each rule of the sources that no scenario can show."""
    report: str
    """Where the report is; empty: there is none."""
    run: str
    """Which run the verdicts are of, in words."""


def build_clause_page(seen: Sequence[CaseSeen], *, report: str, run: str) -> ClausePage:
    """Work out the page; `report` is the report's address seen from it."""
    rows = matrix(seen)
    anchors = clause_anchors(row.address for row in rows)
    links = _links(rows, anchors, _evidence(seen, report))
    entries = tuple(
        ClauseEntry(
            row,
            anchors[row.address],
            tuple(sorted((links[use.scenario] for use in row.uses), key=_by_interest)),
        )
        for row in rows
    )
    number = Counter(row.state for row in rows)
    verdict, state = _answer(number, len(rows))
    return ClausePage(
        title="Clauses",
        verdict=verdict,
        state=state,
        counts=tuple((one, _WORDS[one], number[one]) for one in STATES if number[one]),
        urgent=tuple(
            entry
            for wanted in (BROKEN, IN_DOUBT, UNTESTED)
            for entry in entries
            if entry.row.state == wanted
        ),
        families=_families(entries),
        scenarios=tuple(links.values()),
        outside=tuple(load_outside().items()),
        report=report,
        run=run,
    )


def write_clause_page(path: Path, seen: Sequence[CaseSeen], *, report: str, run: str) -> None:
    """Write the page to one self-contained file."""
    page = build_clause_page(seen, report=report, run=run)
    beside = (report,) if report else ()
    write_page(path, "clauses.html.j2", page=page, beside=beside, is_indexed=False)


def clause_links(up: str = "") -> dict[str, str]:
    """Return where each clause of the catalogue stands, seen from a page of a run."""
    return {
        address: f"{up}{CLAUSE_PAGE}#{anchor}"
        for address, anchor in clause_anchors(load_clauses()).items()
    }


def write_page_of(path: Path, results: Path, seen: Sequence[CaseSeen]) -> None:
    """Write the page of a results file, with links to the report beside that, if there is one."""
    report = results.with_name(REPORT)
    where = os.path.relpath(report, path.parent) if report.is_file() else ""
    run = f"the run in {results.parent.name}" if seen else "no run"
    write_clause_page(path, seen, report=where.replace(os.sep, "/"), run=run)


def _by_interest(link: ScenarioLink) -> int:
    """What went wrong comes first, and what did not run last."""
    return ("bad", "good", "none").index(link.state)


def _answer(number: Mapping[str, int], total: int) -> tuple[str, str]:
    if number.get(BROKEN):
        return f"{plural(number[BROKEN], 'clause')} of {total} broken.", "poor"
    if number.get(UNTESTED):
        return f"{plural(number[UNTESTED], 'clause')} of {total} untested.", "poor"
    if number.get(IN_DOUBT):
        return f"{plural(number[IN_DOUBT], 'clause')} of {total} in doubt.", "unsure"
    if number.get(KEPT) == total:
        return f"All {total} clauses kept.", "good"
    kept = number.get(KEPT, 0)
    return f"{kept} of {total} clauses kept; {total - kept} did not run in full.", "unsure"


def _evidence(seen: Sequence[CaseSeen], report: str) -> dict[str, str]:
    """Return the address of each case in the report."""
    places = places_of_seen(seen)
    if not report:
        return dict.fromkeys(places, "")
    folder = report.rpartition("/")[0]
    return {
        case: f"{folder}/{place.link}" if folder else place.link for case, place in places.items()
    }


def _links(
    rows: Sequence[ClauseRow], anchors: Mapping[str, str], evidence: Mapping[str, str]
) -> dict[str, ScenarioLink]:
    links = {}
    for name, (use, addresses) in by_scenario(rows).items():
        worst = use.worst
        is_good = all(case.is_good for case in use.cases)
        links[name] = ScenarioLink(
            use=use,
            anchor=f"scenario-{slug(name)}",
            report="" if worst is None else evidence[worst.case],
            state="none" if worst is None else "good" if is_good else "bad",
            clauses=tuple((address, anchors[address]) for address in addresses),
        )
    return links


def _families(entries: Sequence[ClauseEntry]) -> tuple[Family, ...]:
    found: dict[str, list[ClauseEntry]] = {}
    for entry in entries:
        found.setdefault(entry.row.address.partition("/")[0], []).append(entry)
    order = [*(name for name in _FAMILIES if name in found), *sorted(set(found) - set(_FAMILIES))]
    return tuple(
        Family(_FAMILIES.get(name, name), f"family-{name}", tuple(found[name])) for name in order
    )

"""`exploration.html`: what a campaign covered and found; one file without scripts."""

from collections.abc import Sequence
from pathlib import Path

from hanbench.emulator.durations import format_duration
from hanbench.harness.explore.parting import Parting
from hanbench.harness.explore.record import Exploration
from hanbench.harness.explore.trial import CONVERGES_WITHIN_US
from hanbench.harness.judging.clauses import Clause, load_clauses
from hanbench.harness.report.causes import load_causes
from hanbench.harness.report.clause_page import clause_links
from hanbench.harness.report.places import CLAUSE_PAGE
from hanbench.harness.report.templates import write_index
from hanbench.harness.report.templates import write_page as write_filled

PAGE = "exploration.html"


def write_page(folder: Path, exploration: Exploration, partings: Sequence[Parting | None]) -> Path:
    """Write the page of a campaign into its folder, and return its path."""
    ways: dict[str, list[object]] = {}
    for one in exploration.failed:
        ways.setdefault(one.way, []).append(one)
    known = load_causes()
    path = folder / PAGE
    write_filled(
        path,
        "exploration.html.j2",
        it=exploration,
        ways=[(way, cases[0], len(cases)) for way, cases in ways.items()],
        shrunk=[
            (one, parting, known.get(one.failure.split(" ")[0]), _rules(parting))
            for one, parting in zip(exploration.shrunk, partings, strict=True)
        ],
        clause_links=clause_links() if (folder / CLAUSE_PAGE).is_file() else {},
        unseen=[one.name for one in exploration.sights if not one.times],
        due=format_duration(CONVERGES_WITHIN_US),
        idle=[one for one in exploration.hazards if one.run and not one.mattered],
        folder=folder,
    )
    write_index(folder)
    return path


def _rules(parting: Parting | None) -> list[tuple[str, Clause | None]]:
    """Return the clauses that the failing run breaks, each once."""
    findings = parting.failing.findings if parting else ()
    named = dict.fromkeys(one.clause for one in findings if one.clause)
    return [(name, load_clauses().get(name)) for name in named]

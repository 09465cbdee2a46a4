"""`exploration.html`: what a campaign covered and found; one file without scripts."""

from collections.abc import Sequence
from pathlib import Path

from hanbench.harness.explore.parting import Parting
from hanbench.harness.explore.record import Exploration
from hanbench.harness.report.templates import write_index
from hanbench.harness.report.templates import write_page as write_filled

PAGE = "exploration.html"


def write_page(folder: Path, exploration: Exploration, partings: Sequence[Parting | None]) -> Path:
    """Write the page of a campaign into its folder, and return its path."""
    ways: dict[str, list[object]] = {}
    for one in exploration.failed:
        ways.setdefault(one.way, []).append(one)
    path = folder / PAGE
    write_filled(
        path,
        "exploration.html.j2",
        it=exploration,
        ways=[(way, cases[0], len(cases)) for way, cases in ways.items()],
        shrunk=list(zip(exploration.shrunk, partings, strict=True)),
        unseen=[one.name for one in exploration.sights if not one.times],
        idle=[one.hazard for one in exploration.hazards if one.run and not one.mattered],
        folder=folder,
    )
    write_index(folder)
    return path

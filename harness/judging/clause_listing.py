"""The matrix of clauses as lines to read: all of it, or the clauses that were asked for."""

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hanbench.harness.errors import ScenarioError
from hanbench.harness.judging.clause_matrix import (
    STATES,
    UNTESTED,
    ClauseRow,
    by_scenario,
)
from hanbench.harness.judging.clauses import Outside, load_outside


def chosen(
    rows: Sequence[ClauseRow], only: Sequence[str]
) -> tuple[tuple[ClauseRow, ...], Mapping[str, Outside]]:
    """Return the clauses, and the rules outside the bench, that were asked for; without any, all.

    One is asked for by its address (`tmad/4.34A`) or by its family (`tmad`).

    Raises:
        ScenarioError: there is no such clause and no such family.
    """
    outside = load_outside()
    known = [row.address for row in rows] + list(outside)
    for asked in only:
        if not any(_is_of(address, asked) for address in known):
            raise ScenarioError(f"no clause {asked!r}{_nearest(asked, known)}")
    if not only:
        return tuple(rows), outside
    return (
        tuple(row for row in rows if any(_is_of(row.address, asked) for asked in only)),
        {name: one for name, one in outside.items() if any(_is_of(name, asked) for asked in only)},
    )


def clause_lines(rows: Sequence[ClauseRow], outside: Mapping[str, Outside]) -> Iterator[str]:
    """Say of each clause what it is, how it stands, and what came of its scenarios."""
    for row in rows:
        state = row.state.upper() if row.state == UNTESTED else row.state
        yield f"{row.address}  ({row.clause.kind})  {state}"
        yield f"    {row.clause.statement}"
        for scenario, verdict in row.verdicts.items():
            yield f"    {scenario}  {verdict}"
    for address, one in outside.items():
        yield f"{address}  (outside)"
        yield f"    {one.why} [{one.source}]"


def scenario_lines(rows: Sequence[ClauseRow]) -> Iterator[str]:
    """Say of each scenario what came of it, and which clauses it exercises."""
    for scenario, (use, addresses) in by_scenario(rows).items():
        yield f"{scenario}  {use.verdict}"
        yield f"    {', '.join(addresses)}"


def closing_line(rows: Sequence[ClauseRow], outside: Mapping[str, Outside], read: Path) -> str:
    """Count the clauses by how they stand, and say whose verdicts they are."""
    number = Counter(row.state for row in rows)
    states = [f"{number[one]} {one}" for one in STATES if number[one] or one == UNTESTED]
    source = f"by {read}" if read.is_file() else f"no run in {read}"
    count = "1 clause" if len(rows) == 1 else f"{len(rows)} clauses"
    return f"{count}: {', '.join(states)} ({source}); {len(outside)} outside the bench"


def _is_of(address: str, asked: str) -> bool:
    wanted = asked.rstrip("/").lower()
    return address.lower() == wanted or address.lower().startswith(wanted + "/")


def _nearest(asked: str, known: Sequence[str]) -> str:
    families = sorted({address.partition("/")[0] for address in known})
    near = difflib.get_close_matches(asked, [*known, *families], n=3)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; the families are {', '.join(families)}"

"""`hanbench clauses`: the rules, the scenarios that exercise them, and the last verdicts."""

from pathlib import Path

import click


@click.command()
@click.option("--json", "as_data", is_flag=True, help="Print the matrix as JSON, both ways.")
@click.option("--by-scenario", is_flag=True, help="Print it the other way: scenario, clauses.")
@click.option(
    "--results",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The results.json whose verdicts are shown. Default: that of runs/latest.",
)
def clauses(*, as_data: bool, by_scenario: bool, results: Path | None) -> None:
    """Print every clause with its scenarios and their last verdicts; untested ones stand out.

    Exit code: 1 if a clause has no scenario, else 0. `hanbench run tmad/4.34A` runs those of one.
    """
    from hanbench.harness.clause_matrix import (  # noqa: PLC0415
        LATEST,
        UNTESTED,
        as_json,
        clause_rows,
    )

    rows = clause_rows(results or LATEST)
    if as_data:
        click.echo(as_json(rows))
    elif by_scenario:
        named: dict[str, list[str]] = {}
        for row in rows:
            for scenario, verdict in row.verdicts.items():
                named.setdefault(f"{scenario}  {verdict}", []).append(row.address)
        for scenario, addresses in sorted(named.items()):
            click.echo(f"{scenario}\n    {', '.join(addresses)}")
    else:
        for row in rows:
            mark = "" if row.is_tested else f"  {UNTESTED.upper()}"
            click.echo(f"{row.address}  ({row.clause.kind}){mark}\n    {row.clause.statement}")
            for scenario, verdict in row.verdicts.items():
                click.echo(f"    {scenario}  {verdict}")
    raise click.exceptions.Exit(0 if all(row.is_tested for row in rows) else 1)

"""`hanbench clauses`: the rules, the scenarios that exercise them, and the last verdicts."""

from pathlib import Path

import click


@click.command()
@click.option("--json", "as_data", is_flag=True, help="Print the matrix as JSON, both ways.")
@click.option("--by-scenario", "is_turned", is_flag=True, help="Print it by scenario.")
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it as the page that a run leaves beside its report.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The results.json whose verdicts are shown. Default: that of runs/latest.",
)
def clauses(*, as_data: bool, is_turned: bool, page: Path | None, results: Path | None) -> None:
    """Print every clause with its scenarios and their last verdicts; untested ones stand out.

    Last come the rules of the sources that are outside the bench, each with the reason.

    Exit code: 1 if a clause has no scenario, else 0. `hanbench run tmad/4.34A` runs those of one.
    """
    from hanbench.harness.judging.clause_matrix import (  # noqa: PLC0415
        LATEST,
        UNTESTED,
        as_json,
        by_scenario,
        matrix,
        seen_in,
    )
    from hanbench.harness.judging.clauses import load_outside  # noqa: PLC0415

    read = results or LATEST
    seen = seen_in(read)
    rows = matrix(seen)
    if page is not None:
        from hanbench.harness.report.clause_page import write_page_of  # noqa: PLC0415

        write_page_of(page, read, seen)
        click.echo(f"{page}")
    elif as_data:
        click.echo(as_json(rows))
    elif is_turned:
        for scenario, (use, addresses) in by_scenario(rows).items():
            click.echo(f"{scenario}  {use.verdict}\n    {', '.join(addresses)}")
    else:
        for row in rows:
            mark = "" if row.is_tested else f"  {UNTESTED.upper()}"
            click.echo(f"{row.address}  ({row.clause.kind}){mark}\n    {row.clause.statement}")
            for scenario, verdict in row.verdicts.items():
                click.echo(f"    {scenario}  {verdict}")
        for address, outside in load_outside().items():
            click.echo(f"{address}  (outside)\n    {outside.why} [{outside.source}]")
    raise click.exceptions.Exit(0 if all(row.is_tested for row in rows) else 1)

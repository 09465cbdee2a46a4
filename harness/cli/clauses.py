"""`hanbench clauses`: the rules, the scenarios that exercise them, and the last verdicts."""

from pathlib import Path

import click


@click.command()
@click.argument("only", nargs=-1, metavar="[CLAUSE]...")
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
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The results.json whose verdicts are shown. Default: that of runs/latest.",
)
def clauses(
    *,
    only: tuple[str, ...],
    as_data: bool,
    is_turned: bool,
    page: Path | None,
    results: Path | None,
) -> None:
    """Print every clause with its scenarios and their last verdicts; untested ones stand out.

    With CLAUSE only those: an address such as tmad/4.34A, or a family such as tmad or alert. Last
    come the rules of the sources that are outside the bench, each with the reason, and the count.

    Exit code: 1 if a clause has no scenario, 2 wrong usage or input, else 0. `hanbench run
    tmad/4.34A` runs the scenarios of one.
    """
    from hanbench.harness.judging import clause_listing  # noqa: PLC0415
    from hanbench.harness.judging.clause_matrix import LATEST, as_json, matrix, seen_in  # noqa: PLC0415

    read = results or LATEST
    seen = seen_in(read)
    rows, outside = clause_listing.chosen(matrix(seen), only)
    if page is not None:
        if only:
            raise click.UsageError("--html is the page of all clauses")
        from hanbench.harness.report.clause_page import write_page_of  # noqa: PLC0415

        write_page_of(page, read, seen)
        click.echo(f"{page}")
    elif as_data:
        click.echo(as_json(rows, outside))
    else:
        shown = (
            clause_listing.scenario_lines(rows)
            if is_turned
            else clause_listing.clause_lines(rows, outside)
        )
        click.echo("\n".join([*shown, "", clause_listing.closing_line(rows, outside, read)]))
    raise click.exceptions.Exit(0 if all(row.is_tested for row in rows) else 1)

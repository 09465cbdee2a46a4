"""`hanbench phases`: the test phases, whether they may be entered, and the evidence."""

from pathlib import Path

import click


@click.command()
@click.option("--json", "as_data", is_flag=True, help="Print it as JSON, with every case and hash.")
@click.option(
    "--results",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The results.json that is the evidence. Default: that of runs/latest.",
)
def phases(*, as_data: bool, results: Path | None) -> None:
    """Print each test phase with its entry criteria, its scenarios and what came of them.

    `hanbench run MDUST` runs the scenarios of one. Exit code: 1 if an entry criterion or a scenario
    has failed, else 0; what has not run yet is no failure.
    """
    from hanbench.harness.judging.clause_matrix import LATEST, shipped_scenarios  # noqa: PLC0415
    from hanbench.harness.running.phases import HASH_SHOWN, NOT_MET, as_json, phase_rows  # noqa: PLC0415

    rows = phase_rows(shipped_scenarios(), results or LATEST)
    if as_data:
        click.echo(as_json(rows))
    else:
        for row in rows:
            may = "may be entered" if row.may_be_entered else "may not be entered"
            click.echo(f"{row.name}  from {row.phase.begins}, {may}\n    {row.phase.about}")
            for one in row.entry:
                click.echo(f"    entry: {one.criterion.criterion}  {one.standing}")
            for it in row.evidence:
                hashes = " ".join(story[:HASH_SHOWN] for _, _, story in it.cases)
                click.echo(f"    {it.scenario}  {it.standing}  {hashes}".rstrip())
    failed = any(
        it.standing == NOT_MET for row in rows for part in (row.entry, row.evidence) for it in part
    )
    raise click.exceptions.Exit(1 if failed else 0)

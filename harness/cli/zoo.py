"""`hanbench zoo`: engines and devices with one mistake each, and what catches them.

The zoo is found by its name, as a user's own engine is: nothing of the bench imports it.
"""

from importlib import import_module
from pathlib import Path

import click

from hanbench.harness.cli.options import JOBS_OR_NONE

ZOO = "hanbench.harness.zoo.visiting"


@click.command()
@click.argument("names", nargs=-1, metavar="[SPECIMEN]...")
@click.option(
    "--full",
    is_flag=True,
    help="Against every case of the suites secure and rules, not the known case of each alone.",
)
@click.option(
    "--until-caught",
    is_flag=True,
    help="Against the cases of both suites until one catches it; the known case comes last.",
)
@click.option("--list", "lists", is_flag=True, help="Name the specimens and their mistakes.")
@click.option("--json", "as_data", is_flag=True, help="Print the results as JSON.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write zoo.json and zoo.html there; it may be the folder of a run.",
)
@JOBS_OR_NONE
def zoo(
    *,
    names: tuple[str, ...],
    full: bool,
    until_caught: bool,
    lists: bool,
    as_data: bool,
    out: Path | None,
    jobs: int | None,
) -> None:
    """Run engines and devices with one realistic mistake each, and say what catches them.

    It tests the bench: a mistake that no case catches is a hole in the suites or in the oracle. A
    specimen can be run by itself: `hanbench run`, with the option that `--list` prints.

    Exit code: 0 all are caught as they are known to be, 1 one is not, or fails a clean migration,
    2 wrong usage.
    """
    visiting = import_module(ZOO)
    if lists:
        raise click.exceptions.Exit(visiting.list_zoo())
    if full and until_caught:
        raise click.UsageError("--full and --until-caught: one of both")
    against = "ALL" if full else "UNTIL_CAUGHT" if until_caught else "KNOWN"
    raise click.exceptions.Exit(
        visiting.run_zoo(
            names, against=visiting.Against[against], jobs=jobs, out=out, as_data=as_data
        )
    )

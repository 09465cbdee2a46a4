"""`hanbench report`: its options; what it does is imported late."""

from pathlib import Path

import click

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("run", type=FILE)
@click.option(
    "--baseline",
    type=FILE,
    metavar="FILE",
    help="The known failures: the landing page then says what is new, what is known, what expired.",
)
def report(*, run: Path, baseline: Path | None) -> None:
    """Write the report of RUN, a run folder, once more: from its results, trace and capture.

    For a run that was made with --no-report, that was stopped while it wrote its report, or whose
    failures are to be held against a baseline. A folder that is half written is left as it is.

    Exit code: 0 written, 2 wrong usage, or a run or a baseline that cannot be read.
    """
    from hanbench.harness.report.request import report_again  # noqa: PLC0415

    raise click.exceptions.Exit(report_again(run, baseline))

"""`hanbench gate` and `hanbench compare`: their options; what they do is imported late."""

import os
from pathlib import Path

import click

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("run", type=FILE)
@click.option("--baseline", type=FILE, metavar="FILE", help="The known failures.")
@click.option(
    "--new-baseline", type=FILE, metavar="FILE", help="Write a baseline of this run, and judge not."
)
@click.option("--ctrf", type=FILE, metavar="FILE", help="Write the run as CTRF.")
@click.option("--sarif", type=FILE, metavar="FILE", help="Write what failed as SARIF.")
@click.option("--markdown", type=FILE, metavar="FILE", help="Write a summary for a job's page.")
@click.option(
    "--github", is_flag=True, help="Print GitHub annotations, and add the summary to the job's."
)
def gate(
    *,
    run: Path,
    baseline: Path | None,
    new_baseline: Path | None,
    ctrf: Path | None,
    sarif: Path | None,
    markdown: Path | None,
    github: bool,
) -> None:
    """Say whether RUN, a run folder, may pass: one line for each thing that is against it.

    Exit code: 0 open, 1 shut, 2 wrong usage, or a run or a baseline that cannot be read.
    """
    from hanbench.harness.gate.request import GateRequest  # noqa: PLC0415
    from hanbench.harness.gate.request import gate as judge_run  # noqa: PLC0415

    request = GateRequest(
        run=run,
        baseline=baseline,
        new_baseline=new_baseline,
        ctrf=ctrf,
        sarif=sarif,
        markdown=markdown,
        github=github,
    )
    raise click.exceptions.Exit(judge_run(request, os.environ))


@click.command()
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
def compare(*, before: Path, after: Path) -> None:
    """Say what changed from the run BEFORE to the run AFTER: verdicts, clauses, speed.

    Exit code: 0 nothing is worse, 1 something is, 2 wrong usage or input.
    """
    from hanbench.harness.gate.request import compare as compare_runs  # noqa: PLC0415

    raise click.exceptions.Exit(compare_runs(before, after))

"""`hanbench explore` and `hanbench shrink`: their options; what they do is imported late."""

from pathlib import Path
from typing import Literal

import click

from hanbench.harness.cli.options import (
    ENGINE,
    JOBS,
    PARTS,
    RECORDED_ENGINE,
    RECORDED_PARTS,
    SCHEME,
    SEED,
    TRAFFIC,
    with_options,
)


@click.command()
@click.argument("scenario", metavar="SCENARIO")
@click.option("--variant", default="", metavar="NAME", help="A variant of the scenario.")
@click.option(
    "--faults",
    type=click.IntRange(1, 8),
    default=1,
    show_default=True,
    help="1: every single fault; 2: every pair as well; more: drawn cases of so many faults.",
)
@click.option(
    "--budget",
    type=click.IntRange(min=1),
    metavar="N",
    help="At most N cases; which pairs are run is then drawn from the seed.",
)
@click.option(
    "--phase",
    default="",
    metavar="NAME",
    help="Only faults in a phase of the run: rotation, hand-over, commissioning.",
)
@click.option(
    "--only",
    default="",
    metavar="EXPR",
    help="Only first faults at points whose name holds EXPR; words with and, or, not, ( ).",
)
@with_options(ENGINE, SCHEME, PARTS, SEED, TRAFFIC)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder of the campaign; one that was ended early is gone on with.",
)
@JOBS
@click.option("--no-prune", is_flag=True, help="Run pairs that equal others, too.")
@click.option("--no-shrink", is_flag=True, help="Leave what failed as it is.")
def explore(
    *,
    scenario: str,
    variant: str,
    faults: int,
    budget: int | None,
    phase: str,
    only: str,
    engine: str,
    scheme: str,
    parts: str,
    seed: int | None,
    traffic: Literal["full", "instruction", "off"] | None,
    out: Path | None,
    jobs: int | None,
    no_prune: bool,
    no_shrink: bool,
) -> None:
    """Try every fault at every point of SCENARIO, judge each by the truth, shrink what fails.

    Exit code: 0 nothing failed, 1 something did, 2 wrong usage or input, 3 the bench itself
    failed or a case was inconclusive, 130 ended early.
    """
    from hanbench.harness.explore.request import ExploreRequest  # noqa: PLC0415
    from hanbench.harness.explore.request import explore as explore_it  # noqa: PLC0415
    from hanbench.harness.running.case import RunOptions  # noqa: PLC0415

    options = RunOptions(engine=engine, scheme=scheme, parts=parts, seed=seed, traffic=traffic)
    request = ExploreRequest(
        scenario=scenario,
        variant=variant,
        options=options,
        faults=faults,
        budget=budget,
        only=only,
        phase=phase,
        out=out,
        jobs=jobs,
        prunes=not no_prune,
        shrinks=not no_shrink,
    )
    raise click.exceptions.Exit(explore_it(request))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@RECORDED_ENGINE
@RECORDED_PARTS
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The replay file to write. Without it: FILE-shrunk.yaml.",
)
@JOBS
def shrink(
    *, file: Path, engine: str | None, parts: str | None, out: Path | None, jobs: int | None
) -> None:
    """Make the failing case of a replay file as small as it goes: faults, home and schedule.

    Exit code: 0 shrunk, 1 it does not fail any more, 2 wrong usage or input, 3 the bench itself
    failed.
    """
    from hanbench.harness.shrink.request import shrink_file  # noqa: PLC0415

    raise click.exceptions.Exit(shrink_file(file, engine=engine, parts=parts, out=out, jobs=jobs))

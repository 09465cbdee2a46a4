"""`hanbench verify`: its options. What it does is in `verify/`, imported when it is asked for."""

from pathlib import Path

import click

from hanbench.harness.cli.options import (
    ENGINE,
    EXPRESSION,
    JOBS,
    PARTS,
    SCHEME,
    SEED,
    with_options,
)


@click.command()
@click.argument("what", nargs=-1, metavar="[SUITE|SCENARIO|FILE|CLAUSE]...")
@with_options(ENGINE, SCHEME, PARTS, SEED, EXPRESSION, JOBS)
@click.option("--json", "as_data", is_flag=True, help="Print hashes and differences as JSON.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write verification.html and verification.json there; it may be the folder of a run.",
)
def verify(
    *,
    what: tuple[str, ...],
    engine: str,
    scheme: str,
    parts: str,
    seed: int | None,
    expression: str,
    jobs: int | None,
    as_data: bool,
    out: Path | None,
) -> None:
    """Run cases in fresh processes under other hash seeds and addresses, and compare both hashes.

    Takes what `hanbench run` takes; without any, the suite `secure`. Every case has to give the
    same trace and the same story whatever Python's hash seed, the allocator, the layout of memory,
    the time zone and the order of the cases; of one that does not, the event is shown at which its
    runs part. It verifies an engine, devices and parties of your own as well as the bench.

    Exit code: 0 all agree, 1 a case differs, 2 wrong usage or input, 3 a process died.
    """
    from hanbench.harness.verify.request import VerifyRequest  # noqa: PLC0415
    from hanbench.harness.verify.request import verify as run_verify  # noqa: PLC0415

    request = VerifyRequest(
        what=what,
        engine=engine,
        scheme=scheme,
        parts=parts,
        seed=seed,
        expression=expression,
        jobs=jobs,
        as_data=as_data,
        out=out,
    )
    raise click.exceptions.Exit(run_verify(request))

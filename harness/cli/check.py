"""`hanbench check`: what can be checked without running an engine."""

from pathlib import Path

import click

from hanbench.harness.cli.options import LOG, with_options


@click.command()
@click.option("--model", is_flag=True, help="Explore every story of the rotation within a bound.")
@click.option("--wide", is_flag=True, help="With --model: larger scopes, some minutes.")
@click.option(
    "--stories",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="With --model: how many stories of each scope are told to the emulator.",
)
@click.option(
    "--recorded",
    type=click.IntRange(min=0),
    default=40,
    show_default=True,
    help="With --model: how many cases of the suite, and as many single faults of an exploration, "
    "are run and followed through the model.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="With --model: write model.html there; it may be the folder of a run.",
)
@with_options(*LOG)
def check(
    *,
    model: bool,
    wide: bool,
    stories: int,
    recorded: int,
    out: Path | None,
    log: Path | None,
    installation: str,
    seed: int,
    keys: Path | None,
    scheme: str,
) -> None:
    """Check the rotation protocol itself (--model), or a recorded exchange (--log FILE).

    The model shares no code with the emulator, and both must tell the same stories. A log is held
    against the rules that it can decide by itself (docs/field-log.md).

    Exit code: 0 all is as it should be, 1 a rule is broken or the two disagree, 2 wrong usage or
    input, 3 the log has a gap, or nothing that could be judged.
    """
    if model == (log is not None):
        raise click.UsageError("say what to check: --model, or --log FILE")
    from hanbench.harness.running.terminal import make_console  # noqa: PLC0415

    if log is None:
        from hanbench.harness.model_agreement.checking import check_model  # noqa: PLC0415

        code = check_model(
            make_console(), wide=wide, stories_each=stories, recorded=recorded, out=out
        )
        raise click.exceptions.Exit(code)
    if out is not None:
        raise click.UsageError("--out is for --model")
    from hanbench.harness.field_log.checking import check_log  # noqa: PLC0415
    from hanbench.harness.field_log.reading import read_log  # noqa: PLC0415
    from hanbench.harness.schemes import load_scheme  # noqa: PLC0415

    found = read_log(log, keys)
    code = check_log(
        found, make_console(), load_scheme(scheme), installation=installation, seed=seed
    )
    raise click.exceptions.Exit(code)

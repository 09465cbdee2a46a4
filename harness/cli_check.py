"""`hanbench check`: what can be checked without running an engine."""

import click


@click.command()
@click.option("--model", is_flag=True, help="Explore every story of the rotation within a bound.")
@click.option("--wide", is_flag=True, help="With --model: larger scopes, about two minutes.")
@click.option(
    "--stories",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="With --model: how many stories of each scope are told to the emulator.",
)
def check(*, model: bool, wide: bool, stories: int) -> None:
    """Check the rotation protocol itself, by a model that shares no code with the emulator.

    Exit code: 0 all is as it should be, 1 a property breaks or the two disagree, 2 wrong usage.
    """
    if not model:
        raise click.UsageError("say what to check: --model")
    from hanbench.harness.model_checking import check_model  # noqa: PLC0415
    from hanbench.harness.terminal import make_console  # noqa: PLC0415

    raise click.exceptions.Exit(check_model(make_console(), wide=wide, stories_each=stories))

"""`hanbench replay FILE`: run one recorded case again, and say whether it took the same way."""

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--engine", metavar="ENGINE", help="In place of the engine that was recorded.")
def replay(*, file: Path, engine: str | None) -> None:
    """Run a replay file again, and say where its story first parts from the recorded one.

    Exit code: 0 the story is the recorded one, 1 it is not, 2 wrong usage or input, 3 the bench
    itself failed.
    """
    from hanbench.harness.replaying import replay_file  # noqa: PLC0415

    raise click.exceptions.Exit(replay_file(file, engine=engine))

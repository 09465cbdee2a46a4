"""`hanbench new`: starting files."""

from pathlib import Path

import click


@click.group()
def new() -> None:
    """Write a commented file to start from."""


@new.command()
@click.argument("path", type=click.Path(path_type=Path), default="my-scenario.yaml")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def scenario(*, path: Path, force: bool) -> None:
    """Write a scenario with every key explained, at PATH (my-scenario.yaml)."""
    from hanbench.harness.new_scenario import write_new_scenario  # noqa: PLC0415

    write_new_scenario(path, may_replace=force)
    click.echo(f"{path}: written; `hanbench run {path}` runs it")

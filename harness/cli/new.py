"""`hanbench new`: starting files."""

from pathlib import Path
from typing import Literal

import click


@click.group()
def new() -> None:
    """Write a commented file to start from."""


@new.command()
@click.argument("folder", type=click.Path(path_type=Path), default="my-engine")
@click.option(
    "--language",
    type=click.Choice(["python", "javascript"]),
    default="python",
    show_default=True,
    help="Of the example; an engine of any language can speak the port.",
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
def engine(*, folder: Path, language: Literal["python", "javascript"], force: bool) -> None:
    """Write a worked example engine, and the one file that it needs, into FOLDER (my-engine)."""
    from hanbench.harness.new.engine import write_new_engine  # noqa: PLC0415

    command = write_new_engine(folder, language, may_replace=force)
    click.echo(f"{folder}: written; `{command}` runs it")


@new.command()
@click.argument("path", type=click.Path(path_type=Path), default="my-scenario.yaml")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def scenario(*, path: Path, force: bool) -> None:
    """Write a scenario with every key explained, at PATH (my-scenario.yaml)."""
    from hanbench.harness.new.scenario import write_new_scenario  # noqa: PLC0415

    write_new_scenario(path, may_replace=force)
    click.echo(f"{path}: written; `hanbench run {path}` runs it")


@new.command()
@click.argument("path", type=click.Path(path_type=Path), default="my-installation.yaml")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="A dump of devices (YAML or JSON), or a log: trace.jsonl, pcap, pcapng, text.",
)
@click.option("--case", "case_name", default="", metavar="NAME", help="Which exchange of a log.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def installation(*, path: Path, source: Path, case_name: str, force: bool) -> None:
    """Write an installation made from a dump or a log, at PATH (my-installation.yaml)."""
    from hanbench.harness.new.installation import write_new_installation  # noqa: PLC0415

    notes = write_new_installation(path, source, case_name=case_name, may_replace=force)
    for note in notes:
        click.echo(f"{path}: {note}")
    click.echo(f"{path}: written; name it as `installation` in a scenario, or with --installation")


@new.command()
@click.argument("path", type=click.Path(path_type=Path), default="test_my_engine.py")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def tests(*, path: Path, force: bool) -> None:
    """Write tests with the pytest plugin, at PATH (test_my_engine.py)."""
    from hanbench.harness.new.tests import write_new_tests  # noqa: PLC0415

    write_new_tests(path, may_replace=force)
    click.echo(f"{path}: written; `pytest --hanbench-engine ENGINE {path}` runs it")

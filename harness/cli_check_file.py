"""`hanbench check-file`: whether migration files keep the rules of their formats."""

from pathlib import Path

import click

from hanbench.harness.errors import ScenarioError


@click.command("check-file")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check_file(files: tuple[Path, ...]) -> None:
    """Check FILES: Migration Authorisations and the other synthetic migration files.

    Prints the kind of each, or every rule that it breaks with file and line: exit code 2 then.
    """
    from hanbench.harness import migration_file  # noqa: PLC0415

    is_bad = False
    for path in files:
        try:
            click.echo(f"{path}: {migration_file.check_file(path)}, in order")
        except ScenarioError as error:
            is_bad = True
            click.echo(str(error), err=True)
    if is_bad:
        raise click.exceptions.Exit(2)

"""`hanbench check-file`: whether migration files keep the rules of their formats."""

from pathlib import Path

import click

from hanbench.harness.errors import ScenarioError


@click.command("check-file")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The MAPASSWORD file of a protected Authorisation. Default: the one beside it.",
)
def check_file(files: tuple[Path, ...], password_file: Path | None) -> None:
    """Check FILES: Migration Authorisations and the other synthetic migration files.

    A protected Migration Authorisation is opened with its password file.

    Prints the kind of each, or every rule that it breaks with file and line: exit code 2 then.
    """
    from hanbench.harness.files import migration_file  # noqa: PLC0415

    is_bad = False
    for path in files:
        try:
            click.echo(f"{path}: {migration_file.check_file(path, password_file)}, in order")
        except ScenarioError as error:
            is_bad = True
            click.echo(str(error), err=True)
    if is_bad:
        raise click.exceptions.Exit(2)

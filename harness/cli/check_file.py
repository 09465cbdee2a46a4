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
@click.option(
    "--signature",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The signature of the one file that is checked. Default: FILE.sig beside it.",
)
@click.option(
    "--signers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The public keys that signatures are held to. Default: the bench's test keys.",
)
@click.option("--signed", is_flag=True, help="Refuse an XML file that is not signed.")
def check_file(
    files: tuple[Path, ...],
    password_file: Path | None,
    signature: Path | None,
    signers: Path | None,
    *,
    signed: bool,
) -> None:
    """Check FILES: Migration Authorisations and the other synthetic migration files.

    A protected Migration Authorisation is opened with its password file. A signature that lies
    beside an XML file has to be over that file, and by the party that signs such files.

    Prints the kind of each, or every rule that it breaks with file and line: exit code 2 then.
    """
    from hanbench.harness.files import migration_file  # noqa: PLC0415

    if signature is not None and len(files) != 1:
        raise click.UsageError("--signature is of one file: check the others by themselves")
    beside = migration_file.Beside(password_file, signature, signers, has_to_be_signed=signed)
    is_bad = False
    for path in files:
        try:
            click.echo(f"{path}: {migration_file.check_file(path, beside)}, in order")
        except ScenarioError as error:
            is_bad = True
            click.echo(str(error), err=True)
    if is_bad:
        raise click.exceptions.Exit(2)

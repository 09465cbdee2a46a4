"""`hanbench replay`: a recorded case run again, or a recorded exchange told to a device."""

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--engine", metavar="ENGINE", help="In place of the engine that was recorded.")
@click.option(
    "--log",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A recorded exchange instead: trace.jsonl, pcap, pcapng, or a text log.",
)
@click.option("--case", "case_name", default="", metavar="NAME", help="Which exchange of --log.")
@click.option(
    "--installation",
    default="",
    metavar="NAME|FILE",
    help="The home of --log. Without it: the shipped one that has its addresses.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, help="Of the test keys of --log's home."
)
@click.option(
    "--keys",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="For a capture of the HAN: its keys, as `hanbench decode` reads them.",
)
@click.option("--scheme", default="han-sua-m1", show_default=True, metavar="SCHEME")
def replay(
    *,
    file: Path | None,
    engine: str | None,
    log: Path | None,
    case_name: str,
    installation: str,
    seed: int,
    keys: Path | None,
    scheme: str,
) -> None:
    """Run a replay file again, and say where its story first parts from the recorded one.

    With --log, drive the emulated meters with a recorded exchange, and show the first answer that
    differs from the recorded one (docs/field-log.md).

    Exit code: 0 as recorded, 1 not, 2 wrong usage or input, 3 the bench itself failed, or there
    was nothing to compare.
    """
    if (file is None) == (log is None):
        raise click.UsageError("give a replay file, or --log FILE")
    if file is not None:
        from hanbench.harness.replaying import replay_file  # noqa: PLC0415

        raise click.exceptions.Exit(replay_file(file, engine=engine))
    assert log is not None
    from hanbench.harness.field_log.reading import read_log  # noqa: PLC0415
    from hanbench.harness.field_log.replaying import replay_log  # noqa: PLC0415
    from hanbench.harness.schemes import load_scheme  # noqa: PLC0415
    from hanbench.harness.terminal import make_console  # noqa: PLC0415

    code = replay_log(
        read_log(log, keys),
        make_console(),
        load_scheme(scheme),
        case_name=case_name,
        installation=installation,
        seed=seed,
    )
    raise click.exceptions.Exit(code)

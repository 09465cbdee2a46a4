"""`hanbench replay`: a recorded case run again, or a recorded exchange told to a device."""

from pathlib import Path

import click

from hanbench.harness.cli.options import LOG, RECORDED_ENGINE, RECORDED_PARTS, with_options

_EXPRESSIONS = """\b
EXPR is made of:
  device=NAME              an event of a device
  frame:CLUSTER            a frame of a cluster, such as tunnelling or 0x0704
  frame=KIND               a frame of a kind, such as poll or tunnel
  journal:STEP             the engine journals a step
  belief-changes[=METER]   the engine believes something else
  belief-wrong             the engine is certain of what is not so
  truth-changes[=METER]    a meter holds another key
  fault, finding, refused  a fault strikes, a finding, somebody refuses
  KIND                     a kind of event: instruction, wan, mirror, alert, ...
  POINT                    a fault point is passed
"""


@click.command(epilog=_EXPRESSIONS)
@click.argument("file", metavar="[FILE|SCENARIO]", required=False)
@click.option("--step", is_flag=True, help="Walk through the run event by event; ? lists the keys.")
@click.option(
    "--do",
    "commands",
    default="",
    metavar="COMMANDS",
    help="Walk by these commands, parted by `;`, such as 'fault; back; show device gsme sua'.",
)
@click.option(
    "--until",
    default="",
    metavar="PLACE",
    help="Go to an event number, a time (31min, 00:31:02), a fault point, start or end, and show "
    "the state there.",
)
@click.option(
    "--break-on",
    default="",
    metavar="EXPR",
    help="Go to the first event where EXPR holds; words below, joined by and, or, not, ( ).",
)
@RECORDED_ENGINE
@RECORDED_PARTS
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Of a replay file: write replay.html there; it may be the folder of a run.",
)
@with_options(*LOG)
@click.option("--case", "case_name", default="", metavar="NAME", help="Which exchange of --log.")
def replay(
    *,
    file: str | None,
    step: bool,
    commands: str,
    until: str,
    break_on: str,
    engine: str | None,
    parts: str | None,
    out: Path | None,
    log: Path | None,
    case_name: str,
    installation: str,
    seed: int,
    keys: Path | None,
    scheme: str,
) -> None:
    """Run a replay file again, and say where its story first parts from the recorded one.

    With --step, --until or --break-on, look into the run instead (docs/stepping.md): what happened,
    what changed in the devices, what the engine believed and what was true. A scenario by its name
    will do, too.

    With --log, drive the emulated meters with a recorded exchange, and show the first answer that
    differs from the recorded one (docs/field-log.md).

    Exit code: 0 as recorded, 1 not, 2 wrong usage or input, 3 the bench itself failed, or the log
    has a gap or nothing to compare; of a walk: 0 there, 1 the run never comes there.
    """
    if (file is None) == (log is None):
        raise click.UsageError("give a replay file, or --log FILE")
    looks = step or commands or until or break_on
    if looks and file is None:
        raise click.UsageError("--step, --until and --break-on look into a replay file, not a log")
    if out is not None and (file is None or looks):
        raise click.UsageError("--out is for a replay file that is run again")
    if parts is not None and log is not None:
        raise click.UsageError("--parts is for a case that is run; a log has its devices' answers")
    if file is not None and looks:
        where = (step or bool(commands), commands, until, break_on)
        code = _walk(file, where, (engine, parts, scheme))
    elif file is not None:
        _check_replay(file)
        from hanbench.harness.replay.replaying import replay_file  # noqa: PLC0415

        code = replay_file(Path(file), engine=engine, parts=parts, out=out)
    else:
        assert log is not None
        code = _tell(log, keys, scheme, (case_name, installation, seed))
    raise click.exceptions.Exit(code)


def _check_replay(file: str) -> None:
    """Say what can be done with a scenario's name, which is no replay file."""
    if not Path(file).suffix and not Path(file).exists():
        raise click.UsageError(
            f"{file!r} is no replay file; a scenario is run by `hanbench run`, and looked into by "
            "--step, --until or --break-on"
        )


def _walk(
    file: str, where: tuple[bool, str, str, str], given: tuple[str | None, str | None, str]
) -> int:
    from hanbench.harness.running.case import RunOptions  # noqa: PLC0415
    from hanbench.harness.stepping.chosen_case import chosen_case  # noqa: PLC0415
    from hanbench.harness.stepping.request import StepRequest, step  # noqa: PLC0415

    engine, parts, scheme = given
    options = RunOptions(engine=engine or "reference", scheme=scheme, parts=parts or "")
    case = chosen_case(file, options=options, engine=engine, parts=parts)
    is_stepping, commands, until, break_on = where
    request = StepRequest(
        case=case, is_stepping=is_stepping, commands=commands, until=until, break_on=break_on
    )
    return step(request)


def _tell(log: Path, keys: Path | None, scheme: str, home: tuple[str, str, int]) -> int:
    from hanbench.harness.field_log.reading import read_log  # noqa: PLC0415
    from hanbench.harness.field_log.replaying import replay_log  # noqa: PLC0415
    from hanbench.harness.running.terminal import make_console  # noqa: PLC0415
    from hanbench.harness.schemes import load_scheme  # noqa: PLC0415

    case_name, installation, seed = home
    return replay_log(
        read_log(log, keys),
        make_console(),
        load_scheme(scheme),
        case_name=case_name,
        installation=installation,
        seed=seed,
    )

"""`hanbench run`: its options. What it does is in `run_request`, imported when it is asked for."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from hanbench.emulator.durations import parse_duration
from hanbench.emulator.instant import SECOND_US
from hanbench.harness.cli.options import (
    ENGINE,
    EXPRESSION,
    JOBS_OR_NONE,
    PARTS,
    SCHEME,
    SEED,
    TRAFFIC,
)
from hanbench.harness.errors import CaptureError

if TYPE_CHECKING:
    from hanbench.harness.running.run_request import RunRequest


def _seconds(_context: click.Context, _option: click.Parameter, text: str) -> float:
    try:
        return parse_duration(text) / SECOND_US
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def address(
    _context: click.Context, _option: click.Parameter, text: str | None
) -> tuple[str, int] | None:
    """Read `[HOST:]PORT`, the callback of an option."""
    from hanbench.harness.captures.zep_sender import parse_address  # noqa: PLC0415

    try:
        return None if text is None else parse_address(text)
    except CaptureError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("what", nargs=-1, metavar="[SUITE|SCENARIO|FILE|CLAUSE]...")
@ENGINE
@click.option(
    "--profile",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What the engine claims to do; scenarios outside it are listed as not applicable.",
)
@click.option(
    "--turn-limit",
    callback=_seconds,
    default="10s",
    show_default=True,
    metavar="TIME",
    help="Real time that an engine in another process has for its answer to a turn.",
)
@click.option(
    "--real-time",
    type=click.FloatRange(min=1, max=1000),
    metavar="N",
    help="For an engine that keeps its own clock: virtual time runs N times as fast as the wall "
    "clock, 1 to 1000. Such a run is not deterministic.",
)
@SCHEME
@PARTS
@SEED
@TRAFFIC
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The run folder. Without it: runs/TIME-SUITE, and runs/latest points there.",
)
@JOBS_OR_NONE
@EXPRESSION
@click.option("-x", "--fail-fast", is_flag=True, help="End with the first case not as expected.")
@click.option("--list", "lists", is_flag=True, help="Name the cases, and run none.")
@click.option("--no-capture", is_flag=True, help="Write no han.pcapng.")
@click.option("--no-keys", is_flag=True, help="Leave the test keys out of the capture and of ZEP.")
@click.option(
    "--tshark",
    "asks_tshark",
    is_flag=True,
    help="Let Wireshark's tshark read the capture, and say in the report what it made of it. "
    "Exit code 3 if it could not read a frame.",
)
@click.option(
    "--zep",
    callback=address,
    metavar="[HOST:]PORT",
    help="Also send each case's frames as ZEP v2 over UDP while it runs, for a live Wireshark "
    "(port 17754 is its own). To this machine alone, unless HOST says otherwise.",
)
@click.option(
    "--zep-pace",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="N times real time. Default: as fast as it goes, and a slow listener loses some.",
)
@click.option("--no-report", is_flag=True, help="Write no report.html.")
@click.option(
    "--case-limit",
    callback=_seconds,
    default="2min",
    show_default=True,
    metavar="TIME",
    help="Real time after which a case is ended as engine-broke; with --real-time N, a day of "
    "virtual time more.",
)
def run(*, lists: bool, **chosen: Any) -> None:
    """Run scenarios against an engine, and judge its claims by what the devices truly hold.

    Takes suites (`secure`), scenarios (`clean-two-fuel`), single cases of theirs
    (`clean-two-fuel[two-phase]`), files or folders of your own, and clauses (`tmad/3.14C(a)`: every
    scenario that names it). Without any: the suite `secure`.

    Exit code: 0 all as expected, 1 a verdict is not, 2 wrong usage or input, 3 a case is
    inconclusive or the bench itself failed, 130 ended by Ctrl-C (the run folder holds what ran).
    """
    from hanbench.harness.running.run_request import execute, list_cases  # noqa: PLC0415

    if chosen["asks_tshark"] and (chosen["no_capture"] or chosen["no_keys"]):
        raise click.UsageError(
            "--tshark reads the capture by its keys: not with --no-capture or --no-keys"
        )
    request = _request(**chosen)
    raise click.exceptions.Exit(list_cases(request) if lists else execute(request))


def _request(
    *,
    what: tuple[str, ...],
    engine: str,
    profile: Path | None,
    turn_limit: float,
    real_time: float | None,
    scheme: str,
    parts: str,
    seed: int | None,
    traffic: Literal["full", "instruction", "off"] | None,
    out: Path | None,
    jobs: int | None,
    expression: str,
    fail_fast: bool,
    no_capture: bool,
    no_keys: bool,
    asks_tshark: bool,
    zep: tuple[str, int] | None,
    zep_pace: float | None,
    no_report: bool,
    case_limit: float,
) -> "RunRequest":
    """Make a request of the options as they were typed."""
    from hanbench.harness.files.engine_profile import read_profile  # noqa: PLC0415
    from hanbench.harness.real_time import case_limit_s  # noqa: PLC0415
    from hanbench.harness.running.case import RunOptions  # noqa: PLC0415
    from hanbench.harness.running.run_request import RunRequest  # noqa: PLC0415

    given = RunOptions(engine=engine, scheme=scheme, seed=seed, traffic=traffic)
    options = replace(given, parts=parts, turn_limit_s=turn_limit, real_time=real_time)
    return RunRequest(
        what=what,
        options=options,
        profile=None if profile is None else read_profile(profile),
        profile_path="" if profile is None else str(profile),
        command=("hanbench", *sys.argv[1:]),
        out=out,
        jobs=jobs,
        expression=expression,
        fail_fast=fail_fast,
        wants_capture=not no_capture,
        wants_keys=not no_keys,
        asks_tshark=asks_tshark,
        zep=zep,
        zep_pace=zep_pace,
        wants_report=not no_report,
        case_limit_s=case_limit_s(real_time, case_limit),
    )

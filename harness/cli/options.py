"""Options that several commands take: the same words and the same default in each."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

ENGINE = click.option(
    "--engine",
    default="reference",
    show_default=True,
    metavar="ENGINE",
    help="`reference`, or your own: MODULE:NAME, exec:COMMAND or http://HOST:PORT.",
)
RECORDED_ENGINE = click.option(
    "--engine", metavar="ENGINE", help="In place of the engine that was recorded."
)
SCHEME = click.option(
    "--scheme",
    default="han-sua-m1",
    show_default=True,
    metavar="SCHEME",
    help="The SUA scheme: a registered name, or MODULE:OBJECT.",
)
PARTS = click.option(
    "--parts",
    default="",
    metavar="PARTS",
    help="Devices and parties of another make, as MODULE:NAME: a `harness.parts.Parts`.",
)
RECORDED_PARTS = click.option(
    "--parts",
    metavar="PARTS",
    help="In place of the devices and parties that were recorded, as MODULE:NAME; '' for the "
    "bench's own.",
)
SEED = click.option(
    "--seed", type=click.IntRange(min=0), help="In place of each scenario's own seed."
)
TRAFFIC = click.option(
    "--traffic",
    type=click.Choice(["full", "instruction", "off"]),
    help="In place of each scenario's own setting.",
)
EXPRESSION = click.option(
    "-k",
    "expression",
    default="",
    metavar="EXPR",
    help="Only cases whose name holds EXPR; words with and, or, not, ( ).",
)
JOBS = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes at a time. Default: one a processor.",
)
JOBS_OR_NONE = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    metavar="N",
    help="Worker processes; 0 runs in this one, for a debugger. Default: one a processor.",
)
JSON = click.option("--json", "as_data", is_flag=True, help="Print it as JSON.")
LOG = (
    click.option(
        "--log",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A recorded exchange: trace.jsonl, pcap, pcapng, or a text log.",
    ),
    click.option(
        "--installation",
        default="",
        metavar="NAME|FILE",
        help="The home of --log. Without it: the shipped one that has its addresses.",
    ),
    click.option(
        "--seed", type=click.IntRange(min=0), default=1, help="Of the test keys of --log's home."
    ),
    click.option(
        "--keys",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="For a capture of the HAN: its keys, as `hanbench decode` reads them.",
    ),
    SCHEME,
)
"""What is said of a recorded exchange."""


def with_options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Add several options to a command, in this order."""

    def added(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return added

"""The command line: `hanbench VERB`. Each verb lives in a module of its own and imports late."""

import os
import sys

import click

from hanbench.harness.cli.check import check
from hanbench.harness.cli.check_file import check_file
from hanbench.harness.cli.clauses import clauses
from hanbench.harness.cli.decode import decode
from hanbench.harness.cli.device import device
from hanbench.harness.cli.explore import explore, shrink
from hanbench.harness.cli.gate import compare, gate
from hanbench.harness.cli.new import new
from hanbench.harness.cli.phases import phases
from hanbench.harness.cli.replay import replay
from hanbench.harness.cli.report import report
from hanbench.harness.cli.run import run
from hanbench.harness.cli.sua import sua
from hanbench.harness.cli.utrn import utrn
from hanbench.harness.cli.verify import verify
from hanbench.harness.cli.zoo import zoo
from hanbench.harness.errors import CaptureError, EngineError, HarnessError, ScenarioError

EXIT_USAGE = 2
EXIT_HARNESS_ERROR = 3
EXIT_INTERRUPTED = 130
EXIT_PIPE_CLOSED = 141
"""128 + SIGPIPE: whoever read our output has stopped."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hanbench", message="%(prog)s %(version)s")
def cli() -> None:
    """Test an engine that migrates Secure SMETS1 Installations into the DCC.

    The SUA code and its key rotation have no published specification: what runs here is a synthetic
    model, HAN-SUA-M1, and test keys.
    """


@click.command()
def doctor() -> None:
    """Say what is missing on this machine, and what that means."""
    from hanbench.harness.doctor import report_health  # noqa: PLC0415
    from hanbench.harness.running.terminal import make_console  # noqa: PLC0415

    raise click.exceptions.Exit(report_health(make_console()))


for verb in (
    gate,
    compare,
    report,
    run,
    explore,
    shrink,
    replay,
    verify,
    zoo,
    decode,
    check,
    check_file,
    new,
    clauses,
    phases,
    device,
    sua,
    utrn,
    doctor,
):
    cli.add_command(verb)


def main() -> None:
    """Run the command line; a user's mistake ends in a message and an exit code."""
    sys.exit(_code())


def _code() -> int:
    try:
        return cli.main(standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except (CaptureError, ScenarioError, EngineError) as error:
        click.echo(f"hanbench: {error}", err=True)
        return EXIT_USAGE
    except HarnessError as error:
        click.echo(f"hanbench: {error}", err=True)
        return EXIT_HARNESS_ERROR
    except BrokenPipeError:
        # Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_PIPE_CLOSED

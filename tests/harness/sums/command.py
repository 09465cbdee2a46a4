"""Runs a command as a user would, without a terminal."""

import json
from dataclasses import dataclass
from typing import Any

from click.testing import CliRunner

from hanbench.harness.cli import cli
from hanbench.harness.errors import HarnessError


@dataclass(frozen=True)
class Ran:
    code: int
    text: str

    @property
    def data(self) -> Any:
        return json.loads(self.text)


def hanbench(*arguments: object, stdin: str = "") -> Ran:
    """Run a command; the user's mistake becomes its message and code 2, as in `cli.main`."""
    done = CliRunner().invoke(cli, [str(one) for one in arguments], input=stdin)
    if isinstance(done.exception, HarnessError):
        return Ran(2, f"{done.output}{done.exception}")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ran(done.exit_code, done.output)

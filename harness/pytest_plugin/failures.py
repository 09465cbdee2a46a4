"""What a test that failed prints: what `hanbench run` prints, and how to see it again."""

import os
import re
import shlex
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TextIO

import pytest
from _pytest._code.code import ReprEntry, ReprTraceback
from rich.console import Console

from hanbench.harness.errors import NotAsExpected
from hanbench.harness.pytest_plugin.options import Settings
from hanbench.harness.replay.replay_file import write_replay
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_folder import slug
from hanbench.harness.running.terminal import PIPED_COLUMNS, show_case
from hanbench.harness.verdict import CaseResult, CaseRun, Verdict


@dataclass(frozen=True, slots=True)
class Failure:
    """One test that failed, or may fail."""

    nodeid: str
    settings: Settings
    has_named_engine: bool = True
    asked: tuple[str, ...] = ()
    """The operations that the test itself asked parties for."""

    @property
    def replay(self) -> Path:
        """Where its replay file lies."""
        name = re.sub(r"\.ya?ml::", "::", self.nodeid)
        return self.settings.out / f"{slug(name)}.yaml"

    def text(self, result: CaseResult, replay: Path | None, because: str = "") -> str:
        """Return the text, without a line of Python in it."""
        lines = [because] if because else []
        lines += [told(result).rstrip("\n")]
        if replay is not None:
            lines.append(f"  again      {self._command(replay)}")
        lines.append(f"  this test  pytest {shlex.quote(self.nodeid)}")
        if self.asked:
            asked = ", ".join(dict.fromkeys(self.asked))
            lines.append(f"  not in the replay: the test itself asked for {asked}")
        return "\n".join(lines)

    def forget(self) -> None:
        """Remove the replay file of an earlier failure."""
        self.replay.unlink(missing_ok=True)

    def _command(self, replay: Path) -> str:
        path = shlex.quote(os.path.relpath(replay, self.settings.here))
        if self.has_named_engine:
            return f"hanbench replay {path}"
        # A function within a test, or a lambda: no other process can find it.
        return f"hanbench replay {path} --engine MODULE:NAME"


def told(result: CaseResult) -> str:
    """Return a result as `hanbench run` prints it, without colours."""
    text = StringIO()
    show_case(plain_console(text), result)
    return text.getvalue()


def plain_console(file: TextIO) -> Console:
    """Return a console that prints into a text, whatever the environment says of colours."""
    return Console(
        file=file,
        highlight=False,
        emoji=False,
        width=PIPED_COLUMNS,
        color_system=None,
        force_terminal=False,
    )


def is_good(result: CaseResult) -> bool:
    """Whether a test may pass: as expected, and not inconclusive, which proves nothing."""
    return result.is_as_expected and result.verdict is not Verdict.INCONCLUSIVE


def headline_of(result: CaseResult, because: str = "") -> str:
    """Return the one line that stands in a summary."""
    names = ", ".join(dict.fromkeys(finding.name for finding in result.findings))
    return because or f"{result.verdict.value} {result.case}: {names or 'not as expected'}"


def keep_replay(failure: Failure, case: Case, run: CaseRun) -> Path:
    """Write the replay file of a failure, and return where."""
    path = failure.replay
    path.parent.mkdir(parents=True, exist_ok=True)
    write_replay(path, case, run)
    return path


def retell(report: pytest.TestReport, error: NotAsExpected) -> None:
    """Put the bench's text in place of what pytest makes of an exception."""
    longrepr = report.longrepr
    traceback = getattr(longrepr, "reprtraceback", None)
    crash = getattr(longrepr, "reprcrash", None)
    if crash is not None:
        crash.message = error.headline
    if not isinstance(traceback, ReprTraceback) or not traceback.reprentries:
        return  # native, or a line: the text of the exception has it all
    last = traceback.reprentries[-1]
    if isinstance(last, ReprEntry):
        last.lines = [line for line in last.lines if not line.startswith("E ")]
    whole = ReprEntry(["", *error.text.splitlines()], None, None, None, "value")
    traceback.reprentries = [*traceback.reprentries, whole]

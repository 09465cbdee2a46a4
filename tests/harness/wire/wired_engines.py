"""Starts the forms in which an engine can be attached, and runs cases with them."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from hanbench.harness.engines import load_engine
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_case import run_with
from hanbench.harness.verdict import CaseResult
from hanbench.protocol.sua import HAN_SUA_M1

ENGINES = Path(__file__).parents[3] / "fixtures" / "engines"
STDIO = f"exec:{sys.executable} -m hanbench.harness.engine.serve_stdio"
HTTP = (sys.executable, "-m", "hanbench.harness.engine.serve_http", "--port", "0")


@contextmanager
def serving(*command: str, folder: Path | None = None) -> Iterator[str]:
    """Run a server that prints its address when it listens, and end it afterwards."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def node() -> str:
    """Return the program `node`; skip by name where it is missing, which CI must not do."""
    program = shutil.which("node")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have node installed")
        pytest.skip("node is not installed: the JavaScript engine is not run here")
    return program


def run_by(spec: str, case: Case, *, turn_limit_s: float = 10.0) -> CaseResult:
    """Run a case with the engine of this name."""
    return run_with(case, load_engine(spec, turn_limit_s=turn_limit_s), HAN_SUA_M1).result


def hashes(result: CaseResult) -> tuple[str, str, str]:
    """Return what has to be equal, with the verdict."""
    return result.verdict.value, result.trace_hash, result.story_hash


def has_ended(pid: int) -> bool:
    """Whether a process ends soon: a signal takes effect when the kernel comes to it."""
    until_s = monotonic() + 10
    while monotonic() < until_s:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
    return False

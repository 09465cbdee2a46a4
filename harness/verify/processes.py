"""Starts the processes of a verification, a few at a time, and gathers what they found."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hanbench.harness.errors import HarnessError, ScenarioError
from hanbench.harness.verify.child import BAD_ORDER
from hanbench.harness.verify.settings import Setting, command, environment

CASE_LIMIT_S = 120.0
START_LIMIT_S = 60.0
_SAID_MAX = 2_000

Hashes = tuple[str, str]
"""The trace hash and the story hash of a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a process is told to run."""

    what: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    cases: tuple[str, ...]


def run_all(
    orders: Sequence[tuple[Setting, Order]],
    jobs: int,
    ended: Callable[[Setting, int], None] = lambda *_: None,
) -> dict[str, dict[str, Hashes]]:
    """Run every order in a fresh process; return by setting what its cases gave.

    Raises:
        ScenarioError: an order names what is not there.
        HarnessError: a process died, or did not end.
    """
    found: dict[str, dict[str, Hashes]] = {setting.name: {} for setting, _ in orders}
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        # A thread here only waits for its process.
        waiting = {pool.submit(hashes_of, setting, order): setting for setting, order in orders}
        for done in as_completed(waiting):
            setting, hashes = waiting[done], done.result()
            found[setting.name] |= hashes
            ended(setting, len(hashes))
    return found


def hashes_of(setting: Setting, order: Order) -> dict[str, Hashes]:
    """Run one order in a fresh process."""
    with _told(setting, order) as path:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {line["case"]: (line["trace"], line["story"]) for line in lines}


def trace_of(setting: Setting, order: Order, case: str) -> list[str]:
    """Run one case in a fresh process, and return its trace, a line for each event."""
    with _told(setting, order, trace=case) as path:
        return path.read_text(encoding="utf-8").splitlines()


@contextmanager
def _told(setting: Setting, order: Order, *, trace: str | None = None) -> Iterator[Path]:
    cases = order.cases[::-1] if setting.is_reversed else order.cases
    with tempfile.TemporaryDirectory(prefix="hanbench-verify-") as folder:
        path = Path(folder) / "out.jsonl"
        told = {
            "what": list(order.what),
            "options": dict(order.options),
            "cases": list(cases),
            "padding": setting.padding,
            "out": str(path),
            "trace": trace,
        }
        _run(setting, json.dumps(told), limit_s=START_LIMIT_S + CASE_LIMIT_S * len(cases))
        yield path


def _run(setting: Setting, told: str, *, limit_s: float) -> None:
    try:
        done = subprocess.run(  # noqa: S603  (ourselves, set up differently)
            command(setting),
            input=told,
            env=environment(setting),
            capture_output=True,
            text=True,
            check=False,
            timeout=limit_s,
        )
    except subprocess.TimeoutExpired as expired:
        says = f"the process under setting {setting.name} did not end within {limit_s:g} s"
        raise HarnessError(says) from expired
    if done.returncode == BAD_ORDER:
        raise ScenarioError(done.stderr.strip()[-_SAID_MAX:])
    if done.returncode:
        says = f"the process under setting {setting.name} ended with {done.returncode}"
        raise HarnessError(f"{says}: {done.stderr.strip()[-_SAID_MAX:]}")

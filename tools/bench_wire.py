"""How fast migrations run with the engine in another process, against the same engine in this one.

The engine is the reference engine each time; one process serves all runs, reset between them.
"""

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hanbench.harness.engine.wire.reach import peer_of
from hanbench.harness.engines import load_engine
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_case import rare_collections, run_with
from hanbench.harness.schemes import load_scheme

SERVE = "hanbench.harness.engine.serve"
STDIO = f"exec:{sys.executable} -m {SERVE}_stdio"
RUNS = 20


@dataclass(frozen=True, slots=True)
class Attached:
    """Where the engine is, how many migrations a second, and that against in process."""

    where: str
    rate: float
    of_in_process: float


def attached(case: Case) -> list[Attached]:
    """Run a case with the engine here, over stdio and over HTTP, one after the other, often.

    Each is compared with the run in process just before it, since a machine's speed drifts.
    """
    with _server() as address:
        specs = {"in process": "reference", "exec": STDIO, "http": address}
        runs = {where: _run(case, spec) for where, spec in specs.items()}
        for run in runs.values():
            run()
        rounds = [{where: _seconds(run) for where, run in runs.items()} for _ in range(RUNS)]
        for spec in (STDIO, address):
            peer_of(spec).close()
    return [
        Attached(
            where,
            1 / statistics.median(one[where] for one in rounds),
            statistics.median(one["in process"] / one[where] for one in rounds),
        )
        for where in runs
    ]


def _seconds(run: Callable[[], object]) -> float:
    gc.collect()
    with rare_collections():
        began_s = time.perf_counter()
        run()
        return time.perf_counter() - began_s


def _run(case: Case, spec: str) -> Callable[[], object]:
    make, scheme = load_engine(spec), load_scheme(case.scheme)
    return lambda: run_with(case, make, scheme)


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", f"{SERVE}_http", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()

"""How fast migrations run with the engine in another process, against the same engine in this one.

The engine is the reference engine each time; one process serves all runs, reset between them.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hanbench.harness.case import Case
from hanbench.harness.engine.wire.reach import peer_of
from hanbench.harness.engines import load_engine
from hanbench.harness.run_case import run_with
from hanbench.harness.schemes import load_scheme

SERVE = "hanbench.harness.engine.serve"
STDIO = f"exec:{sys.executable} -m {SERVE}_stdio"
RUNS = 20

Seconds = Callable[..., float]


def attached(case: Case, seconds: Seconds) -> dict[str, float]:
    """Return the migrations a second in process, over stdio and over HTTP."""
    with _server() as address:
        specs = {"in process": "reference", "exec": STDIO, "http": address}
        rates = {name: 1 / seconds(_run(case, spec), runs=RUNS) for name, spec in specs.items()}
        for spec in (STDIO, address):
            peer_of(spec).close()
    return rates


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

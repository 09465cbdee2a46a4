"""Runs cases in worker processes of our own, so that one case cannot take others with it.

Each worker has a pipe and one case at a time. A worker that is killed, or that does not end, costs
its own case: who is to blame is known and nothing is run twice. `concurrent.futures` cannot say
which of its tasks broke the pool, and loses those that waited.

Workers are spawned, not forked: they begin alike on every platform. They ignore Ctrl-C, which the
terminal sends to all processes; the parent ends them.
"""

import multiprocessing
import os
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Generic, Self, TypeVar

from hanbench.harness.engines import see_working_folder
from hanbench.harness.errors import HarnessError
from hanbench.harness.running.interruption import ignore_ctrl_c, uninterrupted

Given = TypeVar("Given")
"""What a piece of work is done on: a case, or a run with the faults that branch off from it."""
T = TypeVar("T")
Work = Callable[[Given], T]
"""A function of a module, so that a worker can find it."""

CASE_LIMIT_S = 120.0
"""The slowest case of the suites takes a few seconds; a spinning engine is stopped sooner."""
BEGIN_LIMIT_S = 120.0
"""To start a worker and import the code takes a second: on a machine that does much else, tens."""
_END_S = 5.0
_BEGUN = "begun"


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What the work returned."""

    value: T
    wall_s: float


@dataclass(frozen=True, slots=True)
class Broken:
    """A case that gave no result."""

    reason: str
    """`raised`, `killed` by a signal, `left` (its code ended the process), or `hung`."""
    detail: str
    wall_s: float


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    connection: Connection
    index: int = -1
    """The case that it runs."""
    since_s: float = 0.0
    """When it was given the case, and once it has begun, when it began."""
    has_begun: bool = False

    def due_s(self, case_limit_s: float) -> float:
        """When it has had its time: a case has its limit from where its own code begins."""
        return self.since_s + (case_limit_s if self.has_begun else BEGIN_LIMIT_S)

    def hear_it_begin(self) -> None:
        """Take its word that it begins; one that has died is found out by its answer."""
        if self.has_begun or not self.connection.poll():
            return
        self.has_begun = True
        with suppress(EOFError, OSError):
            self.connection.recv()
        self.since_s = monotonic()


class Workers:
    """A few worker processes, started when first needed; a context manager that ends them."""

    def __init__(self, count: int, *, case_limit_s: float = CASE_LIMIT_S) -> None:
        self._count = count
        self._case_limit_s = case_limit_s
        self._idle: list[_Worker] = []
        self._busy: list[_Worker] = []

    @property
    def count(self) -> int:
        """How many cases run at once."""
        return self._count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in (*self._idle, *self._busy):
            _end(worker)
        self._idle.clear()
        self._busy.clear()

    def renew(self) -> None:
        """End the workers that are idle: what comes next begins in fresh ones.

        A process that has run hundreds of cases has grown, and a fork copies what it has grown to.
        """
        for worker in self._idle:
            _end(worker)
        self._idle.clear()

    def run(
        self, work: Work[Given, T], cases: Sequence[Given]
    ) -> Iterator[tuple[int, Done[T] | Broken]]:
        """Yield the place of each case and what came of it, in the order in which they end.

        A caller that stops early leaves the cases under way to be ended with the workers.
        """
        waiting = deque(enumerate(cases))
        while waiting or self._busy:
            while waiting and len(self._busy) < self._count:
                self._give(work, *waiting.popleft())
            for worker in self._ready():
                self._busy.remove(worker)
                yield worker.index, self._outcome(worker)

    def _give(self, work: Work[Given, T], index: int, case: Given) -> None:
        worker = self._idle.pop() if self._idle else _start()
        worker.index, worker.since_s, worker.has_begun = index, monotonic(), False
        self._busy.append(worker)
        # A worker that died while it was idle is found out when its answer is waited for.
        with suppress(BrokenPipeError, ConnectionResetError):
            worker.connection.send((work, case))

    def _ready(self) -> list[_Worker]:
        """Wait for workers that have answered, or have had their time."""
        ready: list[_Worker] = []
        while not ready:
            next_s = min(worker.due_s(self._case_limit_s) for worker in self._busy)
            connections = [worker.connection for worker in self._busy]
            wait(connections, timeout=max(0.0, next_s - monotonic()))
            for worker in self._busy:
                worker.hear_it_begin()
            now_s = monotonic()
            ready = [
                worker
                for worker in self._busy
                # What comes between the two looks is its word that it begins, and no answer yet.
                if (worker.has_begun and worker.connection.poll())
                or now_s >= worker.due_s(self._case_limit_s)
            ]
        return ready

    def _outcome(self, worker: _Worker) -> Done[T] | Broken:
        worker.hear_it_begin()
        wall_s = monotonic() - worker.since_s
        if not worker.connection.poll():
            _end(worker)
            limit_s = self._case_limit_s if worker.has_begun else BEGIN_LIMIT_S
            return Broken("hung", f"no result after {limit_s:g} s of real time", wall_s)
        try:
            answer = worker.connection.recv()
        except (EOFError, OSError):
            # OSError: it was killed in the middle of its answer.
            worker.process.join(_END_S)
            exitcode = worker.process.exitcode
            _end(worker)
            if exitcode is not None and exitcode >= 0:
                says = f"its code ended the worker process with exit code {exitcode}"
                return Broken("left", says, wall_s)
            return Broken("killed", f"the worker process {_death(exitcode)}", wall_s)
        if isinstance(answer, str):
            _end(worker)
            return Broken("raised", answer, wall_s)
        self._idle.append(worker)
        return Done(answer[0], wall_s)


def run_here(
    work: Work[Given, T], cases: Sequence[Given]
) -> Iterator[tuple[int, Done[T] | Broken]]:
    """Run the cases in this process, one after the other: for a debugger. Bugs are not caught."""
    for index, case in enumerate(cases):
        began_s = monotonic()
        try:
            value = work(case)
        except HarnessError as error:
            yield index, Broken("raised", str(error), monotonic() - began_s)
        else:
            yield index, Done(value, monotonic() - began_s)


def default_jobs() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start() -> _Worker:
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe()
    process = processes.Process(target=_serve, args=(theirs,), daemon=True)
    # Born deaf to Ctrl-C, so that it prints nothing before it can ignore it.
    with uninterrupted():
        process.start()
    theirs.close()
    return _Worker(process, ours)


def _serve(connection: Connection) -> None:
    """Be a worker: take one case after another until the parent hangs up."""
    ignore_ctrl_c()
    see_working_folder()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            work, case = connection.recv()
            connection.send(_BEGUN)
            try:
                connection.send((work(case),))
            except (BrokenPipeError, ConnectionResetError):
                return
            except KeyboardInterrupt:
                # Not ours, which are ignored here: an engine's code raised it.
                raise SystemExit(1) from None
            except HarnessError as error:
                connection.send(str(error))
                return
            except Exception as bug:
                # Ours or an engine's, it ends this worker; the parent says so and goes on.
                connection.send("".join(traceback.format_exception(bug)))
                raise SystemExit(1) from bug


def _end(worker: _Worker) -> None:
    worker.connection.close()
    if worker.process.is_alive():
        worker.process.kill()
    worker.process.join(_END_S)


def _death(exitcode: int | None) -> str:
    return "hung up" if exitcode is None else f"was killed by {signal.Signals(-exitcode).name}"

"""Branches of one run: what it has in common with many cases is run once.

Cases that differ in their last fault alone go the same way until that fault strikes. So a worker
runs the common part, the trunk, and forks at the point where each of the faults is to strike: the
child takes the fault into its plan and runs on to its own end, its judgement included, while the
trunk waits. What a branch says is what its case says when it is run from its start; a test holds
that. Copying the world in memory instead would need every device, coroutine and callback to be
copyable; the operating system copies them all. It pays where the common part is long and the rest
is short: for pairs, which end where their end is known (see `merging`), and not for singles.

A branch that dies says nothing, and its case is run again by itself, where it can say why.
"""

import gc
import os
import pickle
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic

from hanbench.emulator.instant import Instant
from hanbench.harness.engines import ELSEWHERE, load_engine
from hanbench.harness.explore.large_pages import gather
from hanbench.harness.explore.merging import (
    Known,
    KnownEnd,
    Lookout,
    MetError,
    learnt_from,
    read_known,
)
from hanbench.harness.explore.state import StateWatch
from hanbench.harness.explore.trial import Trial, trial_of
from hanbench.harness.faults.kinds import Fault
from hanbench.harness.fence import outside
from hanbench.harness.files.scenario_faults import FaultEntry, to_fault
from hanbench.harness.judging.gate_probe import judge_gates
from hanbench.harness.judging.judge import run_end
from hanbench.harness.judging.so_far import wrong_so_far
from hanbench.harness.running.case import Case
from hanbench.harness.running.pool import CASE_LIMIT_S
from hanbench.harness.running.run_case import close_engines, run_world
from hanbench.harness.schemes import load_scheme
from hanbench.harness.verdict import CaseResult
from hanbench.harness.world import World

TRUNK_LIMIT_S = 20.0
"""Real time after which a trunk begins no more branches: a worker has to answer now and then."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A trunk, and the faults that branch off from it, each with what the case is named after."""

    trunk: Case
    added: tuple[tuple[str, FaultEntry], ...]
    known: Path | None
    """The states whose end is known; None: every branch is run to its end."""
    learnt: Known = field(default_factory=dict)
    """States whose end is known from branches of this trunk that have ended."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a batch."""

    trials: list[Trial | None]
    """None for each branch that gave no answer."""
    learnt: Known
    """What a batch that goes on with the others has to know."""


def can_branch(case: Case) -> bool:
    """Whether a run of this case can be forked: all of it has to be in this process."""
    is_here = not case.engine.startswith(ELSEWHERE) and case.real_time is None
    return hasattr(os, "fork") and is_here and not case.companions


def try_branches(batch: Batch) -> Ended:
    """Run a trunk and its branches, each of which knows what those before it came to.

    The work of a worker process: it forks, so the process has to have one thread alone.
    """
    forks = _Forks(batch)
    engine, scheme = load_engine(batch.trunk.engine), load_scheme(batch.trunk.scheme)
    if batch.known is not None:
        read_known(batch.known)  # once in the trunk, not in each branch
    with _frozen():
        try:
            world, result = run_world(batch.trunk, engine, scheme, forks.attach)
            forks.ended(world, result)
        except _EnoughError:
            pass  # the last branch is done, and what becomes of the trunk itself is known
        finally:
            forks.close()
    return Ended(forks.trials, forks.learnt)


class _EnoughError(BaseException):
    """Ends a trunk; not an `Exception`, so that no engine swallows it."""


class _Forks:
    """Forks a run where a fault of its batch is to strike."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self.trials: list[Trial | None] = [None] * len(batch.added)
        self.learnt: dict[str, tuple[KnownEnd, int]] = dict(batch.learnt)
        self._at: dict[str, list[int]] = {}
        for index, (_, entry) in enumerate(batch.added):
            self._at.setdefault(str(entry.model_dump()["at"]), []).append(index)
        self._answer_to = -1
        """In a branch: the pipe to its trunk."""
        self._lookout: Lookout | None = None
        self._world: World | None = None
        self._watch: StateWatch | None = None
        self._has_rehearsed = False
        self._began_s = monotonic()

    def attach(self, world: World) -> None:
        """Watch the points of a world that is about to run."""
        self._world = world
        self._watch = StateWatch(world)
        world.plan.state_at = None  # a trunk's states are known
        world.plan.on_point = partial(self._passed, world.plan.on_point)

    def ended(self, world: World, result: CaseResult) -> None:
        """Tell the trunk what came of a branch that was run to its end."""
        if self._answer_to >= 0:
            self._answer(trial_of(world, result, keeps_places=False))

    def met(self, met: MetError) -> None:
        """Tell the trunk what will come of a branch whose end is known."""
        assert self._world is not None, "it has run"
        assert self._lookout is not None, "only a branch looks out for known states"
        self._answer(self._lookout.merged(self._world.case, met))

    def close(self) -> None:
        """End a branch that came here without an answer; in the trunk, let its engines go."""
        if self._answer_to >= 0:
            os._exit(1)  # whatever was raised: the case is run again by itself, and says it there
        if self._world is not None:
            close_engines(self._world)

    def _answer(self, trial: Trial) -> None:
        learnt = {} if self._lookout is None else learnt_from(trial, self._lookout.passed)
        with os.fdopen(self._answer_to, "wb") as pipe:
            pickle.dump((trial, learnt), pipe)
        os._exit(0)

    def _passed(self, before: object, point: str, now: Instant) -> None:
        if self._answer_to < 0:
            assert self._watch is not None, "it runs"
            self._watch.settle()
            if point in self._at:
                self._branch_off(self._at.pop(point))
        if callable(before):
            before(point, now)

    def _branch_off(self, places: list[int]) -> None:
        for index in places:
            if monotonic() - self._began_s > TRUNK_LIMIT_S:
                raise _EnoughError
            if self._is_branch(index):
                return
        if not self._at:
            raise _EnoughError

    def _is_branch(self, index: int) -> bool:
        """Fork; return True in the branch, and in the trunk False when the branch has ended."""
        assert self._world is not None, "it runs"
        assert self._watch is not None, "it runs"
        # All that can be done in the trunk is done there: a branch copies each page that it
        # touches, and that costs more than the work itself.
        words, entry = self._batch.added[index]
        case, fault = self._world.case.with_fault(words, entry), to_fault(entry)
        self._rehearse(self._world, self._watch)
        self._watch.look_on()
        reading, writing = os.pipe()
        with outside():
            branch = os.fork()
        if branch == 0:
            os.close(reading)
            self._answer_to = writing
            self._become(self._world, case, fault)
            return True
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
        os.waitpid(branch, 0)
        if said:
            self.trials[index], learnt = pickle.loads(said)  # noqa: S301  (our own)
            for state, known in learnt.items():
                self.learnt.setdefault(state, known)
        return False

    def _rehearse(self, world: World, watch: StateWatch) -> None:
        """Do once in the trunk what each branch ends with: Python is slow where it never was.

        What the looks need is then at hand, and its pages are not written to in each branch anew:
        a branch costs a tenth less.
        """
        if not self._has_rehearsed:
            self._has_rehearsed = True
            watch.at(world.now)
            end = run_end(world)
            wrong_so_far(world, end)
            judge_gates(world, end)

    def _become(self, world: World, case: Case, fault: Fault) -> None:
        """Make this process the branch: its fault strikes at the point that is being passed."""
        gc.disable()
        # A branch that spins ends by itself, also when nobody waits for it any more.
        limit_s = int(CASE_LIMIT_S)
        resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
        world.case = case
        world.plan.add(fault)
        world.session.watch.rearm()
        if self._batch.known is not None:
            # It answers at once: to leave all that it is in would be work for nothing.
            known = read_known(self._batch.known)
            self._lookout = Lookout(known, len(case.faults), self.met, self.learnt)
            self._lookout.attach(world, self._watch)


@contextmanager
def _frozen() -> Iterator[None]:
    """Keep the collector from what is there already: touching it would copy it in each branch.

    What the trunk before has left behind is let go first: a fork costs what its process holds, and
    the collector would hardly ever look. What is left is held in as few pages as can be.
    """
    gc.collect()
    gc.freeze()
    gather()
    try:
        yield
    finally:
        gc.unfreeze()

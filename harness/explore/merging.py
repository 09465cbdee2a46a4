"""A run is ended where it comes into a state from which a run that is known went on to a good end.

After its last fault has struck a run retries, probes, rolls back, and sooner or later stands where
the run without a fault, or with one, has stood: at a point of the same kind, in a world that is
alike (see `state`). From there both go on alike, so what is left of it is known. What is behind it
is not: so the invariants are held against what has happened so far, and only a run that has done
nothing wrong is ended. Runs that ended badly are not among the known: whoever comes their way is
run to the end, and found. What branches off one trunk learns from what branched off before it, in
the order of the plan: the same fault a point later mostly comes into the states of the one before.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path

from hanbench.emulator.instant import Instant, after
from hanbench.harness.engines import load_engine
from hanbench.harness.explore.state import StateWatch, kind_of
from hanbench.harness.explore.trial import CONVERGES_WITHIN_US, Trial, is_failure, trial_of
from hanbench.harness.judging.judge import run_end
from hanbench.harness.judging.so_far import wrong_so_far
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_case import close_engines, run_world
from hanbench.harness.schemes import load_scheme
from hanbench.harness.verdict import Finding, Verdict
from hanbench.harness.world import World

KNOWN = "known-states.json"
_OF_THE_END = frozenset(
    {"silent-belief", "needlessly-unknown", "no-outcome", "outcome-contradicts-truth"}
)
"""Findings that say something about the end of a run, and nothing in the middle of it."""


@dataclass(frozen=True, slots=True)
class KnownEnd:
    """How a run that is known ended."""

    run: str
    """What went wrong in it, in words."""
    claimed: str
    stranded_by: str
    devices: list[list[str]]


Known = Mapping[str, tuple[KnownEnd, int]]
"""By state: how a run that is known ended, and how long it went on from there, in microseconds."""

Passed = list[tuple[str, Instant]]
"""The states that a run was in after its last fault had struck, and when."""


def can_prune(case: Case) -> bool:
    """Whether two worlds can be told to be alike.

    What a state leaves out is what other homes do, and what parts of another make remember.
    """
    return not case.companions and not case.parts


def write_known(path: Path, runs: Iterable[tuple[str, Trial]]) -> int:
    """Write down the states of all runs that ended well; return how many there are."""
    ends: list[KnownEnd] = []
    states: dict[str, tuple[int, int]] = {}
    for name, trial in runs:
        if is_failure(trial) or trial["verdict"] != Verdict.PASS.value:
            continue
        ends.append(KnownEnd(name, trial["claimed"], trial["stranded_by"], trial["devices"]))
        for point, at, _, state in trial["places"]:
            known = len(ends) - 1, trial["virtual_us"] - int(at)
            states.setdefault(_state(str(point), str(state)), known)
    text = json.dumps({"ends": [asdict(end) for end in ends], "states": states})
    path.write_text(text, encoding="utf-8")
    return len(states)


@lru_cache(maxsize=1)
def read_known(path: Path) -> Known:
    """Return what was written down; a worker reads it once."""
    known = json.loads(path.read_text(encoding="utf-8"))
    ends = [KnownEnd(**end) for end in known["ends"]]
    # One object for each end, not for each state: a fork copies the tables of all there is.
    return {state: (ends[place], left_us) for state, (place, left_us) in known["states"].items()}


def learnt_from(trial: Trial, passed: Passed) -> dict[str, tuple[KnownEnd, int]]:
    """Return the states of a run that has ended, or whose end is known; none of one that did wrong.

    What it claims and what the meters hold is true of whoever comes into one of its states.
    """
    if is_failure(trial) or trial["verdict"] != Verdict.PASS.value:
        return {}
    run = trial.get("goes_on_as", " and ".join(trial["faults"]))
    end = KnownEnd(run, trial["claimed"], trial["stranded_by"], trial["devices"])
    # In reverse, so that of a state that was passed twice the first time counts.
    return {state: (end, trial["virtual_us"] - at) for state, at in reversed(passed)}


def try_until_known(path: Path, case: Case) -> Trial:
    """Run a case to its end, or until its end is known: the work of a worker process."""
    engine, scheme = load_engine(case.engine), load_scheme(case.scheme)
    lookout = Lookout(read_known(path), len(case.faults))
    try:
        world, result = run_world(case, engine, scheme, lookout.attach)
    except MetError as met:
        lookout.close()
        return lookout.merged(case, met)
    return trial_of(world, result, keeps_places=False)


class MetError(BaseException):
    """Ends a run whose end is known; not an `Exception`, so that no engine swallows it."""

    def __init__(self, end: KnownEnd, left_us: int) -> None:
        super().__init__(end.run)
        self.end = end
        self.left_us = left_us


Met = Callable[[MetError], None]


def _raise(met: MetError) -> None:
    raise met


class Lookout:
    """Compares a world with the known states at each point, once its last fault has struck."""

    def __init__(
        self, known: Known, faults: int, met: Met | None = None, learnt: Known | None = None
    ) -> None:
        """Take what is known, and who is told when it is met: nobody means it is raised."""
        self._known = known
        self._learnt = learnt or {}
        self._faults = faults
        self._met: Met = met or _raise
        self.passed: Passed = []

    def attach(self, world: World, watch: StateWatch | None = None) -> None:
        """Watch the points of a world that is about to run, or that has run under `watch`."""
        self._world = world
        self._watch = watch or StateWatch(world)
        world.plan.state_at = None  # it is asked for below, and not before it is needed
        self._is_good = True
        world.plan.on_point = partial(self._passed, world.plan.on_point)

    def close(self) -> None:
        """Let the engines of a run go that was ended."""
        close_engines(self._world)

    def merged(self, case: Case, met: MetError) -> Trial:
        """Say what came of a run that was ended."""
        world, end = self._world, met.end
        return Trial(
            case=case.name,
            faults=[str(fault) for fault in case.faults],
            verdict=Verdict.PASS.value,
            findings=[],
            claimed=end.claimed,
            stranded_by=end.stranded_by,
            devices=end.devices,
            struck=world.plan.fired_count,
            unfired=[],
            story="",
            places=[],
            virtual_us=world.now + met.left_us,
            goes_on_as=end.run,
        )

    def _passed(self, before: object, point: str, now: Instant) -> None:
        plan = self._world.plan
        if plan.fired_count == self._faults and plan.seen and plan.seen[-1].name == point:
            state = _state(point, self._watch.at(now))
            self.passed.append((state, now))
            known = self._known.get(state) or self._learnt.get(state)
            if known is not None and self._is_in_time(known[1], now):
                self._end_if_good(*known)
        if callable(before):
            before(point, now)

    def _end_if_good(self, end: KnownEnd, left_us: int) -> None:
        """End the run; one that has done wrong is asked no more, and goes on to its own end."""
        if not self._is_good:
            return
        wrong = self._wrong_so_far()
        # What was due at this very instant may still come: then the next point is asked.
        self._is_good = all(one.at_us == self._world.now for one in wrong)
        if not wrong:
            self._met(MetError(end, left_us))

    def _is_in_time(self, left_us: int, now: Instant) -> bool:
        """Whether it comes to its end within the time that an engine has for that."""
        passed = max(after(at, fault.lasts_us) for fault, at in self._world.plan.struck)
        return after(now, left_us) <= after(passed, CONVERGES_WITHIN_US)

    def _wrong_so_far(self) -> list[Finding]:
        world = self._world
        if world.session.broke is not None:
            return [Finding(name="engine-broke", detail=str(world.session.broke))]
        found = wrong_so_far(world, run_end(world))
        return [finding for finding in found if finding.name not in _OF_THE_END]


def _state(point: str, state: str) -> str:
    return f"{kind_of(point)} {state}"
